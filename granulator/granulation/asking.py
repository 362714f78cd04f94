"""One question to a model until its answer can be used: parsed, read, asked again, given more room.

Every answer that arrives is kept under a name of its own, so that a job taken over repeats no call. How a call is made
is ``providers/call.py``; what is asked and what an answer must hold are the author's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar, cast

from granulator.errors import AiResponseInvalid
from granulator.granulation import parsing
from granulator.granulation.facts import Facts
from granulator.granulation.metering import ANSWERS, Meter
from granulator.granulation.prompts import Prompt
from granulator.model import JsonObject
from granulator.providers import lowering
from granulator.providers.base import (
    Deadline,
    Dialect,
    GenResult,
    Message,
    Mode,
    ProviderFault,
    Stop,
)
from granulator.providers.call import CallRequest, Planned, Target
from granulator.providers.lowering import Lowered
from granulator.providers.tokens import Key, estimate
from granulator.services import Services

T = TypeVar("T")

REASKS: Final = 2
"""How often an answer that is no good is asked for again."""

STREAM_FROM_TOKENS: Final = 2000
"""Answers that will be longer are streamed: a stall or a cut shows early. A short one costs less in one piece."""

THREAD_FROM_CHARACTERS: Final = 32_000
"""Longer answers are parsed outside the event loop."""

Faults = Sequence[tuple[str, str]]
"""What is wrong with an answer: where, and in words a model can act on."""


@dataclass(frozen=True, slots=True)
class Ask(Generic[T]):
    """One question. ``read`` turns the parsed answer into what is wanted, or says what is wrong with it.

    ``tokens`` is about how long the answer will be.
    """

    step: str
    prompt: Prompt
    schema: JsonObject
    name: str
    read: Callable[[JsonObject], tuple[T | None, Faults]]
    tokens: int


@dataclass(frozen=True, slots=True)
class Terms:
    """How a job's calls are made: the models in order, the limits, and what the caller wished for.

    ``max_tokens`` is the most output of one call; ``most_tokens`` what it may be raised to when an answer is cut off.
    ``template`` and ``language`` say whose prompts they are: token estimates are corrected for each.
    """

    targets: tuple[Target, ...]
    deadline: Deadline
    max_tokens: int
    most_tokens: int
    template: str
    language: str
    temperature: float | None = None
    seed: int | None = None
    timeout_ms: int | None = None


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer as it arrived, or as it was kept."""

    text: str
    data: JsonObject | None
    stop: Stop
    provider: str
    model: str
    mode: Mode
    dialect: Dialect
    dropped: tuple[str, ...]
    is_fallback: bool

    def to_json(self) -> JsonObject:
        return {
            "text": self.text,
            "data": self.data,
            "stop": self.stop.value,
            "provider": self.provider,
            "model": self.model,
            "mode": self.mode,
            "dialect": self.dialect,
            "dropped": list(self.dropped),
            "isFallback": self.is_fallback,
        }


class Truncated(AiResponseInvalid):
    """The answer did not fit, not even into twice the room."""


@dataclass(slots=True)
class _Booking:
    """The ledger's side of one call; see ``providers.call.Recorder``."""

    meter: Meter
    step: str
    planned: Planned | None = None

    async def started(self, call: Planned) -> str:
        self.planned = call
        return await self.meter.send(self.step, call)

    async def settled(self, attempt_id: str, outcome: GenResult | ProviderFault, latency_ms: int) -> None:
        answer = None
        if isinstance(outcome, GenResult) and outcome.stop in ANSWERS and self.planned is not None:
            answer = self.meter.answer(self.step, _reply(outcome, self.planned).to_json())
        await self.meter.settle(attempt_id, outcome, latency_ms, answer)


