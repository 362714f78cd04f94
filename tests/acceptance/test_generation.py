"""``granulator execute`` with an AI provider, as a stranger runs it: every type, through every wire format."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from granulator.model import StructureType
from tests.conftest import ai_environment
from tests.mock_server import MockAi

PATHS = {
    "openai": "/v1/chat/completions",
    "claude": "/v1/messages",
    "cloudflare": "/client/v4/accounts/account/ai/run/@cf/meta/llama-3.3-70b-instruct-fp8-fast",
}
AT_ONCE = 2


@pytest.fixture
def vendors(environment: Path, mock: MockAi, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of its own, in which every vendor is the mock server."""
    mock.reset()
    for name, value in ai_environment(mock).items():
        monkeypatch.setenv(name, value)
    return environment


def execute(
    directory: Path, structure_type: str, provider: str, shown: str = "--json"
) -> subprocess.CompletedProcess[str]:
    wanted = ["Keeping bees", "--type", structure_type, "--level", "2", "--provider", provider, shown]
    command = [sys.executable, "-m", "granulator", "execute", *wanted]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("provider", ["openai", "claude", "cloudflare"])
def test_execute_makes_every_type_of_structure_with_every_provider(vendors: Path, mock: MockAi, provider: str) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda kind: execute(vendors, kind, provider), StructureType))

    assert [(one.returncode, one.stderr.splitlines()[-1:]) for one in done] == [(0, ["100% done"])] * 6
    bodies = [json.loads(one.stdout) for one in done]
    assert [(body["success"], body["output"]["structureType"]) for body in bodies] == [
        (True, kind.value) for kind in StructureType
    ]
    for body in bodies:
        tokens = body["usage"]["tokens"]
        assert (body["metadata"]["aiProvider"], body["metadata"]["pricing"]) == (provider, "known")
        assert min(tokens["input"], tokens["output"], body["cost"]) > 0
        assert body["output"]["qualityScore"] >= 0.85
    assert {sent["path"] for sent in mock.requests} == {PATHS[provider]}
    assert len(mock.requests) == sum(body["metadata"]["attempts"] for body in bodies)


def test_execute_shows_what_a_structure_cost(vendors: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "granulator",
        "execute",
        "Keeping bees",
        "--level",
        "1",
        "--provider",
        "cloudflare",
    ]

    done = subprocess.run(command, cwd=vendors, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr
    (cost,) = re.findall(r"^cost      \$([0-9.]+)$", done.stdout, re.MULTILINE)
    assert 0.001 < float(cost) < 0.1


def test_execute_exits_1_and_names_the_fault_when_the_provider_fails(
    vendors: Path, mock: MockAi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_MODEL", "gpt-6-luna#500")

    done = execute(vendors, "quiz", "openai")

    body = json.loads(done.stdout)
    assert (done.returncode, body["code"], body["details"]["kind"]) == (1, "AI_PROVIDER_ERROR", "upstream")
    assert ai_environment(mock)["OPENAI_API_KEY"] not in done.stdout + done.stderr
