"""The time and new ids, as they are outside tests."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime


def wall_clock_ms() -> int:
    """Return the time, epoch ms UTC."""
    return time.time_ns() // 1_000_000


def moment(epoch_ms: int) -> str:
    """Return a time as RFC 3339 UTC in whole seconds."""
    return datetime.fromtimestamp(epoch_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def random_id(prefix: str) -> str:
    """Return a new unguessable id such as ``exec_3f9c…``."""
    return f"{prefix}_{secrets.token_hex(12)}"
