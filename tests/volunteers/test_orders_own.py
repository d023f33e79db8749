"""A resident's pages: order on the phone, follow and review by code; a volunteer's own orders."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.volunteers import make_menu_item, make_volunteer
from tests.volunteers.orders_support import PHONE, earlier, served
from tests.volunteers.own_support import phone_of
from volunteers.models import Order, ServiceRecord
from volunteers.services.claims import order_done_as_volunteer

pytestmark = pytest.mark.django_db


def url(name: str, *args) -> str:
    return reverse(f"volunteers:{name}", args=args)


@pytest.fixture
def resident(desk) -> Client:
    return Client()


@pytest.fixture
def mine(desk) -> Client:
    return phone_of(desk.volunteer)


def order_form(**changes) -> dict[str, str]:
    return {"title": "修水龙头", "kind": "service", "name": "王建国", "phone": PHONE, "address": "3号楼", "consent": "on",
            **changes}  # fmt: skip


class TestResident:
    def place(self, desk, client, **changes) -> tuple[str, str]:
        page = client.post(url("public-order") + f"?community={desk.tree.community.pk}", order_form(**changes))
        assert page.url == url("public-placed"), page.content.decode()
        text = client.get(page.url).content.decode()
        return re.search(r"DD\d{16}", text).group(), re.search(r"go-code\">(\w{10})<", text).group(1)

    def test_first_the_community_then_the_service(self, desk, resident):
        assert "江湾社区" in resident.get(url("public-order")).content.decode()
        assert resident.post(url("public-order"), order_form()).status_code == 200
        assert not Order.objects.exists()

    def test_from_the_list_or_in_own_words(self, desk, resident):
        item = make_menu_item(desk.tree.community, "法律咨询", theme="safety")
        self.place(desk, resident, menu_item=item.pk, title="")
        number, _ = self.place(desk, resident)
        first, second = Order.objects.order_by("pk")
        assert (first.title, first.theme, first.menu_item) == ("法律咨询", "safety", item)
        assert (second.title, second.number, second.menu_item) == ("修水龙头", number, None)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"title": ""}, "请从清单选择，或写明需要什么"),
            ({"consent": ""}, "请先同意个人信息的使用方式"),
            ({"phone": ""}, "请填写电话"),
            ({"phone": "123"}, "电话号码不正确"),
            ({"kind": "care"}, "选择一个有效的选项"),
        ],
    )
    def test_what_is_missing_is_said(self, desk, resident, changes, words):
        page = resident.post(url("public-order") + f"?community={desk.tree.community.pk}", order_form(**changes))
        assert page.status_code == 400
        assert words in page.content.decode()
        assert not Order.objects.exists()

    def test_a_program_learns_nothing(self, desk, resident):
        page = resident.post(url("public-order") + f"?community={desk.tree.community.pk}", order_form(website="x"))
        assert page.status_code == 302
        assert not Order.objects.exists()

    def test_follow_review_and_nothing_of_others(self, desk, resident):
        number, code = self.place(desk, resident)
        asked = {"number": number, "code": code.lower()}
        assert "已收到，等社区派单" in resident.post(url("public-order-query"), asked).content.decode()
        order = Order.objects.get()
        with earlier():
            desk.act(order, "assign", "district_officer", volunteer_number=desk.volunteer.number)
        order_done_as_volunteer(order=order, volunteer=desk.volunteer, **served())
        page = resident.post(url("public-order-query"), asked)
        assert "服务已完成，请您评价" in page.content.decode()
        wrong = resident.post(url("public-order-query"), {**asked, "do": "review", "stars": "9"})
        assert wrong.status_code == 400
        page = resident.post(url("public-order-query"), {**asked, "do": "review", "stars": "5", "note": "很好"})
        assert "谢谢您的评价" in page.content.decode()
        assert "gw-alert-title" not in page.content.decode()  # the order's title is not the message's
        order.refresh_from_db()
        assert (order.state, order.stars) == ("reviewed", 5)
        assert ServiceRecord.objects.count() == 1
        assert "王建国" not in page.content.decode()

    def test_withdrawn_by_the_orderer(self, desk, resident):
        number, code = self.place(desk, resident)
        page = resident.post(url("public-order-query"), {"number": number, "code": code, "do": "withdraw"})
        assert "已撤回" in page.content.decode()
        assert Order.objects.get().state == "withdrawn"

    def test_a_wrong_code_says_nothing(self, desk, resident):
        number, _ = self.place(desk, resident)
        page = resident.post(url("public-order-query"), {"number": number, "code": "AAAAAAAAAA"})
        assert page.status_code == 400
        assert "修水龙头" not in page.content.decode()


class TestVolunteer:
    def test_strangers_are_asked_for_the_code(self, desk, resident):
        order = desk.open()
        for name in ("own-orders", "own-order", "own-order-done"):
            args = () if name == "own-orders" else (order.pk,)
            assert resident.get(url(name, *args)).status_code == 302
        assert resident.post(url("own-order-claim", order.pk)).status_code == 302
        assert Order.objects.get().state == "open"

    def test_near_orders_come_first_and_what_may_not_be_claimed_is_not_shown(self, desk, mine):
        far = desk.open(unit=desk.tree.other_community, title="远处")
        street = desk.open(unit=desk.tree.sister_community, title="本街道")
        near = desk.open(unit=desk.tree.grid, title="本社区")
        desk.open(ordered_by=desk.volunteer, title="自己的")
        desk.act(desk.place(kind="property"), "publish", "community_worker")
        lines = mine.get(url("own-orders")).context["near"]
        assert [line["order"] for line in lines] == [near, street, far]

    def test_claim_reveal_done_and_the_hours_wait(self, desk, mine):
        opened = desk.open()
        assert mine.post(url("own-order-claim", opened.pk)).url == url("own-order", opened.pk)
        assert Order.objects.get(pk=opened.pk).volunteer == desk.volunteer
        order = desk.claimed()
        page = mine.get(url("own-order", order.pk))
        assert page.context["held"]
        answer = mine.post(url("own-order-reveal", order.pk, "phone"), {"reason": "上门前联系"}, HTTP_HX_REQUEST="true")
        assert PHONE in answer.content.decode()
        done = served()
        form = {"day": done["day"], "start": f"{done['start']:%H:%M}", "hours": "1.5", "result": "已修好"}
        assert mine.post(url("own-order-done", order.pk), form).status_code == 302
        assert "时长待确认" in mine.get(url("own-orders")).content.decode()
        assert (Order.objects.get(pk=order.pk).state, ServiceRecord.objects.count()) == ("done", 0)

    def test_give_back_needs_a_reason(self, desk, mine):
        order = desk.claimed()
        assert mine.post(url("own-order-give-back", order.pk), {"note": ""}).status_code == 400
        assert mine.post(url("own-order-give-back", order.pk), {"note": "临时有事"}).status_code == 302
        assert Order.objects.get().state == "open"

    def test_another_s_orders_are_not_there(self, desk, mine):
        other = make_volunteer(desk.tree.community)
        order = desk.claimed(ordered_by=other)
        client = phone_of(other)
        assert client.get(url("own-order", order.pk)).status_code == 200
        third = phone_of(make_volunteer(desk.tree.community))
        for name, data in (
            ("own-order-give-back", {"note": "不去了"}), ("own-order-review", {"stars": "1"}), ("own-order-withdraw", {}),
        ):  # fmt: skip
            assert third.post(url(name, order.pk), data).status_code == 404, name
        assert third.get(url("own-order", order.pk)).status_code == 404
        assert third.post(url("own-order-reveal", order.pk, "phone"), {"reason": "看看"}).status_code == 404
        assert Order.objects.get().state == "claimed"

    def test_who_comes_second_is_told(self, desk, mine):
        order = desk.open()
        desk.act(order, "assign", "community_worker", volunteer_number=make_volunteer(desk.tree.community).number)
        page = mine.post(url("own-order-claim", order.pk), follow=True)
        assert "刚刚被别人接走了" in page.content.decode()

    def test_orders_and_reviews_the_own_order(self, desk, mine):
        page = mine.post(url("own-order-new"), {"title": "陪诊", "kind": "service", "address": "5号楼"})
        order = Order.objects.get()
        assert page.url == url("own-order", order.pk)
        assert (order.ordered_by, order.unit, order.person.name) == (desk.volunteer, desk.tree.community, "张晓明")
        other = make_volunteer(desk.tree.community)
        with earlier():
            desk.act(order, "assign", "district_officer", volunteer_number=other.number)
        order_done_as_volunteer(order=order, volunteer=other, **served())
        assert mine.get(url("own-order", order.pk)).context["review_form"]
        mine.post(url("own-order-review", order.pk), {"stars": "4"})
        assert Order.objects.get().stars == 4

    def test_the_first_page_shows_what_is_in_hand(self, desk, mine):
        assert "我接的单" not in mine.get(url("own-home")).content.decode()
        desk.claimed()
        assert "我接的单" in mine.get(url("own-home")).content.decode()
