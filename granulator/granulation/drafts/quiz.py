"""A quiz as asked of a model: categories with one fact per question first, then runs of questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from granulator.granulation.drafts import questions
from granulator.granulation.drafts.answers import Asked, Sections, checked, limited, published, read
from granulator.granulation.drafts.base import Fault, Planned, Wanted
from granulator.granulation.drafts.counts import off_size, over_limit, repeated
from granulator.granulation.drafts.fields import inner, objects, text
from granulator.granulation.drafts.questions import Difficulty, FreshQuestion, PlannedQuestion
from granulator.granulation.drafts.runs import Runs, by_id, in_order, matched
from granulator.granulation.structures.elements import Percent, Text
from granulator.granulation.structures.quiz import QuizOverview
from granulator.model import JsonObject


class OverviewAnswer(Asked):
    title: Text
    description: Annotated[Text, Field(description="Two or three sentences.")]
    time_limit: Annotated[Text, Field(description='About a minute and a half per question, such as "30 minutes".')]
    passing_score: Annotated[Percent, Field(description="Percent.")]


class WholeCategory(Asked):
    name: Text
    questions: Annotated[list[FreshQuestion], Field(min_length=1)]


class WholeQuiz(Asked):
    quiz_overview: OverviewAnswer
    categories: Annotated[list[WholeCategory], Field(min_length=1)]


class PlannedItem(Asked):
    fact: Annotated[Text, Field(description="The one thing this question tests and no other question does.")]
    difficulty: Difficulty


class PlannedCategory(Asked):
    name: Text
    sections: Sections = []
    items: Annotated[list[PlannedItem], Field(min_length=1, description="One for each question.")]


class QuizOutline(Asked):
    quiz_overview: OverviewAnswer
    categories: Annotated[list[PlannedCategory], Field(min_length=1)]


class QuizPart(Asked):
    questions: Annotated[list[PlannedQuestion], Field(description="One for each planned item.")]


class QuizDraft(Runs):
    """Leaves are ``{id, fact, difficulty}``."""

    shows_all_leaves: ClassVar = False

    def whole_schema(self, *, cites: bool) -> JsonObject:
        return published(WholeQuiz, *([] if cites else ["cites"]))

    def outline_schema(self, *, passages: bool) -> JsonObject:
        return published(QuizOutline, *([] if passages else ["sections"]))

    def part_schema(self, part: JsonObject, *, cites: bool) -> JsonObject:
        return published(QuizPart, *([] if cites else ["cites"]))

    def read_whole(self, answer: JsonObject, wanted: Wanted) -> tuple[JsonObject, tuple[Fault, ...]]:
        quiz, faults = read(WholeQuiz, answer)
        if quiz is None:
            return {}, faults
        counts = [len(category.questions) for category in quiz.categories]
        rows: list[list[JsonObject]] = []
        asked: list[tuple[str, JsonObject]] = []
        for index, category in enumerate(quiz.categories):
            first = sum(counts[:index]) + 1
            row = [
                {"id": f"q_{first + place}"} | questions.element(entry)
                for place, entry in enumerate(category.questions)
            ]
            asked.extend((f"categories[{index}].questions[{place}]", entry) for place, entry in enumerate(row))
            rows.append(row)
        structure = _quiz(quiz.quiz_overview.plain(), [category.name for category in quiz.categories], rows)
        found = [*checked(QuizOverview, inner(structure, "quizOverview"), "quizOverview"), *questions.faults(asked)]
        return ({} if found else structure), limited([*found, *_count_faults(counts, wanted)])

    def read_outline(self, answer: JsonObject, wanted: Wanted) -> tuple[Planned | None, tuple[Fault, ...]]:
        outline, faults = read(QuizOutline, answer)
        if outline is None:
            return None, faults
        counts = [len(category.items) for category in outline.categories]
        groups = [_group(category, sum(counts[:index]) + 1) for index, category in enumerate(outline.categories)]
        facts = [
            (f"categories[{index}].items[{place}].fact", item.fact)
            for index, category in enumerate(outline.categories)
            for place, item in enumerate(category.items)
        ]
        found = [*_count_faults(counts, wanted), *repeated(facts)]
        return Planned({"quizOverview": outline.quiz_overview.plain()}, tuple(groups)), limited(found)

    def read_part(self, part: JsonObject, answer: JsonObject, planned: Planned) -> tuple[JsonObject, tuple[Fault, ...]]:
        written, faults = read(QuizPart, answer)
        if written is None:
            return {}, faults
        pairs, found = matched(part, written.questions, "questions")
        asked = [
            questions.element(question, id=text(leaf, "id"), difficulty=text(leaf, "difficulty"))
            for leaf, _, question in pairs
        ]
        paths = [f"questions[{index}]" for _, index, _ in pairs]
        found.extend(questions.faults(list(zip(paths, asked, strict=True))))
        return ({} if found else {"questions": asked}), limited(found)

    def assemble(self, planned: Planned, parts: Sequence[JsonObject], written: Sequence[JsonObject]) -> JsonObject:
        asked = by_id(written, "questions")
        rows = [[asked[text(leaf, "id")] for leaf in objects(group, "leaves")] for group in planned.groups]
        return _quiz(inner(planned.frame, "quizOverview"), [text(group, "title") for group in planned.groups], rows)

    def leaf_tokens(self, level: int, words: Mapping[str, Sequence[int]]) -> int:
        return questions.expected_tokens(words, level)

    def _leaf_line(self, leaf: JsonObject) -> str:
        return f"{text(leaf, 'id')} {text(leaf, 'fact')}"


def _group(category: PlannedCategory, first: int) -> JsonObject:
    leaves: list[JsonObject] = [
        {"id": f"q_{number}"} | item.plain() for number, item in enumerate(category.items, first)
    ]
    group: JsonObject = {"title": category.name, "leaves": leaves}
    return group | in_order(category.plain(), "sections")


def _quiz(overview: JsonObject, names: Sequence[str], rows: Sequence[Sequence[JsonObject]]) -> JsonObject:
    counted: JsonObject = {"totalQuestions": sum(len(row) for row in rows)}
    categories: list[JsonObject] = [
        {"name": name, "questions": list(row)} for name, row in zip(names, rows, strict=True)
    ]
    return {
        "quizOverview": in_order(
            overview | counted, "title", "description", "totalQuestions", "timeLimit", "passingScore"
        ),
        "categories": categories,
    }


def _count_faults(counts: Sequence[int], wanted: Wanted) -> list[Fault]:
    return [
        *off_size("categories", "categories", len(counts), wanted.sizes.groups),
        *off_size("categories", "questions in all", sum(counts), wanted.sizes.leaves),
        *over_limit("categories", len(counts) + sum(counts), wanted),
    ]
