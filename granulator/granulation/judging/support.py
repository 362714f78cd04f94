"""Entailment: whether the place of the source that an element rests on bears out what the element says, by votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from granulator.granulation.asking import Ask, Faults
from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.judging.asks import TEXT, VOTES, YES_NO, Panel, Work, batches, prompt, rows_ask
from granulator.granulation.judging.showing import holds
from granulator.model import Issue, Json, JsonObject

FIX: Final = "Say what the source says, or take the statement out"
STATEMENT_LETTERS_MAX: Final = 1_500


@dataclass(frozen=True, slots=True)
class Claim:
    """What an element says, and the excerpt of the source it is held against."""

    path: str
    id: str
    statement: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """One vote on a claim, with the words it rests on."""

    is_supported: bool
    quote: str


@dataclass(slots=True)
class Supported:
    """The claims, and the votes on each."""

    claims: Sequence[Claim]
    votes: list[list[Opinion]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.votes = [[] for _ in self.claims]


def works(panel: Panel, supported: Supported) -> list[Work]:
    """Return the calls that fill in the votes: three for each batch of claims."""
    numbered = batches(range(len(supported.claims)))
    return [
        _voter(panel, supported, batch, places, vote) for batch, places in enumerate(numbered) for vote in range(VOTES)
    ]


def issues(supported: Supported) -> list[Issue]:
    """Return a warning for each claim that no vote finds in the source."""
    found = zip(supported.claims, supported.votes, strict=True)
    return [_issue(claim, votes) for claim, votes in found if not any(vote.is_supported for vote in votes)]


def rows(supported: Supported) -> list[JsonObject]:
    """Return the votes as the history shows them."""
    return [_row(claim, votes) for claim, votes in zip(supported.claims, supported.votes, strict=True)]


def _issue(claim: Claim, votes: Sequence[Opinion]) -> Issue:
    message = f"{claim.path}: the source does not bear out {quote(votes[0].quote)}"
    return issue("unsupported", claim.path, message, FIX)


def _row(claim: Claim, votes: Sequence[Opinion]) -> JsonObject:
    answers: list[Json] = ["yes" if vote.is_supported else "no" for vote in votes]
    agreeing = sum(vote.is_supported for vote in votes)
    return {"path": claim.path, "id": claim.id, "check": "support", "votes": answers, "agreeing": agreeing, "of": VOTES}


def _voter(panel: Panel, supported: Supported, batch: int, places: Sequence[int], vote: int) -> Work:
    async def work() -> None:
        # Each vote reads the claims in another order, so that it is a vote of its own.
        turned = [*places[vote % len(places) :], *places[: vote % len(places)]]
        claims = [supported.claims[place] for place in turned]
        found, _ = await panel.voter.ask(_ask(panel, f"{panel.step}:support:{batch}:{vote}", claims))
        for place, opinion in zip(turned, found, strict=True):
            supported.votes[place].append(opinion)

    return work


def _ask(panel: Panel, step: str, claims: Sequence[Claim]) -> Ask[Sequence[Opinion]]:
    def read(given: Sequence[JsonObject]) -> tuple[Sequence[Opinion], Faults]:
        opinions = [_opinion(claim, row) for claim, row in zip(claims, given, strict=True)]
        faults = [
            (f"findings[{place}]", opinion)
            for place, opinion in enumerate(opinions)
            if not isinstance(opinion, Opinion)
        ]
        return [opinion for opinion in opinions if isinstance(opinion, Opinion)], faults

    told = [
        f"Statement {number}\n{claim.statement}\nExcerpt:\n{claim.excerpt}" for number, claim in enumerate(claims, 1)
    ]
    asked = prompt("support", {"language": panel.language}, {"statements": "\n\n".join(told)})
    return rows_ask(step, asked, "findings", {"quote": TEXT, "answer": YES_NO}, read, len(claims))


def _opinion(claim: Claim, row: JsonObject) -> Opinion | str:
    quoted, answer = str(row.get("quote", "")).strip(), row.get("answer")
    if answer not in ("yes", "no"):
        return 'the answer must be "yes" or "no"'
    place = claim.excerpt if answer == "yes" else claim.statement
    if not holds(place, quoted):
        return (
            f"the quote does not occur in the {'excerpt' if answer == 'yes' else 'statement'}: copy it letter by letter"
        )
    return Opinion(answer == "yes", quoted)
