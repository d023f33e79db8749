"""A run that was calculated before something changed: what its page says, what refuses its check and its approval."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from common import policies
from common.errors import Conflict
from common.models import Policy
from staff.models import AttendanceSheet, Slip
from staff.selectors.run_checks import warnings
from staff.services import pay_inputs, runs
from staff.services.attendance import day_mark
from staff.services.attendance_months import sheet_close, sheet_reopen
from staff.services.leave import leave_enter
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_user
from tests.factories.grid import make_tree
from tests.factories.growth import make_day
from tests.factories.rules import make_rules
from tests.factories.staff import make_worker
from tests.staff.conftest import Bureau
from tests.staff.pay_rules import tables
from tests.together import together

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
NONE_CLOSED = "2026 年 6 月考勤没有结账，旷工没有计入工资；实行考勤的请先结账，再重新核算。"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel("2026-07-06T08:20:00+08:00", tick=False) as moved:
        yield moved


def signed(worker: Any, *missing: int) -> None:
    """June of a worker, signed on all days but some."""
    for number in range(1, 31):
        if number not in missing:
            make_day(worker, date(2026, 6, number), "07:50", "17:30")


@pytest.fixture
def worker(bureau):
    worker = make_worker(bureau.tree.community, grade=10)
    signed(worker, 3, 4)
    return worker


@pytest.fixture
def office(bureau):
    return make_user("street_officer", bureau.tree.street)


class TestAttendance:
    def test_closed_after_the_calculation_it_is_refused_until_it_is_calculated_again(
        self, bureau, worker, office, clock, client_for
    ):
        run = bureau.run(JUNE)
        assert warnings(run) == [NONE_CLOSED]
        clock.shift(timedelta(minutes=5))
        sheet = sheet_close(actor=office, unit=bureau.tree.street, month=JUNE)
        words = f"“{sheet}”在这次核算之后有变动（考勤结账），请重新核算。"
        assert warnings(run) == [words]
        checker = client_for(bureau.checker)
        assert words in checker.get(run.get_absolute_url()).content.decode()
        before = contents()
        answer = checker.post(reverse("staff:run-act", args=[run.pk, "check"]), {"note": "已核对"})
        assert (answer.status_code, changed_since(before) - {"accounts_user"}) == (409, set())
        assert words in answer.content.decode()
        clock.shift(timedelta(minutes=5))
        run = runs.run_calculate(run=run, actor=bureau.preparer)
        assert warnings(run) == []
        assert runs.run_check(run=run, actor=bureau.checker).state == "checked"
        assert Slip.objects.get().lines[-1][1] == "旷工扣款"

    @pytest.mark.parametrize("what", ["reopened", "closed again", "put right"])
    def test_moved_after_the_check_it_is_not_approved(self, bureau, worker, office, clock, what):
        sheet = sheet_close(actor=office, unit=bureau.tree.street, month=JUNE)
        clock.shift(timedelta(minutes=5))
        run = runs.run_check(run=bureau.run(JUNE), actor=bureau.checker)
        clock.shift(timedelta(minutes=5))
        if what == "put right":
            day_mark(worker=worker, actor=office, day=date(2026, 6, 3), mark="errand", reason="到区里开会")
        else:
            sheet_reopen(sheet=sheet, actor=office, note="漏登公出")
        if what == "closed again":
            clock.shift(timedelta(minutes=5))
            sheet_close(actor=office, unit=bureau.tree.street, month=JUNE)
        before = contents()
        with pytest.raises(Conflict, match="请先退回核算，再重新核算。$"):
            runs.run_approve(run=run, actor=bureau.chief)
        assert changed_since(before) == set()
        run = runs.run_send_back(run=run, actor=bureau.checker, note="考勤有变动")
        clock.shift(timedelta(minutes=5))
        run = runs.run_check(run=runs.run_calculate(run=run, actor=bureau.preparer), actor=bureau.checker)
        assert runs.run_approve(run=run, actor=bureau.chief).state == "approved"

    def test_not_closed_at_all_is_only_told(self, bureau, worker):
        run = bureau.run(JUNE)
        assert warnings(run) == [NONE_CLOSED]
        run = runs.run_check(run=run, actor=bureau.checker)
        run = runs.run_approve(run=run, actor=bureau.chief)
        assert (run.state, warnings(run)) == ("approved", [])

    def test_who_is_not_in_a_closed_month_is_counted(self, bureau, worker, office, clock):
        make_worker(bureau.tree.other_community, grade=3)
        sheet_close(actor=office, unit=bureau.tree.street, month=JUNE)
        clock.shift(timedelta(minutes=5))
        assert warnings(bureau.run(JUNE)) == ["还有 1 人这个月的考勤没有结账，结账后请重新核算。"]

    def test_a_neighbours_month_and_another_month_are_no_matter(self, bureau, worker, office, clock):
        made = runs.run_create(actor=bureau.preparer, unit=bureau.tree.other_street, month=JUNE)
        make_worker(bureau.tree.other_community, grade=3)
        run = runs.run_calculate(run=made, actor=bureau.preparer)
        clock.shift(timedelta(minutes=5))
        sheet_close(actor=office, unit=bureau.tree.street, month=JUNE)
        assert warnings(run) == [NONE_CLOSED]
        assert runs.run_check(run=run, actor=bureau.checker).state == "checked"


class TestFacts:
    def test_what_changed_since_is_told_with_its_number_and_kinds(self, bureau, worker, office, clock):
        other = make_worker(bureau.tree.other_community, grade=3)
        run = bureau.run(JUNE)
        clock.shift(timedelta(minutes=5))
        base = {"actor": bureau.preparer, "amount": Decimal(4500)}
        pay_inputs.insurance_base_set(worker=worker, valid_from=JUNE, **base)
        pay_inputs.deduction_set(worker=worker, kind="children", valid_from=JUNE, **base)
        pay_inputs.insurance_base_set(worker=other, valid_from=JULY, **base)  # begins later
        day = date(2026, 6, 8)
        leave_enter(actor=office, worker=worker, kind="sick", first_day=day, last_day=day, request_key=uuid4())
        assert warnings(run)[1:] == [
            "核算之后有 1 人的情况有变动（代为登记、专项附加扣除、缴费基数），请重新核算，使工资条与现在的情况一致。"
        ]
        assert runs.run_check(run=run, actor=bureau.checker).state == "checked", "told, not refused"
        clock.shift(timedelta(minutes=5))
        run = runs.run_send_back(run=run, actor=bureau.checker, note="有变动")
        assert len(warnings(runs.run_calculate(run=run, actor=bureau.preparer))) == 1

    def test_new_rules_are_told(self, bureau, worker):
        run = bureau.run(JUNE)
        Policy.objects.create(
            key="pay_scheme", valid_from=JUNE, data={**tables("jiangyuan")["pay_scheme"], "base": "4000"}
        )
        policies.forget()
        assert warnings(run)[1:] == ["核算之后，这个月适用的规则换了版本，请重新核算。"]

    def test_the_queries_do_not_grow_with_the_people(
        self, bureau, worker, office, clock, django_assert_max_num_queries
    ):
        for _ in range(5):
            make_worker(bureau.tree.community, grade=3)
        run = bureau.run(JUNE)
        clock.shift(timedelta(minutes=5))
        for slip in run.slips.select_related("worker"):
            pay_inputs.insurance_base_set(
                worker=slip.worker, actor=bureau.preparer, valid_from=JUNE, amount=Decimal(4500)
            )
        warnings(run)
        with django_assert_max_num_queries(6):
            assert len(warnings(run)) == 2


@pytest.mark.django_db(transaction=True)
def test_a_month_closed_and_a_run_approved_at_once():
    """Either the month is closed first and the run refused, or the run is frozen first and the month stays open."""
    tree = make_tree()
    make_rules("jiangyuan")
    bureau = Bureau(
        tree, make_user("payroll_officer", tree.district), make_user("payroll_officer", tree.district),
        make_user("district_officer", tree.district),
    )  # fmt: skip
    office = make_user("street_officer", tree.street)
    worker = make_worker(tree.community, grade=10)
    signed(worker, 3)
    with time_machine.travel(timezone.now() - timedelta(hours=1), tick=True):
        run = runs.run_check(run=bureau.run(JUNE), actor=bureau.checker)
    results = together(
        lambda: sheet_close(actor=office, unit=tree.street, month=JUNE),
        lambda: runs.run_approve(run=run, actor=bureau.chief),
    )
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True], results
    run.refresh_from_db()
    assert (run.state == "approved") != AttendanceSheet.objects.exists()
