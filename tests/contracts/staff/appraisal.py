"""Appraisal: rows of its lists, what its addresses are about, how its forms are filled in, its jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from common.models import Job
from staff.models import (
    Appeal,
    Appraisal,
    AppraisalResult,
    AppraisalSheet,
    Appraised,
    PerformanceFactor,
    Worker,
    WorkerHonour,
)
from staff.services import appraisal as services
from staff.services.appraisal_pay import pay_start
from staff.services.appraisal_sheets import sheet_save, sheet_send
from tests.contracts.filling import Fill, Sent, about, act
from tests.contracts.staff.grades import own, worker
from tests.contracts.world import Rows, World
from tests.factories.appraisal import make_appeal, make_appraisal, make_appraised, make_result, make_sheet, put
from tests.factories.grid import make_unit

OFFICE, DISTRICT, PAYROLL = "street_officer", "district_officer", "payroll_officer"
# What adding up and making final write, all of it or nothing.
BOARD = "社区的考核结果对全区公示"


def _period(world: World, here: bool = True, **fields: Any) -> Appraisal:
    """Of a unit of its own, so that no two are the same."""
    unit = make_unit(f"江南第{next(world.numbers)}网格", parent=world.community(here))
    return make_appraisal(unit, **fields)


def period(world: World, here: bool = True) -> Appraisal:
    return _period(world, here)


def of_street(world: World, state: str = "open", **fields: Any) -> Appraisal:
    """Organised by the street, each of another year."""
    first = date(2026 - next(world.numbers), 1, 1)
    row = make_appraisal(world.tree.street, first_day=first, last_day=first + timedelta(days=89))
    one = make_appraised(row, world.community(), worker(world))
    make_result(one)
    return put(row, state, **fields)


def appraised(world: World, here: bool = True, state: str = "reckoned", of: Worker | None = None) -> Appraised:
    return result(world, here, state, of).appraised


def result(world: World, here: bool = True, state: str = "reckoned", of: Worker | None = None) -> AppraisalResult:
    row = _period(world, here)
    found = make_result(make_appraised(row, world.community(here), of or worker(world, here)))
    put(row, state)
    found.appraisal.refresh_from_db()
    return found


def of_board(world: World, here: bool = True) -> AppraisalResult:
    """A published community, named as no other."""
    row = _period(world, here, subject="community")
    unit = make_unit(f"江南{next(world.numbers)}社区", parent=world.community(here).parent)
    found = make_result(make_appraised(row, unit), score=f"{50 + next(world.numbers) % 50}.00")
    put(row, "published")
    return found


def appeal(world: World, here: bool = True) -> Appeal:
    return make_appeal(result(world, here, "published"), world.user("community_worker", here))


def appeal_in_street(world: World) -> Appeal:
    row = of_street(world, "published")
    return make_appeal(row.results.get(), world.user("community_worker"))


def sheet(world: World, here: bool = True) -> AppraisalSheet:
    return make_sheet(appraised(world, here, "open"), world.user("community_worker", here))


def sheet_in_street(world: World) -> AppraisalSheet:
    one = of_street(world).appraised.get()
    return make_sheet(one, world.user("community_worker"))


def honour(world: World, here: bool = True) -> WorkerHonour:
    return WorkerHonour.objects.create(
        worker=worker(world, here), name="最美社工", level="city", given_by="市民政局", given_on=date(2025, 9, 20)
    )


def _own_result(world: World, state: str = "published") -> Appraised:
    return appraised(world, state=state, of=own(world))


def _own(make: Callable[[World], Any]) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": make(world).pk}


def _own_pages(world: World) -> dict[str, Any]:
    own(world)
    return {}


def _own_appeal(world: World) -> Appeal:
    one = _own_result(world)
    return make_appeal(one.results.get(), world.user("community_worker"))


ROWS: dict[str, Rows] = {
    "staff:appraisals": Rows(period, lambda row: row.unit.name),
    "staff:appraisal-results": Rows(result, lambda row: row.appraised.worker.number),
    "staff:appeals": Rows(appeal, lambda row: row.appraised.worker.number),
    "staff:board": Rows(of_board, lambda row: row.appraised.unit.name, shared=BOARD),
}
OF_MODEL: dict[str, Callable[[World, bool], Any]] = {
    "Appraisal": period, "Appraised": appraised, "AppraisalResult": result, "Appeal": appeal, "AppraisalSheet": sheet,
    "WorkerHonour": honour,
}  # fmt: skip
MODEL_OF: dict[str, str] = {"staff-api:appraisal": "Appraisal", "staff-api:appraisal-result": "AppraisalResult"}
SPECIAL: dict[str, Callable[[World], dict[str, Any]]] = {
    "staff:appraisal-act": lambda world: {"pk": of_street(world, "reckoned").pk, "action": "publish"},
    "staff:appeal-act": lambda world: {"pk": appeal_in_street(world).pk, "action": "reject"},
    "staff:sheet-excuse": _own(sheet_in_street),
    "staff:appraised": lambda world: {"pk": of_board(world).appraised_id},  # a colleague reads the board only
    "staff:result-correct": lambda world: {"pk": of_street(world, "final").appraised.get().pk},
    "staff:own-sheet": _own(sheet),
    "staff:own-appraisal": _own(_own_result),
    "staff:own-appeal": _own(_own_result),
    "staff:own-appeal-withdraw": _own(_own_appeal),
    **dict.fromkeys(("staff:own-appraisals", "staff:own-record"), _own_pages),
}
API_LISTS = {
    "staff-api:appraisals": "staff:appraisals", "staff-api:appraisal-results": "staff:appraisal-results",
}  # fmt: skip


def _opened(world: World) -> Sent:
    worker(world)
    first, _ = services.period_of("quarter", timezone.localdate())
    return Sent(OFFICE, {"subject": "worker", "period": f"quarter:{first}", "unit": str(world.tree.street.pk)})


def _scored(world: World) -> Sent:
    made = sheet(world)
    score = made.scores.get()
    return Sent("community_worker", {f"score_{score.pk}": "88.5", "do": "save"}, {"pk": made.pk})


def _next_month(world: World) -> dict[str, Any]:
    return {"month": f"{timezone.localdate().replace(day=1) + timedelta(days=32):%Y-%m}"}


FORMS: dict[str, Fill] = {
    "staff:appraisal-open": _opened,
    "staff:appraisal-act measure": act("measure", of_street, OFFICE),
    "staff:appraisal-act close": act("close", of_street, OFFICE),
    "staff:appraisal-act send_back": act("send_back", lambda world: of_street(world, "reckoned"), OFFICE, note="出勤有误"),
    "staff:appraisal-act publish": act("publish", lambda world: of_street(world, "reckoned"), OFFICE, note="核对无误"),
    "staff:appraisal-act finish": act(
        "finish", lambda world: of_street(world, "published", appeal_until=date(2020, 1, 1)), OFFICE
    ),
    "staff:appeal-act uphold": act("uphold", appeal_in_street, OFFICE, line="home:duty", points="92.5", note="核实属实"),
    "staff:appeal-act reject": act("reject", appeal_in_street, OFFICE, note="核对无误"),
    "staff:appeal-act withdraw": act("withdraw", appeal_in_street, OFFICE, note="本人电话要求撤回"),
    "staff:sheet-excuse": about(OFFICE, sheet_in_street, lambda world: {"why": "出差"}),
    "staff:result-correct": about(
        OFFICE, lambda world: of_street(world, "final").appraised.get(),
        lambda world: {"line": "home:duty", "points": "70", "why": "核查发现漏报"},
    ),
    "staff:appraisal-pay": about(PAYROLL, lambda world: of_street(world, "final"), _next_month),
    "staff:honour-add": about(
        OFFICE, worker,
        lambda world: {"name": "最美社工", "level": "city", "given_by": "市民政局", "given_on": "2025-09-20", "document": ""},
    ),
    "staff:honour-remove": about(OFFICE, honour, lambda world: {"why": "登记到别人名下"}),
    "staff:own-sheet": _scored,
    "staff:own-appeal": about("community_worker", _own_result, lambda world: {"text": "出勤少算一天"}),
}  # fmt: skip


# --- jobs


def _with_points(world: World, cycle: str = "quarter") -> Appraisal:
    """One worker of the street, whose officer has scored."""
    worker(world)
    actor = world.user(OFFICE)
    row = services.appraisal_open(
        actor=actor, unit=world.tree.street, subject="worker", cycle=cycle, first_day=timezone.localdate()
    )
    for one in row.sheets.all():
        points = dict.fromkeys(one.scores.values_list("pk", flat=True), Decimal(80))
        sheet_save(sheet=one, user=one.judge, points=points)
        sheet_send(sheet=one, user=one.judge)
    return row


def closing(world: World) -> Job:
    return services.step_start(appraisal=_with_points(world), actor=world.user(OFFICE), step="close")


def closed(world: World) -> tuple[str, int]:
    row = Appraisal.objects.get()
    return row.state, row.results.count()


def paying(world: World) -> Job:
    row = of_street(world, "final")
    month = (timezone.localdate().replace(day=1) + timedelta(days=32)).replace(day=1)
    return pay_start(appraisal=row, actor=world.user(PAYROLL), month=month, key="test")


def paid(world: World) -> list[Decimal]:
    return list(PerformanceFactor.objects.values_list("percent", flat=True))
