"""Each district runs its own order rules, from its own profile (domain §3)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from common import profile
from common.errors import Conflict, Invalid, Refused
from common.reporting import Rate
from grid.choices import Level
from tests.factories.accounts import make_assignment, make_user
from tests.factories.grid import make_unit
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_menu_item, make_programme, make_provider, make_volunteer
from tests.volunteers.orders_support import PHONE, Desk, moment
from volunteers.models import Order, Provider, VisitDuty
from volunteers.rules import order_rule
from volunteers.selectors.orders import kind_figures
from volunteers.selectors.providers import completion, completion_by_month
from volunteers.services.claims import order_claim_as_volunteer
from volunteers.services.order_chase import sweep
from volunteers.services.orders import order_place, order_place_public
from volunteers.services.providers import plan_visits, visit_duty_agree
from volunteers.workflow.orders import ORDER_FLOW

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


@pytest.fixture
def district(tree, staff):
    """``district("guye")`` is a desk under the rules of that profile."""

    def under(name: str) -> Desk:
        make_rules(name)
        make_programme()
        return Desk(tree, staff, make_provider(tree.community, staff["provider"]), make_volunteer(tree.community))

    return under


@pytest.mark.parametrize("name", ["guye", "zunhua", "tonghua", "jiaohe"])
def test_limits_that_were_not_published_are_marked_as_demo(name):
    assert profile.load(name).policies()["orders"]["demo"] is True


class TestGuye:
    """清单式、订单式: residents order, the community dispatches, members claim; 64 units visit 84 communities."""

    def test_members_and_units_claim_and_others_do_not(self, district):
        desk = district("guye")
        item = make_menu_item(desk.tree.community)
        placed = order_place_public(source="a", unit=desk.tree.community, phone=PHONE, menu_item=item)
        order = desk.act(placed.order, "publish", "community_worker")
        with pytest.raises(Refused, match="由党员志愿者、服务单位接单"):
            order_claim_as_volunteer(order=order, volunteer=desk.volunteer)
        member = make_volunteer(desk.tree.community, group="party_member")
        assert order_claim_as_volunteer(order=order, volunteer=member).volunteer == member
        assert desk.act(desk.open(), "claim", "provider").provider == desk.firm

    def test_64_units_in_57_groups_visit_84_communities_once_a_quarter(self, district):
        desk = district("guye")
        officer = desk.user("district_officer")
        street = make_unit("古冶街道", parent=desk.tree.district)
        communities = [make_unit(f"社区{number}", parent=street) for number in range(84)]
        for number in range(64):
            group = f"第{number % 57 + 1}组"
            make_provider(desk.tree.district, name=f"共建单位{number}", kind="co_building_unit", visit_group=group)
        for number, community in enumerate(communities):
            visit_duty_agree(actor=officer, unit=community, group=f"第{number % 57 + 1}组")
        units = Provider.objects.exclude(visit_group="")
        assert (units.count(), len(set(units.values_list("visit_group", flat=True)))) == (64, 57)
        with time_machine.travel(moment("2026-10-08 09:00"), tick=False):
            assert (plan_visits(date(2026, 10, 8)), plan_visits(date(2026, 12, 31))) == (84, 0)
        with time_machine.travel(moment("2027-01-04 09:00"), tick=False):
            assert plan_visits(date(2027, 1, 4)) == 84
        first = Order.objects.filter(title="2026 年第 4 季度包联走访")
        assert (first.count(), first.values("unit").distinct().count(), VisitDuty.objects.count()) == (84, 84, 84)
        assert set(first.values_list("state", "kind")) == {("open", "project")}

    def test_a_visit_is_taken_by_a_unit_of_the_group_and_nobody_else(self, district):
        desk = district("guye")
        operator = make_user("provider", desk.tree.district)
        unit = make_provider(
            desk.tree.district, operator, name="区税务局", kind="co_building_unit", visit_group="第1组"
        )
        visit_duty_agree(actor=desk.user("district_officer"), unit=desk.tree.community, group="第1组")
        plan_visits(timezone.localdate())
        order = Order.objects.get()
        with pytest.raises(Refused, match="已指定由服务单位接单"):
            order_claim_as_volunteer(order=order, volunteer=make_volunteer(desk.tree.community, group="party_member"))
        assert not Order.objects.visible_to(desk.user("provider")).exists()
        assert ORDER_FLOW.perform("claim", order, operator).provider == unit

    def test_a_community_has_one_group_and_the_group_has_units(self, district):
        desk = district("guye")
        officer = desk.user("district_officer")
        with pytest.raises(Invalid, match="没有服务单位属于“第9组”"):
            visit_duty_agree(actor=officer, unit=desk.tree.community, group="第9组")
        make_provider(desk.tree.district, name="区税务局", visit_group="第1组")
        visit_duty_agree(actor=officer, unit=desk.tree.community, group="第1组")
        with pytest.raises(Conflict, match="已有包联组"):
            visit_duty_agree(actor=officer, unit=desk.tree.community, group="第1组")
        with pytest.raises(Invalid, match="请选择社区"):
            visit_duty_agree(actor=officer, unit=desk.tree.street, group="第1组")
        assert VisitDuty.objects.count() == 1


def test_zunhua_from_the_grids_report_to_the_volunteers_claim(district):
    """群众点单–网格报单–社区派单–志愿者抢单."""
    desk = district("zunhua")
    report = order_place(actor=desk.user("grid_worker"), unit=desk.tree.grid, title="独居老人买药", kind="report").order
    with time_machine.travel(moment("2026-11-24 09:00"), tick=False):
        order = desk.act(report, "publish", "community_worker")
    assert order.claim_due_at == moment("2026-11-24 13:00")
    assert not Order.objects.visible_to(desk.user("provider")).filter(volunteer=None, provider=desk.firm).exists()
    with pytest.raises(Refused, match="由志愿者接单"):
        desk.act(order, "claim", "provider")
    assert order_claim_as_volunteer(order=order, volunteer=desk.volunteer).state == "claimed"
    order_claim_as_volunteer(order=desk.open(), volunteer=desk.volunteer)
    with pytest.raises(Refused, match="最多同时接 2 单"):
        order_claim_as_volunteer(order=desk.open(), volunteer=desk.volunteer)
    sweep(timezone.now() + timedelta(days=9))
    assert Order.objects.raised().count() == 1


class TestTonghua:
    def test_wishes_are_claimed_by_party_members(self, district):
        desk = district("tonghua")
        with time_machine.travel(moment("2026-11-24 09:00"), tick=False):
            wish = desk.open(kind="wish", title="一套轮椅")
        assert wish.claim_due_at.date() == date(2026, 12, 4)
        with pytest.raises(Refused, match="本类订单由党员志愿者接单"):
            order_claim_as_volunteer(order=wish, volunteer=desk.volunteer)
        member = make_volunteer(desk.tree.community, group="party_member")
        assert order_claim_as_volunteer(order=wish, volunteer=member).state == "claimed"
        assert order_claim_as_volunteer(order=desk.open(), volunteer=desk.volunteer).state == "claimed"

    def test_1658_wishes(self, district):
        """Published: party members claimed 1,658 wishes."""
        desk = district("tonghua")
        policy, now = order_rule(TODAY).policy, timezone.now()
        members = [make_volunteer(desk.tree.community, group="party_member") for _ in range(20)]
        Order.objects.bulk_create(
            Order(number=f"W{number}", kind="wish", unit=desk.tree.community, title="微心愿", state="claimed",
                  volunteer=members[number % 20], policy=policy, submitted_at=now, claimed_at=now)
            for number in range(1658)
        )  # fmt: skip
        desk.open(kind="wish")
        (figures,) = kind_figures(Order.objects.visible_to(desk.user("district_officer")))
        assert (figures.label, figures.placed, figures.taken, figures.done) == ("微心愿", 1659, 1658, 0)


def test_jiaohe_property_orders_go_straight_to_the_firm_and_its_figures_are_shown(district):
    """物业服务直通车: claimed in time, done in time, stars, by month."""
    desk = district("jiaohe")
    item = make_menu_item(desk.tree.community, "水管疏通", kind="property", provider=desk.firm)
    ask = {"source": "a", "unit": desk.tree.community, "phone": PHONE, "menu_item": item}
    with time_machine.travel(moment("2026-11-02 09:00"), tick=False) as clock:
        prompt, slow = (order_place_public(**ask).order for _ in range(2))
        assert prompt.claim_due_at == moment("2026-11-02 11:00")
        with pytest.raises(Refused, match="已指定由服务单位接单"):
            order_claim_as_volunteer(order=prompt, volunteer=desk.volunteer)
        clock.move_to(moment("2026-11-02 10:00"))
        desk.act(prompt, "claim", "provider")
        clock.move_to(moment("2026-11-02 12:00"))
        desk.act(slow, "claim", "provider")
        done = {
            "day": date(2026, 11, 2),
            "start": moment("2026-11-02 12:30").time(),
            "hours": Decimal(1),
            "result": "已疏通",
        }
        clock.move_to(moment("2026-11-02 15:00"))
        desk.act(prompt, "done", "provider", **done)
        desk.act(prompt, "review", "community_worker", stars=4)
        clock.move_to(moment("2026-11-20 15:00"))
        desk.act(slow, "done", "provider", **done)
        clock.move_to(moment("2026-12-01 09:00"))
        desk.act(order_place_public(**ask).order, "claim", "provider")
    total = completion(desk.firm.orders.all())
    assert (total.taken, total.done, total.claimed_in_time, total.done_in_time) == (3, 2, Rate(2, 3), Rate(1, 2))
    assert (str(total.claimed_in_time), total.stars, total.reviews) == ("66.67%", Decimal("4.00"), 1)
    months = completion_by_month(desk.firm.orders.all())
    assert [(row.label, row.taken, row.done) for row in months] == [("2026-12", 1, 0), ("2026-11", 2, 2)]
    assert desk.firm.unit.level == Level.COMMUNITY


def test_an_operator_with_two_firms_claims_for_the_one_it_is_meant_for(district):
    desk = district("jiaohe")
    user = make_user("provider", desk.tree.community)
    make_assignment(user, "grid_worker", desk.tree.grid)
    make_provider(desk.tree.community, user, name="甲物业")
    second = make_provider(desk.tree.community, user, name="乙物业")
    order = desk.act(desk.place(kind="property"), "publish", "community_worker", provider=second)
    assert ORDER_FLOW.perform("claim", order, user).provider == second
