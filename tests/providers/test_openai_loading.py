"""What the OpenAI adapter loads: all that its SDK looks for, before the first call."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import asyncio, sys
from granulator.providers.openai import OpenAiProvider

assert "httpx" not in sys.modules, "it was loaded by something else"
asyncio.run(OpenAiProvider("openai", api_key="k").warm_up())
print(hasattr(sys.modules.get("httpx"), "Timeout"))
"""


def test_httpx_is_loaded_whole_before_the_sdk_could_meet_it_half_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)

    assert (done.stdout, done.stderr) == ("True\n", "")
