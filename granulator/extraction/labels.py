"""Names of concepts: which heading or term can be one, how it is written, and when two are the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from granulator.extraction.imperatives import ORDERS
from granulator.extraction.phrasing import URL
from granulator.extraction.sentences import is_clause
from granulator.extraction.terms import BARE_CODE
from granulator.extraction.vocabulary import listed

LONGEST = 6
"""A heading of more words states something, and is no name."""

GENERIC = re.compile(
    r"(?:(?:a |an |the )?(?:brief |short |quick |general |basic |advanced |simple |complete |full |final |some |more "
    r"|further |other |additional |important )*(?:introduction|intro|overview|examples?|notes?|usage|summary"
    r"|conclusions?"
    r"|requirements?|prerequisites?|motivation|background|details?|general|misc(?:ellaneous)?|other|description"
    r"|features?"
    r"|documentation|dependencies|faq|getting started|quick ?start|start|abstract|preface|foreword|basics"
    r"|tests?|testing"
    r"|development|remarks?|definitions?|terminology|terms|glossary|questions?|answers?|results?|discussion|status"
    r"|purpose|scope|goals?|non-goals|rationale|tutorial|guide|how ?to|how it works|what is new|what's new"
    r"|installation"
    r"|install|setup|set ?up|benchmarks?|workarounds?|todo|appendix|part|chapter|footnotes"
    r"|caveats|limitations|tips|hints"
    r"|before you begin|next steps|warning|community|help|table of contents|the essentials|essentials|steps?"
    r"|procedure"
    r"|download|citation|quick links?|at a glance|highlights|command line|options|arguments|parameters|methods"
    r"|functions|attributes|returns|raises|exceptions|properties|see also|in short|who is this for|audience))"
    r"(?: and (?:notes?|examples?|usage|overview|introduction|summary|tips))?\W*",
    re.IGNORECASE,
)
"""Headings that say what kind of text follows, not what it is about."""

NOT_NAMING = re.compile(
    r"(?:with|without|for|from|in|on|at|by|after|before|using|about|during|via|optional|required"
    r"|recommended|how|why|what|when|where|which|who|can|do|does|is|are|should|will|did|could|would|may|must|if"
    r"|and|but|or|so|also|let|avoid|prefer|don['\u2019]t|do not|never|always"
    r"|(?:important )?notes? (?:on|about))\b",
    re.IGNORECASE,
)
AFTERTHOUGHT = re.compile(r"\s+\([^()]*\)$")
QUOTES = "\"'\u201c\u201d"
PLAIN = re.compile(r"[a-z]+(?:-[a-z]+)*(?: |$)")
COMMAND = re.compile(r"\s-|[=<>$\\]")
"""What stands in a command line, whose first word keeps its letter."""
ARTICLES = listed("a an the")
DETERMINERS = ARTICLES | listed("one some all any each every your our its this these")
SIGNS = re.compile(r"[^\w\s]|_")
KEPT = listed("this is as gas bus lens news status analysis basis its was has does always perhaps series species class")


def is_label(title: str) -> bool:
    """Whether a heading or term names something, so that it can stand in a map by itself."""
    row = title.split()
    return (
        1 <= len(row) <= LONGEST
        and 2 <= len(title) <= 60
        and re.search(r"[^\W\d_]{2}", title) is not None
        and title[-1] not in "?!:,;\u2026"
        and GENERIC.fullmatch(title) is None
        and NOT_NAMING.match(title) is None
        and URL.search(title) is None
        and not is_clause(title)
        and not _is_told(row)
    )


def _is_told(row: Sequence[str]) -> bool:
    """Whether a heading says what is to be done with something: "Reserve one task at a time"."""
    return len(row) > 2 and row[0].lower() in ORDERS and row[1].lower() in DETERMINERS


def written(term: str) -> str:
    """Return a term as a label: without signs around it, with a capital unless it is a name of code."""
    text = AFTERTHOUGHT.sub("", " ".join(term.split()).strip("`*:.,; "))
    if len(text) > 2 and text[0] in QUOTES and text[-1] in QUOTES and text[0] not in text[1:-1]:
        text = text[1:-1]
    is_plain = (
        text[:1].islower() and not COMMAND.search(text) and PLAIN.match(text) and not BARE_CODE.search(text.split()[0])
    )
    return text[:1].upper() + text[1:] if is_plain else text


@lru_cache(maxsize=65_536)
def key(label: str) -> str:
    """Return what two labels share when they differ in case, signs, articles and number only."""
    row = [singular(word) for word in SIGNS.sub(" ", label.casefold()).split()]
    return " ".join(word for word in row if word not in ARTICLES) or " ".join(row)


def singular(word: str) -> str:
    """Return a word in lower case without the ending of the plural."""
    if len(word) < 4 or word in KEPT or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1]
