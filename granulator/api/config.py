"""The ``config`` of a request: how a structure is to be made, as sent and as an order has it."""

from __future__ import annotations

from typing import Annotated, Final, cast

from pydantic import Field, StringConstraints

from granulator.api.wire import Flag, Number, Text, WholeNumber
from granulator.casing import RequestModel
from granulator.granulation.order import OrderSettings, Priority

ORDER_FIELDS: Final = {"ai_provider": "provider", "ai_model": "model"}
"""Names in ``config`` that an order has under another."""


class GranulateConfig(RequestModel):
    """How to make it."""

    ai_provider: Annotated[Text, StringConstraints(min_length=1, max_length=100)] | None = None
    ai_model: Annotated[Text, StringConstraints(min_length=1, max_length=200)] | None = None
    temperature: Annotated[Number, Field(ge=0, le=1)] | None = None
    max_tokens: Annotated[WholeNumber, Field(ge=1, le=128_000)] | None = None
    system_prompt: Annotated[Text, StringConstraints(min_length=1, max_length=20_000)] | None = None
    validation: Flag = True
    validation_level: Annotated[WholeNumber, Field(ge=1, le=3)] = 2
    validation_threshold: Annotated[Number, Field(ge=0, le=100)] | None = Field(
        default=None, description="Without it that of the template holds, else 85."
    )
    fallback: (
        Annotated[list[Annotated[Text, StringConstraints(min_length=1, max_length=300)]], Field(max_length=5)] | None
    ) = None
    max_cost_usd: Annotated[Number, Field(gt=0, le=1000)] | None = None
    seed: Annotated[WholeNumber, Field(ge=0, le=2**31 - 1)] | None = None
    priority: Priority = Field(default="normal", description="Which of the jobs that wait is begun first.")


def settings_of(how: GranulateConfig) -> OrderSettings:
    """Return what a checked ``config`` decides of an order."""
    return OrderSettings(
        provider=how.ai_provider,
        model=how.ai_model,
        temperature=how.temperature,
        max_tokens=how.max_tokens,
        system_prompt=how.system_prompt,
        seed=how.seed,
        fallback=None if how.fallback is None else tuple(how.fallback),
        max_cost_usd=how.max_cost_usd,
        validation=how.validation,
        validation_level=how.validation_level,
        validation_threshold=how.validation_threshold,
        priority=how.priority,
    )


def override_of(how: GranulateConfig) -> OrderSettings:
    """Return the settings that were sent; another provider does not get the model of the one before."""
    sent = {ORDER_FIELDS.get(name, name) for name in how.model_fields_set}
    if "provider" in sent:
        sent.add("model")
    return cast(OrderSettings, {name: value for name, value in settings_of(how).items() if name in sent})
