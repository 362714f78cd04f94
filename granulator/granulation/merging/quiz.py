"""Quizzes made smaller: categories are joined with neighbours; questions cannot be, so the weakest are left out.

What is left out comes evenly from the largest categories, never from the end of them. The weakest question is the one
most like another question of the quiz; of those alike in that, one of the difficulty its category has most of; of
those the one with the shortest explanation, and then the first. Their ids are kept in ``x_leftOutIds``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from granulator.granulation.checks.course import minutes as spoken_minutes
from granulator.granulation.drafts.fields import inner, objects, text
from granulator.granulation.merging.bounds import Bounds
from granulator.granulation.merging.joining import one_after_another, titles, together
from granulator.granulation.merging.narrowing import Run, gathered, length
from granulator.granulation.wording import content_words
from granulator.model import Json, JsonObject

Meanings = Mapping[int, frozenset[str]]
"""The content words of each question, by its place in the whole quiz."""


def quiz(structure: JsonObject, bounds: Bounds) -> JsonObject:
    """Return the quiz with fewer categories, and only where that is not enough with fewer questions."""
    categories = objects(structure, "categories")
    total = sum(len(objects(category, "questions")) for category in categories)
    wanted = max(bounds.least("Categories", "categories"), bounds.limit - total)
    runs = gathered(categories, wanted, _by_questions)
    most = max(bounds.least("Questions", None), bounds.limit - len(runs))
    joined = [_category(run, text(structure, "language")) for run in runs]
    kept = _thinned(joined, most, bounds.least(None, "categories[].questions"))
    left_out = _ids(joined, kept)
    overview = inner(structure, "quizOverview")
    return {
        **structure,
        "quizOverview": {**overview, **_shorter(overview, total, total - len(left_out)), **_told(left_out)},
        "categories": list[Json](kept),
    }


def _by_questions(left: Run, right: Run) -> tuple[float, ...]:
    return (sum(len(objects(category, "questions")) for category in (*left, *right)),)


def _category(run: Run, language: str) -> JsonObject:
    if len(run) == 1:
        return run[0]
    return together(run, {"name": titles(run, "name", language), "questions": one_after_another(run, "questions")})


def _thinned(categories: Sequence[JsonObject], most: int, least_each: int) -> list[JsonObject]:
    """Return the categories with at most so many questions in all, as far as each keeps its least."""
    rows = [objects(category, "questions") for category in categories]
    numbered = list(enumerate(question for row in rows for question in row))
    meanings = {place: frozenset(content_words(text(question, "question"))) for place, question in numbered}
    places = iter(range(len(numbered)))
    left = [[next(places) for _ in row] for row in rows]
    by_place = dict(numbered)
    while sum(map(len, left)) > most:
        fullest = max(left, key=len)
        if len(fullest) <= least_each:
            break
        fullest.remove(_weakest(fullest, by_place, meanings))
        meanings = {place: meanings[place] for row in left for place in row}
    return [
        {**category, "questions": [by_place[place] for place in row]}
        for category, row in zip(categories, left, strict=True)
    ]


def _weakest(row: Sequence[int], questions: Mapping[int, JsonObject], meanings: Meanings) -> int:
    difficulties = Counter(text(questions[place], "difficulty") for place in row)

    def strength(place: int) -> tuple[float, ...]:
        question = questions[place]
        alike = max((_alike(meanings[place], said) for other, said in meanings.items() if other != place), default=0.0)
        return (
            -round(alike, 1),
            -difficulties[text(question, "difficulty")],
            length(question.get("explanation")),
            place,
        )

    return min(row, key=strength)


def _alike(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left or right else 0.0


def _ids(categories: Sequence[JsonObject], kept: Sequence[JsonObject]) -> list[str]:
    before, after = (
        [text(question, "id") for category in each for question in objects(category, "questions")]
        for each in (categories, kept)
    )
    return [identity for identity in before if identity not in set(after)]


def _told(left_out: Sequence[str]) -> JsonObject:
    return {"x_leftOutIds": list[Json](left_out)} if left_out else {}


def _shorter(overview: JsonObject, before: int, after: int) -> JsonObject:
    """Return the time limit for fewer questions, where it names minutes or hours."""
    said = spoken_minutes(overview.get("timeLimit"))
    if said is None or after == before:
        return {}
    fewer = max(1, round(said * after / before))
    computed: JsonObject = {"durationMinutes": fewer} if "durationMinutes" in overview else {}
    return {"timeLimit": f"{fewer} minute{'s' * (fewer != 1)}", **computed}
