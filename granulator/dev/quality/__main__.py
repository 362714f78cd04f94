"""The command behind ``scripts/quality-bench``: measures, prints, writes the page; the rules of it are elsewhere."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from granulator.dev.quality import gate, report
from granulator.dev.quality.changes import changes
from granulator.dev.quality.clean.structures import from_documents, hand_written
from granulator.dev.quality.page import page
from granulator.dev.quality.split import Split

PAGE = Path(__file__).parents[3] / "docs" / "quality.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when the measured splits keep the limits, 1 when not, 2 when there is no such mutant."""
    options = _options(arguments)
    splits = list(Split) if options.split == "both" else [Split(options.split)]
    if options.show:
        return _show(options.show, splits)
    measurements = [gate.measure(split, is_small=options.small) for split in splits]
    for measurement in measurements:
        _say(report.figures(measurement))
        _say(
            report.missed_by_kind(measurement)
            if measurement.split is Split.TEST
            else report.missed_by_name(measurement)
        )
    if len(measurements) == len(Split) and not options.small:
        PAGE.write_text(page(measurements), encoding="utf-8")
        _say(f"wrote {PAGE}")
    broken = [f"{m.split}: {fault}" for m in measurements for fault in gate.faults(m)]
    for fault in broken:
        _say(fault)
    return 1 if broken else 0


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="scripts/quality-bench", description="Measures what the checks find and what not.")
    parser.add_argument("--small", action="store_true", help="few documents and few mutants of each pair, no page")
    parser.add_argument("--split", choices=[*Split, "both"], default="both")
    parser.add_argument("--show", metavar="MUTANT", help="print what a mutant of the dev split changes")
    return parser.parse_args(arguments)


def _show(name: str, splits: Sequence[Split]) -> int:
    if Split.DEV not in splits:
        _say("only mutants of the dev split are shown")
        return 2
    mutant = gate.named(name, chain(hand_written(Split.DEV), from_documents(Split.DEV)))
    if mutant is None:
        _say(f"there is no mutant {name!r} in the dev split")
        return 2
    for line in changes(mutant.work):
        _say(line)
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
