"""Amounts of money as people read them. Sums and prices are exact elsewhere; this is the one place that rounds."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")


def shown(usd: Decimal) -> str:
    """Return an amount such as ``$1.23`` or ``$0.0025``.

    From one dollar two places; below it four, without trailing zeros beyond two; an amount that is not zero never
    looks like zero: it is extended to its first significant digit.
    """
    if abs(usd) >= 1:
        return f"${usd.quantize(CENT, ROUND_HALF_EVEN)}"
    places = 4
    rounded = usd.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    if not rounded and usd:
        places = -usd.adjusted()
        rounded = usd.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    whole, _, digits = f"{rounded:f}".partition(".")
    return f"${whole}.{digits[:2]}{digits[2:].rstrip('0')}"
