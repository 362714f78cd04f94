"""Bytes or text in a known format to a Document whose blocks and spans resolve. Writes nothing, judges nothing."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from granulator.errors import SourceUnreadable
from granulator.extraction import html, markdown, plaintext
from granulator.extraction.blocks import Block
from granulator.model import Source

NAME = "source"
"""What provenance calls the document of a request."""

MAX_CHARACTERS = 5_000_000
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Document:
    """A source that was read: every ``start`` and ``end`` of a block is a character offset into ``text``.

    ``text`` is the source as decoded, without its byte order mark and with newlines as ``\\n``; nothing else differs.
    """

    name: str
    title: str | None
    text: str
    blocks: tuple[Block, ...]


def decode(source: Source) -> str:
    """Return the normalised text of ``source``, into which every span points.

    Raises SourceUnreadable with ``reason`` "decode".
    """
    return _normalised(source.text if source.text is not None else _decoded(source.file or b""))


def read(source: Source, name: str = NAME) -> Document:
    """Return the document ``source`` holds.

    Raises SourceUnreadable with ``reason`` "decode" (not text), "empty" (no words) or "too_large".
    """
    text = decode(source)
    if len(text) > MAX_CHARACTERS:
        raise SourceUnreadable(
            f"The source has {len(text)} characters; at most {MAX_CHARACTERS} can be read",
            reason="too_large",
            characters=len(text),
        )
    _refuse_binary(text)
    if not WORD.search(text):
        raise SourceUnreadable("The source holds no words", reason="empty")
    blocks = _blocks(source.format, text)
    if not any(WORD.search(block.text) for block in blocks):
        raise SourceUnreadable(f"The source holds no visible words when read as {source.format}", reason="empty")
    return Document(name, _title(source, text, blocks), text, blocks)


def _decoded(file: bytes) -> str:
    encoding = next((name for mark, name in BYTE_ORDER_MARKS.items() if file.startswith(mark)), "utf-8")
    try:
        return file.decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceUnreadable(
            f"The source is not {encoding.removesuffix('-sig').upper()} text: byte {error.start} cannot be decoded",
            reason="decode",
        ) from error


def _normalised(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _refuse_binary(text: str) -> None:
    found = CONTROL.search(text)
    if found and (found[0] in "\x00\ufffe\uffff" or "\ud800" <= found[0] <= "\udfff"):
        raise SourceUnreadable(f"The source is not text: character {found.start()} is binary", reason="decode")
    if found and len(CONTROL.findall(text)) > len(text) // 50:
        raise SourceUnreadable("The source is not text: it is full of control characters", reason="decode")


def _blocks(form: str, text: str) -> tuple[Block, ...]:
    if form == "markdown":
        return markdown.read(text)
    if form == "html":
        return html.read(text)
    return plaintext.read(text)


def _title(source: Source, text: str, blocks: tuple[Block, ...]) -> str | None:
    if source.title and source.title.strip():
        return source.title.strip()
    front = markdown.front_title(text) if source.format == "markdown" else None
    headings = [block for block in blocks[:40] if block.kind == "heading"]
    first = next((block.text for block in headings if block.level == 1), None)
    named = html.document_title(text) if source.format == "html" else None
    if named and first and first.casefold() not in named.casefold():
        # The first heading is not what the page calls itself: "Abstract", say.
        first = None
    return front or first or named or (headings[0].text if headings and headings[0] is blocks[0] else None)
