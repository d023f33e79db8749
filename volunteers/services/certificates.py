"""Certificates of service (志愿服务条例 art. 19; 志愿服务记录与证明出具办法).

A certificate says who, what service and how long, who issues it, its number and its day. It costs
nothing, is made from confirmed records only, and anybody who holds it can check it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.http import Http404
from django.utils import timezone

from accounts.services.notifications import message, notify
from common import codes, profile, throttle
from common import events as history
from common.errors import Conflict, Invalid
from common.masks import mask_name
from common.models import Event
from common.series import next_number
from grid.models import Unit
from grid.querysets import covers
from volunteers import events, permissions
from volunteers.choices import VolunteerState
from volunteers.models import Certificate, ServiceRecord, Volunteer
from volunteers.rules import theme_choices

CHECK_CODE = "certificate"
CHECKS = throttle.Rule("certificate", 20, timedelta(minutes=15), "核验次数太多，请 15 分钟后再试。")
WRONG = "没有查到这份证明。请核对证明上的编号和核验码，注意区分字母和数字。"


@dataclass(frozen=True)
class Served:
    """What a volunteer served in a period, by theme: (label, hours, times)."""

    hours: Decimal
    times: int
    themes: tuple[tuple[str, Decimal, int], ...]


@dataclass(frozen=True)
class Checked:
    """What the check page shows: no full name, no card number."""

    certificate: Certificate
    name: str


def served(volunteer: Volunteer, first_day: date, last_day: date) -> Served:
    """Confirmed hours of a volunteer from a first to a last day."""
    rows = (
        ServiceRecord.objects.filter(volunteer=volunteer, voided_at=None, day__range=(first_day, last_day))
        .order_by().values_list("theme").annotate(hours=Sum("hours"), times=Count("pk")).order_by("-hours", "theme")
    )  # fmt: skip
    labels = dict(theme_choices(last_day))
    themes = tuple((labels.get(theme, "其他服务"), hours, times) for theme, hours, times in rows)
    return Served(sum((row[1] for row in themes), Decimal(0)), sum(row[2] for row in themes), themes)


def certificate_issue(
    *,
    actor: Any,
    volunteer: Volunteer,
    first_day: date,
    last_day: date,
    request_key: uuid.UUID,
    unit: Unit | None = None,
) -> Certificate:
    """Issue a certificate over a period. ``request_key`` makes a repeated call hand back the first one.

    ``unit`` is the issuer, the volunteer's own unit by default. Raises ``Http404`` outside the actor's
    area, ``Invalid`` when there is nothing to certify or nobody to name.
    """
    if last_day < first_day or last_day > timezone.localdate():
        raise Invalid("截止日期应不早于起始日期，且不晚于今天。", "last_day")
    with transaction.atomic():
        locked = _locked(volunteer, actor)
        repeated = Certificate.objects.filter(request_key=request_key).first()
        if repeated is not None:
            return repeated
        done = served(locked, first_day, last_day)
        if not done.hours:
            raise Invalid("这段时间没有已确认的服务时长，不能出具证明。", "first_day")
        if not locked.person.name:
            raise Invalid("缺少志愿者姓名，请先补充个人信息。")
        row = _certificate(locked, unit or locked.unit, done, first_day, last_day, request_key, actor)
        history.record(
            row, events.CERTIFIED, actor=actor,
            data={"first": f"{first_day:%Y-%m-%d}", "last": f"{last_day:%Y-%m-%d}", "hours": f"{done.hours:f}"},
        )  # fmt: skip
    return row


def _locked(volunteer: Volunteer, actor: Any) -> Volunteer:
    rows = Volunteer.objects.visible_to(actor, permissions.CERTIFY).select_for_update(of=("self",))
    locked = rows.filter(pk=volunteer.pk).exclude(state=VolunteerState.ERASED).select_related("unit", "person").first()
    if locked is None:
        raise Http404
    return locked


def _certificate(
    volunteer: Volunteer, unit: Unit, done: Served, first: date, last: date, key: uuid.UUID, actor: Any
) -> Certificate:
    today, person = timezone.localdate(), volunteer.person
    series = f"certificate:{today.year}"
    return Certificate(
        number=f"{profile.current().code}Z{today.year}{next_number(series):06d}", volunteer=volunteer, unit=unit,
        name=person.name, id_number=person.id_number, first_day=first, last_day=last, hours=done.hours,
        times=done.times, summary=[[label, f"{hours:f}", times] for label, hours, times in done.themes],
        request_key=key, check_hash=codes.code_hash(check_code(key), CHECK_CODE), issued_on=today, issued_by=actor,
    )  # fmt: skip


def check_code(request_key: uuid.UUID) -> str:
    """The code printed on a certificate."""
    return codes.code_of(request_key, CHECK_CODE)


def certificate_revoke(*, certificate: Certificate, actor: Any, reason: str) -> Certificate:
    """Take a certificate back: the check page says so from now on."""
    reason = reason.strip()
    if not reason:
        raise Invalid("请写明撤销的理由。", "reason")
    with transaction.atomic():
        rows = Certificate.objects.visible_to(actor, permissions.CERTIFY).select_for_update(of=("self",))
        locked = rows.filter(pk=certificate.pk).first()
        if locked is None:
            raise Http404
        if locked.revoked_at is not None:
            raise Conflict("这份证明已经撤销。")
        locked.revoked_at = timezone.now()
        history.record(locked, events.CERTIFICATE_REVOKED, actor=actor, data={"reason": reason}, fields=["revoked_at"])
    return locked


def certificates_withdraw(*, volunteer: Volunteer, actor: Any) -> None:
    """Name and card number go with the person (PIPL art. 47); the check page says that the holder wished it.

    Belongs in the transaction that erases the volunteer, under the volunteer's lock.
    """
    for row in volunteer.certificates.select_for_update().order_by("pk"):
        row.name, row.id_number, row.revoked_at = "", "", row.revoked_at or timezone.now()
        fields = ["name", "id_number", "revoked_at"]
        history.record(row, events.CERTIFICATE_WITHDRAWN, actor=actor, fields=fields)


def certificate_check(*, source: str, number: str, code: str) -> Checked:
    """The certificate behind a number and its code, with a masked name.

    A wrong number and a wrong code answer alike. Raises ``Invalid`` for them, ``TooMany`` past the limit.
    """
    throttle.check(CHECKS, source)
    found = Certificate.objects.filter(number=number.strip().upper()[:24]).select_related("unit").first()
    if not codes.code_fits(code, CHECK_CODE, found.check_hash if found else None) or found is None:
        throttle.note(CHECKS, source)
        raise Invalid(WRONG)
    return Checked(found, mask_name(found.name))


def certificate_want(*, volunteer: Volunteer, first_day: date, last_day: date) -> None:
    """A volunteer asks for a certificate: their unit gets a message. Asked twice a day, noted and told once."""
    if last_day < first_day or last_day > timezone.localdate():
        raise Invalid("截止日期应不早于起始日期，且不晚于今天。", "last_day")
    with transaction.atomic():
        locked = Volunteer.objects.select_for_update(of=("self",)).select_related("unit").get(pk=volunteer.pk)
        if not served(locked, first_day, last_day).hours:
            raise Invalid("这段时间没有已确认的服务时长，不能出具证明。", "first_day")
        days = {"first": f"{first_day:%Y-%m-%d}", "last": f"{last_day:%Y-%m-%d}"}
        if _wanted_today(locked, days):
            return
        history.record(locked, events.CERTIFICATE_WANTED, data=days)
        notify([
            message(
                to=locked.unit, text=f"志愿者 {locked.number} 申请开具 {days['first']} 至 {days['last']} 的服务证明。",
                url=f"/volunteers/certificates/new/?number={locked.number}&first_day={days['first']}&last_day={days['last']}",
                key=f"certificate-wanted:{locked.pk}:{days['first']}:{days['last']}:{timezone.localdate():%Y%m%d}",
            )
        ])  # fmt: skip


def _wanted_today(volunteer: Volunteer, days: dict[str, str]) -> bool:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    asked = Event.objects.filter(stream=volunteer.stream, kind=events.CERTIFICATE_WANTED, at__gte=midnight, data=days)
    return asked.exists()


def may_issue_for(actor: Any, unit: Unit) -> bool:
    """Whether the actor may issue in the name of a unit: one of their own area."""
    return covers(actor.scope.holding(permissions.CERTIFY), unit)
