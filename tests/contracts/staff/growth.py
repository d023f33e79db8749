"""Entries of training, rotation, mentoring, contests, promotion and attendance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from common import calendar, sign_codes
from common.models import Job
from grid.models import Unit
from staff.models import (
    AttendanceSheet,
    AttendanceTotal,
    Contest,
    Enrolment,
    Exam,
    MentorPair,
    Promotion,
    RotationPlan,
    RotationSite,
    RotationTurn,
    TrainingPlan,
    TrainingSession,
    Worker,
)
from staff.scheduling import period_of
from staff.services.attendance import secret_of
from staff.services.enrolments import secret_of as training_secret
from staff.services.rotation import start_planning
from tests.contracts.filling import Fill, Sent, about, act, plain, today
from tests.contracts.staff.grades import own, worker
from tests.contracts.world import Rows, World
from tests.factories import growth as make
from tests.factories.grid import make_unit

OFFICE = "street_officer"


def office(world: World, here: bool = True) -> Unit:
    return world.tree.street if here else world.tree.other_street


def plan(world: World, here: bool = True) -> TrainingPlan:
    worker(world, here)  # the rules are there
    return make.make_plan(office(world, here))


def session(world: World, here: bool = True, **fields: Any) -> TrainingSession:
    return make.make_session(plan(world, here), **fields)


def begun(world: World, here: bool = True) -> TrainingSession:
    """Under way since an hour, with somebody who came and somebody who did not."""
    row = session(world, here, starts=timezone.now() - timedelta(hours=1))
    make.make_enrolment(row, worker(world, here), state="present", signed_in_at=timezone.now())
    make.make_enrolment(row, worker(world, here))
    return row


def enrolment(world: World, here: bool = True) -> Enrolment:
    return begun(world, here).enrolments.order_by("pk").last()


def exam(world: World, here: bool = True) -> Exam:
    """Somebody passed, somebody failed."""
    row = make.make_exam(plan(world, here))
    make.make_score(row, worker(world, here))
    make.make_score(row, worker(world, here), "42.0")
    return row


def site(world: World, here: bool = True) -> RotationSite:
    return make.make_site(office(world, here), make_unit(parent=office(world, here)))


def rotation(world: World, here: bool = True) -> RotationPlan:
    """From this half month on, the plans of a world one after the other; a turn under way."""
    worker(world, here)
    first = period_of(timezone.localdate())
    number = RotationPlan.objects.filter(unit=office(world, here)).count()
    start = first.first if not number else date(first.first.year + number, first.first.month, first.first.day)
    row = make.make_rotation(office(world, here), start)
    make.make_turn(row, site(world, here), worker(world, here), first.first, first.last)
    return row


def turn(world: World, here: bool = True) -> RotationTurn:
    return rotation(world, here).turns.get()


def turn_over(world: World) -> RotationTurn:
    """Ended yesterday."""
    row = turn(world)
    last = timezone.localdate() - timedelta(days=1)
    RotationTurn.objects.filter(pk=row.pk).update(first_day=last - timedelta(days=10), last_day=last)
    return row


def running(world: World) -> RotationTurn:
    """From yesterday until tomorrow."""
    row = turn(world)
    now = timezone.localdate()
    RotationTurn.objects.filter(pk=row.pk).update(first_day=now - timedelta(days=1), last_day=now + timedelta(days=1))
    return row


def pair(world: World, here: bool = True) -> MentorPair:
    row = make.make_pair(worker(world, here), worker(world, here))
    row.check_ins.create(day=timezone.localdate(), note="一起走访 3 户", written_at=timezone.now())
    return row


def contest(world: World, here: bool = True) -> Contest:
    row = make.make_contest(office(world, here))
    make.make_result(row, worker(world, here))
    return row


def promotion(world: World, here: bool = True) -> Promotion:
    return make.make_promotion(worker(world, here))


def last_month() -> date:
    return (timezone.localdate().replace(day=1) - timedelta(days=1)).replace(day=1)


def sheet(world: World, here: bool = True, **fields: Any) -> AttendanceSheet:
    """Of a community of its own, last month, closed."""
    unit = make_unit(parent=office(world, here))
    row = make.make_sheet(unit, last_month(), **fields)
    make.make_total(row, worker(world, here))
    return row


def total(world: World, here: bool = True) -> AttendanceTotal:
    return sheet(world, here).totals.get()


def working_day() -> date:
    """Today, or the last working day before it."""
    day = timezone.localdate()
    while not calendar.current().is_working_day(day):
        day -= timedelta(days=1)
    return day


def _head(world: World) -> Worker:
    """The reader leads the community by the roster: its attendance is theirs to look after."""
    row = own(world)
    Worker.objects.filter(pk=row.pk).update(rank="both_heads")
    return row


def _led(world: World) -> dict[str, Any]:
    _head(world)
    return {"pk": world.community().pk}


def _board(world: World) -> dict[str, Any]:
    _head(world)
    worker(world)
    return {}


def _marked(world: World) -> dict[str, Any]:
    _head(world)
    return {"pk": worker(world).pk, "day": f"{working_day():%Y-%m-%d}"}


def _own(world: World) -> dict[str, Any]:
    """The reader's own pages, with everything on them."""
    row = own(world)
    _own_pair(world)
    make.make_enrolment(session(world), row)
    make.make_score(make.make_exam(plan(world)), row)
    return {}


