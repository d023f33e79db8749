"""An export as a job: the actor's scope of that moment, private files, repeatable, nothing left behind."""

from __future__ import annotations

from datetime import UTC, datetime

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.db import connection

from common import jobs, permissions, reporting
from common.errors import Invalid, Refused
from common.jobs import LeaseLost
from common.models import JobStatus
from common.reporting import Column, Report, registry
from common.reporting.jobs import reading_to_the_end, start_export
from common.scope import scope_of

pytestmark = pytest.mark.django_db
AS_OF = datetime(2026, 10, 8, 1, 30, tzinfo=UTC)


class UnitsISee(Report):
    key, label, permission = "test.units", "我的单位", ""

    def columns(self, params):
        return [Column("name", "单位")]

    def rows(self, user, params):
        for path in scope_of(user).unit_paths:
            yield {"name": path}


class ForSome(UnitsISee):
    key, permission = "test.some", "test.export"


@pytest.fixture(autouse=True)
def _reports(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(registry, "_REPORTS", {})
    monkeypatch.setattr(registry, "_MODULES", {})
    monkeypatch.setattr(permissions, "_REGISTER", dict(permissions._REGISTER))
    permissions.declare("test.export", "导出试验")
    reporting.register(UnitsISee)
    reporting.register(ForSome)


def work_off(job):
    jobs.execute(jobs.claim(job.pk))
    job.refresh_from_db()
    return job


def cells(job):
    with default_storage.open(job.result_file) as content:
        return [row[0] for row in openpyxl.load_workbook(content).active.iter_rows(min_row=4, values_only=True)]


def test_the_file_is_kept_with_the_job(staff):
    job = work_off(start_export(report_key="test.units", actor=staff["street_officer"], as_of=AS_OF))
    assert (job.status, job.message, job.result) == (JobStatus.DONE, "共 1 行。", {"rows": 1})
    assert job.result_name == "江源区_我的单位_2026年10月8日.xlsx"
    assert job.result_file == f"exports/{job.pk}-1.xlsx"
    assert cells(job) == [staff["street_officer"].scope.unit_paths[0]]


def test_the_worker_reads_the_scope_of_its_own_moment(staff, tree):
    from tests.factories.accounts import make_assignment

    user = staff["community_worker"]
    job = start_export(report_key="test.units", actor=user)
    user.assignments.all().delete()
    make_assignment(user, "grid_worker", tree.grid)
    assert cells(work_off(job)) == [tree.grid.path]


def test_without_the_permission_no_job_is_made(staff):
    from common.models import Job

    with pytest.raises(Refused, match="导出试验"):
        start_export(report_key="test.some", actor=staff["community_worker"])
    assert not Job.objects.exists()


def test_a_permission_lost_in_between_ends_the_job_with_the_reason(staff, monkeypatch):
    monkeypatch.setattr(ForSome, "permission", "")
    job = start_export(report_key="test.some", actor=staff["community_worker"])
    monkeypatch.setattr(ForSome, "permission", "test.export")
    job = work_off(job)
    assert job.status == JobStatus.FAILED
    assert "导出试验" in job.message
    assert job.result_file == ""


def test_a_closed_account_gets_nothing(staff):
    user = staff["street_officer"]
    job = start_export(report_key="test.units", actor=user)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert work_off(job).message == "发起导出的账号已停用，没有导出。"


def test_an_unknown_format_or_report_is_a_sentence(staff):
    with pytest.raises(Invalid, match="只能导出为"):
        start_export(report_key="test.units", actor=staff["street_officer"], file_format="pdf")
    with pytest.raises(registry.NoSuchReport):
        start_export(report_key="nowhere", actor=staff["street_officer"])


def test_the_same_moment_gives_the_same_bytes(staff):
    first, second = (
        work_off(start_export(report_key="test.units", actor=staff["street_officer"], as_of=AS_OF)) for _ in range(2)
    )
    with default_storage.open(first.result_file) as one, default_storage.open(second.result_file) as other:
        assert one.read() == other.read()


def test_a_worker_that_came_back_from_the_dead_leaves_no_file(staff, tmp_path):
    job = start_export(report_key="test.units", actor=staff["street_officer"])
    slow = jobs.claim(job.pk)
    type(job).objects.filter(pk=job.pk).update(lease_until=AS_OF)
    quick = jobs.claim(job.pk)
    jobs.execute(quick)
    jobs.execute(slow)
    job.refresh_from_db()
    assert (job.status, job.lease) == (JobStatus.DONE, 2)
    assert [path.name for path in (tmp_path / "exports").iterdir()] == [f"{job.pk}-2.xlsx"]


def test_a_cursor_that_is_read_to_the_end_is_planned_for_the_end():
    def settings_of_the_session() -> tuple[str, str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('cursor_tuple_fraction'), current_setting('work_mem')")
            return cursor.fetchone()

    def lose_the_lease() -> None:
        with reading_to_the_end():
            assert settings_of_the_session() == ("1", "64MB")
            raise LeaseLost

    before = settings_of_the_session()
    with pytest.raises(LeaseLost):
        lose_the_lease()
    assert settings_of_the_session() == before


def test_a_file_left_by_a_dead_worker_is_removed(staff, tmp_path):
    job = start_export(report_key="test.units", actor=staff["street_officer"])
    jobs.claim(job.pk)
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / f"{job.pk}-1.xlsx").write_bytes(b"half")
    type(job).objects.filter(pk=job.pk).update(lease_until=AS_OF)
    work_off(job)
    assert [path.name for path in (tmp_path / "exports").iterdir()] == [f"{job.pk}-2.xlsx"]


def test_only_the_owner_may_fetch_the_file(staff, client_for):
    job = work_off(start_export(report_key="test.units", actor=staff["street_officer"], file_format="csv"))
    address = f"/jobs/{job.pk}/file"
    response = client_for(staff["street_officer"]).get(address)
    assert response.status_code == 200
    assert b"".join(response.streaming_content).startswith("\ufeff单位".encode())
    assert client_for(staff["district_officer"]).get(address).status_code == 404


def test_a_list_of_the_kit_exports_what_is_shown(staff):
    from django.http import QueryDict

    from common.pages import exporting

    job = exporting.start("test.units", staff["street_officer"], QueryDict("q=1"), ["name"], "导出单位")
    assert (job.kind, job.label, job.params["params"]) == (
        "reporting.export",
        "导出单位",
        {"query": "q=1", "columns": ["name"]},
    )
