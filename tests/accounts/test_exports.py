"""Exports hold the rows and columns that the list showed, within the scope at the moment of the run."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook

from accounts import events
from accounts.roles import Role
from accounts.services.access import log_access
from accounts.services.roles import role_end
from common.errors import Refused
from common.jobs import claim, execute
from common.models import Job, JobStatus
from common.reporting import get, prepare
from tests.factories.accounts import make_assignment, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(tree):
    admin = make_user(Role.SYSTEM_ADMIN, tree.district, username="xitong1", display_name="严正行")
    street = make_user(Role.SYSTEM_ADMIN, tree.street, username="xitong3", display_name="甘守业")
    worker = make_user(Role.COMMUNITY_WORKER, tree.community, username="wangli", display_name="王丽")
    make_assignment(worker, Role.GRID_WORKER, tree.grid)
    make_user(Role.COMMUNITY_WORKER, tree.other_community, username="sunhao", display_name="=孙浩")
    return {"admin": admin, "street": street, "worker": worker}


def rows_of(key: str, user, **params) -> list[dict]:
    return [dict(row) for row in prepare(get(key), user, params).rows]


def run_job(job: Job) -> None:
    """As a worker does it."""
    claimed = claim(job.pk)
    assert claimed is not None
    execute(claimed)


def test_users_in_the_area_of_whoever_exports(people):
    names = [row["username"] for row in rows_of("accounts.users", people["street"])]
    assert names == ["wangli", "xitong3"]
    assert [row["username"] for row in rows_of("accounts.users", people["admin"])] == [
        "sunhao", "wangli", "xitong1", "xitong3",
    ]  # fmt: skip


def test_filters_order_and_columns_of_the_page(people):
    rows = rows_of(
        "accounts.users", people["admin"], query="role=community_worker&sort=-username", columns=["display_name", "roles"]
    )  # fmt: skip
    assert rows == [
        {"display_name": "王丽", "roles": "社区工作者 · 江湾社区；网格长、网格员 · 江湾第一网格"},
        {"display_name": "=孙浩", "roles": "社区工作者 · 新建社区"},
    ]


@pytest.mark.parametrize("key", ["accounts.users", "accounts.audit"])
def test_not_without_the_permission(people, key):
    with pytest.raises(Refused):
        prepare(get(key), people["worker"], {})


def test_a_right_that_is_gone_when_the_job_runs(people, client_for):
    assert client_for(people["street"]).post("/users", {"do": "export"}).status_code == 302
    role_end(assignment=people["street"].assignments.get(), actor=people["admin"])
    job = Job.objects.get()
    run_job(job)
    job.refresh_from_db()
    assert job.status == JobStatus.FAILED
    assert job.result_file == ""


def test_audit_rows_and_file(tree, people, settings, tmp_path, client_for):
    settings.MEDIA_ROOT = tmp_path
    auditor = make_user(Role.AUDIT_ADMIN, tree.district, username="shenji1", display_name="明鉴之")
    log_access(events.SIGNED_IN, actor=people["worker"], data={"ip": "10.1.2.3"})
    log_access(events.SIGN_IN_FAILED, actor=None, data={"ip": "10.9.9.9", "username": "=1+1"})
    client = client_for(auditor)
    response = client.post("/audit?kind=access.failed", {"do": "export"})
    job = Job.objects.get()
    run_job(job)
    job.refresh_from_db()
    assert job.status == JobStatus.DONE, job.message
    download = client.get(f"{response['Location'].rstrip('/')}/file")
    path = tmp_path / "audit.xlsx"
    path.write_bytes(b"".join(download.streaming_content) if download.streaming else download.content)
    sheet = load_workbook(path).active
    texts = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert texts[0][0] == "事项"
    assert [row[0] for row in texts[1:]] == ["登录失败"]
    assert texts[1][3] == "用户名“=1+1”，来自 10.9.9.9"
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
