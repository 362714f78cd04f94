"""How much of a name a text repeats: its words, their abbreviations, initials and next of kin. Judges no question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from granulator.extraction import terms
from granulator.extraction.vocabulary import listed, stem

LEAST_INSIDE = 4
LEAST_START = 3
WHOLE, PARTLY = 3, 2
"""How loud a piece is that stands in the text as it is, or in another form; one that is only meant counts one."""

NUMBER = re.compile(r"\d+")
EMPTY = listed("a an the of to in on is are be and or by for with as at from use used set get that it")
"""Words of names that name nothing."""

KIN = """
    approx approximate estimate estimated rough guess, num number count amount quantity, dir directory folder path
    chdir, max maximum most largest highest upper limit, min minimum least smallest lowest lower, exclude ignore skip
    omit without except, include contain contains embed, src source origin, dst dest destination target, msg message,
    err error failure fail fails failed exception crash, cleanup clean delete remove purge erase clear, conf config
    configuration configure settings, env environment, opt option optional, arg argument param parameter, temp tmp
    temporary, auth authentication authenticate login credential credentials password, pwd pass password passphrase,
    len length size long, res resolution width height, vcs git version revision commit, ref reference branch tag,
    ver version release, lang language locale, img image picture photo, desc description text, addr address host, db
    database, exec execute run executed, init initialize initialise start started starting, cmd command, func function
    callable, attr attribute, val value, idx index position order, prev previous before, cur current, fmt format,
    doc document documentation, pkg package, lib library, info information, stat status state statistics, sec second
    seconds, ms millisecond milliseconds, timeout expire expires seconds wait, ttl expire expires long kept lifetime,
    interval every often period frequency, retry retries attempt attempts again repeat, verbose detail details
    detailed, quiet silent suppress, debug diagnostic trace, log logs logging logged, force overwrite, dry simulate
    pretend, recursive subdirectories nested, parallel concurrent concurrency simultaneous simultaneously workers,
    async asynchronous asynchronously, sync synchronous synchronize, url link address uri, user username account,
    ssl tls https encrypted secure, cert certificate, enc encoding encode charset, compress compression compressed gzip
    zip, perm permission permissions mode chmod umask, cwd chdir working, pid process, sig signal, proc process,
    thread threads, req request requests, resp response responses, conn connection connections, addrs addresses,
    bind listen listens, cache cached caches, sort order sorted ordering, filter filters filtered select, title
    heading, name named called label, author written writer, date day time, tz timezone zone, default fallback,
    hidden invisible hide, visible shown show display displayed, enable enabled activate active, disable disabled
    deactivate inactive off, prefix beginning begins start starts prepended, suffix end ends ending appended
    extension, separator delimiter separate separated between, ctx context, obj object, str string, int integer, bool
    boolean, ext extension, freq frequency, avg average mean, total sum overall, br bitrate, fps frames, abbr
    abbreviation, unique distinct different, empty blank, first initial, last final, next following, create created
    make new, update updated upgrade refresh, install installed installation, load loaded loading, save saved store
    stored write, read reading reads, worker workers, backup copy, lock locked locking, quote quoted quoting, escape
    escaped, strip remove removed trim, wrap wrapped wrapping, indent indentation, color colour colors colours
    coloured colored, font typeface, test tests testing, build built building
"""
"""Words of names beside what a description says in their place; those of one row betray each other."""


def _rows() -> Mapping[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, row in enumerate(KIN.split(",")):
        for word in row.split():
            found.setdefault(word, set()).add(number)
            found.setdefault(stem(word), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


ROWS = _rows()


@lru_cache(maxsize=65_536)
def pieces(text: str) -> tuple[str, ...]:
    """Return the words a name or a text is made of, in lower case, and its numbers; they part at _ - . and capitals."""
    found = [part.lower() for part in terms.parts(text) if len(part) >= 2]
    return (*(part for part in found if part not in EMPTY), *NUMBER.findall(text))


@lru_cache(maxsize=65_536)
def echo(name: str, text: str) -> int:
    """Return how loudly the pieces of ``name`` are heard in ``text``: ``WHOLE`` for each that stands there as it is."""
    said = set(pieces(text))
    said |= {stem(word) for word in said}
    squashed = re.sub(r"\W+", "", text.casefold())
    letters = "".join(word[0] for word in re.findall(r"[^\W_]+", text.casefold()))
    return sum(_weight(part, said, squashed, letters) for part in set(pieces(name)))


def echoes(text: str, name: str, others: Sequence[str]) -> bool:
    """Whether ``text`` betrays ``name``: it repeats more of it, or more nearly all of it, than of any other."""
    own, rest = echo(name, text), [(echo(other, text), _share(other, text)) for other in others]
    return own > 0 and (
        own > max((loud for loud, _ in rest), default=0)
        or _share(name, text) > max((share for _, share in rest), default=0.0)
    )


def are_kin(one: str, other: str) -> bool:
    """Whether two names share a word, or one stands for a word of the other."""
    return echo(one, other.replace("_", " ")) > 0


def _share(name: str, text: str) -> float:
    return echo(name, text) / (WHOLE * max(1, len(set(pieces(name)))))


def _weight(part: str, said: set[str], squashed: str, letters: str) -> int:
    if part in said or (len(part) > LEAST_INSIDE and part in squashed) or _is_glued(part, said):
        return WHOLE
    if part.isdigit():
        return 0
    if any(_is_like(own, word) for own in {part, stem(part)} for word in said):
        return PARTLY
    rows = ROWS.get(part, frozenset()).union(*(ROWS[word] for word in _begun(part)))
    is_kin = any(rows & ROWS.get(word, frozenset()) for word in said)
    return int(is_kin or (len(part) < LEAST_START and part in letters))


def _is_glued(part: str, said: set[str]) -> bool:
    """Whether a piece is two words of the text, or their beginnings, written as one: "autorestart"."""
    return any(
        any(word.startswith(part[:place]) for word in said) and any(word.startswith(part[place:]) for word in said)
        for place in range(LEAST_START, len(part) - LEAST_START + 1)
    )


def _begun(part: str) -> list[str]:
    """Return the known words a piece begins with: "min" of "minfds"."""
    return [part[:end] for end in range(LEAST_START, len(part)) if part[:end] in ROWS]


def _is_like(part: str, word: str) -> bool:
    if word.isdigit():
        return False
    shorter, longer = sorted((part, word), key=len)
    is_inside = len(shorter) >= LEAST_INSIDE and shorter in longer
    is_start = longer.startswith(shorter) and (len(shorter) >= LEAST_START or longer[len(shorter) :] == "s")
    return is_inside or is_start or (part[:LEAST_INSIDE] == word[:LEAST_INSIDE] and len(shorter) >= LEAST_INSIDE)
