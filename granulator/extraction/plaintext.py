"""Plain text and reStructuredText to blocks: paragraphs, headings as people type them, lists and listings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from granulator.extraction import blocks, inline
from granulator.extraction.blocks import Block, BlockKind, Flow
from granulator.extraction.textheadings import CODE_SIGNS, HELP_TAG, ITEM, LEADERS, Line, at, heading_level

RULE = re.compile(r"([=\-~^\"'`*+#:._<>])\1{2,}$")
PAGE_LINE = re.compile(r"\[Page \d+\]$|^\f|^RFC \d+\s.*\d{4}$")
DIRECTIVE = re.compile(r"\.\.(?:\s+(?P<name>[\w:.-]+)::\s*(?P<rest>.*)|\s|$)")
FIELD = re.compile(r":[\w -]{1,40}:(?:\s|$)")
ADMONITIONS = frozenset({"note", "warning", "tip", "important", "hint", "caution", "attention", "danger", "admonition",
                         "topic", "seealso", "epigraph", "compound", "container", "rubric"})  # fmt: skip
LISTINGS = frozenset(
    {"code", "code-block", "sourcecode", "highlight", "parsed-literal", "ipython", "prompt", "doctest"}
)
DESCRIBED = frozenset({"function", "class", "method", "attribute", "data", "exception", "module", "option",
                       "confval", "describe", "glossary", "envvar", "program",
                       "staticmethod", "classmethod", "property"})  # fmt: skip
COLUMN_GAP = re.compile(r"\S(?:\t+| {3,})\S")
PROSE_WORD = re.compile(
    r"\b(?:the|a|an|of|to|and|is|are|in|that|for|with|it|be|this|as|by|or|on|was|you|not)\b", re.IGNORECASE
)


@dataclass(slots=True)
class _Reading:
    """The blocks so far, and what the text's own habits are."""

    blocks: list[Block] = field(default_factory=list)
    styles: list[tuple[str, bool]] = field(default_factory=list)
    body_indent: int = 0
    wants_code: bool = False
    code_indent: int = 0
    groups: int = 0


def read(source: str) -> tuple[Block, ...]:
    """Return the blocks of plain text ``source`` in order; lines wrapped by hand are joined."""
    lines = _lines(source)
    reading = _Reading(body_indent=_body_indent(lines))
    position = 0
    while position < len(lines):
        position = _next(reading, lines, position)
    return tuple(reading.blocks)


def _lines(source: str) -> list[Line]:
    lines, start = [], 0
    for row in source.split("\n"):
        text = row.strip()
        indent = len(row) - len(row.lstrip()) if text else 0
        lines.append(Line("" if PAGE_LINE.search(row) else text, indent, start))
        start += len(row) + 1
    return lines


def _body_indent(lines: Sequence[Line]) -> int:
    """Return the indentation most words stand at."""
    weights: Counter[int] = Counter()
    for line in lines:
        weights[line.indent] += len(PROSE_WORD.findall(line.text))
    return weights.most_common(1)[0][0] if weights else 0


def _next(reading: _Reading, lines: Sequence[Line], position: int) -> int:
    """Read one block from ``position`` on and return where the next one may begin."""
    line = lines[position]
    if not line.text:
        return position + 1
    if reading.wants_code:
        reading.wants_code = False
        if line.indent > reading.code_indent:
            return _listing(reading, lines, position, reading.code_indent)
    if DIRECTIVE.match(line.text):
        return _directive(reading, lines, position)
    if line.text.startswith(("```", "~~~")) and not RULE.match(line.text[3:] or "~"):
        return _fenced(reading, lines, position)
    underlined = _underlined(reading, lines, position)
    return underlined or _loose(reading, lines, position)


def _underlined(reading: _Reading, lines: Sequence[Line], position: int) -> int:
    """Read a heading marked by rules of punctuation; 0 when there is none here."""
    line = lines[position]
    over = RULE.match(line.text)
    titled = at(lines, position + 1)
    if over and titled.text and not RULE.match(titled.text):
        under = at(lines, position + 2).text
        closes = RULE.match(under) is not None and under[0] == line.text[0]
        if closes or (len(line.text) >= 20 and len(titled.text) <= 80):
            _heading(reading, titled, (line.text[0], True))
            return position + (3 if closes else 2)
    if over:
        return position + 1
    under = titled.text
    if (
        RULE.match(under)
        and not COLUMN_GAP.search(line.text)
        and len(under) >= 0.6 * len(line.text)
        and len(line.text) <= 120
    ):
        _heading(reading, line, (under[0], False))
        return position + 2
    return 0


