"""Slips against cases worked out by hand. Grade 10 of 江源: 3600 × 1.309 = 4712.40 = 3298.68 basic + 1413.72 performance."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from staff.choices import LeaveKind
from staff.pay.attendance import month_days, pay_days
from staff.pay.slip import ADVANCE, Addition, month_slip, year_items
from staff.pay.tax import YearToDate
from tests.staff.pay_rules import JUNE, amounts, d, rules, somebody

FEBRUARY = date(2026, 2, 1)  # 20 days of pay

# district, what is special | gross
GROSS = {
    "grade 10": ("jiangyuan", {}, "4712.40"),
    # the nearest item by item: 3600 × 1.153 × 70 % = 2905.56, × 30 % = 1245.24
    "grade 6": ("jiangyuan", {"grade": 6}, "4150.80"),
    # 1413.72 × 120 % = 1696.464
    "excellent": ("jiangyuan", {"factor": d("1.2")}, "4995.14"),
    # 1413.72 × 60 % = 848.232
    "basically qualified": ("jiangyuan", {"factor": d("0.6")}, "4146.91"),
    "failed: no performance pay": ("jiangyuan", {"factor": d(0)}, "3298.68"),
    # 80 % of the mean whatever the grade: 3600 × 80 % = 2880
    "newcomer in probation": ("jiangyuan", {"newcomer": True, "grade": 1}, "2880.00"),
    "after probation": ("jiangyuan", {"grade": 1}, "3600.00"),
    # grade 1 of 通化县: 3000 × 80 % × 80 %; the other 20 % by the quarter, which June ends: 3000 × 80 % × 20 %
    "newcomer where grades are amounts": ("tonghua", {"newcomer": True, "grade": 1}, "2400.00"),
    "no certificate": ("yanji", {}, "4712.40"),
    "延吉, assistant, 200": ("yanji", {"certificate": "assistant"}, "4912.40"),
    "延吉, social worker, 250": ("yanji", {"certificate": "social_worker"}, "4962.40"),
    "延吉, senior, 300": ("yanji", {"certificate": "senior"}, "5012.40"),
    # 4712.40 × 2 × 40 % ÷ 21.75 = 173.3297
    "sick for two days": ("jiangyuan", {"leave": {"sick": d(2)}}, "4539.07"),
    # 4712.40 ÷ 21.75 = 216.6621
    "a day on personal leave": ("jiangyuan", {"leave": {"personal": d(1)}}, "4495.74"),
    # ÷ 2 = 108.3310
    "half a day absent": ("jiangyuan", {"leave": {"absent": d("0.5")}}, "4604.07"),
    # 173.33 and 216.66
    "sick and on personal leave": ("jiangyuan", {"leave": {"personal": d(1), "sick": d(2)}}, "4322.41"),
    # half of June's 22 days: 4712.40 × 11 ÷ 21.75 = 2383.2828
    "away for half of the month": ("jiangyuan", {"leave": {"personal": d(11)}}, "2329.12"),
    # more than half: the 10 days present, 4712.40 × 10 ÷ 21.75 = 2166.6207
    "away for more than half": ("jiangyuan", {"leave": {"personal": d(12)}}, "2166.62"),
    # 20 days of 20, though 20 ÷ 21.75 is less than one
    "away for a whole February": ("jiangyuan", {"month": FEBRUARY, "leave": {"personal": d(20)}}, "0.00"),
    # a whole month at 60 %: 4712.40 × 60 %
    "sick for a whole February": ("jiangyuan", {"month": FEBRUARY, "leave": {"sick": d(20)}}, "2827.44"),
    # 21 days away of 22, one present: 216.6621
    "a single day present": ("jiangyuan", {"leave": {"personal": d(21)}}, "216.66"),
    # the day is taken off what performance pays: (3298.68 + 848.23) ÷ 21.75 = 190.6625
    "absent with less performance pay": ("jiangyuan", {"factor": d("0.6"), "leave": {"absent": d(1)}}, "3956.25"),
    "failed and away all month": ("jiangyuan", {"factor": d(0), "leave": {"absent": d(22)}}, "0.00"),
    # 16 to 31 March: 12 days; 3298.68 × 12 ÷ 21.75 = 1819.9614, 1413.72 × 12 ÷ 21.75 = 779.9834
    "entry on 16 March": ("jiangyuan", {"month": date(2026, 3, 1), "worked": d(12)}, "2599.94"),
    # 1 to 15 October, the holiday paid: 11 days; 1668.2979 and 714.9848
    "exit on 15 October": ("jiangyuan", {"month": date(2026, 10, 1), "worked": d(11)}, "2383.28"),
    # Monday 2 February: all 20 days of the month
    "entry on the first working day": ("jiangyuan", {"month": FEBRUARY, "worked": d(20)}, "4712.40"),
    # 12 days, 2 of them unpaid: 2599.94 − 4712.40 × 2 ÷ 21.75 (433.3241)
    "entry and leave": ("jiangyuan", {"month": date(2026, 3, 1), "worked": d(12), "leave": {"personal": d(2)}}, "2166.62"),
    # the stipend is no matter of attendance: 2599.94 + 200
    "entry with a certificate": (
        "yanji", {"month": date(2026, 3, 1), "worked": d(12), "certificate": "assistant"}, "2799.94",
    ),
    # 2500 + 170 + 500 + 200
    "post, grade and title": (
        "post_grade_title", {"rank": "deputy", "grade": 3, "certificate": "social_worker"}, "3370.00",
    ),
    # both top posts 3100, grade 12 710, performance 200
    "both top posts": ("post_grade_title", {"rank": "both_heads", "grade": 12}, "4010.00"),
    # 4610 + 600; 20 % more are kept for the end of the year
    "reference to a public institution": ("jianou", {"rank": "head"}, "5210.00"),
}  # fmt: skip


@pytest.mark.parametrize("name", GROSS)
def test_gross(name):
    district, special, gross = GROSS[name]
    slip = month_slip(rules(district), somebody(**special))
    assert str(slip.gross) == gross
    assert slip.net + slip.withholding.tax + slip.insurance == slip.gross + sum(
        line.amount for line in slip.lines if line.key == "untaxed"
    )
    assert slip.net >= 0


@pytest.mark.parametrize("kind", ["annual", "marriage", "maternity", "bereavement", "injury"])
def test_paid_leave_costs_nothing(kind):
    slip = month_slip(rules(), somebody(leave={kind: d(15)}))
    assert slip.gross == d("4712.40")
    assert [line.key for line in slip.lines] == ["basic", "performance"]


def test_every_kind_of_leave_has_its_share():
    assert set(rules().leave.paid) == set(LeaveKind.values)


def test_a_whole_slip():
    """Contributions on the month's pay: each item of test_pay_insurance for 4,712.40."""
    slip = month_slip(rules(), somebody(insurance_base=None))
    assert amounts(slip) == {"基本报酬": "3298.68", "绩效报酬": "1413.72"}
    # 376.99 + 94.25 + 14.14 + 376.99
    assert str(slip.insurance) == "862.37"
    # 4712.40 − 862.37
    assert (str(slip.withholding.tax), str(slip.net)) == ("0.00", "3850.03")
    # 4712.40 + 753.98 + 376.99 + 32.99 + 18.85 + 376.99
    assert str(slip.employer) == "6272.20"


