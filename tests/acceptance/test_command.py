"""The ``granulator`` command as a stranger runs it: what it prints where, and its exit codes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from granulator.dev.sample import SAMPLE


@pytest.fixture
def granulator(environment: Path) -> Granulator:
    return Granulator(environment)


class Granulator:
    """The command, run in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "granulator", *arguments]
        return subprocess.run(command, cwd=self.directory, capture_output=True, text=True, check=False, timeout=60)


def test_execute_prints_a_tree_and_progress_goes_to_stderr(granulator: Granulator) -> None:
    done = granulator("execute", "--source", str(SAMPLE), "--level", "2")

    assert done.returncode == 0
    assert done.stdout.startswith("How a Relational Database Keeps Its Promises\n├── ")
    for label in ("elements", "words", "score", "issues", "cost      $0.00", "stored    job 1 in "):
        assert f"\n{label}" in done.stdout
    assert done.stderr.splitlines()[-1] == "100% done"


def test_execute_without_anything_works_from_the_bundled_sample(granulator: Granulator) -> None:
    done = granulator("execute")

    assert done.returncode == 0
    assert done.stderr.startswith("No topic and no source given: working from the bundled sample sample.md\n")


@pytest.mark.parametrize("kind", ["course", "quiz"])
def test_execute_json_prints_exactly_the_body_and_out_writes_the_same(granulator: Granulator, kind: str) -> None:
    done = granulator(
        "execute", "--source", str(SAMPLE), "--type", kind, "--level", "1", "--json", "--out", "made.json"
    )

    body = json.loads(done.stdout)
    assert (done.returncode, body["success"], body["output"]["structureType"]) == (0, True, kind)
    assert done.stdout.count("\n") == 1
    assert json.loads((granulator.directory / "made.json").read_text(encoding="utf-8")) == body


def test_a_structure_that_is_not_valid_exits_1(granulator: Granulator) -> None:
    (granulator.directory / "short.md").write_text("# Bees\n\nBees make honey from nectar.\n", encoding="utf-8")

    done = granulator("execute", "--source", "short.md", "--json")

    assert (done.returncode, json.loads(done.stdout)["code"]) == (1, "VALIDATION_FAILED")


BAD_INPUT = [
    (["execute", "Bees", "--level", "9"], "INVALID_GRANULARITY"),
    (["execute", "Bees", "--level", "deep"], "INVALID_GRANULARITY"),
    (["execute", "Bees", "--type", "poem"], "INVALID_STRUCTURE_TYPE"),
    (["execute", "Bees", "--type", "quiz"], "SOURCE_REQUIRED"),
    (["execute", "Bees", "--provider", "openai"], "PROVIDER_NOT_CONFIGURED"),
    (["execute", "Bees", "--max-elements", "1"], "INVALID_PARAMETER"),
    (["execute", " "], "MISSING_REQUIRED_FIELD"),
    (["execute", "--source", "no-such-file.md"], "INVALID_PARAMETER"),
]


@pytest.mark.parametrize(("arguments", "code"), BAD_INPUT)
def test_bad_input_exits_2_and_says_what_to_do(granulator: Granulator, arguments: list[str], code: str) -> None:
    done = granulator(*arguments, "--json")

    body = json.loads(done.stdout)
    assert (done.returncode, body["code"]) == (2, code)
    assert body["details"]["suggestion"] in done.stderr


def test_an_unreadable_source_exits_2(granulator: Granulator) -> None:
    (granulator.directory / "picture.txt").write_bytes(bytes(range(256)))

    done = granulator("execute", "Bees", "--source", "picture.txt", "--json")

    assert (done.returncode, json.loads(done.stdout)["code"]) == (2, "SOURCE_UNREADABLE")


def test_a_key_is_created_listed_and_revoked(granulator: Granulator) -> None:
    created = json.loads(granulator("keys", "create", "--client", "acme", "--name", "site", "--json").stdout)
    listed = json.loads(granulator("keys", "list", "--client", "acme", "--json").stdout)
    others = json.loads(granulator("keys", "list", "--client", "umbrella", "--json").stdout)
    revoked = granulator("keys", "revoke", created["keyId"])
    after = json.loads(granulator("keys", "list", "--json").stdout)

    assert set(created) == {"clientId", "keyId", "apiKey", "webhookSecret"}
    assert created["webhookSecret"].startswith("whsec_")
    assert [(row["keyId"], row["clientId"], row["name"], row["revokedAt"]) for row in listed] == [
        (created["keyId"], "acme", "site", None)
    ]
    assert created["apiKey"] not in str(listed)
    assert others == []
    assert revoked.returncode == 0
    assert after[0]["revokedAt"] is not None


