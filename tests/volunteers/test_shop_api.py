"""Shops, products and redemptions through the API: what is told, to whom, and handing out against the code."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.factories.accounts import make_user
from tests.factories.shop import balance_of, books_are_true, make_market, redeem_some, snapshot
from volunteers.models import Redemption
from volunteers.services.redemptions import code_of
from volunteers.services.shop import product_price

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(tree, staff):
    return make_market(tree, staff)


@pytest.fixture
def keeper(market, api_for):
    return api_for(market.keeper)


def numbers(answer):
    return [row["number"] for row in answer.json()["results"]]


class TestReading:
    def test_shop_and_product_with_stock_and_prices(self, market, keeper):
        [shop] = keeper.get("/api/v1/shops/?state=open").json()["results"]
        assert (shop["name"], shop["provider"], shop["programme"]) == ("江湾积分超市", "惠民超市", "volunteer")
        assert keeper.get(f"/api/v1/shops/{market.shop.pk}/").json() == shop
        product_price(product=market.rice, actor=market.manager, points=Decimal(6), value=Decimal("17.50"))
        [rice] = keeper.get("/api/v1/products/?kind=goods&q=大米").json()["results"]
        assert (rice["points"], rice["value"], rice["stock"]) == ("6.00", "17.50", 10)
        prices = keeper.get(f"/api/v1/products/{market.rice.pk}/").json()["prices"]
        assert [(price["points"], price["value"]) for price in prices] == [("6.00", "17.50"), ("5.00", "16.80")]

    def test_a_redemption_names_nobody(self, market, keeper):
        row = redeem_some(market.volunteer, market.fee(), account_number="JW-3-2-101")
        answer = keeper.get(f"/api/v1/redemptions/{row.pk}/")
        told = answer.json()
        assert (told["number"], told["points"], told["state"]) == (row.number, "5.00", "reserved")
        assert (told["volunteer"], told["name"]) == (market.volunteer.number, "张**")
        assert told["account_number"] == "J********1"
        assert told["actions"] == ["collect", "cancel"]
        for secret in ("张晓明", "JW-3-2-101", code_of(row)):
            assert secret not in answer.content.decode()

    def test_only_what_the_caller_may_see(self, market, keeper, api_for):
        row = redeem_some(market.volunteer, market.rice)
        own = ("shops", market.shop.pk), ("products", market.rice.pk), ("redemptions", row.pk)
        neighbour = api_for(make_user("community_worker", market.tree.sister_community))
        for kind, pk in own:
            assert [found["id"] for found in keeper.get(f"/api/v1/{kind}/").json()["results"]] == [pk]
            assert neighbour.get(f"/api/v1/{kind}/").json()["results"] == []
            assert keeper.get(f"/api/v1/{kind}/{pk}/").status_code == 200
            assert neighbour.get(f"/api/v1/{kind}/{pk}/").status_code == 404

    def test_conditions_that_make_no_sense(self, keeper):
        answer = keeper.get("/api/v1/redemptions/?state=gone")
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "state")


class TestHandingOut:
    def test_found_by_its_code_and_handed_out_once(self, market, keeper):
        row = redeem_some(market.volunteer, market.rice, quantity=2)
        code = code_of(row)
        found = keeper.post("/api/v1/redemptions/find/", {"code": code.lower()})
        assert (found.status_code, found.json()["number"], found.json()["state"]) == (200, row.number, "reserved")
        done = keeper.post(f"/api/v1/redemptions/{row.pk}/collect/", {"code": code})
        assert (done.status_code, done.json()["state"], done.json()["actions"]) == (200, "collected", ["return"])
        row.refresh_from_db()
        assert (row.state, row.collected_by) == ("collected", market.keeper)
        before = snapshot()
        for path in ("find/", f"{row.pk}/collect/"):
            again = keeper.post(f"/api/v1/redemptions/{path}", {"code": code})
            assert again.status_code == 409
            assert "只能用一次" in again.json()["errors"][0]["detail"]
        assert snapshot() == before
        assert balance_of(market.volunteer) == 10
        books_are_true()

    def test_a_wrong_code_hands_nothing_out(self, market, keeper):
        row = redeem_some(market.volunteer, market.rice)
        other = redeem_some(market.volunteer, market.rice)
        before = snapshot()
        for body in ({"code": code_of(other)}, {"code": "AAAAAAAA"}, {"code": ""}, {}):
            answer = keeper.post(f"/api/v1/redemptions/{row.pk}/collect/", body)
            assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "code")
        assert snapshot() == before

    def test_guessing_is_stopped(self, market, keeper):
        row = redeem_some(market.volunteer, market.rice)
        answers = [keeper.post("/api/v1/redemptions/find/", {"code": "AAAAAAAA"}).status_code for _ in range(11)]
        assert answers == [400] * 10 + [429]
        assert keeper.post(f"/api/v1/redemptions/{row.pk}/collect/", {"code": code_of(row)}).status_code == 429
        assert Redemption.objects.get(pk=row.pk).state == "reserved"

    def test_only_at_the_own_counter(self, market, api_for):
        row = redeem_some(market.volunteer, market.rice)
        before, body = snapshot(), {"code": code_of(row)}
        stranger = api_for(make_user("provider", market.tree.community))
        assert stranger.post("/api/v1/redemptions/find/", body).status_code == 400
        assert stranger.post(f"/api/v1/redemptions/{row.pk}/collect/", body).status_code == 404
        reader = api_for(make_user("grid_worker", market.tree.grid))
        assert reader.post(f"/api/v1/redemptions/{row.pk}/collect/", body).status_code == 403
        assert snapshot() == before
