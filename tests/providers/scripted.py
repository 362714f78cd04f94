"""A provider that plays a script, a ledger that remembers, and a loop whose clock jumps instead of waiting."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from granulator.model import Usage
from granulator.providers.base import (
    Deadline,
    EventSink,
    GenRequest,
    GenResult,
    Kind,
    Message,
    ModelProfile,
    ProviderFault,
    Stop,
    StreamEvent,
)
from granulator.providers.breaker import DEFAULT_BREAKERS, BreakerPolicy
from granulator.providers.call import Answer, Caller, CallRequest, Planned, Target
from granulator.providers.retrying import DEFAULT_POLICY, RetryPolicy

T = TypeVar("T")

PROFILE = ModelProfile(structured="strict", dialect="openai", context=100_000, max_output=8_000, supports_seed=True)
FOREVER = float("inf")


def result(text: str = '{"title":"Tides"}', stop: Stop = Stop.COMPLETE, **changes: object) -> GenResult:
    made = GenResult(text, stop, Usage(input_tokens=10, output_tokens=5), "served-model")
    return replace(made, **changes)  # type: ignore[arg-type]


def fault(kind: Kind, message: str = "it said no", **changes: object) -> ProviderFault:
    return replace(ProviderFault(kind, message), **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Step:
    """What a provider does with one call: after so many seconds it gives the outcome."""

    outcome: GenResult | Exception
    seconds: float = 0.0
    pieces: tuple[str, ...] = ()


Played = GenResult | Exception | Step


@dataclass(slots=True)
class ScriptedProvider:
    """Plays one step per call, then answers; it remembers what it was asked, when, and what was broken off."""

    name: str
    script: list[Played]
    now: Callable[[], float]
    requests: list[GenRequest] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    broken_off: int = 0

    async def complete(self, request: GenRequest, deadline: Deadline, on_event: EventSink | None = None) -> GenResult:
        self.requests.append(request)
        self.deadlines.append(deadline)
        self.times.append(self.now())
        played = self.script.pop(0) if self.script else result()
        step = played if isinstance(played, Step) else Step(played)
        for piece in step.pieces if on_event else ():
            assert on_event is not None
            on_event(StreamEvent(piece))
        try:
            await (asyncio.Event().wait() if step.seconds == FOREVER else asyncio.sleep(step.seconds))
        except asyncio.CancelledError:
            self.broken_off += 1
            raise
        if isinstance(step.outcome, Exception):
            raise step.outcome
        return step.outcome

    async def warm_up(self) -> None:
        return

    async def aclose(self) -> None:
        return


@dataclass(slots=True)
class Ledger:
    """A recorder that writes down what it is told; it can refuse, be slow, or fail."""

    rows: list[tuple[str, ...]] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)
    outcomes: list[GenResult | ProviderFault] = field(default_factory=list)
    latencies: list[int] = field(default_factory=list)
    refusals: dict[int, Exception] = field(default_factory=dict)
    start_seconds: float = 0.0
    settle_seconds: float = 0.0
    settle_error: Exception | None = None

    async def started(self, call: Planned) -> str:
        await asyncio.sleep(self.start_seconds)
        number = len(self.planned) + 1
        if (refusal := self.refusals.get(number)) is not None:
            raise refusal
        self.planned.append(call)
        self.rows.append(("started", str(number)))
        return str(number)

    async def settled(self, attempt_id: str, outcome: GenResult | ProviderFault, latency_ms: int) -> None:
        await asyncio.sleep(self.settle_seconds)
        if self.settle_error is not None:
            raise self.settle_error
        self.outcomes.append(outcome)
        self.latencies.append(latency_ms)
        self.rows.append(("settled", attempt_id, _word(outcome)))


def _word(outcome: GenResult | ProviderFault) -> str:
    return outcome.kind.value if isinstance(outcome, ProviderFault) else outcome.stop.value


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer, so that an hour passes in no time and always alike."""

    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self.now


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everything waits and nothing will ever come")
        self._loop.now += max(timeout, 0.0)
        return super().select(0)


class World:
    """A caller with scripted providers on a clock of its own; ``sleeps`` are the pauses it took, in seconds."""

    def __init__(
        self,
        scripts: dict[str, Sequence[Played]],
        *,
        profiles: dict[str, ModelProfile] | None = None,
        policy: RetryPolicy = DEFAULT_POLICY,
        breakers: BreakerPolicy = DEFAULT_BREAKERS,
        jitter: float = 1.0,
    ) -> None:
        self.loop = VirtualLoop()
        self.providers = {
            name: ScriptedProvider(name, list(script), self.loop.time) for name, script in scripts.items()
        }
        self.profiles = profiles or {}
        self.ledger = Ledger()
        self.sleeps: list[float] = []
        self.caller = Caller(
            self.providers.__getitem__,
            self,
            policy=policy,
            breakers=breakers,
            jitter=lambda: jitter,
            sleep=self._sleep,
            monotonic=self.loop.time,
        )

    def profile(self, provider: str, model: str) -> ModelProfile:
        return self.profiles.get(model, self.profiles.get(provider, PROFILE))

    def request(self, *targets: str | Target, seconds: float = 120.0, **changes: object) -> CallRequest:
        """A call to ``provider`` or ``provider/model`` with so many seconds from now."""
        made = CallRequest(
            targets=tuple(target if isinstance(target, Target) else _target(target) for target in targets),
            system="You write courses.",
            messages=(Message("user", "Tides"),),
            max_output_tokens=4_000,
            deadline=Deadline(self.loop.time() + seconds),
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    def call(self, request: CallRequest, on_event: EventSink | None = None) -> Answer:
        return self.run(self.caller.call(request, self.ledger, on_event))

    def run(self, work: Coroutine[object, object, T]) -> T:
        return self.loop.run_until_complete(work)

    def wait(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    def asked(self, provider: str) -> int:
        """How often a provider was called."""
        return len(self.providers[provider].requests)

    def close(self) -> None:
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    def _sleep(self, seconds: float) -> Awaitable[None]:
        self.sleeps.append(round(seconds, 6))
        return asyncio.sleep(seconds)


def _target(name: str) -> Target:
    provider, _, model = name.partition("/")
    return Target(provider, model or f"{provider}-model")
