"""Income tax against cases worked out by hand (个人所得税扣缴申报管理办法 art. 6; 公告2023年第30号 for the bonus)."""

from __future__ import annotations

from datetime import date

import pytest

from staff.pay.slip import annual_bonus
from staff.pay.tax import NEW_YEAR, YearToDate, bonus_apart, earned_little, since_january, withhold, year_begins
from tests.staff.pay_rules import d, rules

# before the month: months, income, insurance, special, tax | the month: income, insurance, special | taxable, due, tax
WITHHELD = {
    # 4712.40 − 5000 − 862.37 < 0
    "under the allowance": ("0 0 0 0 0", "4712.40 862.37 0", "0 0.00 0.00"),
    # 12000 − 5000 − 2000 = 5000; 5000 × 3 % = 150
    "first bracket": ("0 0 0 0 0", "12000 2000 0", "5000 150.00 150.00"),
    # 43000 − 5000 − 2000 = 36000, still 3 %: 1080
    "36,000 exactly": ("0 0 0 0 0", "43000 2000 0", "36000 1080.00 1080.00"),
    # 36000.01 × 10 % − 2520 = 1080.001
    "a fen above 36,000": ("0 0 0 0 0", "43000.01 2000 0", "36000.01 1080.00 1080.00"),
    # before: 45000 − 15000 − 6000 − 3000 = 21000, 630 withheld; now 75000 − 20000 − 8000 − 4000 = 43000;
    # 43000 × 10 % − 2520 = 1780; 1780 − 630 = 1150
    "from the first bracket into the second": ("3 45000 6000 3000 630", "30000 2000 1000", "43000 1780.00 1150.00"),
    # 151000 − 5000 − 2000 = 144000; × 10 % − 2520 = 11880
    "144,000 exactly": ("0 0 0 0 0", "151000 2000 0", "144000 11880.00 11880.00"),
    # 144100 × 20 % − 16920 = 28820 − 16920 = 11900
    "into the third bracket": ("0 0 0 0 0", "151100 2000 0", "144100 11900.00 11900.00"),
    # 300000 × 20 % − 16920 = 43080
    "300,000 exactly": ("0 0 0 0 0", "307000 2000 0", "300000 43080.00 43080.00"),
    # 300100 × 25 % − 31920 = 75025 − 31920 = 43105
    "into the fourth bracket": ("0 0 0 0 0", "307100 2000 0", "300100 43105.00 43105.00"),
    # 420000 × 25 % − 31920 = 73080
    "420,000 exactly": ("0 0 0 0 0", "427000 2000 0", "420000 73080.00 73080.00"),
    # 420100 × 30 % − 52920 = 126030 − 52920 = 73110
    "into the fifth bracket": ("0 0 0 0 0", "427100 2000 0", "420100 73110.00 73110.00"),
    # 660000 × 30 % − 52920 = 145080
    "660,000 exactly": ("0 0 0 0 0", "667000 2000 0", "660000 145080.00 145080.00"),
    # 660100 × 35 % − 85920 = 231035 − 85920 = 145115
    "into the sixth bracket": ("0 0 0 0 0", "667100 2000 0", "660100 145115.00 145115.00"),
    # 960000 × 35 % − 85920 = 250080
    "960,000 exactly": ("0 0 0 0 0", "967000 2000 0", "960000 250080.00 250080.00"),
    # 960100 × 45 % − 181920 = 432045 − 181920 = 250125
    "into the last bracket": ("0 0 0 0 0", "967100 2000 0", "960100 250125.00 250125.00"),
    # before: 10000 − 5000 − 1000 = 4000, 120; now 170000 − 10000 − 2000 = 158000; × 20 % − 16920 = 14680; − 120
    "over two limits at once": ("1 10000 1000 0 120", "160000 1000 0", "158000 14680.00 14560.00"),
    # before: 30000 − 10000 − 2000 = 18000, 540; now 30000 − 15000 − 2800 = 12200; × 3 % = 366 < 540: nothing comes back
    "a negative result is not refunded": ("2 30000 2000 0 540", "0 800 0", "12200 366.00 0.00"),
    # 37000 − 20000 − 3600 = 13400; × 3 % = 402, still below 540
    "and is made up in the months after": ("3 30000 2800 0 540", "7000 800 0", "13400 402.00 0.00"),
    # 52000 − 25000 − 4400 = 22600; × 3 % = 678; 678 − 540 = 138
    "until more is due again": ("4 37000 3600 0 540", "15000 800 0", "22600 678.00 138.00"),
    # entry in July: one month's allowance only: 9000 − 5000 − 900 − 1000 = 2100; × 3 % = 63
    "entry in the middle of the year": ("0 0 0 0 0", "9000 900 1000", "2100 63.00 63.00"),
    # no wage before July (公告2020年第13号): seven months' allowance: 9000 − 35000 < 0
    "first income of the year in July": ("6 0 0 0 0", "9000 900 1000", "0 0.00 0.00"),
    # last year at most 60,000 (公告2020年第19号): 9000 − 60000 < 0
    "January after a year of little income": ("11 0 0 0 0", "9000 900 0", "0 0.00 0.00"),
    # no thirteenth month of allowance: 69000 − 12 × 5000 − 0 = 9000; × 3 % = 270
    "and never more than twelve months": ("12 63000 0 0 0", "6000 0 0", "9000 270.00 270.00"),
    # declared in April for January to April, 4 × 2000: 40000 − 20000 − 4000 − 8000 = 8000; × 3 % = 240 < 360
    "a deduction declared late": ("3 30000 3000 0 360", "10000 1000 8000", "8000 240.00 0.00"),
    # 16.50 × 3 % = 0.495, half up 0.50
    "half a fen goes up": ("0 0 0 0 0", "5016.50 0 0", "16.50 0.50 0.50"),
    # withdrawn in April for two months of 2000: 40000 − 20000 − 4000 − (6000 − 4000 + 0) = 14000; × 3 % = 420; 420 − 180
    "a deduction taken back": ("3 30000 3000 6000 180", "10000 1000 -4000", "14000 420.00 240.00"),
    # the same month with nothing taken back: 40000 − 20000 − 4000 − 6000 = 10000; × 3 % = 300; 300 − 180
    "the same without": ("3 30000 3000 6000 180", "10000 1000 0", "10000 300.00 120.00"),
    # overpaid before, taken back: 6500 − 10000 − 2000 < 0; the 60 stay until the settlement
    "a month below zero": ("1 8000 1000 0 60", "-1500 1000 0", "0 0.00 0.00"),
}  # fmt: skip


