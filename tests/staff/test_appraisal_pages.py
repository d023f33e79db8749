"""Pages of appraisal: from opening to the board; nothing of others; the rule in the browser; the API."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from common import jobs
from common.models import Job, Policy
from staff.models import Appeal, Appraisal, AppraisalResult
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_user
from tests.factories.staff import make_worker
from tests.staff.appraisal_support import Office, make_office

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_october() -> Any:
    with time_machine.travel("2026-10-09T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def office(tree: Any, staff: Any) -> Office:
    return make_office(tree, staff["street_officer"])


@pytest.fixture
def worker(tree: Any, staff: Any) -> Any:
    return make_worker(tree.community, user=staff["community_worker"])


def at(name: str, *args: Any) -> str:
    return reverse(f"staff:{name}", args=args)


def run_job() -> Job:
    job = Job.objects.latest("pk")
    jobs.execute(jobs.claim(job.pk))
    job.refresh_from_db()
    assert job.status == "done", job.message
    return job


def test_the_whole_way_through_the_pages(tree, staff, office, worker, client_for):
    one, two, street = (client_for(user) for user in (office.one, office.two, office.street))
    data = {"subject": "worker", "period": "quarter:2026-07-01", "unit": tree.district.pk}
    answer = one.post(at("appraisal-open"), data, follow=True)
    assert "考核已开始" in answer.content.decode()
    row = Appraisal.objects.get()
    text = street.get(at("own-sheets")).content.decode()
    assert "已打 0 / 1 项" in text
    sheet = row.sheets.get()
    score = sheet.scores.get()
    page = street.get(at("own-sheet", sheet.pk)).content.decode()
    assert f"林** {worker.number}" in page
    street.post(at("own-sheet", sheet.pk), {f"score_{score.pk}": "87.5", "do": "send"})
    score.refresh_from_db()
    assert f"{score.points}" == "87.50"
    text = one.get(at("appraisal", row.pk)).content.decode()
    assert "已提交" in text
    assert "87.50" not in text, "the organiser sees how far a judge is, not the points"
    one.post(at("appraisal-act", row.pk, "close"))
    assert run_job().message == "1 个对象，平均 92.50 分。"
    assert one.post(at("appraisal-act", row.pk, "publish"), {"note": ""}).status_code == 403
    two.post(at("appraisal-act", row.pk, "publish"), {"note": "核对无误"})
    row.refresh_from_db()
    assert row.state == "published"

    own = client_for(worker.user)
    appraised = row.appraised.get()
    text = own.get(at("own-appraisal", appraised.pk)).content.decode()
    for words in ("92.50", "优秀", "街道评分，1 人评分，平均 87.50 分", "2026-10-13 前申诉"):
        assert words in text
    own.post(at("own-appeal", appraised.pk), {"text": "出勤少算一天"})
    appeal = Appeal.objects.get()
    text = two.get(at("appeal", appeal.pk)).content.decode()
    assert "出勤少算一天" in text
    assert "更正结果" in text
    two.post(at("appeal-act", appeal.pk, "uphold"), {"line": "home:judge_street", "points": "90", "note": "属实"})
    assert AppraisalResult.objects.count() == 2
    text = own.get(at("own-appraisal", appraised.pk)).content.decode()
    assert "94.00" in text
    assert "更正前的结果" in text
    with time_machine.travel("2026-10-14T09:00:00+08:00", tick=False):
        client_for(office.one).post(at("appraisal-act", row.pk, "finish"))
        run_job()
    row.refresh_from_db()
    assert row.state == "final"
    payroll = client_for(staff["payroll_officer"])
    payroll.post(at("appraisal-pay", row.pk), {"month": "2026-11"})
    assert run_job().message == "2026年11月起，1 人。"
    assert "晋升档案" in own.get(at("own-record")).content.decode()


class TestNothingOfOthers:
    def test_a_colleague_sees_neither_results_nor_sheets(self, tree, staff, office, worker, client_for):
        row = office.published()
        appraised, sheet = row.appraised.get(), row.sheets.get()
        colleague = make_user("community_worker", tree.community)
        make_worker(tree.community, user=colleague)
        browser = client_for(colleague)
        for name in ("own-appraisal", "own-appeal", "appraised"):
            assert browser.get(at(name, appraised.pk)).status_code == 404, name
        assert browser.get(at("own-sheet", sheet.pk)).status_code == 404
        for name in ("appraisals", "appraisal-results", "appeals"):
            assert browser.get(at(name)).status_code == 403, name
        assert browser.get(at("worker-record", worker.pk)).status_code == 403
        before = contents()
        assert browser.post(at("own-sheet", sheet.pk), {"do": "send"}).status_code == 404
        assert changed_since(before) == set()

    def test_nothing_is_told_before_it_is_published(self, office, worker, client_for):
        row = office.closed()
        own = client_for(worker.user)
        assert own.get(at("own-appraisal", row.appraised.get().pk)).status_code == 404
        assert "优秀" not in own.get(at("own-appraisals")).content.decode()

    def test_a_street_sees_its_own_of_the_districts_appraisal_and_takes_no_step(self, tree, office, worker, client_for):
        other = make_worker(tree.other_community)
        row = office.closed()
        street = client_for(office.street)
        text = street.get(at("appraisal-results")).content.decode()
        assert worker.number in text
        assert other.number not in text
        assert street.get(at("appraisal", row.pk)).status_code == 200
        assert street.get(at("appraised", row.appraised.get(worker=other).pk)).status_code == 404
        assert street.post(at("appraisal-act", row.pk, "publish"), {"note": ""}).status_code == 403
        row.refresh_from_db()
        assert row.state == "reckoned"


def test_the_board_is_open_to_all_and_shows_places_and_movement(tree, staff, office, client_for):
    office.published("80", subject="community", first=date(2026, 4, 1))
    office.published("95", subject="community")
    browser = client_for(staff["community_worker"])
    text = browser.get(at("board")).content.decode()
    for words in (tree.community.name, tree.other_community.name, "2026 年第三季度", "★★★★★ 5 星", "持平"):
        assert words in text
    one = AppraisalResult.objects.filter(appraised__unit=tree.other_community).latest("pk").appraised
    assert browser.get(at("appraised", one.pk)).status_code == 200
    own = AppraisalResult.objects.filter(appraised__unit=tree.community).latest("pk").appraised
    assert "前申诉" in browser.get(at("appraised", own.pk)).content.decode()
    assert "前申诉" not in browser.get(at("appraised", one.pk)).content.decode()


def test_the_rule_is_edited_as_tables_and_refused_with_every_reason(staff, office, client_for):
    browser = client_for(staff["security_admin"])
    key = "appraisal_worker_quarter"
    url = reverse("accounts:rule-edit", args=[key])
    page = browser.get(f"{url}?sample=worker_quarter")
    form = page.context["form"]
    data = {"valid_from": "2026-10-09", "note": "江组〔2026〕10号", "opened_at": form.latest}
    for part in form.parts:
        data[part.name] = str(part.value)
    wrong = {**data, "indicators__0__weight": "11", "levels__3__lowest": "10"}
    answer = browser.post(f"{url}?sample=worker_quarter", wrong)
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "各项权重之和应为 100，现在是 101。" in text
    assert "最低的等次应从 0 分起" in text
    assert Policy.objects.filter(key=key).count() == 1
    assert browser.post(f"{url}?sample=worker_quarter", data).status_code == 302
    assert Policy.objects.filter(key=key).latest("valid_from").data["label"] == "社区工作者季度考核"


def test_the_api_gives_periods_and_results_with_their_lines(office, worker, api_for):
    row = office.published()
    caller = api_for(office.two)
    periods = caller.get("/api/v1/staff-appraisals/").data["results"]
    assert [(one["id"], one["period"], one["state"]) for one in periods] == [(row.pk, "2026 年第三季度", "published")]
    results = caller.get("/api/v1/staff-appraisal-results/", {"appraisal": row.pk}).data["results"]
    assert [(one["worker_number"], one["name"], one["score"], one["place"]) for one in results] == [
        (worker.number, "林**", "94.00", 1)
    ]
    detail = caller.get(f"/api/v1/staff-appraisal-results/{results[0]['id']}/").data
    assert [line["key"] for line in detail["lines"]] == ["judge_street", "attendance"]
