"""The imports: they go down only, and starting the server loads no vendor package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_every_import_contract_is_kept() -> None:
    linted = run(str(Path(sys.executable).with_name("lint-imports")), "--no-logo")

    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize("module", ["granulator.app", "granulator.__main__"])
def test_starting_loads_no_vendor_package(module: str) -> None:
    vendors = ["aiohttp", "anthropic", "genai_prices", "httpx", "httpx2", "openai"]
    script = f"import sys, {module}; print(sorted(set({vendors}) & set(sys.modules)))"

    loaded = run(sys.executable, "-c", script)

    assert (loaded.stdout.strip(), loaded.stderr) == ("[]", "")
