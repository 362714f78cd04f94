"""Which terms are of one class: by what they look like, or because the source itself lists them side by side."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from granulator.extraction import glossary
from granulator.extraction.sections import Reading
from granulator.extraction.terms import Occurrence, Term
from granulator.extraction.vocabulary import listed

BETWEEN = re.compile(r"\s*(?:,|/|,?\s*(?:and|or))\s+(?:the |an? )?")
LEAST_LISTED = 3
"""A pair such as "A or B" may be one thing with two names; three in a row are things of one kind."""

KINDS = listed("""
    signal signals state status mode event exception error header field option flag setting directive method function
    class type format encoding algorithm cipher protocol backend engine plugin worker pool phase table view command
    shutdown module attribute variable parameter argument keyword operator statement tag element role permission
""")
"""What names such as TERM are said to be by the word behind them."""

TOP_DOMAINS = listed("com org net io dev edu gov localhost example test app uk de fr")
FILE = re.compile(r"(?:^|[^/])\.[A-Za-z]{1,5}$")
DEVICE = re.compile(r"/(?:dev|proc|sys)/")


def proven(reading: Reading, terms: Mapping[str, Term]) -> dict[str, frozenset[str]]:
    """Return for the key of a term those of its siblings: members of an enumeration, a list, or headings of a level."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in [*_enumerated(reading, terms.values()), *_listed(reading), *_headed(reading)]:
        keys = {key for key in row if key in terms}
        for key in keys:
            found[key] |= keys - {key}
    return {key: frozenset(others) for key, others in found.items()}


def _enumerated(reading: Reading, terms: Iterable[Term]) -> Iterator[set[str]]:
    """Yield the terms of "A, B and C", in whichever sentence it stands."""
    rows: defaultdict[int, list[tuple[Occurrence, str]]] = defaultdict(list)
    for term in terms:
        for occurrence in term.occurrences:
            rows[occurrence.order].append((occurrence, term.key))
    for order, row in sorted(rows.items()):
        run: list[tuple[Occurrence, str]] = []
        for one in sorted(row, key=lambda entry: entry[0].start):
            gap = reading.sentences[order].text[run[-1][0].end : one[0].start] if run else ""
            if run and not BETWEEN.fullmatch(gap):
                yield from _long_enough(run)
                run = []
            run.append(one)
        yield from _long_enough(run)


def _long_enough(run: Iterable[tuple[Occurrence, str]]) -> Iterator[set[str]]:
    keys = {key for _, key in run}
    if len(keys) >= LEAST_LISTED:
        yield keys


def _listed(reading: Reading) -> Iterator[set[str]]:
    groups: defaultdict[int, set[str]] = defaultdict(set)
    for entry in glossary.entries(reading):
        groups[entry.group].add(entry.term.casefold())
    yield from groups.values()


def _headed(reading: Reading) -> Iterator[set[str]]:
    groups: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for section in reading.sections:
        groups[(*section.parents, str(section.level))].add(section.title.casefold())
    yield from groups.values()


def are_alike(siblings: Mapping[str, frozenset[str]], one: Term, other: Term) -> bool:
    """Whether ``other`` can be offered for ``one``: listed beside it, or written as only things of its class are."""
    if other.key in siblings.get(one.key, ()):
        return True
    own = _class(one)
    return bool(own) and own == _class(other)


def share_kind(one: Occurrence, other: Term) -> bool:
    """Whether one word behind them tells what both are: "the TERM signal", "the QUIT signal"."""
    return one.after in KINDS and other.afters[one.after] > 0


def is_classed(term: Term) -> bool:
    """Whether its writing alone tells what kind of thing a term names."""
    return bool(_class(term))


def _class(term: Term) -> tuple[str, ...]:
    """Return what its writing tells about a term; nothing for words, which look alike whatever they mean."""
    kind, text = term.shape[0], term.text
    if kind == "flag":
        return ("flag", "long" if text.startswith("--") else "short")
    if kind == "constant":
        return ("constant", text.partition("_")[0])
    if kind in ("path", "dotted") and text.rpartition(".")[2].lower() in TOP_DOMAINS:
        return ("host",)
    if kind == "path":
        return ("device" if DEVICE.match(text) else "file" if FILE.search(text) else "directory",)
    if kind == "compound" and "_" in text.strip("_"):
        return ("compound", text.strip("_").partition("_")[0])
    if kind == "dotted":
        return ("dotted", re.split(r"\.|::", text)[0])
    return (kind,) if kind in ("call", "macro") else ()
