"""Community funds: two people, never overspent, undone by counter-entries, carried over by the rule."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from hypothesis import given, settings
from hypothesis import strategies as st

from common import events as history
from common.errors import Conflict, Invalid, PlainError, Refused
from common.models import Event
from staff.models import FundAccount, FundEntry, FundVoucher
from staff.rules import funds_on
from staff.selectors.funds import faults, waiting_entries
from staff.services.funds import allocation_enter, reversal_enter, vouchers_add
from staff.workflow import FUND_FLOW
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_staff, make_user
from tests.factories.funds import PDF, Money, receipt
from tests.factories.grid import make_tree
from tests.factories.rules import make_rules
from tests.together import together

pytestmark = pytest.mark.django_db
TODAY = date(2026, 9, 16)


@pytest.fixture(autouse=True)
def _in_september() -> Any:
    with time_machine.travel("2026-09-16T09:00:00+08:00", tick=False):
        yield


class TestSpending:
    def test_it_waits_and_is_booked_by_another(self, money):
        entry = money.spend(1234.56)
        account = money.account
        assert (entry.state, account.balance) == ("proposed", 200_000)
        assert list(waiting_entries(money.street)) == [entry]
        assert not waiting_entries(money.worker)
        money.approve(entry, note="凭证齐全")
        account.refresh_from_db()
        assert (account.spent, account.balance) == (Decimal("1234.56"), Decimal("198765.44"))
        event = Event.objects.filter(stream=entry.stream).latest("seq")
        assert (event.actor, event.data["balance"]) == (money.street, "198765.44")

    def test_never_by_whoever_entered_it(self, money):
        entry = money.spend(100, actor=money.street)
        stranger = make_user("street_officer", money.tree.other_street)
        before = contents()
        with pytest.raises(Refused, match="请由另一位同事审批"):
            FUND_FLOW.perform("approve", entry, money.street)
        with pytest.raises(Refused, match="没有“审批通过”的权限"):
            FUND_FLOW.perform("approve", entry, money.worker)
        with pytest.raises(Http404):
            FUND_FLOW.perform("approve", entry, stranger)
        assert changed_since(before) == set()
        with pytest.raises(IntegrityError), transaction.atomic():
            FundEntry.objects.filter(pk=entry.pk).update(decided_by=money.street)

    def test_not_from_anothers_account(self, money):
        other = FundAccount.objects.get(unit=money.tree.other_community) if money.account else None
        with pytest.raises(Http404):
            money.spend(100, account=other)
        with pytest.raises(Http404):
            money.spend(100, actor=money.staff["payroll_officer"], account=money.account)
        assert not FundEntry.objects.filter(kind="spending").exists()

    def test_more_than_there_is_is_refused_at_once_and_again_when_it_is_booked(self, money):
        with pytest.raises(Conflict, match="余额只有 200,000.00 元"):
            money.spend("200000.01")
        first, second = money.spend(150_000), money.spend(150_000, voucher="0002")
        money.approve(first)
        before = contents()
        with pytest.raises(Conflict, match="余额只有 50,000.00 元，这笔 150,000.00 元不能入账"):
            money.approve(second)
        assert changed_since(before) == set()
        money.refuse(second)
        assert list(faults()) == []

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"day": date(2026, 9, 17)}, "不晚于今天"), ({"day": date(2025, 12, 31)}, "2026 年内"), ({"use": "旅游"}, "选择用途"),
            ({"files": []}, "上传凭证"), ({"amount": Decimal("0.001")}, "最多两位小数"), ({"amount": Decimal(-5)}, "大于 0"),
            ({"files": [SimpleUploadedFile("凭证.exe", b"MZ" + bytes(64))]}, "类型不能上传"),
            ({"files": [SimpleUploadedFile("凭证.pdf", b"MZ" + bytes(64))]}, "内容与文件类型不符"),
            ({"files": [SimpleUploadedFile("凭证.pdf", b"")]}, "空文件"),
        ],
    )  # fmt: skip
    def test_what_it_does_not_take(self, money, values, words):
        before = contents() if money.account else {}
        with pytest.raises(Invalid, match=words):
            money.spend(**{"amount": 100, **values})
        assert changed_since(before) <= {"accounts_user"}
        assert FundVoucher.objects.count() == 0

    def test_a_voucher_is_paid_once(self, money):
        first = money.spend(100)
        with pytest.raises(Conflict, match="凭证号已经登记过"):
            money.spend(100)
        money.refuse(first)
        money.spend(100)  # entered anew

    def test_a_form_sent_twice_is_one(self, money):
        key = uuid4()
        assert money.spend(100, request_key=key) == money.spend(100, request_key=key)
        assert (FundEntry.objects.filter(kind="spending").count(), FundVoucher.objects.count()) == (1, 1)

    def test_vouchers_are_added_while_it_waits(self, money):
        entry = money.spend(100)
        vouchers_add(actor=money.worker, fund_entry=entry, files=[receipt("背面.pdf")])
        assert [file.name for file in entry.vouchers.all()] == ["凭证.pdf", "背面.pdf"]
        with pytest.raises(Invalid, match="最多 9 个附件"):
            vouchers_add(actor=money.worker, fund_entry=entry, files=[receipt()] * 8)
        money.approve(entry)
        with pytest.raises(Conflict, match="只有待审批的支出"):
            vouchers_add(actor=money.worker, fund_entry=entry, files=[receipt()])

    def test_a_voucher_leaves_only_through_the_scope(self, money, client_for):
        file = money.spend(100).vouchers.get()
        url = f"/staff/funds/vouchers/{file.pk}/"
        answer = client_for(money.worker).get(url)
        assert b"".join(answer.streaming_content) == PDF
        assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
        assert answer["Content-Disposition"].startswith("attachment")
        assert client_for(make_user("community_worker", money.tree.other_community)).get(url).status_code == 404
        assert client_for(money.staff["payroll_officer"]).get(url).status_code == 403


class TestReversal:
    def test_the_only_way_to_undo_what_is_booked(self, money):
        entry = money.approve(money.spend(5000))
        back = reversal_enter(actor=money.worker, fund_entry=entry, reason="重复报销")
        account = money.account
        assert account.balance == 195_000
        money.approve(back)
        account.refresh_from_db()
        entry.refresh_from_db()
        assert (account.spent, account.balance, entry.is_reversed, entry.state) == (0, 200_000, True, "approved")
        money.approve(money.spend(4500))  # the same voucher, entered rightly
        assert (list(faults()), list(history.verify())) == ([], [])

    def test_once_and_only_of_what_is_booked(self, money):
        entry = money.spend(5000)
        with pytest.raises(Refused, match="只有已入账的支出可以冲销"):
            reversal_enter(actor=money.worker, fund_entry=entry, reason="错")
        money.approve(entry)
        reversal_enter(actor=money.worker, fund_entry=entry, reason="错")
        with pytest.raises(Conflict, match="正在冲销"):
            reversal_enter(actor=money.worker, fund_entry=entry, reason="错")

    def test_the_database_keeps_a_booked_entry_as_it_is(self, money):
        entry = money.approve(money.spend(5000))
        for change in ({"amount": 1}, {"payee": "别人"}, {"state": "proposed"}, {"day": TODAY.replace(day=1)}):
            with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
                FundEntry.objects.filter(pk=entry.pk).update(**change)
        with connection.cursor() as cursor, pytest.raises(IntegrityError, match="is kept"), transaction.atomic():
            cursor.execute("DELETE FROM staff_fundentry WHERE id = %s", [entry.pk])

    def test_an_account_that_was_changed_behind_the_applications_back_is_found(self, money, capsys):
        money.approve(money.spend(5000))
        call_command("verify_funds")
        count = FundAccount.objects.count()
        out = capsys.readouterr()
        assert (out.out, out.err) == (f"{count} 本经费账全部相符。\n", "")
        FundAccount.objects.filter(pk=money.account.pk).update(spent=4000, balance=196_000)
        with pytest.raises(CommandError, match=f"^{count} 本经费账中有 1 处不符") as error:
            call_command("verify_funds")
        assert error.value.returncode == 1
        out = capsys.readouterr()
        assert (out.out, out.err) == ("", f"“{money.account}”的支出是 4000.00 元，入账的合计是 5000.00 元。\n")

    def test_an_entry_that_was_changed_past_the_trigger_is_found(self, money, capsys):
        entry = money.approve(money.spend(5000))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("UPDATE staff_fundentry SET amount = 4000 WHERE id = %s", [entry.pk])
            cursor.execute("SET LOCAL session_replication_role = origin")
        with pytest.raises(CommandError, match="1 处不符"):
            call_command("verify_funds")
        assert capsys.readouterr().err == f"“{money.account}”的支出是 5000.00 元，入账的合计是 4000.00 元。\n"


class TestAllocation:
    def test_given_on_by_the_district_with_two_people(self, money):
        own = FundAccount.objects.get(unit=money.tree.district) if money.account else None
        entry = allocation_enter(
            actor=money.chief, account=own, unit=money.tree.street, amount=Decimal(30_000), note="街道统筹",
            request_key=uuid4(),
        )  # fmt: skip
        with pytest.raises(Refused):
            FUND_FLOW.perform("approve", entry, money.chief)
        with pytest.raises(Refused, match="本件不由您所在的单位"):  # it only comes in there
            FUND_FLOW.perform("approve", entry, money.street)
        assert not waiting_entries(money.street)
        FUND_FLOW.perform("approve", entry, money.second)
        target = FundAccount.objects.get(unit=money.tree.street)
        own.refresh_from_db()
        assert (target.balance, own.balance) == (30_000, 70_000)
        assert entry in FundEntry.objects.visible_to(money.street)

    def test_only_downwards_and_never_more_than_there_is(self, money):
        own = FundAccount.objects.get(unit=money.tree.district) if money.account else None
        for unit, amount, words in (
            (money.tree.district, 1, "只能下达给下属"), (money.tree.street, 100_001, "余额只有 100,000.00 元"),
        ):  # fmt: skip
            with pytest.raises(PlainError, match=words):
                allocation_enter(
                    actor=money.chief, account=own, unit=unit, amount=Decimal(amount), note="文", request_key=uuid4()
                )


@settings(max_examples=15)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["spend", "approve", "refuse", "reverse"]), st.integers(1, 90_000)), max_size=12
    )
)
def test_whatever_is_done_the_account_is_what_its_entries_say(money, steps):
    with transaction.atomic():
        for place, (step, number) in enumerate(steps):
            waiting = FundEntry.objects.filter(state="proposed").order_by("pk").first()
            booked = FundEntry.objects.filter(state="approved", kind="spending", is_reversed=False).first()
            try:
                if step == "spend":
                    money.spend(number, voucher=f"{place}")
                elif step == "reverse" and booked:
                    reversal_enter(actor=money.worker, fund_entry=booked, reason="错")
                elif step in ("approve", "refuse") and waiting:
                    getattr(money, step)(waiting)
            except Conflict:
                pass
        account = money.account
        assert account.balance >= 0
        assert account.balance == account.received - account.given - account.spent
        assert list(faults()) == []
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_the_same_moment_never_overspend():
    tree = make_tree()
    make_rules("jiangyuan")
    money = Money(tree, make_staff(tree), make_user("district_officer", tree.district, username="second"))
    entries = [money.spend(120_000, voucher=f"{number}") for number in range(3)]
    found = together(*(lambda entry=entry: money.approve(entry) for entry in entries))
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "Conflict", "FundEntry"]
    account = money.account
    assert (account.spent, account.balance) == (120_000, 80_000)
    one = FundEntry.objects.get(kind="spending", state="approved")
    reversals = together(*(lambda: reversal_enter(actor=money.worker, fund_entry=one, reason="错") for _ in range(2)))
    assert sorted(type(row).__name__ for row in reversals) == ["Conflict", "FundEntry"]
    assert list(faults()) == []


def test_the_rule_names_the_funds_of_a_day(money):
    fund = funds_on(TODAY)["community"]
    assert (fund.label, fund.amount, fund.carry, fund.uses[0]) == ("社区专项经费", 200_000, 1, "便民服务")
