"""Questions about activities that more than one place asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from common import profile
from common.waiting import place_of
from grid.choices import Level
from grid.models import Unit
from volunteers import permissions, rules
from volunteers.choices import HOLDS_A_PLACE, ActivityState, ParticipationState
from volunteers.models import Activity, Participation, ServiceRecord, Volunteer
from volunteers.policies.activities import LIVE_STATES

COUNTED = (ParticipationState.SERVED, ParticipationState.CONFIRMED)
AREAS = (("own", "本社区"), ("near", "附近"), ("all", "全区"))


# --- places


@dataclass(frozen=True)
class Places:
    """How many places of an activity, and of each of its roles, are taken."""

    capacity: int
    of_roles: dict[int, int]
    taken: int
    taken_of_roles: dict[int, int]

    @property
    def free(self) -> int:
        return max(self.capacity - self.taken, 0)

    def free_for(self, role_id: int | None) -> int:
        """Free places for somebody in a role (or in none)."""
        if role_id is None:
            return self.free
        return max(min(self.free, self.of_roles[role_id] - self.taken_of_roles.get(role_id, 0)), 0)


def places_of(activity: Activity) -> Places:
    """Two queries; inside a service the activity is locked, so the answer holds."""
    held = Participation.objects.filter(activity=activity, state__in=HOLDS_A_PLACE).order_by()
    taken = dict(held.values_list("role").annotate(n=Count("pk")))
    by_role = {key: number for key, number in taken.items() if key is not None}
    return Places(activity.capacity, dict(activity.roles.values_list("pk", "places")), sum(taken.values()), by_role)


def waiting_position(participation: Participation) -> int:
    """Place in the waiting list, from 1: among those who wait for the same role."""
    waiting = Participation.objects.filter(
        activity=participation.activity_id, role=participation.role_id, state=ParticipationState.WAITING
    )
    return place_of(participation, waiting, "joined_at")


def overlapping(activity: Activity, volunteer: Volunteer) -> Participation | None:
    """Another activity at the same time in which the volunteer holds a place."""
    return (
        Participation.objects.filter(
            volunteer=volunteer, state__in=HOLDS_A_PLACE, activity__state__in=LIVE_STATES,
            activity__starts_at__lt=activity.ends_at, activity__ends_at__gt=activity.starts_at,
        )
        .exclude(activity=activity).select_related("activity").order_by("activity__starts_at").first()
    )  # fmt: skip


def overlap_words(other: Participation) -> str:
    start, end = timezone.localtime(other.activity.starts_at), timezone.localtime(other.activity.ends_at)
    return f"已报名同一时间的“{other.activity}”（{start:%Y-%m-%d %H:%M} 至 {end:%H:%M}），一个人不能同时参加两项活动。"


# --- words


def theme_labels(on: date | None = None) -> dict[str, str]:
    """Words of the themes in force; a theme of an older rule shows by its key."""
    return dict(rules.theme_choices(on or timezone.localdate()))


def theme_groups(on: date) -> list[tuple[str, list[tuple[str, str]]]]:
    """Themes to choose from, those of the month first (一月一主题、一节一活动)."""
    of_month = [theme for theme in rules.themes(on) if on.month in theme.months]
    others = [theme for theme in rules.themes(on) if on.month not in theme.months]
    groups = []
    if of_month:
        groups.append((f"{on.month} 月重点", [(theme.key, suggestion(theme)) for theme in of_month]))
    groups.append(("其他主题", [(theme.key, theme.label) for theme in others]))
    return groups


def suggestion(theme: rules.Theme) -> str:
    return f"{theme.label}（{theme.festival}）" if theme.festival else theme.label


def service_days() -> list[tuple[str, str]]:
    """The fixed days of service of the district (社区工作日, 红色星期五)."""
    return [
        (day.name, f"{day.name}（每周{'一二三四五六日'[day.weekday - 1]}）") for day in profile.current().service_days
    ]


def span_words(start: datetime, end: datetime) -> str:
    """2026-11-25（周三）08:30–11:30; the second day is named when it is another one."""
    first, last = timezone.localtime(start), timezone.localtime(end)
    day = f"{first:%Y-%m-%d}（周{'一二三四五六日'[first.weekday()]}）"
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M}"
    return f"{day}{first:%H:%M}–{until}"


# --- hours


def counted_span(participation: Participation) -> tuple[datetime, datetime] | None:
    """From sign-in to sign-out, inside the times of the activity; ``None`` when nothing of it lies inside."""
    start, end = participation.signed_in_at, participation.signed_out_at
    if start is None or end is None:
        return None
    start, end = max(start, participation.activity.starts_at), min(end, participation.activity.ends_at)
    return (start, end) if end > start else None


def late_minutes(participation: Participation) -> int:
    """Full minutes between the start of the activity and a later sign-in."""
    if participation.signed_in_at is None:
        return 0
    seconds = (participation.signed_in_at - participation.activity.starts_at).total_seconds()
    return max(int(seconds // 60), 0)


# --- lists


def with_figures(rows: QuerySet[Activity]) -> QuerySet[Activity]:
    """Adds ``taken`` (places held) and ``waiting``, counted for the rows of a page only."""
    return rows.annotate(taken=_number(HOLDS_A_PLACE), waiting=_number((ParticipationState.WAITING,)))


def _number(states: Iterable[str]) -> Coalesce:
    people = Participation.objects.filter(activity=OuterRef("pk"), state__in=list(states)).order_by()
    counted = people.values("activity").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def search_activities(rows: QuerySet[Activity], text: str) -> QuerySet[Activity]:
    """Activities whose name, place or unit holds the text."""
    return rows.filter(Q(title__icontains=text) | Q(place__icontains=text) | Q(unit__name__icontains=text))


def to_confirm(user: Any) -> QuerySet[Activity]:
    """Ended activities whose hours the person could confirm."""
    return Activity.objects.visible_to(user, permissions.ACTIVITIES).filter(state=ActivityState.ENDED)


def open_activities(at: datetime) -> QuerySet[Activity]:
    """Published activities that are not over: what everybody may see (domain §5)."""
    return Activity.objects.filter(state=ActivityState.PUBLISHED, ends_at__gt=at).order_by("starts_at", "pk")


def public_activity(pk: int) -> Activity | None:
    """One that has been published, even if it is over or cancelled by now; a draft does not exist for residents."""
    rows = Activity.objects.exclude(state=ActivityState.DRAFT).select_related("unit", "team")
    return rows.prefetch_related("roles").filter(pk=pk).first()


def in_reach(rows: QuerySet[Activity], volunteer: Volunteer, area: str) -> QuerySet[Activity]:
    """Activities of the volunteer's own community, of its street, or of the whole district.

    What the street organises is for everybody in its communities.
    """
    level = {"own": Level.COMMUNITY, "near": Level.STREET}.get(area)
    if level is None:
        return rows
    codes = volunteer.unit.path_codes
    path = "/".join(codes[: min(level, len(codes))]) + "/"
    above = Unit.objects.filter(code__in=codes[: min(level, len(codes)) - 1], level__gt=Level.DISTRICT).values("pk")
    return rows.filter(Q(unit__path__startswith=path) | Q(unit__in=above))


def own_participations(volunteer: Volunteer) -> QuerySet[Participation]:
    """A volunteer's own, the latest activity first."""
    return (
        Participation.objects.filter(volunteer=volunteer)
        .select_related("activity__unit", "role").order_by("-activity__starts_at", "-pk")
    )  # fmt: skip


def own_records(volunteer: Volunteer) -> QuerySet[ServiceRecord]:
    """Confirmed hours of a volunteer, the latest first; voided ones are not theirs any more."""
    return (
        ServiceRecord.objects.filter(volunteer=volunteer, voided_at=None)
        .select_related("unit", "participation__activity").order_by("-started_at", "-pk")
    )  # fmt: skip


def answered_and_voided(volunteer: Volunteer) -> QuerySet[ServiceRecord]:
    """The latest records that were taken back after the volunteer's objection, with what they were told."""
    rows = ServiceRecord.objects.filter(volunteer=volunteer, voided_at__isnull=False).exclude(objection_answer="")
    return rows.order_by("-voided_at", "-pk")[:5]


def total_hours(records: Iterable[Any]) -> Decimal:
    return sum((record.hours for record in records), Decimal(0))
