"""The loop of an order: placed, dispatched, claimed, done, reviewed; and every way out of it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.models import Event, NumberSeries
from tests.factories.accounts import make_user
from tests.factories.volunteers import make_menu_item, make_provider, make_volunteer
from tests.volunteers.orders_support import PHONE, earlier, moment, served
from volunteers.choices import OrderState, RecordSource
from volunteers.models import Account, Order, OrderPerson, ServiceRecord
from volunteers.services.claims import order_claim_as_volunteer, order_done_as_volunteer, order_give_back_as_volunteer
from volunteers.services.order_personal import order_reveal, order_reveal_as_volunteer
from volunteers.services.order_retention import forget_persons
from volunteers.services.order_reviews import (
    order_by_code,
    order_progress,
    order_review_public,
    order_withdraw_public,
)
from volunteers.services.orders import order_place, order_place_public
from volunteers.workflow.orders import ORDER_FLOW

pytestmark = pytest.mark.django_db


def state(order: Order) -> str:
    return Order.objects.values_list("state", flat=True).get(pk=order.pk)


class TestPlacing:
    def test_a_resident_orders_without_account(self, desk):
        with time_machine.travel(moment("2026-11-02 09:00"), tick=False):
            placed = order_place_public(
                source="10.0.0.1", unit=desk.tree.community, title="修水龙头", phone="139 0000 0001", name="王建国"
            )
        order = placed.order
        assert (order.number, order.state, order.kind) == ("DD2206052026000001", "submitted", "service")
        assert (order.theme, order.policy.key, len(placed.code)) == ("convenience", "orders", 10)
        person = OrderPerson.objects.get(order=order)
        assert (person.name, person.phone) == ("王建国", PHONE)
        assert list(history.verify()) == []

    def test_numbers_run_without_gaps_and_start_again_each_year(self, desk):
        with time_machine.travel(moment("2026-12-31 23:00"), tick=False):
            first = desk.place()
            with transaction.atomic():
                desk.place()
                transaction.set_rollback(True)
            second = desk.place()
        with time_machine.travel(moment("2027-01-01 08:00"), tick=False):
            third = desk.place()
        assert [order.number[-10:] for order in (first, second, third)] == ["2026000001", "2026000002", "2027000001"]
        assert NumberSeries.objects.get(key="order:220605:2026").last == 2

    def test_a_form_sent_twice_places_one_order_and_shows_the_same_code(self, desk):
        key = uuid.uuid4()
        placed = [
            order_place_public(source="a", unit=desk.tree.community, title="修灯", phone=PHONE, request_key=key)
            for _ in range(2)
        ]
        assert [row.repeated for row in placed] == [False, True]
        assert placed[0].code == placed[1].code
        assert Order.objects.count() == 1
        assert NumberSeries.objects.get(key__startswith="order:").last == 1

    def test_a_resident_leaves_a_phone_and_orders_only_what_is_offered(self, desk):
        item = make_menu_item(desk.tree.other_community)
        asked = {"source": "a", "unit": desk.tree.community, "title": "修灯"}
        for values, words in (
            ({"phone": ""}, "请填写电话"),
            ({"phone": "12"}, "电话号码不正确"),
            ({"phone": PHONE, "kind": "project"}, "请联系所在社区登记"),
            ({"phone": PHONE, "menu_item": item}, "不为这个社区服务"),
            ({"phone": PHONE, "wanted_on": timezone.localdate() - timedelta(days=1)}, "不能早于今天"),
            ({"phone": PHONE, "text": "x" * 1001}, "最多 1000 字"),
        ):
            with pytest.raises(Invalid, match=words):
                order_place_public(**asked, **values)
        assert not Order.objects.exists()

    def test_too_many_orders_from_one_place_are_stopped(self, desk):
        for number in range(20):
            order_place_public(source="10.0.0.9", unit=desk.tree.community, title=f"修灯{number}", phone=PHONE)
        with pytest.raises(Exception, match="下单太多") as caught:
            order_place_public(source="10.0.0.9", unit=desk.tree.community, title="修灯", phone=PHONE)
        assert caught.value.status == 429
        assert Order.objects.count() == 20

    def test_a_grid_worker_reports_for_the_own_grid_only(self, desk):
        worker = desk.user("grid_worker")
        order = order_place(actor=worker, unit=desk.tree.grid, title="独居老人买药", kind="report").order
        assert (order.registered_by, order.kind) == (worker, "report")
        for unit, kind, words in (
            (desk.tree.other_grid, "report", "不能为“新建第一网格”登记订单"),
            (desk.tree.grid, "service", "网格报单只能登记"),
        ):
            with pytest.raises(Refused, match=words):
                order_place(actor=worker, unit=unit, title="买药", kind=kind)
        assert Order.objects.count() == 1

    def test_a_building_chief_sees_the_orders_they_reported_and_no_others(self, desk):
        chief = desk.user("building_chief")
        own = order_place(actor=chief, unit=desk.tree.group, title="扶梯松动", kind="report").order
        desk.place(unit=desk.tree.group)
        assert list(Order.objects.visible_to(chief)) == [own]


class TestDispatching:
    def test_to_the_pool_with_the_limit_of_the_rule_or_another(self, desk):
        with time_machine.travel(moment("2026-11-02 09:00"), tick=False):
            plain = desk.open()
            short = desk.act(desk.place(), "publish", "community_worker", limit="4h")
        assert (plain.state, plain.claim_due_at) == ("open", moment("2026-11-04 17:00"))
        assert short.claim_due_at == moment("2026-11-02 13:00")

    def test_the_limit_stays_that_of_the_version_in_force_when_it_was_placed(self, desk):
        from common import policies
        from common.models import Policy

        with time_machine.travel(moment("2026-11-02 09:00"), tick=False):
            old = desk.place()
        row = Policy.objects.get(key="orders")
        data = {
            **row.data,
            "limits": {**row.data["limits"], "service": {"claim": "1h", "finish": "2h", "claimers": []}},
        }
        Policy.objects.create(key="orders", valid_from="2026-11-03", data=data)
        policies.forget()
        with time_machine.travel(moment("2026-11-03 09:00"), tick=False):
            dues = [desk.act(order, "publish", "community_worker").claim_due_at for order in (old, desk.place())]
        assert dues == [moment("2026-11-05 17:00"), moment("2026-11-03 10:00")]

    def test_straight_to_a_provider_or_a_volunteer(self, desk):
        with time_machine.travel(moment("2026-11-02 09:00"), tick=False):
            by_firm = desk.act(desk.place(), "assign", "community_worker", provider=desk.firm)
            number = desk.volunteer.number
            by_person = desk.act(desk.place(), "assign", "community_worker", volunteer_number=number)
        assert (by_firm.state, by_firm.provider, by_firm.volunteer) == ("claimed", desk.firm, None)
        assert (by_person.volunteer, by_person.finish_due_at) == (
            desk.volunteer,
            moment("2026-11-09 17:00"),
        )  # the 7th is a Saturday

    def test_one_server_and_a_real_one(self, desk):
        order = desk.place()
        gone = make_volunteer(desk.tree.community, state="left")
        own = make_volunteer(desk.tree.community, phone=PHONE)
        for data, error, words in (
            ({}, Invalid, "只选一个"),
            ({"provider": desk.firm, "volunteer_number": desk.volunteer.number}, Invalid, "只选一个"),
            ({"volunteer_number": "T404"}, Invalid, "没有编号为“T404”"),
            ({"volunteer_number": gone.number}, Invalid, "在册志愿者"),
            ({"volunteer_number": own.number}, Refused, "不能接自己下的单"),
        ):
            with pytest.raises(error, match=words):
                desk.act(order, "assign", "community_worker", **data)
        assert state(order) == "submitted"

    def test_only_the_community_of_the_place_dispatches(self, desk):
        order = desk.place()
        with pytest.raises(Http404):
            ORDER_FLOW.perform("publish", order, make_user("community_worker", desk.tree.sister_community))
        in_grid = desk.place(unit=desk.tree.grid)
        with pytest.raises(Refused, match="没有“派单”的权限"):
            desk.act(in_grid, "publish", "grid_worker")
        assert {state(order), state(in_grid)} == {"submitted"}

    def test_a_property_order_goes_straight_to_the_firm(self, desk):
        item = make_menu_item(desk.tree.community, "楼道灯维修", kind="property", provider=desk.firm)
        order = order_place_public(source="a", unit=desk.tree.community, phone=PHONE, menu_item=item).order
        assert (order.state, order.kind, order.provider, order.title) == ("open", "property", desk.firm, "楼道灯维修")
        assert order.claim_due_at == order.dispatched_at + timedelta(hours=4)

    def test_refused_and_withdrawn(self, desk):
        refused = desk.act(desk.place(), "refuse", "community_worker", reason="paid", note="请找开锁公司")
        withdrawn = desk.act(desk.open(), "withdraw", "community_worker", note="家人已修好")
        assert (refused.state, withdrawn.state) == ("refused", "withdrawn")
        with pytest.raises(Conflict, match="当前状态为“未受理”"):
            desk.act(refused, "publish", "community_worker")


class TestServing:
    def test_given_back_it_is_open_again_with_a_fresh_limit(self, desk):
        order = desk.claimed()
        Order.objects.filter(pk=order.pk).update(raised_at=timezone.now())
        order_give_back_as_volunteer(order=order, volunteer=desk.volunteer, note="临时出差")
        order = Order.objects.get(pk=order.pk)
        assert (order.state, order.volunteer, order.claimed_at, order.raised_at) == ("open", None, None, None)
        assert order.claim_due_at > timezone.now() + timedelta(days=1)
        assert history.timeline(order)[0].data["note"] == "临时出差"

    def test_nobody_gives_back_or_finishes_what_another_has_taken(self, desk):
        order, other = desk.claimed(), make_volunteer(desk.tree.community)
        with pytest.raises(Http404):
            order_give_back_as_volunteer(order=order, volunteer=other, note="不去了")
        with pytest.raises(Http404):
            order_done_as_volunteer(order=order, volunteer=other, **served())
        with pytest.raises(Http404):
            desk.act(order, "done", "provider", **served())
        assert state(order) == "claimed"

    def test_done_by_the_volunteer_waits_for_confirmation(self, desk):
        """志愿服务记录与证明出具办法: hours are confirmed by the organiser, never by oneself."""
        order = desk.done()
        assert (order.state, order.hours, order.confirmed_at) == ("done", Decimal("1.5"), None)
        assert not ServiceRecord.objects.exists()
        confirmed = desk.act(order, "confirm", "community_worker")
        record = ServiceRecord.objects.get()
        assert (record.hours, record.source, record.theme, record.order) == (
            Decimal("1.50"), RecordSource.ORDER, "convenience", confirmed,
        )  # fmt: skip
        assert Account.objects.get(volunteer=desk.volunteer).balance == Decimal("1.50")
        with pytest.raises(Refused, match="已经确认过"):
            desk.act(order, "confirm", "community_worker")
        assert ServiceRecord.objects.count() == 1

    def test_entered_by_the_community_the_hours_count_at_once(self, desk):
        order = desk.act(desk.claimed(), "complete", "community_worker", **served("2"))
        assert order.confirmed_at is not None
        assert ServiceRecord.objects.get().hours == Decimal("2.00")

    def test_hours_that_overlap_another_service_undo_the_whole_step(self, desk):
        desk.act(desk.claimed(), "complete", "community_worker", **served("2"))
        order = desk.claimed()
        with pytest.raises(Conflict, match="时间不能重叠"):
            desk.act(order, "complete", "community_worker", **served("1", ago=1.5))
        assert (state(order), ServiceRecord.objects.count()) == ("claimed", 1)

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (served("3", ago=2), "还没有结束"),
            (served("25", ago=2), "不超过 24 小时"),
            (served("0", ago=2), "大于 0"),
            (served("1", ago=30), "不能早于接单时间"),
            (served(result=" "), "请填写服务情况"),
        ],
    )
    def test_impossible_times(self, desk, data, words):
        order = desk.claimed()
        with pytest.raises(Invalid, match=words):
            order_done_as_volunteer(order=order, volunteer=desk.volunteer, **data)
        assert state(order) == "claimed"

    def test_the_firm_accepts_and_finishes_without_volunteer_hours(self, desk):
        with earlier():
            order = desk.act(desk.place(), "publish", "community_worker", provider=desk.firm)
            order = desk.act(order, "claim", "provider")
        order = desk.act(order, "done", "provider", **served())
        assert (order.state, order.provider, ServiceRecord.objects.count()) == ("done", desk.firm, 0)
        with pytest.raises(Refused, match="不计志愿服务时长"):
            desk.act(order, "confirm", "community_worker")

    def test_reassigned_and_taken_back(self, desk):
        order = desk.act(desk.claimed(), "reassign", "community_worker", provider=desk.firm)
        assert (order.state, order.volunteer, order.provider) == ("claimed", None, desk.firm)
        order = desk.act(order, "take_back", "community_worker", note="联系不上")
        assert (order.state, order.provider) == ("open", None)

    def test_an_account_linked_to_a_volunteer_claims_as_that_volunteer(self, desk, party_member):
        order = desk.open(unit=desk.tree.grid)
        order = ORDER_FLOW.perform("claim", order, party_member)
        assert order.volunteer.user == party_member
        with pytest.raises(Refused, match="没有关联服务单位，也没有关联志愿者"):
            desk.act(desk.open(unit=desk.tree.grid), "claim", "grid_worker")


class TestReviewing:
    def test_good_stars_of_the_orderer_confirm_the_hours(self, desk):
        order = order_review_public(order=desk.done(), stars="5", note="很快就修好了")
        assert (order.state, order.stars, order.confirmed_at is None) == ("reviewed", 5, False)
        assert ServiceRecord.objects.get().hours == Decimal("1.50")

    def test_bad_stars_leave_them_to_the_community(self, desk):
        order = order_review_public(order=desk.done(), stars=2, note="没修好")
        assert (order.state, order.confirmed_at, ServiceRecord.objects.count()) == ("reviewed", None, 0)
        assert desk.act(order, "confirm", "community_worker", hours=Decimal("0.5")).hours == Decimal("0.5")
        assert ServiceRecord.objects.get().hours == Decimal("0.50")

    def test_stars_are_one_to_five_and_given_once(self, desk):
        order = desk.done()
        for stars in (0, 6, "", "x", None):
            with pytest.raises(Invalid, match="1 至 5 星"):
                order_review_public(order=order, stars=stars)
        order_review_public(order=order, stars=4)
        with pytest.raises(Conflict):
            order_review_public(order=order, stars=1)
        assert Order.objects.get(pk=order.pk).stars == 4

    def test_the_community_enters_the_review_after_a_call(self, desk):
        assert desk.act(desk.done(), "review", "community_worker", stars="3", note="还行").stars == 3

    def test_what_was_not_done_goes_back(self, desk):
        order = desk.act(desk.done(), "return", "community_worker", note="下单人说没来")
        assert (order.state, order.volunteer, order.hours, order.done_at) == ("claimed", desk.volunteer, None, None)
        assert not ServiceRecord.objects.exists()

    def test_what_was_confirmed_does_not_go_back(self, desk):
        order = desk.act(desk.done(), "confirm", "community_worker")
        with pytest.raises(Refused, match="时长已经确认"):
            desk.act(order, "return", "community_worker", note="下单人说没来")
        assert state(order) == "done"

    def test_number_and_code_open_it_and_show_no_person(self, desk):
        placed = order_place_public(source="a", unit=desk.tree.community, title="修灯", phone=PHONE, name="王建国")
        order = desk.act(placed.order, "assign", "community_worker", volunteer_number=desk.volunteer.number)
        found = order_by_code(source="b", number=placed.order.number.lower(), code=placed.code)
        shown = str(order_progress(found).entries)
        assert found == order
        assert "王建国" not in shown
        assert "张晓明" not in shown
        assert desk.volunteer.number in shown

    def test_guessing_is_stopped(self, desk):
        placed = order_place_public(source="a", unit=desk.tree.community, title="修灯", phone=PHONE)
        for _ in range(10):
            with pytest.raises(Invalid, match="不正确"):
                order_by_code(source="b", number=placed.order.number, code="AAAAAAAAAA")
        with pytest.raises(Exception, match="15 分钟后再试"):
            order_by_code(source="b", number=placed.order.number, code=placed.code)
        assert order_by_code(source="c", number=placed.order.number, code=placed.code) == placed.order

    def test_the_orderer_withdraws_until_somebody_comes(self, desk):
        assert order_withdraw_public(order=desk.open()).state == "withdrawn"
        order = desk.claimed()
        with pytest.raises(Invalid, match="已经有人接单"):
            order_withdraw_public(order=order)
        assert state(order) == "claimed"


class TestPersonalData:
    def test_whoever_serves_sees_it_while_the_order_is_theirs(self, desk):
        order = desk.claimed()
        reveal = {"order": order, "volunteer": desk.volunteer, "field": "phone", "reason": "上门前联系"}
        assert order_reveal_as_volunteer(**reveal) == PHONE
        event = Event.objects.get(kind="order.revealed")
        assert event.data == {"by": f"志愿者 {desk.volunteer.number}", "field": "电话", "reason": "上门前联系"}
        with pytest.raises(Invalid, match="请写明理由"):
            order_reveal_as_volunteer(**{**reveal, "reason": ""})
        with pytest.raises(Http404):
            order_reveal_as_volunteer(**{**reveal, "volunteer": make_volunteer(desk.tree.community)})
        order_done_as_volunteer(order=order, volunteer=desk.volunteer, **served())
        with pytest.raises(Refused, match="完成后不再显示"):
            order_reveal_as_volunteer(**reveal)
        assert Event.objects.filter(kind="order.revealed").count() == 1

    def test_a_firm_sees_it_after_it_has_accepted(self, desk):
        order = desk.act(desk.place(), "publish", "community_worker", provider=desk.firm)
        asked = {"actor": desk.user("provider"), "field": "address", "reason": "上门维修"}
        with pytest.raises(Refused, match="接单以后才能查看"):
            order_reveal(order=order, **asked)
        order = desk.act(order, "claim", "provider")
        assert order_reveal(order=order, **asked) == "江湾社区3号楼2单元101"
        other = make_user("provider", desk.tree.community)
        make_provider(desk.tree.community, other, name="别家物业")
        with pytest.raises(Http404):
            order_reveal(order=order, **{**asked, "actor": other})

    def test_the_community_sees_it_and_a_grid_worker_does_not(self, desk):
        order = desk.place(unit=desk.tree.grid)
        asked = {"order": order, "field": "name", "reason": "核实情况"}
        assert order_reveal(actor=desk.user("community_worker"), **asked) == "王建国"
        with pytest.raises(Refused, match="接单以后才能查看"):
            order_reveal(actor=desk.user("grid_worker"), **asked)


def test_personal_data_go_a_year_after_the_end(desk):
    """“完成后一年删除” is what the resident was told."""
    now = timezone.now()
    done, waiting = desk.done(), desk.open()
    refused = desk.act(desk.place(), "refuse", "community_worker", reason="other", note="不属于志愿服务")
    assert forget_persons(now + timedelta(days=364)) == 0
    assert (forget_persons(now + timedelta(days=366)), forget_persons(now + timedelta(days=366))) == (2, 0)
    kept = {order.pk: OrderPerson.objects.get(order=order).phone for order in (done, waiting, refused)}
    assert kept == {done.pk: "", waiting.pk: PHONE, refused.pk: ""}
    assert list(history.verify()) == []


def test_every_history_holds_after_a_whole_loop(desk):
    order_review_public(order=desk.done(), stars=5)
    desk.act(desk.claimed(), "take_back", "community_worker", note="换人")
    assert list(history.verify()) == []
    assert Order.objects.filter(state=OrderState.REVIEWED).count() == 1


def test_claim_on_the_own_page_needs_an_open_order(desk):
    with pytest.raises(Conflict):
        order_claim_as_volunteer(order=desk.place(), volunteer=desk.volunteer)
