"""Forecast of pay and community funds in a real browser: pages fit and are accessible; money is spent on a phone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from common.months import first_of_next
from staff.models import Forecast, FundEntry, InsuranceBase
from staff.policy_kinds import scheme_samples
from staff.services.forecast import forecast_ask, forecast_keep, reckon
from staff.services.funds import account_of
from tests.browser import PHONE, WIDE
from tests.factories.accounts import make_user
from tests.factories.funds import PDF, Money
from tests.factories.rules import make_rules
from tests.factories.staff import make_worker

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture
def money(tree: Any, staff: Any) -> Money:
    """A year in which something was spent, and something waits; the year before is still open."""
    make_rules("jiangyuan")
    found = Money(tree, staff, make_user("district_officer", tree.district, username="second"))
    found.approve(found.spend(52_300.5, note="楼道灯更换"))
    found.spend(1280, voucher="0002", payee="社区便民维修部", use="设施维修")
    last = account_of(tree.community, "community", "社区专项经费", timezone.localdate().year - 1)
    type(last).objects.filter(pk=last.pk).update(received=200_000, balance=30_000, spent=170_000)
    return found


@pytest.fixture
def forecast(tree: Any, staff: Any, money: Money) -> Forecast:
    for unit, grades in ((tree.community, (3, 7, 10)), (tree.other_community, (4, 12)), (tree.district, (9,))):
        for grade in grades:
            worker = make_worker(unit, grade=grade, community_since=date(2014, 3, 1))
            InsuranceBase.objects.create(worker=worker, valid_from=date(2026, 1, 1), amount=Decimal(5000))
    asked = forecast_ask(
        actor=staff["payroll_officer"], unit=tree.district, first_month=first_of_next(timezone.localdate()),
        scheme={**scheme_samples()["jilin"][1], "base": "3900"}, new_label="基数 3600 → 3900", request_key=uuid4(),
    )  # fmt: skip
    return forecast_keep(forecast=asked, actor=staff["payroll_officer"], found=reckon(asked))


def test_pages_are_accessible_and_fit(faults_of, staff, tree, money, forecast):
    waiting = FundEntry.objects.get(state="proposed")
    year = timezone.localdate().year - 1
    pages = {
        "payroll_officer": [
            ("forecasts", {}, ""), ("forecast-new", {}, ""), ("forecast-table", {}, ""), ("forecast", {"pk": forecast.pk}, ""),
        ],
        "district_officer": [
            ("funds", {}, ""), ("fund-accounts", {}, ""), ("fund-entries", {}, ""), ("fund-budgets", {}, ""),
            ("fund-budget-new", {}, ""), ("fund-close", {}, f"?fund=community&year={year}"),
            ("fund-unit", {"pk": tree.district.pk}, ""),
        ],
        "street_officer": [("fund-entry", {"pk": waiting.pk}, "")],
        "community_worker": [
            ("fund-unit", {"pk": tree.community.pk}, ""), ("fund-spend", {"pk": money.account.pk}, ""), ("funds", {}, ""),
        ],
    }  # fmt: skip
    for role, named in pages.items():
        addresses = {
            f"budget-{name}-{role}": reverse(f"staff:{name}", kwargs=kwargs) + query for name, kwargs, query in named
        }
        assert faults_of(staff[role], addresses) == {}


def test_money_is_spent_on_a_phone_and_approved_by_another(tab_for, staff, tree, money, tmp_path):
    file = tmp_path / "发票.pdf"
    file.write_bytes(PDF)
    tab = tab_for(staff["community_worker"], PHONE)
    page = tab.open(reverse("staff:fund-unit", args=[tree.community.pk]))
    page.get_by_role("link", name="登记支出").click()
    page.fill("input[name=amount]", "860.50")
    page.fill("input[name=payee]", "晨光印务部")
    page.select_option("select[name=use]", label="文化活动")
    page.fill("input[name=voucher]", "FP-20260917")
    page.set_input_files("input[name=files]", str(file))
    page.get_by_role("button", name="提交审批").click()
    page.wait_for_selector("text=已登记，等待审批。")
    assert "发票.pdf" in page.inner_text("main")
    entry = FundEntry.objects.latest("pk")
    assert page.get_by_role("link", name="审批通过").count() == 0

    page = tab_for(staff["street_officer"], WIDE).open(entry.get_absolute_url())
    page.get_by_role("link", name="审批通过").click()
    page.wait_for_selector("#gw-dialog-content button[type=submit]")
    page.locator("#gw-dialog-content button[type=submit]").click()
    page.wait_for_selector("text=已完成“审批通过”。")
    entry.refresh_from_db()
    assert (entry.state, entry.decided_by) == ("approved", staff["street_officer"])
    assert money.account.spent == Decimal("53161.00")
