"""A year of the funds: the budget that opens it, and what its rule leaves for the next one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.scope import scope_of
from grid.choices import Level
from grid.models import Unit
from grid.querysets import covers
from staff import events, permissions
from staff.choices import FundEntryKind, FundState
from staff.models import FundAccount, FundBudget, FundEntry
from staff.pay.money import HUNDRED, ZERO, fen, short
from staff.rules import Fund, funds_on
from staff.services.funds import account_of, book
from staff.workflow.funds import BUDGET_FLOW

FIRST_YEAR = 2000


def budget_enter(
    *, actor: Any, unit: Unit, fund: str, year: int, amount: Decimal, each: Decimal = ZERO, note: str,
    request_key: UUID | None = None,
) -> FundBudget:  # fmt: skip
    """A year's budget that waits for another person; ``each`` is what every community is given at once.

    Raises ``Refused`` outside the actor's area, ``Invalid`` for a fund or a year that makes no sense and for an ``amount`` that
    does not reach, ``Conflict`` while another budget of the same fund and year waits.
    """
    if not covers(scope_of(actor).holding(permissions.FUND_MANAGE), unit) or unit.level != Level.DISTRICT:
        raise Refused("经费预算由区级编报。")
    if request_key and (repeated := FundBudget.objects.filter(request_key=request_key).first()):
        return repeated
    today = timezone.localdate()
    if not today.year - 1 <= year <= today.year + 1:
        raise Invalid(f"只能编报 {today.year - 1} 至 {today.year + 1} 年的预算。", "year")
    found = funds_on(today).get(fund)
    if found is None:
        raise Invalid("请从列表中选择经费。", "fund")
    if amount <= 0 or each < 0:
        raise Invalid("金额应大于 0。", "amount")
    _check_reaches(unit, amount, each)
    budget = FundBudget(
        unit=unit, fund=fund, label=found.label, year=year, amount=amount, each=each, note=note.strip(),
        entered_by=actor, entered_at=timezone.now(), request_key=request_key,
    )  # fmt: skip
    data = {"label": found.label, "amount": str(amount), "each": str(each), "note": budget.note}
    try:
        with transaction.atomic():
            history.record(budget, events.BUDGET_ENTERED, actor=actor, data=data)
    except IntegrityError:
        raise Conflict(f"{year} 年{found.label}已有一份待审批的预算，请先办完那一份。") from None
    return budget


def communities_of(unit: Unit) -> QuerySet[Unit]:
    """Who is given a share: every active community below."""
    return Unit.objects.filter(path__startswith=unit.path, level=Level.COMMUNITY, is_active=True).order_by("path")


def _check_reaches(unit: Unit, amount: Decimal, each: Decimal) -> None:
    count = communities_of(unit).count() if each else 0
    if each * count > amount:
        raise Invalid(f"预算不够：{count} 个社区每个 {each:,} 元，共需 {each * count:,} 元。", "amount")


@BUDGET_FLOW.service("approve")
def budget_approve(*, fund_budget: FundBudget, actor: Any, note: str = "") -> FundBudget:
    """Book the budget and what goes to every community, all of it or nothing."""
    with BUDGET_FLOW.step("approve", fund_budget, actor) as step:
        budget = step.object
        _check_reaches(budget.unit, budget.amount, budget.each)
        step.set(decided_by=actor)
        units = [budget.unit, *(communities_of(budget.unit) if budget.each else ())]
        own, *targets = [account_of(unit, budget.fund, budget.label, budget.year) for unit in units]
        _lock(own, *targets)
        _booked(budget, actor, FundEntry(account=own, kind=FundEntryKind.BUDGET, amount=budget.amount))
        for target in targets:
            _booked(
                budget, actor,
                FundEntry(account=own, other=target, kind=FundEntryKind.ALLOCATION, amount=budget.each),
            )  # fmt: skip
        step.data.update(amount=str(budget.amount), communities=len(targets), note=note)
    return step.object


@BUDGET_FLOW.service("refuse")
def budget_refuse(*, fund_budget: FundBudget, actor: Any, note: str) -> FundBudget:
    with BUDGET_FLOW.step("refuse", fund_budget, actor) as step:
        step.set(decided_by=actor)
        step.data.update(note=note)
    return step.object


@BUDGET_FLOW.service("withdraw")
def budget_withdraw(*, fund_budget: FundBudget, actor: Any, note: str) -> FundBudget:
    with BUDGET_FLOW.step("withdraw", fund_budget, actor) as step:
        step.data.update(note=note)
    return step.object


def _lock(*accounts: FundAccount) -> None:
    """All of them in the order of their keys, before the first is changed."""
    keys = [account.pk for account in accounts]
    list(FundAccount.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))


def _booked(budget: FundBudget, actor: Any, entry: FundEntry) -> None:
    """An entry that the budget's two people stand for."""
    now = timezone.now()
    entry.day = min(max(timezone.localdate(now), date(budget.year, 1, 1)), date(budget.year, 12, 31))
    entry.budget, entry.note = budget, budget.note
    entry.entered_by, entry.entered_at = budget.entered_by, now
    entry.state, entry.decided_by, entry.decided_at = FundState.APPROVED, actor, now
    account = book(entry)
    data = {"amount": str(entry.amount), "balance": str(account.balance), "note": str(budget)}
    history.record(entry, events.FUND_APPROVED, actor=actor, data=data)


