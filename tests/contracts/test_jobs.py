"""What every kind of job does: it can be started, done again after its worker died, and not done twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from common import jobs
from common.imports import services as imports
from common.models import ImportBatch, Job
from common.reporting import registry
from common.reporting.jobs import start_export
from petitions.choices import State
from petitions.models import Petition
from reports import runs
from tests.contracts import volunteers
from tests.contracts.staff import appraisal as staff_appraisal
from tests.contracts.staff import budget as staff_budget
from tests.contracts.staff import grades as staff_grades
from tests.contracts.staff import growth as staff_growth
from tests.contracts.staff import pay as staff_pay
from tests.contracts.world import World, changed_since, contents

pytestmark = pytest.mark.django_db

# What a worker that dies may have written: its own row.
OWN = {"common_job"}


class Died(BaseException):
    """The worker's process is gone: nothing catches this."""


@dataclass(frozen=True)
class Started:
    """How a job is queued, and what there is once it is done (a value that would differ if it were done twice).

    ``batches``: tables that it writes in batches, each whole; what a dead worker has done of them stays done.
    """

    queue: Callable[[World], Job]
    effect: Callable[[World], Any]
    done: Any
    batches: frozenset[str] = frozenset()


def _export(world: World) -> Job:
    world.petition()
    return start_export(report_key="petitions.list", actor=world.user("community_worker"))


def _run(world: World) -> Job:
    world.petition()
    user = world.user("community_worker")
    report = registry.get("reports.monthly")
    level = report.make_form(None, user).fields["level"].initial
    return runs.start(report=report, actor=user, raw={"month": f"{timezone.localdate():%Y-%m}", "level": level})


def _uploaded(world: World) -> ImportBatch:
    content = "诉求内容,接收时间\n楼道灯不亮,2026-09-01 08:30\n井盖松动,2026-09-02 09:00\n".encode()
    file = SimpleUploadedFile("工单.csv", content)
    return imports.upload(spec_key="petitions.tickets", actor=world.user("community_worker"), file=file)


def _check(world: World) -> Job:
    batch, actor = _uploaded(world), world.user("community_worker")
    return imports.start_check(batch_id=batch.pk, actor=actor, mapping=batch.mapping).job


def _commit(world: World) -> Job:
    job = _check(world)
    jobs.execute(jobs.claim(job.pk))
    batch = ImportBatch.objects.get(job=job)
    return imports.start_commit(batch_id=batch.pk, actor=world.user("community_worker")).job


def _undo(world: World) -> Job:
    job = _commit(world)
    jobs.execute(jobs.claim(job.pk))
    batch = ImportBatch.objects.get(job=job)
    return imports.start_undo(batch_id=batch.pk, actor=world.user("community_worker")).job


def _last(world: World) -> Job:
    return Job.objects.latest("pk")


JOBS: dict[str, Started] = {
    "reporting.export": Started(_export, lambda world: _last(world).result["rows"], 1),
    "reports.run": Started(_run, lambda world: len(_last(world).result["rows"]) >= 1, True),
    "imports.check": Started(
        _check, lambda world: (ImportBatch.objects.get().status, Petition.objects.count()), ("checked", 0)
    ),
    "imports.commit": Started(
        _commit, lambda world: (ImportBatch.objects.get().status, Petition.objects.count()), ("committed", 2)
    ),
    "imports.undo": Started(
        _undo,
        lambda world: (ImportBatch.objects.get().status, Petition.objects.exclude(state=State.VOIDED).count()),
        ("undone", 0),
    ),
    "volunteers.expire_points": Started(
        volunteers.expiring, volunteers.expired, volunteers.EXPIRED, frozenset(volunteers.LEDGER)
    ),
    "staff.pay_run": Started(staff_pay.calculating, staff_pay.calculated, ("calculated", 2), staff_pay.CALCULATED),
    "staff.try_scheme": Started(staff_grades.trying, staff_grades.tried, (2, "7830.00", "8482.52")),
    "staff.forecast": Started(staff_budget.forecasting, staff_budget.forecast_done, (2, 36, "ready")),
    "staff.appraisal": Started(staff_appraisal.closing, staff_appraisal.closed, ("reckoned", 1)),
    "staff.appraisal_pay": Started(staff_appraisal.paying, staff_appraisal.paid, [100]),
    "staff.rotation": Started(staff_growth.planning, staff_growth.planned, 4),
    "staff.grading": Started(staff_grades.january, staff_grades.risen, [2, 2], staff_grades.GRADED),
}
# Jobs that the system starts by itself.
OF_THE_SYSTEM = {"volunteers.expire_points"}
every_kind = pytest.mark.parametrize("kind", JOBS)
every_started_kind = pytest.mark.parametrize("kind", [kind for kind in JOBS if kind not in OF_THE_SYSTEM])


def _silent(job: Job) -> None:
    """The worker has not been heard of for longer than its lease."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_every_kind_of_job_is_tried():
    assert set(JOBS) == {kind.key for kind in jobs.kinds()}
    assert all(kind.label for kind in jobs.kinds())


@every_kind
def test_a_worker_that_dies_at_the_end_has_done_nothing_and_the_next_one_does_it(kind, world, monkeypatch):
    job = JOBS[kind].queue(world)
    first = jobs.claim(job.pk)
    before = contents()
    with monkeypatch.context() as patch:
        patch.setattr(jobs.Run, "finish", _die)
        with pytest.raises(Died):
            jobs.execute(first)
    assert changed_since(before) <= OWN | JOBS[kind].batches
    assert jobs.claim(job.pk) is None, "the dead worker still holds its lease"
    _silent(job)
    jobs.execute(jobs.claim(job.pk))
    job.refresh_from_db()
    assert (job.status, job.lease, job.message != "") == ("done", 2, True), job.message
    assert JOBS[kind].effect(world) == JOBS[kind].done


@every_kind
def test_a_worker_that_was_thought_dead_and_comes_late_changes_nothing(kind, world):
    job = JOBS[kind].queue(world)
    late = jobs.claim(job.pk)
    _silent(job)
    jobs.execute(jobs.claim(job.pk))
    assert JOBS[kind].effect(world) == JOBS[kind].done
    after = contents()
    jobs.execute(late)
    assert changed_since(after) == set()
    assert JOBS[kind].effect(world) == JOBS[kind].done


@every_started_kind
def test_it_asks_again_who_started_it(kind, world):
    job = JOBS[kind].queue(world)
    type(job.actor).objects.filter(pk=job.actor_id).update(is_active=False)
    before = contents()
    jobs.execute(jobs.claim(job.pk))
    job.refresh_from_db()
    assert job.status == "failed"
    assert job.message.endswith("。")
    assert changed_since(before) <= {*OWN, "common_importbatch"}


def _die(*args: Any, **kwargs: Any) -> None:
    raise Died
