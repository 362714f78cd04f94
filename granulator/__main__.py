"""The ``granulator`` command: parses its arguments and calls one function each."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from granulator import __version__
from granulator.api.keys import LONGEST_GRACE_SECONDS
from granulator.command import database, dev, execute, jobs, keys, serve
from granulator.errors import ConfigurationError, GranulatorError
from granulator.model import StructureType

NOT_DONE = 1
BAD_INPUT = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 not achieved, 2 bad input or configuration."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A title in any language must not depend on the locale.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    parsed = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = parsed.run
    try:
        code = run(parsed)
        sys.stdout.flush()
        return code
    except ConfigurationError as error:
        return _say(str(error), BAD_INPUT)
    except GranulatorError as error:
        cause = f": {error.__cause__}" if error.__cause__ is not None else ""
        return _say(f"{error.message}{cause}", NOT_DONE)
    except OSError as error:
        # What is left in the buffer would fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _say(f"the output cannot be written: {error.strerror or error}", NOT_DONE)
    except KeyboardInterrupt:
        return INTERRUPTED


def _say(message: str, code: int) -> int:
    sys.stderr.write(f"granulator: {message}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="granulator", description="A topic or your own document in, validated structured content out."
    )
    parser.add_argument("--version", action="version", version=f"granulator {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands.add_parser("serve", help="answer HTTP requests"))
    _add_execute(commands.add_parser("execute", help="make one structure, here and now"))
    _add_keys(commands.add_parser("keys", help="create, list, rotate and revoke API keys"))
    _add_jobs(commands.add_parser("jobs", help="delete what is old"))
    _add_migrate(commands.add_parser("migrate", help="bring the database to this version's schema"))
    worker = commands.add_parser("worker", help="run jobs, send webhooks and clean up, without serving HTTP")
    worker.set_defaults(run=serve.worker_command)
    _add_dev(commands.add_parser("dev", help="for trying and developing Granulator"))
    return parser


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=_port, default=8787, help="port to listen on (default %(default)s)")
    parser.add_argument("--workers", type=_positive, default=1, metavar="N", help="processes (default %(default)s)")
    parser.set_defaults(run=serve.serve_command)


def _add_execute(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("topic", nargs="?", metavar="TOPIC", help="what it is about; default: the title of the source")
    parser.add_argument("--source", type=Path, metavar="FILE", help="a Markdown, HTML or text file to work from")
    parser.add_argument("--type", default="course", metavar="T", help=f"one of {', '.join(StructureType)}")
    parser.add_argument(
        "--level", type=_number, default=3, metavar="N", help="granularity, 1 to 5 (default %(default)s)"
    )
    parser.add_argument("--audience", metavar="TEXT", help="for whom; default: the template's")
    parser.add_argument("--max-elements", type=_number, metavar="N", help="at most so many elements")
    parser.add_argument("--provider", metavar="P", help="the AI provider; default: the server's")
    parser.add_argument("--model", metavar="M", help="the provider's model; default: the provider's")
    parser.add_argument("--json", action="store_true", help="print exactly the body of POST /api/execute")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write that body to FILE too")
    parser.set_defaults(run=execute.execute_command)


def _add_migrate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="source", metavar="URL", help="then copy every row of this database into it, which must be empty"
    )
    parser.set_defaults(run=database.migrate_command)


def _add_keys(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="issue an API key to a client")
    create.add_argument("--client", required=True, metavar="ID", help="the tenant the key belongs to")
    create.add_argument("--name", default="default", metavar="N", help="what the key is for")
    create.set_defaults(run=keys.create_command)
    listing = actions.add_parser("list", help="list the keys, without their secrets")
    listing.add_argument("--client", metavar="ID", help="of this tenant only")
    listing.set_defaults(run=keys.list_command)
    rotate = actions.add_parser("rotate", help="give a key new secrets")
    rotate.add_argument("key_id", metavar="KEY_ID")
    rotate.add_argument(
        "--grace", type=_grace, default=0, metavar="SECONDS", help="the old secrets stay good so long (default 0)"
    )
    rotate.set_defaults(run=keys.rotate_command)
    for action in (create, listing, rotate):
        action.add_argument("--json", action="store_true", help="print JSON")
    secret = actions.add_parser("webhook-secret", help="print what signs the webhooks of a worker's jobs")
    secret.add_argument("--worker", required=True, metavar="ID", help="its X-Worker-ID")
    secret.add_argument("--client", metavar="ID", help="the X-Client-ID it works for; default: its own tenant")
    secret.set_defaults(run=keys.webhook_secret_command)
    revoke = actions.add_parser("revoke", help="end a key and its sessions at once")
    revoke.add_argument("key_id", metavar="KEY_ID")
    revoke.set_defaults(run=keys.revoke_command)


def _add_jobs(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    prune = actions.add_parser("prune", help="delete the texts of old jobs, old events, messages and keys")
    prune.add_argument(
        "--older-than", type=_days, metavar="DAYS", help="jobs that ended so long ago; default RETENTION_JOBS_DAYS"
    )
    prune.add_argument("--dry-run", action="store_true", help="count what would be deleted, and delete nothing")
    prune.add_argument("--json", action="store_true", help="print JSON")
    prune.set_defaults(run=jobs.prune_command)


def _add_dev(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    sample = actions.add_parser("sample", help="print the bundled sample document")
    sample.set_defaults(run=dev.sample_command)
    request = actions.add_parser("request", help="print a body for POST /api/execute with the sample as its source")
    request.add_argument("--type", default="course", choices=["course", "quiz"], help="default %(default)s")
    request.add_argument("--level", type=_level, default=2, metavar="N", help="1 to 5 (default %(default)s)")
    request.set_defaults(run=dev.request_command)
    _add_mock_ai(actions.add_parser("mock-ai", help="serve a local stand-in for the AI vendors"))


def _add_mock_ai(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=8899, help="port to listen on, 0 for any (default %(default)s)")
    speeds = {
        "--latency-ms": "time before every answer",
        "--ttft-ms": "time from there to the first token",
        "--tokens-per-second": "speed of writing; 0 writes at once",
    }
    for name, meaning in speeds.items():
        parser.add_argument(name, type=_speed, default=0, metavar="N", help=f"{meaning} (default %(default)s)")
    parser.set_defaults(run=dev.mock_ai_command)


def _number(text: str) -> int | float | str:
    """Pass on what is not a number: the request's own check then says what is wrong with it."""
    try:
        return int(text)
    except ValueError:
        return text


def _positive(text: str) -> int:
    return _between(text, 1, 64)


def _level(text: str) -> int:
    return _between(text, 1, 5)


def _days(text: str) -> int:
    return _between(text, 1, 36_500)


def _grace(text: str) -> int:
    return _between(text, 0, LONGEST_GRACE_SECONDS)


def _speed(text: str) -> int:
    return _between(text, 0, 1_000_000)


def _port(text: str) -> int:
    return _between(text, 0, 65_535)


def _between(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
