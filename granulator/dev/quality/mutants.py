"""Every defect in every clean structure that has a place for it, the same at every run; finds none of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from granulator.dev.quality.clean.structures import Clean
from granulator.dev.quality.defects.catalogue import DEFECTS
from granulator.dev.quality.defects.workpiece import Defect, NoPlaceError, Workpiece


@dataclass(frozen=True, slots=True)
class Mutant:
    """A clean structure with one defect; ``name`` says which, and how severe it is."""

    name: str
    defect: Defect
    work: Workpiece


def mutants(cleans: Iterable[Clean], defects: Sequence[Defect] = DEFECTS) -> Iterator[Mutant]:
    """Yield the mutants of ``cleans``: of hand-written ones in every severity, of others in one drawn by name."""
    for clean in cleans:
        for defect in defects:
            if clean.structure_type in defect.types:
                yield from _severities(clean, defect)


def drawn(name: str, count: int) -> int:
    """Return a number below ``count`` that depends on the name alone."""
    return int(sha256(name.encode()).hexdigest(), 16) % count


def _severities(clean: Clean, defect: Defect) -> Iterator[Mutant]:
    severities: Sequence[str] = defect.severities
    if clean.is_from_document:
        severities = (severities[drawn(f"{clean.name} {defect.kind}", len(severities))],)
    for severity in severities:
        name = f"{clean.structure_type}/{clean.name}/{defect.kind}/{severity}"
        work = Workpiece.copied(clean, severity, Random(name))
        if _is_made(defect, work) and _is_changed(work):
            yield Mutant(name, defect, work)


def _is_made(defect: Defect, work: Workpiece) -> bool:
    try:
        return defect.make(work)
    except NoPlaceError:
        return False


def _is_changed(work: Workpiece) -> bool:
    if work.required or work.topic != work.clean.topic or work.level != work.clean.level:
        return True
    return json.dumps(work.structure, sort_keys=True) != json.dumps(work.clean.structure, sort_keys=True)
