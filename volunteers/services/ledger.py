"""Posting to the points ledger: the only writer of entries, lines and balances (ADR 0013).

Everything that moves points (confirmed hours, redemptions, donations, expiry, reversals) describes its
movements and calls :func:`post`, inside its own transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from common.errors import Refused
from common.models import Policy
from volunteers.choices import GUARDED_KINDS, AccountKind, EntryKind
from volunteers.models import Account, Entry, PointsRequest, Programme, Redemption, ServiceRecord, Shop, Volunteer
from volunteers.services.ledger_chain import line_text, link, owner

CENT = Decimal("0.01")
REASON_LENGTH = 120
GUARDED = frozenset(GUARDED_KINDS)
CHAIN_COLUMNS = frozenset({"balance", "seq", "head"})
NO_CEILING = Decimal(0)


class NotEnough(Refused):
    """An account would owe points. ``balance`` is what it has, ``wanted`` what was to be taken."""

    def __init__(self, balance: Decimal, wanted: Decimal) -> None:
        super().__init__(f"积分不够：现有 {balance:f} 分，需要 {wanted:f} 分。")
        self.balance, self.wanted = balance, wanted


class Movement(NamedTuple):
    """``amount`` > 0 points go from ``source`` to ``target``. ``key`` (≤ 80 characters) makes it happen once.

    ``ceiling`` (0: none) is the most that ``target`` may hold. New points above it are not credited, and
    the entry says so; given ones (donations) are refused.
    """

    source: Account
    target: Account
    amount: Decimal
    kind: str
    day: date
    reason: str
    key: str
    actor: Any = None
    policy: Policy | None = None
    reverses: Entry | None = None
    record: ServiceRecord | None = None
    redemption: Redemption | None = None
    request: PointsRequest | None = None
    ceiling: Decimal = NO_CEILING


@dataclass
class _Chain:
    """A locked guarded account while movements pass over it."""

    balance: Decimal
    seq: int
    head: bytes


@dataclass(frozen=True)
class _Side:
    """One line of an entry; without ``seq``, balance and hash when the account is not guarded."""

    account: int
    seq: int | None = None
    balance: Decimal | None = None
    hash: bytes = b""


# --- accounts


def person_account(volunteer: Volunteer, programme: Programme) -> Account:
    """The volunteer's account, opened with the first movement."""
    return _account(programme, AccountKind.PERSON, volunteer_id=volunteer.pk)


def pool_account(unit: Any, programme: Programme) -> Account:
    """The pool of donated points of a unit (爱心积分池)."""
    return _account(programme, AccountKind.POOL, unit_id=unit.pk)


def shop_account(shop: Shop, programme: Programme | None = None) -> Account:
    return _account(programme or shop.programme, AccountKind.SHOP, shop_id=shop.pk)


def system_account(programme: Programme, kind: str) -> Account:
    """The programme's own side: ``ISSUE``, ``EXPIRY`` or ``CORRECTION``."""
    return _account(programme, kind)


def person_accounts(volunteers: Sequence[int], programme: Programme) -> dict[int, Account]:
    """Accounts of many volunteers by their key, opened where they are missing, in two statements."""
    Account.objects.bulk_create(
        [
            Account(programme=programme, kind=AccountKind.PERSON, volunteer_id=pk, balance=Decimal(0))
            for pk in sorted(set(volunteers))
        ],
        ignore_conflicts=True,
    )
    rows = Account.objects.filter(programme=programme, kind=AccountKind.PERSON, volunteer__in=set(volunteers))
    return {row.volunteer_id or 0: row for row in rows}


def _account(programme: Programme, kind: str, **owner: int) -> Account:
    wanted: dict[str, Any] = {
        "programme_id": programme.pk, "kind": kind, "volunteer_id": None, "unit_id": None, "shop_id": None, **owner,
    }  # fmt: skip
    found = Account.objects.filter(**wanted).first()
    if found is None:
        opening = Decimal(0) if kind in GUARDED else None
        Account.objects.bulk_create([Account(balance=opening, **wanted)], ignore_conflicts=True)
        found = Account.objects.get(**wanted)
    return found


# --- posting