# --- the year's end


@dataclass(frozen=True, slots=True)
class Remainder:
    """What is left of an account: what stays with the unit, and what goes back to the district."""

    account: FundAccount
    carried: Decimal
    returned: Decimal


def remainders(unit: Unit, fund: Fund, year: int) -> Iterator[Remainder]:
    """By the rule: at most ``carry`` of the year's money stays; the district keeps what it has not given on."""
    rows = FundAccount.objects.filter(unit__path__startswith=unit.path, fund=fund.key, year=year, is_closed=False)
    for account in rows.select_related("unit").order_by("pk"):
        most = account.balance if account.unit_id == unit.pk else fen(account.received * fund.carry)
        carried = min(account.balance, most)
        yield Remainder(account, carried, account.balance - carried)


def year_close(*, actor: Any, unit: Unit, fund: str, year: int) -> int:
    """Carry a year's remainders over, all accounts or none; how many were closed. Done again it finds nothing to do.

    Raises ``Refused`` outside the actor's area, ``Invalid`` for a year that is not over, ``Conflict`` while entries wait.
    """
    if not covers(scope_of(actor).holding(permissions.FUND_MANAGE), unit) or unit.level != Level.DISTRICT:
        raise Refused("年末结转由区级办理。")
    if not FIRST_YEAR <= year < timezone.localdate().year:
        raise Invalid("年度结束以后才能结转。", "year")
    with transaction.atomic():
        _lock(*FundAccount.objects.filter(unit__path__startswith=unit.path, fund=fund, year=year))
        open_entries = FundEntry.objects.filter(
            account__unit__path__startswith=unit.path, account__fund=fund, account__year=year, state=FundState.PROPOSED
        ).count()
        if open_entries:
            raise Conflict(f"{year} 年还有 {open_entries} 笔待审批，请先办完再结转。")
        rule = rule_of(fund, year)
        found = list(remainders(unit, rule, year))
        for one in found:
            _close(one, unit, rule, actor)
    return len(found)


def rule_of(fund: str, year: int) -> Fund:
    """The fund as the rule had it on the last day of the year."""
    found = funds_on(date(year, 12, 31)).get(fund)
    if found is None:
        raise Invalid(f"{year} 年的规则里没有这项经费。", "fund")
    return found


def _close(one: Remainder, unit: Unit, rule: Fund, actor: Any) -> None:
    account, following = one.account, one.account.year + 1
    moves = (
        (FundEntryKind.CARRIED, one.carried, account.unit), (FundEntryKind.RETURNED, one.returned, unit),
    )  # fmt: skip
    for kind, amount, to in moves:
        if not amount:
            continue
        entry = _by_rule(account, account_of(to, account.fund, account.label, following), kind, amount, actor)
        book(entry)
        data = {"kind": FundEntryKind(kind).label, "amount": str(amount), "carry": short(rule.carry * HUNDRED)}
        history.record(entry, events.FUND_BY_RULE, actor=actor, data=data)
    FundAccount.objects.filter(pk=account.pk).update(is_closed=True)


# --- units that merge


def funds_follow(*, unit: Unit, target: Unit, actor: Any) -> None:
    """What is left of a unit that is merged goes to the one it is merged into; its accounts are closed."""
    with transaction.atomic():
        for account in FundAccount.objects.filter(unit=unit, is_closed=False).order_by("pk"):
            other = account_of(target, account.fund, account.label, account.year)
            _lock(account, other)
            account.refresh_from_db()
            if account.balance and not other.is_closed:
                entry = _by_rule(account, other, FundEntryKind.MERGED, account.balance, actor)
                book(entry)
                data = {"kind": FundEntryKind.MERGED.label, "amount": str(entry.amount), "carry": "100"}
                history.record(entry, events.FUND_BY_RULE, actor=actor, data=data)
            FundAccount.objects.filter(pk=account.pk).update(is_closed=True)


def _by_rule(account: FundAccount, other: FundAccount, kind: str, amount: Decimal, actor: Any) -> FundEntry:
    now = timezone.now()
    return FundEntry(
        account=account, other=other, kind=kind, amount=amount, day=min(timezone.localdate(now), date(account.year, 12, 31)),
        note=FundEntryKind(kind).label, entered_by=actor, entered_at=now, state=FundState.APPROVED, decided_by=actor,
        decided_at=now,
    )  # fmt: skip
