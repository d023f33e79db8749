"""What comes in, what does not come in twice, what is taken back."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.http import Http404
from django.utils import timezone

from common import imports, jobs
from common.errors import Conflict, Invalid, Refused
from common.imports import registry, run_import, services
from common.imports.engine import key_of
from common.imports.jobs import purge
from common.models import BatchStatus, Holiday, ImportBatch, ImportedRow, Job, JobStatus
from tests.common.imports_fixtures import (
    BAD,
    GOOD,
    YEAR,
    HolidayImport,
    a_file,
    checked,
    committed,
    files,
    made,
    on_disk,
    work_off,
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _spec(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(registry, "_SPECS", {})
    imports.register(HolidayImport)


@pytest.fixture
def worker(staff):
    return staff["community_worker"]


class TestImport:
    def test_good_rows_come_in_and_the_file_is_gone(self, worker, settings, django_capture_on_commit_callbacks):
        batch = checked(worker, *GOOD, *BAD)
        services.start_commit(batch_id=batch.pk, actor=worker)
        with django_capture_on_commit_callbacks(execute=True):
            work_off(batch)
        assert (batch.status, batch.valid, batch.job.status) == ("committed", 4, JobStatus.DONE)
        assert batch.job.result == {"url": f"/imports/{batch.pk}/"}
        assert (made(), ImportedRow._base_manager.filter(batch=batch).count()) == (4, 4)
        assert (batch.file, batch.sample) == ("", [])
        assert files(settings) == [".xlsx"]

    def test_the_same_file_again_doubles_nothing(self, worker):
        committed(worker, *GOOD)
        again = checked(worker, *GOOD)
        assert services.earlier(again) is not None
        assert (again.valid, again.duplicate) == (0, 4)
        with pytest.raises(Conflict, match="没有可以导入的行"):
            services.start_commit(batch_id=again.pk, actor=worker)
        assert made() == 4

    def test_the_same_rows_in_another_file_are_known(self, worker):
        committed(worker, *GOOD)
        more = committed(worker, [f"{YEAR}-05-09", "校庆", "", ""], [f"{YEAR}/5/1", "劳动节", "", ""])
        assert (more.valid, more.duplicate, made()) == (1, 1, 5)

    def test_what_another_person_brought_in_meanwhile_is_known_at_the_import(self, staff, worker):
        mine, theirs = checked(worker, *GOOD), checked(staff["street_officer"], *GOOD[:2])
        services.start_commit(batch_id=theirs.pk, actor=staff["street_officer"])
        work_off(theirs)
        services.start_commit(batch_id=mine.pk, actor=worker)
        work_off(mine)
        assert (mine.valid, mine.duplicate, made()) == (2, 2, 4)

    def test_a_job_that_comes_twice_does_its_work_once(self, worker):
        batch = checked(worker, *GOOD)
        services.start_commit(batch_id=batch.pk, actor=worker)
        work_off(batch)
        assert jobs.claim(batch.job_id) is None
        Job.objects.filter(pk=batch.job_id).update(status=JobStatus.QUEUED)
        jobs.execute(jobs.claim(batch.job_id))
        assert made() == 4

    def test_a_fault_in_the_middle_leaves_nothing_half_written(self, worker, monkeypatch):
        monkeypatch.setattr("common.imports.engine.BATCH", 2)
        batch = checked(worker, *GOOD)
        real, calls = HolidayImport.commit, []

        def second_time_fails(self, rows, context):
            calls.append(len(rows))
            if len(calls) == 2:
                raise Conflict("分类已停用。")
            return real(self, rows, context)

        monkeypatch.setattr(HolidayImport, "commit", second_time_fails)
        services.start_commit(batch_id=batch.pk, actor=worker)
        work_off(batch)
        assert (calls, made(), ImportedRow._base_manager.count()) == ([2, 2], 0, 0)
        assert (batch.status, batch.message, batch.job.status) == ("checked", "分类已停用。", JobStatus.FAILED)
        monkeypatch.setattr(HolidayImport, "commit", real)
        services.start_commit(batch_id=batch.pk, actor=worker)
        assert (work_off(batch).status, made()) == ("committed", 4)

    def test_an_unexpected_fault_is_retried_and_then_the_file_can_be_imported_again(self, worker, monkeypatch):
        batch = checked(worker, *GOOD)
        real = HolidayImport.commit
        monkeypatch.setattr(HolidayImport, "commit", lambda self, rows, context: 1 / 0)
        services.start_commit(batch_id=batch.pk, actor=worker)
        for _ in range(4):
            Job.objects.filter(pk=Job.objects.latest("pk").pk).update(run_after=timezone.now() - timedelta(days=1))
            work_off(batch)
        assert (batch.status, services.state_of(batch), made()) == ("committing", BatchStatus.CHECKED, 0)
        monkeypatch.setattr(HolidayImport, "commit", real)
        services.start_commit(batch_id=batch.pk, actor=worker)
        assert (work_off(batch).status, made()) == ("committed", 4)

    def test_a_permission_lost_in_between_stops_it(self, worker):
        batch = checked(worker, *GOOD)
        services.start_commit(batch_id=batch.pk, actor=worker)
        worker.assignments.all().delete()
        work_off(batch)
        assert (batch.status, batch.job.status, made()) == ("checked", JobStatus.FAILED, 0)
        assert "没有“" in batch.message

    def test_only_at_the_right_time(self, worker):
        batch = services.upload(spec_key="test.holidays", actor=worker, file=a_file(*GOOD))
        with pytest.raises(Conflict, match="现在是“待核对列”"):
            services.start_commit(batch_id=batch.pk, actor=worker)
        services.start_check(batch_id=batch.pk, actor=worker, mapping=batch.mapping)
        for service in (services.start_commit, services.start_undo, services.discard):
            with pytest.raises(Conflict, match="正在检查"):
                service(batch_id=batch.pk, actor=worker)


class TestUndo:
    def test_everything_is_taken_back_and_can_come_again(self, worker):
        batch = committed(worker, *GOOD)
        services.start_undo(batch_id=batch.pk, actor=worker)
        work_off(batch)
        assert (batch.status, made(), ImportedRow._base_manager.count()) == ("undone", 0, 0)
        assert committed(worker, *GOOD).valid == 4

    def test_what_has_moved_on_is_not_taken_back(self, worker):
        batch = committed(worker, *GOOD)
        Holiday.objects.filter(date=date(YEAR, 5, 2)).update(source="已改")
        services.start_undo(batch_id=batch.pk, actor=worker)
        work_off(batch)
        assert (batch.status, batch.message, made()) == ("committed", "有的日期导入后已被修改，不能整批撤销。", 4)

    def test_where_the_import_does_not_allow_it(self, worker, monkeypatch):
        batch = committed(worker, *GOOD)
        monkeypatch.setattr(HolidayImport, "undoable", False)
        with pytest.raises(Refused, match="不能撤销"):
            services.start_undo(batch_id=batch.pk, actor=worker)


class TestOneCall:
    def test_dry_run_and_import_agree(self, worker, tmp_path):
        path = on_disk(tmp_path, *GOOD, *BAD, GOOD[1])
        dry = run_import("test.holidays", path, actor=worker)
        assert (dry.total, dry.valid, dry.imported, dry.rejected, dry.duplicate, dry.batch) == (8, 4, 0, 3, 1, None)
        assert (made(), ImportBatch.objects.count()) == (0, 0)
        wet = run_import("test.holidays", path, actor=worker, commit=True)
        assert (wet.total, wet.imported, wet.rejected, wet.duplicate, made()) == (8, 4, 3, 1, 4)
        assert wet.errors == dry.errors
        assert wet.batch is not None
        services.start_undo(batch_id=wet.batch.pk, actor=worker)
        assert (work_off(wet.batch).status, made()) == ("undone", 0)

    def test_headings_of_ones_own(self, worker, tmp_path):
        path = on_disk(tmp_path, [f"{YEAR}-05-01", "五一"], head=("哪天", "叫什么"))
        with pytest.raises(Invalid, match="请为必填项选择文件中的列：日期、名称"):
            run_import("test.holidays", path, actor=worker)
        result = run_import("test.holidays", path, {"哪天": "date", "叫什么": "名称"}, worker, commit=True)
        assert (result.imported, result.mapping) == (1, {"日期": "哪天", "名称": "叫什么"})

    def test_without_the_permission(self, staff, tmp_path):
        with pytest.raises(Refused):
            run_import("test.holidays", on_disk(tmp_path, *GOOD), actor=staff["grid_worker"], commit=True)
        with pytest.raises(Refused):
            run_import("test.holidays", on_disk(tmp_path, *GOOD), commit=True)
        assert made() == 0

    def test_a_spec_that_loses_a_row_is_a_defect(self, worker, tmp_path, monkeypatch):
        monkeypatch.setattr(HolidayImport, "commit", lambda self, rows, context: [])
        with pytest.raises(ValueError, match="made 0 objects of 4 rows"):
            run_import("test.holidays", on_disk(tmp_path, *GOOD), actor=worker, commit=True)
        assert ImportBatch.objects.count() == 0


def test_the_key_of_a_row_gives_nothing_away(worker, settings):
    committed(worker, *GOOD[:1])
    first = bytes(ImportedRow._base_manager.get().key)
    assert len(first) == 16
    same = {"date": date(YEAR, 5, 1)}
    assert key_of(HolidayImport(), same) == first
    settings.SEAL_KEY = b"another"
    assert key_of(HolidayImport(), same) != first


def test_old_files_and_findings_are_removed_and_the_numbers_stay(worker, settings):
    old, new = checked(worker, *GOOD, *BAD), checked(worker, *GOOD, *BAD)
    ImportBatch.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    assert purge(timezone.now()) == 1
    assert purge(timezone.now()) == 0
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.file, old.rejected_file, old.errors, old.rejected) == ("", "", [], 3)
    assert len(new.errors) == 6
    assert files(settings) == [".upload", ".xlsx"]
    services.start_commit(batch_id=old.pk, actor=worker)
    assert work_off(old).message == "上传的文件已过保存期，请重新上传。"


def test_another_person_sees_and_touches_nothing(staff, worker):
    batch = checked(worker, *GOOD)
    other = staff["district_officer"]
    assert not ImportBatch.objects.visible_to(other).exists()
    for service in (services.start_commit, services.start_undo, services.discard):
        with pytest.raises(Http404):
            service(batch_id=batch.pk, actor=other)
    with pytest.raises(Http404):
        services.start_check(batch_id=batch.pk, actor=other, mapping=batch.mapping)
    batch.refresh_from_db()
    assert batch.status == "checked"


def test_discard_forgets_file_and_findings(worker, settings, django_capture_on_commit_callbacks):
    batch = checked(worker, *GOOD, *BAD)
    with django_capture_on_commit_callbacks(execute=True):
        services.discard(batch_id=batch.pk, actor=worker)
    assert not ImportBatch.objects.exists()
    assert files(settings) == []


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_rows_at_once_double_nothing(tmp_path):
    from tests.factories.accounts import make_staff
    from tests.factories.grid import make_tree

    worker = make_staff(make_tree())["community_worker"]
    path = on_disk(tmp_path, *GOOD)
    gate, results = threading.Barrier(2), []

    def one() -> None:
        try:
            gate.wait()
            results.append(run_import("test.holidays", path, actor=worker, commit=True))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted((result.imported, result.duplicate) for result in results) == [(0, 4), (4, 0)]
    assert made() == 4