def post(movements: Sequence[Movement]) -> list[Entry]:
    """Post the movements in their order, all or none; those posted before (same ``key``) are left out.

    Hands back the new entries, without those of which nothing fitted under the ceiling. Raises
    :class:`NotEnough` when a person or pool would owe points; nothing is written then. The accounts of the
    movements carry their new balances afterwards.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if not database.in_atomic_block:
        raise RuntimeError("points move only inside the transaction of their cause")
    for movement in movements:
        _check(movement)
    with database.cursor() as cursor:
        at_once = _post_one(cursor, movements[0]) if len(movements) == 1 else None
        return _post_all(cursor, movements) if at_once is None else [at_once]


def _check(movement: Movement) -> None:
    if movement.amount <= 0 or movement.amount != movement.amount.quantize(CENT):
        raise ValueError(f"not an amount of points: {movement.amount}")
    source, target = movement.source, movement.target
    if source.id == target.id or (source.kind not in GUARDED and target.kind not in GUARDED):
        raise ValueError("a movement needs two accounts, one of them a person's or a pool's")
    if source.programme_id != target.programme_id:
        raise ValueError("points of one programme do not become points of another")


# --- one movement at once

_POST = f"SELECT volunteers_ledger_post({', '.join(['%s'] * 20)})"


def _post_one(cursor: Any, movement: Movement) -> Entry | None:
    """A movement between a guarded account and an open side in one statement, reckoned from the account at hand.

    ``None``, and nothing written, when the account has moved on since it was read, and when there is anything
    to refuse, to cut or to leave out: that is decided under the lock.
    """
    gains = movement.target.kind in GUARDED
    account, other = (movement.target, movement.source) if gains else (movement.source, movement.target)
    seen = _seen(account)
    if seen is None or other.kind in GUARDED:
        return None
    amount = movement.amount if gains else -movement.amount
    balance, seq = seen.balance + amount, seen.seq + 1
    if balance < 0 or (gains and movement.ceiling and balance > movement.ceiling):
        return None
    values = _values(movement, timezone.now())
    line, head = link(
        seen.head, line_text(account.id, _owner(account), other.id, _owner(other), amount, seq, balance, *values)
    )
    cursor.execute(_POST, [*values, other.id, account.id, amount, seen.seq, seen.head, balance, line, head])
    (pk,) = cursor.fetchone()
    if pk is None:
        return None
    _keep(account, _Chain(balance, seq, head))
    return _entry(pk, values)


def _seen(account: Account) -> _Chain | None:
    """The account as it was read; nothing when it was read without these columns."""
    columns = vars(account)
    if not columns.keys() >= CHAIN_COLUMNS:
        return None
    return _Chain(columns["balance"], columns["seq"], bytes(columns["head"]))


def _keep(account: Account, chain: _Chain) -> None:
    """The caller's account goes along, so that its next movement fits at once."""
    account.balance, account.seq, account.head = chain.balance, chain.seq, chain.head


# --- many, or one that needs a closer look


def _post_all(cursor: Any, movements: Sequence[Movement]) -> list[Entry]:
    """Two statements: lock and look, then write everything."""
    left = movements
    while left:
        chains, known = _locked(cursor, left)
        left = _first_of_each(left, known)
        at = timezone.now()
        try:
            rows = [row for movement in left if (row := _passed(movement, chains, at)) is not None]
        except Refused:
            if _locked(cursor, left)[1]:  # whoever we waited for has posted one of them: look again
                continue
            raise
        entries = _write(cursor, rows, chains, at)
        if entries is not None:
            _keep_all(movements, chains)
            return entries
    return []


def _keep_all(movements: Sequence[Movement], chains: Mapping[int, _Chain]) -> None:
    for movement in movements:
        for account in (movement.source, movement.target):
            if account.pk in chains:
                _keep(account, chains[account.pk])


def _locked(cursor: Any, movements: Sequence[Movement]) -> tuple[dict[int, _Chain], set[str]]:
    """Guarded accounts of the movements under their locks, in one order for everybody; and which keys are taken."""
    guarded = {
        account.pk for movement in movements for account in (movement.source, movement.target)
        if account.kind in GUARDED
    }  # fmt: skip
    cursor.execute(
        "SELECT id, balance, seq, head, known FROM volunteers_ledger_lock(%s, %s)",
        [sorted(guarded), [movement.key for movement in movements]],
    )
    rows = cursor.fetchall()
    return {pk: _Chain(balance, seq, bytes(head)) for pk, balance, seq, head, _ in rows}, set(rows[0][4])


def _first_of_each(movements: Sequence[Movement], known: set[str]) -> list[Movement]:
    fresh: dict[str, Movement] = {}
    for movement in movements:
        if movement.key not in known:
            fresh.setdefault(movement.key, movement)
    return list(fresh.values())


# A movement as it is credited, and its two sides.
_Row = tuple[Movement, _Side, _Side]


def _passed(movement: Movement, chains: Mapping[int, _Chain], at: datetime) -> _Row | None:
    """Move the chains of both accounts on; nothing when there is no room under the ceiling."""
    credited = _under_ceiling(movement, chains.get(movement.target.pk))
    if credited is None:
        return None
    source = _side(credited, credited.source, -credited.amount, chains, at)
    return credited, source, _side(credited, credited.target, credited.amount, chains, at)


def _under_ceiling(movement: Movement, target: _Chain | None) -> Movement | None:
    """The movement as far as the ceiling lets it; nothing when there is no room at all."""
    if not movement.ceiling or target is None:
        return movement
    room = movement.ceiling - target.balance
    if movement.amount <= room:
        return movement
    if movement.kind == EntryKind.DONATE:
        raise Refused(f"对方的积分上限为 {movement.ceiling:f} 分，最多还能接受 {max(room, Decimal(0)):f} 分。")
    if room <= 0:
        return None
    note = f"（积分上限 {movement.ceiling:f} 分，应得 {movement.amount:f} 分，计入 {room:f} 分）"
    return movement._replace(amount=room, reason=movement.reason[: REASON_LENGTH - len(note)] + note)


