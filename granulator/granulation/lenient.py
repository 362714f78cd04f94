"""JSON as models write it, read only where there is one reading; it closes, completes and guesses nothing.

Accepted: comments, trailing and forgotten commas, keys without quotes, single and typographic quotes, raw line breaks
and paired unescaped quotes in texts, Python's literals. Everything else is Unreadable. No single lost or added quote
is ever accepted: a text may hold further quotation marks only in pairs, so that their parity decides.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from granulator.model import Json, JsonObject

DEPTH_MAX = 64
_FIRST_WITHOUT_SPACES = "\u2e80"
_INNER_MAX = 100
"""More stray quotation marks in one text than this are not worth looking at."""

_Place = Literal["object", "array"]

_CLOSERS: Mapping[str, str] = {'"': '"', "'": "'", "“": "”", "”": "”", "‘": "’"}
_LITERALS: Mapping[str, bool | None] = {
    "true": True,
    "false": False,
    "null": None,
    "True": True,
    "False": False,
    "None": None,
}
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/", "'": "'"}

_SPACE = re.compile(r"[\s\u200b\u2060\ufeff]*+")
_COMMENT = re.compile(r"//|/\*|#(?=\s)")
_WORD = re.compile(r"[A-Za-z_$][\w$-]*+", re.ASCII)
_NUMBER = re.compile(
    r"[+-]?(?:0|[1-9][0-9]{0,2}(?:_[0-9]{3}){1,6}|[1-9][0-9]{0,300})(?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,4})?(?![\w.])"
)
_KEY = r"""(?:"[^"\n]{0,200}"|'[^'\n]{0,200}'|[“”][^”\n]{0,200}”|[A-Za-z_$][\w$-]{0,200})\s*+(?::|\Z)"""
_AFTER: Mapping[_Place, re.Pattern[str]] = {
    "object": re.compile(rf"\s*+(?:\}}|//|/\*|\#|\Z|,\s*+(?:[\}},]|//|/\*|\#|\Z|{_KEY})|{_KEY})"),
    "array": re.compile(
        r"""\s*+(?:\]|//|/\*|\#|\Z|,\s*+(?:[\]\[,"'“\{\-0-9]|//|/\*|\#|\Z|(?:true|false|null|True|False|None)\b)|(?<=\s)["'“])"""
    ),
}
_KEY_AHEAD = re.compile(_KEY)
_SWALLOWED = re.compile(r"""["'”]\s*+(?::|,\s*+["'“\[{])""")
_HIDING = re.compile(
    r"""\s*+(?:\Z|["'\[{\]}]|-?[0-9]|(?:true|false|null)\b)|.*?(?:\.\.\.|…|\b(?:rest|remaining|omitted|more|etc)\b)""",
    re.DOTALL | re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)


