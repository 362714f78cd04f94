"""The rubric: one call with five questions of yes or no, each answer resting on words that really are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from granulator.granulation.asking import Ask, Faults
from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.judging.asks import TEXT, YES_NO, Panel, prompt, record
from granulator.granulation.judging.criteria import CRITERIA, Criterion
from granulator.granulation.judging.showing import Texts, located
from granulator.model import Issue, Json, JsonObject, StructureType

REASON_LETTERS_MAX: Final = 300
QUOTE_LETTERS_MAX: Final = 400
_TOKENS_PER_CRITERION = 120


@dataclass(frozen=True, slots=True)
class Shown:
    """What the rubric is held against: ``text`` as shown, ``share`` (0..1) of the whole, all ``texts`` to quote."""

    structure_type: StructureType
    text: str
    share: float
    texts: Texts
    topic: str
    audience: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One answered criterion; ``path`` is where its quotation stands."""

    criterion: Criterion
    is_met: bool
    quote: str
    reason: str
    path: str

    def row(self) -> JsonObject:
        """Return the finding as the history shows it."""
        return {
            "criterion": self.criterion.name,
            "question": self.criterion.question,
            "answer": "yes" if self.is_met else "no",
            "path": self.path,
            "quote": self.quote[:QUOTE_LETTERS_MAX],
            "reason": self.reason,
        }

    def issue(self) -> Issue:
        """Return the issue that a "no" is."""
        said = f"{self.criterion.question} No: {self.reason} {quote(self.quote)}"
        return issue(self.criterion.code, self.path, f"{self.path}: {said}", self.criterion.fix)


async def ask(panel: Panel, shown: Shown) -> Sequence[Finding]:
    """Return the answer to each criterion of the type; raises what ``Asker.ask`` raises."""
    found, _ = await panel.steady.ask(_ask(panel, shown))
    return found


def _ask(panel: Panel, shown: Shown) -> Ask[Sequence[Finding]]:
    criteria = CRITERIA[shown.structure_type]

    def read(answer: JsonObject) -> tuple[Sequence[Finding] | None, Faults]:
        given = answer.get("criteria")
        read = [_finding(criterion, given, shown.texts) for criterion in criteria]
        faults = [fault for fault in read if not isinstance(fault, Finding)]
        return (None if faults else [found for found in read if isinstance(found, Finding)]), faults

    plain: dict[str, str | int] = {
        "kind": shown.structure_type.value.replace("_", " "),
        "language": panel.language,
        "is_sample": "yes" if shown.share < 1 else "",
        "criteria": "\n\n".join(map(_described, criteria)),
    }
    material = {"structure": shown.text, "topic": shown.topic, "audience": shown.audience}
    one = record({"quote": TEXT, "reason": TEXT, "answer": YES_NO})
    schema = record({"criteria": record({criterion.name: one for criterion in criteria})})
    tokens = _TOKENS_PER_CRITERION * len(criteria)
    return Ask(f"{panel.step}:rubric", prompt("rubric", plain, material), schema, "judge_criteria", read, tokens)


def _described(criterion: Criterion) -> str:
    return f"{criterion.name}: {criterion.question}\n- yes: {criterion.yes}.\n- no: {criterion.no}."


def _finding(criterion: Criterion, given: Json, texts: Texts) -> Finding | tuple[str, str]:
    where = f"criteria.{criterion.name}"
    row = given.get(criterion.name) if isinstance(given, dict) else None
    if not isinstance(row, dict) or row.get("answer") not in ("yes", "no"):
        return where, 'needs quote, reason and answer, and the answer is "yes" or "no"'
    quoted, reason = str(row.get("quote", "")).strip(), " ".join(str(row.get("reason", "")).split())
    path = located(quoted, texts)
    if path is None:
        return f"{where}.quote", "does not occur in the material: copy the words letter by letter from one text of it"
    return Finding(criterion, row["answer"] == "yes", quoted, reason[:REASON_LETTERS_MAX], path)
