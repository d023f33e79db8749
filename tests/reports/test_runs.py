"""From the form to the file: the job, the result that stays, workbook and CSV cell by cell."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
import time_machine
from django.urls import reverse

from accounts.models import RoleAssignment
from accounts.roles import Role
from common.errors import Invalid, Refused
from common.jobs import claim, execute
from common.models import Job, JobStatus
from common.reporting import Rate, get
from petitions.choices import Satisfaction, State
from petitions.models import Petition
from reports import runs
from tests.factories.accounts import make_user
from tests.reports.conftest import AS_OF, local

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

RAW = {"month": "2026-09", "level": "community"}
REPLIED = local("2026-09-12 10:00")


def finish(job):
    """What a worker does."""
    execute(claim(job.pk))
    job.refresh_from_db()
    return job


def started(user, raw=RAW, at=AS_OF):
    with time_machine.travel(at, tick=False):
        return runs.start(report=get("reports.monthly"), actor=user, raw=raw)


@pytest.fixture
def month(ticket, tree):
    """江湾: four tickets, one excluded. 和平: one still open. One more for the whole street."""
    good = {
        "sign_in_time": True,
        "contact_in_time": True,
        "finish_in_time": True,
        "replied_at": REPLIED,
        "solved": True,
    }
    ticket(**good, satisfaction=Satisfaction.SATISFIED)
    ticket(**good, satisfaction=Satisfaction.BASICALLY)
    ticket(**good, satisfaction=Satisfaction.SATISFIED, reworks=1)
    ticket(**{**good, "solved": False}, satisfaction=Satisfaction.DISSATISFIED, excluded_at=AS_OF)
    ticket(at=tree.sister_community, state=State.REGISTERED)
    ticket(unit=tree.street, community=None, state=State.REGISTERED)
    ticket(received_at=local("2026-08-03 10:00"))
    ticket(received_at=local("2025-09-03 10:00"))
    ticket(received_at=local("2025-09-04 10:00"))


HEAD = [
    "社区", "上级单位", "接收", "按时签收", "按时办结", "超期", "在办", "退单", "返工", "剔除",
    "响应率", "响应率（分子/分母）", "剔除后响应率", "剔除后响应率（分子/分母）", "解决率", "解决率（分子/分母）", "剔除后解决率",
    "剔除后解决率（分子/分母）", "满意率", "满意率（分子/分母）", "剔除后满意率", "剔除后满意率（分子/分母）",
    "加分", "扣分", "得分", "比较组", "名次",
]  # fmt: skip


def cells(content):
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return sheet, [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_the_workbook_cell_by_cell(staff, month):
    job = finish(started(staff["district_officer"]))
    name, content = runs.file_of(job, "xlsx")
    assert name == "江源区_诉求办理月度统计（按社区）_2026年9月.xlsx"
    sheet, rows = cells(content)
    assert rows[0][0] == "江源区2026年9月诉求办理月度统计（按社区）"
    assert rows[1][0] == "填报单位：江源区　　日期：2026年10月8日"
    assert rows[2] == HEAD
    assert rows[3] == [
        "江湾社区", "城墙街道", 4, 4, 4, 0, 0, 0, 1, 1, 1, "4/4", 1, "3/3", 0.75, "3/4", 1, "3/3", 0.65, "2.6/4",
        0.8667, "2.6/3", 0, 0, 94.67, "社区组", 1,
    ]  # fmt: skip
    zero = [None, "0/0"] * 6
    shown = [value if value != "—" else None for value in rows[4]]
    assert shown == ["和平社区", "城墙街道", 1, 0, 0, 0, 1, 0, 0, 0, *zero, 0, 0, None, "社区组", None]
    assert rows[5][:3] == ["新建社区", "孙家堡子街道", 0]
    assert rows[6][:7] == ["未落到社区", None, 1, 0, 0, 0, 1]
    assert rows[7][:10] == ["合计", "", 6, 4, 4, 0, 2, 0, 1, 1]
    assert rows[7][10:22] == [1, "4/4", 1, "3/3", 0.75, "3/4", 1, "3/3", 0.65, "2.6/4", 0.8667, "2.6/3"]
    assert rows[8][0].startswith(
        "注：共接收 6 件，环比增长 500.00%（上月 1 件），同比增长 200.00%（上年同月 2 件）。数据截至 2026-10-08 09:00。"
    )
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == "$1:$3"
    assert sheet.freeze_panes == "B4"
    assert sheet["K4"].number_format == "0.00%"


def test_the_csv(staff, month):
    job = finish(started(staff["community_worker"]))
    name, content = runs.file_of(job, "csv")
    assert name == "江湾社区_诉求办理月度统计（按社区）_2026年9月.csv"
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == HEAD
    assert [value.strip() for value in rows[1][:12]] == [
        "江湾社区",
        "城墙街道",
        "4",
        "4",
        "4",
        "0",
        "0",
        "0",
        "1",
        "1",
        "100.00%",
        "4/4",
    ]
    assert len(rows) == 2


def test_the_same_input_gives_the_same_bytes(staff, month):
    first, second = (finish(started(staff["district_officer"])) for _ in range(2))
    for file_format in ("xlsx", "csv"):
        content = runs.file_of(first, file_format)
        assert runs.file_of(first, file_format) == content
        assert runs.file_of(second, file_format) == content


def test_only_the_time_stamp_differs_later(staff, month):
    early = runs.file_of(finish(started(staff["district_officer"])), "xlsx")[1]
    late = runs.file_of(finish(started(staff["district_officer"], at=AS_OF + timedelta(hours=30))), "xlsx")[1]
    assert early != late
    assert _without_time(early) == _without_time(late)


def _without_time(content):
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        texts = {name: book.read(name).decode() for name in book.namelist()}
    stamp = r"2026-10-0\d(?:T\d\d:\d\d:\d\dZ| \d\d:\d\d)|2026年10月\d日"
    return {name: re.sub(stamp, "", text) for name, text in texts.items()}


def test_rows_survive_their_storage():
    report = get("reports.monthly")
    columns = report.columns({**RAW})
    row = {
        "key": 7, "linked": True, "unit": "江湾社区", "received": 3, "response": Rate(2, 3),
        "satisfaction": Rate(Decimal("2.60"), 4), "score": Decimal("94.67"), "rank": None,
    }  # fmt: skip
    back = runs.unpack(columns, runs.pack(columns, row))
    assert back == row
    assert back["satisfaction"].parts == "2.6/4"
    assert isinstance(back["response"].numerator, int)


def test_progress_ends_with_a_result_that_stays(client_for, staff, month):
    client = client_for(staff["district_officer"])
    with time_machine.travel(AS_OF, tick=False):
        response = client.post(reverse("reports:monthly"), RAW)
    job = Job.objects.get()
    assert response.url == reverse("reports:result", args=[job.pk])
    page = client.get(response.url).content.decode()
    assert "<progress" in page
    assert 'hx-trigger="every 1s"' in page
    assert client.get(response.url, headers={"HX-Target": "gw-run"}).headers.get("HX-Refresh") is None
    finish(job)
    assert client.get(response.url, headers={"HX-Target": "gw-run"}).headers["HX-Refresh"] == "true"
    page = client.get(response.url).content.decode()
    assert "江湾社区" in page
    assert "month=2026-09&amp;measure=received&amp;unit=" in page
    Petition.objects.update(state=State.VOIDED)  # the result is what was counted then
    assert client.get(response.url).content.decode().count("江湾社区") == page.count("江湾社区")
    assert response.url in client.get(reverse("reports:monthly")).content.decode()
    assert response.url in client.get(reverse("reports:catalogue")).content.decode()
    download = client.get(reverse("reports:file", args=[job.pk, "xlsx"]))
    assert download.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert "attachment" in download.headers["Content-Disposition"]
    assert cells(download.content)[1][3][2] == 4


def test_a_form_sent_twice_starts_one_run(client_for, staff):
    client = client_for(staff["district_officer"])
    data = {**RAW, "submission": "5c3c7e1e-6f0f-4a0e-9a2f-9d7b2f1d0001"}
    assert client.post(reverse("reports:monthly"), data).url == client.post(reverse("reports:monthly"), data).url
    assert Job.objects.count() == 1


def test_again_counts_the_data_of_now(client_for, staff, ticket, month):
    user = staff["community_worker"]
    first = finish(started(user))
    ticket()
    response = client_for(user).post(reverse("reports:repeat", args=[first.pk]))
    second = finish(Job.objects.exclude(pk=first.pk).get())
    assert response.url == reverse("reports:result", args=[second.pk])
    assert [job.result["rows"][0]["received"] for job in (first, second)] == [4, 5]


def test_the_worker_reads_the_scope_anew(staff, tree, month):
    user = make_user(Role.DISTRICT_OFFICER, tree.district)
    job = started(user)
    RoleAssignment.objects.filter(user=user).update(role=Role.COMMUNITY_WORKER, unit=tree.sister_community)
    job = finish(job)
    assert [row["unit"] for row in job.result["rows"]] == ["和平社区"]


@pytest.mark.parametrize("lost", ["role", "account"])
def test_who_lost_the_right_gets_no_figures(tree, month, lost):
    user = make_user(Role.DISTRICT_OFFICER, tree.district)
    job = started(user)
    if lost == "role":
        RoleAssignment.objects.filter(user=user).update(role=Role.GRID_WORKER, unit=tree.grid)
    else:
        type(user).objects.filter(pk=user.pk).update(is_active=False)
    job = finish(job)
    assert (job.status, job.result) == (JobStatus.FAILED, {})
    assert ("权限" if lost == "role" else "停用") in job.message


def test_a_run_may_be_repeated_from_the_start(staff, month):
    """As after a worker that died: the second worker counts the same moment again."""
    job = started(staff["district_officer"])
    claim(job.pk)
    Job.objects.filter(pk=job.pk).update(lease_until=AS_OF - timedelta(days=300))
    finish(job)
    assert (job.status, job.lease, len(job.result["rows"])) == (JobStatus.DONE, 2, 4)


def test_a_result_belongs_to_whoever_started_it(client_for, staff, month):
    job = finish(started(staff["district_officer"]))
    other = client_for(staff["street_officer"])
    for address in (
        reverse("reports:result", args=[job.pk]),
        reverse("reports:file", args=[job.pk, "xlsx"]),
        reverse("reports:file", args=[job.pk, "csv"]),
    ):
        assert other.get(address).status_code == 404
    assert other.post(reverse("reports:repeat", args=[job.pk])).status_code == 404
    assert Job.objects.count() == 1


def test_pages_refuse_without_the_permission(client_for, staff):
    client = client_for(staff["grid_worker"])
    for name in ("reports:catalogue", "reports:monthly"):
        response = client.get(reverse(name))
        assert response.status_code == 403
        assert "查看统计报表" in response.content.decode()
    assert client.post(reverse("reports:monthly"), RAW).status_code == 403
    assert not Job.objects.exists()
    with pytest.raises(Refused):
        runs.start(report=get("reports.monthly"), actor=staff["grid_worker"], raw=RAW)


def test_pages_ask_a_visitor_to_sign_in(client, db):
    for name in ("reports:home", "reports:catalogue", "reports:monthly"):
        assert client.get(reverse(name)).status_code == 302


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "请选择月份"),
        ({"month": "x", "level": "community"}, "2026-09 这样的格式"),
        ({"month": "2026-09", "level": "galaxy"}, "重新选择"),
    ],
)
def test_wrong_input_is_told_in_the_form(client_for, staff, data, sentence):
    response = client_for(staff["district_officer"]).post(reverse("reports:monthly"), data)
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not Job.objects.exists()


def test_unknown_reports_and_unfinished_files(client_for, staff):
    client = client_for(staff["district_officer"])
    assert client.get("/reports/no-such/").status_code == 404
    assert client.get("/reports/results/999999/").status_code == 404
    job = started(staff["district_officer"])
    assert client.get(reverse("reports:file", args=[job.pk, "xlsx"])).status_code == 409
    assert client.get(f"/reports/results/{job.pk}/file.exe").status_code == 404
    foreign = Job.objects.create(kind="other", actor=staff["district_officer"], run_after=AS_OF)
    assert client.get(reverse("reports:result", args=[foreign.pk])).status_code == 404


def test_a_month_that_has_not_come(staff):
    with pytest.raises(Invalid, match="还没有到"):
        runs.start(
            report=get("reports.monthly"), actor=staff["district_officer"], raw={"month": "2098-01", "level": "street"}
        )


def test_months_to_choose_from_reach_back_to_the_oldest_ticket(staff, ticket):
    with time_machine.travel(AS_OF, tick=False):
        form = get("reports.monthly").make_form(None, staff["community_worker"])
        assert form["month"].value() == "2026-09"
        months = [value for value, _ in form.fields["month"].widget.choices]
        assert (months[0], months[-1], len(months)) == ("2026-10", "2024-11", 24)
        ticket(received_at=local("2018-11-05 08:00"))
        ticket(received_at=local("1970-01-01 08:00"))  # nonsense from an import does not lengthen the list
        labels = [label for _, label in form.fields["month"].widget.choices]
    assert (labels[0], labels[-1], len(labels)) == ("2026年10月", "2018年11月", 96)