def _scan(world: World) -> dict[str, Any]:
    own(world)
    row = session(world, starts=timezone.now())
    return {"token": sign_codes.token(row.pk, training_secret(row), sign_codes.IN, timezone.now())}


def _day_scan(world: World) -> dict[str, Any]:
    own(world)
    unit = world.community()
    return {"token": sign_codes.token(unit.pk, secret_of(unit), sign_codes.IN, timezone.now())}


def _own_pair(world: World) -> MentorPair:
    mine = own(world)
    known = MentorPair.objects.filter(apprentice=mine).first()
    return known or make.make_pair(worker(world), mine)


ROWS: dict[str, Rows] = {
    "staff:training-plans": Rows(plan, lambda row: row.title),
    "staff:trainings": Rows(session, lambda row: row.title),
    "staff:training-hours": Rows(worker, lambda row: row.number),
    "staff:exams": Rows(exam, lambda row: row.number),
    "staff:rotation": Rows(turn, lambda row: row.worker.number),
    "staff:rotation-sites": Rows(site),
    "staff:rotation-plans": Rows(rotation),
    "staff:pairs": Rows(pair, lambda row: row.apprentice.number),
    "staff:contests": Rows(contest, lambda row: row.title),
    "staff:promotions": Rows(promotion, lambda row: row.worker.number),
    "staff:attendance-sheets": Rows(sheet),
    "staff:attendance-totals": Rows(total, lambda row: row.worker.number),
}
OF_MODEL: dict[str, Callable[[World, bool], Any]] = {
    "TrainingPlan": plan, "TrainingSession": session, "Enrolment": enrolment, "Exam": exam, "RotationSite": site,
    "RotationPlan": rotation, "RotationTurn": turn, "MentorPair": pair, "Contest": contest, "Promotion": promotion,
    "AttendanceSheet": sheet,
}  # fmt: skip
MODEL_OF = {"staff-api:training": "TrainingSession", "staff-api:rotation-turn": "RotationTurn"}
SPECIAL: dict[str, Callable[[World], dict[str, Any]]] = {
    "staff:training-act": lambda world: {"pk": session(world).pk, "action": "cancel"},
    "staff:pair-act": lambda world: {"pk": pair(world).pk, "action": "end"},
    "staff:attendance-sheet-act": lambda world: {"pk": sheet(world).pk, "action": "reopen"},
    "staff:attendance-mark": _marked,
    "staff:attendance": _board,
    "staff:attendance-month": _board,
    **dict.fromkeys(("staff:attendance-screen", "staff:attendance-code"), _led),
    **dict.fromkeys(("staff:own", "staff:own-growth", "staff:own-attendance", "staff:own-attendance-sign"), _own),
    "staff:own-enrol": lambda world: {"pk": _for_own(world).pk},
    "staff:own-withdraw": lambda world: {"pk": _for_own(world).pk},
    "staff:own-note": lambda world: {"pk": _own_pair(world).pk},
    "staff:own-sign": _scan,
    "staff:own-day-sign": _day_scan,
}
API_LISTS = {"staff-api:trainings": "staff:trainings", "staff-api:rotation-turns": "staff:rotation"}


def _for_own(world: World) -> TrainingSession:
    own(world)
    return session(world)


# --- the job


def planning(world: World) -> Job:
    """Two people for one seat at each of two sites, over two half months to come."""
    tree = world.tree
    for unit in (tree.community, tree.sister_community):
        make.make_site(tree.street, unit)
        worker(world)
    for _ in range(2):
        row = worker(world)
        Worker.objects.filter(pk=row.pk).update(unit=tree.grid)
    first = period_of(timezone.localdate() + timedelta(days=20)).first
    plan_row = make.make_rotation(tree.street, first, periods=2, per_site=1)
    return start_planning(plan=plan_row, actor=world.user(OFFICE), key="test")


def planned(world: World) -> int:
    return RotationTurn.objects.count()


# --- what is typed


def _moment(days: int, hour: int) -> str:
    day = timezone.localdate() + timedelta(days=days)
    return f"{day:%Y-%m-%d}T{hour:02d}:00"


