"""Pages of leave in a real browser: they fit, are accessible, and somebody asks on a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common import calendar
from staff.models import Leave
from tests.browser import PHONE
from tests.factories.staff import make_worker

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture
def people(tree, staff, rules):
    today = timezone.localdate()
    own = make_worker(tree.community, user=staff["community_worker"])
    rows = [own, *(make_worker(tree.community, name=name) for name in ("王芳", "欧阳晓明"))]
    rows.append(make_worker(tree.sister_community, name="赵敏"))
    for place, row in enumerate(rows):
        first = today.replace(day=3 + 4 * place)
        Leave.objects.create(
            worker=row, kind=("annual", "sick", "personal", "injury")[place], first_day=first, reason="探亲",
            last_day=first + timedelta(days=3 + place), state="asked" if place % 2 else "approved",
            cover=rows[(place + 1) % 3], asked_at=timezone.now(),
        )  # fmt: skip
    return rows


def test_every_page_is_accessible_and_fits(faults_of, staff, people):
    row = Leave.objects.filter(state="asked").order_by("pk").first()
    assert row is not None
    pages = {name: reverse(f"staff:{name}") for name in ("leaves", "leave-enter", "leave-calendar")} | {
        "leave": reverse("staff:leave", args=[row.pk]), "leave-act": reverse("staff:leave-act", args=[row.pk, "approve"]),
    }  # fmt: skip
    assert faults_of(staff["street_officer"], pages) == {}
    assert faults_of(staff["community_worker"], {"leave-own": reverse("staff:own-leave")}) == {}


def test_somebody_asks_on_a_phone_and_sees_the_cover_before(tab_for, staff, people):
    day = timezone.localdate() + timedelta(days=60)
    while not calendar.current().is_working_day(day):
        day += timedelta(days=1)
    tab = tab_for(staff["community_worker"], PHONE)
    page = tab.open(reverse("staff:own-leave-ask"))
    assert tab.violations() == []
    page.select_option("select[name=kind]", label="年休假")
    page.fill("input[name=first_day]", f"{day:%Y-%m-%d}")
    page.fill("input[name=last_day]", f"{day:%Y-%m-%d}")
    page.get_by_label("只请半天").check()
    page.wait_for_selector("text=共 0.5 个工作日")
    assert "代班人：王*" in page.inner_text("#leave-look")
    tab.shoot("leave-ask")
    assert tab.faults() == []
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_selector("text=已提交，等待街道审批。")
    assert Leave.objects.get(first_day=day).half
