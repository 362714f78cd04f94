"""Words and phrases that turn a statement into its contrary, by where they may do so. Turns nothing round itself."""

from __future__ import annotations

import re

from granulator.extraction.phrasing import THIRD_PERSON

RELATIONS = """
    before/after increase/decrease increases/decreases increased/decreased increasing/decreasing more~than/less~than
    fewer~than/more~than greater~than/less~than at~least/at~most highest/lowest largest/smallest
    oldest/newest longest/shortest first/last ascending/descending asynchronously/synchronously
    temporarily/permanently starts~with/ends~with uppercase/lowercase
    horizontally/vertically horizontal/vertical stdout/stderr prepended/appended
    always/never
"""
"""What turns a statement into its contrary wherever it stands in the predicate."""

STATES = """
    required/optional mandatory/optional necessary/unnecessary allowed/forbidden permitted/forbidden
    prohibited/permitted enabled/disabled possible/impossible mutable/immutable public/private internal/external
    valid/invalid legal/illegal safe/unsafe visible/invisible synchronous/asynchronous explicit/implicit
    temporary/permanent static/dynamic positive/negative accepted/rejected included/excluded
    stable/unstable compatible/incompatible identical/different cheap/expensive
    case-sensitive/case-insensitive supported/unsupported encouraged/discouraged acceptable/unacceptable
    sufficient/insufficient recommended/deprecated reversible/irreversible dependent/independent
    encrypted/unencrypted compressed/uncompressed sorted/unsorted larger/smaller longer/shorter higher/lower
    faster/slower newer/older bigger/smaller easier/harder
"""
"""What turns a statement round only when it is said of the subject: "the field is optional"."""

ACTIONS = """
    honored/ignored honoured/ignored incoming/outgoing active~mode/passive~mode
    active~connection~mode/passive~connection~mode locally/remotely globally/locally
    increase/decrease increases/decreases speeds~up/slows~down speed~up/slow~down
"""
"""What makes a statement false even where it tells what can be done."""

DISPLACED = """
    at the beginning/at the end, at the end/at the beginning, on the client/on the server, to the client/to the server,
    by the client/by the server, client-side/server-side, in memory/on disk, one at a time/all at once,
    in parallel/one after the other, at compile time/at run time, at build time/at run time,
    standard output/standard error, at startup/at shutdown, every time/only the first time,
    in alphabetical order/in random order, from left to right/from right to left, from top to bottom/from bottom to top,
    on the sender side/on the receiver side, in ascending order/in descending order
"""
"""Where, when and how things are done -> what is surely not the same."""

NUMBER_WORDS = "two/four three/five four/six five/three six/four seven/five eight/six ten/five twelve/eight"


def _pairs(text: str) -> dict[str, str]:
    """Return both directions of ``text``, where a pair is "one/other" and "~" is a space; the first one counts."""
    found: dict[str, str] = {}
    for pair in text.split():
        left, right = pair.replace("~", " ").split("/")
        found.setdefault(left, right)
        found.setdefault(right, left)
    return found


THIRDS = {verb: third for third, verb in THIRD_PERSON.items()}
COUNTS = dict(pair.split("/") for pair in NUMBER_WORDS.split())
PLACES = [
    (re.compile(rf"\b{re.escape(left)}\b(?! with\b)"), right)
    for row in " ".join(DISPLACED.split()).split(",")
    for left, _, right in [row.strip().partition("/")]
    if right
]
STATE_WORDS = frozenset(_pairs(STATES))
ACTION_WORDS = frozenset(_pairs(ACTIONS))
OPPOSITES = _pairs(RELATIONS) | _pairs(STATES) | _pairs(ACTIONS)
OPPOSITE = re.compile(
    r"(?<![\w'-])(?:" + "|".join(sorted(map(re.escape, OPPOSITES), key=len, reverse=True)) + r")(?![\w'-])",
    re.IGNORECASE,
)
