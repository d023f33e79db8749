"""Orders in a real browser: pages fit and are accessible; a resident's order goes from the phone to the review."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from tests.browser import PHONE
from tests.factories.volunteers import make_menu_item, make_provider, make_volunteer
from tests.volunteers.orders_support import Desk, earlier, served
from tests.volunteers.own_support import session_of
from tests.volunteers.test_care import start as start_care
from volunteers.models import Order, VisitDuty
from volunteers.services.order_chase import sweep
from volunteers.services.providers import plan_visits

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

STAFF = {
    "orders": "orders", "to-dispatch": "orders-to-dispatch", "open": "orders-open", "new": "order-new",
    "report": "order-report", "menu": "menu", "menu-new": "menu-new", "providers": "providers",
    "provider-new": "provider-new", "visits": "visits", "care": "care", "care-new": "care-new",
}  # fmt: skip


def url(name: str, *args) -> str:
    return reverse(f"volunteers:{name}", args=args)


@pytest.fixture
def busy(race: Desk) -> Desk:
    """A community with something on every page."""
    tree = race.tree
    make_menu_item(tree.community, about="每月第二个星期三，社区活动室", provider=race.firm)
    make_menu_item(tree.street, "法律咨询", list="need")
    make_provider(tree.district, name="区税务局", kind="co_building_unit", visit_group="第1组")
    VisitDuty.objects.create(unit=tree.community, group="第1组")
    plan_visits(timezone.localdate())
    with earlier():
        race.open(title="修楼道灯", text="三楼的灯不亮，电话13900000009", wanted_on=timezone.localdate())
        order = race.act(race.place(title="疏通下水道"), "publish", "community_worker", provider=race.firm)
        race.act(order, "claim", "provider")
    race.act(order, "done", "provider", **served())
    race.done(title="陪同就诊")
    race.claimed(title="上门理发")
    race.place(title="买药")
    sweep(timezone.now() + timedelta(days=9))
    with earlier():
        elder = start_care(race, "12.5")
        visit = race.place(kind="care", care_recipient=elder, title="助浴")
        race.act(race.act(visit, "publish", "community_worker", provider=race.firm), "claim", "provider")
    race.act(visit, "done", "provider", **served("1.5"))
    race.elder = elder
    return race


def enter(tab, volunteer) -> None:
    """Open the volunteer's own pages in the tab's browser."""
    key = session_of(volunteer)
    tab.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": tab.base}])


def named(pages: dict[str, str]) -> dict[str, str]:
    return {f"orders-{name}": address for name, address in pages.items()}


def staff_pages(busy: Desk) -> dict[str, str]:
    return {name: url(target) for name, target in STAFF.items()} | {
        "order": Order.objects.get(title="陪同就诊").get_absolute_url(),
        "complete": url("order-act", Order.objects.get(title="陪同就诊").pk, "confirm"),
        "assign": url("order-act", Order.objects.get(title="买药").pk, "assign"),
        "provider": busy.firm.get_absolute_url(), "elder": busy.elder.get_absolute_url(),
        "care-visit": url("care-visit", busy.elder.pk),
    }  # fmt: skip


def provider_pages(held: Order) -> dict[str, str]:
    return {
        "provider-home": "/", "provider-desk": url("orders-served"), "provider-held": held.get_absolute_url(),
        "provider-done": url("order-act", held.pk, "done"),
    }  # fmt: skip


def own_and_public_pages(community: int) -> dict[str, str]:
    held, offered = Order.objects.get(title="上门理发"), Order.objects.get(title="修楼道灯")
    return {
        "where": url("public-order"), "public": url("public-order") + f"?community={community}",
        "query": url("public-order-query"), "own": url("own-orders"), "own-held": url("own-order", held.pk),
        "own-done": url("own-order-done", held.pk), "own-open": url("own-order", offered.pk), "own-new": url("own-order-new"),
    }  # fmt: skip


def test_every_page_is_accessible_and_fits(faults_of, busy):
    assert faults_of(busy.user("community_worker"), named(staff_pages(busy))) == {}
    own = named(own_and_public_pages(busy.tree.community.pk))
    assert faults_of(None, own, lambda tab: enter(tab, busy.volunteer)) == {}
    with earlier():
        held = busy.act(busy.place(title="换门锁"), "publish", "district_officer", provider=busy.firm)
        busy.act(held, "claim", "provider")
    assert faults_of(busy.user("provider"), named(provider_pages(held))) == {}


def test_a_resident_s_order_from_the_phone_to_the_review(tab_for, race):
    """点单 → 派单 → 抢单 → 完成 → 评单, each on the device of the one who does it."""
    make_menu_item(race.tree.community)
    resident = tab_for(None, PHONE)
    page = resident.open(url("public-order") + f"?community={race.tree.community.pk}")
    page.check("text=上门理发")
    page.fill("[name=name]", "王建国")
    page.fill("[name=phone]", "13900000001")
    page.fill("[name=address]", "3号楼2单元101")
    page.check("[name=consent]")
    page.click("main form button[type=submit]")
    page.wait_for_selector(".go-code")
    resident.shoot("orders-placed")
    assert resident.violations() == []
    number, code = page.inner_text(".go-number"), page.inner_text(".go-code")
    order = Order.objects.get(number=number)

    worker = tab_for(race.user("community_worker"))
    page = worker.open(url("orders-to-dispatch"))
    page.click("text=上门理发")
    page.click(".gp-actions a:has-text('派单')")
    page.wait_for_selector("dialog[open] form")
    page.locator("dialog[open] button[type=submit]").click()
    page.wait_for_selector(".gp-standing:has-text('待接单')")
    order.refresh_from_db()
    assert order.state == "open"

    phone = tab_for(None, PHONE)
    enter(phone, race.volunteer)
    page = phone.open(url("own-orders"))
    page.click("text=上门理发")
    page.click("button:has-text('接单')")
    page.wait_for_selector("text=接单成功")
    phone.shoot("orders-claimed")
    assert phone.violations() == []
    page.locator("summary:has-text('查看')").nth(1).click()
    page.locator("[name=reason]").nth(1).fill("上门前联系")
    page.locator("button:has-text('确认查看')").nth(1).click()
    page.wait_for_selector("text=13900000001")

    # The service takes its time: as if it had been claimed two hours ago.
    Order.objects.filter(pk=order.pk).update(claimed_at=timezone.now() - timedelta(hours=2))
    done = served("1", ago=1.5)
    page.click("text=服务完成")
    page.fill("[name=day]", f"{done['day']:%Y-%m-%d}")
    page.fill("[name=start]", f"{done['start']:%H:%M}")
    page.fill("[name=hours]", "1")
    page.fill("[name=result]", "已理好")
    page.click("main form button[type=submit]")
    page.wait_for_selector("text=时长待确认")

    page = resident.open(url("public-order-query") + f"?number={number}")
    page.fill("[name=code]", code)
    page.click("main form button[type=submit]")
    page.wait_for_selector("text=服务已完成，请您评价")
    resident.shoot("orders-review")
    assert resident.violations() == []
    assert resident.overflow() == 0
    page.check("text=5 星")
    page.fill("[name=note]", "手艺很好")
    page.click("button:has-text('提交评价')")
    page.wait_for_selector("text=谢谢您的评价")
    order.refresh_from_db()
    assert (order.state, order.stars, order.records.get().hours) == ("reviewed", 5, 1)
    assert not re.search("王建国|13900000001", page.content())


def test_two_volunteers_and_the_second_is_told(tab_for, race):
    order = race.open(title="修灯")
    phone = tab_for(None, PHONE)
    enter(phone, race.volunteer)
    page = phone.open(url("own-order", order.pk))
    race.act(order, "assign", "community_worker", volunteer_number=make_volunteer(race.tree.community).number)
    page.click("button:has-text('接单')")
    page.wait_for_selector("text=刚刚被别人接走了")
