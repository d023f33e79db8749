"""Sheets: filled in by their own judge, sent when complete, or excused with a reason by whoever organises."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from staff import events_appraisal as events
from staff.appraisal.words import AppraisalState
from staff.models import Appraisal, AppraisalScore, AppraisalSheet
from staff.selectors.appraisal import may_organise
from staff.services.workers import one_line

HUNDRED = Decimal(100)
CHUNK = 1000


def points_of(text: str, field: str | None = None) -> Decimal:
    """Points as they are typed: 0 to 100, two places at most. Raises ``Invalid``."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise Invalid("得分应为 0 至 100 的数字。", field) from None
    if not value.is_finite() or not 0 <= value <= HUNDRED or value != round(value, 2):
        raise Invalid("得分应在 0 至 100 之间，最多两位小数。", field)
    return value


def sheet_save(*, sheet: AppraisalSheet, user: Any, points: Mapping[int, Decimal | None]) -> AppraisalSheet:
    """Keep points by the key of the item; whatever is changed after sending has to be sent again.

    Raises ``Http404`` for another's sheet, ``Conflict`` once scoring is over or the judge is excused, ``Invalid`` for
    points out of bounds or an item of another sheet.
    """
    with transaction.atomic():
        _open_period(sheet)  # saving and closing look one after the other
        own = _own_open(sheet, user)
        rows = {row.pk: row for row in own.scores.select_for_update().filter(pk__in=points).order_by("pk")}
        if set(points) - set(rows):
            raise Invalid("打分表里没有这一项，请刷新页面后再填写。")
        changed = []
        for key, value in points.items():
            if value is not None and not 0 <= value <= HUNDRED:
                raise Invalid("得分应在 0 至 100 之间。")
            if rows[key].points != value:
                rows[key].points = value
                changed.append(rows[key])
        if changed:
            AppraisalScore.objects.bulk_update(changed, ["points"], CHUNK)
            if own.sent_at is not None:
                own.sent_at = None
                own.save(update_fields=["sent_at"])
    return own


def sheet_send(*, sheet: AppraisalSheet, user: Any) -> AppraisalSheet:
    """Hand in a complete sheet; it may still be changed, and sent again, until scoring is closed."""
    with transaction.atomic():
        period = _open_period(sheet)
        own = _own_open(sheet, user)
        missing = own.scores.filter(points=None).count()
        if missing:
            raise Conflict(f"还有 {missing} 项没有打分，填完再提交。")
        if own.sent_at is not None:
            return own
        own.sent_at = timezone.now()
        own.save(update_fields=["sent_at"])
        history.record(period, events.SHEET_SENT, actor=user, data={"items": own.scores.count()})
    return own


def sheet_excuse(*, sheet: AppraisalSheet, actor: Any, why: str) -> AppraisalSheet:
    """Leave a judge out (away, or too close to somebody): the points given so far do not count.

    Raises ``Http404`` outside the actor's area, ``Refused`` for a sheet of the actor's own, ``Conflict`` when it is too late.
    """
    why = one_line(why, 100, "免评原因", "why")
    if not why:
        raise Invalid("请填写免评原因。", "why")
    with transaction.atomic():
        period = _open_period(sheet)
        row = AppraisalSheet.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=sheet.pk).first()
        if row is None:
            raise Http404
        if not may_organise(actor, period):
            raise Refused("本次考核不由您组织。")
        if row.judge_id == actor.pk:
            raise Refused("不能免去自己的打分，请由另一位同事办理。")
        if row.excused_at is not None:
            return row
        row.excused_at, row.excused_why, row.sent_at = timezone.now(), why, None
        row.save(update_fields=["excused_at", "excused_why", "sent_at"])
        history.record(period, events.SHEET_EXCUSED, actor=actor, data={"judge": str(row.judge), "why": why})
    return row


def _open_period(sheet: AppraisalSheet) -> Appraisal:
    """The period under its lock, still open."""
    period = Appraisal.objects.select_for_update(of=("self",)).select_related("unit").get(pk=sheet.appraisal_id)
    if period.state != AppraisalState.OPEN:
        raise Conflict(f"打分已经结束，现在{AppraisalState(period.state).label}。")
    return period


def _own_open(sheet: AppraisalSheet, user: Any) -> AppraisalSheet:
    own = AppraisalSheet.objects.own(user).select_for_update(of=("self",)).filter(pk=sheet.pk).first()
    if own is None:
        raise Http404
    if own.excused_at is not None:
        raise Conflict("您已被免评，不用再打分。")
    return own