def test_tax_of_a_slip():
    # 4712.40 + 8000; cumulated 70712.40 − 6 × 5000 − 4915 − 6000 = 29797.40; × 3 % = 893.922; less 700
    before = YearToDate(5, d(58000), d(4000), d(5000), d(700))
    slip = month_slip(rules(), somebody(before=before, special=d(1000), additions=[Addition("奖励", d(8000), "表彰")]))
    assert slip.withholding.taxable == d("29797.40")
    assert str(slip.withholding.tax) == "193.92"
    # 12712.40 − 915 − 193.92
    assert str(slip.net) == "11603.48"


def test_back_pay_over_new_year_is_taxed_in_the_month_it_is_paid():
    """1,200 for last December: last year's 12 months are closed, the new year has one month's allowance."""
    december = YearToDate(12, d(200_000), d(20_000), d(0), d(9480))
    line = Addition("补发 2025 年 12 月", d(1200), "晋级自 12 月起")
    january = month_slip(rules(), somebody(month=date(2026, 1, 1), additions=[line], grade=12))
    # 3600 × 1.391 = 5007.60 + 1200 − 5000 − 915 = 292.60; × 3 % = 8.778
    assert (january.withholding.taxable, str(january.withholding.tax)) == (d("292.60"), "8.78")
    assert january.withholding.after == YearToDate(1, d("6207.60"), d(915), d(0), d("8.78"))
    assert december.tax == d(9480)


