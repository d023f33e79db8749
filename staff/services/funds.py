"""Money of communities: entered by one, booked when another approves, undone by a counter-entry.

Accounts are locked in the order of their keys, after the entry; an approval re-reads the balance under the lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.permissions import label_of
from common.scope import scope_of
from common.uploads import DOCUMENTS, Accepted, check_file, store
from grid.models import Unit
from grid.querysets import covers
from staff import events, permissions
from staff.choices import YEAR_END, FundEntryKind, FundState
from staff.models import FundAccount, FundEntry, FundVoucher
from staff.rules import Fund, funds_on
from staff.workflow.funds import FUND_FLOW

FEN = Decimal("0.01")
MOST_FILES = 9
_TYPES = (".jpg", ".jpeg", ".png", ".pdf")
VOUCHERS = Accepted({key: DOCUMENTS.types[key] for key in _TYPES}, "凭证可以上传照片（JPG、PNG）或 PDF。")
Kind = FundEntryKind


# --- entering


def spending_enter(
    *, actor: Any, account: FundAccount, amount: Decimal, day: date, payee: str, use: str, voucher: str,
    files: Sequence[Any], note: str = "", request_key: UUID,
) -> FundEntry:  # fmt: skip
    """Spending that waits for another person, with at least one voucher.

    Raises ``Http404`` outside the actor's area, ``Invalid`` for a day of another year, a use the rule does not know, a file
    of another type, ``Conflict`` when the money is not there or the voucher was entered already. A repeated
    ``request_key`` hands back the first entry.
    """
    with transaction.atomic():
        locked = _account(account, actor, permissions.FUND_ENTER)
        if repeated := FundEntry.objects.filter(request_key=request_key).first():
            return repeated
        _check_open(locked)
        _check_day(locked, day)
        _check_amount(amount)
        if use not in uses_of(locked, day):
            raise Invalid("请从列表中选择用途。", "use")
        if not files:
            raise Invalid("请上传凭证照片或 PDF。", "files")
        types = [check_file(file, VOUCHERS) for file in files[: MOST_FILES + 1]]
        if len(files) > MOST_FILES:
            raise Invalid(f"一笔支出最多 {MOST_FILES} 个附件。", "files")
        _check_free(locked, amount)
        entry = FundEntry(
            account=locked, kind=Kind.SPENDING, amount=amount, day=day, payee=payee.strip(), use=use,
            voucher=voucher.strip(), note=note.strip(), request_key=request_key,
        )  # fmt: skip
        _record(
            entry, actor, f"{entry.payee}，{use}，凭证 {entry.voucher}", "这个凭证号已经登记过，请核对是否重复报销。"
        )
        _keep(entry, actor, files, types)
    return entry


def allocation_enter(
    *, actor: Any, account: FundAccount, unit: Unit, amount: Decimal, note: str, request_key: UUID
) -> FundEntry:
    """Money to be given on to a unit below; as :func:`spending_enter`."""
    with transaction.atomic():
        locked = _account(account, actor, permissions.FUND_MANAGE)
        if repeated := FundEntry.objects.filter(request_key=request_key).first():
            return repeated
        _check_open(locked)
        _check_amount(amount)
        if unit.pk == locked.unit_id or not unit.path.startswith(locked.unit.path):
            raise Invalid("只能下达给下属的镇街或社区。", "unit")
        target = account_of(unit, locked.fund, locked.label, locked.year)
        if target.is_closed:
            raise Conflict(f"“{target}”已经结转，不能再下达。")
        _check_free(locked, amount)
        day = min(timezone.localdate(), date(locked.year, 12, 31))
        entry = FundEntry(
            account=locked, other=target, kind=Kind.ALLOCATION, amount=amount, day=day, note=note.strip(),
            request_key=request_key,
        )  # fmt: skip
        _record(entry, actor, f"给{unit.name}")
    return entry


def reversal_enter(*, actor: Any, fund_entry: FundEntry, reason: str) -> FundEntry:
    """The counter-entry of spending that was booked by mistake; it too waits for another person.

    Raises ``Refused`` for what is no booked spending, ``Conflict`` when it is reversed already.
    """
    with transaction.atomic():
        original = _entry(fund_entry, actor)
        account = _account(original.account, actor, permissions.FUND_ENTER)
        if original.kind != Kind.SPENDING or original.state != FundState.APPROVED:
            raise Refused("只有已入账的支出可以冲销；还没有入账的请撤回或不通过。")
        _check_open(account)
        day = min(timezone.localdate(), date(account.year, 12, 31))
        entry = FundEntry(
            account=account, kind=Kind.REVERSAL, amount=original.amount, day=day, payee=original.payee, use=original.use,
            voucher=original.voucher, note=reason.strip(), reverses=original,
        )  # fmt: skip
        _record(
            entry, actor, f"{original.payee}，凭证 {original.voucher}：{entry.note}", "这笔支出已经冲销或正在冲销。"
        )
    return entry


def vouchers_add(*, actor: Any, fund_entry: FundEntry, files: Sequence[Any]) -> FundEntry:
    """More vouchers of spending that waits; whoever may enter spending of the account."""
    with transaction.atomic():
        entry = _entry(fund_entry, actor)
        _require(entry.account.unit, actor, permissions.FUND_ENTER)
        if entry.kind != Kind.SPENDING or entry.state != FundState.PROPOSED:
            raise Conflict("只有待审批的支出可以补充凭证。")
        if not files or entry.vouchers.count() + len(files) > MOST_FILES:
            raise Invalid(f"请选择文件，一笔支出最多 {MOST_FILES} 个附件。", "files")
        names = _keep(entry, actor, files, [check_file(file, VOUCHERS) for file in files])
        history.record(entry, events.VOUCHERS_ADDED, actor=actor, data={"names": "、".join(names)})
    return entry


# --- deciding


@FUND_FLOW.service("approve")
def fund_approve(*, fund_entry: FundEntry, actor: Any, note: str = "") -> FundEntry:
    """Book the entry. Raises ``Conflict`` when the balance does not reach, or the year is closed."""
    with FUND_FLOW.step("approve", fund_entry, actor) as step:
        entry = step.object
        account = book(entry)
        step.set(decided_by=actor, decided_at=step.at)
        step.data.update(amount=str(entry.amount), balance=str(account.balance), note=note)
        if entry.reverses_id:
            _mark_reversed(entry, actor)
    return step.object


@FUND_FLOW.service("refuse")
def fund_refuse(*, fund_entry: FundEntry, actor: Any, note: str) -> FundEntry:
    with FUND_FLOW.step("refuse", fund_entry, actor) as step:
        step.set(decided_by=actor, decided_at=step.at)
        step.data.update(note=note)
    return step.object


@FUND_FLOW.service("withdraw")
def fund_withdraw(*, fund_entry: FundEntry, actor: Any, note: str) -> FundEntry:
    with FUND_FLOW.step("withdraw", fund_entry, actor) as step:
        step.data.update(note=note)
    return step.object


def _mark_reversed(entry: FundEntry, actor: Any) -> None:
    original = FundEntry.objects.select_for_update(of=("self",)).get(reversals=entry)
    original.is_reversed = True
    history.record(original, events.FUND_REVERSED, actor=actor, data={"note": entry.note}, fields=("is_reversed",))


# --- booking


def book(entry: FundEntry) -> FundAccount:
    """Move the money of an entry; the account it belongs to as it stands then. Belongs in a transaction."""
    keys = [key for key in (entry.account_id, entry.other_id) if key is not None]
    rows = FundAccount.objects.select_for_update(of=("self",)).select_related("unit").filter(pk__in=keys).order_by("pk")
    accounts = {row.pk: row for row in rows}
    account, other = accounts[entry.account_id], accounts.get(entry.other_id or 0)
    for row in accounts.values():
        _check_open(row)
    if entry.kind == Kind.BUDGET:
        account.received += entry.amount
    elif entry.kind == Kind.SPENDING:
        account.spent += entry.amount
    elif entry.kind == Kind.REVERSAL:
        account.spent -= entry.amount
    elif entry.kind in YEAR_END:
        account.carried += entry.amount
    else:
        account.given += entry.amount
    if other is not None:
        other.received += entry.amount
    for row in accounts.values():
        _save(row, entry.amount)
    return account


def _save(account: FundAccount, amount: Decimal) -> None:
    before = account.balance
    account.balance = account.received - account.given - account.spent - account.carried
    if account.balance < 0:
        raise Conflict(f"“{account}”余额只有 {before:,} 元，这笔 {amount:,} 元不能入账。请退回，或先下达经费。")
    account.save(update_fields=["received", "given", "spent", "carried", "balance"])


def account_of(unit: Unit, fund: str, label: str, year: int) -> FundAccount:
    """The account, opened when it is not there yet."""
    return FundAccount.objects.select_related("unit").get_or_create(
        unit=unit, fund=fund, year=year, defaults={"label": label}
    )[0]


# --- checking


def uses_of(account: FundAccount, day: date) -> tuple[str, ...]:
    """What the fund may be spent on, by the rule of the day; nothing once the rule does not name it any more."""
    found: Fund | None = funds_on(day).get(account.fund)
    return found.uses if found else ()


def _account(account: FundAccount, actor: Any, permission: str) -> FundAccount:
    """Under its lock. ``Http404`` outside the actor's area, ``Refused`` inside it without the permission."""
    rows = FundAccount.objects.visible_to(actor).select_for_update(of=("self",), no_key=True).select_related("unit")
    found = rows.filter(pk=account.pk).first()
    if found is None:
        raise Http404
    _require(found.unit, actor, permission)
    return found


