"""A model's answer to the object in it, or the words to ask again with; not whether that object is a good structure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from granulator.granulation.lenient import DEPTH_MAX, Unreadable, read
from granulator.model import Json, JsonObject

CHARACTERS_MAX = 4_000_000
FAULTS_MAX = 20
"""A model mends twenty named faults better than two hundred."""

_FAULT_CHARACTERS_MAX = 300
_PREVIOUS_CHARACTERS_MAX = 60_000
_LOOK_BACK = 100
_RIVAL_SHARE = 0.5
"""Another object at least this large beside the largest may be the one that was meant."""

_PAGE = re.compile(r"\s*+<(?:!doctype|html|head|body|\?xml)\b", re.IGNORECASE)
_THOUGHT = re.compile(r"<(?:think|thinking)>", re.IGNORECASE)
_THOUGHT_END = re.compile(r"</(?:think|thinking)>", re.IGNORECASE)
_MARK = re.compile(r"[{}\[\]]")
_MARK_OR_THOUGHT = re.compile(r"[{\[]|<(?:think|thinking)>", re.IGNORECASE)
_PROSE_BRACES = re.compile(r"""\{[^{}\[\]"':]{0,200}\}""")
_PROSE_BRACKETS = re.compile(r"\[[^{}\[\]]{0,300}\]")
_LIST_AHEAD = re.compile(r"""\[\s*+(?:[\[{"'0-9-]|(?:true|false|null)\b)""")
_IN_A_MEMBER = re.compile(r"""["'”]\s*+:\s*+["'`]?\s*+\Z""")
_GOES_ON = re.compile(r"""\s*+(?:,\s*+["'{\[]|:|["'][^"'\n]{0,200}["']\s*+:)""")
_SEPARATORS = re.compile(r"[\s,;]*+")
_HALF_CHARACTER = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an answer holds. ``value`` is None where the model must be asked again; ``reason`` then says why.

    ``repaired`` tells that the text was no JSON and was read leniently.
    """

    value: JsonObject | None
    repaired: bool = False
    reason: str | None = None


def parse(text: str, *, is_clean_stop: bool, is_strict: bool) -> Parsed:
    """Return the object a model answered with; in doubt none, never a part of it and never a guess.

    A lenient reading is tried only after a clean stop and never of an answer in native strict mode. Never raises.
    """
    if len(text) > CHARACTERS_MAX:
        return Parsed(None, reason=f"it is longer than {CHARACTERS_MAX} characters")
    try:
        return _whole(text) or _found(text, is_lenient=is_clean_stop and not is_strict)
    except Unreadable as fault:
        return Parsed(None, reason=f"{fault}{_place(text, fault.at)}")


def reask(errors: Sequence[tuple[str, str]], previous: str) -> str:
    """Return the message that asks again, naming at most FAULTS_MAX (path, message) errors in ``previous``.

    An empty ``previous`` is for a conversation that holds the answer already.
    """
    named = [f"- {_line(path) or 'the answer'}: {_line(message)}" for path, message in errors[:FAULTS_MAX]]
    if len(errors) > FAULTS_MAX:
        named.append(f"- and {len(errors) - FAULTS_MAX} more")
    parts = ["Your previous answer cannot be used:", *named]
    if previous:
        parts += ["", "The previous answer was:", "<previous_answer>", _clipped(previous), "</previous_answer>"]
    return "\n".join([*parts, "", "Answer again with the whole corrected JSON object and nothing else."])


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _FAULT_CHARACTERS_MAX else f"{line[: _FAULT_CHARACTERS_MAX - 1]}…"


def _clipped(text: str) -> str:
    text = text.replace("</previous_answer>", "")
    if len(text) <= _PREVIOUS_CHARACTERS_MAX:
        return text
    half = _PREVIOUS_CHARACTERS_MAX // 2
    return f"{text[:half]}\n[{len(text) - 2 * half} characters left out]\n{text[-half:]}"


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f" (line {line}, column {at - text.rfind(chr(10), 0, at)})" if at else ""


def _whole(text: str) -> Parsed | None:
    """Return what a text that is JSON from end to end holds, None where it is not."""
    text = text.strip("\ufeff \t\r\n")
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    if end != len(text):
        return None
    return Parsed(_object(value, text))


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(digits)
    return value


def _refuse(constant: str) -> float:
    raise ValueError(constant)


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_refuse)


def _object(value: Json, source: str) -> JsonObject:
    if not isinstance(value, dict):
        raise Unreadable(f"it is {_kind(value)}, not an object", 0)
    if _is_deep(value):
        raise Unreadable(f"it is nested deeper than {DEPTH_MAX} levels", 0)
    if _HALF_CHARACTER.search(source) and not _is_encodable(value):
        raise Unreadable("it holds half of a character", 0)
    return value


def _kind(value: Json) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return "a text"
    return "a number" if isinstance(value, int | float) and not isinstance(value, bool) else "a literal"


def _is_deep(value: Json) -> bool:
    level: list[Json] = [value]
    for _ in range(DEPTH_MAX):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _inside(value: Json) -> Sequence[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()


def _is_encodable(value: Json) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Span:
    value: Json
    start: int
    end: int
    is_repaired: bool

    @property
    def size(self) -> int:
        return self.end - self.start


def _found(text: str, *, is_lenient: bool) -> Parsed:
    if _PAGE.match(text):
        raise Unreadable("it is a web page, not JSON", 0)
    best: _Span | None = None
    rival: _Span | None = None
    last: _Span | None = None
    for span in _spans(text, _after_thoughts(text), is_lenient=is_lenient):
        is_new = last is None or span.value != last.value
        if last and is_new and _SEPARATORS.fullmatch(text, last.end, span.start):
            raise Unreadable("it holds several JSON values in a row", span.start)
        last = span
        best, rival = _ranked(best, rival, span)
    if best is None:
        raise Unreadable("it holds no JSON object", 0)
    if rival and rival.size >= best.size * _RIVAL_SHARE:
        raise Unreadable("it holds several different JSON values, and which one is meant is not clear", rival.start)
    return Parsed(_object(best.value, text[best.start : best.end]), repaired=best.is_repaired)


def _ranked(best: _Span | None, rival: _Span | None, span: _Span) -> tuple[_Span, _Span | None]:
    """Return the largest object or list so far, the last on a tie, and the largest that differs from it."""
    if best is None:
        return span, None
    if span.value == best.value:
        return best, rival
    if span.size >= best.size:
        return span, best
    return best, span if rival is None or span.size > rival.size else rival


def _after_thoughts(text: str) -> int:
    """Return the offset behind the thoughts that come before the answer. Raises Unreadable where they do not end."""
    at = 0
    while mark := _MARK_OR_THOUGHT.search(text, at):
        if mark.group() in "{[":
            break
        end = _THOUGHT_END.search(text, mark.end())
        if end is None:
            raise Unreadable("its thoughts are not closed", mark.start())
        at = end.end()
    stray = _THOUGHT_END.search(text) if at == 0 else None
    return stray.end() if stray else at


def _spans(text: str, at: int, *, is_lenient: bool) -> Iterator[_Span]:
    """Yield the objects and lists that stand in prose; what is inside one of them never stands for itself.

    Raises Unreadable where something in the text looks like another part of a value: then no span is a whole answer.
    """
    while mark := _MARK.search(text, at):
        start = mark.start()
        if mark.group() in "}]":
            # Even one brace too many at the very end: it may belong to an object that was closed too early.
            raise Unreadable("a closing bracket has no opening one", start)
        if _IN_A_MEMBER.search(text[max(0, start - _LOOK_BACK) : start]):
            raise Unreadable("it holds only a part of a JSON value", start)
        if at := _prose_end(text, start):
            continue
        span = _span(text, start, is_lenient=is_lenient)
        yield span
        at = span.end


def _prose_end(text: str, start: int) -> int:
    """Return the offset behind brackets that are a part of a sentence, 0 where they may be JSON."""
    prose = (_PROSE_BRACES if text[start] == "{" else _PROSE_BRACKETS).match(text, start)
    if prose:
        return prose.end()
    return start + 1 if text[start] == "[" and not _LIST_AHEAD.match(text, start) else 0


def _span(text: str, start: int, *, is_lenient: bool) -> _Span:
    span = _read(text, start, is_lenient=is_lenient)
    if _GOES_ON.match(text, span.end):
        raise Unreadable("it holds only a part of a JSON value", span.start)
    return span


def _read(text: str, start: int, *, is_lenient: bool) -> _Span:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except RecursionError:
        raise Unreadable(f"it is nested deeper than {DEPTH_MAX} levels", start) from None
    except json.JSONDecodeError as fault:
        if not is_lenient:
            raise Unreadable(f"it is not valid JSON: {fault.msg}", fault.pos) from None
    except ValueError:
        raise Unreadable("it holds a number that JSON does not know", start) from None
    else:
        return _Span(value, start, end, False)
    value, end = read(text, start)
    return _Span(value, start, end, True)
