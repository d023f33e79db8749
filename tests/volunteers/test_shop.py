"""Shops, products, prices, stock and pictures: services and pages of staff."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.reporting import get, prepare
from tests.factories.accounts import make_user
from tests.factories.shop import PNG, books_are_true, make_market, redeem_some, snapshot
from tests.factories.volunteers import make_programme
from volunteers.choices import ProductKind, ProviderKind
from volunteers.models import Price, Product, Provider, Shop, StockMove
from volunteers.services.handing_out import redemption_collect
from volunteers.services.redemptions import code_of
from volunteers.services.shop import (
    product_change,
    product_picture,
    product_price,
    shop_change,
    shop_close,
    shop_create,
    shop_reopen,
)
from volunteers.services.stock import stock_count, stock_receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(tree, staff):
    return make_market(tree, staff)


def picture(name="米.png", content=PNG):
    return SimpleUploadedFile(name, content)


class TestShops:
    def test_opened_in_the_own_area_only(self, market, tree):
        with pytest.raises(Refused, match="请选择本人所在的单位"):
            shop_create(actor=market.manager, name="别处", unit=tree.sister_community, programme=make_programme())
        with pytest.raises(Conflict, match="已有名为“江湾积分超市”"):
            shop_create(actor=market.manager, name=" 江湾积分超市 ", unit=tree.community, programme=make_programme())
        assert Shop.objects.count() == 1

    def test_who_runs_it_stays_once_something_was_redeemed(self, market, tree):
        other = Provider.objects.create(name="便民店", kind=ProviderKind.SHOP, unit=tree.community)
        shop_change(shop=market.shop, actor=market.manager, name="江湾超市", provider=other, address="一楼")
        market.shop.refresh_from_db()
        assert (market.shop.name, market.shop.provider, market.shop.hours) == ("江湾超市", other, "")
        assert history.timeline(market.shop).first().data == {"changes": "名称、经营单位、领取地点、开放时间"}
        redeem_some(market.volunteer, market.rice)
        with pytest.raises(Conflict, match="不能更换经营单位"):
            shop_change(shop=market.shop, actor=market.manager, name="江湾超市", provider=market.provider)

    def test_closed_and_open_again(self, market):
        with pytest.raises(Invalid, match="原因"):
            shop_close(shop=market.shop, actor=market.manager, reason=" ")
        shop_close(shop=market.shop, actor=market.manager, reason="装修")
        with pytest.raises(Conflict):
            shop_close(shop=market.shop, actor=market.manager, reason="装修")
        with pytest.raises(Conflict, match="不能上架"):
            market.product()
        shop_reopen(shop=market.shop, actor=market.manager)
        market.product()

    @pytest.mark.parametrize("person", ["keeper", "neighbour"])
    def test_only_who_manages_the_area(self, market, person):
        actor = market.keeper if person == "keeper" else make_user("community_worker", market.tree.sister_community)
        before = (snapshot(), Shop.objects.values_list("event_seq", flat=True).get(pk=market.shop.pk))
        for attempt in (
            lambda: shop_close(shop=market.shop, actor=actor, reason="装修"),
            lambda: product_price(product=market.rice, actor=actor, points=Decimal(1), value=Decimal(1)),
            lambda: product_picture(product=market.rice, actor=actor, picture=picture()),
        ):
            with pytest.raises(Refused if person == "keeper" else Http404):
                attempt()
        assert (snapshot(), Shop.objects.values_list("event_seq", flat=True).get(pk=market.shop.pk)) == before


class TestProducts:
    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"points": Decimal(0)}, "points"), ({"points": Decimal("1.001")}, "points"),
            ({"points": Decimal("NaN")}, "points"), ({"value": Decimal("-0.01")}, "value"), ({"stock": None}, "stock"),
            ({"stock": -1}, "stock"), ({"name": " "}, "name"), ({"picture": picture("米.svg")}, "picture"),
            ({"picture": picture("米.png", b"<html></html>")}, "picture"),
            ({"picture": picture("米.pdf", b"%PDF-1.7\n" + bytes(99))}, "picture"),
        ],
    )  # fmt: skip
    def test_what_makes_no_sense(self, market, values, field):
        with pytest.raises(Invalid) as caught:
            market.product(**values)
        assert caught.value.field == field
        assert Product.objects.count() == 1

    def test_prices_have_a_history(self, market):
        product_price(product=market.rice, actor=market.manager, points=Decimal("6"), value=Decimal("16.80"))
        prices = list(Price.objects.filter(product=market.rice).values_list("points", "value", "changed_by"))
        assert prices == [
            (Decimal("6.00"), Decimal("16.80"), market.manager.pk), (Decimal("5.00"), Decimal("16.80"), market.manager.pk),
        ]  # fmt: skip
        with pytest.raises(Conflict, match="没有变化"):
            product_price(product=market.rice, actor=market.manager, points=Decimal("6"), value=Decimal("16.8"))
        assert Price.objects.count() == 2

    def test_a_change_is_told_and_nothing_is_not(self, market):
        values = {"name": "大米 5 斤", "about": "", "most_per_month": None, "is_active": True}
        product_change(product=market.rice, actor=market.manager, **values)
        before = history.timeline(market.rice).count()
        product_change(product=market.rice, actor=market.manager, **{**values, "most_per_month": 2})
        assert history.timeline(market.rice).count() == before + 1

    def test_a_picture_is_replaced(self, market, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            product_picture(product=market.rice, actor=market.manager, picture=picture())
        market.rice.refresh_from_db()
        first = market.rice.picture.name
        assert first.startswith("products/")
        assert "米" not in first
        with django_capture_on_commit_callbacks(execute=True):
            product_picture(product=market.rice, actor=market.manager, picture=picture())
        assert not default_storage.exists(first)


class TestStock:
    def test_moves_add_up(self, market):
        stock_receive(product=market.rice, actor=market.keeper, quantity=5, note="送货单 7")
        redeem_some(market.volunteer, market.rice, quantity=3)
        stock_count(product=market.rice, actor=market.keeper, counted=14, note="少一件")  # 12 free + 3 kept = 15
        assert Product.objects.get(pk=market.rice.pk).stock == 11
        moves = StockMove.objects.filter(product=market.rice).order_by("pk").values_list("change", "reason", "note")
        assert list(moves) == [
            (10, "received", "上架时的库存"), (5, "received", "送货单 7"), (-3, "reserved", ""), (-1, "counted", "少一件"),
        ]  # fmt: skip
        books_are_true()

    def test_a_count_that_agrees_moves_nothing(self, market):
        before = snapshot()
        stock_count(product=market.rice, actor=market.keeper, counted=10, note="相符")
        assert snapshot() == before

    def test_what_cannot_be(self, market):
        redeem_some(market.volunteer, market.rice, quantity=3)
        service = market.service()
        before = snapshot()
        for attempt, words in (
            (
                lambda: stock_count(product=market.rice, actor=market.keeper, counted=2, note="盘点"),
                "少于已兑换待领取的 3 件",
            ),
            (lambda: stock_count(product=market.rice, actor=market.keeper, counted=9, note=""), "盘点的情况"),
            (lambda: stock_receive(product=market.rice, actor=market.keeper, quantity=0), "数量应在 1"),
            (lambda: stock_receive(product=market.rice, actor=market.keeper, quantity=100_001), "数量应在 1"),
            (lambda: stock_receive(product=service, actor=market.keeper, quantity=1), "没有库存"),
        ):
            with pytest.raises(Invalid, match=words):
                attempt()
        assert snapshot() == before


class TestPages:
    def test_a_shop_from_opening_to_the_shelf(self, market, tree, client_for):
        browser = client_for(market.manager)
        answer = browser.post(
            "/volunteers/shops/new/",
            {"name": "二号超市", "unit": tree.community.pk, "programme": make_programme().pk, "provider": ""},
        )
        shop = Shop.objects.get(name="二号超市")
        assert (answer.status_code, answer["Location"]) == (302, f"/volunteers/shops/{shop.pk}/")
        answer = browser.post(
            f"/volunteers/shops/{shop.pk}/products/new/",
            {"name": "牙膏", "kind": "goods", "points": "3", "value": "4.5", "stock": "20", "picture": picture()},
        )
        product = Product.objects.get(name="牙膏")
        assert answer["Location"] == f"/volunteers/products/{product.pk}/"
        shown = browser.get(f"/volunteers/products/{product.pk}/picture/")
        assert (shown["Content-Type"], b"".join(shown.streaming_content)) == ("image/png", PNG)
        assert "sandbox" in shown["Content-Security-Policy"]
        for address in (
            f"/volunteers/shops/{shop.pk}/",
            f"/volunteers/products/{product.pk}/",
            "/volunteers/products/",
        ):
            assert "牙膏" in browser.get(address).content.decode()

    def test_a_form_that_is_wrong_says_so(self, market, client_for):
        answer = client_for(market.manager).post(
            f"/volunteers/shops/{market.shop.pk}/products/new/",
            {"name": "牙膏", "kind": "goods", "points": "3", "value": "4.5", "picture": picture("x.png", b"abc")},
        )
        assert answer.status_code == 400
        assert "实物应填写现有库存" in answer.content.decode()
        assert not Product.objects.filter(name="牙膏").exists()

    def test_the_keeper_sees_the_own_shop_only(self, market, tree, staff, client_for):
        shop_create(actor=staff["district_officer"], name="区级超市", unit=tree.district, programme=make_programme())
        redeem_some(market.volunteer, market.rice)
        browser = client_for(market.keeper)
        page = browser.get("/volunteers/shops/").content.decode()
        assert "江湾积分超市" in page
        assert "区级超市" not in page
        other = Shop.objects.get(name="区级超市")
        assert browser.get(f"/volunteers/shops/{other.pk}/").status_code == 404
        assert browser.get(f"/volunteers/shops/{market.shop.pk}/change/").status_code == 403
        page = browser.get(f"/volunteers/products/{market.rice.pk}/").content.decode()
        assert "进货登记" in page
        assert "调整价格" not in page
        assert browser.post(f"/volunteers/products/{market.rice.pk}/receive/", {"quantity": "4"}).status_code == 302
        assert Product.objects.get(pk=market.rice.pk).stock == 13

    def test_lists_are_searched_and_filtered(self, market, client_for):
        market.fee()
        market.product(name="肥皂", stock=0)
        browser = client_for(market.manager)
        for query, shown, hidden in (
            ("q=肥皂", "肥皂", "大米"), ("stock=out", "肥皂", "大米"), ("kind=property_fee", "抵扣物业费 10 元", "肥皂"),
            ("stock=any", "抵扣物业费 10 元", "肥皂"), (f"shop={market.shop.pk}&stock=in", "大米 5 斤", "肥皂"),
        ):  # fmt: skip
            page = browser.get(f"/volunteers/products/?{query}").content.decode()
            assert f">{shown}<" in page, query
            assert f">{hidden}" not in page, query
        row = redeem_some(market.volunteer, market.rice)
        for query in (f"q={row.number}", f"q={market.volunteer.number}", "q=大米", "state=reserved&kind=goods"):
            page = browser.get(f"/volunteers/redemptions/?{query}").content.decode()
            assert row.number in page, query
            assert "张**" in page
            assert "张晓明" not in page
        assert row.number not in browser.get("/volunteers/redemptions/?state=collected").content.decode()

    def test_exports_write_what_is_shown(self, market):
        row = redeem_some(market.volunteer, market.fee(), account_number="3-2-0501")
        (line,) = prepare(get("volunteers.redemptions"), market.manager, {"query": "", "columns": []}).mappings()
        assert (line["number"], line["name"], line["account_number"]) == (row.number, "张**", "3******1")
        (shop,) = prepare(get("volunteers.shops"), market.manager, {"query": "", "columns": []}).mappings()
        assert (shop["name"], shop["products"], shop["waiting"]) == ("江湾积分超市", 2, 1)
        products = list(prepare(get("volunteers.products"), market.manager, {"query": "", "columns": []}).mappings())
        assert [(one["name"], one["stock"]) for one in products] == [("抵扣物业费 10 元", None), ("大米 5 斤", 10)]
        with pytest.raises(Refused):
            prepare(get("volunteers.redemptions"), market.keeper, {"query": "", "columns": []})


class TestCounter:
    def test_from_the_code_to_the_goods(self, market, client_for):
        row = redeem_some(market.volunteer, market.rice)
        browser, code = client_for(market.keeper), code_of(row)
        page = browser.post("/volunteers/counter/", {"code": code}).content.decode()
        assert "大米 5 斤 × 1" in page
        assert f"张**（{market.volunteer.number}）" in page
        answer = browser.post("/volunteers/counter/", {"code": code, "hand-out": "1"}, follow=True)
        assert "已发放：大米 5 斤 × 1" in answer.content.decode()
        row.refresh_from_db()
        assert (row.state, row.collected_by) == ("collected", market.keeper)
        again = browser.post("/volunteers/counter/", {"code": code})
        assert (again.status_code, "领取过" in again.content.decode()) == (409, True)

    def test_a_wrong_code_says_so(self, market, client_for):
        browser = client_for(market.keeper)
        for _ in range(10):
            answer = browser.post("/volunteers/counter/", {"code": "AAAA2222"})
            assert (answer.status_code, "没有找到这个领取码" in answer.content.decode()) == (400, True)
        assert browser.post("/volunteers/counter/", {"code": "AAAA2222"}).status_code == 429

    def test_actions_on_the_page_of_a_redemption(self, market, client_for):
        row = redeem_some(market.volunteer, market.rice)
        browser = client_for(market.keeper)
        page = browser.get(row.get_absolute_url()).content.decode()
        for words in ("核销", "取消兑换"):
            assert words in page
        assert "退货" not in page
        assert code_of(row) not in page
        address = f"/volunteers/redemptions/{row.pk}/act"
        assert browser.post(f"{address}/collect/", {"code": "AAAA2222"}).status_code == 400
        assert browser.post(f"{address}/collect/", {"code": code_of(row)}).status_code == 302
        assert browser.post(f"{address}/return/", {"note": "破损", "to_stock": "no"}).status_code == 302
        row.refresh_from_db()
        assert row.state == "returned"
        assert browser.post(f"{address}/cancel/", {"note": "弄错"}).status_code == 409

    def test_on_the_spot(self, market, client_for):
        browser = client_for(market.keeper)
        data = {"number": market.volunteer.number, "code": "ABCDEFGH23", "product": market.rice.pk, "quantity": "1"}
        answer = browser.post("/volunteers/counter/redeem/", {**data, "code": "WRONGWRONG"})
        assert answer.status_code == 400
        answer = browser.post("/volunteers/counter/redeem/", data, follow=True)
        assert "领取码" in answer.content.decode()
        assert "用去 5.00 分" in answer.content.decode()


def test_alliance_shops_are_there_for_everybody(market, client, tree):
    Provider.objects.create(name="诚信理发", kind=ProviderKind.SHOP, unit=tree.sister_community, about="理发八折")
    Provider.objects.create(name="停业的店", kind=ProviderKind.SHOP, unit=tree.community, is_active=False)
    Provider.objects.create(name="顺心物业", kind=ProviderKind.PROPERTY_FIRM, unit=tree.community)
    page = client.get("/alliance-shops/").content.decode()
    for words in ("惠民超市", "诚信理发", "共 2 家"):
        assert words in page
    for words in ("停业的店", "顺心物业"):
        assert words not in page
    page = client.get("/alliance-shops/?q=理发").content.decode()
    assert "诚信理发" in page
    assert "惠民超市" not in page
    assert "没有找到商家" in client.get("/alliance-shops/?q=修鞋").content.decode()
    Provider.objects.update(is_active=False)
    assert "还没有联盟商家" in client.get("/alliance-shops/").content.decode()


def test_a_collected_service_needs_no_stock(market):
    row = redeem_some(market.volunteer, market.service(name="理发"))
    redemption_collect(redemption=row, actor=market.keeper, code=code_of(row))
    assert Product.objects.get(name="理发", kind=ProductKind.SERVICE).stock is None
    books_are_true()


def test_shops_and_agreements_follow_a_merged_unit(market, tree, staff):
    from datetime import timedelta

    from django.utils import timezone

    from grid.panels import effects_of
    from grid.services import unit_merge
    from volunteers.services.partners import agreement_make
    from volunteers.shop_handlers import may_close
    from volunteers.workflow import AGREEMENT_FLOW

    today = timezone.localdate()
    agreement = agreement_make(
        actor=market.manager, unit=tree.community, provider=market.provider, room="活动室", rent=Decimal(0),
        owed_hours=Decimal(10), service="义诊", first_day=today, last_day=today + timedelta(days=30),
    )  # fmt: skip
    shop_create(
        actor=staff["street_officer"], name="江湾积分超市", unit=tree.sister_community, programme=make_programme()
    )
    assert "1 家积分超市、1 份合伙人协议随同调整。" in effects_of(tree.community, tree.sister_community)
    unit_merge(unit=tree.community, target=tree.sister_community, actor=staff["district_officer"])
    market.shop.refresh_from_db()
    agreement.refresh_from_db()
    assert (market.shop.unit, agreement.unit) == (tree.sister_community, tree.sister_community)
    assert market.shop.name == "江湾积分超市（原江湾社区）"
    for row in (market.shop, agreement):
        assert list(history.verify_chain(row, list(reversed(history.timeline(row))))) == []
    shop_close(shop=market.shop, actor=staff["street_officer"], reason="合并")
    AGREEMENT_FLOW.perform("terminate", agreement, staff["street_officer"], note="合并")
    refusal = may_close(tree.sister_community)
    assert "1 家营业的积分超市、0 份履约中的合伙人协议" in str(refusal.reason)
