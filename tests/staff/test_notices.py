"""Who is told of a step of money, pay and appraisal: whoever may take the next one, and whoever waits for the answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Notification, User
from common.errors import Refused
from staff.services import runs
from staff.services.appraisal_appeals import appeal_ask
from staff.services.funds import allocation_enter, reversal_enter
from staff.workflow import APPEAL_FLOW, APPRAISAL_FLOW, BUDGET_FLOW, FUND_FLOW
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_assignment, make_user
from tests.factories.staff import make_worker
from tests.staff.appraisal_support import give_all, make_office

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_october() -> Any:
    with time_machine.travel("2026-10-09T09:00:00+08:00", tick=False):
        yield


def told() -> dict[str, list[str]]:
    """Unread messages by the name somebody signs in with, since the last call."""
    found: dict[str, list[str]] = {}
    rows = Notification.objects.filter(read_at=None).order_by("pk")
    for name, text in rows.values_list("user__username", "text"):
        found.setdefault(name, []).append(text)
    rows.update(read_at="2026-10-09T09:00:00+08:00")
    return found


def names(*users: User) -> set[str]:
    return {user.username for user in users}


class TestFunds:
    def test_spending_asks_the_streets_office_and_answers_whoever_entered_it(self, money, client_for):
        told() if money.account else None
        entry = money.spend(1280, use="设施维修")
        text = "江湾社区 2026 年社区专项经费支出 1,280.00 元（设施维修）已登记，请审批。"
        row = Notification.objects.get(read_at=None)
        assert (row.user, row.text, row.url) == (money.street, text, entry.get_absolute_url())
        assert text in client_for(money.street).get(reverse("accounts:messages")).content.decode()
        money.approve(entry, note="凭证齐全")
        answer = "您登记的江湾社区 2026 年社区专项经费支出 1,280.00 元（设施维修）已审批入账，意见：凭证齐全。"
        assert told() == {money.worker.username: [answer]}, "what was asked for is done: nobody finds it unread"

    def test_the_district_is_asked_when_nobody_of_the_street_may(self, money):
        told() if money.account else None
        money.spend(100, actor=money.street)
        assert set(told()) == names(money.chief, money.second)
        colleague = make_user("street_officer", money.tree.street, username="colleague")
        elsewhere = make_user("street_officer", money.tree.other_street, username="elsewhere")
        gone = make_user("street_officer", money.tree.street, username="gone", is_active=False)
        former = make_user(username="former")
        make_assignment(former, "street_officer", money.tree.street, last_day=date(2026, 10, 8))
        money.spend(200, actor=money.street, voucher="0002")
        assert set(told()) == names(colleague)
        assert not Notification.objects.filter(user__in=(elsewhere, gone, former)).exists()

    def test_a_refusal_comes_with_its_reason_what_is_taken_back_is_asked_of_nobody_any_more(self, money):
        told() if money.account else None
        money.refuse(money.spend(300))
        (text,) = told()[money.worker.username]
        assert text.endswith("没有通过：凭证不全")
        FUND_FLOW.perform("withdraw", money.spend(400, voucher="0002"), money.worker, note="重复")
        assert told() == {}

    def test_who_may_not_approve_tells_nobody(self, money):
        entry = money.spend(500, actor=money.street)
        before = contents()
        with pytest.raises(Refused):
            money.approve(entry)
        assert changed_since(before) == set()

    def test_money_handed_down_and_a_counter_entry_name_what_they_are(self, money):
        entry = money.spend(100)
        money.approve(entry)
        told()
        allocation_enter(
            actor=money.chief, account=money.of(money.tree.district), unit=money.tree.street, amount=Decimal(9000),
            note="追加", request_key=uuid4(),
        )  # fmt: skip
        reversal_enter(actor=money.worker, fund_entry=entry, reason="退货")
        assert told() == {
            "second": ["江源区 2026 年社区专项经费下达 9,000.00 元（给城墙街道）已登记，请审批。"],
            money.street.username: ["江湾社区 2026 年社区专项经费冲销支出 100.00 元（便民服务）已登记，请审批。"],
        }

    def test_a_budget_is_one_message_however_many_communities_it_goes_to(self, money):
        budget = money.budget()
        assert told() == {"second": [f"{budget}（700,000.00 元）已编报，请审批。"]}
        BUDGET_FLOW.perform("approve", budget, money.second, note="")
        assert told() == {money.chief.username: [f"您编报的{budget}已审批通过。"]}
        again = money.budget(each=0)
        told()
        BUDGET_FLOW.perform("refuse", again, money.second, note="金额有误")
        assert told() == {money.chief.username: [f"您编报的{again}没有通过：金额有误"]}


class TestPay:
    def test_from_calculation_to_the_bank(self, bureau):
        make_worker(bureau.tree.community, grade=10)
        run = bureau.run(date(2026, 9, 1))
        ask = f"{run}工资表已核算，请复核。"
        Notification.objects.filter(user=bureau.chief).update(read_at="2026-10-09T09:00:00+08:00")
        runs.run_calculate(run=run, actor=bureau.preparer)
        assert told() == {"checker": [ask], "chief": [ask]}, "calculated again: only who has read it is told again"
        assert Notification.objects.count() == 3
        run = runs.run_send_back(run=run, actor=bureau.checker, note="缴费基数有误")
        assert told() == {"preparer": [f"{run}工资表退回核算：缴费基数有误"]}
        run = runs.run_calculate(run=run, actor=bureau.preparer)
        assert set(told()) == {"checker", "chief"}
        run = runs.run_check(run=run, actor=bureau.checker)
        assert told() == {"chief": [f"{run}工资表已复核，请审批。"]}
        runs.run_approve(run=run, actor=bureau.chief)
        pay = f"{run}工资表已审批，请办理发放。"
        assert told() == {"preparer": [pay], "checker": [pay]}, "one message each: what to do says that it was approved"
        assert not Notification.objects.filter(dedupe_key__startswith="answer:", text__contains="审批").exists()


class TestAppraisal:
    @pytest.fixture
    def office(self, tree: Any, staff: Any) -> Any:
        return make_office(tree, staff["street_officer"])

    @pytest.fixture
    def worker(self, tree: Any, staff: Any) -> Any:
        return make_worker(tree.community, user=staff["community_worker"])

    def test_added_up_it_waits_for_another_and_comes_back_with_an_answer(self, staff, office, worker):
        row = office.open()
        told()
        give_all(row, "90")
        row = APPRAISAL_FLOW.perform("close", row, office.one)
        ask = f"{row}已汇总，请复核公示。"
        assert told() == {name: [ask] for name in names(office.two, staff["district_officer"])}
        row = APPRAISAL_FLOW.perform("send_back", row, office.two, note="出勤有误")
        assert told() == {"one": [f"您汇总的{row}退回重新打分：出勤有误"]}
        give_all(row, "91")
        row = APPRAISAL_FLOW.perform("close", row, office.one)
        told()
        row = APPRAISAL_FLOW.perform("publish", row, office.two, note="")
        assert told()["one"] == [f"您汇总的{row}已复核公示。"]

    def test_an_appeal_waits_for_those_who_gave_no_points(self, tree, staff, office, worker):
        row = office.published("85", unit=tree.district)
        told()
        other = make_user("payroll_officer", tree.district, username="payroll")
        appeal = appeal_ask(user=worker.user, appraised=row.appraised.get(), text="出勤少算一天", request_key=uuid4())
        found = told()
        assert set(found) == names(office.one, office.two, staff["district_officer"])
        assert other.username not in found
        assert all("对2026 年第三季度考核结果提出申诉，请处理。" in text for (text,) in found.values())
        APPEAL_FLOW.perform("reject", appeal, office.two, note="核实无误")
        assert told() == {worker.user.username: ["您的申诉没有成立，维持原结果：核实无误"]}

    def test_who_gave_the_points_is_not_asked_about_the_appeal(self, tree, staff, worker):
        office = make_office(tree, staff["street_officer"])
        opened = office.open(unit=tree.street)
        colleague = make_user("street_officer", tree.street, username="colleague")
        give_all(opened, "80")
        row = APPRAISAL_FLOW.perform("close", opened, office.one)
        row = APPRAISAL_FLOW.perform("publish", row, office.two, note="")
        told()
        appeal_ask(user=worker.user, appraised=row.appraised.get(), text="少算", request_key=uuid4())
        assert set(told()) == names(colleague)
