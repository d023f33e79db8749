"""Celery's part: take due rows and work them off."""

from __future__ import annotations

from celery import shared_task

from common import jobs
from common.schedule import every


@shared_task(name="common.run_job")
def run_job(job_id: int) -> None:
    """Run the named job if it is due; a second message for it finds nothing to do."""
    job = jobs.claim(job_id)
    if job is not None:
        jobs.execute(job)


@every(5)
@shared_task(name="common.run_due_jobs")
def run_due_jobs() -> int:
    """Run every job whose message was lost, whose retry is due or whose worker died."""
    count = 0
    while (job := jobs.claim()) is not None:
        jobs.execute(job)
        count += 1
    return count
