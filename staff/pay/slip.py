"""One month's pay of one person, line by line, and the annual bonus.

Order as in domain §6: attendance → items → back-pay → insurance and fund → cumulative income tax → net.
An item is rounded once, where it becomes a line: attendance and the factor of the review are applied to it unrounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from staff.choices import PAYING_MONTHS, BonusTax, LeaveKind, Pays
from staff.pay.attendance import WHOLE, Attendance, LeaveRule, attendance, leave_rule_of
from staff.pay.insurance import Contribution, base_words, contributions
from staff.pay.money import HUNDRED, ZERO, fen, short
from staff.pay.parts import ADVANCE, Addition, Line, PersonMonth, Rules
from staff.pay.scheme import Item, Scheme
from staff.pay.tax import TaxRule, Withholding, YearToDate, bonus_apart, withhold
from staff.pay.worth import monthly, worth_of

__all__ = [
    "ADVANCE", "Addition", "Bonus", "LeaveRule", "Line", "PersonMonth", "Rules", "Slip", "annual_bonus",
    "leave_rule_of", "month_slip", "monthly", "notes_of", "tax_words", "year_items",
]  # fmt: skip

ONE = Decimal(1)


class Slip(NamedTuple):
    """A month's pay. ``full``: a full month's items, before attendance; ``held``: what is earned but not yet paid.

    ``net`` = ``gross`` − ``insurance`` − tax + the lines ``untaxed``, and never below zero.
    """

    lines: list[Line]
    full: Decimal
    gross: Decimal
    contributions: list[Contribution]
    insurance: Decimal
    withholding: Withholding
    net: Decimal
    employer: Decimal
    held: dict[str, Decimal]


def month_slip(rules: Rules, person: PersonMonth) -> Slip:
    """The slip of a month; see :class:`PersonMonth` for what it depends on."""
    lines, held, full = _items(rules, person)
    untaxed: list[Line] = []
    for one in person.additions:
        line = Line("added" if one.taxed else "untaxed", one.label, one.amount, one.why)
        (lines if one.taxed else untaxed).append(line)
    gross = insurance = employer = ZERO
    for line in lines:
        gross += line.amount
    base = full if person.insurance_base is None else person.insurance_base
    paid = contributions(rules.insurances, base, person.month_of_work)
    for part in paid:
        insurance += part.employee
        employer += part.employer
    withholding = withhold(rules.tax, person.before, gross, insurance, person.special)
    net = gross - insurance - withholding.tax
    for line in untaxed:
        net += line.amount
        employer += line.amount
    owed = person.held.get(ADVANCE, ZERO)
    if (net < 0 or owed) and (advance := _advance(net, owed, held)):
        untaxed.append(advance)
        net += advance.amount
    return Slip(lines + untaxed, full, gross, paid, insurance, withholding, net, gross + employer, held)


def notes_of(person: PersonMonth, slip: Slip) -> list[str]:
    """What a slip says besides its lines: deductions made up, allowance from January, a base that nobody entered."""
    if person.insurance_base is None:
        return [*person.notes, base_words(person.month, slip.full)]
    if person.base_since is not None:
        return [*person.notes, base_words(person.base_since, person.insurance_base)]
    return list(person.notes)


def _items(rules: Rules, person: PersonMonth) -> tuple[list[Line], dict[str, Decimal], Decimal]:
    """Lines of the scheme's items and of absences, what is kept for later, and what a full month is worth."""
    there = attendance(rules.leave, person.month, person.worked, person.leave)
    lines: list[Line] = []
    held: dict[str, Decimal] = {}
    full = basis = left = ZERO
    for item, line in worth_of(rules, person):
        kept = person.held.get(item.key, ZERO)
        if not line.amount and not kept:
            continue
        full += line.amount
        factor = person.factor if item.performance else ONE
        if item.pays != "month":
            _pay_or_keep(lines, held, item, line, kept, there, person)
            continue
        if item.prorated:
            basis += fen(line.amount * factor)
        lines.append(line if factor == 1 and there is WHOLE and not kept else _monthly(item, line, kept, factor, there))
        if item.prorated:
            left += lines[-1].amount
    lines += _absences(there, basis, left)
    if person.held:
        lines += _of_former_scheme(rules.scheme, person)
    return lines, held, full


def _monthly(item: Item, line: Line, kept: Decimal, factor: Decimal, there: Attendance) -> Line:
    """Paid every month. ``kept``: from when a scheme before paid this item less often."""
    amount, why = line.amount, line.why
    if item.prorated and there.employed != there.over:
        why = f"{why}；{short(amount)} × {there.employed_words}"
        amount = amount * there.employed / there.over
    if kept:
        why = f"{why}；加此前留存 {short(kept)}"
    return _line(item, amount + kept, why, factor)


