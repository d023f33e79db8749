"""Pages of volunteers in a real browser: they fit, are accessible, and somebody signs up on a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.browser import PHONE
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_id_number, make_programme, make_volunteer
from volunteers.models import Membership, Team, Volunteer
from volunteers.services.people import volunteer_sign_up
from volunteers.services.people_changes import volunteer_insure
from volunteers.services.people_leaving import ask_for_erasure

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]

STAFF = (
    "volunteers", "volunteer-create", "volunteer", "volunteer-change", "teams", "team", "team-create", "team-join", "team-lead",
    "team-close",
)  # fmt: skip


@pytest.fixture
def world(tree, staff):
    make_rules("jiangyuan")
    make_programme()
    return tree


@pytest.fixture
def signed(world, staff):
    made = volunteer_sign_up(
        actor=None, unit=world.community, name="欧阳晓明", phone="13800001234", id_number=make_id_number(), nickname="江边小明",
        skills=["legal", "repair"], times=["weekend_day"], areas="江湾社区", display_consent=True,
    )  # fmt: skip
    volunteer_insure(
        volunteer=made.volunteer, actor=staff["community_worker"], insured_until=timezone.localdate() + timedelta(days=90), insurance="意外险"
    )  # fmt: skip
    return made


@pytest.fixture
def team(world, signed):
    row = Team.objects.create(
        name="江湾红马甲先锋队", unit=world.community, leader=signed.volunteer, theme="civility", about="楼道清扫、夜间巡逻",
        founded_on=timezone.localdate(),
    )  # fmt: skip
    for volunteer in (signed.volunteer, make_volunteer(world.community, name="王芳")):
        Membership.objects.create(team=row, volunteer=volunteer, first_day=timezone.localdate())
    make_volunteer(world.community, name="李小雨", state="waiting", is_minor=True)
    return row


def test_staff_pages_are_accessible_and_fit(faults_of, staff, signed, team):
    about = dict.fromkeys(("team", "team-join", "team-lead", "team-close"), team.pk)
    about |= dict.fromkeys(("volunteer", "volunteer-change"), signed.volunteer.pk)
    pages = {
        f"people-{name}": reverse(f"volunteers:{name}", args=[about[name]] if name in about else []) for name in STAFF
    }
    assert faults_of(staff["community_worker"], pages) == {}


def test_somebody_signs_up_on_a_phone_and_opens_the_own_page(tab_for, world):
    tab = tab_for(None, PHONE)
    page = tab.open(reverse("volunteers:own-sign-up"))
    assert tab.violations() == []
    assert tab.overflow() == 0
    tab.shoot("own-sign-up")
    page.get_by_text("未满 18 周岁，或不便提供身份证号").click()
    assert tab.violations() == []
    page.select_option("select[name=community]", label="江湾社区")
    page.fill("input[name=name]", "王芳")
    page.fill("input[name=phone]", "13900000000")
    page.fill("input[name=id_number]", make_id_number(serial=7)[:-1] + "?")
    page.get_by_text("昵称、技能和时间").click()
    page.get_by_label("法律咨询").check()
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="提交注册").click()
    page.wait_for_selector("text=校验没有通过")
    assert tab.violations() == []
    page.fill("input[name=id_number]", make_id_number(serial=7))
    page.get_by_role("button", name="提交注册").click()
    page.wait_for_selector(".go-code")
    tab.shoot("own-signed-up")
    assert tab.violations() == []
    code = page.locator(".go-code").inner_text()
    page.get_by_role("link", name="进入我的主页").click()
    page.wait_for_selector("input[name=code]")
    assert page.input_value("input[name=who]") == Volunteer.objects.get().number
    assert tab.violations() == []
    tab.shoot("own-enter")
    page.fill("input[name=code]", code)
    page.get_by_role("button", name="进入").click()
    page.wait_for_selector("text=王芳，您好")
    assert Volunteer.objects.get().skills == ["legal"]


def test_own_pages_are_accessible_and_fit(faults_of, signed, team):
    def enter(tab):
        page = tab.open(reverse("volunteers:own-enter"))
        page.fill("input[name=who]", "13800001234")
        page.fill("input[name=code]", signed.code)
        page.get_by_role("button", name="进入").click()
        page.wait_for_selector("text=欧阳晓明，您好")

    ask_for_erasure(volunteer=signed.volunteer)
    pages = {name: reverse(f"volunteers:{name}") for name in ("own-home", "own-profile")}
    assert faults_of(None, pages, enter) == {}
