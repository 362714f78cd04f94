"""The whole of a structure: ids, references, titles, topic, language."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from granulator.granulation.checks import languages, maps, shared
from granulator.granulation.checks.document import Expectation
from granulator.granulation.checks.reading import read
from granulator.granulation.structures import at, element_paths
from granulator.model import StructureType
from tests.unit.granulation.samples import (
    clean,
    course,
    found,
    knowledge_map,
    learning_path,
    lesson,
    novel,
    put,
    workflow,
)


@pytest.mark.parametrize("kind", StructureType)
@pytest.mark.parametrize(
    "check",
    [
        shared.dup_id,
        shared.dangling_ref,
        shared.dup_title,
        shared.topic_missing,
        languages.wrong_language,
    ],
)
def test_a_clean_structure_has_none_of_it(check: Any, kind: StructureType) -> None:
    assert found(check, clean(kind)) == []


def test_an_id_given_twice_is_found_at_the_second_place() -> None:
    structure = course()
    lesson(structure, 1, 1)["id"] = "lesson_1_1"

    assert found(shared.dup_id, structure) == [("dup_id", "modules[1].lessons[1].id")]


def test_an_objective_that_does_not_exist_dangles() -> None:
    structure = course()
    structure["modules"][0]["objectives"] = [{"id": "obj_1", "text": "Explain", "bloom": "understand"}]
    lesson(structure)["objectiveIds"] = ["obj_1", "obj_9"]

    assert found(shared.dangling_ref, structure) == [("dangling_ref", "modules[0].lessons[0].objectiveIds[1]")]


@pytest.mark.parametrize(
    ("structure", "path"),
    [
        (novel(), "acts[0].chapters[0].pov"),
        (novel(), "acts[1].chapters[2].scenes[0].characterIds[1]"),
        (novel(), "acts[0].chapters[0].scenes[1].threadIds[0]"),
        (novel(), "plotThreads[0].setupScene"),
        (novel(), "plotThreads[1].payoffScene"),
        (workflow(), "steps[2].nextSteps[1]"),
        (workflow(), "steps[2].conditions[0].next"),
        (workflow(), "phases[1].stepIds[3]"),
        (knowledge_map(), "mapOverview.rootId"),
        (knowledge_map(), "relations[3].source"),
        (knowledge_map(), "relations[3].target"),
        (learning_path(), "milestones[3].requires[1]"),
        (learning_path(), "milestones[0].developsCompetencies[0]"),
    ],
)
def test_every_reference_of_every_type_must_lead_somewhere(structure: Any, path: str) -> None:
    assert found(shared.dangling_ref, put(structure, path, "nobody_1")) == [("dangling_ref", path)]


@pytest.mark.parametrize(
    ("structure", "first", "second"),
    [
        (novel(), "characters[0].id", "acts[0].chapters[0].scenes[0].id"),
        (workflow(), "steps[0].id", "phases[0].id"),
        (knowledge_map(), "concepts[0].id", "concepts[1].id"),
        (learning_path(), "competencies[0].id", "milestones[0].id"),
    ],
)
def test_ids_are_unique_over_all_levels_of_a_document(structure: Any, first: str, second: str) -> None:
    put(put(structure, first, "same_1"), second, "same_1")

    assert found(shared.dup_id, structure) == [("dup_id", second)]


@pytest.mark.parametrize("kind", StructureType)
def test_a_citation_that_names_no_passage_dangles_in_every_element(kind: StructureType) -> None:
    structure = clean(kind)
    paths = [path for each in element_paths(kind) for path, _ in at(structure, each)]
    for path in paths:
        put(structure, f"{path}.x_citations", ["p99", "p100"])

    problems = found(shared.dangling_ref, structure)

    assert problems == [("dangling_ref", f"{path}.x_citations[{index}]") for path in paths for index in (0, 1)]


def test_a_dangling_citation_says_what_was_cited() -> None:
    structure = course()
    lesson(structure)["x_citations"] = ["p99"]

    (problem,) = shared.dangling_ref(read(StructureType.COURSE, structure, "en"), Expectation())

    assert problem.severity == "error"
    assert problem.message == ('modules[0].lessons[0].x_citations[0] cites "p99", which is no passage of the source')


@pytest.mark.parametrize("kind", StructureType)
def test_a_span_is_resolved_in_every_element(kind: StructureType) -> None:
    structure = clean(kind)
    paths = [path for each in element_paths(kind) for path, _ in at(structure, each)]
    for path in paths:
        span = {"doc": "source", "start": 0, "end": 999}
        put(structure, f"{path}.provenance", {"kind": "source", "span": span})

    problems = found(shared.dangling_ref, structure, sources={"source": "short"})

    assert problems == [("dangling_ref", f"{path}.provenance") for path in paths]


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


def test_a_novel_need_not_name_what_it_is_about() -> None:
    assert found(shared.topic_missing, novel(), topic="Redemption") == []
    assert found(shared.topic_missing, workflow(), topic="Redemption") == [("topic_missing", "$")]


def test_concepts_of_the_same_name_are_found() -> None:
    structure = put(knowledge_map(), "concepts[5].label", "YEAST")

    assert found(maps.dup_concept, structure) == [("dup_concept", "concepts[5].label")]
    assert found(shared.dup_title, structure) == []


GERMAN = "Der Kompost ist nicht ein Haufen, sondern die Nahrung für die Bakterien, und es wird mit der Zeit warm. " * 4


def test_prose_in_another_language_is_found() -> None:
    structure = course()
    for module in structure["modules"]:
        for entry in module["lessons"]:
            entry["content"] = GERMAN
        for question in module["assessment"]["questions"]:
            question["explanation"] = GERMAN

    assert found(languages.wrong_language, structure) == [("wrong_language", "$")]
    assert found(languages.wrong_language, structure | {"language": "de-AT"}) == [
        ("wrong_language", path)
        for path in ("courseOverview.description", "modules[0].description", "modules[1].description")
    ]


def test_prose_in_another_script_is_found() -> None:
    structure = course() | {"language": "ru"}

    assert found(languages.wrong_language, structure) == [("wrong_language", "$")]


def test_a_language_nobody_can_check_is_left_alone() -> None:
    assert found(languages.wrong_language, course() | {"language": "eu"}) == []
