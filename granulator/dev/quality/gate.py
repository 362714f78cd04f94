"""The limits a release has to keep on the test split, and the small measurement that holds it to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from granulator.dev.quality.clean.structures import Clean, from_documents, hand_written
from granulator.dev.quality.defects import beyond
from granulator.dev.quality.measure import judge, key, measured, untouched
from granulator.dev.quality.mutants import Mutant, drawn, mutants
from granulator.dev.quality.report import Measurement
from granulator.dev.quality.split import Split

DETECTION_LEAST = 0.97
CLEAN_WITH_ERROR_MOST = 0.10
SMALL_PER_PAIR = 6
"""The mutants of each pair of kind and type that the small measurement looks at."""


def measure(split: Split, *, is_small: bool) -> Measurement:
    """Return the measurement of a split; the small one takes few documents and a few mutants of each pair."""
    cleans = [*hand_written(split), *from_documents(split, is_small=is_small)]
    judged = {key(clean): judge(untouched(clean)) for clean in cleans}
    chosen = _few(mutants(cleans)) if is_small else list(mutants(cleans))
    unseen = mutants([clean for clean in cleans if not clean.is_from_document], beyond.DEFECTS)
    return Measurement(
        split,
        [(clean, judged[key(clean)]) for clean in cleans],
        measured(chosen, judged),
        measured(unseen, judged),
    )


def faults(measurement: Measurement) -> list[str]:
    """Return in words which limits the measurement breaks."""
    found = []
    if measurement.detection < DETECTION_LEAST:
        found.append(f"detection is {measurement.detection:.3f}, at least {DETECTION_LEAST} is needed")
    if measurement.clean_with_error > CLEAN_WITH_ERROR_MOST:
        found.append(
            f"{measurement.clean_with_error:.3f} of the clean structures have an error, "
            f"at most {CLEAN_WITH_ERROR_MOST} may"
        )
    return found


def named(name: str, cleans: Iterable[Clean]) -> Mutant | None:
    """Return the mutant of this name."""
    return next((mutant for mutant in mutants(cleans) if mutant.name == name), None)


def _few(every: Iterable[Mutant]) -> Sequence[Mutant]:
    pairs: dict[tuple[str, str], list[Mutant]] = {}
    for mutant in every:
        pairs.setdefault((mutant.work.structure_type, mutant.defect.kind), []).append(mutant)
    return [row for rows in pairs.values() for row in sorted(rows, key=_order)[:SMALL_PER_PAIR]]


def _order(mutant: Mutant) -> int:
    return drawn(mutant.name, 2**64)
