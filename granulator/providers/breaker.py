"""When a provider is left alone: a breaker per model, and the pause of a whole provider. Makes no calls."""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Generic, Literal, TypeVar

from granulator.providers.retrying import stated_wait

log = logging.getLogger(__name__)

Verdict = Literal["answered", "failed", "cools", "pauses", "none"]
"""What a call says about its provider: it works, it does not, it asks for time, it refuses our key or account."""

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A map of the most recently used keys, at most ``limit`` of them."""

    def __init__(self, limit: int, new: Callable[[], V]) -> None:
        self._limit = limit
        self._new = new
        self._values: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, key: K) -> V:
        """Return the value of ``key``, a new one where there is none."""
        if key not in self._values:
            self[key] = self._new()
        self._values.move_to_end(key)
        return self._values[key]

    def __setitem__(self, key: K, value: V) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > self._limit:
            self._values.popitem(last=False)

    def items(self) -> list[tuple[K, V]]:
        """Return what is kept, without counting as a use."""
        return list(self._values.items())


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a breaker opens and for how long; all times are seconds."""

    streak: int = 5
    window_seconds: float = 30.0
    window_calls: int = 10
    window_share: float = 0.5
    open_seconds: float = 30.0
    probe_wait_seconds: float = 5.0
    pause_seconds: float = 300.0
    longest_cooling_seconds: float = 3600.0
    kept_models: int = 512


DEFAULT_BREAKERS = BreakerPolicy()


@dataclass(frozen=True, slots=True)
class Blocked:
    """No call may go out before ``until`` (monotonic seconds); ``is_cooling`` when the provider named the time."""

    until: float
    is_cooling: bool = False


@dataclass(slots=True)
class _Line:
    """One model of one provider. It is closed while ``opened_until`` is None, and half open once that has passed."""

    outcomes: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=1000))
    streak: int = 0
    opened_until: float | None = None
    cools_until: float = 0.0
    is_probing: bool = False


class Permit:
    """The right to make one call, to be held with ``with``; a probe that ends without a verdict is given back."""

    __slots__ = ("_breakers", "_is_probe", "_line", "_model", "_provider")

    def __init__(self, breakers: Breakers, line: _Line, provider: str, model: str, *, is_probe: bool) -> None:
        self._breakers = breakers
        self._line = line
        self._provider = provider
        self._model = model
        self._is_probe = is_probe

    def __enter__(self) -> Permit:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._is_probe:
            self._line.is_probing = False

    def record(self, verdict: Verdict, retry_after: float | None = None) -> None:
        """Count how the call ended; ``retry_after`` is in seconds."""
        if verdict == "cools":
            self._breakers.cool(self._line, retry_after)
        elif verdict == "pauses":
            self._breakers.pause(self._provider)
        elif verdict != "none":
            self._breakers.count(self._line, self._name, is_ok=verdict == "answered", is_probe=self._is_probe)

    @property
    def _name(self) -> str:
        return f"{self._provider}/{self._model}"


class Breakers:
    """All breakers of a process. It belongs to one event loop and needs no lock: nothing in it waits."""

    def __init__(self, monotonic: Callable[[], float], policy: BreakerPolicy = DEFAULT_BREAKERS) -> None:
        self._monotonic = monotonic
        self._policy = policy
        self._lines: Recent[tuple[str, str], _Line] = Recent(policy.kept_models, _Line)
        self._paused: dict[str, float] = {}  # at most one entry per configured provider

    def enter(self, provider: str, model: str) -> Permit | Blocked:
        """Return the right to call a model now, or until when there is none."""
        now = self._monotonic()
        if (paused := self._paused.get(provider, 0.0)) > now:
            return Blocked(paused)
        line = self._lines[provider, model]
        if (until := self._shut_until(line, now)) is not None:
            return Blocked(until)
        if line.cools_until > now:
            return Blocked(line.cools_until, is_cooling=True)
        is_probe = line.opened_until is not None
        line.is_probing = is_probe
        return Permit(self, line, provider, model, is_probe=is_probe)

    def shut_for(self, provider: str, model: str) -> float | None:
        """Return for how many seconds a model is left alone after failures, None when it is not."""
        until = max(self._paused.get(provider, 0.0), self._lines[provider, model].opened_until or 0.0)
        left = until - self._monotonic()
        return left if left > 0 else None

    def blocked_until(self, provider: str, model: str) -> float | None:
        """Return when a model may be called again (monotonic seconds), None when it may be now."""
        line = self._lines[provider, model]
        latest = max(self._paused.get(provider, 0.0), line.opened_until or 0.0, line.cools_until)
        return latest if latest > self._monotonic() else None

    def count(self, line: _Line, name: str, *, is_ok: bool, is_probe: bool) -> None:
        """Count one outcome. While a breaker is open, only its probe speaks: the others began before it opened."""
        if line.opened_until is not None and not is_probe:
            return
        now = self._monotonic()
        if is_ok:
            line.opened_until = None
        line.outcomes.append((now, is_ok))
        line.streak = 0 if is_ok else line.streak + 1
        if not is_ok and (is_probe or self._has_tripped(line, now)):
            self._open(line, now, name)

    def cool(self, line: _Line, retry_after: float | None) -> None:
        """Leave a model alone for as long as its provider asked, up to a bound."""
        if (stated := stated_wait(retry_after)) is not None:
            until = self._monotonic() + min(stated, self._policy.longest_cooling_seconds)
            line.cools_until = max(line.cools_until, until)

    def pause(self, provider: str) -> None:
        """Leave every model of a provider alone: its key or account is refused, and a person has to act."""
        now = self._monotonic()
        if self._paused.get(provider, 0.0) > now:
            return
        self._paused[provider] = now + self._policy.pause_seconds
        facts = {"provider": provider, "pauseSeconds": self._policy.pause_seconds}
        log.error("provider refuses our key or account: it is not called for now", extra={"facts": facts})

    def _shut_until(self, line: _Line, now: float) -> float | None:
        if line.opened_until is None:
            return None
        if line.opened_until > now:
            return line.opened_until
        return now + self._policy.probe_wait_seconds if line.is_probing else None

    def _has_tripped(self, line: _Line, now: float) -> bool:
        while line.outcomes and line.outcomes[0][0] <= now - self._policy.window_seconds:
            line.outcomes.popleft()
        failed = sum(not is_ok for _, is_ok in line.outcomes)
        is_bad_window = (
            len(line.outcomes) >= self._policy.window_calls and failed > len(line.outcomes) * self._policy.window_share
        )
        return is_bad_window or line.streak >= self._policy.streak

    def _open(self, line: _Line, now: float, name: str) -> None:
        line.opened_until = now + self._policy.open_seconds
        line.streak = 0
        line.outcomes.clear()
        facts = {"target": name, "openSeconds": self._policy.open_seconds}
        log.warning("breaker opened after repeated failures", extra={"facts": facts})