def test_an_untaxed_line_is_paid_and_not_taxed():
    plain = month_slip(rules(), somebody())
    slip = month_slip(rules(), somebody(additions=[Addition("差旅报销", d("88.80"), "凭据", taxed=False)]))
    assert (slip.gross, slip.withholding) == (plain.gross, plain.withholding)
    assert slip.net == plain.net + d("88.80")


def test_a_month_without_pay_is_advanced_and_taken_back():
    """Contributions are due in a month without pay, too (社会保险法 art. 60); nobody is paid less than nothing."""
    away = month_slip(rules(), somebody(month=FEBRUARY, leave={"personal": d(20)}))
    assert (away.gross, away.insurance, away.net) == (0, d(915), 0)
    assert amounts(away)["单位垫付"] == "915.00"
    assert away.held == {ADVANCE: d(-915)}
    # 4712.40 − 915 − 915
    back = month_slip(rules(), somebody(month=date(2026, 3, 1), held=away.held))
    assert (str(back.net), amounts(back)["扣回单位垫付"], back.held) == ("2882.40", "-915.00", {})


def test_an_advance_is_taken_back_over_several_months():
    held = {ADVANCE: d(-9000)}
    slip = month_slip(rules(), somebody(held=held))
    # 4712.40 − 915 = 3797.40 at most; 9000 − 3797.40 stay
    assert (slip.net, slip.held) == (0, {ADVANCE: d("-5202.60")})
    another = month_slip(rules(), somebody(month=FEBRUARY, leave={"absent": d(20)}, held=slip.held))
    assert (another.net, another.held) == (0, {ADVANCE: d("-6117.60")})


# --- items that are not paid by the month. Benxi, grade 4: 3400 × 1.12 = 3808 = 3046.40 + 761.60 kept for June and December


def half_year(**special):
    return month_slip(rules("base_performance"), somebody(grade=4, **special))


def test_performance_by_the_half_year():
    held: dict[str, Decimal] = {}
    for number in range(1, 6):
        slip = half_year(month=date(2026, number, 1), held=held)
        assert amounts(slip) == {"基本报酬": "3046.40"}
        held = slip.held
    assert held == {"performance": d("3808.00")}
    june = half_year(held=held)
    assert (amounts(june)["半年绩效"], june.held) == ("4569.60", {})  # 6 × 761.60


def test_a_failed_review_takes_the_half_year():
    assert amounts(half_year(held={"performance": d(3808)}, factor=d(0)))["半年绩效"] == "0.00"
    # 4569.60 × 50 %
    assert amounts(half_year(held={"performance": d(3808)}, factor=d("0.5")))["半年绩效"] == "2284.80"


def test_unpaid_days_are_taken_off_where_they_were_earned():
    slip = half_year(month=date(2026, 3, 1), leave={"personal": d(2)})
    # 3046.40 × 2 ÷ 21.75 = 280.1287; kept 761.60 × 19.75 ÷ 21.75 = 691.5678
    assert amounts(slip) == {"基本报酬": "3046.40", "事假扣款": "-280.13"}
    assert slip.held == {"performance": d("691.57")}
    away = half_year(month=FEBRUARY, leave={"personal": d(20)})
    assert (away.gross, away.held) == (0, {"performance": 0, ADVANCE: d(-915)})


