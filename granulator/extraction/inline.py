"""Inline markup of Markdown, reStructuredText and plain text to visible text. Knows nothing of blocks."""

from __future__ import annotations

import html
import re
from collections.abc import Collection

from granulator.extraction.blocks import Flow, MarkKind

EMPHASIS = r"""
  | (?P<strong>(?P<s>\*\*|(?<!\w)__)(?=\S)(?P<strong_text>[^\n].{0,400}?)(?<=\S)(?P=s)(?!\*))
  | (?P<em>
      (?<![\w*])\*(?=[^\s*])(?P<em_text>[^*]{0,200}(?<=\S))\*(?![\w*])
    | (?<![\w/])_(?=[^\s_])(?P<us_text>[^_]{0,200}(?<=\S))_(?!\w))
"""

MARKDOWN = re.compile(
    r"""
    (?P<escape>\\[!-/:-@\[-`{-~])
  | (?P<code>(?P<ticks>`{1,4})(?!`)\ ?(?P<code_text>.{1,400}?)\ ?(?<!`)(?P=ticks)(?!`))
  | (?P<image>!\[(?:[^\[\]]|\[[^\[\]]{0,99}\]){0,300}+\](?:\([^()\s]{0,999}(?:\s[^()]{0,200})?\)|\[[^\]]{0,99}\]))
  | (?P<link>\[(?P<link_text>(?:[^\[\]]|!?\[[^\[\]]{0,300}\](?:\([^()]{0,500}\))?){0,400}+)\]
      (?:(?P<url>\((?:[^()]|\([^()]{0,200}\)){0,999}+\))|(?P<ref>\[[^\[\]]{0,200}\]))?)
  | (?P<comment><!--.{0,4000}?-->)
  | (?P<myst>\{[a-z][\w:+-]{0,40}\}(?=`))
  | (?P<autolink><(?P<address>(?:https?://|mailto:)?[^<>\s]{1,500}(?:[:@./][^<>\s]{1,500}))>)
  | (?P<tag></?[A-Za-z][A-Za-z0-9-]{0,30}(?:\s[^<>]{0,500})?/?>)
  | (?P<entity>&(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});)
"""
    + EMPHASIS,
    re.VERBOSE | re.DOTALL,
)

TAG_SIGNS = {"<sup>": "^", "<sub>": "_"}

PLAIN = re.compile(
    r"""
    (?P<escape>\\[*`_|\\])
  | (?P<code>(?P<ticks>``)(?!`)(?P<code_text>.{1,400}?)(?<!`)``(?!`))
  | (?P<role>(?<![\w:]):[a-zA-Z][\w:+.-]{0,40}:`!?~?(?P<role_text>[^`<]{1,200}?)(?:\s*<[^`>]{0,300}>)?`)
  | (?P<hyper>`(?P<hyper_text>[^`<]{1,200}?)\s*<[^`>]{1,500}>`__?)
  | (?P<single>(?<!\w)`(?P<single_text>[^`\s](?:[^`]{0,200}[^`\s])?)(?:`_{0,2}|'(?!\w)))
  | (?P<footnote>\s?\[[\w#*]{1,20}\]_)
  | (?P<bar>(?<![|\w])\|(?P<bar_text>[^\s|](?:[^|\n]{0,60}[^\s|])?)\|_{0,2}(?![|\w]))
  | (?P<escape_code>\x1b\[[\d;]{0,20}[mK]|.\x08|(?<=[^\W\d_])\u2010\s+(?=[^\W\d_]))
  | (?P<named>(?<=\w)_{1,2}(?=[\s.,;:)]|$))
"""
    + EMPHASIS,
    re.VERBOSE | re.DOTALL,
)

INNER: dict[str, tuple[str, MarkKind | None]] = {
    "strong": ("strong_text", "strong"),
    "role": ("role_text", "code"),
    "hyper": ("hyper_text", "link"),
    "single": ("single_text", "code"),
    "bar": ("bar_text", None),
}
OUTER = (
    *(
        "escape",
        "code",
        "image",
        "link",
        "comment",
        "myst",
        "autolink",
        "tag",
        "entity",
        "footnote",
        "named",
        "escape_code",
    ),
    *INNER,
    "em",
)
DROPPED = frozenset({"image", "comment", "myst", "tag", "footnote", "named", "escape_code"})


def markdown(flow: Flow, raw: str, start: int, references: Collection[str] = ()) -> None:
    """Add the visible text of Markdown ``raw``, which stands at ``start`` of the source.

    ``references`` are the upper-cased labels a bare ``[label]`` may link to.
    """
    _scan(flow, raw, start, MARKDOWN, references)


def plain(flow: Flow, raw: str, start: int) -> None:
    """Add the visible text of plain text or reStructuredText ``raw``, which stands at ``start`` of the source."""
    _scan(flow, raw, start, PLAIN, ())


def _scan(flow: Flow, raw: str, start: int, grammar: re.Pattern[str], references: Collection[str]) -> None:
    position = 0
    for match in grammar.finditer(raw):
        flow.add(raw[position : match.start()], start + position)
        _construct(flow, match, start, grammar, references)
        position = match.end()
    flow.add(raw[position:], start + position)


def _construct(
    flow: Flow, match: re.Match[str], start: int, grammar: re.Pattern[str], references: Collection[str]
) -> None:
    kind = _outer(match)
    begin, end = match.start() + start, match.end() + start
    if kind == "tag":
        flow.put(TAG_SIGNS.get(match[0].lower(), ""), begin, end)
    if kind in DROPPED:
        return
    if kind == "escape":
        flow.put(match[0][1], begin, end)
    elif kind == "entity":
        flow.put(html.unescape(match[0]), begin, end)
    elif kind == "code":
        since = flow.length
        flow.add(match["code_text"], start + match.start("code_text"))
        flow.mark("code", since)
    elif kind == "autolink":
        flow.add(match["address"], start + match.start("address"))
    elif kind == "link":
        _link(flow, match, start, references)
    else:
        _inner(flow, match, kind, start, grammar, references)


def _outer(match: re.Match[str]) -> str:
    """Return the name of the alternative that matched; named parts of it may have matched later."""
    found = match.groupdict()
    return next(name for name in OUTER if found.get(name) is not None)


def _inner(
    flow: Flow,
    match: re.Match[str],
    kind: str,
    start: int,
    grammar: re.Pattern[str],
    references: Collection[str],
) -> None:
    em_name = "em_text" if match["em_text"] is not None else "us_text"
    name, mark = INNER.get(kind, (em_name, "emphasis"))
    since = flow.length
    _scan(flow, match[name], start + match.start(name), grammar, references)
    if mark:
        flow.mark(mark, since)


def _link(flow: Flow, match: re.Match[str], start: int, references: Collection[str]) -> None:
    text, begin = match["link_text"], start + match.start("link_text")
    is_link = match["url"] is not None or match["ref"] is not None or " ".join(text.upper().split()) in references
    if text.startswith("^") and not is_link:
        return
    if not is_link:
        flow.add("[", start + match.start())
    since = flow.length
    _scan(flow, text, begin, MARKDOWN, references)
    if is_link:
        flow.mark("link", since)
    else:
        flow.add("]", begin + len(text))
