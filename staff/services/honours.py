"""Honours of a worker, for the promotion record."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid
from staff import events_appraisal as events
from staff.appraisal.words import HonourLevel
from staff.models import Worker, WorkerHonour
from staff.services.workers import known_choice, locked_worker, one_line


def honour_add(
    *, worker: Worker, actor: Any, name: str, level: str, given_by: str, given_on: date, document: str = "",
    submission: UUID | None = None,
) -> WorkerHonour:  # fmt: skip
    """Raises ``Http404``, ``Refused``, ``Invalid`` for a day to come, ``Conflict`` when it is there already."""
    level = known_choice(level, HonourLevel, "level")
    name, given_by = one_line(name, 60, "荣誉名称", "name"), one_line(given_by, 60, "授予单位", "given_by")
    if not name or not given_by:
        raise Invalid("请填写荣誉名称和授予单位。", "name")
    if given_on > timezone.localdate():
        raise Invalid("授予日期不能晚于今天。", "given_on")
    with transaction.atomic():
        locked = locked_worker(worker, actor)
        if history.was_submitted(locked, events.HONOUR_ADDED, submission):
            return locked.honours.get(name=name, given_on=given_on)
        row = WorkerHonour(
            worker=locked, name=name, level=level, given_by=given_by, given_on=given_on,
            document=one_line(document, 60, "文号", "document"),
        )  # fmt: skip
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            raise Conflict(f"{given_on:%Y-%m-%d} 的“{name}”已经登记过。") from None
        data = {"name": name, "given_by": given_by, "given_on": given_on.isoformat()}
        history.record(locked, events.HONOUR_ADDED, actor=actor, data=history.keyed(data, submission))
    return row


def honour_remove(*, honour: WorkerHonour, actor: Any, why: str) -> None:
    """Take out what was entered wrongly, with the reason."""
    why = one_line(why, 100, "理由", "why")
    if not why:
        raise Invalid("请填写理由。", "why")
    with transaction.atomic():
        locked = locked_worker(honour.worker, actor)
        row = WorkerHonour.objects.select_for_update().filter(pk=honour.pk, worker=locked).first()
        if row is None:
            raise Conflict("这项荣誉已经删除。")
        row.delete()
        history.record(locked, events.HONOUR_REMOVED, actor=actor, data={"name": row.name, "why": why})
