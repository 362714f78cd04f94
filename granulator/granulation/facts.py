"""How a job was written, gathered while it is: what the ``metadata`` of its answer tells beside the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from granulator.granulation.generation import Plan
from granulator.model import Job, JsonObject
from granulator.store.ledger import Calls


@dataclass(slots=True)
class Facts:
    """``model`` is the one that served the last answer; ``dropped`` are the settings a model did not accept."""

    model: str | None = None
    plan: Plan = "outline"
    prompt_hash: str | None = None
    is_repaired: bool = False
    is_fallback: bool = False
    dropped: dict[str, None] = field(default_factory=dict)

    def note(self, *, model: str, dropped: Sequence[str], is_fallback: bool) -> None:
        """Take in one answer of a model."""
        self.model = model
        self.is_fallback = self.is_fallback or is_fallback
        self.dropped.update(dict.fromkeys(dropped))

    def metadata(self, job: Job, calls: Calls) -> JsonObject:
        """Return the ``metadata`` of the job's answer."""
        return {
            "aiProvider": job.ai_provider,
            "model": self.model or job.model_requested,
            "modelRequested": job.model_requested,
            "validationEnabled": job.validation_enabled,
            "storageType": "inline",
            "attempts": calls.count,
            "uncertainAttempts": calls.uncertain,
            "pricing": "unknown" if calls.cost_nano_usd is None else "known",
            "repaired": self.is_repaired,
            "droppedParams": list(self.dropped),
            "fallbackUsed": self.is_fallback,
            "plan": self.plan,
            "promptHash": self.prompt_hash,
        }
