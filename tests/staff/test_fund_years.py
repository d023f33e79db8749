"""A year of community funds: its budget, what the rule leaves at its end, its figures; the published profiles."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.http import Http404

from common import events as history
from common import policies, profile
from common.errors import Conflict, Invalid, Refused
from staff.models import FundAccount, FundBudget, FundEntry
from staff.policy_kinds import FUNDS
from staff.selectors.funds import by_unit, faults, total_of
from staff.services.fund_years import year_close
from staff.services.funds import reversal_enter
from staff.workflow import BUDGET_FLOW
from tests.contracts.world import changed_since, contents
from tests.factories.funds import Money

pytestmark = pytest.mark.django_db
TODAY = date(2026, 9, 16)


@pytest.fixture(autouse=True)
def _in_september() -> Any:
    with time_machine.travel("2026-09-16T09:00:00+08:00", tick=False):
        yield


class TestBudget:
    def test_approved_by_another_it_goes_to_every_community(self, money, tree):
        budget = money.budget(amount=700_000, each=200_000)
        assert FundAccount.objects.count() == 0
        money.approve_budget(budget)
        sums = {
            row.unit.pk: (row.received, row.given, row.balance) for row in FundAccount.objects.select_related("unit")
        }
        assert sums == {
            tree.district.pk: (700_000, 600_000, 100_000), tree.community.pk: (200_000, 0, 200_000),
            tree.sister_community.pk: (200_000, 0, 200_000), tree.other_community.pk: (200_000, 0, 200_000),
        }  # fmt: skip
        entries = FundEntry.objects.all()
        assert {(one.state, one.entered_by, one.decided_by) for one in entries} == {
            ("approved", money.chief, money.second)
        }
        assert (entries.count(), list(faults()), list(history.verify())) == (4, [], [])

    def test_not_by_whoever_entered_it_nor_by_a_street(self, money):
        budget = money.budget()
        before = contents()
        with pytest.raises(Refused, match="请由另一位同事审批"):
            BUDGET_FLOW.perform("approve", budget, money.chief)
        with pytest.raises(Http404):
            BUDGET_FLOW.perform("approve", budget, money.street)
        assert changed_since(before) == set()

    def test_it_must_reach_for_all_communities(self, money):
        with pytest.raises(Invalid, match="3 个社区每个 200,000 元，共需 600,000 元"):
            money.budget(amount=500_000, each=200_000)
        assert FundBudget.objects.count() == 0

    def test_one_waits_at_a_time_and_a_form_sent_twice_is_one(self, money):
        key = uuid4()
        assert money.budget(request_key=key) == money.budget(request_key=key)
        with pytest.raises(Conflict, match="已有一份待审批的预算"):
            money.budget()

    @pytest.mark.parametrize(
        ("values", "words"), [({"year": 2020}, "只能编报"), ({"fund": "none"}, "请从列表中选择经费")]
    )
    def test_what_makes_no_sense_is_refused(self, money, values, words):
        with pytest.raises(Invalid, match=words):
            money.budget(**values)

    def test_refused_and_withdrawn_book_nothing(self, money):
        BUDGET_FLOW.perform("refuse", money.budget(), money.second, note="金额不对")
        budget = money.budget()
        with pytest.raises(Refused, match="只有登记人可以撤回"):
            BUDGET_FLOW.perform("withdraw", budget, money.second, note="不同意")
        BUDGET_FLOW.perform("withdraw", budget, money.chief, note="填错年度")
        assert FundAccount.objects.count() == 0


class TestProfiles:
    def test_the_published_figures_are_in_the_profiles(self):
        found = {
            name: {one["label"]: (one["level"], one["amount"]) for one in profile.load(name).policies()[FUNDS]["kinds"]}
            for name in ("jiangyuan", "fengnan")
        }
        assert found == {
            "jiangyuan": {"社区专项经费": ("community", "200000")},
            "fengnan": {
                "服务群众专项经费": ("community", "200000"), "社区工作经费": ("community", "100000"),
                "党费补助": ("district", "1044000"),
            },
        }  # fmt: skip

    @pytest.mark.parametrize("name", profile.available())
    def test_every_profile_passes_its_own_check(self, name):
        data = profile.load(name).policies()
        for key in (FUNDS, "pay_forecast"):
            policies.kind_of(key).check(data[key])

    def test_a_rule_with_a_hole_says_what_is_wrong(self):
        row = {"key": "a", "label": "经费", "level": "moon", "amount": "-1", "carry": "101", "uses": []}
        with pytest.raises(Invalid) as error:
            policies.kind_of(FUNDS).check({"kinds": [row, {**row, "level": "community"}]})
        assert len(error.value.each) == 9


class TestYearEnd:
    def close(self, money: Money, **values: Any) -> int:
        data = {"actor": money.chief, "unit": money.tree.district, "fund": "community", "year": 2026, **values}
        with time_machine.travel("2027-01-08T09:00:00+08:00", tick=False):
            return year_close(**data)

    def carry(self, percent: str) -> None:
        from common.models import Policy

        rule = Policy.objects.get(key=FUNDS)
        rule.data["kinds"][0]["carry"] = percent
        rule.save()
        policies.forget()

    @pytest.mark.parametrize(
        ("percent", "stays", "district"), [("100", "150000.00", "100000.00"), ("30", "60000.00", "470000.00"), ("0", None, "650000.00")]
    )  # fmt: skip
    def test_the_rule_says_what_stays(self, money, percent, stays, district):
        self.carry(percent)
        money.approve(money.spend(50_000))
        assert self.close(money) == 4
        following = {row.unit_id: str(row.balance) for row in FundAccount.objects.filter(year=2027)}
        assert following.get(money.tree.community.pk) == stays
        assert following[money.tree.district.pk] == district
        closed = FundAccount.objects.filter(year=2026)
        assert {(row.balance, row.is_closed) for row in closed} == {(0, True)}
        assert (list(faults()), list(history.verify())) == ([], [])
        assert self.close(money) == 0  # nothing is done twice

    def test_a_closed_year_takes_nothing_more(self, money):
        entry = money.approve(money.spend(100))
        self.close(money)
        with pytest.raises(Conflict, match="已经年末结转"):
            money.spend(100, voucher="9")
        with pytest.raises(Conflict, match="已经年末结转"):
            reversal_enter(actor=money.worker, fund_entry=entry, reason="错")

    def test_not_before_the_year_is_over_nor_while_entries_wait_nor_by_a_street(self, money):
        money.spend(100)
        for values, error, words in (
            ({"year": 2027}, Invalid, "年度结束以后"), ({}, Conflict, "还有 1 笔待审批"),
            ({"actor": money.street}, Refused, "由区级办理"), ({"fund": "none", "year": 2026}, Invalid, "没有这项经费"),
        ):  # fmt: skip
            with pytest.raises(error, match=words):
                self.close(money, **values)
        assert not FundAccount.objects.filter(is_closed=True).exists()


class TestFigures:
    def test_the_year_by_street(self, money, tree):
        money.approve(money.spend(50_000))
        money.spend(100, voucher="2")
        lines = {line.unit.pk: line for line in by_unit(money.chief, 2026, "")}
        street, other = lines[tree.street.pk], lines[tree.other_street.pk]
        assert (street.budget, street.spent, street.balance, str(street.rate), street.waiting) == (
            400_000, 50_000, 350_000, "12.50%", 1,
        )  # fmt: skip
        assert (other.budget, str(other.rate)) == (200_000, "0.00%")
        total = total_of(lines.values())
        assert (total.budget, total.spent) == (700_000, 50_000)
        own = by_unit(money.worker, 2026, "community")
        assert [(line.unit, line.spent) for line in own] == [(tree.community, 50_000)]

    def test_a_unit_with_money_is_not_closed(self, money, tree):
        from grid.guards import may_close

        assert money.account
        decision = may_close(tree.community)
        assert "余额 200,000.00 元" in decision.reason

    def test_money_follows_a_merger(self, money, tree):
        from grid.services import unit_merge

        money.approve(money.spend(50_000))
        unit_merge(actor=money.chief, unit=tree.community, target=tree.sister_community)
        account = FundAccount.objects.get(unit=tree.sister_community)
        assert account.balance == 350_000
        assert FundAccount.objects.get(unit=tree.community).is_closed
        assert list(faults()) == []
