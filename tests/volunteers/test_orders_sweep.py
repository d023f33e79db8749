"""What nobody claims goes to the street, what is not done in time is told: each once, whatever dies meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Notification
from common import events as history
from common.models import Event
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.together import together
from volunteers.models import Order, Provider
from volunteers.services import order_chase
from volunteers.services.claims import order_claim_as_volunteer
from volunteers.services.order_chase import sweep

LATER = timedelta(days=9)


def told() -> list[tuple[str, str]]:
    rows = Notification.objects.order_by("pk").select_related("unit", "user")
    return [(str(row.unit or row.user.display_name), row.text.split("”")[1]) for row in rows]


@pytest.mark.django_db
class TestSweep:
    def test_unclaimed_in_time_goes_to_the_street_once_and_stays_open(self, desk):
        order = desk.open(unit=desk.tree.grid)
        assert sweep() == 0
        now = timezone.now() + LATER
        assert (sweep(now), sweep(now), sweep(now + LATER)) == (1, 0, 0)
        order = Order.objects.get(pk=order.pk)
        assert (order.state, order.raised_at) == ("open", now)
        assert told() == [("城墙街道", "无人接单，请街道协调。"), ("江湾社区", "超时无人接单，仍可接单。")]
        assert Event.objects.filter(kind="order.raised").count() == 1
        assert order_claim_as_volunteer(order=order, volunteer=desk.volunteer).state == "claimed"
        assert list(history.verify()) == []

    def test_raised_by_hand_first_the_street_is_told_once(self, desk):
        order = desk.act(desk.open(), "raise", "community_worker", note="没有会修的")
        assert told() == [("城墙街道", "无人接单，请街道协调。")]
        sweep(timezone.now() + LATER)
        assert told()[1:] == [("江湾社区", "超时无人接单，仍可接单。")]
        assert Event.objects.filter(kind="order.raised").count() == 1
        assert list(Order.objects.visible_to(desk.user("street_officer")).raised()) == [order]

    def test_a_provider_is_not_told_what_the_unit_is_told(self, desk):
        """It sits at the street, but does not work for it."""
        desk.open()
        sweep(timezone.now() + LATER)
        assert Notification.objects.visible_to(desk.user("street_officer")).count() == 1
        assert not Notification.objects.visible_to(desk.user("provider")).exists()

    def test_given_back_it_may_be_raised_again(self, desk):
        order = desk.open()
        sweep(timezone.now() + LATER)
        desk.act(order, "assign", "community_worker", provider=desk.firm)
        desk.act(order, "give_back", "provider", note="人手不够")
        assert sweep(timezone.now() + 2 * LATER) == 1
        assert [who for who, _ in told()] == ["城墙街道", "江湾社区"] * 2

    def test_where_the_rule_does_not_raise_only_the_community_is_told(self, desk):
        from common.models import Policy

        Policy.objects.filter(key="orders").delete()
        make_rules(orders={"raise_unclaimed": False})
        order = desk.open()
        sweep(timezone.now() + LATER)
        assert Order.objects.get(pk=order.pk).raised_at is None
        assert told() == [("江湾社区", "超时无人接单，仍可接单。")]

    def test_not_done_in_time_whoever_serves_and_the_community_are_told_once(self, desk):
        second = make_user("provider", desk.tree.community, display_name="周师傅")
        desk.firm.operators.add(second)
        order = desk.act(desk.place(), "assign", "community_worker", provider=desk.firm)
        now = timezone.now() + LATER
        assert (sweep(now), sweep(now)) == (1, 0)
        first = desk.user("provider").display_name
        assert sorted(who for who, _ in told()) == sorted([first, "周师傅", "江湾社区"])
        assert "已超过完成时限" in told()[0][1]
        order = Order.objects.get(pk=order.pk)
        assert (order.state, order.late_at) == ("claimed", now)
        desk.act(order, "reassign", "community_worker", volunteer_number=desk.volunteer.number)
        assert sweep(now + LATER) == 1

    def test_a_batch_that_dies_is_done_again_from_the_start(self, desk, monkeypatch):
        for _ in range(3):
            desk.open()
        now = timezone.now() + LATER
        with monkeypatch.context() as patch:
            patch.setattr(order_chase, "notify", lambda messages: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                sweep(now)
        assert (Notification.objects.count(), Event.objects.filter(kind="order.raised").count()) == (0, 0)
        assert (sweep(now, batch=2), Notification.objects.count()) == (3, 6)

    def test_many_are_noted_with_few_statements_each(self, desk, django_assert_max_num_queries):
        for _ in range(5):
            desk.open()
        with django_assert_max_num_queries(5 * 3 + 8):
            sweep(timezone.now() + LATER)


@pytest.mark.slow
def test_two_workers_at_once_tell_once(race):
    for _ in range(6):
        race.open()
    now = timezone.now() + LATER
    noted = together(*(lambda: sweep(now) for _ in range(3)))
    assert sum(noted) == 6
    assert Notification.objects.count() == 12
    assert Event.objects.filter(kind="order.raised").count() == 6
    assert not connection.in_atomic_block
    assert Provider.objects.count() == 1
