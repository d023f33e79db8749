"""Programmes, accounts, statements, requests, stars, nominations and certificates through the API."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from common.models import Policy
from tests.factories.accounts import make_user
from tests.factories.shop import give_points, make_market, redeem_some
from tests.factories.volunteers import make_programme
from volunteers.choices import RecordSource
from volunteers.models import Account, Nomination, StarAward
from volunteers.services.certificates import certificate_issue, check_code
from volunteers.services.points_requests import adjustment_propose
from volunteers.services.records import Service, record_services

pytestmark = pytest.mark.django_db
ZONE = timezone.get_default_timezone()


@pytest.fixture
def market(tree, staff):
    """Somebody had 20 points last year, and 3 more this year, of which 5 were spent."""
    with time_machine.travel(datetime(2025, 12, 31, 23, 59, tzinfo=ZONE), tick=False):
        market = make_market(tree, staff)
    with time_machine.travel(datetime(2026, 1, 1, 9, tzinfo=ZONE), tick=False):
        give_points(market.volunteer, "3")
        redeem_some(market.volunteer, market.rice)
    return market


@pytest.fixture
def office(market, api_for):
    return api_for(market.manager)


@pytest.fixture
def neighbour(market, api_for):
    return api_for(make_user("community_worker", market.tree.sister_community))


class TestPoints:
    def test_balance_and_statement_of_a_year(self, market, office):
        [account] = office.get("/api/v1/points/accounts/").json()["results"]
        assert (account["volunteer"], account["balance"]) == (market.volunteer.number, "18.00")
        assert account["programme"]["key"] == "volunteer"
        url = f"/api/v1/points/accounts/{account['id']}/statement/"
        told = office.get(url, {"year": 2026}).json()
        assert (told["opening"], told["closing"]) == ("20.00", "18.00")
        assert [(row["amount"], row["balance"]) for row in told["movements"]] == [("3.00", "23.00"), ("-5.00", "18.00")]
        earlier = office.get(url, {"year": 2025}).json()
        assert (earlier["opening"], earlier["closing"], len(earlier["movements"])) == ("0.00", "20.00", 1)
        for year in ("x", "1999", "99999"):
            assert office.get(url, {"year": year}).status_code == 400

    def test_accounts_of_others_are_not_there(self, market, office, neighbour):
        account = Account.objects.get(volunteer=market.volunteer)
        shops = Account.objects.get(shop=market.shop)
        assert neighbour.get("/api/v1/points/accounts/").json()["results"] == []
        for path in ("", "statement/"):
            assert office.get(f"/api/v1/points/accounts/{account.pk}/{path}").status_code == 200
            assert neighbour.get(f"/api/v1/points/accounts/{account.pk}/{path}").status_code == 404
            assert office.get(f"/api/v1/points/accounts/{shops.pk}/{path}").status_code == 404

    def test_search_and_conditions(self, market, office):
        other = market.neighbour("2")
        members = make_programme("member", "党员积分")
        give_points(market.volunteer, "7", members)
        found = office.get("/api/v1/points/accounts/", {"q": other.number.lower()}).json()["results"]
        assert [row["balance"] for row in found] == ["2.00"]
        found = office.get("/api/v1/points/accounts/", {"programme": members.pk}).json()["results"]
        assert [row["balance"] for row in found] == ["7.00"]
        found = office.get("/api/v1/points/programmes/", {"q": "党员"}).json()["results"]
        assert found == [{"id": members.pk, "key": "member", "name": "党员积分", "is_active": True}]

    def test_requests(self, market, office, neighbour):
        row = adjustment_propose(
            actor=market.manager, volunteer=market.volunteer, programme=make_programme(), amount=Decimal(3),
            day=date(2026, 1, 1), reason="漏记服务，联系 13812345678",
        )  # fmt: skip
        [told] = office.get("/api/v1/points/requests/?state=proposed").json()["results"]
        assert (told["amount"], told["state"], told["decided_by"]) == ("3.00", "proposed", "")
        assert told["reason"] == "漏记服务，联系 138****5678"
        assert told["proposed_by"] == market.manager.display_name
        assert office.get(f"/api/v1/points/requests/{row.pk}/").json() == told
        assert neighbour.get("/api/v1/points/requests/").json()["results"] == []
        assert neighbour.get(f"/api/v1/points/requests/{row.pk}/").status_code == 404


class TestHonours:
    def test_stars_and_nominations(self, market, office, neighbour):
        StarAward.objects.create(
            volunteer=market.volunteer, stars=1, label="一星志愿者", measure=Decimal(100),
            policy=Policy.objects.get(key="stars"), on=timezone.localdate(),
        )  # fmt: skip
        row = Nomination.objects.create(
            honour="最美志愿者", year=timezone.localdate().year, volunteer=market.volunteer, deeds="多年义务理发。",
            nominated_by=market.manager, nominated_at=timezone.now(),
        )  # fmt: skip
        [star] = office.get("/api/v1/stars/?stars=1").json()["results"]
        assert (star["volunteer"], star["label"], star["measure"]) == (market.volunteer.number, "一星志愿者", "100.00")
        [told] = office.get("/api/v1/nominations/?state=nominated").json()["results"]
        assert (told["honour"], told["state_label"]) == ("最美志愿者", "待街道审核")
        detail = office.get(f"/api/v1/nominations/{row.pk}/").json()
        assert (detail["name"], detail["deeds"], detail["actions"]) == ("张**", "多年义务理发。", [])
        for kind in ("stars", "nominations"):
            assert neighbour.get(f"/api/v1/{kind}/").json()["results"] == []
        assert neighbour.get(f"/api/v1/nominations/{row.pk}/").status_code == 404

    def test_a_certificate_without_name_and_code(self, market, office, neighbour):
        start = datetime(2026, 3, 5, 8, tzinfo=ZONE)
        service = Service(
            volunteer=market.volunteer, unit=market.tree.community, source=RecordSource.IMPORT, theme="civility",
            what="清扫积雪", started_at=start, ended_at=start.replace(hour=10),
        )  # fmt: skip
        record_services([service], actor=market.manager)
        row = certificate_issue(
            actor=market.manager, volunteer=market.volunteer, first_day=start.date(), last_day=start.date(),
            request_key=uuid.uuid4(),
        )  # fmt: skip
        answer = office.get("/api/v1/certificates/?standing=valid")
        [told] = answer.json()["results"]
        assert (told["number"], told["name"], told["hours"], told["revoked_at"]) == (row.number, "张**", "2.00", None)
        detail = office.get(f"/api/v1/certificates/{row.pk}/")
        assert detail.json() == told
        for secret in ("张晓明", check_code(row.request_key)):
            assert secret not in answer.content.decode() + detail.content.decode()
        assert neighbour.get("/api/v1/certificates/").json()["results"] == []
        assert neighbour.get(f"/api/v1/certificates/{row.pk}/").status_code == 404
