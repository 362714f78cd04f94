"""``granulator dev mock-ai``: a real process that says how to use it, answers, and ends when it is told to."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys

from tests.unit.dev.calls import CLIENT, body_of

COMMAND = [sys.executable, "-m", "granulator", "dev", "mock-ai"]


def test_the_command_serves_until_it_is_interrupted() -> None:
    with subprocess.Popen([*COMMAND, "--port", "0", "--latency-ms", "5"], stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            url = re.search(r"OPENAI_BASE_URL=(\S+)/v1 ", line)
            assert url is not None
            answer = CLIENT.post(f"{url[1]}/v1/chat/completions", json=body_of("openai", "gpt-6-luna"))
        finally:
            process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=10)[1]

    assert answer.json()["model"] == "gpt-6-luna"
    assert f"ANTHROPIC_BASE_URL={url[1]} CLOUDFLARE_BASE_URL={url[1]}/client/v4\n" in line
    assert (process.returncode, rest) == (130, "")


def test_the_command_says_in_one_line_that_the_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stderr) == (
        2,
        f"granulator: cannot listen on 127.0.0.1:{port}: Address already in use\n",
    )


def test_the_command_refuses_a_speed_that_is_no_number() -> None:
    done = subprocess.run([*COMMAND, "--ttft-ms", "soon"], capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == 2
    assert "must be a whole number from 0 to 1000000" in done.stderr
