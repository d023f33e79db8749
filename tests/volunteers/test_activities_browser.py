"""A volunteer's day on the phone in a real browser; all pages of activities fit, are accessible and keep the policy."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from tests.browser import PHONE
from tests.factories.activities import make_activity
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from tests.volunteers.own_support import session_of
from volunteers import sign_codes
from volunteers.choices import ActivityState, ParticipationState
from volunteers.models import Activity, Participation, ServiceRecord
from volunteers.services.attendance import attendance_correct, sign_in
from volunteers.services.hours import activity_confirm, hours_object
from volunteers.services.participation import activity_join

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]


def enter(tab, volunteer):
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session_of(volunteer), "url": tab.base}
    tab.page.context.add_cookies([cookie])


@pytest.fixture
def phone(tab_for):
    """``phone(volunteer)``: a tab on their phone, entered."""

    def open_phone(volunteer):
        tab = tab_for(None, PHONE)
        enter(tab, volunteer)
        return tab

    return open_phone


@pytest.fixture
def now():
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def running(tree, staff, now):
    """An activity that began two hours ago and goes on for another: one may still join."""
    make_rules()
    make_programme()
    return make_activity(
        tree.community, title="楼道清洁和杂物清理", starts_at=now - timedelta(hours=2), ends_at=now + timedelta(hours=1),
        signup_until=now + timedelta(hours=1), about="请带手套，在3号楼门前集合。", is_risky=False,
        roles=(("清扫", 2, ""), ("急救", 1, "first_aid")),
    )  # fmt: skip


def test_a_volunteers_day(phone, tab_for, running, staff, tree, now):
    person = make_volunteer(tree.community, name="欧阳晓明")
    mine = phone(person)
    page = mine.open(reverse("volunteers:own-activities"))
    page.get_by_text("楼道清洁和杂物清理").click()
    page.wait_for_url(f"**/my/activities/{running.pk}/")
    page.get_by_label("清扫（2 人）").check()
    page.get_by_role("button", name="我要报名").click()
    page.wait_for_selector("text=报名成功")
    row = Participation.objects.get()
    assert (row.state, row.role.name) == ("joined", "清扫")

    desk = tab_for(staff["community_worker"])
    screen = desk.open(reverse("volunteers:sign-screen", args=[running.pk]))
    assert screen.locator("svg.gw-qr path").count() >= 1
    assert "报名 1 人，已签到 0 人" in screen.inner_text("#gva-code")

    mine.open(reverse("volunteers:own-sign", args=[sign_codes.token(running, "in", timezone.now())]))
    mine.shoot("activity-own-sign")
    page.get_by_role("button", name="签到").click()
    page.wait_for_selector("text=签到成功")
    screen = desk.open(reverse("volunteers:sign-screen", args=[running.pk]))
    assert "已签到 1 人" in screen.inner_text("#gva-code")
    mine.open(reverse("volunteers:own-sign", args=[sign_codes.token(running, "out", timezone.now())]))
    page.get_by_role("button", name="签退").click()
    page.wait_for_selector("text=签退成功")

    # The phone had no signal in the morning: the organiser writes down when the volunteer came.
    page = desk.open(reverse("volunteers:attendance", args=[running.pk]))
    page.get_by_role("link", name="补签").click()
    page.fill("[name=signed_in_at]", f"{timezone.localtime(now - timedelta(hours=2)):%Y-%m-%dT%H:%M}")
    page.fill("[name=signed_out_at]", f"{timezone.localtime(now - timedelta(minutes=15)):%Y-%m-%dT%H:%M}")
    page.fill("[name=reason]", "早上没有信号，组长证明")
    page.get_by_role("button", name="保存").click()
    page.wait_for_selector("text=已更正")

    page = desk.open(running.get_absolute_url())
    page.get_by_role("button", name="结束活动").click()
    page.locator("#gw-confirm-yes").click()
    page.wait_for_selector("text=待确认时长")
    page.get_by_role("link", name="确认时长").click()
    page.wait_for_selector("text=计算时长")
    assert page.input_value(f"[name=hours_{row.pk}]") == "1.75"
    page.fill(f"[name=hours_{row.pk}]", "1.5")
    page.fill(f"[name=reason_{row.pk}]", "中途休息一刻钟")
    page.get_by_role("button", name="全部确认").click()
    page.locator("#gw-confirm-yes").click()
    page.wait_for_selector("text=时长已确认")
    assert str(ServiceRecord.objects.get().hours) == "1.50"

    page = mine.open(reverse("volunteers:own-hours"))
    assert "1.50 小时" in page.inner_text("main")
    assert "新确认" in page.inner_text("main")
    assert mine.violations() == []
    assert mine.overflow() == 0
    assert Participation.objects.get().seen_at is not None


def test_the_organiser_ticks_off_without_leaving_the_list(tab_for, running, staff, tree):
    people = [make_volunteer(tree.community, skills=["first_aid"]) for _ in range(2)]
    for person in people:
        activity_join(activity=running, volunteer=person, role=running.roles.first())
    tab = tab_for(staff["community_worker"], PHONE)
    page = tab.open(reverse("volunteers:attendance", args=[running.pk]))
    first = page.locator(".gva-person").first
    first.get_by_role("button", name="签到").click()
    page.wait_for_selector(".gva-said")
    assert "签到成功" in page.locator(".gva-said").inner_text()
    first.get_by_role("button", name="签退").click()
    page.wait_for_selector("text=签退成功")
    page.locator(".gva-person").nth(1).get_by_role("button", name="未到").click()
    page.wait_for_selector(".gw-badge:has-text('未到')")
    assert list(Participation.objects.order_by("pk").values_list("state", flat=True)) == ["served", "absent"]


# --- every page in both sizes


@pytest.fixture
def world(running, staff, tree, now):
    """Activities in all states with people in all states; the volunteer whose pages are looked at."""
    worker = staff["community_worker"]
    person = make_volunteer(tree.community, name="张晓明")
    others = [make_volunteer(tree.community, name=name) for name in ("李强", "王芳", "赵敏", "欧阳晓明")]
    role = running.roles.first()
    for volunteer in (person, *others):
        activity_join(activity=running, volunteer=volunteer, role=role)
    sign_in(participation=running.participations.get(volunteer=person))
    full = make_activity(
        tree.sister_community, title="社区工作日（12月2日）", capacity=1, starts_at=now + timedelta(days=7)
    )
    for volunteer in (others[0], person):
        activity_join(activity=full, volunteer=volunteer)
    Participation.objects.filter(activity=full, volunteer=person).update(notice="活动有变动：地点改为“5号楼”。")
    ended = _ended(tree, now - timedelta(days=3), [person, *others[:2]], worker)
    done = _ended(tree, now - timedelta(days=10), [person, others[2]], worker)
    activity_confirm(activity=done, actor=worker)
    mine = done.participations.get(volunteer=person)
    hours_object(participation=mine, text="我提前半小时到场准备工具，没有算进去。")
    return {
        "person": person, "worker": worker, "running": running, "full": full, "ended": ended, "done": done,
        "row": running.participations.get(volunteer=person), "mine": mine, "record": ServiceRecord.objects.first(),
    }  # fmt: skip


def _ended(tree, start, people, worker):
    """An activity of the past whose people have signed out."""
    activity = make_activity(tree.community, title="爱心义剪", theme="convenience", starts_at=start)
    for volunteer in people:
        row = Participation.objects.create(
            activity=activity, volunteer=volunteer, joined_at=start - timedelta(days=1), state=ParticipationState.JOINED
        )
        attendance_correct(
            participation=row,
            by=worker,
            signed_in_at=start,
            signed_out_at=start + timedelta(hours=2),
            reason="现场登记",
        )
    Activity.objects.filter(pk=activity.pk).update(state=ActivityState.ENDED)
    return Activity.objects.get(pk=activity.pk)


STAFF_PAGES = {
    "list": ("activities", None), "create": ("activity-create", None), "plan": ("activity-plan", None),
    "detail": ("activity", "running"), "done": ("activity", "done"), "change": ("activity-change", "full"),
    "screen": ("sign-screen", "running"), "attendance": ("attendance", "running"), "confirm": ("activity-confirm", "ended"),
    "correct": ("participation-correct", "row"), "hours": ("participation-hours", "mine"),
    "answer": ("participation-answer", "mine"), "records": ("records", None), "void": ("record-void", "record"),
}  # fmt: skip
OWN_PAGES = {
    "activities": ("own-activities", None), "joined": ("own-joined", None), "activity": ("own-activity", "running"),
    "waiting": ("own-activity", "full"), "done": ("own-activity", "done"), "hours": ("own-hours", None),
    "object": ("own-object", "mine"),
}  # fmt: skip
OPEN_PAGES = {"list": ("open-activities", None), "activity": ("open-activity", "running")}


def addresses(world, kind, pages):
    return {
        f"activity-{kind}-{name}": reverse(f"volunteers:{url_name}", args=[world[which].pk] if which else [])
        for name, (url_name, which) in pages.items()
    }


def test_staff_pages_are_accessible_and_fit(faults_of, world, tree):
    world["full"].unit = tree.community
    Activity.objects.filter(pk=world["full"].pk).update(unit=tree.community)
    assert faults_of(world["worker"], addresses(world, "staff", STAFF_PAGES)) == {}


def test_own_and_open_pages_are_accessible_and_fit(faults_of, world):
    assert faults_of(None, addresses(world, "own", OWN_PAGES), lambda tab: enter(tab, world["person"])) == {}
    assert faults_of(None, addresses(world, "open", OPEN_PAGES)) == {}
