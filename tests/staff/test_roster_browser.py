"""Pages of the roster in a real browser: they fit, are accessible, and somebody is entered and moved."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from staff.models import Residents, StandIn, Worker, WorkerCertificate
from staff.services.roster_duties import review_set
from staff.services.roster_posts import worker_second
from tests.browser import WIDE
from tests.factories.rules import make_rules
from tests.factories.staff import make_grade, make_worker
from tests.factories.volunteers import make_id_number

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]

PAGES = (
    "workers",
    "worker-create",
    "worker",
    "worker-change",
    "worker-transfer",
    "worker-leave",
    "posts",
    "post-reserves",
)


@pytest.fixture
def full(tree, staff):
    """A secretary with everything that the page can show, and colleagues."""
    make_rules("jiangyuan")
    office = staff["street_officer"]
    row = make_worker(
        tree.community, name="欧阳晓梅", rank="both_heads", kind="committee", education="bachelor", party_role="secretary",
        grade=None,
    )  # fmt: skip
    make_grade(row, 7, why=["书记、主任一肩挑属于“社区正职”岗位，起点 7 级。", "合计 7 级。"])
    for level, until in (("assistant", date(2024, 6, 1)), ("social_worker", date(2099, 6, 1))):
        WorkerCertificate.objects.create(worker=row, level=level, issued_on=date(2021, 6, 1), expires_on=until)
    colleague = make_worker(tree.community, name="王芳", rank="deputy", probation_until=timezone.localdate())
    make_worker(tree.sister_community, name="李小雨")
    StandIn.objects.create(worker=row, stand_in=colleague, valid_from=date(2025, 1, 1))
    worker_second(
        worker=row, actor=office, unit=tree.sister_community, valid_from=timezone.localdate(), note="包联小区"
    )
    review_set(worker=row, actor=office, year=2025, result="excellent")
    Residents.objects.create(unit=tree.community, counted_on=date(2026, 6, 30), number=8200, source="派出所")
    return row


def test_every_page_is_accessible_and_fits(faults_of, staff, tree, full):
    def address(name):
        key = full.posts.earliest("valid_from").pk if name.startswith("post-") else full.pk
        return reverse(f"staff:{name}", args=[key] if name not in ("workers", "worker-create", "posts") else [])

    pages = {f"staff-{name}": address(name) for name in PAGES}
    pages["staff-unit"] = reverse("grid:unit", args=[tree.community.pk])
    assert faults_of(staff["street_officer"], pages) == {}
    assert faults_of(staff["payroll_officer"], {"staff-home": "/"}) == {}


def test_somebody_is_entered_over_the_form(tab_for, staff, tree):
    make_rules("jiangyuan")
    tab = tab_for(staff["street_officer"], WIDE)
    tab.open(reverse("staff:worker-create"))
    page = tab.page
    page.locator("#id_unit").evaluate(
        "(field, key) => { field.append(new Option('江湾社区', key, true, true)); }", str(tree.community.pk)
    )
    page.fill("#id_name", "王芳")
    page.fill("#id_id_number", make_id_number(date(1992, 5, 6)))
    page.fill("#id_entered_on", f"{timezone.localdate() - timedelta(days=3):%Y-%m-%d}")
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_url("**/staff/people/*/")
    worker = Worker.objects.get()
    assert worker.number in page.title() or worker.number in page.content()
    assert worker.unit == tree.community
