"""``manage.py verify_ledger`` finds whatever is edited behind the application's back, whoever switches the triggers off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from volunteers.choices import AccountKind, EntryKind, ProductKind, RecordSource, RedemptionState, StockReason
from volunteers.models import Entry, Product, Redemption, Shop, StockMove
from volunteers.services.ledger import (
    Movement,
    person_account,
    pool_account,
    post,
    reversal,
    shop_account,
    system_account,
)
from volunteers.services.ledger_proof import verify
from volunteers.services.records import Service, record_services

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 2)


@contextmanager
def behind_the_back() -> Iterator[None]:
    """As a database administrator who switches triggers and foreign keys off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = origin")


def run(sql: str, *values: object) -> None:
    with behind_the_back(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def faults() -> list[str]:
    return [fault.what for fault in verify()]


@pytest.fixture
def ledger(tree, staff):
    """Two neighbours and a pool with five entries between them."""
    make_rules()
    programme, worker = make_programme(), staff["community_worker"]
    first, second = make_volunteer(tree.community), make_volunteer(tree.community)

    class Ledger:
        one, two = person_account(first, programme), person_account(second, programme)
        pool = pool_account(tree.community, programme)
        issue = system_account(programme, AccountKind.ISSUE)
        entries: list[Entry]

    def move(source, target, points: str, kind: str, key: str) -> Entry:
        return post([Movement(source, target, Decimal(points), kind, DAY, f"摘要{key}", key, actor=worker)])[0]

    Ledger.entries = [
        move(Ledger.issue, Ledger.one, "10", EntryKind.OPENING, "a"),
        move(Ledger.issue, Ledger.two, "10", EntryKind.OPENING, "b"),
        move(Ledger.one, Ledger.two, "4", EntryKind.DONATE, "c"),
        move(Ledger.two, Ledger.pool, "5", EntryKind.DONATE, "d"),
    ]
    post([reversal(Ledger.entries[2], actor=worker, reason="捐错了")])
    assert faults() == []
    return Ledger


def test_a_true_ledger_says_so(ledger):
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    latest = Entry.objects.latest("pk")
    at = f"{timezone.localtime(latest.at):%Y-%m-%d %H:%M}"
    assert out.getvalue() == f"积分账核对无误。共 5 笔分录，最新一笔 {latest.pk}（{at}），账上共 20.00 分。\n"


def test_an_empty_ledger_is_true(db):
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    assert out.getvalue() == "积分账核对无误。共 0 笔分录，账上共 0.00 分。\n"


def test_a_fault_is_printed_and_the_command_fails(ledger):
    run("UPDATE volunteers_account SET balance = 99 WHERE id = %s", ledger.one.pk)
    out = StringIO()
    with pytest.raises(CommandError, match="发现 1 处问题，积分账不可信"):
        call_command("verify_ledger", stdout=out)
    assert out.getvalue() == (
        f"账户 {ledger.one.pk} 的余额 99.00 与明细不符：共 3 笔，合计 10.00；余额被改动，或末尾的明细缺失。\n"
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "'manual'"),
        ("day", "day + 1"),
        ("at", "at + interval '1 second'"),
        ("reason", "'别的理由'"),
        ("key", "'other'"),
        ("actor_id", "NULL"),
        ("policy_id", "(SELECT min(id) FROM common_policy)"),
        ("record_id", "77"),
        ("redemption_id", "77"),
        ("request_id", "77"),
    ],
)
def test_every_column_of_an_entry_is_under_the_hash(ledger, column, value):
    run(f"UPDATE volunteers_entry SET {column} = {value} WHERE id = %s", ledger.entries[0].pk)
    assert faults() == [
        f"账户 {ledger.one.pk} 第 1 笔（{'2026-11-03' if column == 'day' else '2026-11-02'} "
        f"{'别的理由' if column == 'reason' else '摘要a'}）被改动。"
    ]


def test_a_reversal_turned_to_another_entry(ledger):
    run("UPDATE volunteers_entry SET reverses_id = %s WHERE kind = 'reverse'", ledger.entries[3].pk)
    assert [fault.split("（")[0] for fault in faults()] == [
        f"账户 {ledger.one.pk} 第 3 笔", f"账户 {ledger.two.pk} 第 4 笔",
    ]  # fmt: skip


