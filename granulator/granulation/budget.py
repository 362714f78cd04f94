"""Whether an order can be kept within its ``maxCostUsd``, as far as that can be told before any call is made."""

from __future__ import annotations

from granulator.economy import pricing
from granulator.errors import BudgetExceeded
from granulator.granulation import generation, prompts
from granulator.granulation.drafts import DRAFTS
from granulator.granulation.drafts.base import Wanted
from granulator.granulation.metering import nano_usd, price_of
from granulator.granulation.order import DEFAULT_MAX_TOKENS, Order
from granulator.granulation.plan import sizes
from granulator.granulation.result import usd
from granulator.model import Template, Usage
from granulator.providers import tokens
from granulator.providers.registry import LOCAL
from granulator.services import Services


def check(services: Services, order: Order, template: Template, *, provider: str, model: str) -> None:
    """Refuse an order that is expected to cost more than it may, or whose cost cannot be known.

    Raises BudgetExceeded with ``reason`` estimate or price_unknown.
    """
    if order.max_cost_usd is None or provider == LOCAL:
        return
    targets = services.providers.targets(provider, model, fallback=order.fallback or (), is_callers_choice=False)
    prices = [price_of(services.providers, target.provider, target.model, services.now_ms()) for target in targets]
    if None in prices:
        unknown = targets[prices.index(None)]
        raise BudgetExceeded(
            f"The price of {unknown.provider}/{unknown.model} is unknown, so maxCostUsd cannot be kept",
            maxCostUsd=order.max_cost_usd,
            spent=0,
            reason="price_unknown",
        )
    usage = expected(order, template)
    first = prices[0]
    assert first is not None
    cost = pricing.cost_nano_usd(first, usage)
    if cost > nano_usd(order.max_cost_usd):
        raise BudgetExceeded(
            f"The job is expected to cost ${usd(cost)}",
            maxCostUsd=order.max_cost_usd,
            spent=0,
            reason="estimate",
            estimate=usd(cost),
        )


def expected(order: Order, template: Template) -> Usage:
    """Return the tokens an order is expected to take, without repairs and answers asked for again."""
    planned = sizes(order.structure_type, order.granularity_level, template, order.max_elements)
    wanted = Wanted(
        structure_type=order.structure_type,
        level=order.granularity_level,
        sizes=planned,
        language=order.language,
        words=prompts.asked_words(order.structure_type, template),
    )
    source = 0 if order.source is None or order.source.text is None else tokens.estimate(order.source.text)
    chosen = generation.choose(
        DRAFTS[order.structure_type],
        wanted,
        max_tokens=order.max_tokens or DEFAULT_MAX_TOKENS,
        source_tokens=min(source, generation.SOURCE_TOKENS),
    )
    return Usage(input_tokens=chosen.input_tokens, output_tokens=chosen.output_tokens, is_estimated=True)