def year(text: str) -> YearToDate:
    months, *sums = text.split()
    return YearToDate(int(months), *map(d, sums))


@pytest.mark.parametrize("name", WITHHELD)
def test_withholding(name):
    before, month, expected = WITHHELD[name]
    found = withhold(rules().tax, year(before), *map(d, month.split()))
    taxable, due, tax = map(d, expected.split())
    assert (found.taxable, found.due, found.tax) == (taxable, due, tax)
    assert found.after.tax == year(before).tax + tax
    assert str(found.tax) == expected.split()[2], "two decimals"


# The rate and the deduction of a month (those of the year ÷ 12) by a twelfth of the bonus.
APART = [
    ("4712.40", "141.37"),  # × 3 % = 141.372
    ("36000", "1080.00"),  # ÷ 12 = 3000: × 3 %
    ("36001", "3390.10"),  # 3600.10 − 210: the yuan above 36,000 costs 2,310.10
    ("144000", "14190.00"),  # 14400 − 210
    ("144001", "27390.20"),  # 28800.20 − 1410
    ("300000", "58590.00"),  # 60000 − 1410
    ("300001", "72340.25"),  # 75000.25 − 2660
    ("420000", "102340.00"),  # 105000 − 2660
    ("420001", "121590.30"),  # 126000.30 − 4410
    ("660000", "193590.00"),  # 198000 − 4410
    ("660001", "223840.35"),  # 231000.35 − 7160
    ("960000", "328840.00"),  # 336000 − 7160
    ("960001", "416840.45"),  # 432000.45 − 15160
    ("0", "0.00"),
]


@pytest.mark.parametrize(("bonus", "tax"), APART)
def test_a_bonus_taxed_apart(bonus, tax):
    assert str(bonus_apart(rules().tax, d(bonus))[0]) == tax


def test_apart_leaves_the_year_alone():
    before = year("12 120000 18000 0 1680")
    found = annual_bonus(rules().tax, d(36001), "apart", before, date(2026, 12, 25))
    assert (found.tax, found.net, found.after) == (d("3390.10"), d("32610.90"), before)


