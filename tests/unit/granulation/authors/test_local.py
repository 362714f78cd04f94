"""The local author: what it writes from a source is true to it, and from a topic alone it claims nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any, TypeVar

import pytest

from granulator.errors import SourceRequired, SourceUnreadable
from granulator.extraction.vocabulary import content_words
from granulator.granulation import plan, validation
from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.local import LocalAuthor
from granulator.granulation.validation import Verdict
from granulator.model import Source, StructureType
from tests.unit.extraction.samples import HARBOUR
from tests.unit.granulation.samples import COURSE, QUIZ, template

T = TypeVar("T")
HARBOUR_MD = Source("markdown", text=HARBOUR)


async def at_once(function: Callable[[], T]) -> T:
    return function()


def brief(kind: StructureType, source: Source | None = HARBOUR_MD, *, level: int = 1, topic: str = "Harbours") -> Brief:
    used = template(kind)
    return Brief(topic, kind, level, "general", "en", plan.sizes(kind, level, used), used, source)


async def write(of: Brief) -> tuple[Outline, list[Any]]:
    author = LocalAuthor(of, run_in_thread=at_once)
    outline = await author.outline()
    return outline, [(await author.part(outline, index, 1)).element for index in range(len(outline.parts))]


def assembled(outline: Outline, parts: list[Any], kind: StructureType) -> Any:
    frame, rest = ("courseOverview", "modules") if kind is COURSE else ("quizOverview", "categories")
    return {"schemaVersion": "1", "language": "en", frame: outline.frame, rest: parts}


def verdict(structure: Any, of: Brief) -> Verdict:
    return validation.validate(
        structure,
        of.structure_type,
        template=of.template,
        sizes=of.sizes,
        granularity_level=of.level,
        sources={"source": HARBOUR},
        topic="vessel",
    )


def elements(value: Any) -> list[dict[str, Any]]:
    """Every object below ``value`` that carries provenance."""
    rows = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    found = [value] if isinstance(value, dict) and "provenance" in value else []
    return found + [element for row in rows for element in elements(row)]


def questions(parts: list[Any]) -> list[dict[str, Any]]:
    return [question for part in parts for question in part.get("questions") or part["assessment"]["questions"]]


@pytest.mark.parametrize("kind", [COURSE, QUIZ])
async def test_what_is_written_from_a_source_has_no_errors(kind: StructureType):
    of = brief(kind)
    found = verdict(assembled(*await write(of), kind), of)

    assert [issue.message for issue in found.issues if issue.severity == "error"] == []
    assert found.is_valid


@pytest.mark.parametrize("kind", [COURSE, QUIZ])
async def test_every_element_carries_a_span_that_resolves(kind: StructureType):
    found = elements(assembled(*await write(brief(kind)), kind))

    assert len(found) >= 7
    for element in found:
        provenance = element["provenance"]
        span = provenance["span"]
        assert (provenance["kind"], span["doc"]) == ("source", "source")
        assert provenance["sha256"] == sha256(HARBOUR[span["start"] : span["end"]].encode()).hexdigest()
        assert HARBOUR[span["start"] : span["end"]].strip()


async def test_a_question_points_at_the_very_sentence_it_is_made_of():
    for question in questions((await write(brief(QUIZ)))[1]):
        if question["type"] == "multiple_choice":
            span = question["provenance"]["span"]
            source = re.sub(r"[*`]", "", HARBOUR[span["start"] : span["end"]])
            key = question["options"][question["correctAnswer"]]
            is_false = question["question"].endswith("these statements is false?")
            lead = "This is false; the source says instead:" if is_false else "The source says:"
            assert question["explanation"].startswith(f'{lead} "')
            assert set(content_words(question["explanation"].partition('"')[2])) <= set(content_words(source))
            assert (key.casefold() in source.casefold()) != is_false


async def test_a_course_follows_the_plan_and_the_authors_headings():
    outline, modules = await write(brief(COURSE))

    assert outline.frame["title"] == "Running a Small Harbour"
    assert [(module["id"], module["title"]) for module in modules] == [
        ("module_1", "Berths"),
        ("module_2", "The lock and Weather"),
    ]
    assert [lesson["id"] for module in modules for lesson in module["lessons"]] == [
        "lesson_1_1",
        "lesson_1_2",
        "lesson_2_1",
        "lesson_2_2",
    ]
    assert [part["leaves"] for part in outline.parts] == [2, 2]


async def test_a_quiz_states_its_exact_number_of_questions():
    outline, categories = await write(brief(QUIZ, level=2))
    found = questions(categories)

    assert outline.frame["totalQuestions"] == len(found)
    assert [question["id"] for question in found] == [f"q_{number}" for number in range(1, len(found) + 1)]


async def test_right_answers_take_all_places_about_equally_often():
    keys = [
        question["correctAnswer"]
        for question in questions((await write(brief(QUIZ, level=2)))[1])
        if question["type"] == "multiple_choice"
    ]

    assert max(Counter(keys).values()) <= len(keys) // 2


async def test_an_ordering_question_is_answered_by_the_order_of_the_source():
    (ordering,) = [q for q in questions((await write(brief(QUIZ)))[1]) if q["type"] == "ordering"]

    assert [ordering["options"][index].split()[0] for index in ordering["correctAnswer"]] == [
        "Signal",
        "Fill",
        "Open",
        "Close",
    ]


@pytest.mark.parametrize("level", [4, 5])
async def test_high_levels_have_an_example_and_an_exercise_in_every_lesson(level: int):
    for module in (await write(brief(COURSE, level=level)))[1]:
        for lesson in module["lessons"]:
            assert (bool(lesson["examples"]), bool(lesson["practicalExercises"])) == (True, True)


async def test_the_same_brief_gives_the_same_parts_again():
    assert await write(brief(COURSE)) == await write(brief(COURSE))


async def test_the_title_is_the_topic_when_the_source_has_none():
    plain = HARBOUR.replace("# Running a Small Harbour\n", "").replace("## ", "")

    outline, _ = await write(brief(COURSE, Source("text", text=plain), topic="$& {topic} {{ 7*7 }}"))

    assert outline.frame["title"] == "$& {topic} {{ 7*7 }}"


async def test_a_topic_alone_gives_a_scaffold_that_only_asks():
    topic = "$& {topic} {{ 7*7 }} %s"
    of = brief(COURSE, None, level=2, topic=topic)
    outline, modules = await write(of)
    lessons = [lesson for module in modules for lesson in module["lessons"]]

    assert (outline.is_scaffold, outline.frame["title"], len(modules), len(lessons)) == (True, topic, 3, 9)
    assert all(
        element["provenance"] == {"kind": "scaffold"} for element in elements(assembled(outline, modules, COURSE))
    )
    assert all(text.endswith("?") for lesson in lessons for text in [lesson["content"], *lesson["keyPoints"]])
    assert any(topic in lesson["content"] for lesson in lessons)
    assert len({lesson["title"] for lesson in lessons}) == 9


async def test_a_scaffold_has_built_in_texts_when_the_template_has_none():
    of = brief(COURSE, None)
    outline, modules = await write(replace(of, template=replace(of.template, scaffold=None)))

    assert [module["title"] for module in modules] == ["Why Harbours matters", "The basic ideas of Harbours"]
    assert outline.notice


async def test_a_scaffold_is_in_shape():
    of = brief(COURSE, None)
    structure = assembled(*await write(of), COURSE)
    found = validation.validate(structure, COURSE, template=of.template, sizes=of.sizes, is_scaffold=True)

    assert (found.is_valid, [issue.message for issue in found.issues]) == (None, [])


async def test_a_quiz_is_not_made_from_a_topic_alone():
    with pytest.raises(SourceRequired):
        await write(brief(QUIZ, None))


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        (COURSE, Source("text", text="words without any sentence")),
        (QUIZ, Source("text", text="words without any sentence")),
        (COURSE, Source("text", file=b"\x89PNG\r\n\x1a\n\x00\x00")),
    ],
)
async def test_a_source_that_holds_nothing_to_work_with_is_refused(kind: StructureType, source: Source):
    with pytest.raises(SourceUnreadable):
        await write(brief(kind, source))


async def test_a_source_without_a_single_question_gives_a_quiz_that_is_empty_and_so_not_valid():
    of = brief(QUIZ, Source("text", text="Then he left. She wondered about it. They never met again. It was late.\n"))
    outline, parts = await write(of)
    found = validation.validate(assembled(outline, parts, QUIZ), QUIZ, template=of.template, sizes=of.sizes)

    assert (outline.frame["totalQuestions"], parts, found.is_valid) == (0, [], False)


async def test_work_is_done_once_and_in_the_runner_given():
    calls: list[int] = []

    async def counted(function: Callable[[], T]) -> T:
        calls.append(1)
        return function()

    author = LocalAuthor(brief(COURSE), run_in_thread=counted)
    outline = await author.outline()
    await author.part(outline, 0, 1)
    await author.part(outline, 1, 1)

    assert calls == [1]
