"""What one call has brought so far, and the result made of it. No connection, no vendor's format."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field

from granulator.model import JsonObject, Usage
from granulator.providers.base import EventSink, GenRequest, GenResult, Stop, StreamEvent
from granulator.providers.faults import Unusable
from granulator.providers.tokens import estimate

CHARACTERS_MAX = 4_000_000
"""No answer is longer; a stream that goes on is stopped here and not at the deadline."""

NAME_CHARACTERS = 200
"""What a vendor calls a model or a request is kept up to this length."""

_HALF = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Heard:
    """What one call has brought so far; it outlives the call's failure.

    ``stop`` None: the end has not come; ``is_counted``: the usage is of the whole answer.
    """

    request: GenRequest
    on_event: EventSink | None = None
    is_sent: bool = False
    is_streamed: bool = False
    pieces: list[str] = field(default_factory=list)
    characters: int = 0
    asides: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    data: JsonObject | None = None
    stop: Stop | None = None
    raw_stop: str | None = None
    usage: Usage | None = None
    is_counted: bool = False
    model: str = ""
    request_id: str | None = None
    started_at: float = field(default_factory=time.monotonic)
    first_at: float | None = None

    @property
    def text(self) -> str:
        """The answer so far; what was said beside it only where nothing else was."""
        return _mended("".join(self.pieces or self.asides))

    @property
    def is_over(self) -> bool:
        """Whether a stream has said why it stopped: what may still follow is no part of the answer."""
        return self.is_streamed and self.stop not in (None, Stop.UNKNOWN)

    def hear(self, text: str) -> None:
        """Take in a piece of the answer and pass it on. Raises Unusable where it does not end."""
        if not text:
            return
        self.first_at = self.first_at or time.monotonic()
        self.characters += len(text)
        if self.characters > CHARACTERS_MAX:
            raise Unusable(f"an answer of more than {CHARACTERS_MAX} characters")
        self.pieces.append(text)
        if self.on_event is not None:
            self.on_event(StreamEvent(text))

    def result(self) -> GenResult:
        """Return what was heard as the answer; without a word on why it stopped it is cut."""
        return GenResult(
            text=self.text,
            stop=self.stop or Stop.CUT,
            usage=self.spent(),
            model_served=_name(self.model) or self.request.model,
            data=self.data if _is_storable(self.data) else None,
            raw_stop=_name(self.raw_stop),
            refusal=_mended("".join(self.refusals)) or None,
            request_id=_name(self.request_id),
            ttft_ms=self._since_start(self.first_at) if self.is_streamed and self.first_at else None,
            latency_ms=self._since_start(time.monotonic()),
        )

    def spent(self) -> Usage:
        """Return the usage that was reported, or an estimate of what was not."""
        if self.usage is None:
            return Usage(estimate(prompt_text(self.request)), self._estimated_output(), is_estimated=True)
        if self.is_counted and self.usage.output_tokens:
            return self.usage
        uncounted = max(0, self._estimated_output() - self.usage.output_tokens)
        if self.is_counted and not uncounted:
            return self.usage
        return self.usage + Usage(output_tokens=uncounted, is_estimated=True)

    def count(self, usage: Usage | None) -> None:
        """Take in a report of the whole usage, if it is one."""
        if usage is not None:
            self.usage, self.is_counted = usage, True

    def _estimated_output(self) -> int:
        return estimate(self.text) + estimate(_mended("".join(self.refusals)))

    def _since_start(self, at: float) -> int:
        return round((at - self.started_at) * 1000)


def _mended(text: str) -> str:
    """Return a text with halves of characters joined, for a stream may part them; a lone half becomes U+FFFD."""
    if not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _name(text: str | None) -> str | None:
    """Return what a vendor calls something as one bounded line, None where that is nothing."""
    shown = "".join(character for character in (text or "")[:NAME_CHARACTERS] if character.isprintable())
    return shown.strip() or None


def _is_storable(data: JsonObject | None) -> bool:
    """Return whether an object can be written as it is; one that cannot is left to whoever reads the text."""
    try:
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def prompt_text(request: GenRequest) -> str:
    """Return all that a model reads of a request, for estimates."""
    parts = [request.system, *(message.content for message in request.messages)]
    if request.schema is not None and request.mode in ("strict", "tool"):
        parts.append(json.dumps(request.schema, ensure_ascii=False))
    return "\n\n".join(parts)
