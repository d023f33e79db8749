"""The shop in a real browser: redeemed on a phone, handed out at the counter; every page for everybody."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests.browser import PHONE
from tests.factories.shop import OWN_CODE, PNG, give_points, make_market, redeem_some
from volunteers.models import Redemption
from volunteers.services.handing_out import redemption_collect
from volunteers.services.redemptions import code_of
from volunteers.services.shop import product_picture

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture
def market(tree, staff):
    market = make_market(tree, staff)
    product_picture(product=market.rice, actor=market.manager, picture=SimpleUploadedFile("米.png", PNG))
    market.service(name="家政保洁 2 小时")
    market.fee()
    market.product(name="洗衣液", stock=0)
    give_points(market.volunteer, "80")
    return market


@pytest.fixture
def own_tab(tab_for, market):
    """A phone on which the volunteer has entered number and code."""

    def make(size=PHONE):
        tab = tab_for(None, size)
        page = tab.open("/my/enter/")
        page.fill("[name=who]", market.volunteer.number)
        page.fill("[name=code]", OWN_CODE)
        page.click("main button[type=submit]:has-text('进入'), main form .btn-primary")
        page.wait_for_url("**/my/")
        return tab

    return make


def looked_at(tab, name):
    tab.shoot(name)
    assert tab.faults() == []


def test_redeemed_on_the_phone_and_handed_out_at_the_counter(own_tab, tab_for, market):
    phone = own_tab()
    page = phone.page
    page.click("a:has-text('积分超市')")
    page.wait_for_selector(".gs-goods")
    looked_at(phone, "own-shop")
    page.click(".gs-goods a:has-text('大米 5 斤')")
    page.wait_for_selector("button:has-text('确认兑换')")
    looked_at(phone, "own-product")
    page.fill("[name=quantity]", "2")
    page.click("button:has-text('确认兑换')")
    page.click("#gw-confirm-yes")
    page.wait_for_selector(".gs-ticket .go-code")
    looked_at(phone, "own-redemption")
    row = Redemption.objects.get()
    code = page.inner_text(".go-code").replace(" ", "")
    assert code == code_of(row)

    counter = tab_for(market.keeper, PHONE)
    page = counter.open("/volunteers/counter/")
    looked_at(counter, "counter")
    page.fill("[name=code]", code.lower())
    page.click("button:has-text('查找')")
    page.wait_for_selector("button:has-text('确认发放')")
    looked_at(counter, "counter-found")
    assert "大米 5 斤 × 2" in page.inner_text("main")
    page.click("button:has-text('确认发放')")
    page.wait_for_selector("text=已发放：大米 5 斤 × 2")
    row.refresh_from_db()
    assert (row.state, row.collected_by) == ("collected", market.keeper)

    page.fill("[name=code]", code)
    page.click("button:has-text('查找')")
    page.wait_for_selector("text=每个领取码只能用一次")
    looked_at(counter, "counter-used")


def test_a_scanned_code_fills_itself_in_and_stays_out_of_the_address(tab_for, market):
    row = redeem_some(market.volunteer, market.rice)
    asked = []
    tab = tab_for(market.keeper, PHONE)
    tab.page.on("request", lambda request: asked.append(request.url))
    page = tab.open(f"/volunteers/counter/#{code_of(row)}")
    page.wait_for_selector("button:has-text('确认发放')")
    assert code_of(row) not in page.url
    assert not [url for url in asked if code_of(row) in url.split("#")[0]]


def test_called_off_on_the_phone(own_tab, market):
    row = redeem_some(market.volunteer, market.rice)
    phone = own_tab()
    page = phone.open("/my/redemptions/")
    looked_at(phone, "own-redemptions")
    page.click("a:has-text('大米 5 斤')")
    page.click("button:has-text('取消兑换')")
    page.click("#gw-confirm-yes")
    page.wait_for_selector("text=已取消，退回 5.00 分")
    row.refresh_from_db()
    assert row.state == "cancelled"


def test_every_page_is_accessible_and_fits(faults_of, market):
    row = redeem_some(market.volunteer, market.rice)
    redemption_collect(redemption=row, actor=market.keeper, code=code_of(row))
    redeem_some(market.volunteer, market.rice)
    sheet = f"{reverse('volunteers:settlement')}?provider={market.provider.pk}&month={timezone.localdate():%Y-%m}"
    pages = {
        "shops": "/volunteers/shops/", "shop-new": "/volunteers/shops/new/", "shop": market.shop.get_absolute_url(),
        "shop-close": f"/volunteers/shops/{market.shop.pk}/close/", "products": "/volunteers/products/",
        "product-new": f"/volunteers/shops/{market.shop.pk}/products/new/", "product": market.rice.get_absolute_url(),
        "product-price": f"/volunteers/products/{market.rice.pk}/price/",
        "stock-count": f"/volunteers/products/{market.rice.pk}/count/", "redemptions": "/volunteers/redemptions/",
        "redemption": row.get_absolute_url(), "redemption-return": f"{row.get_absolute_url()}act/return/",
        "counter-redeem": "/volunteers/counter/redeem/", "settlements": "/volunteers/settlements/", "settlement": sheet,
        "alliance": "/alliance-shops/",
    }  # fmt: skip
    assert faults_of(market.manager, pages) == {}


def test_partners_pages_are_accessible_and_fit(faults_of, market):
    from datetime import timedelta
    from decimal import Decimal

    from volunteers.services.partners import agreement_make
    from volunteers.workflow import AGREEMENT_FLOW

    today = timezone.localdate()
    agreement = agreement_make(
        actor=market.manager, unit=market.tree.community, provider=market.provider, room="党群服务中心二楼活动室",
        rent=Decimal("12000"), owed_hours=Decimal("100"), service="每周六为老年人义诊、理发",
        first_day=today - timedelta(days=120), last_day=today + timedelta(days=100),
    )  # fmt: skip
    AGREEMENT_FLOW.perform(
        "serve", agreement, market.manager, day=today, what="义诊", people="3", hours=Decimal("12.5")
    )
    address = agreement.get_absolute_url()
    pages = {
        "agreements": "/volunteers/agreements/", "agreement-new": "/volunteers/agreements/new/", "agreement": address,
        "agreement-serve": f"{address}act/serve/", "agreement-serve-volunteer": f"{address}act/serve_by_volunteer/",
        "agreement-change": f"{address}change/",
    }  # fmt: skip
    assert faults_of(market.manager, pages) == {}
