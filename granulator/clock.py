"""The time and new ids, as they are outside tests, and how times are written."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Final

DAY_MS: Final = 86_400_000


def wall_clock_ms() -> int:
    """Return the time, epoch ms UTC."""
    return time.time_ns() // 1_000_000


def moment(epoch_ms: int) -> str:
    """Return a time as RFC 3339 UTC in whole seconds."""
    return datetime.fromtimestamp(epoch_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_or_none(epoch_ms: int | None) -> str | None:
    """Return a time as RFC 3339 UTC, or None where there is none yet."""
    return None if epoch_ms is None else moment(epoch_ms)


def random_id(prefix: str) -> str:
    """Return a new unguessable id such as ``exec_3f9c…``."""
    return f"{prefix}_{secrets.token_hex(12)}"
