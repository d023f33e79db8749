"""A scheme tried on today's roster: figures by hand, who sees whom, at once or as a job, and nothing written."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from common import jobs
from common.models import Job, Policy
from staff.choices import Rank
from staff.models import WorkerCertificate
from staff.policy_kinds import scheme_samples
from staff.selectors import scheme_trial
from staff.selectors.scheme_trial import try_scheme
from staff.views import preview
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_user
from tests.factories.staff import make_worker
from tests.staff.test_scheme_form import URL, open_form, sent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_july() -> Any:
    with time_machine.travel("2026-07-15T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def people(tree: Any, rules: None) -> list[Any]:
    """Two in the first street, one in the second, one without a grade, one who has left."""
    rows = [
        make_worker(tree.community, name="王芳", grade=10, rank=Rank.HEAD),
        make_worker(tree.sister_community, name="李小雨", grade=4),
        make_worker(tree.other_community, name="赵敏", grade=4),
        make_worker(tree.community, name="孙立军", grade=None),
    ]
    make_worker(tree.community, state="left", left_on=date(2026, 1, 1))
    return rows


def changed(**values: Any) -> dict[str, Any]:
    return {**copy.deepcopy(scheme_samples()["jilin"][1]), **values}


def test_another_base_keeps_the_grades_and_costs_this_much(tree, staff, people):
    found = try_scheme(changed(base="3900"), staff["payroll_officer"])
    # coefficient 10: 1.309, 4: 1.0875; 3600 → 4712.40 and 3915.00, 3900 → 5105.10 and 2968.88 + 1272.38 (each item to the fen)
    assert (found["people"], found["regrades"], found["left_out"]) == (3, False, [("还没有定级", 1)])
    assert (found["old"], found["new"], found["difference"]) == ("12542.40", "13587.62", "1045.22")
    assert found["streets"] == [
        {"name": tree.street.name, "people": 2, "old": "8627.40", "new": "9346.36", "difference": "718.96"},
        {"name": tree.other_street.name, "people": 1, "old": "3915.00", "new": "4241.26", "difference": "326.26"},
    ]
    assert found["grades"] == [[4, 2, 2], [10, 1, 1]]
    assert [(row["name"], row["old_grade"], row["new_grade"], row["difference"]) for row in found["rows"]] == [
        ("王*", 10, 10, "392.70"), ("李**", 4, 4, "326.26"), ("赵*", 4, 4, "326.26"),
    ]  # fmt: skip


def test_other_rules_of_grading_grade_everybody_anew(staff, people):
    found = try_scheme(changed(step_years=2), staff["payroll_officer"])
    # entered on 1 March 2020: 6 years, 3 steps: head 7 + 3, worker 1 + 3
    assert found["regrades"] is True
    assert [(row["old_grade"], row["new_grade"]) for row in found["rows"]] == [(10, 10), (4, 4), (4, 4)]
    found = try_scheme(changed(step_years=1), staff["payroll_officer"])
    assert [row["new_grade"] for row in found["rows"]] == [13, 7, 7]
    assert found["groups"] == [
        {
            "rank": "正职（书记或主任）", "old_grade": 10, "new_grade": 13, "people": 1, "old": "4712.40",
            "new": "5187.60", "difference": "475.20",
        },
        {
            "rank": "工作人员", "old_grade": 4, "new_grade": 7, "people": 2, "old": "7830.00", "new": "8550.00",
            "difference": "720.00",
        },
    ]  # fmt: skip


def test_the_other_structure_and_a_certificate(staff, people):
    WorkerCertificate.objects.create(worker=people[1], level="social_worker", issued_on=date(2024, 1, 1))
    found = try_scheme(scheme_samples()["post_grade_title"][1], staff["payroll_officer"])
    row = found["rows"][1]
    # before 3915 + stipend 200; after: post 2300, grade 1 + 2 = 3: 170, title 500, performance 200
    assert (row["old"], row["new_grade"], row["new"]) == ("4115.00", 3, "3170.00")


def test_a_grade_that_the_new_table_lacks_leaves_somebody_out(tree, staff, people):
    make_worker(tree.community, grade=30)
    found = try_scheme(changed(base="3900"), staff["payroll_officer"])
    assert ("等级表没有 30 级", 1) in found["left_out"]
    assert found["people"] == 3


def test_persons_are_for_those_who_see_their_pay(tree, staff, people):
    for user in (staff["security_admin"], staff["street_officer"]):
        found = try_scheme(changed(base="3900"), user)
        assert (found["people"], found["shows_people"], found["rows"]) == (3, False, [])
    # whoever sees the pay of one street sees the people of that street
    own = make_user("payroll_officer", tree.other_street)
    assert [row["name"] for row in try_scheme(changed(), own)["rows"]] == ["赵*"]


def test_the_queries_do_not_grow_with_the_people(tree, staff, people, django_assert_num_queries):
    payroll = staff["payroll_officer"]
    try_scheme(changed(), payroll)
    with django_assert_num_queries(11):
        try_scheme(changed(), payroll)
    for _ in range(8):
        make_worker(tree.community, grade=3)
    with django_assert_num_queries(11):
        try_scheme(changed(), payroll)


class TestFromTheRule:
    @pytest.fixture
    def browser(self, staff: Any, people: Any, client_for: Any) -> Any:
        return client_for(staff["security_admin"])

    def test_it_is_shown_before_saving_and_nothing_is_written(self, browser):
        form = open_form(browser)
        before = contents()
        answer = browser.post(URL, sent(form, base="3900", trial="1"))
        text = answer.content.decode()
        assert answer.status_code == 200
        for figure in ("12,542.40", "13,587.62", "1,045.22", "12,542.64"):
            assert figure in text
        assert "王*" not in text
        assert "逐人的结果由有“查看工资”权限的人" in text
        assert 'data-gw-chart="streets-option"' in text
        assert changed_since(before) == set()

    def test_what_is_wrong_is_named_instead(self, browser):
        answer = browser.post(URL, sent(open_form(browser), grades__4__remove="on", trial="1"))
        assert answer.status_code == 400
        assert answer.context["form"].non_field_errors() == ["等级不连续：缺少 5 级。"]
        assert browser.post(URL, sent(open_form(browser), base="x", trial="1")).status_code == 400

    def test_many_people_are_tried_by_a_job_that_only_its_owner_opens(self, browser, staff, client_for, monkeypatch):
        monkeypatch.setattr(preview, "AT_ONCE", 2)
        answer = browser.post(URL, sent(open_form(browser), base="3900", trial="1"))
        job = Job.objects.get()
        assert answer.url == reverse("common:job", args=[job.pk])
        versions = Policy.objects.count()
        jobs.execute(jobs.claim(job.pk))
        job.refresh_from_db()
        assert job.message == "已试算 3 人，每月合计由 12542.40 元变为 13587.62 元。"
        assert Policy.objects.count() == versions
        url = reverse("staff:trial-result", args=[job.pk])
        assert "13,587.62" in browser.get(url).content.decode()
        assert client_for(staff["payroll_officer"]).get(url).status_code == 404

    def test_other_rules_have_no_trial(self, browser):
        assert "试算" not in browser.get("/rules/leave/new").content.decode()


class TestByWhoPreparesThePay:
    def test_a_version_to_come_and_a_sample(self, staff, people, client_for):
        Policy.objects.create(
            key="pay_scheme", valid_from=date(2027, 1, 1), data=changed(base="3900", label="2027 年方案"), note="拟"
        )
        client = client_for(staff["payroll_officer"])
        url = reverse("staff:try-schemes")
        page = client.get(url)
        offered = dict(page.context["form"].fields["scheme"].choices)
        coming = next(key for key, label in offered.items() if "2027 年方案（自 2027-01-01 起，将生效）" in label)
        before = contents()
        text = client.post(url, {"scheme": coming}).content.decode()
        assert "王*" in text
        assert "王芳" not in text
        assert "392.70" in text
        assert changed_since(before) == set()
        assert "三档十二级" in client.post(url, {"scheme": "sample:three_bands"}).content.decode()
        assert client.post(url, {"scheme": "sample:nonsense"}).status_code == 400

    def test_not_without_seeing_pay(self, staff, people, client_for):
        for role in ("street_officer", "security_admin"):
            assert client_for(staff[role]).post(reverse("staff:try-schemes"), {}).status_code == 403


def test_everything_in_office_is_counted(people):
    assert scheme_trial.head_count() == 4
