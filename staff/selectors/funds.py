"""Questions about the funds of communities: what waits, what is left, how far a year's money is spent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from common.reporting import Rate
from common.scope import scope_of
from grid.choices import Level
from grid.models import Unit
from staff import permissions
from staff.choices import FundEntryKind, FundState
from staff.models import FundAccount, FundEntry
from staff.pay.money import ZERO
from staff.querysets import FundAccountQuerySet

INCOMING = (FundEntryKind.BUDGET, FundEntryKind.REVERSAL)


def waiting_entries(user: Any) -> QuerySet[FundEntry]:
    """Entries that wait for the person's decision: not their own."""
    if not scope_of(user).may(permissions.FUND_APPROVE):
        return FundEntry.objects.none()
    scope = scope_of(user).holding(permissions.FUND_APPROVE)
    rows = FundEntry.objects.visible_to(user, permissions.FUND_APPROVE).filter(state=FundState.PROPOSED)
    if not scope.everything:  # what only comes in is decided by whoever gives it
        own = Q()
        for path in scope.unit_paths:
            own |= Q(account__unit__path__startswith=path)
        rows = rows.filter(own)
    return rows.exclude(entered_by=user.pk)


def balance_below(unit: Unit) -> Decimal:
    rows = FundAccount.objects.filter(unit__path__startswith=unit.path, is_closed=False)
    return rows.aggregate(left=Sum("balance"))["left"] or ZERO


def search_accounts(rows: QuerySet[FundAccount], text: str) -> QuerySet[FundAccount]:
    """By name of the unit or of the fund."""
    return rows.filter(Q(unit__name__icontains=text) | Q(label__icontains=text))


def search_entries(rows: QuerySet[FundEntry], text: str) -> QuerySet[FundEntry]:
    """By payee, number of the voucher, or name of the unit."""
    return rows.filter(Q(payee__icontains=text) | Q(voucher__icontains=text) | Q(account__unit__name__icontains=text))


def years_of(rows: FundAccountQuerySet) -> list[int]:
    """Years for which there are accounts, and this one; the last one first."""
    found = set(rows.order_by().values_list("year", flat=True).distinct())
    return sorted({*found, timezone.localdate().year}, reverse=True)


def funds_of(rows: QuerySet[FundAccount]) -> dict[str, str]:
    """Keys of the funds that accounts are kept of, with their latest names."""
    return dict(rows.order_by("year").values_list("fund", "label").distinct())


# --- the year by unit


@dataclass
class Spent:
    """A unit's year: its accounts and those below. ``budget`` is what may be spent there."""

    unit: Unit
    budget: Decimal = ZERO
    spent: Decimal = ZERO
    balance: Decimal = ZERO
    waiting: int = 0
    accounts: list[FundAccount] = field(default_factory=list)

    def add(self, account: FundAccount, waiting: int = 0) -> None:
        self.budget += account.budget
        self.spent += account.spent
        self.balance += account.balance
        self.waiting += waiting

    @property
    def rate(self) -> Rate:
        return Rate(self.spent, self.budget)


def by_unit(user: Any, year: int, fund: str, *, upto: int = Level.STREET) -> list[Spent]:
    """The person's units in the order of the organisation, from the district down to a level, each with all below.

    Units without money are kept. The district's own line is only what is kept there itself. Three queries.
    """
    units = Unit.objects.visible_to(user, permissions.FUND_VIEW).filter(level__lte=max(upto, Level.COMMUNITY))
    shown = [unit for unit in units.order_by("path") if unit.is_active]
    top = min((unit.level for unit in shown), default=Level.COMMUNITY)
    found = {unit.path: Spent(unit) for unit in shown if unit.level <= max(upto, top)}
    accounts = accounts_of(user, year, fund)
    waiting = _waiting(accounts)
    for account in accounts:
        line = _line_of(found, account.unit)
        if line is not None:
            line.add(account, waiting.get(account.pk, 0))
    return list(found.values())


def _line_of(found: dict[str, Spent], unit: Unit) -> Spent | None:
    """The lowest shown unit that the account belongs to."""
    path = unit.path
    while path and path not in found:
        path = path.rstrip("/").rpartition("/")[0]
        path = f"{path}/" if path else ""
    return found.get(path)


def accounts_of(user: Any, year: int, fund: str) -> list[FundAccount]:
    rows = FundAccount.objects.visible_to(user).filter(year=year).select_related("unit").order_by("unit__path", "fund")
    return list(rows.filter(fund=fund) if fund else rows)


def _waiting(accounts: Iterable[FundAccount]) -> dict[int, int]:
    """How many entries of each account wait."""
    keys = [account.pk for account in accounts]
    found: dict[int, int] = {}
    rows = FundEntry.objects.filter(account__in=keys, state=FundState.PROPOSED)
    for account in rows.values_list("account_id", flat=True):
        found[account] = found.get(account, 0) + 1
    return found


def total_of(lines: Iterable[Spent], unit: Unit | None = None) -> Spent:
    total = Spent(unit or Unit())
    for line in lines:
        total.budget += line.budget
        total.spent += line.spent
        total.balance += line.balance
        total.waiting += line.waiting
    return total


def entries_of(user: Any, unit: Unit, year: int) -> QuerySet[FundEntry]:
    """What came in, went on and was spent at a unit in a year, the latest first."""
    rows = FundEntry.objects.visible_to(user).filter(
        Q(account__unit=unit, account__year=year) | Q(other__unit=unit, other__year=year)
    )
    return rows.select_related("account__unit", "other__unit").order_by("-day", "-pk")


def signed(entry: FundEntry, unit: Unit) -> Decimal:
    """What an entry adds to the unit's money, or takes from it."""
    comes_in = entry.kind in INCOMING or entry.account.unit_id != unit.pk
    return entry.amount if comes_in else -entry.amount


# --- proof


def faults() -> Iterator[str]:
    """Accounts whose columns are not what their booked entries say, each as a sentence."""
    sums: dict[int, dict[str, Decimal]] = {}

    def add(account: int | None, column: str, amount: Decimal) -> None:
        if account is not None:
            columns = sums.setdefault(account, {})
            columns[column] = columns.get(column, ZERO) + amount

    rows = FundEntry.objects.filter(state=FundState.APPROVED).values_list("account_id", "other_id", "kind", "amount")
    for account, other, kind, amount in rows.iterator(2000):
        add(account, COLUMN_OF[FundEntryKind(kind)], -amount if kind == FundEntryKind.REVERSAL else amount)
        add(other, "received", amount)
    for row in FundAccount.objects.select_related("unit").order_by("pk").iterator(500):
        for column in ("received", "given", "spent", "carried"):
            booked = sums.get(row.pk, {}).get(column, ZERO)
            if booked != getattr(row, column):
                label = FundAccount._meta.get_field(column).verbose_name  # type: ignore[union-attr]
                yield f"“{row}”的{label}是 {getattr(row, column)} 元，入账的合计是 {booked} 元。"


COLUMN_OF = {
    FundEntryKind.BUDGET: "received", FundEntryKind.SPENDING: "spent", FundEntryKind.REVERSAL: "spent",
    FundEntryKind.ALLOCATION: "given", FundEntryKind.MERGED: "given", FundEntryKind.CARRIED: "carried",
    FundEntryKind.RETURNED: "carried",
}  # fmt: skip
