"""Confirmed service hours (志愿服务记录与证明出具办法): written here only, each with its points and stars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid
from common.models import Event
from grid.models import Unit
from volunteers import events
from volunteers.choices import VolunteerState
from volunteers.models import Agreement, Order, Participation, ServiceRecord, Volunteer
from volunteers.models.activities import MOST_HOURS
from volunteers.rules import points_rule
from volunteers.services import points, stars

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Service:
    """What one volunteer did: from when to when, and ``hours`` of it counted (all of it when none)."""

    volunteer: Volunteer
    unit: Unit
    source: str
    theme: str
    what: str
    started_at: datetime
    ended_at: datetime
    hours: Decimal | None = None
    participation: Participation | None = None
    order: Order | None = None
    agreement: Agreement | None = None


def hours_between(start: datetime, end: datetime) -> Decimal:
    """Hours to the hundredth, half up."""
    seconds = Decimal(str((end - start).total_seconds()))
    return (seconds / 3600).quantize(HUNDREDTH, ROUND_HALF_UP)


def record_services(services: Sequence[Service], *, actor: Any) -> list[ServiceRecord]:
    """Write the records, their events, points and stars, all or none.

    Raises ``Invalid`` for impossible times (end before start, in the future, more than 24 hours or than
    passed) and ``Conflict`` when a volunteer has another record at the time; the sentence names the number.
    """
    now = timezone.now()
    with transaction.atomic():
        people = _locked({service.volunteer.pk for service in services})
        records = [_record(service, people[service.volunteer.pk], actor, now) for service in services]
        _check_overlaps(records, people)
        _write(records, actor, now)
        points.earn_for_records(records, actor=actor)
        stars.award_for(people.values(), on=timezone.localdate(now))
    return records


def void_record(*, record: ServiceRecord, actor: Any, reason: str) -> ServiceRecord:
    """Take a wrong record back: its time is free again, its points are undone by counter-entries."""
    reason = reason.strip()
    if not reason:
        raise Invalid("请写明作废的理由。", "reason")
    with transaction.atomic():
        list(Volunteer.objects.select_for_update().filter(pk=record.volunteer_id))
        locked = ServiceRecord.objects.select_for_update().get(pk=record.pk)
        if locked.voided_at is not None:
            raise Conflict("这条服务记录已经作废。")
        locked.voided_at = timezone.now()
        history.record(locked, events.RECORD_VOIDED, actor=actor, data={"reason": reason}, fields=["voided_at"])
        points.take_back_for_record(locked, actor=actor, reason=reason)
    return locked


def _locked(keys: set[int]) -> dict[int, Volunteer]:
    rows = Volunteer.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    return {row.pk: row for row in rows}


def _record(service: Service, volunteer: Volunteer, actor: Any, now: datetime) -> ServiceRecord:
    if not _on_the_list(volunteer, timezone.localdate(service.started_at)):
        raise Invalid(f"志愿者 {volunteer.number} 不在册，不能登记服务时长。")
    passed = _passed(service, volunteer, now)
    hours = passed if service.hours is None else service.hours
    if hours <= 0 or hours != hours.quantize(HUNDREDTH):
        raise Invalid(f"志愿者 {volunteer.number} 的服务时长应大于 0，最多两位小数。", "hours")
    if hours > passed:
        raise Invalid(f"志愿者 {volunteer.number} 的服务时长 {hours} 小时超过了起止时间之间的 {passed} 小时。", "hours")
    day = timezone.localdate(service.started_at)
    return ServiceRecord(
        volunteer=volunteer, unit=service.unit, source=service.source, theme=service.theme, what=service.what[:100],
        day=day, started_at=service.started_at, ended_at=service.ended_at, hours=hours,
        participation=service.participation, order=service.order, agreement=service.agreement,
        policy=points_rule(day).policy, confirmed_by=actor, confirmed_at=now,
    )  # fmt: skip


def _on_the_list(volunteer: Volunteer, day: date) -> bool:
    """Hours served before somebody left still count."""
    left = volunteer.state == VolunteerState.LEFT and volunteer.left_on is not None and day <= volunteer.left_on
    return volunteer.state == VolunteerState.ACTIVE or left


def _passed(service: Service, volunteer: Volunteer, now: datetime) -> Decimal:
    if service.ended_at <= service.started_at:
        raise Invalid(f"志愿者 {volunteer.number} 的结束时间应晚于开始时间。", "ended_at")
    if service.ended_at > now:
        raise Invalid(f"志愿者 {volunteer.number} 的服务还没有结束，不能提前登记时长。", "ended_at")
    if service.ended_at - service.started_at > timedelta(hours=MOST_HOURS):
        raise Invalid(f"志愿者 {volunteer.number} 的一次服务超过了 24 小时，请按天分开登记。", "ended_at")
    return hours_between(service.started_at, service.ended_at)


def _check_overlaps(records: Sequence[ServiceRecord], people: dict[int, Volunteer]) -> None:
    """One sentence instead of the database's refusal (constraint ``record_no_overlap``)."""
    if not records:
        return
    first, last = min(row.started_at for row in records), max(row.ended_at for row in records)
    kept = ServiceRecord.objects.filter(
        Q(voided_at=None), volunteer__in=people, started_at__lt=last, ended_at__gt=first
    )
    taken: dict[int, list[ServiceRecord]] = {pk: [] for pk in people}
    for row in kept:
        taken[row.volunteer_id].append(row)
    for row in records:
        for other in taken[row.volunteer_id]:
            if row.started_at < other.ended_at and other.started_at < row.ended_at:
                raise Conflict(
                    f"志愿者 {people[row.volunteer_id].number} 在这段时间已有服务记录“{other.what}”"
                    f"（{timezone.localtime(other.started_at):%Y-%m-%d %H:%M} 至 "
                    f"{timezone.localtime(other.ended_at):%H:%M}），时间不能重叠。"
                )
        taken[row.volunteer_id].append(row)


def _write(records: Sequence[ServiceRecord], actor: Any, now: datetime) -> None:
    written: list[Event] = []
    for row in records:
        data = {"what": row.what, "day": f"{row.day:%Y-%m-%d}", "hours": f"{row.hours:f}"}
        written.append(history.link(row, events.RECORDED, actor=actor, data=data, at=now))
    ServiceRecord.objects.bulk_create(records)
    for event, row in zip(written, records, strict=True):
        event.object_id = row.pk
    Event.objects.bulk_create(written)
