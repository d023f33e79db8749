"""Taking and leaving office: seats by the profile, no seat twice, dates that make sense."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.models import Event
from grid.models import PostHolding
from grid.policies import posts_at
from grid.services import post_leave, post_take, unit_close

pytestmark = pytest.mark.django_db
DAY = date(2025, 3, 1)


def test_titles_and_seats_come_from_the_profile():
    assert [(rule.key, rule.title, rule.seats) for rule in posts_at(4)] == [("grid_chief", "网格长", 2)]
    assert [(rule.key, rule.title, rule.seats) for rule in posts_at(5)] == [
        ("building_chief", "楼栋长", 2), ("unit_chief", "单元长", 2),
    ]  # fmt: skip
    assert posts_at(1) == ()


def test_two_people_hold_one_post_and_no_third(tree, staff):
    worker = staff["community_worker"]
    first = post_take(unit=tree.grid, actor=worker, post="grid_chief", name="王芳", first_day=DAY)
    second = post_take(unit=tree.grid, actor=worker, post="grid_chief", name="李强", first_day=DAY)
    assert (first.seat, second.seat) == (1, 2)
    event = history.timeline(first).get()
    assert (event.kind, event.actor) == ("post.taken", worker)
    assert event.data == {"name": "王芳", "unit": "江湾第一网格", "post": "网格长", "seat": 1, "from": "2025-03-01"}
    with pytest.raises(Conflict, match="“网格长”共 2 个席位，2025-03-01 起都有人任职"):
        post_take(unit=tree.grid, actor=worker, post="grid_chief", name="赵敏", first_day=DAY)
    with pytest.raises(Conflict, match="第 2 席由 李强 任职（2025-03-01 至今），时间重叠"):
        post_take(unit=tree.grid, actor=worker, post="grid_chief", name="赵敏", first_day=DAY, seat=2)
    assert PostHolding.objects.count() == 2
    assert list(history.verify()) == []


def test_the_same_name_does_not_take_both_seats(tree, staff):
    worker = staff["community_worker"]
    post_take(unit=tree.grid, actor=worker, post="grid_chief", name="王芳", first_day=DAY)
    with pytest.raises(Conflict, match="同名的另一个人请在姓名后注明"):
        post_take(unit=tree.grid, actor=worker, post="grid_chief", name=" 王芳 ", first_day=DAY)
    assert PostHolding.objects.count() == 1
    namesake = post_take(unit=tree.grid, actor=worker, post="grid_chief", name="王芳（大）", first_day=DAY)
    assert namesake.seat == 2


def test_a_seat_is_free_from_the_day_after_the_last(tree, staff):
    worker = staff["community_worker"]
    old = post_take(unit=tree.grid, actor=worker, post="grid_chief", name="王芳", first_day=DAY, seat=1)
    post_leave(holding=old, actor=worker, last_day=date(2025, 8, 31))
    with pytest.raises(Conflict, match="由 王芳 任职（2025-03-01 至 2025-08-31）"):
        post_take(unit=tree.grid, actor=worker, post="grid_chief", name="李强", first_day=date(2025, 8, 31), seat=1)
    new = post_take(unit=tree.grid, actor=worker, post="grid_chief", name="李强", first_day=date(2025, 9, 1), seat=1)
    assert new.seat == 1
    assert history.timeline(old).first().data == {
        "name": "王芳", "unit": "江湾第一网格", "post": "网格长", "until": "2025-08-31",
    }  # fmt: skip


def test_the_database_refuses_an_overlap_too(tree):
    values = {"unit": tree.grid, "post": "grid_chief", "seat": 1, "name": "王芳"}
    PostHolding.objects.create(**values, first_day=DAY, last_day=DAY + timedelta(days=9))
    with pytest.raises(IntegrityError), transaction.atomic():
        PostHolding.objects.create(**values, first_day=DAY + timedelta(days=9))
    PostHolding.objects.create(**values, first_day=DAY + timedelta(days=10))


def test_one_account_does_not_sit_on_both_seats(tree, staff):
    chief = staff["grid_worker"]
    holding = post_take(unit=tree.grid, actor=None, post="grid_chief", name="", user=chief)
    assert holding.name == chief.display_name
    with pytest.raises(Conflict, match="不能同时占两个席位"):
        post_take(unit=tree.grid, actor=None, post="grid_chief", name="", user=chief)


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"post": "secretary"}, "post", "网格没有设这个岗位。"),
        ({"post": "grid_worker"}, "post", "网格没有设这个岗位。"),
        ({"name": " "}, "name", "请填写姓名。"),
        ({"name": "王" * 41}, "name", "姓名最多 40 字。"),
        ({"seat": 3}, "seat", "“网格长”只设 2 个席位。"),
        ({"first_day": date(2999, 1, 1)}, "first_day", "任职日期不能晚于今天。"),
        ({"first_day": date(1900, 1, 1)}, "first_day", "任职日期过早，请检查年份。"),
    ],
)
def test_unusable_values_are_refused_in_place(tree, staff, values, field, sentence):
    with pytest.raises(Invalid) as refusal:
        post_take(
            **{"unit": tree.grid, "actor": staff["community_worker"], "post": "grid_chief", "name": "王芳", **values}
        )
    assert (refusal.value.message, refusal.value.field) == (sentence, field)
    assert not PostHolding.objects.exists()


def test_a_closed_unit_takes_nobody(tree, staff):
    unit_close(unit=tree.group, actor=None)
    with pytest.raises(Invalid, match="“1号楼”已经停用"):
        post_take(unit=tree.group, actor=staff["community_worker"], post="building_chief", name="王芳")


def test_leaving_is_checked(tree, staff):
    worker = staff["community_worker"]
    holding = post_take(unit=tree.grid, actor=worker, post="grid_chief", name="王芳", first_day=DAY)
    with pytest.raises(Invalid, match="不能早于任职日期 2025-03-01"):
        post_leave(holding=holding, actor=worker, last_day=DAY - timedelta(days=1))
    with pytest.raises(Invalid, match="不能晚于今天"):
        post_leave(holding=holding, actor=worker, last_day=timezone.localdate() + timedelta(days=1))
    post_leave(holding=holding, actor=worker)
    with pytest.raises(Conflict, match="王芳 已于"):
        post_leave(holding=holding, actor=worker)


def test_only_inside_the_scope_and_with_the_permission(tree, staff):
    before = Event.objects.count()
    values = {"post": "grid_chief", "name": "王芳"}
    with pytest.raises(Refused, match="没有维护岗位人员的权限"):
        post_take(unit=tree.grid, actor=staff["grid_worker"], **values)
    with pytest.raises(Http404):
        post_take(unit=tree.other_grid, actor=staff["community_worker"], **values)
    assert (PostHolding.objects.count(), Event.objects.count()) == (0, before)
    holding = post_take(unit=tree.grid, actor=staff["community_worker"], **values)
    with pytest.raises(Refused):
        post_leave(holding=holding, actor=staff["grid_worker"])
    holding.refresh_from_db()
    assert holding.last_day is None
