"""What a supplier is paid for a month (蛟河): what was collected in it, less what came back in it.

A redemption counts in the month it was collected and, negative, in the month it was returned. So the
lines of a month that is over never change, whatever comes later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet

from common.months import moments_of
from volunteers.choices import RedemptionState
from volunteers.models import Provider, Redemption

HANDED_OUT, TAKEN_BACK = "发放", "退货冲减"


@dataclass(frozen=True)
class SettlementLine:
    """One redemption in a month's sheet; a return is negative."""

    redemption: Redemption
    at: datetime
    sign: int

    @property
    def what(self) -> str:
        return HANDED_OUT if self.sign > 0 else TAKEN_BACK

    @property
    def quantity(self) -> int:
        return self.sign * self.redemption.quantity

    @property
    def points(self) -> Decimal:
        return self.sign * self.redemption.points

    @property
    def value(self) -> Decimal:
        return self.sign * self.redemption.value


@dataclass(frozen=True)
class SettlementSum:
    lines: int
    quantity: int
    points: Decimal
    value: Decimal


def collected_in(rows: QuerySet[Redemption], provider: Provider, month: date) -> QuerySet[Redemption]:
    start, end = moments_of(month)
    return rows.filter(shop__provider=provider, collected_at__gte=start, collected_at__lt=end)


def returned_in(rows: QuerySet[Redemption], provider: Provider, month: date) -> QuerySet[Redemption]:
    start, end = moments_of(month)
    return rows.filter(shop__provider=provider, state=RedemptionState.RETURNED, ended_at__gte=start, ended_at__lt=end)


def settlement_lines(rows: QuerySet[Redemption], provider: Provider, month: date) -> list[SettlementLine]:
    """Lines of the month among ``rows``, in the order they happened."""
    rows = rows.select_related("product", "shop__unit", "volunteer")
    lines = [
        *(SettlementLine(row, row.collected_at, 1) for row in collected_in(rows, provider, month) if row.collected_at),
        *(SettlementLine(row, row.ended_at, -1) for row in returned_in(rows, provider, month) if row.ended_at),
    ]
    return sorted(lines, key=lambda line: (line.at, line.redemption.pk))


def add_up(lines: Iterable[SettlementLine]) -> SettlementSum:
    count, quantity, points, value = 0, 0, Decimal(0), Decimal(0)
    for line in lines:
        count, quantity, points, value = (
            count + 1, quantity + line.quantity, points + line.points, value + line.value,
        )  # fmt: skip
    return SettlementSum(count, quantity, points, value)
