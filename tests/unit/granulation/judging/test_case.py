"""What is made ready of a structure, however broken it is: the questions, the claims, and how much was shown."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from granulator.extraction import documents
from granulator.granulation.judging import Judged
from granulator.granulation.judging.case import CLAIMS_MOST, QUESTIONS_MOST, prepare
from granulator.granulation.judging.solvable import sheet
from granulator.model import Json, JsonObject, Source, StructureType
from tests.unit.granulation import samples

SOURCE = Source(
    "markdown", text="# Rotting\n\nCompost needs air. Turn the heap twice a month.\n\n# Using\n\nSpread it thin."
)
WRONG: list[Json] = [None, True, -1, 1e300, "", "\ufeff", [], {}, [[]], [{}], ["x"], {"x_": {"span": 3}}, "a" * 999]


def judged(structure: JsonObject, kind: StructureType = StructureType.QUIZ, source: Source | None = None) -> Judged:
    return Judged(structure, kind, "Composting", "en", "gardeners", source)


def grounded(structure: Any, path: str, quoted: str) -> Any:
    """Let an element claim that it rests on these words of the source."""
    start = documents.decode(SOURCE).index(quoted)
    span = {"doc": documents.NAME, "start": start, "end": start + len(quoted)}
    return samples.put(structure, f"{path}.provenance", {"kind": "source", "span": span})


def test_at_level_2_only_the_structure_is_shown() -> None:
    case = prepare(judged(samples.quiz(), source=SOURCE), 2, 60_000)

    assert case is not None
    assert (case.solved.questions, case.supported.claims, case.coverage) == ((), (), 1.0)
    assert samples.questions(samples.quiz())[0]["explanation"] in case.shown.text


def test_at_level_3_every_question_is_solved_and_held_against_its_place_in_the_source() -> None:
    structure = grounded(samples.quiz(), "categories[0].questions[0]", "Turn the heap twice")

    case = prepare(judged(structure, source=SOURCE), 3, 60_000)

    assert case is not None
    first, question = case.supported.claims[0], samples.questions(structure)[0]
    assert len(case.solved.questions) == 10
    assert first.path == "categories[0].questions[0].explanation"
    assert question["explanation"] in first.statement
    assert first.excerpt == "Compost needs air. Turn the heap twice a month."


def test_without_a_source_nothing_is_held_against_one() -> None:
    case = prepare(judged(samples.quiz()), 3, 60_000)

    assert case is not None
    assert (case.supported.claims, set(case.solved.excerpts)) == ([], {""})


@pytest.mark.parametrize(
    ("kind", "path", "body"),
    [
        (StructureType.WORKFLOW, "steps[1]", "description"),
        (StructureType.KNOWLEDGE_MAP, "concepts[1]", "definition"),
    ],
)
def test_where_there_are_no_questions_the_elements_that_name_a_place_are_held_against_it(
    kind: StructureType, path: str, body: str
) -> None:
    structure = grounded(samples.clean(kind), path, "Spread it thin.")

    case = prepare(judged(structure, kind, SOURCE), 3, 60_000)

    assert case is not None
    (claim,) = case.supported.claims
    assert (claim.path, claim.excerpt) == (f"{path}.{body}", "Spread it thin.")
    assert claim.statement == samples.value_at(structure, claim.path)


def test_of_very_many_questions_a_sample_is_asked_and_the_share_is_told() -> None:
    question = samples.questions(samples.quiz())[0]
    many = [{**question, "id": f"q_{number}"} for number in range(3 * QUESTIONS_MOST)]
    structure = samples.put(samples.quiz(), "categories[0].questions", many)

    case = prepare(judged(structure, source=SOURCE), 3, 1_000_000)

    assert case is not None
    assert len(case.solved.questions) == QUESTIONS_MOST
    assert len(case.supported.claims) <= CLAIMS_MOST
    assert case.coverage == QUESTIONS_MOST / (3 * QUESTIONS_MOST + 5)


@pytest.mark.parametrize("kind", list(StructureType))
def test_a_wrong_value_at_any_path_is_judged_or_left_out_and_breaks_nothing(kind: StructureType) -> None:
    paths = [path for path, _ in samples.values(samples.clean(kind)) if path]
    for number, path in enumerate(paths):
        structure = samples.put(samples.clean(kind), path, WRONG[number % len(WRONG)])

        case = prepare(judged(structure, kind, SOURCE), 3, 5_000)

        assert case is None or all(sheet(question, 2).text() for question in case.solved.questions)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["categories", "questions", "type", "options", "correctAnswer", "x"]), inner)
    ),
    max_leaves=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["categories", "quizOverview", "steps", "provenance"]), JSON), st.integers(1, 9))
def test_any_json_object_can_be_made_ready(structure: JsonObject, room: int) -> None:
    for kind in (StructureType.QUIZ, StructureType.WORKFLOW):
        prepare(judged(structure, kind), 3, room)


def test_ten_thousand_elements_are_made_ready_in_seconds() -> None:
    question = samples.questions(samples.quiz())[0]
    many = [{**question, "id": f"q_{number}"} for number in range(10_000)]
    structure = samples.put(samples.quiz(), "categories[0].questions", many)
    began = time.monotonic()

    case = prepare(judged(structure, source=SOURCE), 3, 60_000)

    assert case is not None
    assert case.coverage < 0.1
    assert time.monotonic() - began < 20


def test_ten_thousand_elements_that_all_rest_on_a_whole_book_are_held_against_it_in_seconds() -> None:
    book = "\n\n".join(f"# Heap {number}\n\n{f'Heap {number} keeps warm with straw. ' * 9}" for number in range(3_000))
    source = Source("markdown", text=book)
    span: JsonObject = {"doc": documents.NAME, "start": 0, "end": len(documents.decode(source))}
    step = {**samples.workflow()["steps"][0], "provenance": {"kind": "source", "span": span}}
    many = [{**step, "id": f"step_{number}"} for number in range(10_000)]
    structure = samples.put(samples.workflow(), "steps", many)
    began = time.monotonic()

    case = prepare(judged(structure, StructureType.WORKFLOW, source), 3, 60_000)

    assert case is not None
    assert len(case.supported.claims) == CLAIMS_MOST
    assert case.supported.claims[-1].path.startswith("steps[98")
    assert time.monotonic() - began < 30
