"""A volunteer's own pages of the shop: one's own rows and nothing else."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.factories.shop import OWN_CODE, PNG, balance_of, make_market, redeem_some, snapshot
from tests.factories.volunteers import make_programme
from volunteers.models import Redemption
from volunteers.services.handing_out import redemption_collect
from volunteers.services.redemptions import code_of
from volunteers.services.shop import product_picture, shop_create

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(tree, staff):
    return make_market(tree, staff)


@pytest.fixture
def browser(market):
    """A browser in which the volunteer has entered number and code."""
    client = Client()
    answer = client.post(reverse("volunteers:own-enter"), {"who": market.volunteer.number, "code": OWN_CODE})
    assert answer.status_code == 302
    return client


def test_a_visitor_is_asked_for_the_code_first(market):
    row = redeem_some(market.volunteer, market.rice)
    visitor = Client()
    for address in ("/my/shop/", f"/my/shop/{market.rice.pk}/", "/my/redemptions/", f"/my/redemptions/{row.pk}/"):
        answer = visitor.get(address)
        assert (answer.status_code, answer["Location"].startswith("/my/enter/?next=")) == (302, True)
    assert visitor.post(f"/my/redemptions/{row.pk}/cancel/").status_code == 302
    row.refresh_from_db()
    assert row.state == "reserved"


def test_what_is_offered(market, browser, tree, staff):
    market.product(name="已下架的", stock=3)
    type(market.rice).objects.filter(name="已下架的").update(is_active=False)
    district = shop_create(
        actor=staff["district_officer"], name="区级超市", unit=tree.district, programme=make_programme()
    )
    market.product(actor=staff["district_officer"], shop=district, name="体检券", stock=1)
    elsewhere = shop_create(
        actor=staff["street_officer"], name="邻社区超市", unit=tree.sister_community, programme=make_programme()
    )
    market.product(actor=staff["street_officer"], shop=elsewhere, name="邻社区的油")
    page = browser.get("/my/shop/").content.decode()
    for words in ("大米 5 斤", "体检券", "<strong>20.00</strong> 分"):
        assert words in page
    for words in ("已下架的", "邻社区的油"):
        assert words not in page
    for hidden in type(market.rice).objects.filter(name__in=["已下架的", "邻社区的油"]):
        assert browser.get(f"/my/shop/{hidden.pk}/").status_code == 404
        assert browser.post(f"/my/shop/{hidden.pk}/", {"quantity": "1"}).status_code == 404
    assert "大米" not in browser.get("/my/shop/?kind=service").content.decode()
    assert not Redemption.objects.exists()


def test_redeem_show_and_call_off(market, browser):
    submission = str(uuid.uuid4())
    page = browser.get(f"/my/shop/{market.rice.pk}/").content.decode()
    assert "确认兑换" in page
    data = {"quantity": "2", "submission": submission}
    answer = browser.post(f"/my/shop/{market.rice.pk}/", data)
    row = Redemption.objects.get()
    assert answer["Location"] == f"/my/redemptions/{row.pk}/"
    assert browser.post(f"/my/shop/{market.rice.pk}/", data)["Location"] == answer["Location"]
    assert Redemption.objects.count() == 1
    code = code_of(row)
    page = browser.get(answer["Location"])
    assert f"{code[:4]} {code[4:]}" in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert 'class="gw-qr"' in page.content.decode()
    assert "待领取 1 件" in browser.get("/my/").content.decode()
    listed = browser.get("/my/redemptions/").content.decode()
    assert "大米 5 斤" in listed
    answer = browser.post(f"/my/redemptions/{row.pk}/cancel/", follow=True)
    assert "已取消，退回 10.00 分" in answer.content.decode()
    assert balance_of(market.volunteer) == Decimal("20.00")
    assert code[:4] not in browser.get(f"/my/redemptions/{row.pk}/").content.decode()


def test_a_refusal_stands_in_the_form(market, browser):
    before = snapshot()
    answer = browser.post(f"/my/shop/{market.rice.pk}/", {"quantity": "9"})
    assert (answer.status_code, "积分不够：现有 20.00 分，需要 45.00 分" in answer.content.decode()) == (403, True)
    fee = market.fee()
    answer = browser.post(f"/my/shop/{fee.pk}/", {"quantity": "1", "account_number": "？"})
    assert (answer.status_code, "请填写物业费户号" in answer.content.decode()) == (400, True)
    assert Redemption.objects.count() == len(before[0])
    browser.post(f"/my/shop/{fee.pk}/", {"quantity": "1", "account_number": "3-2-0501"})
    assert 'value="3-2-0501"' in browser.get(f"/my/shop/{fee.pk}/").content.decode(), "remembered for the next time"


def test_a_used_code_is_gone(market, browser):
    row = redeem_some(market.volunteer, market.rice)
    code = code_of(row)
    redemption_collect(redemption=row, actor=market.keeper, code=code)
    page = browser.get(f"/my/redemptions/{row.pk}/").content.decode()
    assert "已领取" in page
    assert code[:4] not in page
    assert "取消兑换" not in page
    answer = browser.post(f"/my/redemptions/{row.pk}/cancel/", follow=True)
    assert "不能取消兑换" in answer.content.decode()


def test_somebody_elses_rows_are_not_there(market, browser):
    other = redeem_some(market.neighbour(), market.rice)
    before = snapshot()
    assert browser.get(f"/my/redemptions/{other.pk}/").status_code == 404
    assert browser.post(f"/my/redemptions/{other.pk}/cancel/").status_code == 404
    assert other.number not in browser.get("/my/redemptions/").content.decode()
    assert snapshot() == before


def test_pictures_of_what_is_offered_or_was_redeemed(market, browser, tree, staff):
    product_picture(product=market.rice, actor=market.manager, picture=SimpleUploadedFile("米.png", PNG))
    elsewhere = shop_create(
        actor=staff["street_officer"], name="邻社区超市", unit=tree.sister_community, programme=make_programme()
    )
    oil = market.product(
        actor=staff["street_officer"], shop=elsewhere, name="油", picture=SimpleUploadedFile("油.png", PNG)
    )
    address = f"/my/shop/{market.rice.pk}/picture/"
    assert browser.get(address)["Content-Type"] == "image/png"
    assert browser.get(f"/my/shop/{oil.pk}/picture/").status_code == 404
    assert Client().get(address).status_code == 302
    redeem_some(market.volunteer, market.rice)
    type(market.rice).objects.filter(pk=market.rice.pk).update(is_active=False)
    assert browser.get(address).status_code == 200
    plain = market.product()
    assert browser.get(f"/my/shop/{plain.pk}/picture/").status_code == 404
