"""Stars by hours of service (志愿服务记录与证明出具办法): reached once, kept for good."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Sum

from volunteers.models import ServiceRecord, StarAward, Volunteer
from volunteers.rules import star_levels


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
