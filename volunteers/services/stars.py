"""Stars by hours of service (志愿服务记录与证明出具办法), and of a half-year by points (丰南): reached once, kept for good."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from volunteers.models import Programme, ServiceRecord, StarAward, Volunteer
from volunteers.rules import member_rule, star_levels
from volunteers.selectors.points import earned_lines


def award_for(volunteers: Iterable[Volunteer], *, on: date) -> None:
    """Write the stars that the volunteers have reached and do not have yet. Repeatable."""
    policy, levels = star_levels(on)
    keys = [volunteer.pk for volunteer in volunteers]
    hours = (
        ServiceRecord.objects.filter(volunteer__in=keys, voided_at=None)
        .order_by().values_list("volunteer").annotate(total=Sum("hours"))
    )  # fmt: skip
    awards = [
        StarAward(volunteer_id=pk, stars=level.stars, label=level.label, measure=total, policy=policy, on=on)
        for pk, total in hours
        for level in levels
        if total >= level.measure
    ]
    StarAward.objects.bulk_create(awards, ignore_conflicts=True)


def half_of(day: date) -> str:
    """``2026-1`` from January to June, ``2026-2`` from July on."""
    return f"{day.year}-{1 if day.month <= 6 else 2}"


def days_of(half: str) -> tuple[date, date]:
    """First and last day of a half-year."""
    year, part = (int(piece) for piece in half.split("-"))
    return (date(year, 1, 1), date(year, 6, 30)) if part == 1 else (date(year, 7, 1), date(year, 12, 31))


def award_half_year(half: str, *, on: date) -> int:
    """Stars of party members for the points of a half-year that is over (丰南); how many are new. Repeatable.

    Counts what the half-year's days earned in the programme of the member items, reversals taken off, by the
    rule in force on its last day. Only the highest step is written.
    """
    first, last = days_of(half)
    rule = member_rule(last)
    programme = Programme.objects.filter(key=rule.programme).first()
    if on <= last or not rule.levels or programme is None:
        return 0
    before = StarAward.objects.filter(half=half, programme=programme).count()
    awards = []
    for volunteer, points in _earned(programme, first, last):
        reached = [level for level in rule.levels if points >= level.measure]
        if reached:
            awards.append(
                StarAward(
                    volunteer_id=volunteer, programme=programme, half=half, stars=reached[-1].stars,
                    label=reached[-1].label, measure=points, policy=rule.policy, on=on,
                )
            )  # fmt: skip
    StarAward.objects.bulk_create(awards, ignore_conflicts=True)
    return StarAward.objects.filter(half=half, programme=programme).count() - before


def _earned(programme: Programme, first: date, last: date) -> list[tuple[int, Decimal]]:
    """Points that the days of a period earned, per volunteer; a reversal counts for the day it takes back."""
    rows = earned_lines(programme, first, last)
    return list(rows.values_list("account__volunteer").annotate(points=Sum("amount")))
