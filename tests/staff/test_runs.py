"""A month's pay: figures, order of months, different people, frozen slips, back-pay."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Refused
from staff.choices import Period, RunState
from staff.models import InsuranceBase, PayAddition, PayRun, Slip, WorkerCertificate
from staff.services import runs
from staff.services.pay_changes import note_change
from tests.factories.rules import make_rules
from tests.factories.staff import make_grade, make_worker

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
D = Decimal


@pytest.fixture
def secretary(bureau):
    """江源: 正职 at grade 10 = 3,600 × 1.309 = 4,712.40 a month, with the certificate stipend of 200."""
    worker = make_worker(bureau.tree.community, grade=10, rank="head", education="bachelor")
    WorkerCertificate.objects.create(worker=worker, level="social_worker", issued_on=date(2021, 10, 1))
    InsuranceBase.objects.create(worker=worker, valid_from=date(2026, 1, 1), amount=D("4500"))
    return worker


def test_a_slip_to_the_fen(bureau, secretary):
    run = bureau.run(SEPTEMBER)
    slip = run.slips.get()
    assert [(label, amount) for _, label, amount, _ in slip.lines] == [
        ("基本报酬", "3298.68"), ("绩效报酬", "1413.72"), ("证书津贴", "200.00"),
    ]  # fmt: skip
    assert slip.lines[0][3] == "基数 3600 × 10 级系数 1.309 × 70%"
    # 8 % + 2 % + 0.3 % + 0 + 8 % of 4,500
    assert [row[4] for row in slip.contributions] == ["360.00", "90.00", "13.50", "0.00", "360.00"]
    assert (slip.gross, slip.insurance, slip.tax, slip.net) == (D("4912.40"), D("823.50"), D("0"), D("4088.90"))
    # 16 % + 8 % + 0.7 % + 0.4 % + 8 % of 4,500 = 1,489.50 from the employer
    assert slip.employer == D("6401.90")
    assert (run.people, run.gross, run.net, run.employer) == (1, slip.gross, slip.net, slip.employer)
    assert set(run.rules) == {"pay_scheme", "insurance", "income_tax", "leave"}


def test_a_second_calculation_gives_the_same_slips(bureau, secretary):
    make_worker(bureau.tree.other_community, grade=3)
    run = bureau.run(SEPTEMBER)
    first = runs.digest_of(run)
    again = runs.run_calculate(run=run, actor=bureau.preparer)
    assert runs.digest_of(again) == first
    assert again.slips.count() == 2
    assert again.net == sum(slip.net for slip in again.slips.all())


def test_who_has_no_grade_is_named(bureau):
    worker = make_worker(bureau.tree.community, grade=None)
    run = bureau.run(SEPTEMBER)
    assert (run.people, run.left_out) == (0, [{"number": worker.number, "why": "本月没有等级，请先定级"}])
    with pytest.raises(Conflict, match="没有人"):
        runs.run_check(run=run, actor=bureau.checker)


def test_months_are_closed_one_after_the_other(bureau, secretary):
    bureau.run(SEPTEMBER)
    with pytest.raises(Conflict, match="还没有审批"):
        bureau.run(OCTOBER)
    assert Slip.objects.filter(month=OCTOBER).count() == 0


def test_each_step_by_somebody_else(bureau, secretary):
    run = bureau.run(SEPTEMBER)
    with pytest.raises(Refused, match="由另一位同事复核"):
        runs.run_check(run=run, actor=bureau.preparer)
    run = runs.run_check(run=run, actor=bureau.checker)
    with pytest.raises(Refused):
        runs.run_approve(run=run, actor=bureau.checker)
    run.refresh_from_db()
    assert (run.state, run.approved_by) == (RunState.CHECKED, None)
    run = runs.run_approve(run=run, actor=bureau.chief)
    assert run.state == RunState.APPROVED
    assert runs.proof(run) == []
    runs.run_archive(
        run=runs.run_pay(run=run, actor=bureau.checker, paid_on=timezone.localdate()), actor=bureau.checker
    )
    assert list(history.verify()) == []


def test_the_chief_who_checked_does_not_approve(bureau, secretary):
    run = runs.run_check(run=bureau.run(SEPTEMBER), actor=bureau.chief)
    with pytest.raises(Refused, match="请由另一位负责人审批"):
        runs.run_approve(run=run, actor=bureau.chief)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE staff_slip SET net = net + 1",
        "DELETE FROM staff_slip",
        "UPDATE staff_payrun SET net = net + 1",
        "UPDATE staff_payrun SET state = 'draft'",
        "DELETE FROM staff_payrun",
    ],
)
def test_the_database_refuses_changes_of_a_frozen_run(bureau, secretary, statement):
    from django.db import connection

    run = bureau.frozen(SEPTEMBER)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert runs.proof(run) == []


def test_a_frozen_run_is_not_calculated_again(bureau, secretary):
    run = bureau.frozen(SEPTEMBER)
    before = runs.digest_of(run)
    with pytest.raises(Conflict):
        runs.run_calculate(run=run, actor=bureau.preparer)
    assert runs.digest_of(run) == before


def test_the_tax_year_goes_on(bureau):
    """20,000 a month: 15,000 − insurance taxable; the rate of 10 % begins when the sum passes 36,000."""
    worker = make_worker(bureau.tree.community, grade=10, rank="head")
    for month in (SEPTEMBER, OCTOBER, NOVEMBER):
        PayAddition.objects.create(
            worker=worker, month=month, label="奖励", amount=D("20000.00"), why="测试", entered_at="2026-09-01T00:00Z"
        )
    InsuranceBase.objects.create(worker=worker, valid_from=date(2026, 1, 1), amount=D("4000"))
    taxes, totals = [], []
    for month in (SEPTEMBER, OCTOBER, NOVEMBER):
        slip = bureau.frozen(month).slips.get()
        taxes.append(slip.tax)
        totals.append(slip.year["income"])
    # a month: 24,712.40 − 5,000 − 732 = 18,980.40; 3 % of it; 37,960.80 × 10 % − 2,520; 56,941.20 × 10 % − 2,520
    assert taxes == [D("569.41"), D("706.67"), D("1898.04")]
    assert totals == ["24712.40", "49424.80", "74137.20"]


def test_a_later_change_is_paid_as_back_pay(bureau):
    worker = make_worker(bureau.tree.community, grade=4, rank="worker")
    september = bureau.frozen(SEPTEMBER)
    before = runs.digest_of(september)
    grade = worker.grades.get()
    grade.valid_to = date(2026, 8, 1)
    grade.save()
    make_grade(worker, 5, date(2026, 8, 1))
    note_change(worker=worker, since=date(2026, 8, 1), cause="取得学历，8 月起 5 级")
    slip = bureau.frozen(OCTOBER).slips.get()
    lines = {label: D(amount) for _, label, amount, _ in slip.lines}
    # grade 4: 3,915.00, grade 5: 4,039.20; August has no slip, so September alone is made up
    assert lines["补发补扣 2026-09"] == D("124.20")
    assert slip.gross == D("4039.20") + D("124.20")
    assert "基本报酬 2740.50 → 2827.44" in next(row[3] for row in slip.lines if row[1] == "补发补扣 2026-09")
    assert runs.digest_of(september) == before
    assert worker.pay_changes.get().settled_by.month == OCTOBER
    assert [row[1] for row in bureau.frozen(NOVEMBER).slips.get().lines] == ["基本报酬", "绩效报酬"]


def test_a_change_of_an_open_month_needs_no_back_pay(bureau, secretary):
    assert note_change(worker=secretary, since=SEPTEMBER, cause="测试") is None
    bureau.run(SEPTEMBER)
    assert note_change(worker=secretary, since=SEPTEMBER, cause="测试") is None


def test_nobody_is_paid_twice(bureau, secretary):
    bureau.frozen(SEPTEMBER)
    street = runs.run_create(actor=bureau.preparer, unit=bureau.tree.street, month=SEPTEMBER)
    with pytest.raises(Conflict, match="不能重复发放"):
        runs.run_calculate(run=street, actor=bureau.preparer)
    assert Slip.objects.filter(worker=secretary).count() == 1


def test_the_year_end_bonus_of_jianou(bureau):
    make_rules()
    from common import policies
    from common.models import Policy

    Policy.objects.all().delete()
    make_rules("jianou")
    policies.forget()
    worker = make_worker(bureau.tree.community, grade=4, rank="head")
    for month in range(1, 13):
        bureau.frozen(date(2025, month, 1))
    assert worker.slips.get(month=date(2025, 12, 1)).held == {"bonus": "8112.00"}  # 3,380 × 20 % × 12
    PayAddition.objects.create(
        worker=worker, month=date(2025, 12, 1), period=Period.BONUS, label="年终奖", amount=D("31888.00"), why="测试",
        entered_at="2025-12-01T00:00Z",
    )  # fmt: skip
    slip = bureau.frozen(date(2025, 12, 1), period=Period.BONUS).slips.get()
    # apart: 40,000 ÷ 12 = 3,333.33 → 10 % − 210
    assert (slip.gross, slip.tax, slip.net) == (D("40000.00"), D("3790.00"), D("36210.00"))
    assert slip.held == {}
    january = bureau.frozen(date(2026, 1, 1)).slips.get()
    assert january.held == {"bonus": "676.00"}
    # More than 60,000 in the twelve months before, bonus included: the allowances come month by month
    assert january.year["months"] == 1


def test_who_earned_little_last_year_has_all_allowances_at_once(bureau):
    """12 × 3,600.00 = 43,200 in 2025, no more than 60,000 (公告2020年第19号): in January the year's 60,000 count."""
    worker = make_worker(bureau.tree.community, grade=1, rank="worker")
    for month in range(1, 13):
        bureau.frozen(date(2025, month, 1))
    PayAddition.objects.create(
        worker=worker,
        month=date(2026, 1, 1),
        label="奖励",
        amount=D("30000.00"),
        why="测试",
        entered_at="2026-01-01T00:00Z",
    )
    slip = bureau.frozen(date(2026, 1, 1)).slips.get()
    assert (slip.gross, slip.tax, slip.year["months"]) == (D("33600.00"), D("0.00"), 12)