def _pay_or_keep(
    lines: list[Line],
    held: dict[str, Decimal],
    item: Item,
    line: Line,
    kept: Decimal,
    there: Attendance,
    person: PersonMonth,
) -> None:
    """Paid in its month, or when somebody leaves (工资支付暂行规定 art. 9: all at once), by the factor of the review then."""
    amount, why = line.amount, line.why
    if item.prorated and there.paid != there.over:
        why = f"{why}；{short(amount)} × {short(there.paid)} ÷ {short(there.over)}"
        amount = fen(amount * there.paid / there.over)
    total = kept + amount
    if not person.last and person.month.month not in PAYING_MONTHS[Pays(item.pays)]:
        held[item.key] = total
        return
    why = f"{why}；本期累计 {short(total)}"
    lines.append(_line(item, total, why, person.factor if item.performance else ONE))


def _line(item: Item, amount: Decimal, why: str, factor: Decimal) -> Line:
    if factor != 1:
        why = f"{why}；考核比例 {short(factor * HUNDRED)}%"
    return Line(item.key, item.label, fen(amount * factor), why)


def _absences(there: Attendance, basis: Decimal, left: Decimal) -> list[Line]:
    """What is taken off the items paid by the month: ``basis`` what they pay in a full month, ``left`` in this one."""
    lines = []
    for one in there.absences:
        off = min(fen(basis * one.taken / there.over), left)
        left -= off
        if off:
            lines.append(
                Line(f"leave_{one.kind}", f"{LeaveKind(one.kind).label}扣款", -off, f"{short(basis)} {one.words}")
            )
    return lines


def _of_former_scheme(scheme: Scheme, person: PersonMonth) -> list[Line]:
    """A new scheme has no place for an item the old one kept: it is paid with the first slip under the new one."""
    gone = person.held.keys() - {item.key for item in scheme.items} - {ADVANCE}
    former = {item.key: item for item in person.former.items} if person.former else {}
    lines = []
    for key in sorted(gone):
        item = former.get(key)
        factor = person.factor if item is None or item.performance else ONE
        amount = person.held[key]
        why = f"原方案留存 {short(amount)}，方案变更后一次付清"
        if factor != 1:
            why = f"{why}；考核比例 {short(factor * HUNDRED)}%"
        lines.append(Line(key, item.label if item else "原方案留存", fen(amount * factor), why))
    return lines


def _advance(net: Decimal, owed: Decimal, held: dict[str, Decimal]) -> Line | None:
    """Nobody is paid less than nothing: the unit pays in advance what is missing and takes it back from the next slips.

    ``owed`` is below zero. 社会保险法 art. 60: contributions are due in a month without pay, too.
    """
    if net >= 0 and not owed:
        return None
    line = Line("untaxed", "单位垫付", -net, "应发不足以扣缴个人部分，由单位垫付，从以后月份扣回")
    if net >= 0:
        line = Line("untaxed", "扣回单位垫付", -min(net, -owed), f"此前垫付 {short(-owed)}")
    if rest := owed - line.amount:
        held[ADVANCE] = rest
    return line if line.amount else None


class YearItems(NamedTuple):
    """What a 13th period pays of the scheme's yearly items, and what stays held."""

    lines: list[Line]
    amount: Decimal
    held: dict[str, Decimal]


def year_items(scheme: Scheme, held: Mapping[str, Decimal], factor: Decimal) -> YearItems:
    """Yearly items as the December slip left them in ``held``; ``factor`` by the review of that year."""
    rest = dict(held)
    lines = [
        _line(item, kept, f"全年累计 {short(kept)}", factor if item.performance else ONE)
        for item in scheme.items
        if item.pays == Pays.YEAR and (kept := rest.pop(item.key, ZERO))
    ]
    return YearItems(lines, sum((line.amount for line in lines), ZERO), rest)


class Bonus(NamedTuple):
    """An annual bonus (十三薪): its tax, what is left, and the tax year with it when it is taxed together."""

    amount: Decimal
    tax: Decimal
    net: Decimal
    why: str
    after: YearToDate


def annual_bonus(rule: TaxRule, amount: Decimal, mode: str, before: YearToDate, paid_on: date) -> Bonus:
    """Tax of an annual bonus, apart or together with the year's income, as the worker chose.

    ``before``: the tax year of ``paid_on``, with the slip of that month. Apart only once in a tax year (公告2023年第30号).
    Raises ``ValueError`` when it shall be taxed apart after the last day on which that is allowed.
    """
    if mode == BonusTax.APART:
        if paid_on > rule.bonus_until:
            raise ValueError(f"年终奖单独计税的政策执行到 {rule.bonus_until}，请改为并入当年综合所得。")
        tax, why = bonus_apart(rule, amount)
        return Bonus(amount, tax, amount - tax, f"单独计税：{why}", before)
    found = withhold(rule, before, amount, ZERO, ZERO, months=0)
    return Bonus(amount, found.tax, amount - found.tax, f"并入：{tax_words(found)}", found.after)


def tax_words(found: Withholding) -> str:
    """How a withholding came about, in a line."""
    rate = short(found.bracket.rate * HUNDRED)
    return (
        f"累计应纳税所得额 {short(found.taxable)} × {rate}% − {short(found.bracket.quick)} = {short(found.due)}，"
        f"已预扣 {short(found.after.tax - found.tax)}"
    )
