"""What one field of work does to another.

Changes of the roster that reach into frozen months are made up for in the next run; leave excuses days of a closed month
of attendance.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from common import events as history
from common.models import Event
from staff import events
from staff import events_appraisal as appraisal
from staff.selectors.appraisal import forget_judges
from staff.services.attendance_months import leave_excuses
from staff.services.pay_changes import note_change


def touches_pay(event: Event, worker: Any) -> None:
    """``since`` is empty when only personal fields were changed."""
    if since := event.data.get("since"):
        note_change(worker=worker, since=date.fromisoformat(since), cause=history.kind_of(event.kind).label)


def excuses_days(event: Event, leave: Any) -> None:
    """Leave approved or entered for days of a closed month of attendance."""
    leave_excuses(leave=leave, actor=event.actor)


def judges_change(event: Event, row: Any) -> None:
    """The menu shows sheets to their judges: now, and again when others see the change."""
    forget_judges()
    transaction.on_commit(forget_judges)


for code in (appraisal.OPENED, appraisal.RECKONED, appraisal.SENT_BACK, appraisal.SHEET_EXCUSED):
    history.on(code)(judges_change)
for code in (events.LEAVE_APPROVED, events.LEAVE_ENTERED):
    history.on(code)(excuses_days)
for code in events.TOUCHING_PAY:
    history.on(code)(touches_pay)
