"""Whether an order can be served here, and by which author; nothing is read or stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from granulator import errors
from granulator.granulation import budget, requirements
from granulator.granulation.order import Order
from granulator.granulation.plan import sizes
from granulator.model import StructureType, Template
from granulator.providers.registry import LOCAL
from granulator.services import Services

_NOT_FROM_A_TOPIC: Final = {StructureType.QUIZ: "A quiz", StructureType.KNOWLEDGE_MAP: "A knowledge map"}
"""What would have to state facts about the topic even as a scaffold, and its name in a message."""


@dataclass(frozen=True, slots=True)
class Admissible:
    """An order that can be served, whole with its fallbacks, and what it is served with."""

    order: Order
    template: Template
    provider: str
    model: str


def check(services: Services, order: Order, template: Template) -> Admissible:
    """Return the order as it can be served.

    Raises ProviderNotConfigured, ModelUnavailable, InvalidParameter, InvalidGranularity, SourceRequired or
    BudgetExceeded.
    """
    provider, model = services.providers.resolve(order.provider, order.model)
    services.providers.check_fallback(order.fallback or ())
    order = replace(order, fallback=_fallback(services, order, template))
    _check_author(provider.name, order)
    _check_level(order, template)
    planned = sizes(order.structure_type, order.granularity_level, template, order.max_elements)
    requirements.check(order.structure_type, order.required_elements, planned)
    budget.check(services, order, template, provider=provider.name, model=model)
    return Admissible(order, template, provider.name, model)


def same_author(services: Services, order: Order, changed: Order) -> bool:
    """Return whether what was written for one order can be gone on with for the other.

    What a model planned another model can take up, but not ``local``, nor the other way round.
    """
    before, after = (services.providers.resolve(each.provider, None)[0].name for each in (order, changed))
    return (before == LOCAL) == (after == LOCAL)


def _fallback(services: Services, order: Order, template: Template) -> tuple[str, ...]:
    """Return the chain of the request, else that of the template as far as it can be used here."""
    if order.fallback is not None:
        return order.fallback
    return tuple(name for name in template.fallback if services.providers.can_stand_in(name))


def _check_level(order: Order, template: Template) -> None:
    """Refuse a granularity level that the template's bounds exclude, if it says so itself."""
    levels = template.structure_rules.get("granularityLevels")
    if isinstance(levels, Sequence) and order.granularity_level not in levels:
        raise errors.InvalidGranularity(
            f"Template '{template.name}' is for granularity level {', '.join(map(str, levels))}",
            field="granularityLevel",
            path="input.granularityLevel",
            value=order.granularity_level,
            supported=list(levels),
        )


def _check_author(provider: str, order: Order) -> None:
    what = _NOT_FROM_A_TOPIC.get(order.structure_type)
    if provider == LOCAL and what is not None and order.source is None:
        raise errors.SourceRequired(
            f"{what} needs a source: the local provider knows no facts about a topic",
            field="source",
            path="input.source",
        )
