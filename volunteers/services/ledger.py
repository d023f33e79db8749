"""Posting to the points ledger: the only writer of entries, lines and balances (ADR 0013).

Everything that moves points (confirmed hours, redemptions, donations, expiry, reversals) describes its
movements and calls :func:`post`, inside its own transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from psycopg2.extras import execute_values

from common import events as history
from common.errors import Refused
from common.models import Policy
from volunteers.choices import GUARDED_KINDS, AccountKind, EntryKind
from volunteers.models import Account, Entry, PointsRequest, Programme, Redemption, ServiceRecord, Shop, Volunteer

CENT = Decimal("0.01")
REASON_LENGTH = 120


@dataclass(frozen=True)
class Movement:
    """``amount`` > 0 points go from ``source`` to ``target``. ``key`` (≤ 80 characters) makes it happen once."""

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


@dataclass
class _Chain:
    """A locked guarded account while movements pass over it."""

    balance: Decimal
    seq: int
    head: bytes


class _Raced(Exception):
    """Another transaction has posted one of the keys since we looked."""


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
        opening = Decimal(0) if kind in GUARDED_KINDS else None
        Account.objects.bulk_create([Account(balance=opening, **wanted)], ignore_conflicts=True)
        found = Account.objects.get(**wanted)
    return found


# --- posting


def post(movements: Sequence[Movement]) -> list[Entry]:
    """Post the movements in their order, all or none; those posted before (same ``key``) are left out.

    Hands back the new entries. Raises ``Refused`` when a person or pool would owe points, with how many
    there are; nothing is written then. Belongs in the transaction of its cause.
    """
    while True:
        try:
            with transaction.atomic():
                return _post(movements)
        except _Raced:  # a second look finds the key; locks make this rare
            continue


def _post(movements: Sequence[Movement]) -> list[Entry]:
    chains = _locked(movements)
    movements = _not_posted(movements)
    if not movements:
        return []
    at = timezone.now()
    rows = [row for movement in movements for row in _lines(movement, chains, at)]
    entries = _insert(movements, at)
    _insert_lines(entries, rows)
    _save(chains)
    return list(entries.values())


def _locked(movements: Sequence[Movement]) -> dict[int, _Chain]:
    """Guarded accounts of the movements under their locks, in one order for everybody."""
    keys = {
        account.pk for movement in movements for account in (movement.source, movement.target)
        if account.kind in GUARDED_KINDS
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, balance, seq, head FROM volunteers_account WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [sorted(keys)],
        )
        return {pk: _Chain(balance, seq, bytes(head)) for pk, balance, seq, head in cursor.fetchall()}


def _not_posted(movements: Sequence[Movement]) -> list[Movement]:
    known = set(Entry.objects.filter(key__in=[movement.key for movement in movements]).values_list("key", flat=True))
    fresh: dict[str, Movement] = {}
    for movement in movements:
        if movement.key not in known:
            fresh.setdefault(movement.key, movement)
    return list(fresh.values())


def _lines(movement: Movement, chains: Mapping[int, _Chain], at: datetime) -> Iterator[tuple[Any, ...]]:
    """Both lines of a movement: (key, account, amount, seq, balance after, hash)."""
    if movement.amount <= 0 or movement.amount != movement.amount.quantize(CENT):
        raise ValueError(f"not an amount of points: {movement.amount}")
    sides = {movement.source.kind, movement.target.kind}
    if movement.source.pk == movement.target.pk or not sides & set(GUARDED_KINDS):
        raise ValueError("a movement needs two accounts, one of them a person's or a pool's")
    for account, amount in ((movement.source, -movement.amount), (movement.target, movement.amount)):
        chain = chains.get(account.pk)
        if chain is None:
            yield movement.key, account.pk, amount, None, None, None
            continue
        balance = chain.balance + amount
        if balance < 0:
            raise Refused(f"积分不够：现有 {chain.balance:f} 分，需要 {movement.amount:f} 分。")
        chain.balance, chain.seq = balance, chain.seq + 1
        chain.head = line_hash(chain.head, _content(movement, account, amount, chain, at))
        yield movement.key, account.pk, amount, chain.seq, balance, chain.head


def _content(movement: Movement, account: Account, amount: Decimal, chain: _Chain, at: datetime) -> list[Any]:
    other = movement.target if account is movement.source else movement.source
    return line_content(
        account=account.pk, other=other.pk, amount=amount, seq=chain.seq, balance=chain.balance,
        programme=account.programme_id, kind=str(movement.kind), day=movement.day, at=at,
        reason=movement.reason[:REASON_LENGTH], key=movement.key, actor=_key(movement.actor),
        policy=_key(movement.policy), reverses=_key(movement.reverses), record=_key(movement.record),
        redemption=_key(movement.redemption), request=_key(movement.request),
    )  # fmt: skip


def line_content(**parts: Any) -> list[Any]:
    """What a line's hash covers, as plain JSON: the line, its entry and the other side."""
    return [
        [name, _fixed(value) if isinstance(value, Decimal) else history.plain(value)]
        for name, value in sorted(parts.items())
    ]


