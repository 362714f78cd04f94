"""Amounts as the API document shows them."""

from decimal import Decimal

import pytest

from granulator.economy.amounts import shown


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        ("0", "$0.00"),
        ("12.345", "$12.34"),
        ("1", "$1.00"),
        ("0.9999", "$0.9999"),
        ("0.99996", "$1.00"),
        ("0.5", "$0.50"),
        ("0.0023250", "$0.0023"),
        ("0.00025", "$0.0002"),
        ("0.00004", "$0.00004"),
        ("0.000000010", "$0.00000001"),
        ("0.0000149", "$0.00001"),
    ],
)
def test_an_amount_is_short_and_never_looks_like_nothing(usd: str, text: str) -> None:
    assert shown(Decimal(usd)) == text