def _side(movement: Movement, account: Account, amount: Decimal, chains: Mapping[int, _Chain], at: datetime) -> _Side:
    chain = chains.get(account.pk)
    if chain is None:
        return _Side(account.pk)
    balance = chain.balance + amount
    if balance < 0:
        raise NotEnough(chain.balance, movement.amount)
    chain.balance, chain.seq = balance, chain.seq + 1
    other = movement.target if account is movement.source else movement.source
    text = line_text(
        account.pk, _owner(account), other.pk, _owner(other), amount, chain.seq, balance, *_values(movement, at)
    )
    line, chain.head = link(chain.head, text)
    return _Side(account.pk, chain.seq, balance, line)


def _owner(account: Account) -> str:
    return owner(account.kind, account.volunteer_id, account.unit_id, account.shop_id)


def _key(row: Any) -> int | None:
    return None if row is None else row.pk


def _write(cursor: Any, rows: Sequence[_Row], chains: Mapping[int, _Chain], at: datetime) -> list[Entry] | None:
    """Entries, lines and balances in one statement; ``None`` when a key was taken in between.

    Written without the ORM: half of a posting's time would go into it.
    """
    if not rows:
        return []
    entries = [_entry(None, _values(movement, at)) for movement, _, _ in rows]
    given = [_as_json(entry, *row) for entry, row in zip(entries, rows, strict=True)]
    ends = [
        {"id": pk, "balance": f"{chain.balance:f}", "seq": chain.seq, "head": chain.head.hex()}
        for pk, chain in chains.items()
    ]
    keys = [movement.key for movement, _, _ in rows]
    cursor.execute("SELECT volunteers_ledger_write(%s, %s, %s)", [keys, json.dumps(given), json.dumps(ends)])
    written = cursor.fetchall()
    if not written:
        return None
    for entry, (pk,) in zip(entries, written, strict=True):
        entry.pk = pk
    return entries


_Values = tuple[
    int, str, date, datetime, str, str, int | None, int | None, int | None, int | None, int | None, int | None
]
_COLUMNS = [field.attname for field in Entry._meta.concrete_fields]


def _entry(pk: int | None, values: _Values) -> Entry:
    return Entry.from_db(DEFAULT_DB_ALIAS, _COLUMNS, [pk, *values])


def _values(movement: Movement, at: datetime) -> _Values:
    """What an entry says, in the order of its columns."""
    return (
        movement.source.programme_id, str(movement.kind), movement.day, at, movement.reason[:REASON_LENGTH],
        movement.key, _key(movement.actor), _key(movement.policy), _key(movement.reverses), _key(movement.record),
        _key(movement.redemption), _key(movement.request),
    )  # fmt: skip


def _as_json(entry: Entry, movement: Movement, source: _Side, target: _Side) -> dict[str, Any]:
    """An entry with its two lines as the database function takes it."""
    return {
        "key": entry.key, "programme": entry.programme_id, "kind": entry.kind, "day": entry.day.isoformat(),
        "at": entry.at.isoformat(), "reason": entry.reason, "actor": entry.actor_id, "policy": entry.policy_id,
        "reverses": entry.reverses_id, "record": entry.record_id, "redemption": entry.redemption_id,
        "request": entry.request_id, "amount": f"{movement.amount:f}",
        "source": source.account, "source_seq": source.seq, "source_balance": _text(source.balance),
        "source_hash": source.hash.hex() or None,
        "target": target.account, "target_seq": target.seq, "target_balance": _text(target.balance),
        "target_hash": target.hash.hex() or None,
    }  # fmt: skip


def _text(balance: Decimal | None) -> str | None:
    return None if balance is None else f"{balance:f}"


# --- undoing


def reversal(entry: Entry, *, actor: Any, reason: str, day: date | None = None, **links: Any) -> Movement:
    """The counter-entry of an entry: the same points the other way. An entry is reversed at most once.

    Raises ``Refused`` for an entry that is a reversal itself or has been reversed. It is not cut at the
    ceiling: what it gives back was the person's before.
    """
    if entry.kind == EntryKind.REVERSE:
        raise Refused("冲正分录不能再冲正，如有错误请重新入账。")
    if Entry.objects.filter(reverses=entry).exists():
        raise Refused("这一笔已经冲正过，不能重复冲正。")
    lines = {line.amount > 0: line for line in entry.lines.select_related("account")}
    movement = Movement(
        source=lines[True].account, target=lines[False].account, amount=lines[True].amount, kind=EntryKind.REVERSE,
        day=day or timezone.localdate(), reason=reason, key=f"reverse:{entry.pk}", actor=actor, reverses=entry,
    )  # fmt: skip
    return movement._replace(**links)
