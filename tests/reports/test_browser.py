"""The home page of every role and the report pages in a real browser, over the small demo."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from common.jobs import claim, execute
from common.models import Job
from tests.browser import PHONE

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(transactional_db):
    """One demo user per role, by role."""
    call_command("load_demo", small=True, verbosity=0)
    found = {}
    for row in RoleAssignment.objects.filter(user__is_demo=True).order_by("-pk").select_related("user"):
        found[row.role] = row.user
    User.objects.update(must_change_password=False)
    return found


def work_off():
    """What the worker does."""
    while job := claim():
        execute(job)


def check(tab, name):
    assert tab.faults_in_both_sizes(name, menu=True) == {}


A4_LANDSCAPE = {"width": 1047, "height": 718}  # at 96 dpi, inside margins of one centimetre


def printed_on_one_width(tab):
    """On paper: the table alone, all columns on the sheet."""
    page, screen = tab.page, tab.page.viewport_size
    page.set_viewport_size(A4_LANDSCAPE)
    page.emulate_media(media="print")
    tab.shoot("report-print")
    assert page.evaluate("document.querySelector('.gw-report table').scrollWidth") <= A4_LANDSCAPE["width"]
    assert not page.get_by_role("button", name="打印").is_visible()
    assert not page.locator("#gw-menu").is_visible()
    page.emulate_media(media="screen")
    page.set_viewport_size(screen)


def test_homes_and_a_month(tab_for, people):
    """One load of the demo for both: it takes longer than all that is looked at."""
    home_of_every_role(tab_for, people)
    a_month_from_choice_to_file(tab_for(people[Role.DISTRICT_OFFICER]))


def home_of_every_role(tab_for, people):
    assert set(people) == set(Role.values)
    for role, user in people.items():
        tab = tab_for(user)
        tab.open("/")
        tab.page.wait_for_timeout(600)  # charts draw themselves in
        check(tab, f"home-{role}")
        tab.close()
    hotline = tab_for(people[Role.HOTLINE_OPERATOR], PHONE)
    assert hotline.open("/").evaluate("document.activeElement.id") == "home-search"


def a_month_from_choice_to_file(tab):
    page = tab.open("/reports/monthly/")
    check(tab, "report-form")
    assert page.locator("#id_month").input_value() < f"{timezone.localdate():%Y-%m}"
    page.get_by_label("按社区").check()
    page.get_by_role("button", name="开始统计").click()
    page.wait_for_selector("progress")
    check(tab, "report-progress")
    work_off()
    page.wait_for_selector("table tfoot", timeout=15_000)
    check(tab, "report-result")
    printed_on_one_width(tab)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 Excel").click()
    assert re.fullmatch(r".+_诉求办理月度统计（按社区）_\d{4}年\d{1,2}月\.xlsx", download.value.suggested_filename)
    first = page.locator("table tbody td a").first
    number = int(first.inner_text())
    address = first.get_attribute("href")
    assert "measure=received" in address
    assert number > 0
    first.click()
    page.wait_for_selector("table.gw-table tbody tr")
    assert page.locator("table.gw-table tbody tr").count() == min(number, 20)
    tab.open("/reports/")
    check(tab, "report-catalogue")
    assert page.get_by_role("link", name="Excel").count() == Job.objects.count()
