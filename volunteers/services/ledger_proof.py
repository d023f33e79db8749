"""Proof that the ledger is true: sums, chains, requests, records, redemptions, stock (``manage.py verify_ledger``).

Every check is one statement, so it sees one moment even while points move, and its rows pass by one at a
time: memory does not grow with the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from volunteers.services.ledger_chain import line_text, link, owner

CHUNK = 2_000


@dataclass(frozen=True)
class Fault:
    """One place where the ledger does not hold. ``what`` is a Chinese sentence."""

    what: str


def verify() -> Iterator[Fault]:
    """Every fault there is; none for a ledger that is true."""
    for query, sentence in CHECKS:
        for row in _rows(query):
            yield Fault(sentence.format(*row))
    rows = (_Link(*row) for row in _rows(CHAINS))
    for _, chain in groupby(rows, key=lambda row: row.account):
        yield from _chain_faults(chain)


def summary() -> str:
    """Where the ledger stands, to be noted and compared: a whole database put back to an earlier day proves true."""
    entries, latest, at, held = next(_rows(STANDING))
    when = f"，最新一笔 {latest}（{timezone.localtime(at):%Y-%m-%d %H:%M}）" if at else ""
    return f"共 {entries:,} 笔分录{when}，账上共 {held:,.2f} 分。"


def _rows(query: str) -> Iterator[tuple[Any, ...]]:
    """Rows from a cursor on the server."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


STANDING = """
SELECT count(*), max(id), max(at), (SELECT coalesce(sum(balance), 0) FROM volunteers_account) FROM volunteers_entry
"""

# What must never be found, and what it means.
CHECKS = (
    (
        """
        SELECT entry.id FROM volunteers_entry AS entry
        LEFT JOIN (SELECT entry_id, count(*) AS lines, sum(amount) AS total FROM volunteers_line GROUP BY entry_id)
            AS sides ON sides.entry_id = entry.id
        WHERE sides.lines IS DISTINCT FROM 2 OR sides.total <> 0 ORDER BY entry.id
        """,
        "分录 {} 的收付两方不完整或不相等。",
    ),
    (
        """
        SELECT line.id FROM volunteers_line AS line
        LEFT JOIN volunteers_entry AS entry ON entry.id = line.entry_id
        LEFT JOIN volunteers_account AS account ON account.id = line.account_id
        WHERE entry.id IS NULL OR account.id IS NULL OR account.programme_id <> entry.programme_id
           OR (account.kind IN ('person', 'pool')) <> (line.seq IS NOT NULL) ORDER BY line.id
        """,
        "明细 {} 没有分录或账户，或者与分录不属于同一个积分项目。",
    ),
    (
        """
        SELECT request.id FROM volunteers_pointsrequest AS request
        LEFT JOIN volunteers_entry AS entry ON entry.request_id = request.id
        GROUP BY request.id HAVING count(entry.id) <> (request.state = 'posted')::int ORDER BY request.id
        """,
        "积分调整 {} 的状态与分录不一致。",
    ),
    (
        """
        SELECT entry.id, record.id FROM volunteers_entry AS entry
        JOIN volunteers_servicerecord AS record ON record.id = entry.record_id
        LEFT JOIN volunteers_entry AS back ON back.reverses_id = entry.id
        WHERE entry.kind = 'earn' AND record.voided_at IS NOT NULL AND back.id IS NULL ORDER BY entry.id
        """,
        "分录 {} 的服务记录 {} 已经作废，积分却没有收回。",
    ),
    (
        """
        SELECT redemption.number FROM volunteers_redemption AS redemption
        LEFT JOIN volunteers_entry AS entry ON entry.redemption_id = redemption.id AND entry.kind = 'redeem'
        LEFT JOIN volunteers_entry AS back ON back.reverses_id = entry.id
        LEFT JOIN volunteers_line AS paid ON paid.entry_id = entry.id AND paid.amount < 0
        LEFT JOIN volunteers_account AS account ON account.id = paid.account_id
        GROUP BY redemption.id
        HAVING count(entry.id) <> 1 OR max(-paid.amount) IS DISTINCT FROM redemption.points
            OR max(account.volunteer_id) IS DISTINCT FROM redemption.volunteer_id
            OR count(back.id) <> (redemption.state NOT IN ('reserved', 'collected'))::int
        ORDER BY redemption.number
        """,
        "兑换 {} 的状态、积分与分录不一致。",
    ),
    (
        """
        SELECT product.id, product.stock, coalesce(sum(move.change), 0) FROM volunteers_product AS product
        LEFT JOIN volunteers_stockmove AS move ON move.product_id = product.id
        WHERE product.stock IS NOT NULL
        GROUP BY product.id HAVING product.stock <> coalesce(sum(move.change), 0) ORDER BY product.id
        """,
        "商品 {} 的库存为 {}，按出入库记录应为 {}。",
    ),
)

