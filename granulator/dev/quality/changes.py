"""What a defect changed, place by place, for whoever wants to see a mutant; judges nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypeVar

from granulator.dev.quality.defects.workpiece import Workpiece
from granulator.model import Json

K = TypeVar("K", str, int)

SHOWN_LETTERS = 400


def changes(work: Workpiece) -> Iterator[str]:
    """Yield one line for each place at which the mutant differs from its clean structure or its request."""
    if work.topic != work.clean.topic:
        yield f"request: topic {work.topic!r} instead of {work.clean.topic!r}"
    if work.level != work.clean.level:
        yield f"request: granularity level {work.level}"
    for element in work.required:
        yield f"request: required {element}"
    yield from _changed("", work.clean.structure, work.structure)


def _changed(path: str, before: Json, after: Json) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before | after:
            below = f"{path}.{key}" if path else key
            yield from _entry(below, before, after, key)
    elif isinstance(before, list) and isinstance(after, list):
        for at in range(max(len(before), len(after))):
            yield from _entry(f"{path}[{at}]", dict(enumerate(before)), dict(enumerate(after)), at)
    elif before != after or type(before) is not type(after):
        yield f"{path}: {_shown(before)} -> {_shown(after)}"


def _entry(path: str, before: dict[K, Json], after: dict[K, Json], key: K) -> Iterator[str]:
    if key not in before:
        yield f"{path}: added {_shown(after[key])}"
    elif key not in after:
        yield f"{path}: removed"
    else:
        yield from _changed(path, before[key], after[key])


def _shown(value: Json) -> str:
    whole = json.dumps(value, ensure_ascii=False)
    return whole if len(whole) <= SHOWN_LETTERS else f"{whole[:SHOWN_LETTERS]}..."
