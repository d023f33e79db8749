"""The form of a pay scheme and its trial in a real browser: they fit, are accessible, and what was typed stays."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from common.models import Policy
from staff.choices import Rank
from tests.browser import PHONE
from tests.factories.staff import make_worker

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture
def people(tree, rules):
    make_worker(tree.community, name="王芳", grade=10, rank=Rank.HEAD)
    make_worker(tree.sister_community, name="李小雨", grade=4)
    make_worker(tree.other_community, name="赵敏", grade=4, entered_on=date(2024, 3, 1))


def test_the_rules_are_accessible_and_fit(faults_of, staff, people):
    paths = ("pay_scheme", "pay_scheme/new", "pay_scheme/new?sample=three_bands", "insurance/new")
    pages = {path.replace("/", "-").replace("?", "-"): f"/rules/{path}" for path in paths}
    assert faults_of(staff["security_admin"], pages) == {}


def test_the_trial_opens_beside_the_form_and_what_was_typed_stays(tab_for, staff, people):
    tab = tab_for(staff["security_admin"], PHONE)
    page = tab.open("/rules/pay_scheme/new")
    page.fill("input[name=base]", "3900")
    page.fill("input[name=note]", "江人社发〔2026〕8号")
    page.fill("input[name=grades__17__coefficient]", "1.7")
    versions = Policy.objects.count()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="用现有人员试算").click()
    trial = opened.value
    trial.wait_for_selector("text=各镇街每月合计")
    assert "13,587.62" in trial.content()
    assert Policy.objects.count() == versions
    assert page.input_value("input[name=base]") == "3900"
    page.get_by_role("button", name="保存为新版本").click()
    page.wait_for_selector("text=已保存")
    assert Policy.objects.latest("pk").data["grades"][17]["coefficient"] == "1.7"


def test_the_trial_of_who_prepares_the_pay(tab_for, staff, people):
    tab = tab_for(staff["payroll_officer"])
    page = tab.open(reverse("staff:try-schemes"))
    assert tab.faults_in_both_sizes("trial-choose", menu=True) == {}
    page.select_option("select[name=scheme]", value="sample:post_grade_title")
    page.get_by_role("button", name="试算").click()
    page.wait_for_selector("text=每个人")
    tab.settle()
    assert tab.faults_in_both_sizes("trial", menu=False) == {}
