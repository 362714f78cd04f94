"""Owns the syntax and the files of ``.dev.vars`` and ``.env``: which are in force, reading them, adding lines.

It does not know what any name means.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from granulator.errors import ConfigurationError

_SKIPPED_LINE = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_ASSIGNMENT = re.compile(
    r"""
    [ \t]*(?:export[ \t]+)?(?P<name>[\w.-]+)(?:[ \t]*=|:[ \t])[ \t]*
    (?:(?P<quote>['"`])(?P<quoted>(?:\\(?P=quote)|(?!(?P=quote)).)*)(?P=quote)|(?P<bare>[^#\n]*))
    [ \t]*(?:\#[^\n]*)?(?:\n|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)


def files_in_force(root: Path, name: str | None) -> tuple[Path, ...]:
    """Return the files in force, weakest first: one ``.dev.vars`` replaces all else, ``.env`` files are merged."""
    for path in (root / f".dev.vars.{name}", root / ".dev.vars")[name is None :]:
        if path.is_file():
            return (path,)
    merged = (".env", f".env.{name}", ".env.local", f".env.{name}.local") if name else (".env", ".env.local")
    return tuple(path for path in (root / file for file in merged) if path.is_file())


def read(path: Path) -> dict[str, str]:
    """Return the names and values of one file, the last line winning; quotes and ``export`` as dotenv has them.

    Raises ConfigurationError with the number of a line that is no assignment, never with its text.
    """
    return _parse(_text(path), path)


def add_missing(path: Path, values: Mapping[str, str]) -> bool:
    """Add the names the file lacks or has empty, in a file only its owner can read; say whether it was written.

    When another process creates the file in this very moment, its file stands. Raises ConfigurationError.
    """
    before = _text(path) if path.exists() else None
    present = _parse(before or "", path)
    lines = "".join(f"{name}={value}\n" for name, value in values.items() if not present.get(name))
    if not lines:
        return False
    try:
        return _publish(path, lines) if before is None else _rewrite(path, f"{before.rstrip()}\n{lines}".lstrip())
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written ({error.strerror}): make the directory writable or set {', '.join(values)}"
        ) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {type(error).__name__}") from error


def _parse(text: str, path: Path) -> dict[str, str]:
    return dict(_assignments(text.replace("\r\n", "\n"), path))


def _assignments(text: str, path: Path) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        match = _SKIPPED_LINE.match(text, position) or _ASSIGNMENT.match(text, position)
        if match is None:
            # The line may hold a secret, so only its number is shown.
            raise ConfigurationError(f"{path} line {text.count(chr(10), 0, position) + 1} is not NAME=value")
        if match.re is _ASSIGNMENT:
            yield match["name"], _unquote(match)
        position = match.end()


def _unquote(match: re.Match[str]) -> str:
    if match["quote"] is None:
        return match["bare"].strip()
    if match["quote"] == '"':
        return match["quoted"].replace("\\n", "\n").replace("\\r", "\r")
    return match["quoted"]


def _publish(path: Path, text: str) -> bool:
    draft = _draft(path, text)
    try:
        # Unlike a rename a link never replaces what another process has just written.
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _rewrite(path: Path, text: str) -> bool:
    _draft(path, text).replace(path)
    return True


def _draft(path: Path, text: str) -> Path:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return draft
