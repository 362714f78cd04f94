"""Headings as people type them without markup: chapters, numbers, capitals, hanging and centred lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

CHAPTER = re.compile(
    r"(?:chapter|part|book|section|act|scene|article|appendix|volume|canto|letter|lesson|unit|module)\s+"
    r"(?:\d+|[ivxlcdm]+|[a-z]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b[.:)]?",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"(?P<number>\d{1,3}(?:\.\d{1,3}){0,5}|[A-Z](?:\.\d{1,3}){1,5}|[IVXL]+(?=\.))[.)]?\s+(?P<title>\S.*)$"
)
ATX = re.compile(r"(#{1,6})\s+(\S.*?)\s*#*$")
LEADERS = re.compile(r"\.{4,}|(?:\s\.){3,}|\.{2,}\s*\d+$")
NOT_HEADING = re.compile(
    r"(?:figure|table|listing|page)\s+\d+\W*$|(?:\d{1,2}\s+)?"
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)\s+(?:\d{1,2},?\s+)?\d{4}$",
    re.IGNORECASE,
)
"""A caption or a date, which stands alone like a heading."""

HELP_TAG = re.compile(r"\s+\*\S+\*$|^\*\S+\*\s+")
CODE_SIGNS = re.compile(r"[{}=;<>$|\\_\[\]()#/]|::|->|--")
ITEM = re.compile(r"(?P<mark>[-*+\u2022o\u2013]|\(?(?P<number>\d{1,3})[.)]|\(?[a-zA-Z][.)]|#\.)\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its text without indentation and trailing space, how far it is indented and where it starts."""

    text: str
    indent: int
    start: int

    @property
    def end(self) -> int:
        return self.start + self.indent + len(self.text)


def heading_level(lines: Sequence[Line], position: int, body_indent: int) -> tuple[int, int]:
    """Return the level of the heading this single line is, and how many characters to leave out; (0, 0) for none."""
    line, after = lines[position], at(lines, position + 1)
    text = HELP_TAG.sub("", line.text)
    words = text.split()
    if len(words) > 12 or len(text) > 90 or LEADERS.search(text) or not re.search(r"[^\W\d_]", text):
        return 0, 0
    if NOT_HEADING.match(text):
        return 0, 0
    atx = ATX.match(text) if line.indent < 4 else None
    if atx and not after.text:
        return len(atx[1]), atx.start(2)
    is_single = not after.text
    if CHAPTER.match(text) and (is_single or CHAPTER.fullmatch(text)) and text[-1:] not in ",;":
        return 1, 0
    numbered = NUMBERED.match(text)
    if numbered and is_single and _is_numbered(lines, position, numbered, body_indent):
        return 2 + numbered["number"].count("."), 0
    is_hanging = bool(after.text) and line.indent < body_indent <= after.indent
    is_centred = line.indent >= 12 and line.indent > body_indent + 8 and after.indent != line.indent
    if not (is_single or is_hanging or is_centred) or text[-1] in ".,;:!?" or ITEM.match(text):
        return 0, 0
    if is_centred and text[0].isupper() and not CODE_SIGNS.search(text) and "  " not in text:
        return 2, 0
    return _shape_level(body_indent, line, text, words), 0


def _is_numbered(lines: Sequence[Line], position: int, numbered: re.Match[str], body_indent: int) -> bool:
    title = numbered["title"]
    if title[0].islower() or title[-1] in ",;:!?" or lines[position].indent > max(4, body_indent):
        return False
    if "." in numbered["number"]:
        return title[-1] != "." or len(title.split()) <= 9
    if title[-1] == "." and numbered["number"].isdigit() and _goes_on(lines, position, int(numbered["number"])):
        return False
    sibling = next((line.text for line in lines[position + 1 : position + 12] if line.text), "")
    return not NUMBERED.match(sibling) and (title[-1] != "." or len(title.split()) <= 9)


def _goes_on(lines: Sequence[Line], position: int, number: int) -> bool:
    """Whether the number before stands close above, so that this is the next item of a list."""
    above = lines[max(0, position - 12) : position]
    return any(line.text.startswith((f"{number - 1}. ", f"{number - 1}) ")) for line in above)


def _shape_level(body_indent: int, line: Line, text: str, words: list[str]) -> int:
    is_capitals = text.upper() == text and text.lower() != text and re.search(r"[A-Z]{3}", text) is not None
    if is_capitals and not CODE_SIGNS.search(text):
        return 2
    if not (text[0].isupper() or text[0].isdigit()):
        return 0
    if body_indent < 3 or line.indent >= body_indent or CODE_SIGNS.search(text):
        return 0
    return 3 if line.indent else 2


def at(lines: Sequence[Line], position: int) -> Line:
    """Return the line at ``position``, a blank one behind the end."""
    return lines[position] if position < len(lines) else Line("", 0, 0)
