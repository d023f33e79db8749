"""Entries of grades, the trial of a scheme, and leave: merged in by ``rows.py``, ``subjects.py``, ``inputs.py`` and the tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from common.models import Job, Policy
from staff.models import AnnualReview, Grade, Leave, Worker
from staff.policy_kinds import scheme_samples
from staff.selectors.scheme_trial import try_scheme
from staff.services.grading import start_grading
from staff.services.scheme_trial import start_trial
from tests.contracts.world import Rows, World
from tests.factories.rules import make_rules
from tests.factories.staff import make_worker

PAYROLL = "payroll_officer"
# What grading in bulk writes, each batch whole.
GRADED = frozenset({"staff_grade", "staff_worker", "common_event"})


def worker(world: World, here: bool = True, **fields: Any) -> Worker:
    """With a grade since the entry."""
    if not Policy.objects.filter(key="pay_scheme").exists():
        make_rules()
    return make_worker(world.community(here), **fields)


def graded(world: World, here: bool) -> Grade:
    return worker(world, here).grades.get()


def ungraded(world: World, here: bool) -> Worker:
    return worker(world, here, grade=None)


def leave(world: World, here: bool = True, of: Worker | None = None, **fields: Any) -> Leave:
    """Asked for, each on days of its own; with a colleague who can stand in."""
    row = of or worker(world, here)
    first = timezone.localdate() + timedelta(days=7 * next(world.numbers))
    return Leave.objects.create(
        **{
            "worker": row, "kind": "annual", "first_day": first, "last_day": first + timedelta(days=3),
            "asked_at": timezone.now(), **fields,
        }
    )  # fmt: skip


def own(world: World) -> Worker:
    """The worker whose account tries the own pages."""
    user = world.user("community_worker")
    return Worker.objects.filter(user=user).first() or worker(world, user=user)


def _own_pages(world: World) -> dict[str, Any]:
    own(world)
    return {}


ROWS: dict[str, Rows] = {
    "staff:leaves": Rows(leave, lambda row: row.worker.number),
    "staff:grades": Rows(graded, lambda row: row.worker.number),
    "staff:ungraded": Rows(ungraded, lambda row: row.number, shared="区级部门给全区人员定级"),
    "staff:grading": Rows(worker, lambda row: row.number, shared="区级部门给全区人员定级"),
}
OF_MODEL: dict[str, Callable[[World, bool], Any]] = {"Worker": worker, "Grade": graded, "Leave": leave}
MODEL_OF: dict[str, str] = {"staff-api:grade": "Grade"}
SPECIAL: dict[str, Callable[[World], dict[str, Any]]] = {
    "staff:trial-result": lambda world: trial_done(world),
    "staff:leave-act": lambda world: {"pk": leave(world).pk, "action": "approve"},
    **dict.fromkeys(("staff:own-leave", "staff:own-leave-ask", "staff:own-leave-look"), _own_pages),
    "staff:own-leave-withdraw": lambda world: {"pk": leave(world, of=own(world)).pk},
}
API_LISTS = {"staff-api:grades": "staff:grades"}


# --- the job of grading in bulk


def january(world: World) -> Job:
    """Two who rise this January, one whose review failed."""
    this = timezone.localdate().year
    for result in ("qualified", "excellent", "failed"):
        row = worker(world, grade=1, entered_on=date(this - 8, 3, 1))
        AnnualReview.objects.create(worker=row, year=this - 1, result=result, set_at=timezone.now())
    return start_grading(kind=f"step:{this}", unit=world.tree.street, actor=world.user(PAYROLL), key="test")


def risen(world: World) -> Any:
    return sorted(Grade.objects.filter(reason="step").values_list("grade", flat=True))


# --- the job of a trial


def trying(world: World) -> Job:
    """Two people of grade 4 under a higher base."""
    for here in (True, False):
        worker(world, here)
    data = {**scheme_samples()["jilin"][1], "base": "3900"}
    return start_trial(data=data, actor=world.user(PAYROLL))


def tried(world: World) -> Any:
    found = Job.objects.latest("pk").result["trial"]
    return found["people"], found["old"], found["new"]


def trial_done(world: World) -> dict[str, Any]:
    """A finished trial of the reader's own."""
    worker(world)
    job = start_trial(data=scheme_samples()["jilin"][1], actor=world.user("community_worker"))
    Job.objects.filter(pk=job.pk).update(
        status="done", result={"trial": try_scheme(job.params["data"], world.user("community_worker"))}
    )
    return {"pk": job.pk}
