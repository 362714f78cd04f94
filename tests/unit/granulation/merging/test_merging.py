"""Merging: a structure with too many elements gets fewer, and what was written stays in it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from granulator.errors import AiResponseInvalid
from granulator.granulation import merging, structures, summary, validation
from granulator.granulation.checks import graph, novel, workflow
from granulator.granulation.checks.document import Expectation
from granulator.granulation.checks.reading import read
from granulator.model import StructureType
from tests.unit.granulation.merging.grown import sized
from tests.unit.granulation.samples import (
    COURSE,
    KNOWLEDGE_MAP,
    LEARNING_PATH,
    NOVEL,
    QUIZ,
    WORKFLOW,
    clean,
    template,
    values,
)

SMALLEST = {COURSE: 12, QUIZ: 5, NOVEL: 13, KNOWLEDGE_MAP: 6, LEARNING_PATH: 6}
"""What everything can be joined to under the default templates; a workflow only as far as its branches allow."""

MUST_HOLD = (
    *validation.SHAPE_CHECKS,
    *validation.INTEGRITY_CHECKS,
    novel.no_arc,
    novel.no_main_thread,
    novel.thread_unresolved,
    graph.self_loop,
    graph.cycle,
    graph.isolated,
    graph.unreachable_milestones,
    graph.competency_uncovered,
    workflow.unreachable,
    workflow.no_end,
    workflow.cannot_finish,
    workflow.endless_loop,
    workflow.branch_no_condition,
    workflow.foreign_branch,
)

every_kind = pytest.mark.parametrize("kind", list(StructureType))


def merged(kind: StructureType, structure: Any, most: int | None) -> Any:
    return merging.merge(kind, structure, most, template(kind))


def size(kind: StructureType, structure: Any) -> int:
    return summary.total_elements(kind, structure)


def unsound(kind: StructureType, structure: Any) -> list[str]:
    """What breaks the model, the template's bounds or any rule about ids, references and graphs."""
    document = read(kind, structure, "en")
    expected = Expectation(template=template(kind))
    found = [*structures.shape(kind, structure)]
    found += [issue for check in MUST_HOLD for issue in check(document, expected)]
    return [issue.message for issue in found if issue.code != "above_maximum"]


def told(structure: Any) -> set[str]:
    """Every numbered text in a structure: names, sentences, links; each stands in it once at first."""
    texts = "\n".join(value for _, value in values(structure) if isinstance(value, str))
    return set(re.findall(r"\w+ number \d+ stands on its own|\w+ n\d+", texts))


def ids(structure: Any) -> set[str]:
    found = values(structure)
    own = {value for path, value in found if path.endswith(".id")}
    return own | {value for path, value in found if re.search(r"\.x_(mergedIds|leftOutIds)\[\d+\]$", path)}


def linked(structure: Any) -> set[str]:
    """What lessons serve, scenes tell of and milestones develop, wherever they do."""
    named = re.compile(r"[.](objectiveIds|characterIds|threadIds|developsCompetencies)\[\d+\]$")
    return {value for path, value in values(structure) if named.search(path)}


@every_kind
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_limit_is_kept_and_nothing_is_lost(kind: StructureType, data: st.DataObject) -> None:
    structure = data.draw(sized(kind))
    assert unsound(kind, structure) == []
    count = size(kind, structure)
    assume(count >= SMALLEST.get(kind, 5))
    most = data.draw(st.integers(SMALLEST.get(kind, len(structure.get("steps", [])) - 1), count))
    try:
        smaller = merged(kind, structure, most)
    except AiResponseInvalid:
        assert kind is WORKFLOW
        return

    assert size(kind, smaller) <= most
    assert unsound(kind, smaller) == []
    assert ids(smaller) == ids(structure)
    if kind is not QUIZ:
        assert told(structure) - told(smaller) == set()
    assert linked(smaller) == linked(structure)
    assert merged(kind, smaller, most) is smaller
    assert set(smaller) == set(structure)


@settings(max_examples=40, deadline=None)
@given(structure=sized(WORKFLOW))
def test_a_workflow_is_joined_as_far_as_its_branches_allow(structure: Any) -> None:
    with pytest.raises(AiResponseInvalid) as refused:
        merged(WORKFLOW, structure, 3)

    reached = int(re.findall(r"(\d+) when neighbours", str(refused.value))[0])
    assert size(WORKFLOW, merged(WORKFLOW, structure, reached)) == max(4, reached)
    assert told(structure) == told(merged(WORKFLOW, structure, reached))


@every_kind
def test_what_is_within_the_limit_is_not_touched(kind: StructureType) -> None:
    structure = clean(kind)

    assert merged(kind, structure, None) is structure
    assert merged(kind, structure, size(kind, structure)) is structure


@every_kind
def test_what_cannot_be_joined_below_the_templates_minimum_is_refused(kind: StructureType) -> None:
    with pytest.raises(AiResponseInvalid) as refused:
        merged(kind, clean(kind), 3)

    assert "maxElements is 3" in str(refused.value)