def line_hash(previous: bytes, content: list[Any]) -> bytes:
    return history.chain_hash(previous, content)


def _fixed(value: Decimal) -> str:
    return format(value.quantize(CENT), "f")


def _key(row: Any) -> int | None:
    return None if row is None else row.pk


_ENTRY = (
    "INSERT INTO volunteers_entry (programme_id, kind, day, at, reason, key, actor_id, policy_id, reverses_id, "
    "record_id, redemption_id, request_id) VALUES %s ON CONFLICT (key) DO NOTHING RETURNING id, key"
)
_LINE = "INSERT INTO volunteers_line (entry_id, account_id, amount, seq, balance_after, hash) VALUES %s"
_SAVE = (
    "UPDATE volunteers_account AS account SET balance = chain.balance, seq = chain.seq, head = chain.head "
    "FROM (VALUES %s) AS chain (id, balance, seq, head) WHERE account.id = chain.id"
)
PAGE = 2_000


def _insert(movements: Sequence[Movement], at: datetime) -> dict[str, Entry]:
    """The entries by their key. Written without the ORM: half of a posting's time would go into it."""
    values = [
        (
            movement.source.programme_id, str(movement.kind), movement.day, at, movement.reason[:REASON_LENGTH],
            movement.key, _key(movement.actor), _key(movement.policy), _key(movement.reverses), _key(movement.record),
            _key(movement.redemption), _key(movement.request),
        )
        for movement in movements
    ]  # fmt: skip
    with connection.cursor() as cursor:
        rows = execute_values(cursor.cursor, _ENTRY, values, page_size=PAGE, fetch=True)
    written = {key: pk for pk, key in rows}
    if len(written) < len(movements):
        raise _Raced
    return {
        movement.key: Entry(
            pk=written[movement.key], programme_id=movement.source.programme_id, kind=movement.kind, day=movement.day,
            at=at, reason=movement.reason[:REASON_LENGTH], key=movement.key, actor=movement.actor,
            policy=movement.policy, reverses=movement.reverses, record=movement.record,
            redemption=movement.redemption, request=movement.request,
        )
        for movement in movements
    }  # fmt: skip


def _insert_lines(entries: Mapping[str, Entry], rows: Sequence[tuple[Any, ...]]) -> None:
    values = [(entries[key].pk, *rest) for key, *rest in rows]
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, _LINE, values, page_size=PAGE)  # both lines of an entry in one statement


def _save(chains: Mapping[int, _Chain]) -> None:
    values = [(pk, chain.balance, chain.seq, chain.head) for pk, chain in sorted(chains.items())]
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor, _SAVE, values, template="(%s::bigint, %s::numeric, %s::int, %s::bytea)", page_size=PAGE
        )


# --- undoing


def reversal(entry: Entry, *, actor: Any, reason: str, day: date | None = None, **links: Any) -> Movement:
    """The counter-entry of an entry: the same points the other way. An entry is reversed at most once.

    Raises ``Refused`` for an entry that is a reversal itself or has been reversed.
    """
    if entry.kind == EntryKind.REVERSE:
        raise Refused("冲正分录不能再冲正，如有错误请重新入账。")
    if Entry.objects.filter(reverses=entry).exists():
        raise Refused("这一笔已经冲正过，不能重复冲正。")
    lines = {line.amount > 0: line.account for line in entry.lines.select_related("account")}
    amount = abs(entry.lines.values_list("amount", flat=True)[0])
    movement = Movement(
        source=lines[True], target=lines[False], amount=amount, kind=EntryKind.REVERSE,
        day=day or timezone.localdate(), reason=reason, key=f"reverse:{entry.pk}", actor=actor, reverses=entry,
    )  # fmt: skip
    return replace(movement, **links)
