"""Posting to the ledger: exact balances, never below zero, once per key, undone only by a counter-entry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.roles import Role
from common.errors import Refused
from tests.factories.accounts import make_user
from tests.factories.volunteers import make_programme, make_volunteer
from volunteers.choices import AccountKind, EntryKind
from volunteers.models import Account, Entry, Line
from volunteers.services.ledger import Movement, NotEnough, person_account, post, reversal, system_account
from volunteers.services.ledger_proof import verify

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


BARE_LINES = (
    f"WITH entry AS ({BARE_ENTRY} RETURNING id) INSERT INTO volunteers_line (entry_id, account_id, amount) "
    "SELECT entry.id, side.* FROM entry, (VALUES (%s::bigint, -5::numeric), (%s::bigint, {})) AS side"
)


@pytest.mark.parametrize("gained", ["5", "6"])
def test_the_database_refuses_lines_beside_the_door(earn, gained):
    """Whether they add up or not: only the door writes them, and it writes both from one number."""
    (entry,) = post([earn("5", "a")])
    with pytest.raises(IntegrityError, match="written by posting"), transaction.atomic():
        Line.objects.create(entry=entry, account=earn.issue, amount=Decimal(1))
    with pytest.raises(IntegrityError, match="written by posting"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BARE_LINES.format(gained), [earn.issue.programme_id, earn.issue.pk, earn.account.pk])
    assert (Entry.objects.count(), Line.objects.count(), balance(earn.account)) == (1, 2, Decimal("5.00"))


def test_the_database_refuses_an_entry_without_lines(earn):
    with pytest.raises(IntegrityError, match="written by posting"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BARE_ENTRY, [earn.issue.programme_id])
    assert not Entry.objects.exists()


class TestDoor:
    """Raw SQL at the one door: whatever is said there, an entry has two lines of one programme that add up to zero."""

    @pytest.fixture
    def enter(self, earn):
        def run(**changed: object) -> list[tuple[object, ...]]:
            values = {
                "programme": earn.issue.programme_id, "kind": "earn", "day": DAY, "at": timezone.now(), "reason": "x",
                "key": "bare", "points": Decimal(5), "source": earn.issue.pk, "target": earn.account.pk,
                "target_seq": 1, "target_balance": 5, "target_hash": b"x", **changed,
            }  # fmt: skip
            places = ", ".join(["%s"] * len(values))
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO volunteers_ledger_door ({', '.join(values)}) VALUES ({places}) RETURNING id",
                    list(values.values()),
                )
                return cursor.fetchall()

        return run

    def test_it_writes_both_lines(self, enter, earn):
        ((pk,),) = enter()
        lines = Line.objects.filter(entry=pk).order_by("amount").values_list("account_id", "amount", "seq")
        assert list(lines) == [(earn.issue.pk, Decimal(-5), None), (earn.account.pk, Decimal(5), 1)]

    def test_a_key_that_is_taken_is_left_out(self, enter):
        enter()
        assert enter(target_seq=2) == []
        assert (Entry.objects.count(), Line.objects.count()) == (1, 2)

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"points": 0}, "line_amount"),
            ({"source": 0}, "account in its programme"),
            ({"target": 0}, "account in its programme"),
            ({"programme": 0}, "account in its programme"),
            ({"kind": "gift"}, "entry_kind"),
            ({"kind": "reverse"}, "entry_reverses"),
            ({"target_balance": -5}, "line_chain"),
        ],
    )
    def test_what_it_refuses(self, enter, changed, why):
        with pytest.raises(IntegrityError, match=why):
            enter(**changed)
        assert (Entry.objects.count(), Line.objects.count()) == (0, 0)

    @pytest.mark.parametrize("side", ["source", "target"])
    def test_accounts_of_two_programmes(self, enter, side):
        other = system_account(make_programme("chief", "三长积分"), AccountKind.CORRECTION)
        with pytest.raises(IntegrityError, match="account in its programme"):
            enter(**{side: other.pk})
        assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "issue"}, {"kind": "pool"}, {"kind": "vault"}, {"volunteer_id": None},
        {"volunteer_id": None, "kind": "pool"}, {"unit_id": 1}, {"shop_id": 1},
    ],
)  # fmt: skip
def test_an_account_has_the_owner_of_its_kind(earn, change):
    with pytest.raises(IntegrityError, match=r"account_owner|account_never_owes"), transaction.atomic():
        Account.objects.filter(pk=earn.account.pk).update(**change)
    with pytest.raises(IntegrityError, match="account_owner"), transaction.atomic():
        Account.objects.create(programme_id=earn.issue.programme_id, kind=AccountKind.SHOP)
    assert Account.objects.get(pk=earn.account.pk).kind == AccountKind.PERSON


def state(account: Account) -> tuple[Decimal | None, int, bytes]:
    return account.balance, account.seq, bytes(account.head)


class TestAccountAtHand:
    """A posting is reckoned from the account as the caller read it, and holds whatever has become of it."""

    def test_the_account_goes_along_so_the_next_takes_one_statement(self, earn, django_assert_num_queries):
        for number in range(3):
            with django_assert_num_queries(1):
                post([earn("5", f"k{number}")])
        assert state(earn.account) == state(Account.objects.get(pk=earn.account.pk))
        assert (earn.account.balance, earn.account.seq) == (Decimal("15.00"), 3)
        post([earn("1", "m1"), earn("1", "m2")])
        with django_assert_num_queries(1):
            post([earn("1", "m3")])
        assert balance(earn.account) == Decimal("18.00")

    def test_an_account_that_has_moved_on(self, earn):
        old = Account.objects.get(pk=earn.account.pk)
        post([earn("5", "a")])
        spend = Movement(old, earn.issue, Decimal(3), EntryKind.MANUAL, DAY, "更正", "b")
        post([spend])  # by what ``old`` says there is nothing to spend
        post([earn("4", "c")])  # and here the volunteer seems to have five
        assert balance(earn.account) == Decimal("6.00")
        assert list(verify()) == []

    def test_a_refusal_is_of_what_there_is(self, earn):
        old = Account.objects.get(pk=earn.account.pk)
        post([earn("5", "a")])
        with pytest.raises(NotEnough, match=r"现有 5.00 分，需要 7 分"):
            post([Movement(old, earn.issue, Decimal(7), EntryKind.MANUAL, DAY, "更正", "b")])
        old.balance, old.seq = Decimal(100), 9
        with pytest.raises(NotEnough, match=r"现有 5.00 分，需要 7 分"):
            post([Movement(old, earn.issue, Decimal(7), EntryKind.MANUAL, DAY, "更正", "b")])
        assert balance(earn.account) == Decimal("5.00")

    def test_the_ceiling_is_looked_at_where_the_account_stands(self, earn):
        old = Account.objects.get(pk=earn.account.pk)
        post([earn("8", "a")])
        (entry,) = post([earn("5", "b", ceiling=Decimal(10))._replace(target=old)])
        assert (entry.reason, balance(old)) == ("社区巡逻（积分上限 10 分，应得 5 分，计入 2.00 分）", Decimal("10.00"))

    def test_a_known_key_leaves_account_and_row_alone(self, earn):
        post([earn("5", "a")])
        before = state(earn.account)
        assert post([earn("5", "a")]) == []
        assert state(earn.account) == before == state(Account.objects.get(pk=earn.account.pk))
        post([earn("2", "b")])
        assert (balance(earn.account), list(verify())) == (Decimal("7.00"), [])

    def test_a_posting_that_was_rolled_back(self, earn):
        with transaction.atomic():
            post([earn("5", "a")])
            transaction.set_rollback(True)
        assert (earn.account.balance, balance(earn.account)) == (Decimal("5.00"), Decimal("0.00"))
        (entry,) = post([earn("2", "a")])
        assert state(earn.account) == state(Account.objects.get(pk=earn.account.pk))
        assert (entry.lines.get(account=earn.account).seq, balance(earn.account)) == (1, Decimal("2.00"))
        assert list(verify()) == []

    def test_an_account_read_without_its_chain(self, earn):
        bare = Account.objects.only("kind", "programme").get(pk=earn.account.pk)
        post([earn("5", "a")._replace(target=bare)])
        assert (balance(bare), bare.balance, bare.seq) == (Decimal("5.00"), Decimal("5.00"), 1)

    def test_every_column_of_the_entry_is_as_in_the_database(self, earn):
        worker = make_user(Role.COMMUNITY_WORKER, earn.account.volunteer.unit)
        (one,) = post([earn("5", "a", actor=worker)])
        (two, _) = post([earn("5", "b", actor=worker), earn("5", "c")])
        for entry in (one, two):
            found = Entry.objects.get(pk=entry.pk)
            assert {**vars(entry), "_state": None} == {**vars(found), "_state": None}


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
    assert account.seq == 3
    assert len({*(bytes(line.hash) for line in lines), bytes(account.head)}) == 4
