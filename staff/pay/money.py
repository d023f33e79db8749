"""Money to the fen."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
HUNDRED = Decimal(100)


def fen(amount: Decimal) -> Decimal:
    """Rounded half up to the fen (domain §6)."""
    return amount.quantize(FEN, ROUND_HALF_UP)


def share_of(percent: str) -> Decimal:
    """``"70"`` as 0.7."""
    return Decimal(percent) / HUNDRED


def short(number: Decimal) -> str:
    """Without the zeros nobody needs: ``3600``, ``1.309``."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
