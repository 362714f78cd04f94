"""Prices: the exact cost of a usage, to the last nano-USD the same as genai-prices, and never 0 for an unknown one."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import genai_prices
import pytest
from hypothesis import given
from hypothesis import strategies as st

from granulator.economy import pricing
from granulator.economy.pricing import FREE, Price, Rates, Tier, cost_nano_usd, find, fixed, reserve_nano_usd
from granulator.errors import ConfigurationError
from granulator.model import Usage
from granulator.providers import catalog

TODAY = date(2026, 11, 20)

ROOT = Path(__file__).parents[3]

VENDORS = {"openai": "openai", "claude": "anthropic", "cloudflare": "cloudflare"}

ROWS = [(kind, model, row) for kind, models in pricing.load().items() for model, rows in models.items() for row in rows]

USAGES = [
    Usage(1, 0),
    Usage(0, 1),
    Usage(1500, 3500),
    Usage(100_000, 700, 60_000),
    Usage(100_001, 700, 60_000, cache_write_5m_tokens=20_000),
    Usage(200_000, 1),
    Usage(200_001, 1, cache_write_5m_tokens=1000, cache_write_1h_tokens=3000),
    Usage(272_000, 128_000, 272_000),
    Usage(272_001, 128_000, 1, reasoning_tokens=64_000),
]

counts = st.integers(0, 2_000_000)


def known(kind: str, model: str, on: date = TODAY) -> Price:
    """A price that must be in the table."""
    price = find(kind, model, on)
    assert price is not None
    return price


def reference(kind: str, model: str, usage: Usage, on: date) -> Decimal:
    """What genai-prices makes of a usage, in nano-USD, not rounded; its 1h writes are part of its cache writes."""
    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_input_tokens,
        cache_write_tokens=usage.cache_write_5m_tokens + usage.cache_write_1h_tokens,
        cache_write_1h_tokens=usage.cache_write_1h_tokens,
    )
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    priced = genai_prices.calc_price(counted, model, provider_id=VENDORS[kind], genai_request_timestamp=noon)
    return priced.total_price * 1_000_000_000


@pytest.mark.parametrize(("kind", "model", "row"), ROWS, ids=[row.id for _, _, row in ROWS])
def test_every_row_costs_what_genai_prices_says(kind: str, model: str, row: Price) -> None:
    on = row.valid_from or date(2025, 1, 1)

    assert known(kind, model, on) == row
    for usage in USAGES:
        assert abs(cost_nano_usd(row, usage) - reference(kind, model, usage, on)) <= Decimal("0.5")


@pytest.mark.parametrize("kind", VENDORS)
def test_every_model_that_can_be_called_has_a_price_today(kind: str) -> None:
    assert [model for model in catalog.listed(kind) if find(kind, model, TODAY) is None] == []


def test_the_table_is_what_the_script_would_write() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "update_prices.py"), "--check"]

    checked = subprocess.run(script, capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "no price changed\n", "")


def test_the_example_of_the_estimate_is_exact() -> None:
    assert cost_nano_usd(known("openai", "gpt-4o-mini"), Usage(1500, 3500)) == 2_325_000


def test_one_cached_token_of_the_cheapest_model_is_not_lost() -> None:
    price = known("openai", "gpt-6-luna")

    assert (cost_nano_usd(price, Usage(1, 0)), cost_nano_usd(price, Usage(1, 0, 1))) == (100, 10)


def test_cached_and_written_tokens_are_inside_the_input() -> None:
    usage = Usage(1000, 100, cached_input_tokens=300, cache_write_5m_tokens=200, cache_write_1h_tokens=100)

    # 400 at 2, 300 at 0.1, 200 at 2.5, 100 at 4, 100 out at 10 dollars per million
    assert (
        cost_nano_usd(known("claude", "claude-sonnet-5-5"), usage) == 800_000 + 30_000 + 500_000 + 400_000 + 1_000_000
    )


def test_reasoning_is_inside_the_output_and_is_not_charged_twice() -> None:
    price = known("openai", "gpt-6-sol")

    assert cost_nano_usd(price, Usage(10, 50, reasoning_tokens=40)) == cost_nano_usd(price, Usage(10, 50))


def test_without_a_cache_price_the_cache_costs_what_input_costs() -> None:
    price = known("cloudflare", "@cf/meta/llama-3-8b-instruct")

    assert cost_nano_usd(price, Usage(1000, 0, 400, cache_write_5m_tokens=300)) == 282_000


def test_above_its_start_a_tier_is_paid_for_the_whole_call() -> None:
    price = known("claude", "claude-haiku-5-5")

    assert cost_nano_usd(price, Usage(100_000, 1000)) == 10_000_000 + 500_000
    assert cost_nano_usd(price, Usage(100_001, 1000)) == 50_000_500 + 2_500_000


def test_more_cached_than_input_tokens_never_makes_a_cost_negative() -> None:
    assert cost_nano_usd(known("openai", "gpt-6-luna"), Usage(10, 0, 50)) == 500


def test_rounding_happens_once_and_half_to_even() -> None:
    half = fixed(Decimal("0.0005"), Decimal("0.0005"), "half")

    assert [cost_nano_usd(half, Usage(tokens, 0)) for tokens in (1, 3, 5)] == [0, 2, 2]
    assert cost_nano_usd(half, Usage(1, 1)) == 1


@given(st.lists(st.builds(Usage, counts, counts), max_size=20))
def test_the_cost_of_a_sum_is_the_sum_of_the_costs(usages: list[Usage]) -> None:
    price = known("openai", "gpt-5.4-mini")

    assert cost_nano_usd(price, sum(usages, Usage())) == sum(cost_nano_usd(price, usage) for usage in usages)


def test_find_ignores_a_scenario_and_the_date_of_a_snapshot() -> None:
    names = ["gpt-6-luna", "gpt-6-luna#429:2", "gpt-6-luna-2026-09-22", "gpt-6-luna-20260922#ok"]

    assert [known("openai", name).id for name in names] == ["openai/gpt-6-luna@initial"] * 4


def test_find_prefers_a_snapshots_own_price() -> None:
    assert known("openai", "gpt-4o-2024-05-13").rates.input == 5
    assert known("openai", "gpt-4o-2024-11-20").rates.input == Decimal("2.5")


def test_find_takes_the_price_of_the_replacement_where_a_retired_model_has_none() -> None:
    assert known("claude", "claude-3-5-sonnet-20241022").id == "claude/claude-3-5-sonnet@initial"
    assert known("claude", "claude-3-5-sonnet-latest").id == "claude/claude-sonnet-5-5@initial"


def test_find_gives_the_row_of_the_day() -> None:
    days = [date(2026, 7, 29), date(2026, 7, 30), TODAY]

    found = [known("openai", "gpt-5.6-luna", day) for day in days]

    assert [(price.id, price.valid_from) for price in found] == [
        ("openai/gpt-5.6-luna@initial", None),
        ("openai/gpt-5.6-luna@2026-07-30", date(2026, 7, 30)),
        ("openai/gpt-5.6-luna@2026-07-30", date(2026, 7, 30)),
    ]
    assert [cost_nano_usd(price, Usage(1000, 1000)) for price in found] == [7_000_000, 1_400_000, 1_400_000]


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("openai", "gpt-99"),
        ("openai", "gpt-4o-mini-audio-preview"),
        ("openai", "claude-haiku-5-5"),
        ("openai", "gpt-6-luna-2026"),
        ("openai", ""),
        ("openai-compatible", "gpt-4o-mini"),
        ("gemini", "gemini-3-pro"),
    ],
)
def test_an_unknown_price_is_none_and_never_0(kind: str, model: str) -> None:
    assert find(kind, model, TODAY) is None


def test_row_ids_are_unique_and_say_what_they_price() -> None:
    ids = [row.id for _, _, row in ROWS]

    assert len(set(ids)) == len(ids)
    assert all(row.id.startswith(f"{kind}/{model}@") for kind, model, row in ROWS)


def test_a_price_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        known("openai", "gpt-6-luna").id = "mine"


def test_fixed_charges_input_for_whatever_the_cache_does() -> None:
    price = fixed(Decimal("0.2"), Decimal("1"), "ollama")

    assert (price.id, price.valid_from, price.tiers) == ("ollama", None, ())
    assert cost_nano_usd(price, Usage(1000, 10, 500, cache_write_1h_tokens=200)) == 200_000 + 10_000


@pytest.mark.parametrize("rate", ["-0.1", "NaN", "Infinity"])
def test_fixed_refuses_what_is_no_price(rate: str) -> None:
    with pytest.raises(ConfigurationError, match="Price ollama"):
        fixed(Decimal("0.2"), Decimal(rate), "ollama")


def test_what_runs_here_is_free() -> None:
    assert (FREE.id, cost_nano_usd(FREE, Usage(10**9, 10**9)), reserve_nano_usd(FREE, 10**9, 10**9)) == ("local", 0, 0)


def test_reserve_counts_no_cache_discount_and_the_whole_output() -> None:
    assert reserve_nano_usd(known("openai", "gpt-4o-mini"), 1500, 3500) == 2_325_000


def test_reserve_expects_a_cache_write_nobody_asked_for() -> None:
    assert reserve_nano_usd(known("openai", "gpt-6-luna"), 1000, 0) == 125_000


def test_reserve_pays_the_tier_the_input_reaches() -> None:
    price = known("claude", "claude-haiku-5-5")

    assert reserve_nano_usd(price, 100_000, 1000) == 12_500_000 + 500_000
    assert reserve_nano_usd(price, 100_001, 1000) == 62_500_625 + 2_500_000


def test_reserve_rounds_up_and_takes_the_dearest_tier_even_if_a_later_one_is_cheaper() -> None:
    dear, cheap = (Rates(*[Decimal(rate)] * 5) for rate in ("3.0001", "0.0001"))

    assert reserve_nano_usd(Price("falling", dear, (Tier(10, cheap),)), 11, 1) == 36_002


@given(st.sampled_from(ROWS), counts, counts, counts, counts, counts)
def test_no_call_without_hour_long_writes_costs_more_than_its_reserve(
    row: tuple[str, str, Price], input_tokens: int, output: int, cached: int, written: int, spare: int
) -> None:
    cached = min(cached, input_tokens)
    written = min(written, input_tokens - cached)
    usage = Usage(input_tokens, output, cached, cache_write_5m_tokens=written)

    assert cost_nano_usd(row[2], usage) <= reserve_nano_usd(row[2], input_tokens, output + spare)


def test_checked_at_is_the_day_the_table_was_compared() -> None:
    written = json.loads(pricing.PRICES_FILE.read_text(encoding="utf-8"))

    assert pricing.checked_at().isoformat() == written["checkedAt"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"input": 1, "output": "2"}], "kinds.openai.m.0.input"),
        ([{"input": "1e3", "output": "2"}], "kinds.openai.m.0.input"),
        ([{"input": "-1", "output": "2"}], "kinds.openai.m.0.input"),
        ([{"input": "1"}], "kinds.openai.m.0.output"),
        ([{"input": "1", "output": "2", "cached": "1"}], "kinds.openai.m.0.cached"),
        ([], "kinds.openai.m"),
        ([{"input": "1", "output": "2", "tiers": [{"above": 0, "input": "1", "output": "2"}]}], "m.0.tiers.0.above"),
        (
            [
                {
                    "input": "1",
                    "output": "2",
                    "tiers": [{"above": above, "input": "1", "output": "2"} for above in (9, 5)],
                }
            ],
            "openai/m: the tiers do not rise",
        ),
        (
            [{"validFrom": "2026-02-01", "input": "1", "output": "2"}, {"input": "1", "output": "2"}],
            "openai/m: the rows do not follow each other in time",
        ),
    ],
)
def test_a_broken_price_table_is_refused_with_the_place(tmp_path: Path, rows: list[object], message: str) -> None:
    table = {"checkedAt": "2026-11-20", "source": "test", "currency": "USD", "kinds": {"openai": {"m": rows}}}
    broken = tmp_path / "prices.json"
    broken.write_text(json.dumps(table), encoding="utf-8")

    with pytest.raises(ConfigurationError, match=re.escape(message)):
        pricing.load(broken)
