"""Income tax by cumulative withholding (个人所得税扣缴申报管理办法 art. 6) and of the annual bonus (公告2023年第30号)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from staff.pay.checking import between
from staff.pay.money import HUNDRED, ZERO, fen, short

MONTHS = Decimal(12)
LAST = 12  # months of a tax year that bring an allowance


@dataclass(frozen=True, slots=True)
class Bracket:
    """``rate`` as a fraction for taxable income up to ``up_to`` yuan (none: no end), less ``quick``."""

    up_to: Decimal | None
    rate: Decimal
    quick: Decimal


@dataclass(frozen=True, slots=True)
class TaxRule:
    """``allowance`` in yuan a month; until ``bonus_until`` the annual bonus may be taxed apart."""

    allowance: Decimal
    brackets: tuple[Bracket, ...]
    bonus_until: date

    def bracket(self, taxable: Decimal) -> Bracket:
        for bracket in self.brackets:
            if bracket.up_to is None or taxable <= bracket.up_to:
                return bracket
        raise ValueError("the table of rates has no end")


class YearToDate(NamedTuple):
    """What has been paid and withheld in the tax year before a month."""

    months: int = 0
    income: Decimal = ZERO
    insurance: Decimal = ZERO
    special: Decimal = ZERO
    tax: Decimal = ZERO


NEW_YEAR = YearToDate()


class Withholding(NamedTuple):
    """Tax of a month, the cumulative taxable income it comes from, and the year with it."""

    tax: Decimal
    taxable: Decimal
    bracket: Bracket
    due: Decimal
    after: YearToDate


def tax_rule_of(data: Mapping[str, Any]) -> TaxRule:
    """The typed form of a table that has passed :func:`problems`."""
    brackets = tuple(
        Bracket(Decimal(row["up_to"]) or None, Decimal(row["rate"]) / HUNDRED, Decimal(row["quick"]))
        for row in data["brackets"]
    )
    return TaxRule(Decimal(data["allowance"]), brackets, date.fromisoformat(data["bonus_until"]))


def year_begins(month: date, *, first_income: bool = False, low_income: bool = False) -> YearToDate:
    """Before the first slip of a tax year or of a job: the allowance counts months at this employer (art. 6), but

    ``first_income`` (no wage before in this year, 公告2020年第13号) all months since January, and
    ``low_income`` (:func:`earned_little` last year, 公告2020年第19号) all twelve at once.
    """
    if low_income:
        return YearToDate(months=LAST - 1)
    return since_january(NEW_YEAR, month) if first_income else NEW_YEAR


def since_january(before: YearToDate, month: date) -> YearToDate:
    """The year before a month's slip, its allowance counted from January on (公告2020年第13号 art. 1).

    Also when it is declared only after the first slips: the months they left out come with this one.
    """
    return before._replace(months=max(before.months, month.month - 1))


def allowance_words(month: date) -> str:
    """Why there is more allowance than months at this employer."""
    return f"本年首次取得工资薪金：减除费用自 1 月起算，共 {month.month} 个月"


def earned_little(rule: TaxRule, months_paid: int, income: Decimal) -> bool:
    """Twelve months at the same employer with no more in all, bonus included, than the year's allowance (60,000)."""
    return months_paid == LAST and income <= rule.allowance * LAST


def withhold(
    rule: TaxRule, before: YearToDate, income: Decimal, insurance: Decimal, special: Decimal, *, months: int = 1
) -> Withholding:
    """The month's withholding; never negative: what was withheld too much stays until the yearly settlement.

    ``income``, ``insurance`` (五险一金 of the worker) and ``special`` (专项附加扣除) are those of the month, in yuan.
    ``months`` 0: something paid besides the month's slip, without an allowance of its own.
    """
    after, earned = min(before.months + months, LAST), before.income + income
    insured, special_sum = before.insurance + insurance, before.special + special
    taxable = max(earned - rule.allowance * max(after, 1) - insured - special_sum, ZERO)
    bracket = rule.bracket(taxable)
    due = fen(taxable * bracket.rate - bracket.quick)
    tax = max(due - before.tax, ZERO)
    return Withholding(tax, taxable, bracket, due, YearToDate(after, earned, insured, special_sum, before.tax + tax))


def bonus_apart(rule: TaxRule, bonus: Decimal) -> tuple[Decimal, str]:
    """Tax of an annual bonus that is taxed apart: the rate for a twelfth of it, less that rate's monthly deduction."""
    if bonus <= 0:
        return ZERO, "没有奖金"
    bracket = rule.bracket(bonus)  # a twelfth against a twelfth of the table
    quick = bracket.quick / MONTHS
    tax = fen(bonus * bracket.rate - quick)
    return tax, f"{short(bonus)} × {short(bracket.rate * HUNDRED)}% − {short(quick)} = {short(tax)}"


def problems(data: Mapping[str, Any]) -> list[str]:
    """What is wrong with a table of rates: a hole, a fall, an end that is missing, a deduction that does not fit."""
    found = list(_form(data))
    return found or list(_steps(data["brackets"]))


def _form(data: Mapping[str, Any]) -> Iterator[str]:
    yield from between(data["allowance"], "每月减除费用", "0", "100000")
    try:
        date.fromisoformat(str(data["bonus_until"]))
    except ValueError:
        yield "“年终奖单独计税截止日”应为日期，如 2027-12-31。"
    if not data["brackets"]:
        yield "税率表至少要有一级。"
    for place, row in enumerate(data["brackets"], start=1):
        for key, word in (("up_to", "上限"), ("rate", "税率"), ("quick", "速算扣除数")):
            yield from between(row[key], f"第 {place} 级的{word}", "0", "100" if key == "rate" else "1000000000")


def _steps(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Continuous at every limit, so that a yuan more never costs more than a yuan."""
    steps = [tuple(Decimal(str(row[key])) for key in ("up_to", "rate", "quick")) for row in rows]
    if steps[-1][0]:
        yield "税率表最后一级的上限应为 0（没有上限），否则更高的收入没有税率。"
    limit = rate = quick = ZERO
    for place, (up_to, higher, given) in enumerate(steps, start=1):
        if higher <= rate:
            yield f"第 {place} 级的税率应高于上一级。"
        quick += limit * (higher - rate) / HUNDRED
        if given != quick:
            yield f"第 {place} 级的速算扣除数应为 {short(quick)}，否则与上一级接不上。"
        if place < len(steps) and up_to <= limit:
            yield f"第 {place} 级的上限应高于上一级，只有最后一级没有上限。"
        limit, rate = up_to, higher
