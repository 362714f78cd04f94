"""Questions on what the text says things are: a description for its term, a term for its description, all matched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from granulator.extraction import candidates, defining, described, labels
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.cloze import Item
from granulator.extraction.described import Thing
from granulator.extraction.distractors import DISTRACTORS
from granulator.extraction.echoing import are_kin, echo, echoes
from granulator.extraction.phrasing import THIRD_PERSON
from granulator.extraction.vocabulary import listed

MATCHED = 4
LEAST_FOR_MATCHING = 5
"""With fewer things in a row, single questions would have nothing left to ask for."""

NEAR = 30
"""Things further away in a row are not offered for each other."""

ARTICLES = listed("a an the")
LONGEST_MATCHED = 160
SIZES = 2.2
"""So many times as long as another a description may be offered beside it."""

MOST_SHARED = 0.5
MOST_COMMON = 0.6
NOUNS = {"option": "option", "function": "function", "setting": "setting", "value": "value"}
KINDS = listed("""
    setting option argument parameter field attribute variable event hook command method function signal property
    directive filter keyword flag key
""")
"""What the title above names may say that they are."""

QUOTES = "\"'"
PASSIVE = listed("called used executed invoked emitted fired sent raised run")
"""What a description may begin with that says what is done with a thing."""

STATED = "stated/"
LEAST_KIN = 2
"""So many of the wrong answers must be such as a learner could take for the right one."""

LEAST_STEMS = 3
"""So many words of its own must a description have that leads to one of several terms."""


def stated(known: Vocabulary) -> list[Thing]:
    """Return what sentences say that something is, for sentences that can be understood alone."""
    uses = {term.key: len(term.occurrences) for term in known.terms.values()}
    found: list[Thing] = []
    for one in defining.statements(known.reading, uses):
        said = re.match(
            rf"(?:(?:An?|The|Each|Every) )?{re.escape(one.term)} (?P<verb>is|are) (?P<rest>(?:an?|the|any|one) .+)",
            one.sentence.text,
        )
        if said and candidates.is_fit(known, one.sentence):
            sentence = one.sentence
            text = said["rest"].rstrip(".")
            found.append(
                Thing(
                    one.term,
                    text,
                    sentence.start,
                    sentence.end,
                    sentence.block,
                    f"{STATED}{said['verb']}",
                    "",
                    told=text,
                )
            )
    counts = [one.term.casefold() for one in found]
    return [one for one in found if counts.count(one.term.casefold()) == 1]


def items(every: Sequence[Thing], first: int, last: int) -> tuple[Iterator[Item], Iterator[Item]]:
    """Return matching questions, and questions for single terms, on what blocks ``first`` to ``last`` describe."""
    told = [one for one in every if one.text]
    here = [one for one in told if first <= one.block < last]
    return _matching(here), _single(here, told)


def _single(here: Sequence[Thing], every: Sequence[Thing]) -> Iterator[Item]:
    """Yield for each thing one question: in turns which term is meant, what it means, or whether it is what is said."""
    families = _families(every)
    for turn, one in enumerate(here):
        row = families[one.family]
        place = row.index(one)
        siblings = [other for other in row[max(0, place - NEAR) : place + NEAR] if other is not one]
        forms = FORMS[turn % len(FORMS)]
        item = next((made for form in forms if (made := form(one, siblings))), None)
        if item:
            yield item


def _for_term(one: Thing, siblings: Sequence[Thing]) -> Item | None:
    common = _common([one, *siblings])
    fit = [other for other in _nearest(one, siblings, common) if _can_confuse(one, other, common)][:DISTRACTORS]
    wrong = [other.term for other in fit]
    if len(wrong) < DISTRACTORS or not _is_contest(one, fit, common) or echoes(one.text, one.term, wrong):
        return None
    stem_text = f"{_where(one)}hich of these {noun(one)}s is described as follows: \u201c{_shown(one.text)}\u201d?"
    return _item(one, stem_text, one.term, wrong, "remember", _kinship(one, fit, common))


def _for_meaning(one: Thing, siblings: Sequence[Thing]) -> Item | None:
    """Ask what a term means, unless its description names it; the others are as long and begin in the same way."""
    common = _common([one, *siblings])
    alike = [other for other in siblings if _can_match(one, other, common) and _is_alike(one.text, other.text)]
    near = sorted(alike, key=lambda other: (-_nearness(one, other, common), _size(one, other)))[:DISTRACTORS]
    wrong = [_capital(other.text) for other in near]
    if len(wrong) < DISTRACTORS or all(len(text) < len(one.text) for text in wrong):
        return None
    if not _is_contest(one, near, common) or _is_named(one, wrong):
        return None
    if one.place:
        stem_text = (
            f"How is the {noun(one)} \u201c{one.term.strip(QUOTES)}\u201d described under \u201c{one.place}\u201d?"
        )
    else:
        stem_text = f"What does the source say about \u201c{one.term}\u201d?"
    return _item(one, stem_text, _capital(one.text), wrong, "understand", _kinship(one, near, common))


def _judged(one: Thing, siblings: Sequence[Thing]) -> Item | None:
    """Put up for judgement what is said of a thing, beside what is said of another one in its stead."""
    common = _common([one, *siblings])
    fit = [
        other
        for other in _nearest(one, siblings, common)
        if _can_match(one, other, common)
        and _nearness(one, other, common)
        and _tells(one) == _tells(other)
        and _is_alike(one.text, other.text)
        and echo(one.term, one.text) <= echo(one.term, other.text) >= echo(other.term, other.text)
    ]
    if not fit or not one.place or len(one.stems() - common) < LEAST_STEMS:
        return None
    lead = f"Judge this statement about \u201c{one.place}\u201d: "
    right, wrong = (f"{lead}{_told(one, text)}" for text in (one.text, fit[0].text))
    return Item("true_false", right, "", (right, wrong), f"{one.term}: {one.told or one.text}", one.start, one.end,
                -1 - one.block, 0.1 - 0.6 * _kinship(one, fit[:1], common), "understand",
                others=((fit[0].start, fit[0].end),))  # fmt: skip


def _acts(one: Thing, siblings: Sequence[Thing]) -> Item | None:
    """Put up for judgement what a thing does, where that can be told without quoting it."""
    return _judged(one, siblings) if _tells(one) != "quoted" else None


def _tells(one: Thing) -> str:
    """Return how what is said of a thing can follow its name: as its verb, behind "is", or as a quotation only."""
    verb = one.text.partition(" ")[0].lower()
    return "verb" if verb in THIRD_PERSON else "passive" if verb in PASSIVE else "quoted"


def _told(one: Thing, text: str) -> str:
    kind = _tells(one)
    if kind == "quoted":
        return f"the {noun(one)} {one.term} is described as \u201c{_shown(text)}\u201d."
    return f"{one.term} {'is ' * (kind == 'passive')}{text[0].lower()}{text[1:].rstrip('.')}."


def _is_named(one: Thing, others: Sequence[str]) -> bool:
    """Whether the term is heard more in what is said of it than in what is said of the ``others``."""
    return echo(one.term, one.text) > max(echo(one.term, text) for text in others)


def _is_contest(one: Thing, others: Sequence[Thing], common: frozenset[str]) -> bool:
    """Whether enough of the others could be taken for it, and its description tells enough to be told apart."""
    return len(one.stems() - common) >= LEAST_STEMS and sum(_nearness(one, other, common) > 0 for other in others) >= (
        1 if _is_stated(one) else LEAST_KIN
    )


def _is_stated(one: Thing) -> bool:
    """Whether a sentence of the text defines it: a term of the subject, which its words betray less than code does."""
    return one.family.startswith(STATED)


def _nearness(one: Thing, other: Thing, common: frozenset[str]) -> int:
    """Return by how much another thing could be taken for this one: by its name, and by what is said of it."""
    named = 2 * (are_kin(one.term, other.term) or one.term.casefold()[:3] == other.term.casefold()[:3])
    return named + min(2, len((one.stems() & other.stems()) - common)) + min(1, echo(other.term, one.text))


def _kinship(one: Thing, others: Sequence[Thing], common: frozenset[str]) -> float:
    """Return from 0 to 1 how near the wrong answers are to the right one."""
    return sum(min(3, _nearness(one, other, common)) for other in others) / (3 * len(others))


def noun(one: Thing) -> str:
    """Return what one of the things is called."""
    if _is_stated(one):
        return "term"
    kind = described.shape(one.term)
    titled = labels.singular(one.place.casefold().rpartition(" ")[2])
    is_titled = titled in KINDS and one.place.casefold().endswith("s") and kind in ("name", "setting")
    return titled if is_titled else NOUNS.get(kind, "name" if described.is_code(one.term) else "term")


def _where(one: Thing) -> str:
    return f"Under \u201c{one.place}\u201d, w" if one.place else "W"


def _shown(text: str) -> str:
    return text.replace("\u201c", "\u2018").replace("\u201d", "\u2019")


def _is_alike(one: str, other: str) -> bool:
    """Whether the two descriptions can stand beside each other: of like size, both beginning with an article or not."""
    size = max(len(one), len(other)) <= SIZES * min(len(one), len(other))
    return size and (_opening(one) in ARTICLES) == (_opening(other) in ARTICLES)


def _opening(text: str) -> str:
    return text.partition(" ")[0].lower()


def _size(one: Thing, other: Thing) -> tuple[int, int]:
    return abs(len(other.text) - len(one.text)), other.start


def _capital(text: str) -> str:
    """Return ``text`` with a capital, unless it begins with a name that is written otherwise."""
    return text[0].upper() + text[1:] if text.partition(" ")[0].isalpha() and text.partition(" ")[0].islower() else text


def _item(one: Thing, stem_text: str, answer: str, wrong: Sequence[str], bloom: str, kinship: float) -> Item:
    return Item(
        "multiple_choice",
        stem_text,
        answer,
        (answer, *wrong),
        f"{one.term}: {one.told or one.text}",
        one.start,
        one.end,
        -1 - one.block,
        0.3 - 0.6 * kinship,
        bloom,
    )


def _nearest(one: Thing, others: Sequence[Thing], common: frozenset[str]) -> list[Thing]:
    """Return the others, those first that could be taken for it, then those as long and near."""
    return sorted(
        others,
        key=lambda other: (
            -_nearness(one, other, common),
            abs(len(other.term) - len(one.term)) // 4,
            abs(other.block - one.block),
            other.term,
        ),
    )


def _families(every: Sequence[Thing]) -> dict[str, list[Thing]]:
    families: dict[str, list[Thing]] = {}
    for one in every:
        families.setdefault(one.family, []).append(one)
    return families


def _common(row: Sequence[Thing]) -> frozenset[str]:
    """Return the stems that most descriptions of a row have, so that they tell nothing apart."""
    counts = Counter(word for one in row for word in one.stems())
    return frozenset(word for word, count in counts.items() if count > MOST_COMMON * len(row))


def _can_confuse(one: Thing, other: Thing, common: frozenset[str]) -> bool:
    """Whether ``other`` is a wrong answer to the description of ``one``, yet of the same kind."""
    mine, theirs = one.stems() - common, other.stems() - common
    is_named = re.search(rf"(?<!\w){re.escape(other.term)}(?!\w)", one.text, re.IGNORECASE) is not None
    return (
        are_apart(one.term, other.term)
        and not is_named
        and len(mine & theirs) < MOST_SHARED * min(len(mine), len(theirs))
    )


def are_apart(one: str, other: str) -> bool:
    """Whether neither name is a part of the other."""
    return one.casefold() not in other.casefold() and other.casefold() not in one.casefold()


def _matching(here: Sequence[Thing]) -> Iterator[Item]:
    for rows in _families([one for one in here if len(one.text) <= LONGEST_MATCHED]).values():
        apart: list[Thing] = []
        common = _common(rows)
        if len(rows) < LEAST_FOR_MATCHING:
            continue
        for one in rows:
            if len(apart) < MATCHED and all(_can_match(one, other, common) for other in apart):
                apart.append(one)
        names = [one.term for one in apart]
        if len(apart) == MATCHED and not any(
            echoes(one.text, one.term, [x for x in names if x != one.term]) for one in apart
        ):
            named = ", ".join(one.term for one in apart[:-1]) + f" and {apart[-1].term}"
            pairs = tuple((one.term, one.text) for one in apart)
            explanation = " ".join(f"{one.term}: {one.text.rstrip('.')}." for one in apart)
            lead = f" (\u201c{apart[0].place}\u201d)" if apart[0].place else ""
            stem_text = f"Match the {noun(apart[0])}s {named}{lead} with their descriptions."
            start, end = min(one.start for one in apart), max(one.end for one in apart)
            yield Item("matching", stem_text, "", (), explanation, start, end, -1 - apart[0].block, 0.2, "understand",
                       pairs)  # fmt: skip
            return


def _can_match(one: Thing, other: Thing, common: frozenset[str]) -> bool:
    return _can_confuse(one, other, common) and _can_confuse(other, one, common)


FORMS = (
    (_for_meaning, _for_term, _judged),
    (_acts, _for_term, _for_meaning, _judged),
    (_for_term, _for_meaning, _judged),
)
