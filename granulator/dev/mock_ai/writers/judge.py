"""A judge: finds nothing wrong and solves the mock's own questions, unless its manner is to do otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from granulator.dev.mock_ai.fitting import Draft
from granulator.dev.mock_ai.writers import keys
from granulator.dev.mock_ai.writers.order import Order

_CRITERION = re.compile(r"^(\w+): .+\n- yes: ", re.MULTILINE)
_TEXT = re.compile(r"^\s*(?:\w+: |- )(.+)$", re.MULTILINE)
_ROW = re.compile(r"^(?:Question|Statement) (\d+)\n(.*?)(?=^(?:Question|Statement) \d+\n|\Z)", re.MULTILINE | re.DOTALL)
_OPTION = re.compile(r"^([A-Z])\. (.*)$", re.MULTILINE)
_ITEM = re.compile(r"^(\d+)\) ", re.MULTILINE)
_FORM = re.compile(r"^(\d+): (.+)$", re.MULTILINE)
_GAP = re.compile(r"_{3,}")
_INVENTED = "words that nobody has ever written in any of these places"
_QUOTED_WORDS = 12
_QUOTABLE_WORDS = 5


def rubric(order: Order) -> Draft:
    """Return a yes to each criterion; in the manner ``judge_no`` the first one is a no."""
    texts = _quotable(order.brief.blocks.get("structure", ""))
    chance, manner = order.chance("rubric"), order.manner
    found: dict[str, Draft] = {}
    for place, name in enumerate(_CRITERION.findall(order.brief.instructions)):
        is_no = manner == "judge_no" and place == 0
        quote = _INVENTED if manner == "judge_fakequote" or not texts else chance.choice(texts)
        reason = "These words fall short of it." if is_no else "These words bear it out."
        found[name] = {"quote": quote, "reason": reason, "answer": "no" if is_no else "yes"}
    return {"criteria": found}


def answers(order: Order) -> Draft:
    """Return the right answers; in the manner ``judge_wrong`` others."""
    forms = dict(_FORM.findall(order.brief.instructions))
    rows: list[Draft] = []
    for number, text in _ROW.findall(order.brief.blocks.get("questions", "")):
        question = _read(text, forms.get(number, ""))
        right = _solved(question)
        given = _mistaken(question, right) if order.manner == "judge_wrong" and right else right
        rows.append({"number": int(number), "answer": list(given)})
    return {"answers": rows}


def grades(order: Order) -> Draft:
    """Return that every answer means the same as an accepted one; in the manner ``judge_wrong`` that none does."""
    same = "no" if order.manner == "judge_wrong" else "yes"
    rows = _ROW.findall(order.brief.blocks.get("answers", ""))
    return {"grades": [{"number": int(number), "same": same} for number, _ in rows]}


def findings(order: Order) -> Draft:
    """Return that every excerpt bears out its statement; in the manner ``judge_no`` that none does."""
    rows: list[Draft] = []
    for number, text in _ROW.findall(order.brief.blocks.get("statements", "")):
        statement, _, excerpt = text.partition("\nExcerpt:\n")
        is_no = order.manner == "judge_no"
        quote = _INVENTED if order.manner == "judge_fakequote" else _opening(statement if is_no else excerpt)
        rows.append({"number": int(number), "quote": quote, "answer": "no" if is_no else "yes"})
    return {"findings": rows}


@dataclass(frozen=True, slots=True)
class _Question:
    stem: str
    letters: str
    options: tuple[str, ...]
    items: int
    form: str
    excerpt: str


def _read(text: str, form: str) -> _Question:
    asked, _, excerpt = text.partition("\nExcerpt:\n")
    options = _OPTION.findall(asked)
    stem = asked.partition("\nA. ")[0].partition("\n1) ")[0].strip()
    letters = "".join(letter for letter, _ in options)
    return _Question(stem, letters, tuple(option for _, option in options), len(_ITEM.findall(asked)), form, excerpt)


def _solved(question: _Question) -> Sequence[str]:
    """Return the answer, empty where a text would be needed that was not given."""
    if not question.options:
        return [keys.short_answer(question.stem)] if "words" in question.form else ["0"]
    if "in turn" in question.form:
        return [question.letters[place] for place in range(question.items)]
    if "right order" in question.form:
        return [letter for _, letter in sorted(zip(map(keys.rank, question.options), question.letters, strict=True))]
    if sorted(question.options) == ["False", "True"]:
        return [question.letters[question.options.index(str(keys.is_true(question.stem)))]]
    if _GAP.search(question.stem):
        return list(_filled_in(question))
    return [question.letters[place] for place in keys.best(question.options, 2 if "all right" in question.form else 1)]


def _filled_in(question: _Question) -> Iterator[str]:
    """Yield the letter of the option that stands in the excerpt where the question has its gap."""
    told, sentence = " ".join(question.excerpt.split()), " ".join(question.stem.partition(": ")[2].split())
    for letter, option in zip(question.letters, question.options, strict=True):
        if sentence and _GAP.sub(option.replace("\\", r"\\"), sentence) in told:
            yield letter
            return


def _mistaken(question: _Question, right: Sequence[str]) -> Sequence[str]:
    if not question.options:
        return ["an altogether different matter"] if "words" in question.form else ["-98765"]
    if "order" in question.form or "in turn" in question.form:
        return [*right[1:], right[0]]
    others = [letter for letter in question.letters if letter not in right]
    return others[: len(right)] or question.letters[:1]


def _quotable(text: str) -> list[str]:
    rows = (row.split()[:_QUOTED_WORDS] for row in _TEXT.findall(text))
    return [" ".join(row) for row in rows if len(row) >= _QUOTABLE_WORDS]


def _opening(text: str) -> str:
    rows = [row.partition(": ")[2] or row for row in text.splitlines()]
    longest = max(rows, key=len, default="")
    return " ".join(longest.split()[:_QUOTED_WORDS])
