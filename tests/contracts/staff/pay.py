"""Pay: rows of its lists, what its addresses are about, how its forms are filled in, its files and its job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils import timezone

from common.models import Job, Policy
from common.months import first_of_next
from staff.choices import RunState
from staff.models import PayAddition, PayRun, Slip, Worker
from staff.services import runs
from tests.contracts.filling import Fill, Sent, about, act, today
from tests.contracts.world import PageOfReport, Rows, World
from tests.factories.accounts import PASSWORD
from tests.factories.rules import make_rules
from tests.factories.staff import make_run, make_slip, make_worker

OFFICE = "payroll_officer"
DISTRICT = "薪酬经办在区级，看得到全区"
# What a calculation writes, all of it or nothing.
CALCULATED = frozenset({"staff_payrun", "staff_slip", "staff_paychange", "common_event"})


def worker(world: World, here: bool = True, **fields: Any) -> Worker:
    if not Policy.objects.filter(key="pay_scheme").exists():
        make_rules()
    return make_worker(world.community(here), **fields)


def _month(world: World) -> date:
    number = next(world.numbers)
    return date(2022 + number // 12 % 4, number % 12 + 1, 1)


def run(world: World, here: bool = True, **fields: Any) -> PayRun:
    """A calculated run with one person; nobody of the world did a step of it."""
    person = worker(world, here, grade=10)
    made = make_run(person.unit, _free(person, world), people=1, **{**fields, "state": RunState.CALCULATED})
    make_slip(made, person)
    PayRun.objects.filter(pk=made.pk).update(**{"state": RunState.CALCULATED, **fields})
    made.refresh_from_db()
    return made


def _free(person: Worker, world: World) -> date:
    month = _month(world)
    while PayRun.objects.filter(unit=person.unit, month=month).exists():
        month = _month(world)
    return month


def slip(world: World, here: bool = True) -> Slip:
    return run(world, here).slips.get()


def addition(world: World, here: bool = True) -> PayAddition:
    return PayAddition.objects.create(
        worker=worker(world, here), month=date(2026, 9, 1), label="加班补助", amount="300.00", why="防汛",
        entered_at=timezone.now(),
    )  # fmt: skip


def _state(state: str, **fields: Any) -> Callable[[World], PayRun]:
    return lambda world: run(world, state=state, **fields)


ROWS: dict[str, Rows] = {
    "staff:runs": Rows(run, lambda row: f"{row.month:%Y-%m}", shared=DISTRICT),
    "staff:slips": Rows(slip, lambda row: row.worker.number, shared=DISTRICT),
}
OF_MODEL: dict[str, Callable[[World, bool], Any]] = {"PayRun": run, "Slip": slip, "PayAddition": addition}
MODEL_OF: dict[str, str] = {}
SPECIAL: dict[str, Callable[[World], dict[str, Any]]] = {
    "staff:run-act": lambda world: {"pk": run(world).pk, "action": "check"},
    "staff:run-sheet": lambda world: {"pk": run(world).pk, "sheet": "paysheet"},
    "staff:worker-year": lambda world: {"pk": worker(world).pk, "year": 2026},
    "staff:own-slip": lambda world: {"pk": slip(world).pk},
    "staff:own-year": lambda world: {"year": 2026},
}
ELSEWHERE = {
    "staff:own-pay": "asks for the password again first",
    "staff:own-slip": "asks for the password again first",
    "staff:own-year": "asks for the password again first",
}
CHOSEN = date(2021, 1, 1)


def chosen(world: World) -> PayRun:
    """The run whose sheets are made, of the whole district; a new one once the last has been approved."""
    last = PayRun.objects.filter(unit=world.tree.district, month__year=CHOSEN.year).order_by("month").last()
    if last is None or last.state == RunState.APPROVED:
        return make_run(world.tree.district, first_of_next(last.month) if last else CHOSEN, people=1)
    return last


def in_chosen(world: World, here: bool) -> Slip:
    return make_slip(chosen(world), worker(world, here, grade=10))


def _approved(world: World) -> dict[str, Any]:
    """The bank's file is made of an approved run only, to which no slip can be added any more."""
    runs_so_far = PayRun.objects.filter(unit=world.tree.district, month__year=CHOSEN.year)
    last = runs_so_far.order_by("month").last() or chosen(world)
    PayRun.objects.filter(pk=last.pk).update(state=RunState.APPROVED)
    return {"run": last.pk}


PAGES_OF_REPORTS = {
    "staff.paysheet": PageOfReport(
        "staff:run", Rows(in_chosen, shared=DISTRICT), lambda world: {"run": chosen(world).pk}
    ),
    "staff.differences": PageOfReport(
        "staff:run", Rows(in_chosen, shared=DISTRICT), lambda world: {"run": chosen(world).pk}
    ),
    "staff.bank": PageOfReport("staff:run", Rows(in_chosen, shared=DISTRICT), _approved),
}


def _created(world: World) -> Sent:
    worker(world)
    return Sent(OFFICE, {"unit": str(world.tree.community.pk), "month": "2026-08", "period": "month"})


def _of_worker(**data: Any) -> Fill:
    return about(OFFICE, worker, lambda world: dict(data))


def _password(world: World) -> Sent:
    """The account belongs to a worker."""
    worker(world, user=world.user("community_worker"))
    return Sent("community_worker", {"password": PASSWORD})


FORMS: dict[str, Fill] = {
    "staff:run-create": _created,
    "staff:run-act calculate": act("calculate", run, OFFICE),
    "staff:run-act check": act("check", run, OFFICE, note="已逐项核对"),
    "staff:run-act send_back": act("send_back", run, OFFICE, note="张三的等级有误"),
    "staff:run-act approve": act("approve", _state(RunState.CHECKED), "district_officer"),
    "staff:run-act pay": act("pay", _state(RunState.APPROVED), OFFICE, paid_on=lambda world: today()),
    "staff:run-act archive": act("archive", _state(RunState.PAID), OFFICE),
    "staff:worker-base": _of_worker(valid_from="2026-08", amount="4500.00"),
    "staff:worker-deduction": _of_worker(kind="children", amount="2000.00", valid_from="2026-08"),
    "staff:worker-first-wage": about(OFFICE, worker, lambda world: {"year": today()[:4], "declared_on": today()}),
    "staff:worker-factor": _of_worker(valid_from="2026-08", percent="120.00", why="第二季度考核优秀"),
    "staff:worker-addition": _of_worker(
        month="2026-08", period="month", label="加班补助", amount="300.00", taxed="on", why="防汛值守"
    ),
    "staff:own-confirm": _password,
}


def calculating(world: World) -> Job:
    for grade in (3, 10):
        worker(world, grade=grade)
    made = runs.run_create(actor=world.user(OFFICE), unit=world.tree.district, month=date(2026, 8, 1))
    return runs.calculation_start(run=made, actor=world.user(OFFICE))


def calculated(world: World) -> tuple[str, int]:
    made = PayRun.objects.get()
    return made.state, made.slips.count()
