"""Posting to the ledger: exact balances, never below zero, once per key, undone only by a counter-entry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from common.errors import Refused
from tests.factories.volunteers import make_programme, make_volunteer
from volunteers.choices import AccountKind, EntryKind
from volunteers.models import Account, Entry, Line
from volunteers.services.ledger import Movement, end_hash, person_account, post, reversal, system_account

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 2)
BARE_ENTRY = (
    "INSERT INTO volunteers_entry (programme_id, kind, day, at, reason, key) "
    "VALUES (%s, 'earn', '2026-11-02', now(), 'x', 'bare')"
)


@pytest.fixture
def earn(tree):
    """``earn(points, key)`` gives a volunteer points; ``earn.account`` is theirs."""
    programme = make_programme()
    account = person_account(make_volunteer(tree.community), programme)
    issue = system_account(programme, AccountKind.ISSUE)

    def movement(points: str, key: str, **fields: object) -> Movement:
        return Movement(issue, account, Decimal(points), EntryKind.EARN, DAY, "社区巡逻", key, **fields)

    movement.account = account
    movement.issue = issue
    return movement


def balance(account: Account) -> Decimal:
    return Account.objects.get(pk=account.pk).balance


def test_an_entry_has_two_lines_that_add_up_to_zero(earn):
    (entry,) = post([earn("12.50", "a")])
    lines = list(Line.objects.filter(entry=entry).order_by("amount"))
    assert [line.amount for line in lines] == [Decimal("-12.50"), Decimal("12.50")]
    assert [(line.account_id, line.seq, line.balance_after) for line in lines] == [
        (earn.issue.pk, None, None), (earn.account.pk, 1, Decimal("12.50")),
    ]  # fmt: skip
    assert balance(earn.account) == Decimal("12.50")
    assert balance(earn.issue) is None


def test_a_key_is_posted_once(earn):
    assert len(post([earn("5", "a")])) == 1
    assert post([earn("5", "a")]) == []
    assert len(post([earn("5", "a"), earn("2", "b"), earn("2", "b")])) == 1
    assert (balance(earn.account), Entry.objects.count()) == (Decimal("7.00"), 2)


def test_nobody_can_owe_points_and_nothing_is_written(earn):
    post([earn("5", "a")])
    spend = Movement(earn.account, earn.issue, Decimal("3"), EntryKind.MANUAL, DAY, "更正", "s1")
    too_much = Movement(earn.account, earn.issue, Decimal("2.01"), EntryKind.MANUAL, DAY, "更正", "s2")
    with pytest.raises(Refused, match=r"现有 2.00 分，需要 2.01 分"):
        post([spend, too_much])
    assert (balance(earn.account), Entry.objects.count(), Line.objects.count()) == (Decimal("5.00"), 1, 2)
    post([spend])
    assert balance(earn.account) == Decimal("2.00")


def test_a_reversal_gives_back_once(earn):
    (entry,) = post([earn("5", "a")])
    (back,) = post([reversal(entry, actor=None, reason="登记错误")])
    assert (back.kind, back.reverses, balance(earn.account)) == (EntryKind.REVERSE, entry, Decimal("0.00"))
    with pytest.raises(Refused, match="已经冲正过"):
        reversal(entry, actor=None, reason="又一次")
    with pytest.raises(Refused, match="不能再冲正"):
        reversal(back, actor=None, reason="冲正冲正")


def test_amounts_are_positive_and_to_the_hundredth(earn):
    for amount in ("0", "-1", "0.001"):
        with pytest.raises(ValueError, match="not an amount"):
            post([earn(amount, f"k{amount}")])
    with pytest.raises(ValueError, match="one of them a person's"):
        post([Movement(earn.issue, earn.issue, Decimal(1), EntryKind.EARN, DAY, "x", "same")])


@pytest.mark.parametrize("table", ["volunteers_entry", "volunteers_line"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_posted(earn, table, verb):
    post([earn("5", "a")])
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table))


def test_the_database_refuses_lines_that_do_not_add_up(earn):
    (entry,) = post([earn("5", "a")])
    with pytest.raises(IntegrityError, match="line_two_sides"), transaction.atomic():
        Line.objects.create(entry=entry, account=earn.issue, amount=Decimal(1))
    with pytest.raises(IntegrityError, match="add up to zero"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"WITH entry AS ({BARE_ENTRY} RETURNING id) INSERT INTO volunteers_line (entry_id, account_id, amount) "
            "SELECT entry.id, side.* FROM entry, (VALUES (%s::bigint, -5::numeric), (%s::bigint, 6)) AS side",
            [earn.issue.programme_id, earn.issue.pk, earn.account.pk],
        )
    assert (Entry.objects.count(), Line.objects.count(), balance(earn.account)) == (1, 2, Decimal("5.00"))


def test_the_database_refuses_an_entry_without_lines(earn):
    with pytest.raises(IntegrityError, match="two lines"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BARE_ENTRY, [earn.issue.programme_id])
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_points_move_only_inside_a_transaction():
    with pytest.raises(RuntimeError, match="inside the transaction"):
        post([])


def test_the_ceiling_cuts_new_points_and_says_so(earn):
    (first, second) = post([earn("6", "a", ceiling=Decimal(10)), earn("6", "b", ceiling=Decimal(10))])
    assert (first.reason, balance(earn.account)) == ("社区巡逻", Decimal("10.00"))
    assert second.reason == "社区巡逻（积分上限 10 分，应得 6 分，计入 4.00 分）"
    assert post([earn("6", "c", ceiling=Decimal(10))]) == []
    assert (balance(earn.account), Entry.objects.count()) == (Decimal("10.00"), 2)
    given = Movement(earn.issue, earn.account, Decimal(1), EntryKind.DONATE, DAY, "捐赠", "d", ceiling=Decimal("10.50"))
    with pytest.raises(Refused, match=r"最多还能接受 0.50 分"):
        post([given])
    assert balance(earn.account) == Decimal("10.00")


def test_points_of_one_programme_do_not_become_points_of_another(earn):
    other = system_account(make_programme("chief", "三长积分"), AccountKind.ISSUE)
    with pytest.raises(ValueError, match="another"):
        post([Movement(other, earn.account, Decimal(1), EntryKind.EARN, DAY, "x", "other")])


def test_a_chain_links_the_lines_of_an_account(earn):
    post([earn("5", "a"), earn("6", "b")])
    post([earn("7", "c")])
    lines = list(Line.objects.filter(account=earn.account).order_by("seq"))
    assert [(line.seq, line.balance_after) for line in lines] == [
        (1, Decimal("5.00")), (2, Decimal("11.00")), (3, Decimal("18.00")),
    ]  # fmt: skip
    account = Account.objects.get(pk=earn.account.pk)
    assert (account.seq, bytes(account.head)) == (3, end_hash(bytes(lines[-1].hash), 3, Decimal("18.00")))
    assert len({bytes(line.hash) for line in lines}) == 3
