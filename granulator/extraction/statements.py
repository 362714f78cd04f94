"""Which sentences can be put before a reader as statements to be judged true or false. Turns none of them round."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from granulator.extraction import candidates, subjects
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.sentences import Sentence
from granulator.extraction.vocabulary import STOP_WORDS, content_words, words

DEPENDENT = re.compile(
    r"\b(?:too|this|these|those|such|same|another|others?|else|then|since|due to|because"
    r"|therefore|thus|hence|instead|however|either|neither|e\.g|i\.e|example|like|similar(?:ly)?|unlike|compared"
    r"|you (?:want|need)|may|might|could|usual(?:ly)?|typically|often|sometimes|probably|likely|things?|currently"
    r"|new|respectively|etc"
    r"|(?:on|in|of|for|with|to|from|at|by|under|about|into|using|than|and|or|but) that)\b",
    re.IGNORECASE,
)
"""What takes up something said before, gives a reason that betrays the answer, or claims too little to be judged."""

VERDICT = re.compile(r"\b(?:true|false|right|wrong)\b", re.IGNORECASE)
"""Words of the answer, which a statement to be judged had better not hold."""

PRONOUN = re.compile(r"\b(?:it|its|they|them|their)\b", re.IGNORECASE)
ASIDE = re.compile(r" \([^()]*\)|\b(?:also|even) |,? as well(?=[.,])")
"""What can be left out without making a true statement false."""

PRAISE = re.compile(
    r"\b(?:almost|properly|simpl[ey]|easy|easily|powerful|flexible|convenient(?:ly)?|nice(?:ly)?|extremely"
    r"|handy|elegant)\b",
    re.IGNORECASE,
)
"""What is a matter of opinion, which no reader can look up."""

UNTIDY = re.compile(r"[():;\u2014\u2026<>|{}]| -- | \u2013 |\"|\u201c")
"""Signs of an aside, a list or a quotation within the statement."""

COUNTS = (9, 30)
MOST_FIGURES = 2


def fit(known: Vocabulary, orders: Iterable[int]) -> list[Sentence]:
    """Return the sentences of ``orders`` that are important and can be understood, and judged, by themselves.

    They are without their asides, so that their marks are gone too; the reading holds them whole.
    """
    leads = _leads(known)
    rows = [known.reading.sentences[order] for order in orders]
    return [
        replace(sentence, text=shown, marks=())
        for sentence in rows
        for shown in [ASIDE.sub("", sentence.text)]
        if _is_clean(shown, sentence.count)
        and not leads.get(sentence.block)
        and candidates.is_fit(known, sentence)
        and _says_whose(known, sentence)
        and candidates.is_important(known, sentence)
    ]


def _is_clean(text: str, count: int) -> bool:
    return (
        COUNTS[0] <= count <= COUNTS[1]
        and not DEPENDENT.search(text)
        and _names_first(text)
        and not UNTIDY.search(text)
        and not VERDICT.search(text)
        and not PRAISE.search(text)
        and len(re.findall(r"\d+(?:[.,]\d+)*", text)) <= MOST_FIGURES
    )


def _names_first(text: str) -> bool:
    """Whether whatever "it" stands for has been named: by a plain subject, which is not the reader."""
    found = PRONOUN.search(text)
    end = subjects.end(text)
    return found is None or (0 < end < found.start() and "you" not in words(text[: found.start()]))


def _leads(known: Vocabulary) -> Mapping[int, bool]:
    """Return for each block whether a line that ends in a colon leads to it, which may set a condition."""
    found: dict[int, bool] = {}
    is_led = False
    for place, block in enumerate(known.reading.document.blocks):
        is_led = is_led if block.kind in ("item", "code") else False
        found[place] = is_led
        is_led = is_led or block.text.rstrip().endswith(":")
    return found


def _says_whose(known: Vocabulary, sentence: Sentence) -> bool:
    """Whether the subject is more than one bare word, such as "the server", unless the text names it as a topic."""
    end = subjects.end(sentence.text)
    head = sentence.text[: max(end, 0)]
    row = [word for word in words(head) if word not in STOP_WORDS]
    if end < 0 or len(row) != 1 or re.search(r"[^\w ,'\u2019]|\w[A-Z]|_|\d", head):
        return end < 0 or len(row) != 1 or row[0] not in ("server", "client")
    term = known.terms.get(row[0])
    is_name = term is not None and term.shape[0] not in ("noun",)
    return is_name or not content_words(row[0]) or set(content_words(row[0])) <= _title_words(known, sentence)


def _title_words(known: Vocabulary, sentence: Sentence) -> frozenset[str]:
    section = known.reading.section(sentence)
    titles = [known.reading.document.title or "", section.title, *section.parents]
    return frozenset(word for title in titles for word in content_words(title))
