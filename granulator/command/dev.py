"""``granulator dev``: for trying and developing Granulator."""

from __future__ import annotations

import argparse
import json
import sys

from granulator.dev.sample import SAMPLE


def sample_command(arguments: argparse.Namespace) -> int:
    """Print the bundled sample document."""
    sys.stdout.write(SAMPLE.read_text(encoding="utf-8"))
    return 0


def request_command(arguments: argparse.Namespace) -> int:
    """Print a body for ``POST /api/execute`` with the sample document as its source."""
    text = SAMPLE.read_text(encoding="utf-8")
    wanted = {
        "topic": text.partition("\n")[0].lstrip("# "),
        "structureType": arguments.type,
        "granularityLevel": arguments.level,
        "source": {"format": "markdown", "text": text},
    }
    sys.stdout.write(json.dumps({"action": "granulate", "input": wanted}) + "\n")
    return 0
