"""Blind solving: every question is answered by three solvers who see neither key nor explanation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from granulator.granulation.asking import Ask, Faults
from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.judging.asks import TEXT, VOTES, YES_NO, Panel, Work, all_done, batches, prompt, rows_ask
from granulator.granulation.judging.solvable import FORMS, Sheet, Solvable, Vote, read, sheet
from granulator.model import Issue, Json, JsonObject

FIX: Final = "Check the key; replace the question if its answer is in dispute"
ANSWER_LETTERS_MAX: Final = 200


@dataclass(slots=True)
class Solved:
    """The questions with their excerpts of the source, and one list of votes for each."""

    questions: Sequence[Solvable]
    excerpts: Sequence[str]
    votes: list[list[Vote]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.votes = [[Vote(None)] * VOTES for _ in self.questions]

    @property
    def agreement(self) -> float | None:
        """The share of the votes cast that equal the key."""
        cast = [vote.agrees for votes in self.votes for vote in votes if not vote.is_abstention]
        return sum(agrees is True for agrees in cast) / len(cast) if cast else None


def works(panel: Panel, solved: Solved) -> list[Work]:
    """Return the calls that fill in the votes: one for each batch of questions and each solver."""
    numbered = batches(range(len(solved.questions)))
    return [
        _solver(panel, solved, batch, places, vote) for batch, places in enumerate(numbered) for vote in range(VOTES)
    ]


async def grade(panel: Panel, solved: Solved) -> None:
    """Have the answers in words compared with the accepted ones where their words alone do not tell."""
    open_votes = [
        (place, number)
        for place, votes in enumerate(solved.votes)
        for number, vote in enumerate(votes)
        if vote.agrees is None and not vote.is_abstention
    ]
    graders = [_grader(panel, solved, batch, rows) for batch, rows in enumerate(batches(open_votes))]
    await all_done(graders, panel.at_once)


def issues(solved: Solved) -> list[Issue]:
    """Return what the votes say against the keys: an error where all of them do, a warning where some do."""
    found = (_issue(question, votes) for question, votes in zip(solved.questions, solved.votes, strict=True))
    return [dispute for dispute in found if dispute is not None]


def rows(solved: Solved) -> list[JsonObject]:
    """Return the votes as the history shows them."""
    return [_row(question, votes) for question, votes in zip(solved.questions, solved.votes, strict=True)]


def _issue(question: Solvable, votes: Sequence[Vote]) -> Issue | None:
    against = [vote for vote in votes if vote.agrees is False]
    if not against:
        return None
    said = ", ".join(dict.fromkeys(quote(vote.answer) for vote in against))
    key = quote(question.key_text)
    if len(against) == VOTES:
        message = f"{question.path}: nobody who solved it without its key chose {key}; the answers were {said}"
        return issue("key_disputed", question.path, message, FIX)
    message = (
        f"{question.path}: {len(against)} of {VOTES} who solved it without its key did not choose {key} but {said}"
    )
    return issue("key_uncertain", question.path, message, FIX)


def _row(question: Solvable, votes: Sequence[Vote]) -> JsonObject:
    answers: list[Json] = [vote.answer[:ANSWER_LETTERS_MAX] or None for vote in votes]
    return {
        "path": question.path,
        "id": question.id,
        "check": "key",
        "votes": answers,
        "agreeing": sum(vote.agrees is True for vote in votes),
        "of": len(votes),
    }


def _solver(panel: Panel, solved: Solved, batch: int, places: Sequence[int], vote: int) -> Work:
    async def work() -> None:
        sheets = [sheet(solved.questions[place], vote) for place in places]
        excerpts = [solved.excerpts[place] for place in places]
        found, _ = await panel.voter.ask(_solve(panel, f"{panel.step}:solve:{batch}:{vote}", sheets, excerpts))
        for place, cast in zip(places, found, strict=True):
            solved.votes[place][vote] = cast

    return work


def _solve(panel: Panel, step: str, sheets: Sequence[Sheet], excerpts: Sequence[str]) -> Ask[Sequence[Vote]]:
    def read_votes(given: Sequence[JsonObject]) -> tuple[Sequence[Vote], Faults]:
        votes = [read(shown, _answers(row)) for shown, row in zip(sheets, given, strict=True)]
        faults = [
            (f"answers[{place}].answer", f"must be {FORMS[sheets[place].question.form]}")
            for place, vote in enumerate(votes)
            if vote is None
        ]
        return [vote for vote in votes if vote is not None], faults

    shown = [_numbered(number, *each) for number, each in enumerate(zip(sheets, excerpts, strict=True), 1)]
    plain: dict[str, str | int] = {
        "language": panel.language,
        "has_source": "yes" if any(excerpts) else "",
        "forms": "\n".join(f"{place}: {FORMS[each.question.form]}" for place, each in enumerate(sheets, 1)),
    }
    asked = prompt("solve", plain, {"questions": "\n\n".join(shown)})
    return rows_ask(step, asked, "answers", {"answer": {"type": "array", "items": TEXT}}, read_votes, len(sheets))


def _numbered(number: int, shown: Sheet, excerpt: str) -> str:
    source = f"\nExcerpt:\n{excerpt}" if excerpt else ""
    return f"Question {number}\n{shown.text()}{source}"


def _answers(row: JsonObject) -> list[str]:
    given = row.get("answer")
    return [str(text) for text in given] if isinstance(given, list) else [str(given or "")]


def _grader(panel: Panel, solved: Solved, batch: int, places: Sequence[tuple[int, int]]) -> Work:
    async def work() -> None:
        found, _ = await panel.steady.ask(_grade(panel, f"{panel.step}:grade:{batch}", solved, places))
        for (place, number), is_same in zip(places, found, strict=True):
            solved.votes[place][number] = replace(solved.votes[place][number], agrees=is_same)

    return work


def _grade(panel: Panel, step: str, solved: Solved, places: Sequence[tuple[int, int]]) -> Ask[Sequence[bool]]:
    def read_grades(given: Sequence[JsonObject]) -> tuple[Sequence[bool], Faults]:
        faults = [
            (f"grades[{place}].same", 'must be "yes" or "no"')
            for place, row in enumerate(given)
            if row.get("same") not in ("yes", "no")
        ]
        return [row.get("same") == "yes" for row in given], faults

    told = [
        f"Question {row}\n{solved.questions[place].stem}\nAccepted: {' | '.join(solved.questions[place].accepted)}\n"
        f"Given: {solved.votes[place][number].answer}"
        for row, (place, number) in enumerate(places, 1)
    ]
    asked = prompt("grade", {"language": panel.language}, {"answers": "\n\n".join(told)})
    return rows_ask(step, asked, "grades", {"same": YES_NO}, read_grades, len(places))
