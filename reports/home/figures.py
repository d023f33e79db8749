"""Numbers of the home page. Counts stop at a cap; sums over a whole area are kept for a minute per scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import CharField, Count, F, Q, QuerySet, Value
from django.db.models.functions import TruncDate, TruncWeek
from django.utils import timezone

from common.reporting import Rate
from common.scope import Scope
from grid.models import Unit
from petitions.choices import OPEN_STATES, State
from petitions.measures import COUNTED, PARTS, month_bounds, tallied, tallies
from petitions.models import Petition
from reports.comparison import months_before
from reports.selectors import Tally

CAP = 999
KEPT_SECONDS = 60
TREND_DAYS = 30
TREND_WEEKS = 12
TOP_CATEGORIES = 10
T = TypeVar("T")


def capped_counts(boxes: Mapping[str, QuerySet]) -> Counter[str]:
    """How many rows each box holds, none counted further than one past the cap; one statement for all."""
    parts = [
        rows.order_by().annotate(box=Value(name, CharField())).values_list("box", flat=True)[: CAP + 1]
        for name, rows in boxes.items()
    ]
    return Counter(parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0])


def shown(number: int) -> int | str:
    return f"{CAP}+" if number > CAP else number


def kept(name: str, scope: Scope, compute: Callable[[], T]) -> T:
    """A figure of a scope, at most a minute old. People with the same scope share it."""
    seats = sorted((grant.level or 0, grant.unit_id or 0, grant.department_id or 0) for grant in scope.grants)
    place = "-".join(".".join(map(str, seat)) for seat in seats)
    return cache.get_or_set(f"home:{name}:{timezone.localdate():%Y%m%d}:{place}", compute, KEPT_SECONDS)  # type: ignore[return-value]


# --- arrivals


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True)
class Arrivals:
    """Tickets received on a day or in a week, and how many of them have ended since."""

    first: date
    received: int
    ended: int


def arrivals_by_day(rows: QuerySet[Petition], today: date) -> list[Arrivals]:
    """The last thirty days, today included, days without tickets too."""
    days = [today - timedelta(days=back) for back in range(TREND_DAYS - 1, -1, -1)]
    return _arrivals(rows, days, TruncDate("received_at"))


def arrivals_by_week(rows: QuerySet[Petition], today: date) -> list[Arrivals]:
    """The last twelve weeks from Monday, this one included."""
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=back) for back in range(TREND_WEEKS - 1, -1, -1)]
    return _arrivals(rows, weeks, TruncWeek("received_at"))


def _arrivals(rows: QuerySet[Petition], firsts: list[date], period: Any) -> list[Arrivals]:
    found = (
        rows.exclude(state=State.VOIDED)
        .filter(received_at__gte=midnight(firsts[0]))
        .order_by()
        .annotate(period=period)
        .values_list("period")
        .annotate(received=Count("*"), ended=Count("pk", filter=~Q(state__in=OPEN_STATES)))
    )
    by_first = {_day(period): (received, ended) for period, received, ended in found}
    return [Arrivals(first, *by_first.get(first, (0, 0))) for first in firsts]


def _day(period: date | datetime) -> date:
    return timezone.localdate(period) if isinstance(period, datetime) else period


# --- open tickets by unit


@dataclass(frozen=True)
class OpenOfUnit:
    unit_id: int
    name: str
    open: int
    overdue: int


def open_by_unit(rows: QuerySet[Petition], units: QuerySet[Unit], column: str, now: datetime) -> list[OpenOfUnit]:
    """Open and overdue tickets of each unit in organisation order, units without any too."""
    names = list(units.filter(is_active=True).order_by("path").values_list("pk", "name"))
    counted = (
        rows.filter(state__in=OPEN_STATES)
        .order_by()
        .values_list(column)
        .annotate(open=Count("*"), overdue=Count("pk", filter=Q(due_at__lt=now)))
    )
    by_unit = {key: (open_ones, overdue) for key, open_ones, overdue in counted}
    return [OpenOfUnit(key, name, *by_unit.get(key, (0, 0))) for key, name in names]


# --- the month so far


@dataclass(frozen=True)
class CategoryMove:
    """A category this month, and what it had at the same point of last month."""

    category_id: int
    name: str
    now: int
    before: int

    @property
    def more(self) -> int:
        return self.now - self.before

    @property
    def fewer(self) -> int:
        return self.before - self.now


@dataclass(frozen=True)
class MonthSoFar:
    """``rates`` are the three of domain §4, exclusions left out; ``before``: received in the same days of last month."""

    received: int
    before: int
    rates: dict[str, Rate]
    categories: list[CategoryMove]


def month_so_far(rows: QuerySet[Petition], now: datetime, basic: Decimal) -> MonthSoFar:
    """The month's rates and its largest categories beside last month's same days. One pass over both."""
    month = f"{timezone.localtime(now):%Y-%m}"
    first, _ = month_bounds(month)
    last_first, last_end = month_bounds(months_before(month, 1))
    this = Q(received_at__gte=first)
    last = Q(received_at__lt=min(last_end, last_first + (now - first)))
    groups = (
        rows.exclude(state=State.VOIDED)
        .filter(this | last, received_at__gte=last_first)
        .order_by()
        .values("category_id", name=F("category__name"))
        .annotate(
            received=Count("pk", filter=this),
            before=Count("pk", filter=last),
            **tallies(PARTS, now, within=this & COUNTED),
        )
    )
    return _month_of(list[Any](groups), basic)


def _month_of(groups: list[dict[str, Any]], basic: Decimal) -> MonthSoFar:
    total = Tally()
    for group in groups:
        total.all.update({"received": group["received"], "before": group["before"], **tallied(group)})
    moves = [
        CategoryMove(group["category_id"], group["name"], group["received"], group["before"])
        for group in groups
        if group["category_id"] is not None and group["received"]
    ]
    moves.sort(key=lambda move: (-move.now, -move.before, move.category_id))
    return MonthSoFar(total["received"], total.all["before"], total.rates(basic), moves[:TOP_CATEGORIES])
