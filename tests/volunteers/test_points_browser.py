"""Pages of points in a real browser: they fit, are accessible, and a kind of points is added to the rule."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from common.models import Policy
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from tests.volunteers.own_support import session_of
from volunteers.choices import AccountKind, EntryKind, Group
from volunteers.models import Entry, PointsRequest, Programme, Shop, Volunteer
from volunteers.services.donations import donate
from volunteers.services.ledger import Movement, person_account, post, reversal, shop_account, system_account
from volunteers.services.points_requests import adjustment_propose, item_propose, request_approve
from volunteers.services.programmes import programmes_follow

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture
def world(tree, staff):
    """丰南's rules; a party member with a year of movements, a neighbour, a request that waits."""
    from django.db import transaction

    make_rules("fengnan")
    programmes_follow(Policy.objects.get(key="points").data)
    worker, colleague = staff["community_worker"], make_user(Role.COMMUNITY_WORKER, tree.community)
    consent = {"display_consent_at": timezone.now()}
    member = make_volunteer(tree.community, group=Group.PARTY_MEMBER, nickname="向日葵", **consent)
    neighbour = make_volunteer(tree.community, nickname="江边的老王", **consent)
    programme = make_programme()
    issue, account = system_account(programme, AccountKind.ISSUE), person_account(member, programme)
    shop = shop_account(Shop.objects.create(name="江湾社区爱心超市", unit=tree.community, programme=programme))
    today = timezone.localdate()

    def move(source, target, points, kind, reason):
        key = str(uuid.uuid4())
        return post([Movement(source, target, Decimal(points), kind, today, reason, key, actor=worker)])[0]

    with transaction.atomic():
        for hours, reason in (("2.5", "楼道清扫和小广告清理"), ("4", "夜间平安巡逻"), ("1.25", "陪独居老人就医")):
            move(issue, account, hours, EntryKind.EARN, reason)
        wrong = move(issue, account, "3", EntryKind.OPENING, "期初结转")
        post([reversal(wrong, actor=worker, reason="重复结转")])
        move(account, shop, "3", EntryKind.REDEEM, "兑换大米 5 公斤")
        move(issue, person_account(neighbour, programme), "7.75", EntryKind.EARN, "社区巡逻")
    donate(
        volunteer=member, programme=programme, amount=Decimal(1), request_key=uuid.uuid4(), to_number=neighbour.number
    )
    request_approve(
        points_request=item_propose(actor=worker, volunteer=member, item="party_day", day=today, reason="11月主题党日"),
        actor=colleague,
    )
    adjustment_propose(
        actor=colleague, volunteer=neighbour, programme=programme, amount=Decimal("-2.50"), day=today, reason="十月份重复登记了一次巡逻"
    )  # fmt: skip
    return tree


def addresses() -> dict[str, str]:
    volunteer = Volunteer.objects.get(nickname="向日葵")
    return {
        "overview": reverse("volunteers:points-overview"),
        "requests": reverse("volunteers:points-requests"),
        "request": PointsRequest.objects.get(state="proposed").get_absolute_url(),
        "adjust": reverse("volunteers:points-adjust"),
        "item": reverse("volunteers:points-item"),
        "grant": reverse("volunteers:points-grant"),
        "entries": reverse("volunteers:points-entries"),
        "entry": reverse("volunteers:points-entry", args=[Entry.objects.get(kind=EntryKind.ITEM).pk]),
        "reverse": reverse("volunteers:points-reverse", args=[Entry.objects.get(kind=EntryKind.ITEM).pk]),
        "account": reverse("volunteers:points-account", args=[volunteer.pk]),
        "statements": reverse("volunteers:points-statements"),
    }


def test_the_pages_of_the_office(faults_of, staff, world):
    pages = {f"points-{name}": address for name, address in addresses().items()}
    assert faults_of(staff["community_worker"], pages) == {}


def test_the_pages_of_a_volunteer(faults_of, world):
    def enter(tab):
        session = session_of(Volunteer.objects.get(nickname="向日葵"))
        key = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": tab.base}
        tab.page.context.add_cookies([key])

    names = ("own-points", "own-points-donate", "points-ranking")
    assert faults_of(None, {name: reverse(f"volunteers:{name}") for name in names}, enter) == {}


def test_the_pages_of_rules_with_lists(faults_of, staff, world):
    pages = {
        f"{key}{page}".replace("/", "-"): f"/rules/{key}{page}"
        for key in ("points", "member_items")
        for page in ("", "/new")
    }
    assert faults_of(staff["security_admin"], pages) == {}


def test_a_kind_of_points_is_added_in_the_browser(tab_for, staff, world):
    page = tab_for(staff["security_admin"]).open("/rules/points/new")
    page.fill("#id_approval_above", "80")
    page.click("text=再加一项：积分项目")
    page.wait_for_url("**#entry-programmes__2")
    assert page.input_value("#id_approval_above") == "80"
    assert page.evaluate("location.hash") == "#entry-programmes__2"
    page.fill("#id_programmes__2__label", "银发积分")
    page.fill("#id_note", "区民发〔2026〕3号")
    with page.expect_navigation():
        page.press("#id_note", "Enter")  # Enter saves, it does not add another entry
    assert Programme.objects.filter(name="银发积分").count() == 1
    rows = Policy.objects.latest("pk").data["programmes"]
    assert [row["label"] for row in rows] == ["志愿积分", "党员积分", "银发积分"]
    assert Policy.objects.latest("pk").valid_from >= date(2026, 1, 1)
