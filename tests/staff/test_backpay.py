"""Back-pay of items that are kept for a later month, to the fen and by the factor of the review.

Benxi: grade 4 is 3400 × 1.12 = 3,808.00 (3,046.40 basic, 761.60 kept for June and December); grade 5 3,944.00 (3,155.20 and
788.80); grade 6 4,080.00 (3,264.00 and 816.00).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common import policies
from common.models import Policy
from staff.choices import Period
from staff.models import AnnualReview, PerformanceFactor, Slip, Worker
from staff.services import pay_inputs, runs
from staff.services.backpay import PREFIX
from staff.services.pay_changes import note_change
from staff.services.roster_duties import review_set
from tests.factories.staff import make_grade, make_worker
from tests.staff.pay_rules import tables

D = Decimal


def month(number: int, year: int = 2026) -> date:
    return date(year, number, 1)


def scheme(name: str) -> None:
    Policy.objects.filter(key="pay_scheme").update(data=tables(name)["pay_scheme"])
    policies.forget()


@pytest.fixture
def worker(bureau):
    scheme("base_performance")
    return make_worker(bureau.tree.community, grade=4)


def regrade(worker: Any, grade: int, since: date) -> None:
    last = worker.grades.order_by("valid_from").last()
    last.valid_to = since
    last.save()
    make_grade(worker, grade, since)
    note_change(worker=worker, since=since, cause=f"更正为 {grade} 级")


def pay(bureau: Any, *months: int) -> Slip:
    for number in months:
        slip = bureau.frozen(month(number)).slips.get()
    return slip


def lines(slip: Slip) -> dict[str, Decimal]:
    return {label: D(amount) for _, label, amount, _ in slip.lines}


def back_pay(slip: Slip) -> dict[str, Decimal]:
    return {label.removeprefix(PREFIX): amount for label, amount in lines(slip).items() if label.startswith(PREFIX)}


def test_what_june_has_paid_is_made_up_by_its_factor(bureau, worker):
    PerformanceFactor.objects.create(worker=worker, valid_from=month(6), percent=50, why="半年考核")
    june = pay(bureau, 1, 2, 3, 4, 5, 6)
    assert lines(june)["半年绩效"] == D("2284.80")  # 6 × 761.60 × 50 %
    before = runs.digest_of(june.run)
    regrade(worker, 5, month(3))
    july = pay(bureau, 7)
    # basic 3155.20 − 3046.40 = 108.80 each; June also (2 × 761.60 + 4 × 788.80) × 50 % − 2284.80 = 54.40
    assert back_pay(july) == {**{f"2026-0{number}": D("108.80") for number in (3, 4, 5)}, "2026-06": D("163.20")}
    why = next(row[3] for row in july.lines if row[1] == f"{PREFIX}2026-06")
    assert why == "更正为 5 级。基本报酬 3046.40 → 3155.20，半年绩效 2284.80 → 2339.20"
    assert july.held == {"performance": "788.80"}
    assert runs.digest_of(june.run) == before
    assert back_pay(pay(bureau, 8)) == {}


def test_what_is_not_paid_yet_is_put_right_in_what_is_kept(bureau, worker):
    march = pay(bureau, 1, 2, 3)
    assert march.held == {"performance": "2284.80"}  # 3 × 761.60
    regrade(worker, 5, month(2))
    april = pay(bureau, 4)
    assert back_pay(april) == {"2026-02": D("108.80"), "2026-03": D("108.80")}
    # 2284.80 + 2 × 27.20 + 788.80
    assert april.held == {"performance": "3128.00"}
    assert april.facts["notes"][0] == "以前月份的变动：已计提、未发放的绩效补计 54.4，到发放月份按当时的考核比例发放"
    PerformanceFactor.objects.create(worker=worker, valid_from=month(6), percent=50, why="半年考核")
    june = pay(bureau, 5, 6)
    # (761.60 + 5 × 788.80) × 50 %
    assert (lines(june)["半年绩效"], back_pay(june), june.held) == (D("2352.80"), {}, {})
    # A second correction of the same half-year: (761.60 + 3 × 788.80 + 2 × 816) × 50 % = 2380.00
    regrade(worker, 6, month(5))
    july = pay(bureau, 7)
    assert back_pay(july) == {"2026-05": D("108.80"), "2026-06": D("136.00")}
    # And one more: 816 instead of 788.80 from April on; April pays 108.80 more, June 27.20 × 50 %
    worker.grades.filter(grade=5).update(valid_to=month(4))
    worker.grades.filter(grade=6).update(valid_from=month(4))
    note_change(worker=worker, since=month(4), cause="更正")
    assert back_pay(pay(bureau, 8)) == {"2026-04": D("108.80"), "2026-06": D("13.60")}


def test_a_factor_known_late_counts_for_all_that_was_kept(bureau, worker):
    pay(bureau, 1, 2, 3, 4, 5, 6)
    pay_inputs.factor_set(
        worker=worker, actor=bureau.preparer, valid_from=month(6), percent=D(50), why="半年考核基本合格"
    )
    # 6 × 761.60 × 50 % − 6 × 761.60
    assert back_pay(pay(bureau, 7)) == {"2026-06": D("-2284.80")}


def review(worker: Worker, actor: Any, year: int, result: str) -> None:
    review_set(worker=worker, actor=actor, year=year, result=result, why="考核领导小组会议纪要")


def test_a_review_known_late_counts_for_what_was_paid(bureau, worker):
    pay(bureau, 1, 2, 3, 4, 5, 6)
    review(worker, bureau.chief, 2025, "qualified")  # as was paid: there is nothing to make up
    assert not worker.pay_changes.exists()
    review(worker, bureau.chief, 2025, "basic")
    change = worker.pay_changes.get()
    assert (change.since, change.cause, change.settled_by) == (month(1), "年度考核", None)
    # 6 × 761.60 × 50 % − 6 × 761.60
    assert back_pay(pay(bureau, 7)) == {"2026-06": D("-2284.80")}
    assert back_pay(pay(bureau, 8)) == {}


def test_a_review_after_the_thirteenth_period_is_made_up_with_it(bureau):
    """建瓯 keeps 676.00 a month; the two months of 2025 are paid by the review of 2025, and 2026 goes by it too."""
    scheme("jianou")
    worker = make_worker(bureau.tree.community, grade=4)
    for number in (11, 12):
        bureau.frozen(month(number, 2025))
    assert bureau.frozen(month(12, 2025), period=Period.BONUS).slips.get().gross == D("1352.00")  # 2 × 676
    review(worker, bureau.chief, 2025, "excellent")
    assert worker.pay_changes.get().since == month(12, 2025)
    # 2 × 676 × 120 % − 1352
    assert back_pay(pay(bureau, 1)) == {"2025-12": D("270.40")}


def test_what_is_kept_less_is_taken_off_before_it_is_paid(bureau, worker):
    """Grade 3: 3400 × 1.08 = 3,672.00; 734.40 kept."""
    pay(bureau, 1, 2)
    worker.grades.update(grade=3)
    note_change(worker=worker, since=month(1), cause="更正")
    march = pay(bureau, 3)
    # 2937.60 − 3046.40; 2 × 734.40 + 734.40
    assert back_pay(march) == {"2026-01": D("-108.80"), "2026-02": D("-108.80")}
    assert march.held == {"performance": "2203.20"}
    assert "冲减 54.4" in march.facts["notes"][0]


def test_a_thirteenth_period_that_is_paid_is_made_up_by_its_review(bureau):
    """建瓯: grade 4 earns 3,380 and keeps 20 % = 676.00 a month for the year's end, grade 5 3,560 and 712.00."""
    scheme("jianou")
    worker = make_worker(bureau.tree.community, grade=4)
    AnnualReview.objects.create(worker=worker, year=2025, result="excellent", set_at="2025-12-20T00:00Z")
    for number in (11, 12):
        bureau.frozen(month(number, 2025))
    bonus = bureau.frozen(month(12, 2025), period=Period.BONUS).slips.get()
    assert (bonus.gross, bonus.held) == (D("1622.40"), {})  # 2 × 676 × 120 %
    regrade(worker, 5, month(12, 2025))
    january = pay(bureau, 1)
    # 3560 − 3380, and (676 + 712) × 120 % − 1622.40 = 43.20
    assert back_pay(january) == {"2025-12": D("223.20")}
    assert january.held == {"bonus": "712.00"}


def test_what_was_paid_on_leaving_stays_paid(bureau, worker):
    """April paid 4 × 761.60; back in May and regraded from March on, April owes 2 × 27.20 and 108.80 of basic pay."""
    Worker.objects.filter(pk=worker.pk).update(left_on=date(2026, 4, 30), state="left")
    april = pay(bureau, 1, 2, 3, 4)
    assert (lines(april)["半年绩效"], april.held) == (D("3046.40"), {})
    Worker.objects.filter(pk=worker.pk).update(left_on=None, state="active")
    regrade(worker, 5, month(3))
    may = pay(bureau, 5)
    assert back_pay(may) == {"2026-03": D("108.80"), "2026-04": D("163.20")}
    assert may.held == {"performance": "788.80"}
