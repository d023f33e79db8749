"""Questions about providers: who may be given an order, and how well each completes what it takes (完成情况)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Avg, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, TruncMonth
from django.utils import timezone

from common.errors import Invalid
from common.reporting import Rate
from volunteers.choices import SERVED_ORDER_STATES, OrderState
from volunteers.models import MenuItem, Order, Provider, VisitDuty
from volunteers.selectors.orders import stars_of

STREET_CODES = 2  # district and street: how much of a path two units of one street share
TAKEN = (OrderState.CLAIMED, *SERVED_ORDER_STATES)


def provider_choices(order: Order | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Providers the order may be given to, in groups: those of its own place and above, then of the same street."""
    if order is None:
        return []
    near: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    street = "".join(f"{code}/" for code in order.unit.path_codes[:STREET_CODES])
    rows = Provider.objects.active()
    if order.visit is not None:
        rows = rows.filter(visit_group=order.visit.group)
    for provider in rows.select_related("unit").order_by("unit__path", "name"):
        entry = (str(provider.pk), f"{provider.name}（{provider.unit.name}）")
        if order.visit is not None or order.unit.path.startswith(provider.unit.path):
            near.append(entry)
        elif provider.unit.path.startswith(street):
            others.append(entry)
    return [(label, entries) for label, entries in (("本单位及上级", near), ("同街道其他", others)) if entries]


def provider_of(key: Any) -> Provider:
    """The active provider behind a key from a form or the API; ``Invalid`` when there is none."""
    if str(key).isascii() and str(key).isdigit() and len(str(key)) < 18:
        found = Provider.objects.active().filter(pk=int(key)).select_related("unit").first()
        if found is not None:
            return found
    raise Invalid("找不到所选的服务单位，请重新选择。", "provider")


def provider_lists(rows: QuerySet[Provider]) -> QuerySet[Provider]:
    """With what the list shows: orders taken and done, average stars."""
    orders = Order.objects.filter(provider=OuterRef("pk"), state__in=TAKEN).order_by().values("provider")
    count = partial(Subquery, output_field=IntegerField())
    return rows.select_related("unit").annotate(
        taken=Coalesce(count(orders.annotate(n=Count("pk")).values("n")), 0),
        done=Coalesce(count(orders.annotate(n=Count("done_at")).values("n")), 0),
        average=Subquery(orders.annotate(n=Avg("stars")).values("n")),
    )


def menu_lists(rows: QuerySet[MenuItem]) -> QuerySet[MenuItem]:
    """With what the list shows: how often each line was ordered."""
    orders = Order.objects.filter(menu_item=OuterRef("pk")).order_by().values("menu_item")
    ordered = Subquery(orders.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return rows.select_related("unit", "provider").annotate(ordered=Coalesce(ordered, 0))


def quarter_of(day: date) -> date:
    """The first day of the quarter."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def visit_lists(rows: QuerySet[VisitDuty]) -> QuerySet[VisitDuty]:
    """With what the list shows: how many units the group has, how this quarter's visit stands."""
    first = quarter_of(timezone.localdate())
    visit = (
        Order.objects.filter(visit=OuterRef("pk"), submitted_at__date__gte=first).order_by("-pk").values("state")[:1]
    )
    units = Provider.objects.active().filter(visit_group=OuterRef("group")).order_by().values("visit_group")
    counted = Subquery(units.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return rows.select_related("unit").annotate(
        visit_state=Coalesce(Subquery(visit), Value("")), units=Coalesce(counted, 0)
    )


@dataclass(frozen=True)
class Completion:
    """How a provider did with the orders that reached it: by month, or altogether."""

    label: str
    taken: int
    done: int
    claimed_in_time: Rate
    done_in_time: Rate
    stars: Decimal | None
    reviews: int


_FIGURES: dict[str, Any] = {
    "taken": Count("pk"),
    "done": Count("pk", filter=Q(state__in=SERVED_ORDER_STATES)),
    "timed": Count("pk", filter=Q(claim_due_at__isnull=False)),
    "prompt": Count("pk", filter=Q(claimed_at__lte=F("claim_due_at"))),
    "kept": Count("pk", filter=Q(state__in=SERVED_ORDER_STATES, done_at__lte=F("finish_due_at"))),
    "average": Avg("stars"),
    "reviews": Count("stars"),
}


def completion(orders: QuerySet[Order], label: str = "合计") -> Completion:
    """Figures of the orders that a provider has taken."""
    return _completion(label, orders.filter(state__in=TAKEN).order_by().aggregate(**_FIGURES))


def completion_by_month(orders: QuerySet[Order]) -> list[Completion]:
    """The same by the month of the claim, the latest first."""
    rows = (
        orders.filter(state__in=TAKEN).order_by().annotate(month=TruncMonth("claimed_at"))
        .values("month").annotate(**_FIGURES).order_by("-month")
    )  # fmt: skip
    return [_completion(f"{row['month']:%Y-%m}", row) for row in rows]


def _completion(label: str, row: Any) -> Completion:
    return Completion(
        label, row["taken"], row["done"], Rate(row["prompt"], row["timed"]), Rate(row["kept"], row["done"]),
        stars_of(row["average"]), row["reviews"],
    )  # fmt: skip