def _session_words(world: World) -> dict[str, str]:
    return {
        "title": "矛盾调解实务", "subject": "skill", "starts_at": _moment(1, 9), "ends_at": _moment(1, 11), "place": "区委党校",
        "hours": "2", "capacity": "20",
    }  # fmt: skip


def _unit(world: World) -> str:
    return str(world.tree.street.pk)


def _number(world: World) -> dict[str, str]:
    return {"worker": worker(world).number}


def _pair_words(world: World) -> Sent:
    first, second = worker(world), worker(world)
    later = f"{timezone.localdate() + timedelta(days=90):%Y-%m-%d}"
    return Sent(OFFICE, {
        "mentor": first.number, "apprentice": second.number, "goals": "独立办理诉求", "started_on": today(), "planned_end": later,
    })  # fmt: skip


def _close_words(world: World) -> Sent:
    worker(world)
    return Sent(OFFICE, {"unit": str(world.community().pk), "month": f"{last_month():%Y-%m}"})


def _note_words(world: World) -> Sent:
    return Sent("community_worker", {"day": today(), "note": "学会了登记诉求"}, {"pk": _own_pair(world).pk})


def _mark_words(world: World) -> Sent:
    kwargs = {"pk": worker(world).pk, "day": f"{working_day():%Y-%m-%d}"}
    return Sent(OFFICE, {"mark": "errand", "reason": "到街道参加会议"}, kwargs)


def _plainly(**data: Any) -> Fill:
    def fill(world: World) -> Sent:
        worker(world)
        return Sent(OFFICE, {"unit": _unit(world), **data})

    return fill


def _site_words(world: World) -> Sent:
    return Sent(OFFICE, {"unit": _unit(world), "place": str(world.tree.sister_community.pk)})


FORMS: dict[str, Fill] = {
    "staff:training-plan-create": _plainly(year=str(timezone.localdate().year), title="全员能力提升"),
    "staff:training-plan-change": about(OFFICE, plan, plain(title="全员能力提升（调整）", about="每人 40 学时")),
    "staff:training-create": about(OFFICE, plan, _session_words),
    "staff:training-change": about(OFFICE, session, _session_words),
    "staff:training-add": about(OFFICE, session, _number),
    "staff:training-act": act("end", begun, OFFICE),
    "staff:training-act cancel": act("cancel", session, OFFICE, reason="授课人临时有任务"),
    "staff:enrolment-correct": about(OFFICE, enrolment, plain(present="yes", hours="3", reason="手机没电，现场核实")),
    "staff:exam-create": about(OFFICE, plan, plain(title="应知应会", held_on=today(), full_marks="100")),
    "staff:exam-score": about(OFFICE, exam, lambda world: {**_number(world), "score": "77.5"}),
    "staff:exam-resit": about(OFFICE, exam, lambda world: {"held_on": today()}),
    "staff:rotation-site-add": _site_words,
    "staff:rotation-site-close": about(OFFICE, site, plain()),
    "staff:rotation-plan-create": _plainly(title="全员跟班轮训", first_day=today(), periods="6"),
    "staff:rotation-rate": about(OFFICE, turn_over, plain(result="good", note="主动入户")),
    "staff:rotation-break": about(OFFICE, running, lambda world: {"last_day": today(), "reason": "本社区有急事"}),
    "staff:pair-create": _pair_words,
    "staff:pair-act": act("note", pair, OFFICE, day=lambda world: today(), note="旁听议事会"),
    "staff:pair-act end": act(
        "end", pair, OFFICE, last_day=lambda world: today(), result="qualified", evaluation="能独立办理诉求"
    ),
    "staff:contest-create": _plainly(title="业务比武", held_on=today()),
    "staff:contest-result": about(OFFICE, contest, lambda world: {**_number(world), "score": "88.25", "award": "second"}),
    "staff:promotion-create": lambda world: Sent(OFFICE, {
        **_number(world), "from_post": "worker", "to_post": "institution", "promoted_on": today(), "document": "江人社〔2026〕8号",
    }),
    "staff:promotion-void": about(OFFICE, promotion, plain(reason="登记错人")),
    "staff:attendance-mark": _mark_words,
    "staff:attendance-close": _close_words,
    "staff:attendance-sheet-act": act("reopen", sheet, OFFICE, note="漏登一天公出"),
    "staff:attendance-sheet-act close": act("close", lambda world: _opened(world), OFFICE),
    "staff:own-note": _note_words,
}  # fmt: skip


def _opened(world: World) -> AttendanceSheet:
    """Of the community, last month, opened again: one worker is due."""
    worker(world)
    return make.make_sheet(world.community(), last_month(), state="open", people=0)
