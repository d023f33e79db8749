"""Export of a list: the rows, order and columns of the page, through the scope, without personal numbers."""

from __future__ import annotations

from datetime import timedelta

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import RoleAssignment
from common import jobs
from common.models import Job
from petitions import exports
from petitions.models import Petition
from petitions.tables import PetitionTable

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _private_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def exported(job: Job) -> list[list[object]]:
    """The cells of the finished job's sheet, its head row first."""
    jobs.execute(jobs.claim(job.pk))
    job.refresh_from_db()
    assert job.status == "done", job.message
    with default_storage.open(job.result_file) as content:
        rows = [list(row) for row in openpyxl.load_workbook(content).active.iter_rows(values_only=True)]
    start = next(index for index, row in enumerate(rows) if "工单编号" in row)
    return [row for row in rows[start:] if any(cell is not None for cell in row)]


def ask(browser, address: str) -> Job:
    answer = browser.post(address, {"do": "export"})
    assert answer.status_code == 302, answer.content[:500]
    return Job.objects.latest("pk")


def test_what_is_shown_is_what_is_written(desk, client_for):
    lamps = [
        desk.register(text=f"路灯不亮{n}", title=f"路灯不亮，电话1391234567{n}", place="身份证22060519800101123X")
        for n in range(3)
    ]
    desk.register(text="供热不足")
    browser = client_for(desk.user("community_worker"))
    address = "/petitions/?q=路灯&sort=-received"
    head, *rows = exported(ask(browser, address))
    page = browser.get(address)
    numbers = [row[head.index("工单编号")] for row in rows]
    assert numbers == [row.number for row in page.context["page"].rows] == [petition.number for petition in lamps]
    shown = [str(column.header) for column in page.context["table"].columns]
    assert head == [name for name in shown if name]
    assert rows[0][head.index("标题")] == "路灯不亮，电话139****5670"
    browser.post(address, {"do": "columns", "column": ["place", "state", "number"]})
    head, *rows = exported(ask(browser, address))
    assert set(head) == {"标题", "工单编号", "状态", "问题地点"}
    assert "22060519800101123X" not in str(rows)
    assert rows[0][head.index("状态")] == "待受理"


def test_every_column_of_the_table_can_be_exported():
    assert set(exports.COLUMNS) == set(PetitionTable.base_columns)


def test_the_scope_is_that_of_the_moment_the_job_runs(desk, client_for):
    desk.register()
    user = desk.user("community_worker")
    job = ask(client_for(user), "/petitions/")
    RoleAssignment.objects.filter(user=user).update(last_day=timezone.localdate() - timedelta(days=1))
    jobs.execute(jobs.claim(job.pk))
    job.refresh_from_db()
    assert job.status != "done"
    assert not job.result_file


def test_another_community_gets_none_of_it(desk, client_for):
    from tests.factories.accounts import make_user

    desk.register()
    outsider = client_for(make_user("community_worker", desk.tree.other_community))
    head, *rows = exported(ask(outsider, "/petitions/"))
    assert "工单编号" in head
    assert rows == []
    mine = ask(client_for(desk.user("community_worker")), "/petitions/")
    exported(mine)
    assert outsider.get(f"/jobs/{mine.pk}/file").status_code == 404


def test_who_may_not_export_is_told_and_nothing_is_queued(desk, client_for):
    desk.register()
    answer = client_for(desk.user("grid_worker")).post("/petitions/", {"do": "export"})
    assert answer.status_code in (400, 403)
    assert not Job.objects.exists()


def test_too_many_rows_ask_for_a_narrower_list(desk, client_for, monkeypatch):
    monkeypatch.setattr(exports, "MOST", 1)
    desk.register()
    desk.register()
    job = ask(client_for(desk.user("community_worker")), "/petitions/")
    jobs.execute(jobs.claim(job.pk))
    job.refresh_from_db()
    assert job.status == "failed"
    assert "缩小范围" in job.message
    assert Petition.objects.count() == 2
