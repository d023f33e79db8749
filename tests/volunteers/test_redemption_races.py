"""Many at once, on a real database: exactly as many winners as there are goods, points and codes."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from common import events as history
from common.errors import Conflict, PlainError, Refused
from tests.factories.shop import balance_of, books_are_true, give_points, make_market, redeem_some
from tests.together import together
from volunteers.models import Entry, Product, Redemption
from volunteers.services.giving_back import lapse_due, redemption_cancel_own
from volunteers.services.handing_out import redemption_collect
from volunteers.services.redemptions import code_of, redeem
from volunteers.services.stock import stock_receive
from volunteers.workflow import REDEMPTION_FLOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def market(tree, staff):
    return make_market(tree, staff)


def kinds(results: list[Any]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


def test_a_stock_of_seven_has_seven_winners_among_forty(market):
    product = market.product(stock=7)
    people = [market.neighbour() for _ in range(40)]
    results = together(*[
        lambda volunteer=volunteer: redeem(volunteer=volunteer, product=product, request_key=uuid.uuid4())
        for volunteer in people
    ])  # fmt: skip
    assert kinds(results) == {"Redeemed": 7, "Conflict": 33}
    assert all("已兑完" in error.message for error in results if isinstance(error, Conflict))
    assert Product.objects.get(pk=product.pk).stock == 0
    assert sorted(balance_of(person) for person in people) == [Decimal("15.00")] * 7 + [Decimal("20.00")] * 33
    numbers = sorted(Redemption.objects.values_list("number", flat=True))
    assert [int(number[-4:]) for number in numbers] == list(range(1, 8))
    books_are_true()


def test_two_phones_cannot_spend_the_same_points(market):
    """20 points buy four things for 5, however many phones ask."""
    products = [market.rice, market.service(), market.product()]
    results = together(*[
        lambda n=n: redeem(volunteer=market.volunteer, product=products[n % 3], request_key=uuid.uuid4())
        for n in range(12)
    ])  # fmt: skip
    assert kinds(results) == {"Redeemed": 4, "NotEnough": 8}
    assert all("积分不够" in error.message for error in results if isinstance(error, Refused))
    assert balance_of(market.volunteer) == 0
    books_are_true()


def test_a_double_click_is_one_redemption(market):
    key = uuid.uuid4()
    results = together(*[
        lambda: redeem(volunteer=market.volunteer, product=market.rice, request_key=key) for _ in range(6)
    ])  # fmt: skip
    row = Redemption.objects.get()
    assert {result.redemption.pk for result in results} == {row.pk}
    assert [result.repeated for result in results].count(False) == 1
    assert balance_of(market.volunteer) == Decimal("15.00")
    books_are_true()


def test_the_limit_per_month_holds_for_two_phones(market):
    soap = market.product(points=Decimal("1"), most_per_month=2)
    results = together(*[
        lambda: redeem(volunteer=market.volunteer, product=soap, request_key=uuid.uuid4()) for _ in range(6)
    ])  # fmt: skip
    assert kinds(results) == {"Redeemed": 2, "Refused": 4}
    books_are_true()


def test_a_code_at_two_counters_hands_out_once(market):
    row = redeem_some(market.volunteer, market.rice)
    code = code_of(row)
    results = together(*[
        lambda actor=actor: redemption_collect(redemption=row, actor=actor, code=code)
        for actor in (market.keeper, market.manager) * 3
    ])  # fmt: skip
    assert kinds(results) == {"Redemption": 1, "Conflict": 5}
    assert all("领取过" in error.message for error in results if isinstance(error, Conflict))
    assert [event.kind for event in history.timeline(row)] == ["redemption.collected", "redemption.reserved"]


def race_for(market, row):
    """Collecting, cancelling (twice) and lapsing of one redemption at the same moment."""
    Redemption.objects.filter(pk=row.pk).update(keep_until=timezone.now() + timedelta(minutes=1))
    later = timezone.now() + timedelta(hours=1)
    together(*[
        lambda: redemption_collect(redemption=row, actor=market.keeper, code=code_of(row)),
        lambda: redemption_cancel_own(volunteer=market.volunteer, redemption=row),
        lambda: REDEMPTION_FLOW.perform("cancel", row, market.keeper, note="缺货"),
        lambda: lapse_due(later),
        lambda: lapse_due(later),
    ])  # fmt: skip
    lapse_due(later)  # one that was locked meanwhile
    row.refresh_from_db()


def test_of_collecting_cancelling_and_lapsing_one_wins(market):
    for _ in range(4):
        row = redeem_some(market.volunteer, market.rice)
        race_for(market, row)
        assert row.state in ("collected", "cancelled", "lapsed")
        back = Entry.objects.filter(redemption=row, kind="reverse").count()
        assert back == (row.state != "collected")
        assert history.timeline(row).count() == 2
        books_are_true()
        give_points(market.volunteer, "5")


def test_everything_at_once_leaves_the_books_true(market):
    """Redeem, cancel, return, receive on the same product: locks are taken in one order, nobody waits for ever."""
    people = [market.neighbour() for _ in range(6)]
    old = [redeem_some(person, market.rice) for person in people[:4]]
    for row in old[:2]:
        redemption_collect(redemption=row, actor=market.keeper, code=code_of(row))
    tasks: list[Callable[[], Any]] = [
        *(lambda v=v: redeem(volunteer=v, product=market.rice, request_key=uuid.uuid4()) for v in people),
        *(lambda r=r: REDEMPTION_FLOW.perform("return", r, market.keeper, note="破损", to_stock=True) for r in old[:2]),
        *(lambda r=r: redemption_cancel_own(volunteer=r.volunteer, redemption=r) for r in old[2:]),
        *(lambda: stock_receive(product=market.rice, actor=market.keeper, quantity=2) for _ in range(3)),
    ]
    results = together(*tasks)
    assert [result for result in results if isinstance(result, Exception) and not isinstance(result, PlainError)] == []
    assert kinds(results) == {"Redeemed": 6, "Redemption": 4, "Product": 3}
    assert Product.objects.get(pk=market.rice.pk).stock == 10 - 6 + 6
    books_are_true()
