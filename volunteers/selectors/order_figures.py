"""Figures of service orders by unit, kind, provider or month, each in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Left, TruncMonth
from django.utils import timezone

from volunteers import permissions
from volunteers.choices import SERVED_ORDER_STATES, OrderState
from volunteers.models import Order
from volunteers.selectors.figures import path_length
from volunteers.selectors.orders import stars_of

ENDED = (OrderState.REFUSED, OrderState.WITHDRAWN)
TAKEN = (OrderState.CLAIMED, *SERVED_ORDER_STATES)


@dataclass
class OrderFigures:
    """Orders placed in a period, as they stand: what became of them, in time or not, and how they were reviewed."""

    placed: int = 0
    ended: int = 0
    taken: int = 0
    done: int = 0
    timed: int = 0
    prompt: int = 0
    kept: int = 0
    reviews: int = 0
    points: int = 0

    def merge(self, other: OrderFigures) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def stars(self) -> Decimal | None:
        return stars_of(Decimal(self.points) / self.reviews) if self.reviews else None


COUNTS: dict[str, Any] = {
    "placed": Count("pk"),
    "ended": Count("pk", filter=Q(state__in=ENDED)),
    "taken": Count("pk", filter=Q(state__in=TAKEN)),
    "done": Count("pk", filter=Q(state__in=SERVED_ORDER_STATES)),
    "timed": Count("pk", filter=Q(state__in=TAKEN, claim_due_at__isnull=False)),
    "prompt": Count("pk", filter=Q(state__in=TAKEN, claimed_at__lte=F("claim_due_at"))),
    "kept": Count("pk", filter=Q(state__in=SERVED_ORDER_STATES, done_at__lte=F("finish_due_at"))),
    "reviews": Count("stars"),
    "points": Sum("stars", default=0),
}


def placed_in(user: Any, first: date, last: date) -> QuerySet[Order]:
    """Orders of the person's area that were placed from a first to a last day."""
    zone = timezone.get_default_timezone()
    start = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    return Order.objects.visible_to(user, permissions.VIEW).filter(submitted_at__gte=start, submitted_at__lt=end)


def orders_by_unit(rows: QuerySet[Order], level: int) -> dict[Any, OrderFigures]:
    """By the path of the unit of ``level`` that an order lies under; shorter paths lie above it."""
    return _grouped(rows, Left("unit__path", path_length(level)))


def orders_by_kind(rows: QuerySet[Order]) -> dict[Any, OrderFigures]:
    return _grouped(rows, F("kind"))


def orders_by_provider(rows: QuerySet[Order]) -> dict[Any, OrderFigures]:
    """By the name of the provider; ``None``: taken by a volunteer, or by nobody yet."""
    return _grouped(rows, F("provider__name"))


def orders_by_month(rows: QuerySet[Order]) -> dict[Any, OrderFigures]:
    """By the month of placing, as ``2026-09``."""
    return {f"{month:%Y-%m}": found for month, found in _grouped(rows, TruncMonth("submitted_at")).items()}


def _grouped(rows: QuerySet[Order], by: Any) -> dict[Any, OrderFigures]:
    grouped: Any = rows.order_by().annotate(part=by).values("part").annotate(**COUNTS)
    return {row.pop("part"): OrderFigures(**row) for row in grouped}
