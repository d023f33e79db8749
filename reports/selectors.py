"""Figures of a month: one grouped query for all units."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q, QuerySet
from django.utils import timezone

from common.reporting import Rate
from common.scope import Scope, scope_of
from grid.models import Department, Unit
from petitions import permissions as petition_permissions
from petitions.choices import CardLevel, State
from petitions.measures import ADJUSTED, COUNTS, EXCLUDED, PARTS, month_bounds, tallied, tallies
from petitions.models import Petition, SupervisionCard
from reports import permissions
from reports.choices import SPANS, Span

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # a form offers no month before it, whatever was imported
LEFT_OUT = ExpressionWrapper(Q(excluded_at__isnull=False), BooleanField())


@dataclass
class Tally:
    """What was counted for one unit: all tickets, and those of them that are excluded from the adjusted rates."""

    all: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)

    def __getitem__(self, measure: str) -> int:
        """The count of any key of ``petitions.measures.MEASURES``."""
        if measure == EXCLUDED.key:
            return self.excluded["received"]
        if measure.endswith(ADJUSTED):
            key = measure.removesuffix(ADJUSTED)
            return self.all[key] - self.excluded[key]
        return self.all[measure]

    def add(self, counts: dict[str, int], excluded: bool) -> None:
        self.all.update(counts)
        if excluded:
            self.excluded.update(counts)

    def merge(self, other: Tally) -> None:
        self.all.update(other.all)
        self.excluded.update(other.excluded)

    def rates(self, basic: Decimal, suffix: str = "") -> dict[str, Rate]:
        """The three rates (domain §4); ``suffix`` ``_adjusted`` leaves exclusions out.

        ``basic`` is what one 基本满意 counts beside a 满意.
        """
        satisfied = self["satisfied" + suffix] + basic * self["basically" + suffix]
        assessed = self["assessed" + suffix]
        return {
            "response": Rate(self["responded" + suffix], self["response_due" + suffix]),
            "resolution": Rate(self["solved" + suffix], assessed),
            "satisfaction": Rate(satisfied, assessed),
        }


def tally(rows: QuerySet[Petition], column: str, month: str, as_of: datetime) -> dict[int | None, Tally]:
    """Tickets received in a month, counted by the body in ``column``. One query, whatever the number of units."""
    first, end = month_bounds(month)
    groups = (
        rows.exclude(state=State.VOIDED)
        .filter(received_at__gte=first, received_at__lt=end)
        .order_by()
        .annotate(left_out=LEFT_OUT)
        .values("left_out", body=F(column))
        .annotate(**tallies((*COUNTS, *PARTS), as_of))
    )
    found: dict[int | None, Tally] = {}
    for group in groups:
        found.setdefault(group["body"], Tally()).add(tallied(group), group["left_out"])
    return found


def cards(column: str, month: str, as_of: datetime) -> dict[int | None, Counter[str]]:
    """Supervision cards issued in a month up to ``as_of``, by the body in ``column`` and by level.

    Reminders are no cards; those of excluded tickets do not count against anybody.
    """
    first, end = month_bounds(month)
    rows = (
        SupervisionCard.objects.filter(
            issued_at__gte=first, issued_at__lt=end, issued_at__lte=as_of, petition__excluded_at=None
        )
        .exclude(level=CardLevel.REMINDER)
        .exclude(petition__state=State.VOIDED)
        .order_by()
        .values_list(f"petition__{column}", "level")
        .annotate(number=Count("*"))
    )
    found: dict[int | None, Counter[str]] = {}
    for body, level, number in rows:
        found.setdefault(body, Counter())[level] = number
    return found


# --- who sees what


def report_scope(user: Any) -> Scope:
    """The part of a scope in which tickets may be seen and counted."""
    return scope_of(user).holding(petition_permissions.VIEW).holding(permissions.VIEW)


def tickets_of(user: Any, span: Span) -> QuerySet[Petition]:
    """The tickets a person's table counts: those of the area, or those its own departments lead."""
    rows = Petition.objects.visible_to(user, permissions.VIEW)
    scope = report_scope(user)
    if span.level is None and not scope.everything:
        return rows.filter(lead_department__in=scope.department_ids)
    return rows


def oldest_ticket(user: Any) -> date:
    """The day on which the oldest ticket in sight was received; today when there is none."""
    rows = Petition.objects.visible_to(user, permissions.VIEW).order_by("received_at")
    first = rows.filter(received_at__gte=EARLIEST).values_list("received_at", flat=True).first()
    return timezone.localdate(first) if first else timezone.localdate()


def counts_all_it_sees(user: Any) -> bool:
    """Whether the ticket list shows this person just what a report counts, so that a total can link to it."""
    return scope_of(user).holding(petition_permissions.VIEW) == report_scope(user)


def spans_for(user: Any) -> list[Span]:
    """Divisions in which a person sees whole units: their own level and those below, or departments."""
    scope = report_scope(user)
    levels = [grant.level for grant in scope.grants if grant.level is not None]
    highest = min(levels, default=None)
    by_level = [span for span in SPANS.values() if span.level and highest is not None and highest <= span.level]
    return by_level + ([SPANS["department"]] if scope.everything or scope.department_ids else [])


def bodies(user: Any, span: Span) -> list[Unit] | list[Department]:
    """Rows a person sees, in organisation order, closed ones included."""
    if span.level is not None:
        return list(
            Unit.objects.visible_to(user, permissions.VIEW)
            .filter(level=span.level)
            .select_related("parent")
            .order_by("path")
        )
    scope = report_scope(user)
    rows = Department.objects.order_by("sort", "code")
    return list(rows if scope.everything else rows.filter(pk__in=scope.department_ids))


def peers(span: Span) -> dict[int, str]:
    """Every active body that can be ranked, with its kind: a rank is the same whoever looks at it."""
    if span.level is not None:
        return dict(Unit.objects.filter(level=span.level, is_active=True).values_list("pk", "kind"))
    return dict.fromkeys(Department.objects.active().values_list("pk", flat=True), "")


def area_name(user: Any, scope: Scope | None = None) -> str:
    """填报单位: the widest seat from which the person reports (``scope``: what the report needs, if not tickets)."""
    grants = sorted(
        (scope or report_scope(user)).grants,
        key=lambda grant: (grant.level or 9, grant.unit_id or 0, grant.department_id or 0),
    )
    widest = grants[0]
    if widest.unit_id is not None:
        return Unit.objects.values_list("name", flat=True).get(pk=widest.unit_id)
    return Department.objects.values_list("name", flat=True).get(pk__in=[widest.department_id])