class Unreadable(ValueError):
    """The text has no reading, or more than one; ``at`` is the offset where that shows."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


def read(text: str, at: int) -> tuple[Json, int]:
    """Return the object or list that begins at ``at`` and the offset behind it. Raises Unreadable."""
    reader = _Reader(text, at)
    try:
        value = reader.object(0) if text[at] == "{" else reader.array(0)
    except IndexError:
        raise Unreadable("it breaks off before it is closed", len(text)) from None
    return value, reader.at


@dataclass(slots=True)
class _Reader:
    """A place in a text; every method begins at a character that is there and leaves ``at`` behind what it read."""

    text: str
    at: int

    def object(self, depth: int) -> JsonObject:
        found: JsonObject = {}
        self.at += 1
        while self._next() != "}":
            key = self._key()
            if self._next() != ":":
                raise Unreadable(f"a colon is missing after {_shown(key)}", self.at)
            self.at += 1
            self._next()
            value = self._value("object", depth)
            if key in found and found[key] != value:
                raise Unreadable(f"the key {_shown(key)} comes twice in one object", self.at)
            found[key] = value
            self._separated()
        self.at += 1
        return found

    def _separated(self) -> None:
        if self._next() not in ",}" and not _KEY_AHEAD.match(self.text, self.at):
            raise Unreadable("a comma or a closing brace is missing", self.at)
        while self._next() == ",":
            self.at += 1

    def array(self, depth: int) -> list[Json]:
        found: list[Json] = []
        self.at += 1
        while self._next() != "]":
            opener = self.text[self.at]
            found.append(self._value("array", depth))
            end = self.at
            following = self._next()
            if following == ",":
                self.at += 1
            elif following != "]" and not self._may_follow(opener, following, end):
                raise Unreadable("a comma or a closing bracket is missing", self.at)
        self.at += 1
        return found

    def _may_follow(self, opener: str, following: str, end: int) -> bool:
        """Return whether two neighbours without a comma are two: objects are, texts are when something parts them."""
        return following == opener and (opener == "{" or (opener in _CLOSERS and self.at > end))

    def _next(self) -> str:
        while True:
            space = _SPACE.match(self.text, self.at)
            self.at = space.end() if space else self.at
            if not _COMMENT.match(self.text, self.at):
                return self.text[self.at]
            self._comment()

    def _comment(self) -> None:
        is_block = self.text.startswith("/*", self.at)
        start = self.at + (1 if self.text[self.at] == "#" else 2)
        end = self.text.find("*/" if is_block else "\n", start)
        if end < 0:
            raise Unreadable("a comment does not end", self.at)
        said = self.text[start:end]
        if _HIDING.match(said) or _SWALLOWED.search(said) or said.count('"') % 2:
            raise Unreadable("a comment stands in for a part of the answer", self.at)
        self.at = end + (2 if is_block else 1)

    def _value(self, place: _Place, depth: int) -> Json:
        first = self.text[self.at]
        if depth >= DEPTH_MAX:
            raise Unreadable(f"it is nested deeper than {DEPTH_MAX} levels", self.at)
        if first == "{":
            return self.object(depth + 1)
        if first == "[":
            return self.array(depth + 1)
        if first in _CLOSERS:
            return self._string(place)
        return self._literal()

    def _literal(self) -> Json:
        word = _WORD.match(self.text, self.at)
        if word and word.group() in _LITERALS:
            self.at = word.end()
            return _LITERALS[word.group()]
        number = _NUMBER.match(self.text, self.at)
        if not number:
            raise Unreadable("this is neither a text in quotation marks nor another JSON value", self.at)
        digits = number.group().replace("_", "")
        value = float(digits) if any(mark in digits for mark in ".eE") else int(digits)
        if math.isinf(value):
            raise Unreadable("this number is too large", self.at)
        self.at = number.end()
        return value

    def _key(self) -> str:
        start, opener = self.at, self.text[self.at]
        if opener not in _CLOSERS:
            return self._bare_key()
        end = _string_end(self.text, start + 1, _CLOSERS[opener])
        if end < 0:
            raise Unreadable("a key is not closed", start)
        key = self.text[start + 1 : end]
        if "\\" in key or "\n" in key:
            raise Unreadable("a key holds a backslash or a line break", start)
        self.at = end + 1
        return key

    def _bare_key(self) -> str:
        word = _WORD.match(self.text, self.at)
        if not word:
            raise Unreadable("a key in quotation marks is missing", self.at)
        self.at = word.end()
        return word.group()

    def _string(self, place: _Place) -> str:
        start, closer = self.at, _CLOSERS[self.text[self.at]]
        inner: list[int] = []
        end = _string_end(self.text, start + 1, closer)
        while end >= 0 and not _AFTER[place].match(self.text, end + 1) and len(inner) <= _INNER_MAX:
            if not _is_apostrophe(self.text, end):
                inner.append(end)
            end = _string_end(self.text, end + 1, closer)
        if end < 0 and inner:
            raise Unreadable("behind a quotation mark a comma or a closing bracket is missing", inner[0])
        if end < 0:
            raise Unreadable("a text is not closed", start)
        said = self.text[start + 1 : end]
        if (inner or closer != '"') and (_is_doubtful(said) or not _are_pairs(self.text, inner)):
            raise Unreadable("quotation marks inside a text are not escaped", start)
        self.at = end + 1
        return _unescaped(said, start)


def _string_end(text: str, at: int, closer: str) -> int:
    """Return the offset of the next unescaped closing mark, -1 where there is none."""
    found = _NEXT_MARK[closer].match(text, at)
    return found.end() - 1 if found else -1


_NEXT_MARK = {closer: re.compile(rf"(?:[^{closer}\\]++|\\.)*+{closer}", re.DOTALL) for closer in _CLOSERS.values()}


def _is_apostrophe(text: str, at: int) -> bool:
    return text[at] in "'’" and text[at - 1].isalnum() and text[at + 1 : at + 2].isalnum()


def _is_doubtful(said: str) -> bool:
    return said.count('"') % 2 == 1 or bool(_SWALLOWED.search(said))


def _are_pairs(text: str, marks: Sequence[int]) -> bool:
    """Return whether quotation marks open before a word and close behind one, by turns."""
    opens = all(_is_opening(text[at - 1], text[at + 1]) for at in marks[::2])
    closes = all(_is_closing(text[at - 1], text[at + 1]) for at in marks[1::2])
    return len(marks) % 2 == 0 and opens and closes


def _is_opening(before: str, after: str) -> bool:
    return not _is_letter(before) and before not in ",;.!?}])" and (after.isalnum() or after in "(<$_.-")


def _is_closing(before: str, after: str) -> bool:
    return not before.isspace() and before not in "([{," and not _is_letter(after) and after not in "([{"


def _is_letter(character: str) -> bool:
    # Scripts without spaces put a quotation mark right behind a word.
    return character.isalnum() and character < _FIRST_WITHOUT_SPACES


def _unescaped(said: str, start: int) -> str:
    if "\\" not in said:
        return said

    def one(escape: re.Match[str]) -> str:
        code, letter = escape.groups()
        if code:
            return chr(int(code, 16))
        if letter in _ESCAPES:
            return _ESCAPES[letter]
        # A formula or a regular expression: nothing but the backslash itself can be meant.
        if letter.isascii() and letter.isalpha() and letter not in "uUxN":
            return f"\\{letter}"
        raise Unreadable("a backslash is not doubled", start + escape.start())

    # Two halves of one character are written as two escapes.
    return _ESCAPE.sub(one, said).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _shown(key: str) -> str:
    return f'"{key[:60]}"'
