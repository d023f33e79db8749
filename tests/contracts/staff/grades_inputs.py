"""How the forms of grades and leave are filled in: a part of ``inputs.py``."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from common import calendar
from tests.contracts.filling import Fill, Sent, about, act, today
from tests.contracts.staff.grades import PAYROLL, leave, own, worker
from tests.contracts.world import World

STREET = "street_officer"


def _working_day() -> str:
    """The next one from tomorrow on."""
    day = timezone.localdate() + timedelta(days=1)
    while not calendar.current().is_working_day(day):
        day += timedelta(days=1)
    return f"{day:%Y-%m-%d}"


def _days() -> dict[str, str]:
    return {"kind": "sick", "first_day": _working_day(), "last_day": _working_day(), "reason": "门诊"}


def _own(world: World) -> Sent:
    own(world)
    return Sent("community_worker", _days())


FORMS: dict[str, Fill] = {
    "staff:own-leave-ask": _own,
    "staff:leave-enter": lambda world: Sent(STREET, {"worker": worker(world).number, **_days()}),
    "staff:leave-act": act("approve", leave, STREET),
    "staff:leave-act refuse": act("refuse", leave, STREET, note="当天有全员培训"),
    "staff:leave-act cancel": act("cancel", lambda world: leave(world, state="approved"), STREET, note="提前回来上班"),
    # A bachelor whom nobody has graded as one yet.
    "staff:regrade": about(
        PAYROLL,
        lambda world: worker(world, grade=1, education="bachelor"),
        lambda world: {"reason": "scheme", "on": today()},
    ),
    "staff:grade-correct": about(
        PAYROLL, worker, lambda world: {"grade": "5", "since": today(), "reason": "2025 年漏记一级，江组〔2026〕3号"}
    ),
}
