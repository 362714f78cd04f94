"""HTML to blocks by a tokenizer of our own, because every character must keep its place in the source.

It is linear on hostile input: an unfinished tag or comment ends the document, as browsers do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from typing import NamedTuple

from granulator.extraction import blocks
from granulator.extraction.blocks import Block, BlockKind, Flow, MarkKind

OPENING = re.compile(r"<(?:(?P<close>/?)(?P<name>[A-Za-z][^\s/>]*)|(?P<comment>!--)|(?P<odd>[!?]))")
TAG_REST = re.compile(r"(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')|=)*+>")
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?")
CLASSES = re.compile(r"(?:class|id|role|epub:type)\s*=\s*[\"']?([^\"'>]*)")
PERMALINK = re.compile(r"[\s#¶§🔗]+$")

PROSE_CELL = 40
"""A table cell of so many words is prose in a table made for layout."""

RAW = frozenset({"script", "style", "textarea", "title", "noscript", "template", "iframe", "svg", "math", "select"})
SKIPPED = frozenset({"nav", "footer", "aside", "button", "form", "menu"})
NAVIGATION = frozenset({"sidebar", "toc", "navigation", "nav", "navbar", "breadcrumbs", "footer", "headerlink", "mark",
                        "classifier"})  # fmt: skip
NAVIGABLE = frozenset({"div", "section", "ul", "ol", "table", "a", "span"})
HEADINGS = {f"h{level}": level for level in range(1, 7)}
KINDS: dict[str, BlockKind] = {"li": "item", "dt": "term", "dd": "definition", "td": "cell", "th": "cell"}
LISTS = frozenset({"ul", "ol", "dl", "table"})
MARKS: dict[str, MarkKind] = {
    "code": "code", "tt": "code", "kbd": "code", "samp": "code", "var": "code",
    "b": "strong", "strong": "strong", "dfn": "strong", "i": "emphasis", "em": "emphasis", "a": "link",
}  # fmt: skip
SIGNS = {"sup": "^", "sub": "_"}
INLINE = frozenset({*MARKS, "span", "sub", "sup", "small", "big", "u", "s", "abbr", "cite", "q", "font", "mark", "img",
                    "time", "bdi", "bdo", "ins", "del", "strike", "wbr", "label", "acronym", "input"})  # fmt: skip


class _Token(NamedTuple):
    """A tag (``name`` set, ``is_close`` telling which) or text; ``start`` and ``end`` index the source."""

    name: str
    is_close: bool
    text: str
    start: int
    end: int


@dataclass(slots=True)
class _Reading:
    """The block being collected and the containers that are open around it."""

    flow: Flow = field(default_factory=Flow)
    blocks: list[Block] = field(default_factory=list)
    kind: BlockKind = "paragraph"
    level: int = 0
    number: int | None = None
    lists: list[tuple[str, int]] = field(default_factory=list)
    counters: list[int] = field(default_factory=list)
    marks: list[tuple[str, int]] = field(default_factory=list)
    groups: int = 0
    skipped: str = ""
    depth: int = 0
    code_start: int = -1
    code: list[str] = field(default_factory=list)


def read(source: str, offset: int = 0, *, group: int = 0) -> tuple[Block, ...]:
    """Return the blocks of HTML ``source``; ``offset`` is added to every span, ``group`` to every list's number.

    Navigation, asides and footers are left out unless nothing else holds any text.
    """
    found = _read(source, offset, group, skip=True)
    return found if any(len(block.text.split()) > 2 for block in found) else _read(source, offset, group, skip=False)


def document_title(source: str) -> str | None:
    """Return the text of the ``<title>`` element, if there is one near the start."""
    match = re.search(r"<title[^>]{0,200}>([^<]{1,500})<", source[:100_000], re.IGNORECASE)
    title = " ".join(unescape(match[1]).split()) if match else ""
    return title or None


def _read(source: str, offset: int, group: int, *, skip: bool) -> tuple[Block, ...]:
    reading = _Reading(groups=group)
    for token in _tokens(source, offset):
        if reading.skipped:
            _skip(reading, token)
        elif token.name:
            _tag(reading, token, skip=skip)
        else:
            _text(reading, token)
    _flush(reading)
    return tuple(reading.blocks)


def _tokens(source: str, offset: int) -> Iterator[_Token]:
    position = 0
    for _ in range(len(source) + 1):
        opening = OPENING.search(source, position)
        if opening is None:
            yield _Token("", False, source[position:], offset + position, offset + len(source))
            return
        if opening.start() > position:
            yield _Token("", False, source[position : opening.start()], offset + position, offset + opening.start())
        end, inside = _tag_end(source, opening)
        if end < 0:
            return
        if opening["name"]:
            name, is_close = opening["name"].lower(), bool(opening["close"])
            yield _Token(name, is_close, inside, offset + opening.start(), offset + end)
            if name in RAW and not is_close:
                end = _raw_end(source, name, end)
        position = end


def _tag_end(source: str, opening: re.Match[str]) -> tuple[int, str]:
    """Return where a tag or comment ends and its attributes, or -1 when it never ends."""
    if opening["comment"]:
        stop = source.find("-->", opening.end())
        return (stop + 3, "") if stop >= 0 else (-1, "")
    if opening["odd"]:
        stop = source.find(">", opening.end())
        return (stop + 1, "") if stop >= 0 else (-1, "")
    rest = TAG_REST.match(source, opening.end())
    return (rest.end(), rest[0]) if rest else (-1, "")


def _raw_end(source: str, name: str, position: int) -> int:
    close = re.compile(rf"</{name}\b[^>]*>", re.IGNORECASE).search(source, position)
    return close.end() if close else len(source)


def _skip(reading: _Reading, token: _Token) -> None:
    if token.name == reading.skipped:
        reading.depth += -1 if token.is_close else 1
        if reading.depth == 0:
            reading.skipped = ""


def _tag(reading: _Reading, token: _Token, *, skip: bool) -> None:
    name = token.name
    if reading.code_start >= 0 and name != "pre":
        if name == "br":
            reading.code.append("\n")
        return
    if skip and not token.is_close and _is_navigation(token):
        reading.skipped, reading.depth = name, 1
        if name not in INLINE:
            _flush(reading)
    elif name in INLINE:
        _mark(reading, token)
    elif name == "br":
        reading.flow.put(" ", token.start, token.end)
    elif name == "pre":
        _pre(reading, token)
    else:
        _flush(reading)
        _container(reading, token)


def _is_navigation(token: _Token) -> bool:
    if token.name in SKIPPED:
        return True
    if token.name not in NAVIGABLE or "=" not in token.text:
        return False
    return any(not NAVIGATION.isdisjoint(value.lower().split()) for value in CLASSES.findall(token.text))


def _mark(reading: _Reading, token: _Token) -> None:
    if token.name in SIGNS and not token.is_close:
        reading.flow.put(SIGNS[token.name], token.start, token.end)
    if token.name not in MARKS:
        return
    if not token.is_close:
        reading.marks.append((token.name, reading.flow.length))
    elif reading.marks and reading.marks[-1][0] == token.name:
        name, since = reading.marks.pop()
        reading.flow.mark(MARKS[name], since)


def _pre(reading: _Reading, token: _Token) -> None:
    if not token.is_close:
        _flush(reading)
        reading.code_start, reading.code = token.end, []
    elif reading.code_start >= 0:
        block = blocks.code("".join(reading.code).strip("\n"), reading.code_start, token.start)
        reading.code_start = -1
        if block:
            reading.blocks.append(block)


def _container(reading: _Reading, token: _Token) -> None:
    name = token.name
    if name in LISTS:
        _list(reading, token)
    elif token.is_close:
        reading.kind, reading.level, reading.number = "paragraph", len(reading.lists), None
    elif name in HEADINGS:
        reading.kind, reading.level = "heading", HEADINGS[name]
    elif name in KINDS:
        reading.kind, reading.level = KINDS[name], len(reading.lists)
        reading.number = _next_number(reading) if name == "li" else None
    elif name == "blockquote":
        reading.kind = "quote"
    elif reading.kind == "heading":
        reading.kind = "paragraph"


def _list(reading: _Reading, token: _Token) -> None:
    if token.is_close:
        if reading.lists:
            reading.lists.pop()
            reading.counters.pop()
        reading.kind, reading.level, reading.number = "paragraph", len(reading.lists), None
        return
    reading.groups += 1
    reading.lists.append((token.name, reading.groups))
    reading.counters.append(0)


def _next_number(reading: _Reading) -> int | None:
    if not reading.lists or reading.lists[-1][0] != "ol":
        return None
    reading.counters[-1] += 1
    return reading.counters[-1]


def _text(reading: _Reading, token: _Token) -> None:
    if reading.code_start >= 0:
        reading.code.append(unescape(token.text))
        return
    position = 0
    for entity in ENTITY.finditer(token.text):
        reading.flow.add(token.text[position : entity.start()], token.start + position)
        value = unescape(entity[0]).replace("\xa0", " ").replace("\xad", "")
        reading.flow.put(value, token.start + entity.start(), token.start + entity.end())
        position = entity.end()
    reading.flow.add(token.text[position:], token.start + position)


def _flush(reading: _Reading) -> None:
    while reading.marks:
        name, since = reading.marks.pop()
        reading.flow.mark(MARKS[name], since)
    group = reading.lists[-1][1] if reading.lists else 0
    block = reading.flow.block(reading.kind, level=reading.level, number=reading.number, group=group)
    reading.flow = Flow()
    if block is None:
        return
    if block.kind == "cell" and len(block.text.split()) >= PROSE_CELL:
        block = replace(block, kind="paragraph")
    reading.blocks.append(_without_permalink(block) if block.kind == "heading" else block)
    reading.number = None
    if reading.kind in ("item", "definition"):
        reading.kind = "paragraph"


def _without_permalink(block: Block) -> Block:
    return block.cut(len(PERMALINK.sub("", block.text)) or len(block.text))
