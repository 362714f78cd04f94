"""Writes the price table of the package from genai-prices, for the models the catalog names; prints what changed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from genai_prices.data import providers
from genai_prices.types import ModelInfo, ModelPrice, Provider, StartDateConstraint, TieredPrices

PACKAGE = Path(__file__).parents[1] / "granulator"
MODELS = PACKAGE / "providers" / "models.json"
PRICES = PACKAGE / "economy" / "prices.json"

VENDORS = {"claude": "anthropic", "cloudflare": "cloudflare", "openai": "openai"}

RATES = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cacheRead": "cache_read_mtok",
    "cacheWrite5m": "cache_write_mtok",
    "cacheWrite1h": "cache_write_1h_mtok",
}

Row = dict[str, object]
Table = dict[str, dict[str, list[Row]]]


def table() -> Table:
    """Return kind -> model -> rows, oldest first, of every model that both the catalog and genai-prices know by id."""
    known = json.loads(MODELS.read_text(encoding="utf-8"))["kinds"]
    vendors = {provider.id: provider for provider in providers}
    return {kind: dict(models(vendors[vendor], sorted(known[kind]["models"]))) for kind, vendor in VENDORS.items()}


def models(vendor: Provider, names: list[str]) -> Iterator[tuple[str, list[Row]]]:
    found = {model.id: model for model in vendor.models}
    for name in names:
        if name in found:
            yield name, rows(found[name])


def rows(model: ModelInfo) -> list[Row]:
    if isinstance(model.prices, ModelPrice):
        return [row(model.prices, None)]
    dated: list[Row] = []
    for conditional in model.prices:
        constraint = conditional.constraint
        if constraint is not None and not isinstance(constraint, StartDateConstraint):
            raise SystemExit(f"{model.id}: prices by the hour have no place in the table")
        dated.append(row(conditional.prices, constraint.start_date.isoformat() if constraint else None))
    return dated


def row(price: ModelPrice, valid_from: str | None) -> Row:
    tiered = [value for key in RATES.values() if isinstance(value := getattr(price, key), TieredPrices)]
    starts = sorted({tier.start for value in tiered for tier in value.tiers})
    written: Row = {"validFrom": valid_from} if valid_from else {}
    written |= rates(price, 0)
    if starts:
        written["tiers"] = [{"above": start, **rates(price, start + 1)} for start in starts]
    return written


def rates(price: ModelPrice, input_tokens: int) -> dict[str, str]:
    """The rates a call with that many input tokens pays, as genai-prices chooses them."""
    return {
        name: plain(value, input_tokens) for name, key in RATES.items() if (value := getattr(price, key)) is not None
    }


def plain(value: Decimal | TieredPrices, input_tokens: int) -> str:
    if isinstance(value, TieredPrices):
        reached = [tier.price for tier in value.tiers if input_tokens > tier.start]
        value = reached[-1] if reached else value.base
    return f"{value.normalize():f}"


def text(found: Table, checked_at: str) -> str:
    """The file: one row per line, so that a change of price is a change of one line."""
    head = {
        "checkedAt": checked_at,
        "source": f"genai-prices {version('genai-prices')}",
        "currency": "USD per million tokens",
    }
    lines = ["{", *(f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()), '  "kinds": {']
    blocks = []
    for kind, priced in found.items():
        entries = [
            f"      {json.dumps(name)}: [{(',' + chr(10) + ' ' * 8).join(map(json.dumps, rows))}]"
            for name, rows in priced.items()
        ]
        blocks.append(f"    {json.dumps(kind)}: {{\n" + ",\n".join(entries) + "\n    }")
    return "\n".join(lines) + "\n" + ",\n".join(blocks) + "\n  }\n}\n"


def changes(old: Table, new: Table) -> Iterator[str]:
    for kind in sorted({*old, *new}):
        before, after = old.get(kind, {}), new.get(kind, {})
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                yield f"{kind}/{name}: {json.dumps(before.get(name))} -> {json.dumps(after.get(name))}\n"


def main() -> int:
    new = table()
    old: Table = json.loads(PRICES.read_text(encoding="utf-8"))["kinds"] if PRICES.exists() else {}
    changed = list(changes(old, new))
    sys.stdout.writelines(changed or ["no price changed\n"])
    if sys.argv[1:] == ["--check"]:
        return 1 if changed else 0
    PRICES.write_text(text(new, datetime.now(UTC).date().isoformat()), encoding="utf-8")
    return 0


sys.exit(main())
