"""Hours owed and served under the agreements of partners, and whether they keep pace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import DecimalField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from common.reporting import Rate
from volunteers import permissions
from volunteers.choices import AgreementState
from volunteers.models import Agreement, PartnerService, Provider, ServiceRecord

CENT = Decimal("0.01")
ENDING = timedelta(days=30)
HOURS: Any = DecimalField(max_digits=12, decimal_places=2)


def with_served(rows: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Adds ``served_hours``: service records that name the agreement, and the partner's own people."""
    records = ServiceRecord.objects.filter(agreement=OuterRef("pk"), voided_at=None)
    services = PartnerService.objects.filter(agreement=OuterRef("pk"), voided_at=None)
    return rows.annotate(served_hours=_sum(records) + _sum(services))


def _sum(rows: QuerySet) -> Any:
    found = rows.order_by().values("agreement").annotate(sum=Sum("hours")).values("sum")
    return Coalesce(Subquery(found, output_field=HOURS), Decimal(0), output_field=HOURS)


@dataclass(frozen=True)
class Pace:
    """How an agreement stands on a day. ``expected``: hours due by now when served evenly.

    Whoever serves late is left alone until half of the time has passed; from then on fewer hours than
    expected are ``behind``.
    """

    owed: Decimal
    served: Decimal
    expected: Decimal
    behind: bool
    ending: bool
    short: bool

    @property
    def missing(self) -> Decimal:
        return max(self.owed - self.served, Decimal(0))

    @property
    def rate(self) -> Rate:
        return Rate(self.served, self.owed)

    @property
    def words(self) -> tuple[str, str]:
        """State of the pace and its colour."""
        if not self.missing:
            return "已服务满", "green"
        if self.short:
            return f"到期欠 {self.missing:f} 小时", "red"
        if self.behind:
            return "进度落后", "amber"
        return ("即将到期", "amber") if self.ending else ("进度正常", "green")


def pace(agreement: Any, on: date) -> Pace:
    """The agreement must come with its ``served_hours``."""
    days = (agreement.last_day - agreement.first_day).days + 1
    passed = min(max((on - agreement.first_day).days + 1, 0), days)
    owed, served = agreement.owed_hours, Decimal(agreement.served_hours).quantize(CENT)
    expected = (owed * passed / days).quantize(CENT, ROUND_HALF_UP)
    active = agreement.state == AgreementState.ACTIVE
    over = on > agreement.last_day
    return Pace(
        owed=owed, served=served, expected=expected,
        behind=active and not over and on >= half_time(agreement) and served < expected,
        ending=active and not over and on >= agreement.last_day - ENDING,
        short=active and over and served < owed,
    )  # fmt: skip


def half_time(agreement: Agreement) -> date:
    """The day on which half of the time has passed."""
    return agreement.first_day + (agreement.last_day - agreement.first_day) / 2


def standing(rows: QuerySet[Agreement], which: str, on: date) -> list[int]:
    """Keys of the running agreements that are ``behind``, ``ending`` or ``short``."""
    running: Iterable[Agreement] = with_served(rows.filter(state=AgreementState.ACTIVE))
    return [row.pk for row in running if getattr(pace(row, on), which)]


def possible_partners(user: Any) -> QuerySet[Provider]:
    """Providers with whom the person may make an agreement."""
    return Provider.objects.visible_to(user, permissions.PARTNERS).active().order_by("unit__path", "name")
