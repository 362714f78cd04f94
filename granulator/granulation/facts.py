"""How a job was written, gathered while it is: what the ``metadata`` of its answer tells beside the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from granulator.granulation.generation import Plan
from granulator.granulation.progress import Shown
from granulator.model import Job, JsonObject
from granulator.store.ledger import Calls


@dataclass(frozen=True, slots=True)
class Repair:
    """What was repaired in the structure that is kept.

    ``elements`` are the paths of what was written anew, ``dropped`` those of unsound questions, as they were when the
    round began; ``remaining`` is how many issues there are after the last of ``rounds``.
    """

    rounds: int = 0
    elements: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    remaining: int = 0

    @property
    def has_changed(self) -> bool:
        """Whether the structure that is kept is another than was written."""
        return bool(self.elements or self.dropped)

    def to_json(self) -> JsonObject:
        return {
            "rounds": self.rounds,
            "elements": list(self.elements),
            "dropped": list(self.dropped),
            "remaining": self.remaining,
        }


@dataclass(slots=True)
class Facts:
    """``model`` is the one that served the last answer; ``dropped`` are the settings a model did not accept.

    ``is_repaired`` says that an answer was damaged JSON; ``repair`` is there when elements were asked for again.
    ``shown`` is what the job's watchers saw last.
    """

    model: str | None = None
    plan: Plan = "outline"
    prompt_hash: str | None = None
    is_repaired: bool = False
    repair: Repair | None = None
    is_fallback: bool = False
    dropped: dict[str, None] = field(default_factory=dict)
    shown: Shown = field(default_factory=Shown)

    def note(self, *, model: str, dropped: Sequence[str], is_fallback: bool) -> None:
        """Take in one answer of a model."""
        self.model = model
        self.is_fallback = self.is_fallback or is_fallback
        self.dropped.update(dict.fromkeys(dropped))

    def metadata(self, job: Job, calls: Calls, storage: str = "inline") -> JsonObject:
        """Return the ``metadata`` of the job's answer; ``storage`` is inline or blob."""
        return {
            "aiProvider": job.ai_provider,
            "model": self.model or job.model_requested,
            "modelRequested": job.model_requested,
            "validationEnabled": job.validation_enabled,
            "storageType": storage,
            "attempts": calls.count,
            "uncertainAttempts": calls.uncertain,
            "pricing": "unknown" if calls.cost_nano_usd is None else "known",
            "repaired": self.is_repaired or (self.repair is not None and self.repair.has_changed),
            "repair": None if self.repair is None else self.repair.to_json(),
            "droppedParams": list(self.dropped),
            "fallbackUsed": self.is_fallback,
            "plan": self.plan,
            "promptHash": self.prompt_hash,
        }