def _entry(entry: FundEntry, actor: Any) -> FundEntry:
    rows = FundEntry.objects.visible_to(actor).select_for_update(of=("self",)).select_related("account__unit")
    found = rows.filter(pk=entry.pk).first()
    if found is None:
        raise Http404
    return found


def _require(unit: Unit, actor: Any, permission: str) -> None:
    if not covers(scope_of(actor).holding(permission), unit):
        raise Refused(f"您的岗位对“{unit.name}”没有“{label_of(permission)}”的权限。")


def _check_open(account: FundAccount) -> None:
    if account.is_closed:
        raise Conflict(f"“{account}”已经年末结转，不能再登记和入账。")


def _check_day(account: FundAccount, day: date) -> None:
    if day.year != account.year or day > timezone.localdate():
        raise Invalid(f"日期应在 {account.year} 年内，且不晚于今天。", "day")


def _check_amount(amount: Decimal) -> None:
    if amount <= 0 or amount != amount.quantize(FEN):
        raise Invalid("金额应大于 0，最多两位小数。", "amount")


def _check_free(account: FundAccount, amount: Decimal) -> None:
    """An early word; what counts is the balance when the entry is approved."""
    if amount > account.balance:
        raise Conflict(f"“{account}”余额只有 {account.balance:,} 元，不够这笔 {amount:,} 元。")


# --- writing


def _record(entry: FundEntry, actor: Any, what: str, twice: str = "") -> None:
    entry.entered_by, entry.entered_at = actor, timezone.now()
    data = {
        "kind": Kind(entry.kind).label, "amount": str(entry.amount), "day": f"{entry.day:%Y-%m-%d}", "what": what,
    }  # fmt: skip
    try:
        with transaction.atomic():
            history.record(entry, events.FUND_ENTERED, actor=actor, data=data)
    except IntegrityError:
        raise Conflict(twice or "这笔已经登记过，请刷新页面查看。") from None


def _keep(entry: FundEntry, actor: Any, files: Sequence[Any], types: Sequence[str]) -> list[str]:
    rows = []
    for file, content_type in zip(files, types, strict=True):
        kept = store(file, "funds", content_type)
        rows.append(
            FundVoucher(
                entry=entry, file=kept.key, name=kept.name, content_type=kept.content_type, size=kept.size,
                sha256=kept.sha256, uploaded_by=actor,
            )
        )  # fmt: skip
    FundVoucher.objects.bulk_create(rows)
    return [row.name for row in rows]
