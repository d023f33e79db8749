"""Pages of orders for staff and providers: what each list holds, what each form does, who is turned away."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common import jobs
from common.models import Event, Job
from reports.home import sections_for
from tests.factories.accounts import make_user
from tests.factories.volunteers import make_menu_item, make_provider, make_volunteer
from tests.volunteers.orders_support import PHONE, earlier, served
from tests.volunteers.test_care import start as start_care
from volunteers.models import CareRecipient, MenuItem, Order, Provider, ServiceRecord, VisitDuty
from volunteers.services.order_chase import sweep
from volunteers.services.providers import plan_visits

pytestmark = pytest.mark.django_db

LISTS = {
    "orders-to-dispatch": "submitted", "orders-open": "open", "orders-in-service": "claimed", "orders-to-review": "done",
    "orders": "",
}  # fmt: skip


def url(name: str, *args) -> str:
    return reverse(f"volunteers:{name}", args=args)


def shown(client, name: str, query: str = "") -> set[str]:
    """Numbers of the orders on a list."""
    page = client.get(url(name) + query)
    assert page.status_code == 200
    return {row.record.number for row in page.context["table"].rows}


@pytest.fixture
def worker(desk, client_for):
    return client_for(desk.user("community_worker"))


@pytest.fixture
def some(desk):
    """An order in each state of the community, and one of another street."""
    with earlier(1):
        orders = {"submitted": desk.place(), "open": desk.open(title="修灯")}
    orders["claimed"], orders["done"] = desk.claimed(), desk.done()
    orders["elsewhere"] = desk.open(unit=desk.tree.other_community)
    return orders


class TestLists:
    @pytest.mark.parametrize("name", LISTS)
    def test_each_box_holds_its_state_of_the_own_area(self, worker, some, name):
        expected = {row.number for key, row in some.items() if key != "elsewhere" and LISTS[name] in ("", key)}
        assert shown(worker, name) == expected

    def test_raised_orders_are_on_the_street_s_list(self, desk, some, client_for):
        sweep(timezone.now() + timedelta(days=9))
        street = client_for(desk.user("street_officer"))
        assert shown(street, "orders-raised") == {some["open"].number}
        assert shown(client_for(desk.user("district_officer")), "orders-raised") == {
            some["open"].number, some["elsewhere"].number,
        }  # fmt: skip

    def test_the_menu_counts_the_boxes(self, worker, some):
        counts = worker.get(reverse("common:menu-counts")).content.decode()
        for key in ("to-dispatch", "open", "in-service", "to-review"):
            assert f"orders-{key}" in counts

    def test_search_by_word_number_and_phone(self, worker, some):
        assert shown(worker, "orders", "?q=修灯") == {some["open"].number}
        assert shown(worker, "orders", f"?q={some['done'].number}") == {some["done"].number}
        assert len(shown(worker, "orders", f"?q={PHONE}")) == 4

    def test_filters(self, worker, some):
        assert shown(worker, "orders", "?standing=unconfirmed") == {some["done"].number}
        assert shown(worker, "orders", "?state=open&state=claimed") == {some["open"].number, some["claimed"].number}
        assert shown(worker, "orders", "?kind=wish") == set()

    def test_export_has_no_names_and_no_phones(self, worker, some, desk):
        Order.objects.filter(pk=some["open"].pk).update(title=f"修灯，打{PHONE}")
        page = worker.post(url("orders"), {"do": "export", "format": "csv"})
        job = Job.objects.get()
        assert page.url == reverse("common:job", args=[job.pk])
        jobs.execute(jobs.claim(job.pk))
        text = b"".join(worker.get(reverse("common:job-file", args=[job.pk])).streaming_content).decode("utf-8-sig")
        assert some["open"].number in text
        assert some["elsewhere"].number not in text
        assert "王建国" not in text
        assert PHONE not in text

    def test_queries_do_not_grow_with_the_rows(self, worker, desk, django_assert_max_num_queries):
        for _ in range(12):
            desk.open()
        with django_assert_max_num_queries(8):
            worker.get(url("orders"))


class TestOrderPage:
    def test_shows_masked_data_and_the_actions_of_the_state(self, worker, some):
        page = worker.get(url("order", some["open"].pk))
        text = page.content.decode()
        assert [button["action"].name for button in page.context["buttons"]] == [
            "assign",
            "raise",
            "refuse",
            "withdraw",
        ]
        assert "王**" in text
        assert "王建国" not in text
        assert PHONE not in text

    def test_actions_and_reveal(self, worker, desk, some):
        order = some["submitted"]
        worker.post(url("order-act", order.pk, "publish"), {"limit_0": "4", "limit_1": "h"})
        order.refresh_from_db()
        assert order.state == "open"
        form = {"volunteer_number": make_volunteer(desk.tree.community).number}
        assert worker.post(url("order-act", order.pk, "assign"), form).status_code == 302
        answer = worker.post(url("order-reveal", order.pk, "phone"), {"reason": "核实地址"}, HTTP_HX_REQUEST="true")
        assert PHONE in answer.content.decode()
        assert worker.post(url("order-reveal", order.pk, "phone"), {"reason": ""}).status_code == 400

    def test_times_are_typed_as_a_day_a_start_and_hours(self, worker, desk, some):
        done = served("1.25")
        form = {"day": done["day"], "start": f"{done['start']:%H:%M}", "hours": "1.25", "result": "已修好"}
        page = worker.post(url("order-act", some["claimed"].pk, "complete"), {**form, "hours": "-1"})
        assert page.status_code == 400
        assert "应大于 0" in page.content.decode()
        assert worker.post(url("order-act", some["claimed"].pk, "complete"), form).status_code == 302
        assert ServiceRecord.objects.get().hours == Decimal("1.25")

    def test_a_form_that_can_be_corrected_stays_though_the_answer_is_a_conflict(self, worker, desk, some):
        done = served("2", ago=2.4)
        form = {"day": done["day"], "start": f"{done['start']:%H:%M}", "hours": "2", "result": "已修好"}
        worker.post(url("order-act", some["claimed"].pk, "complete"), form)
        page = worker.post(url("order-act", some["done"].pk, "confirm"), {})
        assert page.status_code == 409
        assert "时间不能重叠" in page.content.decode()
        assert page.context["form"]

    def test_an_order_that_has_moved_on_is_shown_as_it_stands(self, worker, some):
        page = worker.post(url("order-act", some["claimed"].pk, "publish"), {})
        assert (page.status_code, page.templates[0].name) == (409, "volunteers/orders/order.html")
        assert "当前状态为“服务中”" in page.content.decode()

    def test_nobody_confirms_their_own_hours(self, desk, client_for):
        user = desk.user("community_worker")
        own = make_volunteer(desk.tree.community, user=user)
        with earlier():
            order = desk.act(desk.place(), "assign", "district_officer", volunteer_number=own.number)
        done = served()
        form = {"day": done["day"], "start": f"{done['start']:%H:%M}", "hours": "1", "result": "已修好"}
        page = client_for(user).post(url("order-act", order.pk, "complete"), form)
        assert page.status_code == 403
        assert "须由别人确认" in page.content.decode()
        assert (Order.objects.get(pk=order.pk).state, ServiceRecord.objects.count()) == ("claimed", 0)

    def test_other_places_get_404_and_nothing_changes(self, desk, some, client_for):
        outsider = client_for(make_user("community_worker", desk.tree.sister_community))
        pk = some["open"].pk
        before = Event.objects.count()
        answers = [
            outsider.get(url("order", pk)), outsider.get(url("order-act", pk, "assign")),
            outsider.post(url("order-act", pk, "withdraw"), {"note": "不要了"}),
            outsider.post(url("order-reveal", pk, "phone"), {"reason": "看看"}),
        ]  # fmt: skip
        assert {answer.status_code for answer in answers} == {404}
        assert (Order.objects.get(pk=pk).state, Event.objects.count()) == ("open", before)


class TestPlacing:
    def test_a_caller_s_order_is_placed_and_dispatched_at_once(self, worker, desk):
        page = worker.get(url("order-new"))
        assert len(page.context["form"].main_fields) == 5
        form = {"title": "上门理发", "name": "王阿姨", "phone": PHONE, "address": "3号楼", "kind": "service",
                "unit": desk.tree.community.pk, "submission": "0b6f4e0c-6d55-4f0e-9d0e-6a9c6c1f1a11"}  # fmt: skip
        first = worker.post(url("order-new"), {**form, "publish": "1"})
        again = worker.post(url("order-new"), {**form, "publish": "1"})
        order = Order.objects.get()
        assert first.url == again.url == url("order-placed", order.pk)
        assert (order.state, order.registered_by) == ("open", desk.staff["community_worker"])
        assert order.number in worker.get(first.url).content.decode()

    def test_another_s_place_is_refused_in_the_form(self, worker, desk):
        form = {"title": "上门理发", "kind": "service", "unit": desk.tree.other_community.pk}
        page = worker.post(url("order-new"), form)
        assert page.status_code == 400
        assert "找不到所选的单位" in page.content.decode()
        assert not Order.objects.exists()

    def test_a_grid_worker_reports_and_follows(self, desk, client_for):
        client = client_for(desk.user("grid_worker"))
        assert client.get(url("order-report")).context["form"]["unit"].initial == desk.tree.grid
        form = {"kind": "report", "title": "独居老人买药", "unit": desk.tree.grid.pk}
        client.post(url("order-report"), form)
        order = Order.objects.get()
        assert (order.kind, order.state, order.unit) == ("report", "submitted", desk.tree.grid)
        assert shown(client, "orders") == {order.number}

    def test_a_building_chief_sees_their_report(self, desk, client_for):
        client = client_for(desk.user("building_chief"))
        client.post(url("order-report"), {"kind": "report", "title": "扶梯松动", "unit": desk.tree.group.pk})
        order = Order.objects.get()
        desk.place(unit=desk.tree.group)
        assert shown(client, "orders") == {order.number}
        assert client.get(url("order", order.pk)).status_code == 200


class TestProviderDesk:
    def test_sees_what_it_may_claim_and_what_it_holds_and_nothing_else(self, desk, some, client_for):
        client = client_for(desk.user("provider"))
        held = desk.act(desk.place(), "assign", "community_worker", provider=desk.firm)
        assert shown(client, "orders-served") == {some["open"].number, held.number}
        assert client.get(url("order", some["submitted"].pk)).status_code == 404
        assert client.get(url("orders")).status_code == 403

    def test_claims_reveals_finishes(self, desk, client_for):
        user = desk.user("provider")
        client = client_for(user)
        with earlier():
            order = desk.open()
        assert "接单以后才能查看" in client.get(url("order", order.pk)).content.decode()
        with earlier():
            desk.act(order, "claim", "provider")
        page = client.get(url("order", order.pk))
        assert [button["action"].name for button in page.context["buttons"]] == ["done", "give_back"]
        answer = client.post(url("order-reveal", order.pk, "phone"), {"reason": "上门前联系"}, HTTP_HX_REQUEST="true")
        assert PHONE in answer.content.decode()
        done = served()
        form = {"day": done["day"], "start": f"{done['start']:%H:%M}", "hours": "1", "result": "已修好"}
        assert client.post(url("order-act", order.pk, "done"), form).status_code == 302
        assert Order.objects.get(pk=order.pk).state == "done"

    def test_who_comes_second_is_sent_back_with_a_sentence(self, desk, client_for):
        client, order = client_for(desk.user("provider")), desk.open()
        desk.act(order, "assign", "community_worker", volunteer_number=desk.volunteer.number)
        assert client.post(url("order-act", order.pk, "claim")).status_code == 404
        assert client.get(url("orders-served")).status_code == 200

    def test_home_shows_its_numbers_and_they_are_those_of_the_list(self, desk, some, client_for):
        desk.act(desk.place(), "assign", "community_worker", provider=desk.firm)
        client, user = client_for(desk.user("provider")), User.objects.get(pk=desk.staff["provider"].pk)
        tiles = {tile.label: tile for section in sections_for(user) for tile in section.context.get("tiles", ())}
        assert {label: tile.number for label, tile in tiles.items()} == {"可以接的单": 1, "服务中": 1, "已经超时": 0}
        for tile in tiles.values():
            query = "?" + tile.url.split("?")[1]
            assert len(shown(client, "orders-served", query)) == tile.number
        assert "修灯" in client.get("/").content.decode()


class TestProviders:
    def form(self, desk, **changes):
        return {"name": "惠民商店", "kind": "shop", "unit": desk.tree.community.pk, **changes}

    def test_entered_with_its_operators_and_changed(self, worker, desk):
        operator = make_user("provider", desk.tree.community, display_name="周师傅")
        worker.post(url("provider-new"), self.form(desk, operators=[operator.pk]))
        row = Provider.objects.get(name="惠民商店")
        assert list(row.operators.all()) == [operator]
        assert Event.objects.filter(kind="provider.operators").get().data == {"operators": "周师傅"}
        page = worker.get(url("provider-change", row.pk))
        version = page.context["version"]
        form = {"name": "惠民超市", "kind": "shop", "is_active": "on", "version": version}
        assert worker.post(url("provider-change", row.pk), form).status_code == 302
        row.refresh_from_db()
        assert (row.name, row.operators.count()) == ("惠民超市", 0)
        assert worker.post(url("provider-change", row.pk), form).status_code == 409

    def test_refused(self, worker, desk):
        stranger = make_user("grid_worker", desk.tree.grid)
        for changes, words in (
            ({"operators": [stranger.pk]}, "选择一个有效的选项"),
            ({"unit": desk.tree.other_community.pk}, "找不到所选的单位"),
            ({"name": ""}, "请填写名称"),
            ({"name": desk.firm.name}, "已有名为“安居物业”的服务单位"),
        ):
            page = worker.post(url("provider-new"), self.form(desk, **changes))
            assert page.status_code in (400, 409), changes
            assert words in page.content.decode(), changes
        assert Provider.objects.count() == 1

    def test_closed_only_with_empty_hands(self, worker, desk):
        desk.act(desk.place(), "assign", "community_worker", provider=desk.firm)
        page = worker.get(url("provider-change", desk.firm.pk))
        form = {"name": "安居物业", "kind": "property_firm", "version": page.context["version"],
                "operators": [desk.staff["provider"].pk]}  # fmt: skip
        answer = worker.post(url("provider-change", desk.firm.pk), form)
        assert "手上还有 1 单没有完成" in answer.content.decode()
        assert Provider.objects.get(pk=desk.firm.pk).is_active

    def test_page_and_list_show_how_it_completes(self, worker, desk):
        with earlier():
            order = desk.act(desk.act(desk.place(), "publish", "community_worker"), "claim", "provider")
        desk.act(order, "done", "provider", **served())
        text = worker.get(url("provider", desk.firm.pk)).content.decode()
        assert "100.00%" in text
        assert "1/1" in text
        row = next(iter(worker.get(url("providers")).context["table"].rows)).record
        assert (row.taken, row.done) == (1, 1)
        own = worker.get(url("providers") + "?q=安居").context["table"]
        assert len(own.rows) == 1

    def test_an_operator_sees_the_own_page_only(self, desk, client_for):
        client = client_for(desk.user("provider"))
        other = make_provider(desk.tree.community, name="别家物业")
        assert client.get(url("provider", desk.firm.pk)).status_code == 200
        assert client.get(url("provider", other.pk)).status_code == 404
        assert client.get(url("provider-change", desk.firm.pk)).status_code == 403


class TestMenuAndVisits:
    def test_a_line_is_added_changed_and_taken_off(self, worker, desk):
        form = {"list": "resource", "title": "上门理发", "kind": "service", "unit": desk.tree.community.pk}
        assert worker.post(url("menu-new"), form).status_code == 302
        item = MenuItem.objects.get()
        version = worker.get(url("menu-change", item.pk)).context["version"]
        worker.post(
            url("menu-change", item.pk), {"list": "need", "title": "理发", "kind": "service", "version": version}
        )
        item.refresh_from_db()
        assert (item.list, item.title, item.is_active) == ("need", "理发", False)
        assert len(worker.get(url("menu") + "?list=need&active=no").context["table"].rows) == 1

    def test_a_property_line_names_its_firm_and_care_is_no_line(self, worker, desk):
        form = {"list": "resource", "title": "通下水", "unit": desk.tree.community.pk}
        page = worker.post(url("menu-new"), {**form, "kind": "property"})
        assert "须选择承接的物业企业" in page.content.decode()
        assert worker.post(url("menu-new"), {**form, "kind": "care"}).status_code == 400
        worker.post(url("menu-new"), {**form, "kind": "property", "provider": desk.firm.pk})
        item = MenuItem.objects.get()
        assert (item.provider, item.is_active) == (desk.firm, True)

    def test_visits_are_agreed_planned_and_shown(self, desk, client_for):
        client = client_for(desk.user("district_officer"))
        make_provider(desk.tree.district, name="区税务局", kind="co_building_unit", visit_group="第1组")
        form = {"group": "第1组", "unit": desk.tree.community.pk}
        assert client.post(url("visit-new"), form).status_code == 302
        plan_visits(timezone.localdate())
        row = next(iter(client.get(url("visits")).context["table"].rows)).record
        assert (row.visit_state, row.units) == ("open", 1)
        assert len(client.get(url("visits") + "?made=done").context["table"].rows) == 0
        duty = VisitDuty.objects.get()
        version = client.get(url("visit-change", duty.pk)).context["version"]
        client.post(url("visit-change", duty.pk), {"group": "第1组", "version": version})
        assert not VisitDuty.objects.get().is_active


class TestCarePages:
    def test_bought_visited_added_ended(self, worker, desk):
        form = {"name": "李桂兰", "phone": "13900000002", "hours": "10", "first_day": "2026-01-01",
                "last_day": "2030-12-31", "unit": desk.tree.community.pk, "provider": desk.firm.pk}  # fmt: skip
        assert worker.post(url("care-new"), form).status_code == 302
        elder = CareRecipient.objects.get()
        text = worker.get(elder.get_absolute_url()).content.decode()
        assert "李**" in text
        assert "李桂兰" not in text
        worker.post(url("care-visit", elder.pk), {"title": "助浴"})
        order = Order.objects.get()
        assert (order.kind, order.state, order.provider, order.person.name) == ("care", "open", desk.firm, "李桂兰")
        worker.post(url("care-hours", elder.pk), {"hours": "2.5", "note": "追加"})
        assert CareRecipient.objects.get().left_hours == Decimal("12.50")
        answer = worker.post(url("care-end", elder.pk), {"note": "已搬走"})
        assert "还有 1 单没有完成" in answer.content.decode()
        answer = worker.post(url("care-reveal", elder.pk, "phone"), {"reason": "约上门"}, HTTP_HX_REQUEST="true")
        assert "13900000002" in answer.content.decode()

    def test_list_with_totals(self, worker, desk):
        start_care(desk, "10")
        page = worker.get(url("care"))
        assert page.context["totals"].bought == 10
        assert len(worker.get(url("care") + "?left=none").context["table"].rows) == 0

    def test_other_places_get_404(self, desk, client_for):
        elder = start_care(desk)
        outsider = client_for(make_user("community_worker", desk.tree.sister_community))
        for name in ("care-recipient", "care-hours", "care-change", "care-end", "care-visit"):
            assert outsider.get(url(name, elder.pk)).status_code == 404, name
        assert outsider.post(url("care-reveal", elder.pk, "phone"), {"reason": "看看"}).status_code == 404


class TestApi:
    def test_list_detail_claim(self, desk, some, api_for):
        client = api_for(desk.user("provider"))
        answer = client.get("/api/v1/orders/?state=open").json()
        assert [row["number"] for row in answer["results"]] == [some["open"].number]
        pk = some["open"].pk
        detail = client.get(f"/api/v1/orders/{pk}/").json()
        assert (detail["actions"], detail["server"]) == (["claim"], "")
        assert "王建国" not in str(detail)
        claimed = client.post(f"/api/v1/orders/{pk}/claim/").json()
        assert (claimed["state"], claimed["server"]) == ("claimed", "安居物业")
        assert client.post(f"/api/v1/orders/{pk}/claim/").status_code == 409
        assert client.get(f"/api/v1/orders/{pk}/timeline/").json()[0]["label"] == "接单"

    def test_outside_the_scope_404(self, desk, some, api_for):
        client = api_for(make_user("provider", desk.tree.other_street))
        for path in ("", "timeline/"):
            assert client.get(f"/api/v1/orders/{some['open'].pk}/{path}").status_code == 404
        assert client.post(f"/api/v1/orders/{some['open'].pk}/claim/").status_code == 404
        assert Order.objects.get(pk=some["open"].pk).state == "open"


def test_the_public_menu_leads_to_the_items_of_the_place(desk, client):
    make_menu_item(desk.tree.community)
    make_menu_item(desk.tree.street, "法律咨询")
    make_menu_item(desk.tree.other_community, "别处的服务")
    text = client.get(url("public-order") + f"?community={desk.tree.community.pk}").content.decode()
    assert "上门理发" in text
    assert "法律咨询" in text
    assert "别处的服务" not in text