def test_together_with_the_year():
    # 120000 − 60000 − 18000 = 42000: 4200 − 2520 = 1680 withheld; with 20000 more 62000: 6200 − 2520 = 3680; 3680 − 1680
    found = annual_bonus(rules().tax, d(20000), "together", year("12 120000 18000 0 1680"), date(2026, 12, 25))
    assert (found.tax, found.net) == (d(2000), d(18000))
    assert found.after == year("12 140000 18000 0 3680")


def test_together_is_better_for_who_earns_little():
    # 56548.80 + 4712.40 − 60000 − 10348.44 < 0: nothing, where apart 141.37 are due
    found = annual_bonus(rules().tax, d("4712.40"), "together", year("12 56548.80 10348.44 0 0"), date(2026, 12, 25))
    assert found.tax == 0


def test_together_before_the_first_slip_of_a_year_spends_no_allowance_twice():
    # 20000 − 5000 = 15000; × 3 % = 450. Then January: 28000 − 5000 − 1000 = 22000; 660 − 450 = 210
    bonus = annual_bonus(rules().tax, d(20000), "together", NEW_YEAR, date(2027, 1, 10))
    assert (bonus.tax, bonus.after.months) == (d(450), 0)
    january = withhold(rules().tax, bonus.after, d(8000), d(1000), d(0))
    assert (january.taxable, january.tax, january.after.months) == (d(22000), d(210), 1)


def test_apart_only_until_the_end_of_2027():
    last = annual_bonus(rules().tax, d(36000), "apart", NEW_YEAR, date(2027, 12, 31))
    assert last.tax == d(1080)
    with pytest.raises(ValueError, match="政策执行到 2027-12-31，请改为并入当年综合所得"):
        annual_bonus(rules().tax, d(36000), "apart", NEW_YEAR, date(2028, 1, 1))
    # 36000 − 5000 = 31000; × 3 % = 930
    assert annual_bonus(rules().tax, d(36000), "together", NEW_YEAR, date(2028, 1, 1)).tax == d(930)


# 公告2020年第13号: month, months of allowance before it | income, insurance of the month, cumulated before | tax
FIRST_WAGE = {
    # the first slip in July: 7 × 5000 = 35000; 9000 − 900 − 35000 < 0
    "declared at once": ("2026-07-01", 0, "9000 900", "0 0 0", 7, "0.00"),
    # July and August paid with 1 and 2 months: 18000 − 1800 − 10000 = 6200, 186 withheld; September, declared now, counts
    # 9 × 5000 = 45000: 27000 − 2700 − 45000 < 0; nothing is refunded before the settlement
    "declared late": ("2026-09-01", 2, "9000 900", "18000 1800 186", 9, "0.00"),
    # 20000 a month: 40000 − 4000 − 10000 = 26000, 780 withheld; 60000 − 6000 − 45000 = 9000; 270 < 780
    "declared late, with much income": ("2026-09-01", 2, "20000 2000", "40000 4000 780", 9, "0.00"),
    # once counted, it goes on month by month: 10 × 5000; 80000 − 8000 − 50000 = 22000; 660 − 780 < 0
    "the month after": ("2026-10-01", 9, "20000 2000", "60000 6000 780", 10, "0.00"),
    # 11: 100000 − 10000 − 55000 = 35000; 1050 − 780
    "and the next": ("2026-11-01", 10, "20000 2000", "80000 8000 780", 11, "270.00"),
    # entry in January: nothing to add: 5000 × 1; 9000 − 900 − 5000 = 3100; × 3 %
    "entry in January": ("2026-01-01", 0, "9000 900", "0 0 0", 1, "93.00"),
}  # fmt: skip


@pytest.mark.parametrize("name", FIRST_WAGE)
def test_the_first_wage_of_a_year(name):
    month, months, paid, sums, counted, tax = FIRST_WAGE[name]
    income, insurance, withheld = map(d, sums.split())
    before = since_january(YearToDate(months, income, insurance, d(0), withheld), date.fromisoformat(month))
    found = withhold(rules().tax, before, *map(d, paid.split()), d(0))
    assert (found.after.months, str(found.tax)) == (counted, tax)


def test_how_a_tax_year_begins():
    assert year_begins(date(2026, 7, 1)) == NEW_YEAR
    assert year_begins(date(2026, 7, 1), first_income=True).months == 6
    assert year_begins(date(2026, 1, 1), low_income=True).months == 11
    assert earned_little(rules().tax, 12, d("60000.00"))
    assert not earned_little(rules().tax, 12, d("60000.01"))
    assert not earned_little(rules().tax, 11, d("30000"))