def test_edited_amounts(ledger):
    """On one side alone, and on both so that the sum stays zero and the balances fit."""
    entry, one = ledger.entries[0].pk, ledger.one.pk
    run("UPDATE volunteers_line SET amount = 11 WHERE entry_id = %s AND amount > 0", entry)
    assert faults() == [f"分录 {entry} 的收付两方不完整或不相等。", f"账户 {one} 第 1 笔（2026-11-02 摘要a）被改动。"]
    run("UPDATE volunteers_line SET amount = -11 WHERE entry_id = %s AND amount < 0", entry)
    run("UPDATE volunteers_line SET balance_after = balance_after + 1 WHERE account_id = %s", one)
    run("UPDATE volunteers_account SET balance = balance + 1 WHERE id = %s", one)
    assert faults() == [f"账户 {one} 第 1 笔（2026-11-02 摘要a）被改动。"]


def test_edited_hash_and_place(ledger):
    run("UPDATE volunteers_line SET hash = decode('00', 'hex') WHERE account_id = %s AND seq = 2", ledger.one.pk)
    assert faults() == [f"账户 {ledger.one.pk} 第 2 笔（2026-11-02 摘要c）被改动。"]
    run("UPDATE volunteers_line SET seq = 9 WHERE account_id = %s AND seq = 2", ledger.one.pk)
    assert faults() == [f"账户 {ledger.one.pk} 缺少第 2 笔。"]


def test_a_cut_off_tail_is_found_even_when_the_account_is_made_to_fit(ledger):
    """The last entry of the pool vanishes with both lines; both accounts are put back to their line before."""
    entry = ledger.entries[3].pk
    run("DELETE FROM volunteers_line WHERE entry_id = %s", entry)
    assert faults()[0] == f"分录 {entry} 的收付两方不完整或不相等。"
    run("DELETE FROM volunteers_entry WHERE id = %s", entry)
    assert f"账户 {ledger.pool.pk} 的余额 5.00 与明细不符" in " ".join(faults())
    run("UPDATE volunteers_account SET balance = 0, seq = 0, head = '' WHERE id = %s", ledger.pool.pk)
    assert faults() == [f"账户 {ledger.two.pk} 缺少第 3 笔。"]


def test_the_end_of_an_account_cannot_be_taken_from_its_lines(ledger, tree):
    """Only one account has the tail: its row is given the values of the line before, as far as they are known."""
    post([Movement(ledger.issue, ledger.one, Decimal(3), EntryKind.OPENING, DAY, "多给的", "more")])
    last = Entry.objects.latest("pk").pk
    run("DELETE FROM volunteers_line WHERE entry_id = %s", last)
    run("DELETE FROM volunteers_entry WHERE id = %s", last)
    run(
        "UPDATE volunteers_account AS a SET balance = l.balance_after, seq = l.seq, head = l.hash "
        "FROM volunteers_line AS l WHERE a.id = %s AND l.account_id = a.id AND l.seq = 3",
        ledger.one.pk,
    )
    assert [fault.split("：")[0] for fault in faults()] == [f"账户 {ledger.one.pk} 的余额 10.00 与明细不符"]


def test_lines_and_accounts_that_change_hands(ledger, tree):
    """A line given to another account, and an account given to another person."""
    stranger = make_volunteer(tree.community)
    other = person_account(stranger, make_programme())
    run("UPDATE volunteers_line SET account_id = %s WHERE account_id = %s AND seq = 1", other.pk, ledger.pool.pk)
    assert [fault.split("（")[0] for fault in faults()] == [
        f"账户 {ledger.two.pk} 第 3 笔",
        f"账户 {ledger.pool.pk} 的余额 5.00 与明细不符：共 0 笔，合计 0；余额被改动，或末尾的明细缺失。",
        f"账户 {other.pk} 第 1 笔",
    ]
    run("UPDATE volunteers_line SET account_id = %s WHERE account_id = %s", ledger.pool.pk, other.pk)
    assert faults() == []
    run("DELETE FROM volunteers_account WHERE id = %s", other.pk)
    run("UPDATE volunteers_account SET volunteer_id = %s WHERE id = %s", stranger.pk, ledger.one.pk)
    assert [fault.split("（")[0] for fault in faults()] == [
        f"账户 {ledger.one.pk} 第 1 笔", f"账户 {ledger.two.pk} 第 2 笔",
    ]  # fmt: skip


