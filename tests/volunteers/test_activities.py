"""Activities from the draft to the cancellation: who may, joining and its conditions, the waiting list, regular days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone

from accounts.models import Notification
from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.models import Event
from tests.factories.accounts import make_user
from tests.factories.activities import DAY_BEFORE, END, START, ZONE, make_activity, make_participation
from tests.factories.volunteers import make_volunteer
from volunteers.choices import ActivityState
from volunteers.models import Activity, Participation
from volunteers.services.activities import (
    RolePlan,
    activity_cancel,
    activity_change,
    activity_create,
    activity_end,
    activity_publish,
)
from volunteers.services.activity_sweep import end_past_activities, fill_free_places, remind_to_confirm
from volunteers.services.participation import activity_join, activity_leave
from volunteers.services.regular_days import plan_regular_day

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day_before():
    with time_machine.travel(DAY_BEFORE, tick=False):
        yield


def plan(tree, worker, **changes):
    values = {
        "actor": worker, "unit": tree.community, "title": "楼道清洁", "theme": "civility", "place": "3号楼",
        "starts_at": START, "ends_at": END, "capacity": 3, **changes,
    }  # fmt: skip
    return activity_create(**values)


def state_of(participation):
    return Participation.objects.get(pk=participation.pk).state


# --- planning


def test_a_plan_is_a_draft_that_is_published(tree, worker):
    activity = plan(tree, worker, roles=[RolePlan("清扫", 2), RolePlan("急救", 1, "first_aid")])
    assert (activity.state, activity.signup_until) == ("draft", START)
    assert [(role.name, role.places, role.skill) for role in activity.roles.all()] == [
        ("清扫", 2, ""), ("急救", 1, "first_aid"),
    ]  # fmt: skip
    assert activity_publish(activity=activity, actor=worker).state == "published"
    assert [event.kind for event in history.timeline(activity)] == ["activity.published", "activity.created"]
    assert list(history.verify()) == []


def test_the_same_plan_twice_is_refused_until_the_first_is_cancelled(tree, worker):
    first = plan(tree, worker)
    with pytest.raises(Conflict, match="已有活动"):
        plan(tree, worker)
    plan(tree, worker, title="楼道清洁（二组）")
    assert Activity.objects.count() == 2
    activity_cancel(activity=first, actor=worker, reason="大风")
    assert plan(tree, worker).state == "draft"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"title": " "}, "title", "活动名称"),
        ({"theme": "nonsense"}, "theme", "主题"),
        ({"ends_at": START}, "ends_at", "晚于开始"),
        ({"ends_at": START + timedelta(hours=24, minutes=1)}, "ends_at", "24 小时"),
        ({"starts_at": DAY_BEFORE - timedelta(days=2), "ends_at": DAY_BEFORE - timedelta(days=1, hours=23)}, "ends_at", "晚于现在"),
        ({"signup_until": END + timedelta(minutes=1)}, "signup_until", "报名截止"),
        ({"min_age": 60, "max_age": 18}, "max_age", "最大年龄"),
        ({"is_risky": True}, "risks", "第十二条"),
        ({"capacity": 0}, "capacity", "招募人数"),
        ({"roles": [RolePlan("清扫", 2)]}, "capacity", "各岗位共 2 人，与招募人数 3 人不一致"),
        ({"roles": [RolePlan("清扫", 1), RolePlan("清扫", 2)]}, "capacity", "不能重复"),
    ],
)  # fmt: skip
def test_an_impossible_plan_is_refused_at_its_field(tree, worker, changes, field, words):
    plan(tree, worker)
    with pytest.raises(Invalid, match=words) as refusal:
        plan(tree, worker, **changes)
    assert refusal.value.field == field
    assert Activity.objects.count() == 1


def test_only_who_organises_for_the_unit_may_plan_and_act(tree, worker, staff):
    stranger = make_user("community_worker", tree.other_community)
    activity = plan(tree, worker)
    with pytest.raises(Http404):
        plan(tree, stranger)
    with pytest.raises(Refused):
        plan(tree, staff["building_chief"], unit=tree.group)
    with pytest.raises(Http404):
        activity_publish(activity=activity, actor=stranger)
    assert [row.state for row in Activity.objects.all()] == ["draft"]
    assert activity_publish(activity=activity, actor=staff["street_officer"]).state == "published"


def test_a_draft_whose_time_is_over_is_not_published(tree, worker):
    activity = plan(tree, worker)
    with time_machine.travel(END + timedelta(seconds=1), tick=False):
        with pytest.raises(Refused, match="已经过去"):
            activity_publish(activity=activity, actor=worker)
    assert Activity.objects.get().state == "draft"


def test_those_who_joined_are_told_of_a_change(tree, worker):
    activity = make_activity(tree.community, capacity=1)
    account = make_user("building_chief", tree.group)
    first = make_participation(activity, make_volunteer(tree.community, user=account))
    second = make_participation(activity, make_volunteer(tree.community))
    assert second.state == "waiting"
    activity_change(activity=activity, actor=worker, place="5号楼", capacity=2)
    words = "活动有变动：地点改为“5号楼”；招募人数改为“2”。"
    assert Participation.objects.get(pk=first.pk).notice == words
    assert Notification.objects.get(user=account).text == f"“楼道清洁”{words}"
    moved = Participation.objects.get(pk=second.pk)  # the second place is theirs
    assert (moved.state, moved.notice[:12]) == ("joined", "您已由候补转为报名成功，")
    assert list(history.verify()) == []


def test_a_change_takes_nobodys_place_and_no_time_from_who_is_there(tree, worker):
    activity = make_activity(tree.community, roles=(("清扫", 2, ""), ("急救", 1, "")))
    cleaning, _ = activity.roles.all()
    make_participation(activity, make_volunteer(tree.community), role=cleaning)
    make_participation(activity, make_volunteer(tree.community), role=cleaning)
    for changes, words in (
        ({"capacity": 1, "roles": [RolePlan("急救", 1)]}, "已有 2 人报名"),
        ({"capacity": 2, "roles": [RolePlan("清扫", 1), RolePlan("急救", 1)]}, "岗位“清扫”已有 2 人报名"),
        ({"capacity": 3, "roles": [RolePlan("急救", 3)]}, "岗位“清扫”已有人报名，不能去掉"),
    ):
        with pytest.raises(Invalid, match=words):
            activity_change(activity=activity, actor=worker, **changes)
    assert [(role.name, role.places) for role in activity.roles.all()] == [("清扫", 2), ("急救", 1)]
    Participation.objects.update(signed_in_at=START, state="present")
    with pytest.raises(Invalid, match="已经有人签到"):
        activity_change(activity=activity, actor=worker, starts_at=START + timedelta(hours=1))
    activity_change(activity=activity, actor=worker, capacity=4, roles=[RolePlan("清扫", 3), RolePlan("急救", 1)])
    assert activity.roles.get(name="清扫").places == 3


def test_it_is_cancelled_with_a_reason_until_hours_are_confirmed(tree, worker):
    activity = make_activity(tree.community)
    row = make_participation(activity, make_volunteer(tree.community))
    with pytest.raises(Invalid, match="取消的原因"):
        activity_cancel(activity=activity, actor=worker, reason=" ")
    assert activity_cancel(activity=activity, actor=worker, reason="大雨").cancel_reason == "大雨"
    assert Participation.objects.get(pk=row.pk).notice == "活动已取消：大雨"
    with pytest.raises(Conflict, match="已取消"):
        activity_cancel(activity=activity, actor=worker, reason="再来")
    Activity.objects.update(state=ActivityState.CONFIRMED)
    with pytest.raises(Conflict, match="已完成"):
        activity_cancel(activity=activity, actor=worker, reason="晚了")


# --- ending


def test_it_ends_by_hand_after_the_start_or_by_itself(tree, worker):
    by_hand = make_activity(tree.community, title="甲")
    by_itself = make_activity(tree.community, title="乙")
    with pytest.raises(Refused, match="还没有开始"):
        activity_end(activity=by_hand, actor=worker)
    assert end_past_activities(END - timedelta(seconds=1)) == 0
    with time_machine.travel(START + timedelta(hours=1), tick=False):
        assert activity_end(activity=by_hand, actor=worker).state == "ended"
    assert (end_past_activities(END), end_past_activities(END)) == (1, 0)
    assert Activity.objects.get(pk=by_itself.pk).state == "ended"
    assert list(history.verify()) == []


def test_the_organiser_is_asked_for_hours_once_after_three_days(tree, worker):
    activity = make_activity(tree.community, state=ActivityState.ENDED, created_by=worker)
    assert remind_to_confirm(END + timedelta(days=3) - timedelta(seconds=1)) == 0
    assert (remind_to_confirm(END + timedelta(days=3)), remind_to_confirm(END + timedelta(days=9))) == (2, 0)
    told = Notification.objects.order_by("pk")
    assert [(row.unit, row.user) for row in told] == [(tree.community, None), (None, worker)]
    assert {row.url for row in told} == {activity.get_absolute_url()}
    assert told[0].text == "“楼道清洁”已结束 3 天，还没有确认志愿者的服务时长，请尽快确认。"


# --- joining


def test_the_last_place_then_the_waiting_list_then_moving_up(tree, worker):
    activity = make_activity(tree.community, capacity=2)
    rows = [make_participation(activity, make_volunteer(tree.community)) for _ in range(4)]
    assert [row.state for row in rows] == ["joined", "joined", "waiting", "waiting"]
    activity_leave(participation=rows[1])
    assert [state_of(row) for row in rows] == ["joined", "withdrawn", "joined", "waiting"]
    with time_machine.travel(DAY_BEFORE + timedelta(minutes=1), tick=False):
        again = activity_join(activity=activity, volunteer=rows[1].volunteer)
    assert (again.pk, again.state) == (rows[1].pk, "waiting")  # the same row, at the end of the list
    activity_leave(participation=rows[0])
    assert [state_of(row) for row in rows] == ["withdrawn", "waiting", "joined", "joined"]
    assert list(history.verify()) == []


@pytest.mark.parametrize(
    ("activity_fields", "volunteer_fields", "words"),
    [
        ({"min_age": 50}, {}, "要求年满 50 周岁，您到活动当天为 46 周岁"),
        ({"max_age": 45}, {}, "要求不超过 45 周岁"),
        ({"is_risky": True, "risks": "高处作业"}, {}, "志愿服务条例第十七条"),
        ({"is_risky": True, "risks": "高处作业"}, {"insured_until": date(2026, 11, 24)}, "志愿服务条例第十七条"),
        ({}, {"state": "waiting"}, "监护人同意"),
        ({}, {"state": "left", "left_on": date(2026, 1, 1), "joined_on": date(2025, 1, 1)}, "已退出"),
        ({"state": "draft"}, {}, "筹备中，不能报名"),
        ({"state": "cancelled"}, {}, "已取消，不能报名"),
        ({"signup_until": DAY_BEFORE}, {}, "报名已于 2026-11-24 08:30 截止"),
    ],
)  # fmt: skip
def test_what_an_activity_asks_is_checked_when_joining(tree, worker, activity_fields, volunteer_fields, words):
    person = make_volunteer(tree.community, insured_until=date(2026, 11, 25))
    easy, hard = make_activity(tree.community), make_activity(tree.sister_community, **activity_fields)
    with pytest.raises((Refused, Conflict), match=words):
        make_participation(hard, make_volunteer(tree.community, **volunteer_fields))
    assert not Participation.objects.exists()
    make_participation(easy, person)
    assert Participation.objects.count() == 1


def test_insurance_that_ends_on_the_day_still_covers_it(tree, worker):
    risky = make_activity(tree.community, is_risky=True, risks="高处作业")
    assert make_participation(risky, make_volunteer(tree.community, insured_until=date(2026, 11, 25))).state == "joined"


def test_an_unknown_date_of_birth_is_asked_for_only_where_age_matters(tree, worker):
    person = make_volunteer(tree.community)
    person.person.birth_date = ""
    person.person.save()
    with pytest.raises(Refused, match="补充您的出生日期"):
        make_participation(make_activity(tree.community, min_age=18), person)
    assert make_participation(make_activity(tree.community), person).state == "joined"


def test_a_role_wants_its_skill_and_has_its_own_places(tree, worker):
    activity = make_activity(tree.community, roles=(("清扫", 2, ""), ("急救", 1, "first_aid")))
    cleaning, aid = activity.roles.all()
    with pytest.raises(Invalid, match="请选择岗位"):
        make_participation(activity, make_volunteer(tree.community))
    with pytest.raises(Refused, match="应急救护"):
        make_participation(activity, make_volunteer(tree.community), role=aid)
    skilled = [make_volunteer(tree.community, skills=["first_aid"]) for _ in range(2)]
    assert [make_participation(activity, one, role=aid).state for one in skilled] == ["joined", "waiting"]
    assert make_participation(activity, make_volunteer(tree.community), role=cleaning).state == "joined"
    foreign = make_activity(tree.community, roles=(("清扫", 3, ""),)).roles.get()
    with pytest.raises(Invalid, match="从列表中选择岗位"):
        make_participation(activity, make_volunteer(tree.community), role=foreign)


def test_nobody_joins_twice_or_two_things_at_one_time(tree, worker):
    person = make_volunteer(tree.community)
    first = make_participation(make_activity(tree.community), person)
    with pytest.raises(Conflict, match="已经报名"):
        make_participation(first.activity, person)
    overlapping = make_activity(tree.sister_community, starts_at=END - timedelta(minutes=1))
    with pytest.raises(Conflict, match="已报名同一时间的“楼道清洁”（2026-11-25 08:30 至 11:30）"):
        make_participation(overlapping, person)
    assert Participation.objects.count() == 1
    assert make_participation(make_activity(tree.sister_community, starts_at=END), person).state == "joined"


def test_whoever_waits_and_joined_something_else_is_passed_over(tree, worker):
    full = make_activity(tree.community, capacity=1)
    holder, waits, next_one = (make_participation(full, make_volunteer(tree.community)) for _ in range(3))
    make_participation(make_activity(tree.sister_community), waits.volunteer)
    activity_leave(participation=holder)
    assert [state_of(row) for row in (holder, waits, next_one)] == ["withdrawn", "waiting", "joined"]


def test_places_that_came_free_otherwise_are_filled_before_the_start(tree, worker):
    full = make_activity(tree.community, capacity=1)
    holder, waits = (make_participation(full, make_volunteer(tree.community)) for _ in range(2))
    Participation.objects.filter(pk=holder.pk).update(state="withdrawn")
    assert fill_free_places(START) == 0
    assert (fill_free_places(), fill_free_places()) == (1, 0)
    assert state_of(waits) == "joined"


def test_one_leaves_before_the_start_only(tree, worker):
    row = make_participation(make_activity(tree.community), make_volunteer(tree.community))
    with time_machine.travel(START, tick=False):
        with pytest.raises(Refused, match="联系组织者"):
            activity_leave(participation=row)
    assert state_of(row) == "joined"
    activity_leave(participation=row)
    with pytest.raises(Conflict, match="已退出"):
        activity_leave(participation=row)


def test_the_organiser_adds_people_after_the_sign_up_has_closed(tree, worker):
    activity = make_activity(tree.community, signup_until=DAY_BEFORE)
    person = make_volunteer(tree.community)
    with pytest.raises(Http404):
        make_participation(activity, person, by=make_user("community_worker", tree.other_community))
    row = make_participation(activity, person, by=worker)
    assert row.state == "joined"
    assert Event.objects.get(stream=row.stream).data == {"state": "已报名", "by": str(worker)}


# --- regular days


def regular(tree, worker, **changes):
    values = {
        "unit": tree.community, "actor": worker, "series": "社区工作日", "weeks": 3, "starts": time(8, 30),
        "ends": time(11, 30), "place": "社区", "theme": "civility", "capacity": 10, **changes,
    }  # fmt: skip
    return plan_regular_day(**values)


def test_the_regular_day_is_planned_once_for_each_week(tree, worker):
    made = regular(tree, worker).created
    assert [timezone.localtime(row.starts_at) for row in made] == [
        datetime(2026, 11, 25, 8, 30, tzinfo=ZONE), datetime(2026, 12, 2, 8, 30, tzinfo=ZONE),
        datetime(2026, 12, 9, 8, 30, tzinfo=ZONE),
    ]  # fmt: skip
    assert (made[0].title, made[0].state, made[0].series) == ("社区工作日（11月25日）", "draft", "社区工作日")
    Activity.objects.filter(pk=made[0].pk).update(state=ActivityState.CANCELLED)
    again = regular(tree, worker, weeks=4)
    assert [timezone.localdate(row.starts_at) for row in again.created] == [date(2026, 12, 16)]
    assert again.kept == [date(2026, 11, 25), date(2026, 12, 2), date(2026, 12, 9)]
    assert Activity.objects.count() == 4


def test_public_holidays_are_left_out(tree, worker):
    with time_machine.travel(datetime(2026, 9, 28, tzinfo=ZONE), tick=False):
        planned = regular(tree, worker, weeks=2)
    assert planned.days_off == [date(2026, 10, 7)]
    assert [timezone.localdate(row.starts_at) for row in planned.created] == [date(2026, 9, 30)]


def test_a_day_that_the_district_does_not_have_is_refused(tree, worker, settings):
    with pytest.raises(Invalid, match="固定服务日"):
        regular(tree, worker, series="红色星期五")
    settings.DISTRICT = "yanji"
    assert [
        timezone.localdate(row.starts_at) for row in regular(tree, worker, series="红色星期五", weeks=1).created
    ] == [date(2026, 11, 27)]
    for changes, field in (({"weeks": 27}, "weeks"), ({"ends": time(8, 30)}, "ends")):
        with pytest.raises(Invalid) as refusal:
            regular(tree, worker, series="红色星期五", **changes)
        assert refusal.value.field == field
    assert Activity.objects.count() == 1
