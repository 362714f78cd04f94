"""From a request and a scenario to the script of its answer: what is said, billed and broken. No clock, no sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from granulator.dev.mock_ai import content, defects
from granulator.dev.mock_ai.asked import BYTES_PER_TOKEN, Asked, Reply, Spent, StopReason, tokens
from granulator.dev.mock_ai.defects import DEFECTS
from granulator.dev.mock_ai.delivery import Ending, Piece, Script
from granulator.dev.mock_ai.scenarios import (
    COUNTS,
    HTML,
    MANNERS,
    ODDITIES,
    PARAMETERS,
    REFUSALS,
    STREAM_FAULTS,
    Scenario,
)
from granulator.dev.mock_ai.wires.base import Wire
from granulator.model import JsonObject

PIECE_TOKENS = 64
PIECES_PER_SECOND = 25
"""A paced stream sends at most so many events per second: more would measure the mock, not its caller."""

_JSON = {"content-type": "application/json"}
_EVENTS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
_HTML = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n"
_REFUSED = "I can't help with that request."
_ENDINGS: Mapping[str, Ending] = MappingProxyType({"stall": "hold", "reset": "reset", "shortbody": "close"})
_STOPS: Mapping[str, StopReason] = MappingProxyType({"length": "length", "refuse": "refuse", "filter": "filter"})


def script(wire: Wire, asked: Asked, scenario: Scenario, ident: str, tokens_per_second: int = 0) -> Script:
    """Return how to answer a request in a scenario; ``ident`` names the request at the vendor."""
    headers = {wire.request_id_header: ident}
    if scenario.name in ("hang", "reset_now"):
        return Script(None, ending="hold" if scenario.name == "hang" else "reset")
    if scenario.name in HTML:
        status = 200 if scenario.name == "html200" else 502
        return Script(status, (Piece(_HTML),), headers | {"content-type": "text/html"})
    if (error := _error(scenario, asked)) is not None:
        refusal = wire.refusal(error, asked, ident)
        wait = {"retry-after": scenario.number} if scenario.name == "429" and scenario.number else {}
        return Script(refusal.status, (Piece(_dumped(refusal.body)),), headers | _JSON | wait)
    if asked.streams:
        return _streamed(wire, asked, scenario, ident, headers | _EVENTS, tokens_per_second)
    return _plain(wire, asked, scenario, ident, headers | _JSON)


def reply_to(asked: Asked, scenario: Scenario) -> Reply:
    """Return what the model answers in a scenario, with what it costs."""
    text = _said(asked, scenario)
    stop = _STOPS.get(scenario.name, "complete")
    if scenario.name == "length":
        text = text[: len(text) // 2]
    limits = [limit for limit in (asked.max_tokens, _most(scenario)) if limit is not None]
    if limits and stop != "refuse" and tokens(text) > min(limits):
        text, stop = _first(text, min(limits)), "length"
    spent = _counted(Spent(tokens(asked.prompt), tokens(text) if text else 1), scenario)
    form = "text" if stop in ("refuse", "filter") else asked.form
    return Reply(text, None if scenario.name == "cut" else stop, spent, form, asked.tool, scenario.name != "nousage")


def _error(scenario: Scenario, asked: Asked) -> str | None:
    if scenario.name in REFUSALS or scenario.name in PARAMETERS:
        return scenario.name
    return None if asked.streams else STREAM_FAULTS.get(scenario.name)


def _plain(wire: Wire, asked: Asked, scenario: Scenario, ident: str, headers: dict[str, str]) -> Script:
    if scenario.name in ODDITIES:
        return Script(200, (Piece(_dumped(wire.oddity(scenario.name, asked, ident))),), headers)
    reply = reply_to(asked, scenario)
    if scenario.name == "cut":
        reply = replace(reply, text=reply.text[: len(reply.text) // 2])
    body = _dumped(wire.plain(reply, asked, ident))
    sent = body[: len(body) // 2] if scenario.name in _ENDINGS else body
    return Script(
        200,
        (Piece(sent, reply.spent.output),),
        headers,
        ending=_ENDINGS.get(scenario.name, "end"),
        missing_bytes=len(body) - len(sent),
        trickles=scenario.name == "trickle",
    )


def _streamed(
    wire: Wire, asked: Asked, scenario: Scenario, ident: str, headers: dict[str, str], tokens_per_second: int
) -> Script:
    if scenario.name in ODDITIES:
        return Script(200, (Piece(wire.odd_event(scenario.name, asked, ident)),), headers, is_sized=False)
    if scenario.name == "overload_sse":
        return Script(200, (Piece(wire.error_event("529", asked, ident)),), headers, is_sized=False)
    reply = reply_to(asked, scenario)
    is_broken = scenario.name in _ENDINGS or scenario.name in ("cut", "sseerr")
    size = _piece_size(tokens_per_second)
    if is_broken:
        # However short the text is, some of it arrives and some does not.
        size = max(1, min(size, len(reply.text) // 4))
    pieces = [Piece(wire.head(reply, asked, ident)), *_written(wire, reply, asked, ident, size)]
    if is_broken:
        pieces = pieces[: max(2, len(pieces) // 2)]
    else:
        pieces.append(Piece(wire.tail(reply, asked, ident), reply.spent.output))
    if scenario.name == "sseerr":
        pieces.append(Piece(wire.error_event("500", asked, ident), pieces[-1].tokens))
    return Script(
        200,
        tuple(pieces),
        headers,
        ending=_ENDINGS.get(scenario.name, "end"),
        is_sized=False,
        trickles=scenario.name == "trickle",
    )


def _piece_size(tokens_per_second: int) -> int:
    paced = max(1, tokens_per_second // PIECES_PER_SECOND)
    return BYTES_PER_TOKEN * (paced if tokens_per_second else PIECE_TOKENS)


def _written(wire: Wire, reply: Reply, asked: Asked, ident: str, size: int) -> Iterator[Piece]:
    length = 0
    for start in range(0, len(reply.text), size):
        piece = reply.text[start : start + size]
        length += len(piece.encode("utf-8", "surrogatepass"))
        yield Piece(wire.piece(piece, reply, asked, ident), max(1, length // BYTES_PER_TOKEN))


def _said(asked: Asked, scenario: Scenario) -> str:
    match scenario.name:
        case "refuse" | "filter":
            return _REFUSED
        case "empty":
            return ""
        case "prose":
            return content.talk(asked.orders)
        case "invalid":
            return content.invalid(asked)
        case "fence":
            return f"Here is what you asked for.\n\n```json\n{content.answer(asked)}\n```\n\nTell me what to change."
        case name if name in DEFECTS:
            return defects.spoiled(asked, name, scenario.number)
        case _:
            return content.answer(asked, scenario.name if scenario.name in MANNERS else "")


def _most(scenario: Scenario) -> int | None:
    return int(scenario.number) if scenario.name == "most" else None


def _first(text: str, limit: int) -> str:
    return text.encode("utf-8", "surrogatepass")[: limit * BYTES_PER_TOKEN].decode("utf-8", "ignore")


def _counted(spent: Spent, scenario: Scenario) -> Spent:
    if scenario.name not in COUNTS or not scenario.number.isdecimal():
        return spent
    count = int(scenario.number)
    if scenario.name == "reasoning":
        return replace(spent, output=spent.output + count, reasoning=count)
    part = min(count, spent.prompt)
    return replace(spent, cached=part) if scenario.name == "cached" else replace(spent, written=part)


def _dumped(body: JsonObject) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