def _heading(reading: _Reading, line: Line, style: tuple[str, bool]) -> None:
    if style not in reading.styles:
        reading.styles.append(style)
    _add_heading(reading, line, reading.styles.index(style) + 1)


def _add_heading(reading: _Reading, line: Line, level: int, *, skip: int = 0) -> None:
    text = HELP_TAG.sub("", line.text[skip:])
    shift = line.text.find(text, skip)
    flow = Flow()
    inline.plain(flow, text, line.start + line.indent + max(shift, 0))
    block = flow.block("heading", level=min(level, 6))
    if block and not LEADERS.search(block.text):
        reading.blocks.append(block)


def _loose(reading: _Reading, lines: Sequence[Line], position: int) -> int:
    """Read a heading without rules, a list item, a listing or a paragraph."""
    line = lines[position]
    is_free = position == 0 or not lines[position - 1].text or _is_after_heading(reading, lines, position)
    level, skip = heading_level(lines, position, reading.body_indent) if is_free else (0, 0)
    if level:
        _add_heading(reading, line, level, skip=skip)
        return position + 1
    if line.text.startswith(">>>"):
        return _listing(reading, lines, position, line.indent - 1)
    item = ITEM.match(line.text)
    if item:
        return _item(reading, lines, position, item)
    return _paragraph(reading, lines, position)


def _is_after_heading(reading: _Reading, lines: Sequence[Line], position: int) -> bool:
    before = lines[position - 1]
    return bool(reading.blocks) and reading.blocks[-1].kind == "heading" and reading.blocks[-1].end >= before.start


def _item(reading: _Reading, lines: Sequence[Line], position: int, item: re.Match[str]) -> int:
    line = lines[position]
    last = reading.blocks[-1] if reading.blocks else None
    if last is None or last.kind != "item" or lines[position - 1].text == "" and last.level != line.indent + 1:
        reading.groups += 1
    end = position + 1
    while end < len(lines) and lines[end].text and lines[end].indent > line.indent and not ITEM.match(lines[end].text):
        end += 1
    number = int(item["number"]) if item["number"] else None
    flow = Flow()
    raw, start = _raw(lines, position, end, item.end())
    inline.plain(flow, raw, start)
    _keep(
        reading,
        flow.block("item", level=line.indent + 1, number=number, group=reading.groups),
        line.indent + item.end() - 1,
    )
    return end


def _raw(lines: Sequence[Line], position: int, end: int, skip: int = 0) -> tuple[str, int]:
    """Return the joined lines; the gap between two lines is as long as in the source, so offsets hold."""
    start = lines[position].start + lines[position].indent + skip
    pieces, reached = [], start
    for line in lines[position:end]:
        begin = max(line.start + line.indent, start)
        pieces.append(" " * (begin - reached))
        pieces.append(line.text[begin - line.start - line.indent :])
        reached = line.end
    return "".join(pieces), start


def _paragraph(reading: _Reading, lines: Sequence[Line], position: int) -> int:
    end = position + 1
    while end < len(lines) and lines[end].text and not _interrupts(lines, position, end):
        end += 1
    if end == position + 1 and _is_term(lines, position):
        return _described(reading, lines, position)
    if _is_table(lines[position:end]) or _is_columns(lines[position:end]) or FIELD.match(lines[position].text):
        return end
    if _is_listing(reading, lines[position:end]):
        return _listing(reading, lines, position, lines[position].indent - 1)
    raw, start = _raw(lines, position, end)
    flow = Flow()
    inline.plain(flow, raw, start)
    kind: BlockKind = "paragraph"
    _keep(reading, flow.block(kind), lines[position].indent)
    return end


def _interrupts(lines: Sequence[Line], position: int, here: int) -> bool:
    line, before = lines[here], lines[here - 1]
    if RULE.match(line.text) or DIRECTIVE.match(line.text):
        return True
    if here == position + 1 and line.indent > lines[position].indent and len(lines[position].text) < 60:
        return lines[position].text[-1] not in ",;" and _is_term(lines, position)
    return ITEM.match(line.text) is not None and (
        before.text[-1] in ".:;" or at(lines, here + 1).text[:2] == line.text[:2]
    )


def _is_term(lines: Sequence[Line], position: int) -> bool:
    """Whether this line is a term with its definition indented below it."""
    line, below = lines[position], at(lines, position + 1)
    if not below.text or below.indent <= line.indent or len(line.text.split()) > 6 or line.text[-1] in ".,;!?":
        return False
    if len(PROSE_WORD.findall(line.text)) > 1:
        return False
    follows = at(lines, position + 2)
    return not follows.text or follows.indent == below.indent


