"""Work that takes longer than a request (design §2.4).

``@job_kind`` registers a function; :func:`enqueue` writes a row; a worker takes the row, calls the
function with a :class:`Run` and writes the outcome. The row is the truth: a message that gets lost,
comes twice or finds its worker dead changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from common.errors import PlainError
from common.models.jobs import Job, JobStatus

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=settings.JOB_LEASE_SECONDS)
PULSE_SECONDS = 0.5
RETRY_AFTER = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))
UNEXPECTED = "任务没有完成：系统出现了意外错误，已记录，请稍后重试或联系管理员。"


class LeaseLost(Exception):
    """Another worker has taken the job over: stop without a trace."""


class Run:
    """What a job function is given: the job, its actor (re-read, with today's scope) and progress."""

    def __init__(self, job: Job, actor: Any) -> None:
        self.job = job
        self.actor = actor
        self.lost = False
        self.shown: tuple[int, int, str] = (0, 0, "")

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Note how far the work is, in the job's own steps. Cheap: the pulse writes it down.

        Raises :class:`LeaseLost` once another worker has taken the job over.
        """
        if self.lost:
            raise LeaseLost
        self.shown = (done, total, message)

    def keep(self, **so_far: Any) -> None:
        """Note on the job what is done so far, inside the transaction that does it: a batch and its note, or neither.

        Whoever runs the job again finds the note in ``job.result``. Raises :class:`LeaseLost`, so that a worker that
        was thought dead takes its batch back.
        """
        if not owned_row(self.job).update(result=so_far):
            raise LeaseLost

    def finish(self, *, message: str = "", file: str = "", name: str = "", **result: Any) -> None:
        """Write the outcome. Inside the transaction of the job's own writes, both happen or neither."""
        done, total, _ = self.shown
        owned = owned_row(self.job).update(
            status=JobStatus.DONE,
            progress_done=max(done, total),
            progress_total=total,
            message=message,
            result=result,
            result_file=file,
            result_name=name,
            lease_until=None,
            finished_at=timezone.now(),
        )
        if not owned:
            raise LeaseLost


def owned_row(job: Job) -> QuerySet[Job]:
    """The job's row as long as this worker still owns it."""
    return Job.objects.filter(pk=job.pk, lease=job.lease, status=JobStatus.RUNNING)


class Pulse(threading.Thread):
    """Keeps the lease and shows progress from a connection of its own.

    The job itself may sit in one long transaction whose writes nobody sees before it commits.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(name=f"job-{run.job.pk}-pulse", daemon=True)
        self.of = run
        self.stopped = threading.Event()

    def run(self) -> None:
        try:
            while not self.stopped.wait(PULSE_SECONDS):
                self._beat()
        finally:
            connection.close()

    def _beat(self) -> None:
        try:
            with transaction.atomic():
                # The job may be writing its outcome right now and hold the row: do not wait for it.
                row = owned_row(self.of.job).select_for_update(skip_locked=True).first()
                if row is None:
                    self.of.lost = not owned_row(self.of.job).exists()
                    return
                row.progress_done, row.progress_total, row.message = self.of.shown
                row.lease_until = timezone.now() + LEASE
                row.save(update_fields=["progress_done", "progress_total", "message", "lease_until"])
        except DatabaseError as error:  # tried again at the next beat; the lease outlives several
            log.warning("job_pulse_failed", error=str(error))
            connection.close()

    def stop(self) -> None:
        self.stopped.set()
        self.join(timeout=10)


@contextmanager
def pulse(run: Run) -> Iterator[None]:
    if transaction.get_connection().in_atomic_block:  # the row is not visible to another connection
        yield
        return
    thread = Pulse(run)
    thread.start()
    try:
        yield
    finally:
        thread.stop()


JobFunction = Callable[[Run], None]


@dataclass(frozen=True)
class JobKind:
    key: str
    label: str
    function: JobFunction


_KINDS: dict[str, JobKind] = {}


def job_kind(key: str, label: str) -> Callable[[JobFunction], JobFunction]:
    """Register ``function(run)`` under ``key``; it must be safe to run again from the start."""

    def add(function: JobFunction) -> JobFunction:
        if key in _KINDS:
            raise ValueError(f"job kind {key} is registered twice")
        _KINDS[key] = JobKind(key, label, function)
        return function

    return add


def kinds() -> tuple[JobKind, ...]:
    return tuple(_KINDS[key] for key in sorted(_KINDS))


def enqueue(
    kind: str,
    *,
    actor: Any,
    params: Mapping[str, Any] | None = None,
    label: str = "",
    unique_key: str | None = None,
) -> Job:
    """Write the job and wake a worker after commit.

    With ``unique_key`` (≤ 120 characters) a repeated call hands the first job back.
    """
    job = Job(
        kind=kind,
        label=label or _KINDS[kind].label,
        params=dict(params or {}),
        actor=actor,
        unique_key=unique_key,
        run_after=timezone.now(),
    )
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        if unique_key is None:
            raise
        return Job.objects.get(unique_key=unique_key)
    transaction.on_commit(lambda: wake(job.pk))
    return job


def wake(job_id: int) -> None:
    """Tell a worker at once. Without a broker nothing is lost: the beat finds the row."""
    from common.tasks import run_job

    try:
        run_job.apply_async((job_id,), ignore_result=True)
    except Exception as error:  # the broker's client raises many kinds; the row is safe in all of them
        log.warning("job_wake_failed", job=job_id, error=str(error))


def claim(job_id: int | None = None) -> Job | None:
    """Take one due job (or the named one, if it is due) under a fresh lease, or ``None``."""
    now = timezone.now()
    with transaction.atomic():
        due = Job.objects.due(now).select_for_update(skip_locked=True).order_by("run_after", "id")
        job = due.filter(pk=job_id).first() if job_id is not None else due.first()
        if job is None:
            return None
        job.lease += 1
        job.lease_until = now + LEASE
        job.status = JobStatus.RUNNING
        job.save(update_fields=["lease", "lease_until", "status"])
    return job


def execute(job: Job) -> None:
    """Run a claimed job to its outcome; unexpected errors are retried with back-off, then shown."""
    run = Run(job, _actor(job))
    with structlog.contextvars.bound_contextvars(request_id=f"job-{job.pk}-{job.lease}", job=job.kind):
        try:
            with pulse(run):
                _KINDS[job.kind].function(run)
            if owned_row(job).exists():
                run.finish(message=run.shown[2])
        except LeaseLost:
            log.warning("job_lease_lost")
        except PlainError as error:
            _fail(job, error.message)
        except Exception:
            log.exception("job_failed")
            _retry(job)


def _actor(job: Job) -> Any:
    if job.actor_id is None:
        return None
    return get_user_model()._default_manager.get(pk=job.actor_id)


def _fail(job: Job, message: str) -> None:
    owned_row(job).update(status=JobStatus.FAILED, message=message, lease_until=None, finished_at=timezone.now())


def _retry(job: Job) -> None:
    if job.failures >= len(RETRY_AFTER):
        _fail(job, UNEXPECTED)
        return
    owned_row(job).update(
        status=JobStatus.QUEUED,
        failures=F("failures") + 1,
        run_after=timezone.now() + RETRY_AFTER[job.failures],
        lease_until=None,
    )
