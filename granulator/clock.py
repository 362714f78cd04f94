"""The time and new ids, as they are outside tests."""

from __future__ import annotations

import secrets
import time


def wall_clock_ms() -> int:
    """Return the time, epoch ms UTC."""
    return time.time_ns() // 1_000_000


def random_id(prefix: str) -> str:
    """Return a new unguessable id such as ``exec_3f9c…``."""
    return f"{prefix}_{secrets.token_hex(12)}"
