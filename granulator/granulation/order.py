"""What a caller ordered, as values: made once from a checked request, stored with the job, read again after a crash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypedDict, get_args

from pydantic import TypeAdapter

from granulator.granulation.validation import RequiredElement
from granulator.model import Source, StructureType, Template

DEFAULT_TEMPERATURE: Final = 0.7
DEFAULT_MAX_TOKENS: Final = 4000
DEFAULT_THRESHOLD: Final = 85.0
"""What holds when the caller says nothing: the defaults of the API document."""

Priority = Literal["low", "normal", "high", "critical"]
PRIORITIES: Final[tuple[Priority, ...]] = get_args(Priority)
"""In the order of ``jobs.priority``, which counts from 0; it decides between waiting jobs of one caller."""


@dataclass(frozen=True, slots=True)
class Order:
    """One granulation as ordered. ``timeout_ms`` counts from admission.

    Without ``fallback`` or ``validation_threshold`` those of the template hold.
    """

    topic: str
    structure_type: StructureType
    template_name: str | None = None
    granularity_level: int = 3
    target_audience: str | None = None
    max_elements: int | None = None
    language: str = "en"
    source: Source | None = None
    required_elements: tuple[RequiredElement, ...] = ()
    provider: str | None = None
    model: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    system_prompt: str | None = None
    seed: int | None = None
    fallback: tuple[str, ...] | None = None
    max_cost_usd: float | None = None
    validation: bool = True
    validation_level: int = 2
    validation_threshold: float | None = None
    timeout_ms: int = 120_000
    priority: Priority = "normal"

    def model_settings(self) -> list[str]:
        """Return the wire names of the settings sent that only a language model could honour."""
        sent = {
            "temperature": self.temperature,
            "maxTokens": self.max_tokens,
            "systemPrompt": self.system_prompt,
            "seed": self.seed,
        }
        return [name for name, value in sent.items() if value is not None]

    def to_json(self) -> str:
        return ORDER.dump_json(self).decode("utf-8")


class OrderSettings(TypedDict, total=False):
    """The fields of an order that ``config`` decides."""

    provider: str | None
    model: str | None
    temperature: float | None
    max_tokens: int | None
    system_prompt: str | None
    seed: int | None
    fallback: tuple[str, ...] | None
    max_cost_usd: float | None
    validation: bool
    validation_level: int
    validation_threshold: float | None
    priority: Priority


ORDER = TypeAdapter(Order)


def threshold(asked: float | None, template: Template) -> float:
    """Return the score (0..100) that a structure must reach: that of the request, else of the template, else 85."""
    if asked is not None:
        return asked
    return DEFAULT_THRESHOLD if template.threshold is None else template.threshold


def from_json(stored: str) -> Order:
    """Return the order a job was admitted with."""
    return ORDER.validate_json(stored)
