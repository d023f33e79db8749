"""Pages of grades in a real browser: they fit, are accessible, and somebody is regraded after a dry look."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from staff.choices import Rank
from staff.models import AnnualReview, Grade
from staff.services.grades import grade_correct, grade_initial, regrade
from tests.browser import WIDE
from tests.factories.staff import make_worker

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]
NAMES = ("王芳", "欧阳晓明", "李小雨", "赵敏", "孙立军", "周桂英", "吴海燕")


@pytest.fixture
def people(tree, payroll):
    rows = []
    this = timezone.localdate().year
    for place, name in enumerate(NAMES):
        row = make_worker(
            tree.community if place % 2 else tree.sister_community, name=name, grade=None, education="bachelor",
            entered_on=date(2014 + place, 3, 1), rank=Rank.HEAD if place == 0 else Rank.WORKER,
        )  # fmt: skip
        grade_initial(worker=row, actor=payroll)
        if place < 5:
            result = "failed" if place == 3 else "qualified"
            AnnualReview.objects.create(worker=row, year=this - 1, result=result, set_at=timezone.now())
        rows.append(row)
    grade_correct(
        worker=rows[0], grade=9, since=date(2018, 1, 1), reason="2018 年漏记一级，江组〔2026〕3号", actor=payroll
    )
    regrade(worker=rows[0], on=date(2022, 6, 30), reason="scheme", actor=payroll)
    make_worker(tree.community, name="郑新", grade=None)
    return rows


def test_every_page_is_accessible_and_fits(faults_of, payroll, people):
    pages = {f"grades-{name}": reverse(f"staff:{name}") for name in ("grades", "ungraded", "grading")} | {
        f"grades-{name}": reverse(f"staff:{name}", args=[people[0].pk])
        for name in ("worker-grades", "regrade", "grade-correct")
    }
    assert faults_of(payroll, pages) == {}


def test_a_dry_look_and_then_the_regrade(tab_for, payroll, people):
    row = people[5]
    tab = tab_for(payroll, WIDE)
    page = tab.open(reverse("staff:regrade", args=[row.pk]))
    page.select_option("select[name=reason]", label="执行新方案")
    page.fill("input[name=on]", "2026-07-01")
    page.get_by_role("button", name="试算").click()
    page.wait_for_selector("text=试算结果（还没有执行）")
    tab.shoot("grades-dry-look")
    assert tab.violations() == []
    assert Grade.objects.filter(worker=row).count() == 1
    page.get_by_role("button", name="执行").click()
    page.wait_for_selector("text=已执行：自 2026-07-01 起")
    assert Grade.objects.filter(worker=row).count() == 2
