"""Checking figures that were typed into a table of rules."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any


def number(value: Any) -> Decimal | None:
    """The figure, or ``None`` when it is none."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def between(value: Any, label: str, low: str, high: str, *, whole: bool = False) -> Iterator[str]:
    """What is wrong with a figure, if anything. ``whole``: no fractions."""
    found = number(value)
    if found is None:
        yield f"“{label}”应为数字。"
    elif not Decimal(low) <= found <= Decimal(high):
        yield f"“{label}”应在 {low} 与 {high} 之间。"
    elif whole and (isinstance(value, float) or found != int(found) or str(value).strip() != str(int(found))):
        yield f"“{label}”应为整数。"
