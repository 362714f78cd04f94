"""Owns what a call costs: the price table (``prices.json``), the exact cost of a usage, the most a call can cost.

It keeps no budget and books nothing; a price it does not know is None, never 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from granulator.errors import ConfigurationError
from granulator.model import Usage
from granulator.providers import catalog

PRICES_FILE = Path(__file__).with_name("prices.json")

_NANO_PER_RATE = 1000
"""A rate is USD per million tokens, so one token at rate 1 costs 1,000 nano-USD."""


@dataclass(frozen=True, slots=True)
class Rates:
    """USD per million tokens. Where a vendor has no price for the cache, its input price stands there."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """The rates of the whole call, output included, once its input is above so many tokens."""

    above: int
    rates: Rates


@dataclass(frozen=True, slots=True)
class Price:
    """One row of the price table. ``valid_from`` is None for the first price known of a model."""

    id: str
    rates: Rates
    tiers: tuple[Tier, ...] = ()
    valid_from: date | None = None


def find(kind: str, model: str, on: date) -> Price | None:
    """Return the price of a model on a day: its own, else that of its name without a snapshot's date, else that of
    the model that replaced it; None if it is in no list. A ``#`` and what follows it is no part of the name.
    """
    rows = load().get(kind, {})
    name = model.partition("#")[0]
    for candidate in (name, catalog.undated(name), _replacement(kind, name)):
        if candidate in rows:
            return _newest(rows[candidate], on)
    return None


def fixed(input: Decimal, output: Decimal, id: str) -> Price:
    """Return the price of a configured endpoint: USD per million tokens, whatever the cache does.

    Raises ConfigurationError unless both are finite and not negative.
    """
    if not all(rate.is_finite() and rate >= 0 for rate in (input, output)):
        raise ConfigurationError(f"Price {id}: a rate must be a number that is not negative")
    return Price(id, Rates(input, output, input, input, input))


FREE = fixed(Decimal(0), Decimal(0), "local")
"""The price of what runs here: a real 0, unlike a price that is not known."""


def cost_nano_usd(price: Price, usage: Usage) -> int:
    """Return what a call cost in nano-USD, rounded half-even once, at the end.

    Should a provider report more cached than input tokens, the cached ones are charged and nothing is negative.
    """
    rates = _rates(price, usage.input_tokens)
    cached = usage.cached_input_tokens + usage.cache_write_5m_tokens + usage.cache_write_1h_tokens
    exact = (
        max(0, usage.input_tokens - cached) * rates.input
        + usage.cached_input_tokens * rates.cache_read
        + usage.cache_write_5m_tokens * rates.cache_write_5m
        + usage.cache_write_1h_tokens * rates.cache_write_1h
        + usage.output_tokens * rates.output
    )
    return int((exact * _NANO_PER_RATE).to_integral_value(ROUND_HALF_EVEN))


def reserve_nano_usd(price: Price, input_tokens: int, max_output_tokens: int) -> int:
    """Return the most a call can cost in nano-USD, rounded up: its dearest tier so far, all input at its dearest.

    Some vendors write to their cache unasked, so the five-minute write counts; the hour is only had on request.
    """
    reached = [price.rates, *(tier.rates for tier in price.tiers if input_tokens > tier.above)]
    dearest_input = max(max(rates.input, rates.cache_read, rates.cache_write_5m) for rates in reached)
    dearest_output = max(rates.output for rates in reached)
    return math.ceil((input_tokens * dearest_input + max_output_tokens * dearest_output) * _NANO_PER_RATE)


def checked_at() -> date:
    """Return the day the price table was last compared with its source."""
    return _read(PRICES_FILE).checked_at


@cache
def load(path: Path = PRICES_FILE) -> Mapping[str, Mapping[str, tuple[Price, ...]]]:
    """Return kind -> model -> prices, oldest first. Raises ConfigurationError that says where the file is wrong."""
    return {
        kind: {name: _history(f"{kind}/{name}", rows) for name, rows in models.items()}
        for kind, models in _read(path).kinds.items()
    }


def _newest(prices: tuple[Price, ...], on: date) -> Price | None:
    begun = [price for price in prices if price.valid_from is None or price.valid_from <= on]
    return begun[-1] if begun else None


def _replacement(kind: str, name: str) -> str:
    return catalog.current_name(kind, name) if kind in catalog.load() else name


def _rates(price: Price, input_tokens: int) -> Rates:
    reached = [tier.rates for tier in price.tiers if input_tokens > tier.above]
    return reached[-1] if reached else price.rates


_Decimal = Annotated[str, Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,9})?$")]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)


class _Rates(_Written):
    input: _Decimal
    output: _Decimal
    cache_read: _Decimal | None = None
    # The rule that makes camelCase of names would write 5M here.
    cache_write_5m: Annotated[_Decimal | None, Field(alias="cacheWrite5m")] = None
    cache_write_1h: Annotated[_Decimal | None, Field(alias="cacheWrite1h")] = None

    def rates(self) -> Rates:
        write = self.cache_write_5m or self.input
        return Rates(
            input=Decimal(self.input),
            output=Decimal(self.output),
            cache_read=Decimal(self.cache_read or self.input),
            cache_write_5m=Decimal(write),
            cache_write_1h=Decimal(self.cache_write_1h or write),
        )


class _Tier(_Rates):
    above: Annotated[int, Field(gt=0)]


class _Row(_Rates):
    valid_from: Annotated[date, Field(strict=False)] | None = None
    tiers: list[_Tier] = []


class _File(_Written):
    checked_at: Annotated[date, Field(strict=False)]
    source: str
    currency: str
    kinds: dict[str, dict[str, Annotated[list[_Row], Field(min_length=1)]]]


@cache
def _read(path: Path) -> _File:
    try:
        return _File.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ConfigurationError(f"{path.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _history(name: str, rows: list[_Row]) -> tuple[Price, ...]:
    begun = [row.valid_from or date.min for row in rows]
    if begun != sorted(set(begun)):
        raise ConfigurationError(f"prices.json: {name}: the rows do not follow each other in time")
    return tuple(_price(name, row) for row in rows)


def _price(name: str, row: _Row) -> Price:
    starts = [tier.above for tier in row.tiers]
    if starts != sorted(set(starts)):
        raise ConfigurationError(f"prices.json: {name}: the tiers do not rise")
    return Price(
        id=f"{name}@{row.valid_from.isoformat() if row.valid_from else 'initial'}",
        rates=row.rates(),
        tiers=tuple(Tier(tier.above, tier.rates()) for tier in row.tiers),
        valid_from=row.valid_from,
    )
