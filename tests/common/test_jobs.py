"""Jobs as rows: once, in spite of lost messages, retries and workers that die or come back."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from common import jobs
from common.errors import Invalid
from common.models import Job, JobStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return User.objects.create(username="wang", display_name="王芳")


@pytest.fixture
def kind(monkeypatch):
    """Register a job kind for one test."""
    monkeypatch.setattr(jobs, "_KINDS", dict(jobs._KINDS))

    def add(function, key="test.work"):
        jobs.job_kind(key, "测试任务")(function)
        return key

    return add


def work(run: jobs.Run) -> None:
    run.progress(3, 3, "三行")
    run.finish(message="共 3 行", rows=3)


def take_and_run() -> None:
    job = jobs.claim()
    assert job is not None
    jobs.execute(job)


def test_a_job_runs_once_and_keeps_its_outcome(kind, user):
    job = jobs.enqueue(kind(work), actor=user, params={"month": "2026-09"})
    take_and_run()
    job.refresh_from_db()
    assert (job.status, job.message, job.result, job.percent) == ("done", "共 3 行", {"rows": 3}, 100)
    assert jobs.claim() is None


def test_a_job_without_an_explicit_finish_is_done(kind, user):
    job = jobs.enqueue(kind(lambda run: run.progress(1, 1, "好了")), actor=user)
    take_and_run()
    job.refresh_from_db()
    assert (job.status, job.message) == ("done", "好了")


def test_the_same_unique_key_is_the_same_job(kind, user):
    key = kind(work)
    first = jobs.enqueue(key, actor=user, unique_key="month:2026-09")
    assert jobs.enqueue(key, actor=user, unique_key="month:2026-09").pk == first.pk
    assert Job.objects.count() == 1


def test_a_sentence_for_people_is_shown_and_not_retried(kind, user):
    def fail(run: jobs.Run) -> None:
        raise Invalid("文件已损坏，请重新导出后再上传。")

    job = jobs.enqueue(kind(fail), actor=user)
    take_and_run()
    job.refresh_from_db()
    assert (job.status, job.message, job.failures) == ("failed", "文件已损坏，请重新导出后再上传。", 0)
    assert jobs.claim() is None


def test_an_unexpected_error_is_retried_with_back_off_then_shown(kind, user):
    def crash(run: jobs.Run) -> None:
        raise ZeroDivisionError

    job = jobs.enqueue(kind(crash), actor=user)
    for attempt, pause in enumerate(jobs.RETRY_AFTER, start=1):
        take_and_run()
        job.refresh_from_db()
        assert (job.status, job.failures) == ("queued", attempt)
        assert job.run_after > timezone.now() + pause - timedelta(seconds=5)
        assert jobs.claim() is None
        Job.objects.update(run_after=timezone.now())
    take_and_run()
    job.refresh_from_db()
    assert (job.status, job.message) == ("failed", jobs.UNEXPECTED)


def test_a_dead_workers_job_is_taken_over_and_the_old_worker_cannot_finish_it(kind, user):
    job = jobs.enqueue(kind(work), actor=user)
    dead = jobs.claim()
    assert jobs.claim() is None
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    second = jobs.claim()
    assert second.lease == dead.lease + 1
    with pytest.raises(jobs.LeaseLost):
        jobs.Run(dead, user).finish(message="来自旧进程")
    jobs.execute(second)
    job.refresh_from_db()
    assert (job.status, job.message) == ("done", "共 3 行")


def test_a_running_job_is_not_taken_while_its_lease_lasts(kind, user):
    jobs.enqueue(kind(work), actor=user)
    assert jobs.claim() is not None
    Job.objects.update(lease_until=timezone.now() + timedelta(seconds=30))
    assert jobs.claim() is None


def test_a_dead_broker_loses_no_job(kind, user, monkeypatch, django_capture_on_commit_callbacks):
    from common import tasks

    def refuse(*args: object, **kwargs: object) -> None:
        raise ConnectionError("the broker is down")

    monkeypatch.setattr(tasks.run_job, "apply_async", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.enqueue(kind(work), actor=user)
    assert tasks.run_due_jobs() == 1
    job.refresh_from_db()
    assert job.status == JobStatus.DONE


def test_a_second_message_finds_nothing_to_do(kind, user):
    from common import tasks

    job = jobs.enqueue(kind(work), actor=user)
    tasks.run_job(job.pk)
    finished = Job.objects.get().finished_at
    tasks.run_job(job.pk)
    assert Job.objects.get().finished_at == finished


def test_only_the_owner_sees_a_job(kind, user, staff):
    jobs.enqueue(kind(work), actor=staff["community_worker"])
    assert Job.objects.visible_to(staff["community_worker"]).count() == 1
    assert Job.objects.visible_to(staff["district_officer"]).count() == 0
    assert Job.objects.visible_to(None).count() == 0


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_while_the_job_sits_in_its_transaction(kind, user, monkeypatch):
    monkeypatch.setattr(jobs, "PULSE_SECONDS", 0.02)
    seen: list[tuple[int, str]] = []

    def look() -> None:
        row = Job.objects.get()
        seen.append((row.progress_done, row.message))
        connection.close()

    def long_work(run: jobs.Run) -> None:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(display_name="改")
            run.progress(40, 100, "已写 40 行")
            waited = threading.Event()
            while not (seen and seen[-1][0] == 40) and len(seen) < 200:
                waited.wait(0.02)
                other = threading.Thread(target=look)
                other.start()
                other.join()

    jobs.enqueue(kind(long_work), actor=user)
    take_and_run()
    assert seen[-1] == (40, "已写 40 行")
    assert Job.objects.get().status == JobStatus.DONE


@pytest.mark.django_db(transaction=True)
def test_many_workers_share_the_jobs_without_doubling(kind, user):
    done: list[int] = []
    lock = threading.Lock()

    def note(run: jobs.Run) -> None:
        with lock:
            done.append(run.job.pk)

    key = kind(note)
    wanted = sorted(jobs.enqueue(key, actor=user).pk for _ in range(12))

    def worker() -> None:
        while (job := jobs.claim()) is not None:
            jobs.execute(job)
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == wanted
