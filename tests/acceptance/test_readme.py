"""Every command of the README, run in order as a reader would, against the server that its own command starts."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A directory that is configured like a fresh checkout; the programs are those of this one."""
    for name in ("wrangler.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@contextmanager
def background(command: str, directory: Path, port: str) -> Iterator[None]:
    """Run the command of a block until the end, once it answers."""
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(["bash", "-c", f"exec {command} --port {port}"], cwd=directory, stderr=log)
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=9)) as client:
            client.get(f"http://127.0.0.1:{port}")
        yield
    finally:
        process.terminate()
        process.wait()


def run(script: str, directory: Path) -> str:
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=directory, stdout=subprocess.PIPE, text=True, check=True).stdout


def without_id(text: str) -> str:
    return re.sub(r'"jobId": \d+', '"jobId": 0', text)


def test_every_command_of_the_readme_works_and_the_answer_is_the_one_shown(checkout: Path) -> None:
    port, mock_port = free_port(), free_port()
    text = (ROOT / "README.md").read_text(encoding="utf-8").replace("8787", port).replace("8788", mock_port)
    here = re.compile(r"(?<![\w/])(scripts|\.venv/bin)/")
    blocks = [(kind, here.sub(rf"{ROOT}/\1/", block)) for kind, block in BLOCK.findall(text)]
    first, serve, quiz, credentials, mock, granulate = [block for kind, block in blocks if kind == "sh"]
    shown = [block for kind, block in blocks if kind == "json"]

    from_sample = run(first, checkout)
    with background(serve.strip(), checkout, port):
        # One shell for all that follows the start, for a reader's variables stay too.
        answers = run("echo ===\n".join([quiz, credentials]), checkout).split("===\n")
    with background(mock.strip(), checkout, mock_port):
        from_model = run(granulate, checkout)

    assert from_sample.startswith("How a Relational Database Keeps Its Promises\n")
    assert without_id(answers[0]) == without_id(shown[0])
    assert '"jobs":[{' in answers[1]
    assert '"completedJobs":1' in answers[1]
    assert "score     100 of 100" in from_model
