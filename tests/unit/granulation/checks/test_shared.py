"""The whole of a structure: ids, references, titles, topic, language."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from granulator.granulation.checks import shared
from tests.unit.granulation.samples import course, found, lesson, quiz


@pytest.mark.parametrize("structure", [course(), quiz()])
@pytest.mark.parametrize(
    "check",
    [
        shared.dup_id,
        shared.dangling_ref,
        shared.dup_title,
        shared.topic_missing,
        shared.wrong_language,
    ],
)
def test_a_clean_structure_has_none_of_it(check: Any, structure: Any) -> None:
    assert found(check, structure) == []


def test_an_id_given_twice_is_found_at_the_second_place() -> None:
    structure = course()
    lesson(structure, 1, 1)["id"] = "lesson_1_1"

    assert found(shared.dup_id, structure) == [("dup_id", "modules[1].lessons[1].id")]


def test_an_objective_that_does_not_exist_dangles() -> None:
    structure = course()
    structure["modules"][0]["objectives"] = [{"id": "obj_1", "text": "Explain", "bloom": "understand"}]
    lesson(structure)["objectiveIds"] = ["obj_1", "obj_9"]

    assert found(shared.dangling_ref, structure) == [("dangling_ref", "modules[0].lessons[0].objectiveIds[1]")]


SOURCE = "Brown material supplies carbon. Green material supplies nitrogen."
GOOD_HASH = hashlib.sha256(SOURCE[:31].encode()).hexdigest()


def with_span(doc: str = "source", start: int = 0, end: int = 31, sha256: str | None = GOOD_HASH) -> Any:
    structure = course()
    span = {"doc": doc, "start": start, "end": end}
    lesson(structure)["provenance"] = {"kind": "source", "span": span, "sha256": sha256}
    return structure


def test_a_span_that_resolves_is_fine() -> None:
    assert found(shared.dangling_ref, with_span(), sources={"source": SOURCE}) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"doc": "other"},
        {"end": 999, "sha256": None},
        {"start": 31},
        {"start": 1},
        {"sha256": "0" * 64},
        {"start": 5, "end": 2, "sha256": None},
    ],
)
def test_a_span_that_does_not_resolve_dangles(wrong: Any) -> None:
    problems = found(shared.dangling_ref, with_span(**wrong), sources={"source": SOURCE})

    assert problems == [("dangling_ref", "modules[0].lessons[0].provenance")]


def test_spans_are_not_held_against_a_structure_without_sources() -> None:
    assert found(shared.dangling_ref, with_span(end=999)) == []


def test_a_title_used_twice_on_one_level_is_found() -> None:
    structure = course()
    lesson(structure, 1, 1)["title"] = "browns and  GREENS"
    structure["modules"][1]["title"] = "Browns and greens"

    assert found(shared.dup_title, structure) == [("dup_title", "modules[1].lessons[1].title")]


def test_a_topic_no_word_of_which_occurs_is_missing() -> None:
    assert found(shared.topic_missing, course(), topic="Roman law") == [("topic_missing", "$")]
    assert found(shared.topic_missing, course(), topic="A guide to the compost heap") == []


GERMAN = "Der Kompost ist nicht ein Haufen, sondern die Nahrung für die Bakterien, und es wird mit der Zeit warm. " * 4


def test_prose_in_another_language_is_found() -> None:
    structure = course()
    for module in structure["modules"]:
        for entry in module["lessons"]:
            entry["content"] = GERMAN
        for question in module["assessment"]["questions"]:
            question["explanation"] = GERMAN

    assert found(shared.wrong_language, structure) == [("wrong_language", "$")]
    assert found(shared.wrong_language, structure | {"language": "de-AT"}) == []


def test_prose_in_another_script_is_found() -> None:
    structure = course() | {"language": "ru"}

    assert found(shared.wrong_language, structure) == [("wrong_language", "$")]


def test_a_language_nobody_can_check_is_left_alone() -> None:
    assert found(shared.wrong_language, course() | {"language": "eu"}) == []