# Each guarded account with its lines in order, and everything that a line's hash covers.
CHAINS = """
SELECT account.id, account.kind, account.volunteer_id, account.unit_id, account.programme_id,
       account.balance, account.seq, account.head,
       line.seq, line.amount, line.balance_after, line.hash,
       entry.kind, entry.day, entry.at, entry.reason, entry.key, entry.actor_id, entry.policy_id,
       entry.reverses_id, entry.record_id, entry.redemption_id, entry.request_id,
       other.id, other.kind, other.volunteer_id, other.unit_id, other.shop_id
FROM volunteers_account AS account
LEFT JOIN volunteers_line AS line ON line.account_id = account.id
LEFT JOIN volunteers_entry AS entry ON entry.id = line.entry_id
LEFT JOIN volunteers_line AS opposite ON opposite.entry_id = line.entry_id AND opposite.id <> line.id
LEFT JOIN volunteers_account AS other ON other.id = opposite.account_id
WHERE account.kind IN ('person', 'pool')
ORDER BY account.id, line.seq, line.id
"""


class _Link(NamedTuple):
    """One row of :data:`CHAINS`; without ``place`` the account has no lines."""

    account: int
    account_kind: str
    volunteer: int | None
    unit: int | None
    programme: int
    account_balance: Decimal
    account_seq: int
    account_head: memoryview
    place: int | None
    amount: Decimal
    balance: Decimal
    hash: memoryview | None
    kind: str
    day: date
    at: datetime
    reason: str
    key: str
    actor: int | None
    policy: int | None
    reverses: int | None
    record: int | None
    redemption: int | None
    request: int | None
    other: int | None
    other_kind: str
    other_volunteer: int | None
    other_unit: int | None
    other_shop: int | None

    def text(self) -> str:
        return line_text(
            self.account, owner(self.account_kind, self.volunteer, self.unit), self.other,
            owner(self.other_kind, self.other_volunteer, self.other_unit, self.other_shop), self.amount,
            self.place or 0, self.balance, self.programme, self.kind, self.day, self.at, self.reason, self.key,
            self.actor, self.policy, self.reverses, self.record, self.redemption, self.request,
        )  # fmt: skip


def _chain_faults(rows: Iterable[_Link]) -> Iterator[Fault]:
    """Faults of one account: its first broken link, or an end that is not the account's."""
    head, seq, balance = b"", 0, Decimal(0)
    for row in rows:
        if row.place is None:
            break
        seq, balance = seq + 1, balance + row.amount
        if row.place != seq:
            yield Fault(f"账户 {row.account} 缺少第 {seq} 笔。")
            return
        line, head = link(head, row.text())
        if balance != row.balance or bytes(row.hash or b"") != line:
            yield Fault(f"账户 {row.account} 第 {seq} 笔（{row.day:%Y-%m-%d} {row.reason}）被改动。")
            return
    if (row.account_seq, row.account_balance, bytes(row.account_head)) != (seq, balance, head):
        yield Fault(
            f"账户 {row.account} 的余额 {row.account_balance:f} 与明细不符：共 {seq} 笔，合计 {balance:f}；"
            "余额被改动，或末尾的明细缺失。"
        )
