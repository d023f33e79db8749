"""What a month's pay rests on besides post and grade, through the services: late deductions, a base nobody entered, the
first wage of a year. Grade 10 of 江源 earns 4,712.40 a month, 20,000 of award make it taxable."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from common.errors import Conflict, Invalid
from staff.models import FirstWage, InsuranceBase, PayAddition, PayChange, Slip, SpecialDeduction, StaffPost, Worker
from staff.selectors.grades import ungraded
from staff.services import pay_inputs, runs
from staff.services.grades import grade_initial
from staff.services.roster_posts import worker_leave, worker_return
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_user
from tests.factories.staff import make_worker

D = Decimal


def month(number: int, year: int = 2026) -> date:
    return date(year, number, 1)


def worker_of(bureau: Any, base: str | None = "4500", **fields: Any) -> Any:
    """Without a base for ``None``."""
    worker = make_worker(bureau.tree.community, **{"grade": 10, "rank": "head", **fields})
    if base:
        InsuranceBase.objects.create(worker=worker, valid_from=month(1, 2025), amount=D(base))
    return worker


def award(worker: Any, *months: date, amount: str = "20000") -> None:
    for one in months:
        PayAddition.objects.create(
            worker=worker, month=one, label="奖励", amount=D(amount), why="测试", entered_at=timezone.now()
        )


def declare(bureau: Any, worker: Any, since: str, amount: str = "2000", kind: str = "children") -> None:
    pay_inputs.deduction_set(
        worker=worker, actor=bureau.preparer, kind=kind, amount=D(amount), valid_from=date.fromisoformat(f"{since}-01")
    )


class TestDeductions:
    def test_declared_late_it_is_made_up_in_the_next_slip(self, bureau):
        worker = worker_of(bureau)
        award(worker, month(1), month(2), month(3))
        frozen = [bureau.frozen(month(number)).slips.get() for number in (1, 2)]
        before = [runs.digest_of(slip.run) for slip in frozen]
        # 24,712.40 − 5,000 − 823.50 = 18,888.90; × 3 % = 566.67; 37,777.80 × 10 % − 2,520 = 1,257.78; less 566.67
        assert [slip.tax for slip in frozen] == [D("566.67"), D("691.11")]
        declare(bureau, worker, "2026-01")
        march = bureau.frozen(month(3)).slips.get()
        # 3 × 18,888.90 − 3 × 2,000 = 50,666.70; × 10 % − 2,520 = 2,546.67; less 1,257.78
        assert (march.special, march.year["special"], march.tax) == (D("6000.00"), "6000.00", D("1288.89"))
        assert march.facts["notes"] == ["专项附加扣除：本月 2000，补扣本年以前月份 4000，本次合计 6000"]
        assert [runs.digest_of(slip.run) for slip in frozen] == before
        april = bureau.run(month(4)).slips.get()
        assert (april.special, april.year["special"], "notes" in april.facts) == (D("2000.00"), "8000.00", False)

    def test_ended_late_it_is_taken_back_in_words(self, bureau, client_for):
        worker = worker_of(bureau)
        award(worker, *(month(number) for number in range(1, 5)))
        declare(bureau, worker, "2026-01")
        for number in (1, 2, 3):
            last = bureau.frozen(month(number)).slips.get()
        # 3 × 16,888.90 = 50,666.70; × 10 % − 2,520
        assert last.year["tax"] == "2546.67"
        declare(bureau, worker, "2026-02", "0")
        april = bureau.run(month(4)).slips.get()
        # one month is left of four: 4 × 18,888.90 − 2,000 = 73,555.60; × 10 % − 2,520 = 4,835.56; less 2,546.67
        assert (april.special, april.year["special"], april.tax) == (D("-4000.00"), "2000.00", D("2288.89"))
        page = client_for(bureau.preparer).get(april.get_absolute_url()).content.decode()
        assert "冲回本年以前月份多扣的 4000" in page

    def test_all_of_it_may_be_withdrawn(self, bureau):
        worker = worker_of(bureau)
        declare(bureau, worker, "2026-01")
        bureau.frozen(month(1))
        declare(bureau, worker, "2026-01", "0")
        assert not SpecialDeduction.objects.exists()
        february = bureau.run(month(2)).slips.get()
        assert (february.special, february.year["special"]) == (D("-2000.00"), "0.00")

    def test_new_year_resets_it(self, bureau):
        worker = worker_of(bureau)
        bureau.frozen(month(11, 2025))
        bureau.frozen(month(12, 2025))
        declare(bureau, worker, "2025-11")
        january = bureau.run(month(1)).slips.get()
        assert (january.special, january.year["special"]) == (D("2000.00"), "2000.00")

    def test_only_months_at_this_employer_count(self, bureau):
        """Entry in March; away from May to July, back in August: March, April and August count by then."""
        worker = worker_of(bureau, entered_on=date(2026, 3, 1))
        post = worker.posts.get()
        post.valid_to = date(2026, 5, 1)
        post.save()
        StaffPost.objects.create(worker=worker, unit=worker.unit, rank="head", valid_from=date(2026, 8, 3))
        declare(bureau, worker, "2026-01")
        assert bureau.run(month(8)).slips.get().special == D("6000.00")

    def test_a_new_amount_replaces_what_was_entered_for_later_months(self, bureau):
        worker = worker_of(bureau)
        declare(bureau, worker, "2026-01")
        declare(bureau, worker, "2026-05", "1000")
        declare(bureau, worker, "2026-03", "1500")
        rows = SpecialDeduction.objects.order_by("valid_from").values_list("amount", "valid_from", "valid_to")
        assert list(rows) == [(D("2000.00"), month(1), month(3)), (D("1500.00"), month(3), None)]
        # 2 × 2,000 + 4 × 1,500
        assert bureau.run(month(6)).slips.get().special == D("10000.00")


class TestFirstBase:
    """江源 takes 8 % + 2 % + 0.3 % + 8 % of the base; floor 4,000, of the fund 2,000."""

    def test_a_new_worker_keeps_the_base_of_the_first_month(self, bureau, client_for):
        """Entry on 16 March, probation until 31 May: 80 % of 3,600; from June grade 10."""
        worker = worker_of(
            bureau, None, grade=10, rank="worker", entered_on=date(2026, 3, 16), newcomer=True,
            probation_until=date(2026, 5, 31),
        )  # fmt: skip
        slips = [bureau.frozen(month(number)).slips.get() for number in range(3, 8)]
        assert [slip.gross for slip in slips] == [D("1588.97"), D("2880.00"), D("2880.00"), D("4712.40"), D("4712.40")]
        # 10.3 % of the floor of 4,000 = 412.00; the fund from the second month on, 8 % of 2,880 = 230.40, after probation too
        assert [slip.insurance for slip in slips] == [D("412.00"), *[D("642.40")] * 4]
        assert {slip.contributions[-1][2] for slip in slips[1:]} == {"2880.00"}
        assert slips[0].facts["insurance_base"] is None
        assert "以 2026-03 的整月工资 2880 为基数" in slips[-1].facts["notes"][0]
        page = client_for(bureau.preparer).get(slips[-1].get_absolute_url()).content.decode()
        assert "以 2026-03 的整月工资 2880 为基数" in page
        pay_inputs.insurance_base_set(worker=worker, actor=bureau.preparer, valid_from=month(8), amount=D("4600"))
        august = bureau.run(month(8)).slips.get()
        # 18.3 % of 4,600, each item to the fen: 368 + 92 + 13.80 + 368
        assert (august.insurance, "notes" in august.facts) == (D("841.80"), False)

    def test_another_insurance_year_begins_with_the_pay_of_its_first_month(self, bureau):
        worker = worker_of(bureau, None, grade=1, rank="worker")
        first = bureau.frozen(month(11, 2025)).slips.get()
        award(worker, month(12, 2025))  # an award is no part of a full month
        december = bureau.frozen(month(12, 2025)).slips.get()
        assert {row[2] for row in (first.contributions[-1], december.contributions[-1])} == {"3600.00"}
        worker.grades.update(grade=10)
        january, february = (bureau.frozen(month(number)).slips.get() for number in (1, 2))
        assert {row[2] for row in (january.contributions[-1], february.contributions[-1])} == {"4712.40"}
        assert "以 2026-01 的整月工资 4712.4 为基数" in february.facts["notes"][0]

    def test_calculated_again_it_is_the_same(self, bureau):
        worker_of(bureau, None)
        bureau.frozen(month(9))
        run = bureau.run(month(10))
        before = runs.digest_of(run)
        assert runs.digest_of(runs.run_calculate(run=run, actor=bureau.preparer)) == before


class TestFirstWage:
    def test_declared_it_counts_the_allowance_from_january(self, bureau, client_for):
        worker = worker_of(bureau, entered_on=date(2026, 7, 1))
        award(worker, month(7), month(8))
        # 24,712.40 − 5,000 − 823.50 = 18,888.90; × 3 %
        july = bureau.frozen(month(7)).slips.get()
        assert (july.tax, july.year["months"]) == (D("566.67"), 1)
        url = reverse("staff:worker-first-wage", args=[worker.pk])
        client = client_for(bureau.preparer)
        assert client.post(url, {"year": 2026, "declared_on": "2026-07-20"}).status_code == 302
        assert FirstWage.objects.get().declared_on == date(2026, 7, 20)
        assert (
            "2026 年，减除费用自 1 月起算" in client.get(reverse("staff:worker-pay", args=[worker.pk])).content.decode()
        )
        august = bureau.frozen(month(8)).slips.get()
        # 49,424.80 − 8 × 5,000 − 1,647.00 = 7,777.80; × 3 % = 233.33, less than the 566.67 that are withheld
        assert (august.year["months"], august.tax, august.facts["tax"][:22]) == (
            8,
            D("0.00"),
            "累计应纳税所得额 7777.8 × 3% −",
        )
        assert august.facts["notes"] == ["本年首次取得工资薪金：减除费用自 1 月起算，共 8 个月"]
        before = contents()
        with pytest.raises(Conflict, match="2026年08月的工资已按此申报扣税并冻结"):
            pay_inputs.first_wage_set(worker=worker, actor=bureau.preparer, year=2026)
        assert changed_since(before) == set()

    def test_the_next_year_begins_as_everybodys(self, bureau):
        worker = worker_of(bureau, entered_on=date(2025, 7, 1))
        FirstWage.objects.create(worker=worker, year=2025, declared_on=date(2025, 7, 1))
        assert bureau.frozen(month(12, 2025)).slips.get().year["months"] == 12
        assert bureau.run(month(1)).slips.get().year["months"] == 1

    def test_it_is_taken_back_as_long_as_no_frozen_slip_rests_on_it(self, bureau):
        worker = worker_of(bureau, entered_on=date(2026, 7, 1))
        bureau.frozen(month(7))
        pay_inputs.first_wage_set(worker=worker, actor=bureau.preparer, year=2026, declared_on=date(2026, 7, 20))
        assert bureau.run(month(8)).slips.get().year["months"] == 8
        pay_inputs.first_wage_set(worker=worker, actor=bureau.preparer, year=2026)
        run = Slip.objects.get(month=month(8)).run
        assert runs.run_calculate(run=run, actor=bureau.preparer).slips.get().year["months"] == 2

    @pytest.mark.parametrize(
        ("year", "day", "words"),
        [
            (2026, None, "请填写本人申报的日期"),
            (2025, date(2026, 2, 1), "应在 2025 年内"),
            (2099, date(2099, 1, 1), "不晚于今天"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, bureau, year, day, words):
        worker = worker_of(bureau)
        before = contents()
        with pytest.raises(Invalid, match=words):
            pay_inputs.first_wage_set(worker=worker, actor=bureau.preparer, year=year, declared_on=day)
        assert changed_since(before) == set()


class TestComingBack:
    """Away from 21 May, back on Monday 22 June: seven 计薪日 of June, 22 to 30."""

    @pytest.fixture
    def returned(self, bureau: Any) -> Any:
        worker, office = worker_of(bureau), make_user("street_officer", bureau.tree.street)
        worker_leave(worker=worker, actor=office, left_on=date(2026, 5, 20))
        bureau.frozen(month(5))
        worker_return(worker=worker, actor=office, unit=worker.unit, rank="head", valid_from=date(2026, 6, 22))
        return worker

    def test_without_a_grade_nothing_is_paid_and_the_list_names_who_came_back(self, bureau, returned):
        run = bureau.run(month(6))
        assert (run.people, run.left_out) == (0, [{"number": returned.number, "why": "本月没有等级，请先定级"}])
        assert list(ungraded(Worker.objects.all())) == [returned]

    def test_only_the_days_since_are_paid(self, bureau, returned):
        grade = grade_initial(worker=returned, actor=bureau.preparer)
        assert (grade.valid_from, grade.valid_to) == (date(2026, 6, 22), None)
        slip = bureau.run(month(6)).slips.get()
        assert slip.facts["grade"] == grade.grade
        words = [why for key, _, _, why in slip.lines if "在岗" in why]
        assert words
        assert all("× 在岗 7 天 ÷ 21.75" in why for why in words)
        assert not list(ungraded(Worker.objects.all()))

    def test_the_month_of_leaving_stays_as_it_was_paid(self, bureau, returned):
        may = Slip.objects.get(month=month(5))
        PayChange.objects.create(worker=returned, since=month(5), cause="核对", noted_at=timezone.now())
        grade_initial(worker=returned, actor=bureau.preparer)
        june = bureau.run(month(6)).slips.get()
        assert any("在岗 14 天 ÷ 21.75" in why for *_, why in may.lines)
        assert [label for _, label, *_ in june.lines if label.startswith("补发补扣")] == []

    def test_the_office_that_keeps_grades_gives_one_at_once(self, bureau):
        worker = worker_of(bureau)
        worker_leave(worker=worker, actor=bureau.chief, left_on=date(2026, 5, 20))
        worker_return(worker=worker, actor=bureau.chief, unit=worker.unit, rank="head", valid_from=date(2026, 6, 22))
        assert worker.grades.filter(valid_from=date(2026, 6, 22), valid_to=None).exists()

    def test_left_and_back_in_one_month(self, bureau):
        worker = worker_of(bureau)
        worker_leave(worker=worker, actor=bureau.chief, left_on=date(2026, 6, 10))
        worker_return(worker=worker, actor=bureau.chief, unit=worker.unit, rank="head", valid_from=date(2026, 6, 22))
        slip = bureau.run(month(6)).slips.get()
        # 22 计薪日 less 11, 12 and 15 to 19 June; the month is paid by the grade of its first day
        assert any("在岗 15 天 ÷ 21.75" in why for *_, why in slip.lines)
        assert slip.facts["grade"] == 10