def _described(reading: _Reading, lines: Sequence[Line], position: int) -> int:
    flow = Flow()
    inline.plain(flow, lines[position].text, lines[position].start + lines[position].indent)
    end = position + 1
    while end < len(lines) and lines[end].text and lines[end].indent > lines[position].indent:
        end += 1
    raw, start = _raw(lines, position + 1, end)
    body = Flow()
    inline.plain(body, raw, start)
    if _looks_like_code(raw):
        reading.blocks.extend(block for block in [flow.block("paragraph")] if block)
        return _listing(reading, lines, position + 1, lines[position].indent)
    if not reading.blocks or reading.blocks[-1].kind != "definition":
        reading.groups += 1
    reading.blocks.extend(block for block in [flow.block("term", group=reading.groups)] if block)
    _keep(reading, body.block("definition", group=reading.groups), lines[position].indent)
    return end


def _keep(reading: _Reading, block: Block | None, indent: int) -> None:
    """Keep a block; one that ends in two colons announces a listing."""
    if block is None:
        return
    reading.wants_code, reading.code_indent = block.text.endswith(("::", " >")), indent
    if block.text != "::":
        reading.blocks.append(block.cut(len(block.text) - 1) if block.text.endswith("::") else block)


def _is_table(lines: Sequence[Line]) -> bool:
    ruled = sum(1 for line in lines if re.match(r"[+|]([-=+ |]{3,})|=+\s+=+", line.text))
    return ruled >= 1 and ruled >= len(lines) / 4 or len(lines) > 1 and all(line.text[0] in "|+" for line in lines)


def _is_columns(lines: Sequence[Line]) -> bool:
    """Whether most of the lines have a wide gap inside, as typed tables have."""
    return len(lines) > 1 and sum(1 for line in lines if COLUMN_GAP.search(line.text)) * 5 >= len(lines) * 3


def _is_listing(reading: _Reading, lines: Sequence[Line]) -> bool:
    shallow = min(line.indent for line in lines)
    text = "\n".join(line.text for line in lines)
    return shallow > reading.body_indent and shallow >= 2 and _looks_like_code(text)


def _looks_like_code(text: str) -> bool:
    words = len(text.split())
    prose = len(PROSE_WORD.findall(text))
    signs = len(CODE_SIGNS.findall(text))
    lines = text.count("\n") + 1
    return prose * 8 < words and (signs * 5 > words or (lines > 1 and words <= 4 * lines))


def _listing(reading: _Reading, lines: Sequence[Line], position: int, indent: int) -> int:
    """Read lines indented more than ``indent`` as they are, blank lines included."""
    end = last = position
    while end < len(lines) and (not lines[end].text or lines[end].indent > indent):
        last = end + 1 if lines[end].text else last
        end += 1
        if indent < 0 and end < len(lines) and not lines[end].text:
            break
    kept = lines[position:last]
    margin = min(line.indent for line in kept if line.text)
    text = "\n".join(" " * (line.indent - margin) + line.text if line.text else "" for line in kept)
    block = blocks.code(text, kept[0].start + kept[0].indent, kept[-1].end)
    if block:
        reading.blocks.append(block)
    return max(last, position + 1)


def _fenced(reading: _Reading, lines: Sequence[Line], position: int) -> int:
    fence = lines[position].text[:3]
    end = position + 1
    while end < len(lines) and not lines[end].text.startswith(fence):
        end += 1
    if end == len(lines):
        return _paragraph(reading, lines, position)
    kept = lines[position + 1 : end]
    if any(line.text for line in kept):
        text = "\n".join(" " * line.indent + line.text for line in kept)
        block = blocks.code(text, kept[0].start, kept[-1].end)
        reading.blocks.extend(found for found in [block] if found)
    return end + 1


def _directive(reading: _Reading, lines: Sequence[Line], position: int) -> int:
    """Read a directive: listings as code, notes and descriptions as what is inside, all else left out."""
    directive = DIRECTIVE.match(lines[position].text)
    name = (directive["name"] or "") if directive else ""
    name = name.rpartition(":")[2]
    indent, body = lines[position].indent, position + 1
    while body < len(lines) and FIELD.match(lines[body].text) and lines[body].indent > indent:
        body += 1
    if name in ADMONITIONS and directive and directive["rest"]:
        flow = Flow()
        inline.plain(flow, directive["rest"], lines[position].start + indent + directive.start("rest"))
        _keep(reading, flow.block("paragraph"), indent)
    if name in ADMONITIONS or name in DESCRIBED:
        return body
    if name in LISTINGS:
        while body < len(lines) and not lines[body].text:
            body += 1
        is_inside = body < len(lines) and lines[body].indent > indent
        return _listing(reading, lines, body, indent) if is_inside else body
    while body < len(lines) and (not lines[body].text or lines[body].indent > indent):
        body += 1
    return body
