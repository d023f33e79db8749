"""What a slip depends on, and the lines it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from staff.pay.attendance import LeaveRule, leave_rule_of
from staff.pay.insurance import Insurance, insurances_of
from staff.pay.money import ZERO
from staff.pay.scheme import Item, Scheme, scheme_of
from staff.pay.tax import NEW_YEAR, TaxRule, YearToDate, tax_rule_of

# In ``held``, below zero: what the unit has paid for the worker (insurance of a month without pay) and will take back.
ADVANCE = "advance"


class Line(NamedTuple):
    """A line of the slip: key of the item, its name, yuan, and how it was reckoned, in words."""

    key: str
    label: str
    amount: Decimal
    why: str


class Worth(NamedTuple):
    """What an item is worth to somebody in a full month: its line then."""

    item: Item
    line: Line


@dataclass(frozen=True, slots=True)
class Rules:
    """The versions in force in a month. ``worth`` remembers what the items are worth to people who are alike."""

    scheme: Scheme
    insurances: tuple[Insurance, ...]
    tax: TaxRule
    leave: LeaveRule
    worth: dict[tuple[object, ...], list[Worth]] = field(default_factory=dict, compare=False, repr=False)


def rules_of(data: Mapping[str, Mapping[str, Any]]) -> Rules:
    """Rules from the content of the four kinds, each of which has been checked."""
    return Rules(
        scheme_of(data["pay_scheme"]),
        insurances_of(data["insurance"]),
        tax_rule_of(data["income_tax"]),
        leave_rule_of(data["leave"]),
    )


class Addition(NamedTuple):
    """A line that no rule makes: back-pay, a one-off award or deduction. ``taxed``: it belongs to the taxable income."""

    label: str
    amount: Decimal
    why: str
    taxed: bool = True


@dataclass(frozen=True, slots=True)
class PersonMonth:
    """All that a slip depends on besides the rules.

    ``rank`` and ``grade`` of the first day of the month (of the first day of work, who entered in it): a change counts
    from the next month. ``years`` full years of community work; ``newcomer`` only until probation ends; ``worked`` days
    of pay while employed (:func:`pay_days`), ``None`` when employed from the first to the last day; ``leave`` days of
    pay by kind; ``factor`` of performance pay; ``insurance_base`` yuan a month (``None``: this month's full pay);
    ``base_since`` the month whose full pay that base is, when none was entered; ``month_of_work`` counts from 1, for who
    has paid in elsewhere from 13; ``special`` deductions of the month (:mod:`staff.pay.deductions`); ``before`` the tax
    year so far (:func:`staff.pay.tax.year_begins`); ``held`` what the slip before left unpaid; ``former`` the scheme of
    that slip when it was another one; ``last``: nothing follows, so nothing is kept; ``notes`` what else the slip says.
    """

    month: date
    rank: str
    grade: int
    education: str
    certificate: str
    years: int
    newcomer: bool = False
    worked: Decimal | None = None
    leave: Mapping[str, Decimal] = field(default_factory=dict)
    factor: Decimal = Decimal(1)
    insurance_base: Decimal | None = None
    month_of_work: int = 13
    special: Decimal = ZERO
    before: YearToDate = NEW_YEAR
    held: Mapping[str, Decimal] = field(default_factory=dict)
    additions: Sequence[Addition] = ()
    former: Scheme | None = None
    last: bool = False
    base_since: date | None = None
    notes: tuple[str, ...] = ()