def test_a_neighbours_run_is_not_there(bureau, secretary):
    from tests.factories.accounts import make_user

    run = bureau.run(SEPTEMBER)
    street = make_user("street_officer", bureau.tree.street, username="street")
    assert PayRun.objects.visible_to(street).count() == 0
    assert Slip.objects.visible_to(street).count() == 0
    assert PayRun.objects.visible_to(bureau.chief).get() == run


def test_a_change_of_the_roster_reaches_frozen_months(bureau):
    """A certificate that is entered late: the stipend of the frozen month follows as back-pay."""
    from staff.services.roster_changes import certificate_add

    worker = make_worker(bureau.tree.community, grade=4, rank="worker")
    bureau.frozen(SEPTEMBER)
    certificate_add(worker=worker, actor=bureau.chief, level="senior", issued_on=date(2026, 8, 20))
    slip = bureau.frozen(OCTOBER).slips.get()
    lines = {label: D(amount) for _, label, amount, _ in slip.lines}
    assert (lines["证书津贴"], lines["补发补扣 2026-09"]) == (D("300.00"), D("300.00"))


def test_who_leaves_is_paid_by_the_day_and_not_again(bureau):
    """September 2026 has 22 days of pay; 11 of them until the 15th: 3,915.00 × 11 ÷ 21.75."""
    from staff.services.roster_posts import worker_leave

    worker = make_worker(bureau.tree.community, grade=4, rank="worker")
    worker_leave(worker=worker, actor=bureau.chief, left_on=date(2026, 9, 15), reason="辞职")
    assert bureau.frozen(SEPTEMBER).slips.get().gross == D("1980.00")
    assert bureau.run(OCTOBER).people == 0


