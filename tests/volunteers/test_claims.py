"""抢单: many come at the same moment, one gets the order; nobody holds more than allowed; nobody claims the own order."""

from __future__ import annotations

import pytest
from django.db import connections
from django.http import Http404

from accounts.models import RoleAssignment, User
from common import events as history
from common.errors import Conflict, Refused
from common.models import Event
from tests.factories.accounts import make_user
from tests.factories.volunteers import make_provider, make_volunteer
from tests.together import together
from tests.volunteers.orders_support import PHONE
from volunteers.models import Order, ServiceRecord
from volunteers.services.claims import TAKEN, order_claim, order_claim_as_volunteer
from volunteers.services.order_reviews import order_review_public
from volunteers.workflow.orders import ORDER_FLOW


def claim(order: Order, volunteer):
    return lambda: order_claim_as_volunteer(order=order, volunteer=volunteer)


def winners(results: list) -> list[Order]:
    return [result for result in results if isinstance(result, Order)]


@pytest.mark.slow
def test_forty_clients_on_eight_orders_give_eight_winners(race):
    orders = [race.open() for _ in range(8)]
    people = [make_volunteer(race.tree.community) for _ in range(40)]
    results = together(*(claim(orders[number % 8], person) for number, person in enumerate(people)))
    lost = [result for result in results if not isinstance(result, Order)]
    assert len(winners(results)) == 8
    assert {(type(error), error.message) for error in lost} == {(Conflict, TAKEN)}
    assert sorted(order.pk for order in winners(results)) == sorted(order.pk for order in orders)
    assert Event.objects.filter(kind="order.claimed").count() == 8
    rows = Order.objects.filter(state="claimed")
    assert rows.count() == len(set(rows.values_list("volunteer", flat=True))) == 8
    assert list(history.verify()) == []


@pytest.mark.slow
def test_one_volunteer_claims_many_at_once_and_gets_as_many_as_allowed(race):
    orders = [race.open() for _ in range(8)]
    results = together(*(claim(order, race.volunteer) for order in orders))
    refused = [result for result in results if isinstance(result, Refused)]
    assert (len(winners(results)), len(refused)) == (3, 5)
    assert all("最多同时接 3 单" in error.message for error in refused)
    assert Order.objects.filter(state="claimed").count() == 3


@pytest.mark.slow
def test_a_firm_and_volunteers_at_once(race):
    order = race.open()
    people = [make_volunteer(race.tree.community) for _ in range(7)]
    operator = race.user("provider")
    results = together(lambda: order_claim(order=order, actor=operator), *(claim(order, person) for person in people))
    assert len(winners(results)) == 1
    assert {error.message for error in results if not isinstance(error, Order)} == {TAKEN}


@pytest.mark.slow
def test_two_reviews_at_once_write_the_hours_once(race):
    order = race.done()
    results = together(*(lambda: order_review_public(order=order, stars=5) for _ in range(4)))
    assert len(winners(results)) == 1
    assert ServiceRecord.objects.count() == 1
    assert not connections["default"].in_atomic_block


@pytest.mark.django_db
class TestWhoMayClaim:
    def test_not_the_own_order_by_account_or_by_phone(self, desk):
        own = desk.open(ordered_by=desk.volunteer)
        with pytest.raises(Refused, match="不能接自己下的单"):
            order_claim_as_volunteer(order=own, volunteer=desk.volunteer)
        caller = make_volunteer(desk.tree.community, phone=PHONE)
        with pytest.raises(Refused, match="不能接自己下的单"):
            order_claim_as_volunteer(order=desk.open(), volunteer=caller)
        assert not Order.objects.filter(state="claimed").exists()
        order_claim_as_volunteer(order=own, volunteer=make_volunteer(desk.tree.other_community))

    @pytest.mark.parametrize("standing", ["waiting", "left", "erased"])
    def test_only_active_volunteers(self, desk, standing):
        volunteer = make_volunteer(desk.tree.community, state=standing)
        order = desk.open()
        with pytest.raises(Refused, match="还不是在册志愿者"):
            order_claim_as_volunteer(order=order, volunteer=volunteer)
        assert Order.objects.get(pk=order.pk).state == "open"

    def test_an_order_meant_for_a_firm_is_for_that_firm(self, desk):
        order = desk.act(desk.place(), "publish", "community_worker", provider=desk.firm)
        with pytest.raises(Refused, match="已指定由服务单位接单"):
            order_claim_as_volunteer(order=order, volunteer=desk.volunteer)
        other = make_user("provider", desk.tree.community)
        make_provider(desk.tree.community, other, name="别家物业")
        with pytest.raises(Http404):
            order_claim(order=order, actor=other)
        assert desk.act(order, "claim", "provider").provider == desk.firm

    def test_a_firm_sees_and_claims_the_pool_of_its_own_place(self, desk):
        near, far = desk.open(unit=desk.tree.grid), desk.open(unit=desk.tree.other_community)
        operator = desk.user("provider")
        assert set(Order.objects.visible_to(operator)) == {near}
        with pytest.raises(Http404):
            order_claim(order=far, actor=operator)
        assert order_claim(order=near, actor=operator).provider == desk.firm

    def test_who_comes_second_is_told_so(self, desk, party_member):
        order = desk.open(unit=desk.tree.grid)
        ORDER_FLOW.perform("claim", order, party_member)
        for late in (
            lambda: order_claim_as_volunteer(order=order, volunteer=desk.volunteer),
            lambda: order_claim(order=order, actor=desk.user("provider")),
        ):
            with pytest.raises(Conflict, match="刚刚被别人接走了"):
                late()

    def test_a_closed_firm_claims_nothing(self, desk):
        order = desk.open()
        type(desk.firm).objects.update(is_active=False)
        with pytest.raises(Http404):
            order_claim(order=order, actor=desk.user("provider"))

    def test_after_the_role_has_ended_nothing_is_seen(self, desk):
        order = desk.act(desk.place(), "assign", "community_worker", provider=desk.firm)
        user = desk.user("provider")
        RoleAssignment.objects.filter(user=user).update(last_day="2020-01-02")
        assert not Order.objects.visible_to(User.objects.get(pk=user.pk)).filter(pk=order.pk).exists()
