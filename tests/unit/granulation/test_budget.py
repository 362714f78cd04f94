"""What an order may cost: refused before any call when it is expected to cost more, or when nobody can tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from granulator.economy import pricing
from granulator.errors import BudgetExceeded
from granulator.granulation import budget, metering
from granulator.granulation.order import Order
from granulator.granulation.templates import load
from granulator.model import Source, StructureType, Template
from granulator.services import Services, open_services
from granulator.settings import AliasSettings, Settings
from granulator.store.database import data_file

ORDER = Order("Keeping bees", StructureType.QUIZ, granularity_level=2)
LUNA = "gpt-6-luna"


@pytest.fixture
async def services(ai_settings: Settings) -> AsyncIterator[Services]:
    async with open_services(ai_settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def template() -> Template:
    return next(found for found in load(data_file("templates")) if found.name == "quiz_assessment_standard")


def estimate(services: Services, order: Order, template: Template) -> int:
    price = metering.price_of(services.providers, "openai", LUNA, services.now_ms())
    assert price is not None
    return pricing.cost_nano_usd(price, budget.expected(order, template))


async def test_an_order_may_cost_just_what_it_is_expected_to(services: Services, template: Template) -> None:
    cost = estimate(services, ORDER, template)
    enough, short = [replace(ORDER, max_cost_usd=(cost - less) / 1_000_000_000) for less in (0, 1)]

    budget.check(services, enough, template, provider="openai", model=LUNA)
    with pytest.raises(BudgetExceeded, match="expected to cost") as refused:
        budget.check(services, short, template, provider="openai", model=LUNA)

    assert refused.value.details == {
        "maxCostUsd": short.max_cost_usd,
        "spent": 0,
        "reason": "estimate",
        "estimate": cost / 1_000_000_000,
    }


@pytest.mark.parametrize("model", ["gpt-99-zeta", "gpt-99-zeta#ok"])
async def test_a_price_nobody_knows_is_refused_only_where_there_is_a_limit(
    services: Services, template: Template, model: str
) -> None:
    budget.check(services, ORDER, template, provider="openai", model=model)

    with pytest.raises(BudgetExceeded) as refused:
        budget.check(services, replace(ORDER, max_cost_usd=1000), template, provider="openai", model=model)

    assert refused.value.details == {"maxCostUsd": 1000, "spent": 0, "reason": "price_unknown"}


async def test_a_fallback_without_a_known_price_is_refused_by_name(services: Services, template: Template) -> None:
    order = replace(ORDER, max_cost_usd=1000, fallback=("claude", "lab/lab-2"))

    with pytest.raises(BudgetExceeded, match="The price of lab/lab-2 is unknown"):
        budget.check(services, order, template, provider="openai", model=LUNA)


async def test_local_work_costs_nothing_whatever_the_limit(services: Services, template: Template) -> None:
    order = replace(ORDER, max_cost_usd=0.000000001)

    budget.check(services, order, template, provider="local", model="extractive")


async def test_a_configured_price_is_as_good_as_a_listed_one(ai_settings: Settings, template: Template) -> None:
    own = AliasSettings("own", "openai-compatible", "http://127.0.0.1:9/v1", ("m",), "m", price=("1", "2"))
    settings = replace(ai_settings, providers=replace(ai_settings.providers, aliases=(own,)))

    async with open_services(settings) as services:
        budget.check(services, replace(ORDER, max_cost_usd=1), template, provider="own", model="m")
        with pytest.raises(BudgetExceeded, match="expected to cost"):
            budget.check(services, replace(ORDER, max_cost_usd=0.001), template, provider="own", model="m")


def test_larger_orders_are_expected_to_cost_more(template: Template) -> None:
    source = Source(format="text", text="Bees make honey from nectar and store it in combs of wax. " * 100)
    orders = [replace(ORDER, granularity_level=level) for level in (1, 2, 3, 4, 5)]

    outputs = [budget.expected(order, template).output_tokens for order in orders]
    grounded = budget.expected(replace(ORDER, source=source), template)

    assert outputs == sorted(set(outputs))
    assert grounded.input_tokens > budget.expected(ORDER, template).input_tokens + 1000
    assert grounded.is_estimated