def test_a_dead_worker_leaves_no_slip(bureau, secretary, monkeypatch):
    """The whole calculation is one transaction: broken off in the middle, nothing of it is there."""
    from staff.services import calculation

    run = runs.run_create(actor=bureau.preparer, unit=bureau.tree.district, month=SEPTEMBER)
    make_worker(bureau.tree.other_community, grade=3)
    made = []

    def broken(*args):
        made.append(args)
        if len(made) == 2:
            raise KeyboardInterrupt
        return slip_of(*args)

    slip_of = calculation._slip
    monkeypatch.setattr(calculation, "_slip", broken)
    with pytest.raises(KeyboardInterrupt):
        runs.run_calculate(run=run, actor=bureau.preparer)
    monkeypatch.undo()
    run.refresh_from_db()
    assert (run.state, run.people, Slip.objects.count()) == (RunState.DRAFT, 0, 0)
    assert runs.run_calculate(run=run, actor=bureau.preparer).people == 2


def test_queries_do_not_grow_with_the_people(bureau, django_assert_max_num_queries):
    for number in range(40):
        make_worker(bureau.tree.community, grade=1 + number % 12)
    run = runs.run_create(actor=bureau.preparer, unit=bureau.tree.district, month=SEPTEMBER)
    with django_assert_max_num_queries(40):
        assert runs.run_calculate(run=run, actor=bureau.preparer).people == 40


def test_an_edit_behind_the_triggers_is_found(bureau, secretary, capsys):
    from django.core.management import CommandError, call_command
    from django.db import connection

    bureau.frozen(SEPTEMBER)
    call_command("verify_pay")
    assert "1 张已审批的工资表全部相符" in capsys.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE staff_slip SET net = net + 100")
        cursor.execute("SET session_replication_role = origin")
    with pytest.raises(CommandError, match="2 处不符"):
        call_command("verify_pay")
