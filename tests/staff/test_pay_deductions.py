"""专项附加扣除 over a tax year, worked out by hand: declared late, ended late, another amount, New Year (公告2022年第7号)."""

from __future__ import annotations

from datetime import date

import pytest

from staff.pay.deductions import Claim, months_until, special_of
from tests.staff.pay_rules import d


def month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


# claims as "amount from until", month, first month in this employment, deducted by earlier slips | amount, of it for earlier months
CASES = {
    # 2000
    "in time": (["2000 2026-01"], "2026-01", "2020-03", "0", "2000", "0"),
    # 5 × 2000 − 4 × 2000
    "goes on": (["2000 2026-01"], "2026-05", "2020-03", "8000", "2000", "0"),
    # declared in May from January on: 5 × 2000 − 0
    "declared late": (["2000 2026-01"], "2026-05", "2020-03", "0", "10000", "8000"),
    # elders 3000 all along (4 × 3000 deducted), children 2000 declared in May: 5 × 5000 − 12000
    "one of two declared late": (["3000 2025-01", "2000 2026-01"], "2026-05", "2020-03", "12000", "13000", "8000"),
    # 12 × 1000 − 0 in December; the December run is the last that can make it up
    "declared in December": (["1000 2026-01"], "2026-12", "2020-03", "0", "12000", "11000"),
    # entry in March: March, April and May count, January and February were another employer's: 3 × 2000
    "declared late after an entry in March": (["2000 2026-01"], "2026-05", "2026-03", "0", "6000", "4000"),
    # since 2025, declared in February 2026: last year is closed: 2 × 1500
    "last year is not made up": (["1500 2025-06"], "2026-02", "2020-03", "0", "3000", "1500"),
    # a new year begins at nothing: 1500
    "January after a year of deductions": (["1500 2025-06"], "2026-01", "2020-03", "0", "1500", "0"),
    # said in May to have ended with February: 2 × 2000 − 4 × 2000
    "ended late": (["2000 2026-01 2026-03"], "2026-05", "2020-03", "8000", "-4000", "-4000"),
    # never due: 0 − 4 × 2000
    "withdrawn altogether": ([], "2026-05", "2020-03", "8000", "-8000", "-8000"),
    # rent 1100 from January, known in April to be 1500 from February: 1100 + 3 × 1500 − 3 × 1100
    "another amount, known late": (
        ["1100 2026-01 2026-02", "1500 2026-02"], "2026-04", "2020-03", "3300", "2300", "800",
    ),
    # 2000 given up from May on and 1000 in its place: 4 × 2000 + 1000 − 8000
    "another amount, in time": (["2000 2026-01 2026-05", "1000 2026-05"], "2026-05", "2020-03", "8000", "1000", "0"),
    # study 400 that ended with April, told late in June while nothing else is claimed: 4 × 400 − 5 × 400
    "one month too many": (["400 2026-01 2026-05"], "2026-06", "2020-03", "2000", "-400", "-400"),
    # it only begins in June
    "not yet due": (["2000 2026-06"], "2026-05", "2020-03", "0", "0", "0"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_a_month_deducts(name):
    claims, at, entered, deducted, amount, rest = CASES[name]
    months = [one for one in months_until(month(at)) if one >= month(entered)]
    found = special_of([claim(text) for text in claims], months, d(deducted))
    assert found.amount == d(amount)
    assert bool(found.why) == bool(d(rest))
    if d(rest):
        assert f"{abs(d(rest))}，" in found.why
        assert ("补扣" if d(rest) > 0 else "冲回") in found.why


def claim(text: str) -> Claim:
    amount, first, *until = text.split()
    return Claim(d(amount), month(first), month(until[0]) if until else None)


def test_whenever_it_is_declared_the_year_deducts_the_same():
    """Twelve months of 1,000 and, from March on, of 400: 12,000 + 4,000, whenever each becomes known."""
    claims = {"1000 2026-01": 7, "400 2026-03": 11}
    deducted = d(0)
    for number in range(1, 13):
        at = date(2026, number, 1)
        known = [claim(text) for text, since in claims.items() if number >= since]
        deducted += special_of(known, list(months_until(at)), deducted).amount
    assert deducted == d(16000)


def test_a_gap_in_the_employment_does_not_count():
    """January and February, then back in May: 3 × 1000 − 2000."""
    months = [date(2026, number, 1) for number in (1, 2, 5)]
    assert special_of([claim("1000 2026-01")], months, d(2000)).amount == d(1000)