def test_who_leaves_is_paid_what_was_kept():
    """工资支付暂行规定 art. 9. Until 15 April: 11 days; 761.60 × 11 ÷ 21.75 = 385.1770."""
    slip = half_year(month=date(2026, 4, 1), worked=d(11), held={"performance": d("2284.80")}, last=True)
    # 2284.80 + 385.18; 3046.40 × 11 ÷ 21.75 = 1540.7080
    assert amounts(slip) == {"基本报酬": "1540.71", "半年绩效": "2669.98"}
    assert slip.held == {}


def test_a_leaver_gets_the_yearly_items_too():
    slip = month_slip(rules("jianou"), somebody(grade=5, held={"bonus": d(712)}, factor=d("1.2"), last=True))
    # 3560 × 20 % = 712; (712 + 712) × 120 %
    assert (amounts(slip)["绩效奖"], slip.held) == ("1708.80", {})


def test_by_the_quarter():
    # 通化县, grade 4: 3450 × 20 % = 690 a month; 3 × 690 × 110 %
    march = month_slip(
        rules("tonghua"), somebody(month=date(2026, 3, 1), grade=4, held={"performance": d(1380)}, factor=d("1.1"))
    )
    assert amounts(march) == {"档级工资": "2760.00", "季度绩效": "2277.00"}
    april = month_slip(rules("tonghua"), somebody(month=date(2026, 4, 1), grade=4))
    assert april.held == {"performance": d(690)}


def test_what_an_item_kept_is_paid_when_a_new_scheme_pays_it_by_the_month():
    slip = month_slip(rules(), somebody(held={"performance": d("2284.80")}, former=rules("base_performance").scheme))
    # 1413.72 + 2284.80
    assert (amounts(slip)["绩效报酬"], slip.held) == ("3698.52", {})


def test_what_an_item_kept_is_paid_when_a_new_scheme_has_no_such_item():
    held = {"bonus": d("4272.00")}
    slip = month_slip(rules(), somebody(held=held, former=rules("jianou").scheme, factor=d("1.2")))
    # 4272 × 120 %
    assert (amounts(slip)["绩效奖"], slip.held) == ("5126.40", {})
    assert slip.gross == d("4995.14") + d("5126.40")


def test_the_thirteenth_period_pays_yearly_items():
    # 建瓯, grade 5: 12 × 712 = 8544; × 120 %
    found = year_items(rules("jianou").scheme, {"bonus": d(8544), ADVANCE: d(-5)}, d("1.2"))
    assert (found.amount, found.held) == (d("10252.80"), {ADVANCE: d(-5)})
    assert year_items(rules().scheme, {}, d(1)).lines == []


def test_no_half_fen_is_lost_by_dividing_first():
    """29.00 × 0.5 day × 75 % ÷ 21.75 = 0.5 exactly; 29 ÷ 21.75 = 1.333… would give less."""
    leave = rules().leave
    odd = rules("jiangyuan").__class__(
        rules().scheme, rules().insurances, rules().tax, leave.__class__(leave.days, {**leave.paid, "sick": d("0.25")})
    )
    # 3600.35 is 29 × 124.15: 4350.29 × 0.5 × 75 % ÷ 21.75 = 75.005 exactly, half up 75.01
    off = month_slip(odd, somebody(grade=1, leave={"sick": d("0.5")}, factor=(d("4350.29") - d(2520)) / d(1080)))
    assert amounts(off)["病假扣款"] == "-75.01"


def test_days_of_pay():
    assert [month_days(date(2026, number, 1)) for number in range(1, 13)] == [
        22,
        20,
        22,
        22,
        21,
        22,
        23,
        21,
        22,
        22,
        21,
        23,
    ]
    assert pay_days(date(2026, 3, 16), date(2026, 3, 31)) == 12
    assert pay_days(date(2026, 10, 1), date(2026, 10, 15)) == 11
    assert pay_days(date(2026, 10, 3), date(2026, 10, 4)) == 0
    assert month_days(JUNE) == 22
