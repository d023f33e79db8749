"""Many at once on a real database: never below zero, never twice, never stuck."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.roles import Role
from common.errors import Conflict, Refused
from tests.factories.accounts import make_user
from tests.factories.grid import make_tree
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from tests.petitions.test_races import together
from volunteers.choices import AccountKind, EntryKind
from volunteers.models import Account, Entry, Shop
from volunteers.services.ledger import Movement, NotEnough, person_account, post, shop_account, system_account
from volunteers.services.ledger_proof import verify
from volunteers.services.points_requests import adjustment_propose, request_approve

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 11, 2)
CLIENTS, TIMES, HELD = 25, 40, 300


@pytest.fixture
def people():
    """Two volunteers of a community with ``HELD`` points each."""
    make_rules()
    tree, programme = make_tree(), make_programme()
    accounts = [person_account(make_volunteer(tree.community), programme) for _ in range(2)]
    issue = system_account(programme, AccountKind.ISSUE)
    with transaction.atomic():
        post([
            Movement(issue, account, Decimal(HELD), EntryKind.OPENING, DAY, "期初", f"opening:{account.pk}")
            for account in accounts
        ])  # fmt: skip
    return tree, accounts


def in_turn(movements: list[Movement]) -> Callable[[], list[Any]]:
    """A client that posts one after the other; entries, or why not."""

    def run() -> list[Any]:
        results: list[Any] = []
        for movement in movements:
            try:
                with transaction.atomic():
                    results += post([movement]) or ["known"]
            except Refused as error:
                results.append(error)
        return results

    return run


def balances(accounts: list[Account]) -> list[Decimal]:
    return [Account.objects.get(pk=account.pk).balance for account in accounts]


def test_a_thousand_redemptions_at_once_never_go_below_zero(people):
    tree, (account, _) = people
    shop = shop_account(Shop.objects.create(name="爱心超市", unit=tree.community, programme=make_programme()))
    clients = [
        [
            Movement(account, shop, Decimal(1), EntryKind.REDEEM, DAY, "兑换", f"redeem:{client}:{number}")
            for number in range(TIMES)
        ]
        for client in range(CLIENTS)
    ]
    results = [result for some in together(*map(in_turn, clients)) for result in some]
    assert len(results) == CLIENTS * TIMES == 1000
    assert sum(isinstance(result, Entry) for result in results) == HELD
    assert sum(isinstance(result, NotEnough) for result in results) == 1000 - HELD
    assert balances([account]) == [Decimal("0.00")]
    assert list(verify()) == []


def test_one_key_from_many_clients_is_one_entry(people):
    _, (account, other) = people
    gift = Movement(account, other, Decimal(HELD), EntryKind.DONATE, DAY, "捐赠", "gift")
    results = [result for some in together(*[in_turn([gift])] * 8) for result in some]
    # All of it was given: whoever waited finds the key, and does not say that the points do not suffice.
    assert sorted(type(result).__name__ for result in results) == ["Entry"] + ["str"] * 7
    assert balances([account, other]) == [Decimal("0.00"), Decimal(2 * HELD)]


def test_gifts_in_both_directions_do_not_block_each_other(people):
    _, (one, two) = people
    there = [Movement(one, two, Decimal(1), EntryKind.DONATE, DAY, "捐赠", f"there:{n}") for n in range(30)]
    back = [Movement(two, one, Decimal(1), EntryKind.DONATE, DAY, "捐赠", f"back:{n}") for n in range(30)]
    results = together(in_turn(there), in_turn(back), in_turn([*there, *back]))
    assert {type(result).__name__ for some in results for result in some} == {"Entry", "str"}
    assert balances([one, two]) == [Decimal(HELD), Decimal(HELD)]
    assert Entry.objects.filter(kind=EntryKind.DONATE).count() == 60
    assert list(verify()) == []


def test_two_approvers_at_once_post_one_entry(people):
    tree, (account, _) = people
    worker, *colleagues = (make_user(Role.COMMUNITY_WORKER, tree.community) for _ in range(5))
    request = adjustment_propose(
        actor=worker, volunteer=account.volunteer, programme=account.programme, amount=Decimal(5), day=DAY,
        reason="漏记的服务",
    )  # fmt: skip
    results = together(*(lambda one=one: request_approve(points_request=request, actor=one) for one in colleagues))
    assert sum(isinstance(result, Conflict) for result in results) == 3
    assert Entry.objects.filter(request=request).count() == 1
    assert balances([account]) == [Decimal(HELD + 5)]


def test_accounts_are_opened_once(people):
    tree, _ = people
    volunteer, programme = make_volunteer(tree.community), make_programme()
    opened = together(*[lambda: person_account(volunteer, programme)] * 6)
    assert len({account.pk for account in opened}) == 1
    assert connection.in_atomic_block is False