class Asker:
    """Asks the questions of one job. ``kept`` are the answers of earlier attempts at the job, by name."""

    def __init__(
        self, services: Services, meter: Meter, terms: Terms, facts: Facts, kept: Mapping[str, JsonObject]
    ) -> None:
        self._services = services
        self._meter = meter
        self._terms = terms
        self._facts = facts
        self._kept = {step: _from_json(answer) for step, answer in kept.items() if "/" in step}
        for reply in self._kept.values():
            self._note(reply)

    async def ask(self, ask: Ask[T]) -> tuple[T, bool]:
        """Return what the model's answer was read as, and whether its text had to be repaired.

        ``read`` returns something false when nothing can be built from an answer, and what can be built is taken, with
        its faults, after the last time of asking. Raises Truncated when the answer is cut off even with more room,
        AiResponseInvalid when it is no good after all, and what ``Caller.call`` raises.
        """
        room, number, reasks = self._terms.max_tokens, 0, 0
        messages: tuple[Message, ...] = (Message("user", ask.prompt.user),)
        while True:
            number += 1
            reply = await self._reply(f"{ask.step}/{number}", ask.prompt.system, messages, room, ask)
            if reply.stop is Stop.TRUNCATED:
                if room == self._raised(room):
                    raise _truncated(reply, room)
                room = self._raised(room)
                continue
            found = await self._read(ask, reply)
            answer, faults, is_repaired = found
            if answer is not None and not faults:
                return answer, is_repaired
            if reasks == REASKS:
                # What can be built is for validation to judge: it may be off in size or cite what is not there.
                if answer:
                    return answer, is_repaired
                raise _invalid(reply, faults, number)
            reasks += 1
            again = parsing.reask(faults, previous="")
            messages = (messages[0], Message("assistant", reply.text or "{}"), Message("user", again))

    async def text(self, step: str, prompt: Prompt) -> str:
        """Return free text; what is cut off gets more room once, and an empty answer another chance.

        Raises Truncated or AiResponseInvalid, and what ``Caller.call`` raises.
        """
        room, messages = self._terms.max_tokens, (Message("user", prompt.user),)
        for number in range(1, REASKS + 2):
            reply = await self._reply(f"{step}/{number}", prompt.system, messages, room)
            if reply.stop is not Stop.TRUNCATED and reply.text.strip():
                return reply.text
            if reply.stop is Stop.TRUNCATED and room == self._raised(room):
                raise _truncated(reply, room)
            room = self._raised(room)
        raise _invalid(reply, (("$", "the answer is empty"),), number)

    def _raised(self, room: int) -> int:
        """Return the room of the next call after an answer that was cut off: twice as much, but only once."""
        return room if room > self._terms.max_tokens else min(2 * room, self._terms.most_tokens)

    async def _reply(
        self,
        step: str,
        system: str,
        messages: tuple[Message, ...],
        room: int,
        ask: Ask[T] | None = None,
    ) -> _Reply:
        if step in self._kept:
            return self._kept[step]
        booking = _Booking(self._meter, step)
        texts = (system, "" if ask is None else str(ask.schema), *(message.content for message in messages))
        first = self._terms.targets[0]
        key = Key(first.provider, first.model, self._terms.template, self._terms.language)
        estimated, calibration = sum(estimate(text) for text in texts), self._services.providers.calibration
        request = CallRequest(
            targets=self._terms.targets,
            system=system,
            messages=messages,
            max_output_tokens=room,
            deadline=self._terms.deadline,
            schema=None if ask is None else ask.schema,
            schema_name="answer" if ask is None else ask.name,
            temperature=self._terms.temperature,
            seed=self._terms.seed,
            # What is held for a call must not be less than it costs, so experience may only raise it.
            input_tokens=round(estimated * max(1.0, calibration.factor(key))),
            streams=ask is None or ask.tokens >= STREAM_FROM_TOKENS,
            timeout_ms=self._terms.timeout_ms,
        )
        answer = await self._services.providers.caller.call(request, booking)
        assert booking.planned is not None
        if not (answer.is_fallback or answer.result.usage.is_estimated):
            calibration.learn(key, estimated, answer.result.usage.input_tokens)
        reply = _reply(answer.result, booking.planned)
        self._note(reply)
        return reply

    def _note(self, reply: _Reply) -> None:
        self._facts.note(model=reply.model, dropped=reply.dropped, is_fallback=reply.is_fallback)

    async def _read(self, ask: Ask[T], reply: _Reply) -> tuple[T | None, Faults, bool]:
        def work() -> tuple[T | None, Faults, bool]:
            return _read(ask, reply)

        return await self._services.in_thread(work) if len(reply.text) > THREAD_FROM_CHARACTERS else work()


def _read(ask: Ask[T], reply: _Reply) -> tuple[T | None, Faults, bool]:
    value, is_repaired = reply.data, False
    if value is None:
        parsed = parsing.parse(reply.text, is_clean_stop=True, is_strict=reply.mode in ("strict", "tool"))
        if parsed.value is None:
            return None, (("$", parsed.reason or "the answer is not one JSON object"),), False
        value, is_repaired = parsed.value, parsed.repaired
    lowered: Lowered = lowering.lower(ask.schema, reply.dialect)
    restored = lowered.restore(value)
    if not isinstance(restored, dict):
        return None, (("$", "the answer is not one JSON object"),), False
    answer, faults = ask.read(restored)
    return answer, faults, is_repaired


def _reply(result: GenResult, planned: Planned) -> _Reply:
    return _Reply(
        text=result.text,
        data=result.data,
        stop=result.stop,
        provider=planned.provider,
        model=result.model_served,
        mode=planned.mode,
        dialect=planned.dialect,
        dropped=planned.dropped,
        is_fallback=planned.is_fallback,
    )


def _from_json(kept: JsonObject) -> _Reply:
    data = kept["data"]
    return _Reply(
        text=str(kept["text"]),
        data=data if isinstance(data, dict) else None,
        stop=Stop(str(kept["stop"])),
        provider=str(kept["provider"]),
        model=str(kept["model"]),
        mode=cast(Mode, kept["mode"]),
        dialect=cast(Dialect, kept["dialect"]),
        dropped=tuple(str(name) for name in cast(list[str], kept["dropped"])),
        is_fallback=kept["isFallback"] is True,
    )


def _truncated(reply: _Reply, room: int) -> Truncated:
    return Truncated(
        f"{reply.provider} was cut off at {room} tokens of output",
        provider=reply.provider,
        model=reply.model,
        kind="truncated",
        retryable=True,
        originalError="the answer is longer than the limit",
        partialCharacters=len(reply.text),
    )


def _invalid(reply: _Reply, faults: Faults, number: int) -> AiResponseInvalid:
    first = f"{faults[0][0]}: {faults[0][1]}" if faults else "the answer cannot be used"
    return AiResponseInvalid(
        f"{reply.provider} gave no usable answer in {number} calls",
        provider=reply.provider,
        model=reply.model,
        kind="invalid",
        retryable=True,
        originalError=first[:300],
        partialCharacters=len(reply.text),
    )