def test_an_open_side_is_covered_by_its_opposite(ledger):
    correction = system_account(make_programme(), AccountKind.CORRECTION)
    run("UPDATE volunteers_line SET account_id = %s WHERE account_id = %s", correction.pk, ledger.issue.pk)
    assert [fault.split("（")[0] for fault in faults()] == [
        f"账户 {ledger.one.pk} 第 1 笔", f"账户 {ledger.two.pk} 第 1 笔",
    ]  # fmt: skip


def test_another_key_proves_nothing(ledger, settings):
    settings.SEAL_KEY = b"x" * 32
    assert len(faults()) == 3


def test_voided_hours_whose_points_stay(ledger, tree, staff):
    start = datetime(2026, 11, 2, 8, 30, tzinfo=timezone.get_default_timezone())
    volunteer = ledger.one.volunteer
    service = Service(
        volunteer, tree.community, RecordSource.ACTIVITY, "civility", "楼道清洁", start, start + timedelta(hours=2)
    )
    (record,) = record_services([service], actor=staff["community_worker"])
    assert faults() == []
    run("UPDATE volunteers_servicerecord SET voided_at = now() WHERE id = %s", record.pk)
    entry = Entry.objects.get(record=record)
    assert faults() == [f"分录 {entry.pk} 的服务记录 {record.pk} 已经作废，积分却没有收回。"]


class TestShop:
    @pytest.fixture
    def redemption(self, ledger, tree):
        """Three points paid for one of ten bags of rice."""
        shop = Shop.objects.create(name="爱心超市", unit=tree.community, programme=make_programme())
        rice = Product.objects.create(
            shop=shop, name="大米", kind=ProductKind.GOODS, points=Decimal(3), value=Decimal(5), stock=9
        )
        now = timezone.now()
        row = Redemption.objects.create(
            number="DH1", shop=shop, product=rice, volunteer=ledger.one.volunteer, points=Decimal(3), value=Decimal(5),
            reserved_at=now, keep_until=now,
        )  # fmt: skip
        post([
            Movement(
                ledger.one, shop_account(shop), Decimal(3), EntryKind.REDEEM, DAY, "兑换大米", "redeem:1",
                redemption=row,
            )
        ])  # fmt: skip
        for change, reason in ((10, StockReason.RECEIVED), (-1, StockReason.RESERVED)):
            StockMove.objects.create(product=rice, change=change, reason=reason, at=now)
        assert faults() == []
        return row

    @pytest.mark.parametrize(
        "change", ["points = 2", "state = 'cancelled'", "state = 'returned'", "state = 'lapsed'", "volunteer_id = 0"]
    )
    def test_a_redemption_agrees_with_its_entry(self, redemption, change):
        run(f"UPDATE volunteers_redemption SET {change}")
        assert faults() == ["兑换 DH1 的状态、积分与分录不一致。"]

    def test_what_was_given_back_is_no_longer_reserved(self, redemption):
        post([reversal(Entry.objects.get(key="redeem:1"), actor=None, reason="取消", redemption=redemption)])
        assert faults() == ["兑换 DH1 的状态、积分与分录不一致。"]
        run("UPDATE volunteers_redemption SET state = %s", RedemptionState.CANCELLED)
        assert faults() == []

    def test_stock_is_the_sum_of_its_moves(self, redemption):
        run("UPDATE volunteers_product SET stock = 8")
        assert faults() == [f"商品 {redemption.product_id} 的库存为 8，按出入库记录应为 9。"]


def test_a_request_said_to_be_posted(ledger, tree, staff):
    from volunteers.services.points_requests import adjustment_propose

    request = adjustment_propose(
        actor=staff["community_worker"], volunteer=ledger.one.volunteer, programme=make_programme(), amount=Decimal(5),
        day=DAY, reason="漏记的服务",
    )  # fmt: skip
    assert faults() == []
    run("UPDATE volunteers_pointsrequest SET state = 'posted' WHERE id = %s", request.pk)
    assert faults() == [f"积分调整 {request.pk} 的状态与分录不一致。"]


def test_memory_does_not_grow_with_the_ledger(ledger, monkeypatch):
    """Rows come by the chunk; a chain longer than a chunk is followed across it."""
    monkeypatch.setattr("volunteers.services.ledger_proof.CHUNK", 2)
    assert faults() == []
    run("UPDATE volunteers_line SET amount = amount + 1 WHERE account_id = %s AND seq = 3", ledger.two.pk)
    assert f"账户 {ledger.two.pk} 第 3 笔（2026-11-02 摘要d）被改动。" in faults()
