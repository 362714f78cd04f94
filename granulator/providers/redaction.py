"""What may be shown of a vendor's words: one short line, and nothing that is, or looks like, a secret."""

from __future__ import annotations

import re

MESSAGE_CHARACTERS = 300

_LOOKS_SECRET: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(bearer)\s+[^\s,;'\"]+", re.IGNORECASE), r"\1 ***"),
    (
        re.compile(
            r"\b([\w-]{0,40}(?:key|token|secret|password|authorization))(['\"]?\s*[:=]\s*['\"]?)[^\s,;'\"]+",
            re.IGNORECASE,
        ),
        r"\1\2***",
    ),
    (re.compile(r"\b(?:sk|pk|rk|gsk|xai|key)-[A-Za-z0-9_*.-]{4,}"), "***"),
    (re.compile(r"\beyJ[A-Za-z0-9_.-]{8,}"), "***"),
    (re.compile(r"\b(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[A-Za-z0-9_-]{32,}"), "***"),
    (re.compile(r"(://)[^/\s@]+@"), r"\1***@"),
)


SECRET_CHARACTERS = 6
"""A shorter key is none, and blotting out a letter or two would make every message unreadable."""


def redacted(text: str, secrets: tuple[str, ...] = ()) -> str:
    """Return a vendor's words as one short line without anything that is, or looks like, a secret."""
    for secret in (secret for secret in secrets if len(secret) >= SECRET_CHARACTERS):
        text = text.replace(secret, "***")
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * MESSAGE_CHARACTERS]).split())
    for pattern, shown in _LOOKS_SECRET:
        line = pattern.sub(shown, line)
    return line if len(line) <= MESSAGE_CHARACTERS else line[: MESSAGE_CHARACTERS - 1] + "…"
