"""五险一金 against cases worked out by hand: 江源's first version (pension 16/8, medical 8/2, unemployment 0.7/0.3, injury 0.4/0,
fund 8/8 from the second month; base 4,000 to 20,000, of the fund 2,000 to 25,000)."""

from __future__ import annotations

import pytest

from staff.pay.insurance import contributions, insurances_of
from tests.staff.pay_rules import d, rules, tables

# base, month of work | employee: pension medical unemployment injury fund | employer: the same
PAID = {
    # 5000 × 8, 2, 0.3, 0, 8 % and × 16, 8, 0.7, 0.4, 8 %
    "between floor and ceiling": ("5000", 13, "400.00 100.00 15.00 0.00 400.00", "800.00 400.00 35.00 20.00 400.00"),
    # 3500 is lifted to 4000; the fund's floor is lower: 3500 × 8 % = 280
    "below the floor": ("3500", 13, "320.00 80.00 12.00 0.00 280.00", "640.00 320.00 28.00 16.00 280.00"),
    # 1500: the fund on 2000
    "below both floors": ("1500", 13, "320.00 80.00 12.00 0.00 160.00", "640.00 320.00 28.00 16.00 160.00"),
    "the floor exactly": ("4000", 13, "320.00 80.00 12.00 0.00 320.00", "640.00 320.00 28.00 16.00 320.00"),
    # 30000 is cut at 20000, for the fund at 25000
    "above the ceiling": ("30000", 13, "1600.00 400.00 60.00 0.00 2000.00", "3200.00 1600.00 140.00 80.00 2000.00"),
    # 376.992, 94.248, 14.1372, 376.992 and 753.984, 376.992, 32.9868, 18.8496: each for itself
    "each item to the fen": ("4712.40", 13, "376.99 94.25 14.14 0.00 376.99", "753.98 376.99 32.99 18.85 376.99"),
    # 4000.25 × 2 % = 80.005, half up 80.01; × 0.7 % = 28.00175
    "half a fen goes up": ("4000.25", 13, "320.02 80.01 12.00 0.00 320.02", "640.04 320.02 28.00 16.00 320.02"),
    # 住房公积金管理条例 art. 17: who has just begun to work pays the fund from the second month
    "first month of work": ("5000", 1, "400.00 100.00 15.00 0.00 0.00", "800.00 400.00 35.00 20.00 0.00"),
    "second month of work": ("5000", 2, "400.00 100.00 15.00 0.00 400.00", "800.00 400.00 35.00 20.00 400.00"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAID)
def test_contributions(name):
    base, month, employee, employer = PAID[name]
    found = contributions(rules().insurances, d(base), month)
    assert " ".join(str(one.employee) for one in found) == employee
    assert " ".join(str(one.employer) for one in found) == employer


def test_rate_and_floor_changed_in_the_middle_of_a_year():
    table = tables("jiangyuan")["insurance"]
    table["floor"] = "4300"
    next(row for row in table["items"] if row["key"] == "unemployment")["employee"] = "0.5"
    found = contributions(insurances_of(table), d(4200), 13)
    # 4300 × 8 % = 344, × 2 % = 86, × 0.5 % = 21.50; the fund on 4200: 336
    assert [str(one.employee) for one in found] == ["344.00", "86.00", "21.50", "0.00", "336.00"]
    assert [str(one.base) for one in found] == ["4300", "4300", "4300", "4300", "4200"]
