"""Slips, grades and years as JSON: amounts as text with two decimals, each with the rule behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from staff.choices import BonusTax, Certificate, Education, GradeReason, Rank
from staff.pay.course import Step
from staff.pay.insurance import Contribution, Insurance
from staff.pay.money import HUNDRED, ZERO, fen, short
from staff.pay.parts import Line, PersonMonth, Rules
from staff.pay.preview_input import BonusInput
from staff.pay.rulebook import Version
from staff.pay.slip import Bonus, Slip, notes_of
from staff.pay.tax import NEW_YEAR, TaxRule, YearToDate

CUMULATIVE = "个人所得税扣缴申报管理办法（试行）第六条：累计预扣法"
APART = "财政部 税务总局公告2023年第30号：全年一次性奖金单独计税"
LAWS = {
    "pension": "社会保险法第十二条", "medical": "社会保险法第二十三条", "unemployment": "社会保险法第四十四条",
    "injury": "社会保险法第三十三、三十五条", "fund": "住房公积金管理条例第十六至十八条",
}  # fmt: skip


@dataclass
class YearSums:
    """A tax year of somebody while it is being reckoned. ``wages``: all of them, bonuses taxed apart included."""

    slips: int = 0
    wages: Decimal = ZERO
    apart: Decimal = ZERO
    apart_tax: Decimal = ZERO
    net: Decimal = ZERO
    employer: Decimal = ZERO
    last: YearToDate = NEW_YEAR


def money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def version_words(version: Version) -> dict[str, str]:
    return {
        "kind": version.kind,
        "label": str(version.data.get("label", "")),
        "valid_from": version.valid_from.isoformat(),
        "source": version.source,
    }


def step_words(step: Step) -> dict[str, Any]:
    """A grade, or (``grade`` null) a January without a step."""
    return {
        "from": step.since.isoformat(),
        "grade": step.grade,
        "rank": Rank(step.rank).label,
        "reason": GradeReason(step.reason).label if step.grade else "未晋级",
        "why": list(step.why),
        "rule": _named(step.rule),
    }


def slip_words(versions: Mapping[str, Version], rules: Rules, given: PersonMonth, slip: Slip) -> dict[str, Any]:
    found = slip.withholding
    return {
        "month": f"{given.month:%Y-%m}",
        "period": "month",
        "rules": {kind: _named(version) for kind, version in versions.items()},
        "facts": _facts(given),
        "items": _lines(slip.lines),
        "full": money(slip.full),
        "gross": money(slip.gross),
        "contributions": [
            _contribution(rule, one, slip.full if given.insurance_base is None else given.insurance_base, given)
            for rule, one in zip(rules.insurances, slip.contributions, strict=True)
        ],
        "insurance": money(slip.insurance),
        "tax": {
            **_year(found.after),
            "allowance": money(rules.tax.allowance * found.after.months),
            "taxable": money(found.taxable),
            "rate": f"{short(found.bracket.rate * HUNDRED)}%",
            "quick": money(found.bracket.quick),
            "due": money(found.due),
            "already": money(given.before.tax),
            "tax": money(found.tax),
            "why": _tax_why(rules.tax, given, slip),
            "rule": CUMULATIVE,
        },
        "notes": notes_of(given, slip),
        "net": money(slip.net),
        "employer": money(slip.employer),
        "held": {key: money(value) for key, value in slip.held.items()},
        "year_to_date": {**_year(found.after), "tax": money(found.after.tax)},
    }


def bonus_words(bonus: BonusInput, lines: Sequence[Line], paid: Bonus, other: Bonus | None) -> dict[str, Any]:
    """A 13th period. ``other``: what the other way of taxing would take (``null`` when there is none)."""
    apart = bonus.tax == BonusTax.APART
    return {
        "month": f"{bonus.paid_on:%Y-%m}",
        "period": "bonus",
        "year": bonus.year,
        "paid_on": bonus.paid_on.isoformat(),
        "items": _lines(lines),
        "gross": money(paid.amount),
        "tax": {
            "mode": BonusTax(bonus.tax).label,
            "tax": money(paid.tax),
            "why": paid.why,
            "rule": APART if apart else CUMULATIVE,
        },
        "net": money(paid.net),
        "employer": money(paid.amount),
        "other_way": None if other is None else {"tax": money(other.tax), "why": other.why},
        "year_to_date": {**_year(paid.after), "tax": money(paid.after.tax)},
    }


def year_words(year: int, rule: TaxRule, sums: YearSums) -> dict[str, Any]:
    """A tax year: what was withheld, and what the settlement would say from these figures alone (税法 art. 11)."""
    last = sums.last
    taxable = max(last.income - rule.allowance * 12 - last.insurance - last.special, ZERO)
    bracket = rule.bracket(taxable)
    due = fen(taxable * bracket.rate - bracket.quick)
    return {
        "year": year,
        "slips": sums.slips,
        **_year(last),
        "withheld": money(last.tax),
        "bonus_apart": money(sums.apart),
        "bonus_apart_tax": money(sums.apart_tax),
        "net": money(sums.net),
        "employer": money(sums.employer),
        "settlement": {"taxable": money(taxable), "tax": money(due), "difference": money(due - last.tax)},
    }


def _named(version: Version) -> str:
    label = version.data.get("label")
    return f"{f'{label}，' if label else ''}{version.source}，{version.valid_from} 起"


def _facts(given: PersonMonth) -> dict[str, Any]:
    return {
        "rank": Rank(given.rank).label,
        "grade": given.grade,
        "education": Education(given.education).label,
        "certificate": Certificate(given.certificate).label if given.certificate else "",
        "years": given.years,
        "newcomer": given.newcomer,
        "worked_days": None if given.worked is None else short(given.worked),
        "leave": {kind: short(days) for kind, days in given.leave.items()},
        "performance": f"{short(given.factor * HUNDRED)}%",
        "month_of_work": given.month_of_work,
        "special": money(given.special),
    }


def _lines(lines: Sequence[Line]) -> list[dict[str, str]]:
    return [{"key": one.key, "label": one.label, "amount": money(one.amount), "why": one.why} for one in lines]


def _contribution(rule: Insurance, one: Contribution, base: Decimal, given: PersonMonth) -> dict[str, str]:
    if given.month_of_work < rule.from_month:
        why = f"入职第 {given.month_of_work} 个月，从第 {rule.from_month} 个月起缴"
    elif one.base > base:
        why = f"基数 {short(base)} 低于下限，按 {short(one.base)}"
    elif one.base < base:
        why = f"基数 {short(base)} 高于上限，按 {short(one.base)}"
    else:
        why = f"基数 {short(base)}"
    return {
        "key": one.key,
        "label": one.label,
        "base": money(one.base),
        "employer_rate": f"{short(rule.employer * HUNDRED)}%",
        "employer": money(one.employer),
        "employee_rate": f"{short(rule.employee * HUNDRED)}%",
        "employee": money(one.employee),
        "why": why,
        "rule": LAWS.get(one.key, ""),
    }


def _year(year: YearToDate) -> dict[str, Any]:
    return {
        "months": year.months,
        "income": money(year.income),
        "insurance": money(year.insurance),
        "special": money(year.special),
    }


def _tax_why(rule: TaxRule, given: PersonMonth, slip: Slip) -> str:
    found, after = slip.withholding, slip.withholding.after
    taxable = (
        f"{short(after.income)} − {short(rule.allowance)} × {after.months} − {short(after.insurance)}"
        f" − {short(after.special)} = {short(after.income - rule.allowance * after.months - after.insurance - after.special)}"
    )
    reckoned = f"{short(found.taxable)} × {short(found.bracket.rate * HUNDRED)}% − {short(found.bracket.quick)} = {short(found.due)}"
    words = f"累计 {taxable}；{reckoned}；已预扣 {short(given.before.tax)}"
    if found.due < given.before.tax:
        words = f"{words}，多扣的本年内抵，余额在汇算清缴时退（第七条）"
    return words
