"""Where the sample document is: an original text, bundled so that the first run has something real to work on."""

from __future__ import annotations

from pathlib import Path

SAMPLE = Path(__file__).with_name("sample.md")