def test_a_rotated_key_has_new_secrets_and_one_that_has_ended_is_not_rotated(granulator: Granulator) -> None:
    created = json.loads(granulator("keys", "create", "--client", "acme", "--json").stdout)
    rotated = json.loads(granulator("keys", "rotate", created["keyId"], "--grace", "60", "--json").stdout)
    granulator("keys", "revoke", created["keyId"])
    refused = granulator("keys", "rotate", created["keyId"])

    assert {name for name in created if created[name] != rotated[name]} == {"apiKey", "webhookSecret"}
    assert (refused.returncode, refused.stdout) == (2, "")
    assert granulator("keys", "rotate", "key_nope", "--grace", "86401").returncode == 2


def test_the_secret_of_a_workers_webhooks_can_be_read_again(granulator: Granulator) -> None:
    ask = ("keys", "webhook-secret", "--worker", "publisher")

    own, again, named = granulator(*ask), granulator(*ask), granulator(*ask, "--client", "acme")

    assert own.stdout.startswith("whsec_")
    assert own.stdout == again.stdout != named.stdout
    assert granulator(*ask, "--client", "a b").returncode == 2


def test_revoking_a_key_that_does_not_exist_exits_2(granulator: Granulator) -> None:
    assert granulator("keys", "revoke", "key_nope").returncode == 2


def test_migrate_says_what_it_did_and_can_be_repeated(granulator: Granulator) -> None:
    first, second = granulator("migrate"), granulator("migrate")

    assert (first.returncode, first.stdout) == (0, "applied 0001_initial.sql\n")
    assert (second.returncode, second.stdout) == (0, "the database is up to date\n")


def test_production_without_secrets_refuses_to_start_and_names_them(
    granulator: Granulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.delenv("SESSION_SECRET")

    done = granulator("serve", "--port", "0")

    assert done.returncode == 2
    assert "Missing SESSION_SECRET" in done.stderr


def test_a_setting_that_is_wrong_exits_2_with_its_name(granulator: Granulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEASE_SECONDS", "soon")

    done = granulator("execute", "Bees")

    assert (done.returncode, done.stdout) == (2, "")
    assert "LEASE_SECONDS" in done.stderr


def test_a_port_that_is_taken_exits_2_with_one_line(granulator: Granulator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = granulator("serve", "--port", str(taken.getsockname()[1]))

    assert done.returncode == 2
    assert done.stderr == f"granulator: cannot listen on 127.0.0.1:{taken_port(done)}: Address already in use\n"


def taken_port(done: subprocess.CompletedProcess[str]) -> str:
    return str(done.args[-1])


def test_an_output_file_that_cannot_be_written_is_refused_before_the_work(granulator: Granulator) -> None:
    done = granulator("execute", "--out", "no-such-directory/made.json")

    assert (done.returncode, done.stdout) == (2, "")
    assert "no-such-directory/made.json cannot be written: No such file or directory" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="writes to the device that is always full")
def test_a_standard_output_that_is_full_exits_1_with_one_line(granulator: Granulator) -> None:
    with Path("/dev/full").open("w", encoding="ascii") as full:
        command = [sys.executable, "-m", "granulator", "migrate"]
        done = subprocess.run(
            command, cwd=granulator.directory, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )

    assert (done.returncode, done.stderr) == (1, "granulator: the output cannot be written: No space left on device\n")


def test_a_tree_is_printed_whatever_the_locale(granulator: Granulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")

    done = granulator("execute", "Bees", "--level", "1")

    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)


@pytest.mark.parametrize("name", ["", "a\tb", "x" * 201])
def test_a_key_needs_a_name_that_can_be_read(granulator: Granulator, name: str) -> None:
    assert granulator("keys", "create", "--client", "acme", "--name", name).returncode == 2


def test_a_worker_that_is_told_to_stop_ends_well(granulator: Granulator) -> None:
    command = [sys.executable, "-m", "granulator", "worker"]
    with subprocess.Popen(command, cwd=granulator.directory) as worker:
        database = granulator.directory / "state" / "state" / "d1"
        deadline = time.monotonic() + 30
        while not list(database.glob("*-wal")) and time.monotonic() < deadline:
            pass
        worker.terminate()

    assert worker.returncode == 0
