"""A course as asked of a model: titles and objectives first, then runs of lessons; the last one closes its module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Annotated, ClassVar

from pydantic import Field

from granulator.granulation.drafts import questions
from granulator.granulation.drafts.answers import Asked, Cites, PlannedId, Sections, checked, limited, published, read
from granulator.granulation.drafts.base import Fault, Planned, Wanted
from granulator.granulation.drafts.counts import dealt, off_size, over_limit, repeated, tolerated
from granulator.granulation.drafts.fields import inner, number, objects, text, texts
from granulator.granulation.drafts.questions import FreshQuestion
from granulator.granulation.drafts.runs import Runs, by_id, in_order, matched, tokens, words_of
from granulator.granulation.plan import COURSE_LEVELS, EXERCISES_REQUIRED_FROM
from granulator.granulation.structures.course import CourseOverview, Lesson, Module
from granulator.granulation.structures.elements import SomeTexts, Text, Texts
from granulator.model import JsonObject

PASSING_SCORE = 70
QUESTIONS = {1: 2, 2: 2, 3: 3, 4: 3, 5: 4}
"""Granularity level -> questions in the assessment of a module."""


class OverviewAnswer(Asked):
    title: Text
    description: Annotated[Text, Field(description="Two or three sentences.")]
    duration: Annotated[Text, Field(description='Such as "6 hours".')]
    prerequisites: Annotated[Texts, Field(description="Empty if there are none.")]
    learning_outcomes: Annotated[SomeTexts, Field(description="Each begins with a verb that can be observed.")]


class _Titled(Asked):
    title: Annotated[Text, Field(description="Says what it teaches; without a number.")]


class _LessonBody(Asked):
    content: Annotated[Text, Field(description="Connected prose that teaches; program code goes to examples.")]
    key_points: Annotated[Texts, Field(min_length=2, description="Two to five sentences that the content supports.")]
    examples: Annotated[Texts, Field(description="As many as asked for.")]
    practical_exercises: Annotated[Texts, Field(description="As many as asked for; each is one task.")]
    cites: Cites = []


class WholeLesson(_LessonBody, _Titled):
    pass


class WrittenLesson(_LessonBody):
    id: PlannedId = ""


class _ModuleFrame(Asked):
    description: Text
    estimated_duration: Annotated[Text, Field(description='Such as "90 minutes".')]


class AssessmentAnswer(Asked):
    questions: Annotated[list[FreshQuestion], Field(min_length=2, description="Two to four; they test the objectives.")]


class WholeModule(_ModuleFrame, _Titled):
    learning_objectives: Annotated[SomeTexts, Field(description="Each begins with a verb that can be observed.")]
    lessons: Annotated[list[WholeLesson], Field(min_length=1)]
    assessment: AssessmentAnswer


class WholeCourse(Asked):
    course_overview: OverviewAnswer
    modules: Annotated[list[WholeModule], Field(min_length=1)]


class PlannedLesson(_Titled):
    objective: Annotated[
        Text,
        Field(description="At most fifteen words: what a learner can do after this lesson and after no other one."),
    ]


class PlannedModule(_Titled):
    sections: Sections = []
    lessons: Annotated[list[PlannedLesson], Field(min_length=1)]


class CourseOutline(Asked):
    course_overview: OverviewAnswer
    modules: Annotated[list[PlannedModule], Field(min_length=1)]


class CoursePart(Asked):
    lessons: list[WrittenLesson]


class ClosingPart(CoursePart, _ModuleFrame):
    """The last lessons of a module, and what is said of all of it: a plan with that in it would take much longer."""

    questions: Annotated[
        list[FreshQuestion], Field(description="Test the learning objectives; as many as the plan says.")
    ]


class CourseDraft(Runs):
    shows_all_leaves: ClassVar = False
    last_only: ClassVar = ("learningObjectives", "questions")

    def whole_schema(self, *, cites: bool) -> JsonObject:
        return published(WholeCourse, *([] if cites else ["cites"]))

    def outline_schema(self, *, passages: bool) -> JsonObject:
        return published(CourseOutline, *([] if passages else ["sections"]))

    def part_schema(self, part: JsonObject, *, cites: bool) -> JsonObject:
        return published(_answer_of(part), *([] if cites else ["cites"]))

    def read_whole(self, answer: JsonObject, wanted: Wanted) -> tuple[JsonObject, tuple[Fault, ...]]:
        course, faults = read(WholeCourse, answer)
        if course is None:
            return {}, faults
        lessons = [len(module.lessons) for module in course.modules]
        allotted = iter(_exercises(sum(lessons), wanted))
        overview = course.course_overview.plain()
        found = [*checked(CourseOverview, overview, "courseOverview")]
        modules = [_whole_module(index, module, allotted, wanted, found) for index, module in enumerate(course.modules)]
        counts = _count_faults(lessons, _total(modules), wanted)
        return ({} if found else {"courseOverview": overview, "modules": modules}), limited([*found, *counts])

    def read_outline(self, answer: JsonObject, wanted: Wanted) -> tuple[Planned | None, tuple[Fault, ...]]:
        outline, faults = read(CourseOutline, answer)
        if outline is None:
            return None, faults
        allotted = iter(_exercises(sum(len(module.lessons) for module in outline.modules), wanted))
        groups = [_group(index, module, allotted, wanted) for index, module in enumerate(outline.modules)]
        lessons = [len(module.lessons) for module in outline.modules]
        exercises = sum(number(leaf, "exercises") for group in groups for leaf in objects(group, "leaves"))
        total = 2 * len(lessons) + sum(lessons) + exercises
        found = [*_count_faults(lessons, total, wanted), *repeated(list(_titles(outline)))]
        return Planned({"courseOverview": outline.course_overview.plain()}, tuple(groups)), limited(found)

    def read_part(self, part: JsonObject, answer: JsonObject, planned: Planned) -> tuple[JsonObject, tuple[Fault, ...]]:
        written, faults = read(_answer_of(part), answer)
        if written is None:
            return {}, faults
        found_lessons, found = matched(part, written.lessons, "lessons")
        lessons = [_lesson(leaf, lesson, f"lessons[{index}]", found) for leaf, index, lesson in found_lessons]
        for (_, index, _), lesson in zip(found_lessons, lessons, strict=True):
            found.extend(checked(Lesson, lesson, f"lessons[{index}]"))
        closing = _closing(part, written, found) if isinstance(written, ClosingPart) else {}
        return ({} if found else {"lessons": lessons} | closing), limited(found)

    def merge(self, first: JsonObject, second: JsonObject) -> JsonObject:
        return second | {"lessons": [*objects(first, "lessons"), *objects(second, "lessons")]}

    def assemble(self, planned: Planned, parts: Sequence[JsonObject], written: Sequence[JsonObject]) -> JsonObject:
        lessons = by_id(written, "lessons")
        closing = {number(part, "group"): answer for part, answer in zip(parts, written, strict=True) if part["isLast"]}
        modules = [
            _module(
                group | closing[index],
                [lessons[text(leaf, "id")] for leaf in objects(group, "leaves")],
                objects(closing[index], "questions"),
            )
            for index, group in enumerate(planned.groups)
        ]
        return {"courseOverview": inner(planned.frame, "courseOverview"), "modules": modules}

    def leaf_tokens(self, level: int, words: Mapping[str, Sequence[int]]) -> int:
        lessons = COURSE_LEVELS[level][1]
        body = words_of(words, "lessonContent", level, 220) + 4 * 15
        body += words_of(words, "examples", level, 50) + words_of(words, "exercises", level, 50)
        return tokens(body, fields=8) + ceil(QUESTIONS[level] * questions.expected_tokens({}, level) / lessons)


def _whole_module(
    index: int, module: WholeModule, allotted: Iterator[int], wanted: Wanted, found: list[Fault]
) -> JsonObject:
    """Return the module as it stands in a course, and add what is wrong with it to ``found``."""
    at = f"modules[{index}]"
    lessons: list[JsonObject] = []
    for place, lesson in enumerate(module.lessons):
        leaf: JsonObject = {"id": f"lesson_{index + 1}_{place + 1}", "title": lesson.title, "exercises": next(allotted)}
        lessons.append(_lesson(leaf | _needed(wanted.level), lesson, f"{at}.lessons[{place}]", found))
    asked = [questions.element(question) for question in module.assessment.questions]
    element = _module({"id": f"module_{index + 1}"} | module.plain(), lessons, _numbered(index + 1, asked))
    found.extend(checked(Module, element, at))
    return element


def _answer_of(part: JsonObject) -> type[CoursePart]:
    return ClosingPart if part["isLast"] else CoursePart


def _needed(level: int) -> JsonObject:
    return {"examples": 1} if level >= EXERCISES_REQUIRED_FROM else {}


def _exercises(lessons: int, wanted: Wanted) -> list[int]:
    if wanted.level >= EXERCISES_REQUIRED_FROM or wanted.sizes.extras >= wanted.sizes.leaves:
        return [max(1, wanted.sizes.extras // wanted.sizes.leaves)] * lessons
    return dealt(min(wanted.sizes.extras, lessons), lessons)


def _group(index: int, module: PlannedModule, allotted: Iterator[int], wanted: Wanted) -> JsonObject:
    leaves: list[JsonObject] = [
        {"id": f"lesson_{index + 1}_{place + 1}", **lesson.plain(), "exercises": next(allotted)} | _needed(wanted.level)
        for place, lesson in enumerate(module.lessons)
    ]
    planned: JsonObject = {
        "id": f"module_{index + 1}",
        "title": module.title,
        "learningObjectives": [lesson.objective for lesson in module.lessons],
        "questions": QUESTIONS[wanted.level],
        "leaves": leaves,
    }
    return planned | ({"sections": list(module.sections)} if module.sections else {})


def _titles(outline: CourseOutline) -> Iterator[tuple[str, str]]:
    for index, module in enumerate(outline.modules):
        for place, lesson in enumerate(module.lessons):
            yield f"modules[{index}].lessons[{place}].title", lesson.title


def _lesson(leaf: JsonObject, lesson: _LessonBody, path: str, found: list[Fault]) -> JsonObject:
    """Return the lesson as it stands in a course, and add what is wrong with it to ``found``."""
    said = lesson.plain()
    exercises = texts(said, "practicalExercises")
    planned = number(leaf, "exercises")
    if number(leaf, "examples") > len(texts(said, "examples")):
        found.append(Fault(f"{path}.examples", "needs at least one example"))
    if leaf.get("examples") and planned > len(exercises):
        found.append(Fault(f"{path}.practicalExercises", f"has {len(exercises)} exercises, {planned} are planned"))
    # An exercise stands alone: one more than planned is left out instead of asking for everything again.
    said["practicalExercises"] = exercises[:planned]
    element = said | {"id": leaf["id"], "title": leaf["title"]}
    return in_order(element, "id", "title", "content", "keyPoints", "examples", "practicalExercises", "cites")


def _closing(part: JsonObject, written: ClosingPart, found: list[Fault]) -> JsonObject:
    """Return what is said of a whole module and its questions, and add what is wrong with these to ``found``."""
    planned = number(part, "questions")
    asked = [questions.element(question) for question in written.questions[:planned]]
    if len(asked) < planned:
        found.append(Fault("questions", f"has {len(asked)} questions, exactly {planned} are planned"))
    numbered = _numbered(number(part, "group") + 1, asked)
    found.extend(questions.faults([(f"questions[{index}]", entry) for index, entry in enumerate(numbered)]))
    return in_order(written.plain(), "description", "estimatedDuration") | {"questions": list(numbered)}


def _numbered(module: int, asked: Sequence[JsonObject]) -> list[JsonObject]:
    return [{"id": f"q_{module}_{place}"} | question for place, question in enumerate(asked, 1)]


def _module(head: JsonObject, lessons: Sequence[JsonObject], asked: Sequence[JsonObject]) -> JsonObject:
    said = in_order(head, "id", "title", "description", "estimatedDuration", "learningObjectives")
    return said | {"lessons": list(lessons), "assessment": {"questions": list(asked), "passingScore": PASSING_SCORE}}


def _total(modules: Sequence[JsonObject]) -> int:
    lessons = [lesson for module in modules for lesson in objects(module, "lessons")]
    return 2 * len(modules) + len(lessons) + sum(len(texts(lesson, "practicalExercises")) for lesson in lessons)


def _count_faults(lessons: Sequence[int], total: int, wanted: Wanted) -> Iterator[Fault]:
    sizes = wanted.sizes
    yield from off_size("modules", "modules", len(lessons), sizes.groups)
    yield from off_size("modules", "lessons in all", sum(lessons), sizes.leaves)
    yield from over_limit("modules", total, wanted)
    low, high = tolerated(sizes.leaves // sizes.groups)[0], tolerated(sizes.leaves_per_group)[1]
    for index, count in enumerate(lessons):
        if not low <= count <= high:
            yield Fault(f"modules[{index}].lessons", f"has {count} lessons, {low} to {high} are wanted in each module")
