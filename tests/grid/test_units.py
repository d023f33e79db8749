"""Setting up, changing, moving, merging and closing units; every refusal leaves everything as it was."""

from __future__ import annotations

from datetime import date

import pytest
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.decisions import ALLOWED, Denied
from common.errors import Invalid, Refused
from common.models import Event
from grid import guards, services
from grid.choices import UnitKind
from grid.models import Household, PostHolding, Unit
from tests.factories.grid import make_unit

pytestmark = pytest.mark.django_db


def snapshot() -> tuple:
    return (
        list(Unit.objects.order_by("pk").values()),
        list(Household.objects.order_by("pk").values()),
        list(PostHolding.objects.order_by("pk").values()),
        Event.objects.count(),
    )


def paths_hold() -> None:
    for unit in Unit.objects.select_related("parent"):
        assert unit.path == f"{unit.parent.path if unit.parent else ''}{unit.code}/"


@pytest.fixture
def officer(staff):
    return staff["district_officer"]


# --- setting up


def test_a_grid_gets_the_next_free_code_and_an_event(tree, officer):
    unit = services.unit_create(parent=tree.community, actor=officer, name=" 江湾 第二网格 ", households=320)
    unit.refresh_from_db()
    assert unit.code == tree.community.code + "002"
    assert unit.path == f"{tree.community.path}{unit.code}/"
    assert (unit.name, unit.kind, unit.level, unit.households) == ("江湾第二网格", UnitKind.GRID, 4, 320)
    assert unit.pinyin == "jiang wan di er wang ge"
    event = history.timeline(unit).get()
    assert (event.kind, event.actor) == ("unit.created", officer)
    assert event.data == {"name": "江湾第二网格", "code": unit.code, "parent": "江湾社区"}
    assert list(history.verify()) == []


def test_a_code_freed_by_nobody_is_not_given_twice(tree, officer):
    first = services.unit_create(parent=tree.grid, actor=officer, name="2号楼")
    services.unit_close(unit=first, actor=officer)
    second = services.unit_create(parent=tree.grid, actor=officer, name="2号楼")
    assert (first.code[-3:], second.code[-3:]) == ("002", "003")


def test_a_moved_grid_keeps_its_code_and_blocks_it_at_the_old_place(tree, officer):
    services.unit_move(unit=tree.grid, parent=tree.sister_community, actor=officer)
    fresh = services.unit_create(parent=tree.community, actor=officer, name="江湾新网格")
    assert fresh.code == tree.community.code + "002"


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"name": "  "}, "name", "请填写名称。"),
        ({"name": "网" * 61}, "name", "名称最多 60 字，现有 61 字。"),
        ({"name": "江湾第一网格"}, "name", "“江湾社区”之下已经有“江湾第一网格”，请换一个名称。"),
        ({"name": "甲", "households": -1}, "households", "户数应在 0 至 1000000 之间。"),
        ({"name": "甲", "code": "12"}, "code", "网格的代码应为 15 位数字。"),
        ({"name": "甲", "kind": "town"}, "kind", "所选类型不能用于网格。"),
    ],
)
def test_unusable_values_are_refused_in_place(tree, officer, values, field, sentence):
    before = snapshot()
    with pytest.raises(Invalid) as refusal:
        services.unit_create(parent=tree.community, actor=officer, **values)
    assert (refusal.value.message, refusal.value.field) == (sentence, field)
    assert snapshot() == before


def test_a_taken_code_names_its_owner(tree, officer):
    with pytest.raises(Invalid, match="已经由“江湾第一网格”使用"):
        services.unit_create(parent=tree.community, actor=officer, name="甲", code=tree.grid.code)


def test_a_street_needs_its_official_code(tree, officer):
    with pytest.raises(Invalid, match="请填写镇街的 9 位统计用区划代码"):
        services.unit_create(parent=tree.district, actor=officer, name="新街道")
    with pytest.raises(Invalid, match="代码应以本区划代码 220605 开头"):
        services.unit_create(parent=tree.district, actor=officer, name="新街道", code="220606001")
    street = services.unit_create(parent=tree.district, actor=officer, name="松树镇", code="220605100", kind="town")
    assert street.path == "220605/220605100/"


def test_nothing_hangs_under_a_building_group_or_a_closed_unit(tree, officer):
    with pytest.raises(Invalid, match="是最低一级"):
        services.unit_create(parent=tree.group, actor=officer, name="甲")
    closed = make_unit("旧社区", parent=tree.street, is_active=False)
    with pytest.raises(Invalid, match="“旧社区”已经停用"):
        services.unit_create(parent=closed, actor=officer, name="甲")


def test_only_who_maintains_the_tree_may_change_it(tree, staff):
    before = snapshot()
    calls = [
        lambda actor: services.unit_create(parent=tree.community, actor=actor, name="甲"),
        lambda actor: services.unit_change(unit=tree.grid, actor=actor, name="乙"),
        lambda actor: services.unit_move(unit=tree.grid, parent=tree.sister_community, actor=actor),
        lambda actor: services.unit_merge(unit=tree.sister_community, target=tree.community, actor=actor),
        lambda actor: services.unit_close(unit=tree.group, actor=actor),
    ]
    for call in calls:
        with pytest.raises(Refused, match="没有维护组织架构的权限"):
            call(staff["street_officer"])
        with pytest.raises(Http404):
            call(staff["department_handler"])
        with pytest.raises(Http404):
            call(staff["security_admin"])
    assert snapshot() == before
    for call in calls:
        call(staff["district_officer"])
    assert snapshot() != before


def test_a_unit_outside_the_scope_is_not_there(tree, staff):
    with pytest.raises(Http404):
        services.unit_change(unit=tree.other_grid, actor=staff["street_officer"], name="甲")


# --- changing


def test_changes_are_told_in_one_sentence(tree, officer):
    unit = services.unit_change(unit=tree.grid, actor=officer, name="滨江网格", households=420)
    unit.refresh_from_db()
    assert (unit.name, unit.households, unit.pinyin) == ("滨江网格", 420, "bin jiang wang ge")
    event = history.timeline(unit).first()
    assert event.data == {"summary": "名称由“江湾第一网格”改为“滨江网格”；户数由“400”改为“420”"}
    assert list(history.verify()) == []


def test_no_change_writes_no_event(tree, officer):
    before = snapshot()
    services.unit_change(unit=tree.grid, actor=officer, name=tree.grid.name, households=400)
    assert snapshot() == before


def test_a_new_code_goes_down_to_everything_below(tree, officer):
    services.unit_change(unit=tree.community, actor=officer, code="220605001088")
    tree.group.refresh_from_db()
    assert tree.group.path == f"220605/220605001/220605001088/{tree.grid.code}/{tree.group.code}/"
    paths_hold()
    assert list(history.verify()) == []


# --- moving


def test_a_move_takes_everything_below_along_and_keeps_history(tree, officer):
    codes = {unit.pk: unit.code for unit in Unit.objects.all()}
    services.unit_move(unit=tree.community, parent=tree.other_street, actor=officer)
    tree.community.refresh_from_db()
    assert tree.community.parent == tree.other_street
    assert {unit.pk: unit.code for unit in Unit.objects.all()} == codes
    below = Unit.objects.filter(path__startswith=tree.community.path)
    assert {unit.pk for unit in below} == {tree.community.pk, tree.grid.pk, tree.group.pk}
    paths_hold()
    moved = history.timeline(tree.community).first()
    assert moved.kind == "unit.moved"
    assert moved.data == {
        "old_parent": "城墙街道", "old_parent_id": tree.street.pk,
        "new_parent": "孙家堡子街道", "new_parent_id": tree.other_street.pk,
    }  # fmt: skip
    carried = history.timeline(tree.group).first()
    assert (carried.kind, carried.actor) == ("unit.carried", officer)
    assert carried.data == {"summary": "随“江湾社区”由“城墙街道”划入“孙家堡子街道”"}
    assert list(history.verify()) == []


def test_a_move_follows_in_what_people_see(tree, staff, officer):
    worker = staff["street_officer"]
    assert Unit.objects.visible_to(worker).filter(pk=tree.group.pk).exists()
    services.unit_move(unit=tree.community, parent=tree.other_street, actor=officer)
    assert not Unit.objects.visible_to(worker).filter(pk__in=[tree.community.pk, tree.group.pk]).exists()


def test_a_path_changed_behind_the_back_is_found(tree, officer):
    services.unit_move(unit=tree.community, parent=tree.other_street, actor=officer)
    Unit.objects.filter(pk=tree.group.pk).update(path="220605/220605001/x/")
    assert [fault.object_id for fault in history.verify()] == [tree.group.pk]


def test_a_move_costs_the_same_queries_for_any_number_below(tree, officer, django_assert_max_num_queries):
    for number in range(2, 60):
        make_unit(f"{number}号楼", parent=tree.grid)
    with django_assert_max_num_queries(20):
        services.unit_move(unit=tree.community, parent=tree.other_street, actor=officer)
    paths_hold()
    assert Event.objects.filter(kind="unit.carried").count() == 60
    assert list(history.verify()) == []


def test_impossible_moves_are_refused_with_the_reason(tree, officer):
    closed = make_unit("旧街道", parent=tree.district, is_active=False)
    before = snapshot()
    for unit, parent, sentence in [
        (tree.district, tree.street, "最上级单位没有上级"),
        (tree.street, tree.grid, "是“城墙街道”自己或它的下级"),
        (tree.street, tree.street, "是“城墙街道”自己或它的下级"),
        (tree.grid, tree.street, "网格只能设在社区之下，而“城墙街道”是镇街。"),
        (tree.grid, tree.community, "已经在“江湾社区”之下"),
        (tree.community, closed, "“旧街道”已经停用"),
        (closed, tree.district, "“旧街道”已经停用"),
    ]:
        with pytest.raises(Invalid, match=sentence):
            services.unit_move(unit=unit, parent=parent, actor=officer)
    assert snapshot() == before


def test_two_units_of_one_name_do_not_meet_by_a_move(tree, officer):
    twin = make_unit("江湾第一网格", parent=tree.sister_community)
    with pytest.raises(Invalid, match="“江湾社区”之下已经有“江湾第一网格”"):
        services.unit_move(unit=twin, parent=tree.community, actor=officer)


def test_subscribers_run_once_after_the_tree_has_changed(tree, officer, monkeypatch):
    seen = []

    def look(event, unit):
        seen.append((event.kind, unit.name, Unit.objects.get(pk=tree.group.pk).path.split("/")[1]))

    monkeypatch.setitem(history._HANDLERS, "unit.moved", [look])
    services.unit_move(unit=tree.community, parent=tree.other_street, actor=officer)
    assert seen == [("unit.moved", "江湾社区", tree.other_street.code)]


# --- merging


def test_a_merge_hands_everything_over(tree, officer):
    services.post_take(unit=tree.community, actor=officer, post="director", name="王芳", first_day=date(2024, 1, 1))
    Unit.objects.filter(pk=tree.community.pk).update(households=400)
    Unit.objects.filter(pk=tree.sister_community.pk).update(households=150)
    services.unit_merge(unit=tree.community, target=tree.sister_community, actor=officer)
    source, target = Unit.objects.get(pk=tree.community.pk), Unit.objects.get(pk=tree.sister_community.pk)
    assert (source.is_active, source.merged_into, source.path) == (False, target, tree.community.path)
    assert target.households == 550
    assert Unit.objects.get(pk=tree.grid.pk).parent == target
    assert not source.children.exists()
    assert PostHolding.objects.get().last_day == timezone.localdate()
    paths_hold()
    assert history.timeline(source).first().data == {"target": "和平社区", "target_id": target.pk}
    assert history.timeline(target).first().data == {"source": "江湾社区", "source_id": source.pk}
    assert history.timeline(tree.grid).first().kind == "unit.moved"
    assert history.timeline(tree.group).first().kind == "unit.carried"
    assert list(history.verify()) == []


def test_doors_of_a_merged_building_move_and_stay_apart(tree, officer):
    second = make_unit("2号楼", parent=tree.grid)
    Household.objects.bulk_create([Household(unit=tree.group, door="101"), Household(unit=tree.group, door="102")])
    Household.objects.create(unit=second, door="101")
    services.unit_merge(unit=tree.group, target=second, actor=officer)
    assert sorted(second.doors.values_list("door", flat=True)) == ["101", "102", "1号楼101"]
    assert not tree.group.doors.exists()


def test_a_child_whose_name_the_target_has_is_told_apart(tree, officer):
    make_unit("江湾第一网格", parent=tree.sister_community)
    services.unit_merge(unit=tree.community, target=tree.sister_community, actor=officer)
    names = sorted(tree.sister_community.children.values_list("name", flat=True))
    assert names == ["江湾社区江湾第一网格", "江湾第一网格"]
    assert list(history.verify()) == []


def test_impossible_merges_are_refused_with_the_reason(tree, officer):
    closed = make_unit("旧社区", parent=tree.street, is_active=False)
    before = snapshot()
    for unit, target, sentence in [
        (tree.district, tree.street, "最上级单位不能并入"),
        (tree.community, tree.community, "不能并入自己"),
        (tree.community, tree.street, "只能并入同一层级的单位：“江湾社区”是社区，“城墙街道”是镇街。"),
        (tree.community, closed, "“旧社区”已经停用，不能接收"),
        (closed, tree.community, "“旧社区”已经停用，不能再并入"),
    ]:
        with pytest.raises(Invalid, match=sentence):
            services.unit_merge(unit=unit, target=target, actor=officer)
    assert snapshot() == before


def test_a_merge_of_streets_carries_whole_communities(tree, officer):
    services.unit_merge(unit=tree.street, target=tree.other_street, actor=officer)
    assert Unit.objects.filter(path__startswith=tree.other_street.path).count() == 7
    paths_hold()
    assert list(history.verify()) == []


# --- closing


def test_an_empty_unit_is_closed_and_its_posts_end(tree, officer):
    services.post_take(unit=tree.group, actor=officer, post="building_chief", name="李强")
    services.unit_close(unit=tree.group, actor=officer)
    tree.group.refresh_from_db()
    assert not tree.group.is_active
    assert PostHolding.objects.get().last_day == timezone.localdate()
    assert list(history.verify()) == []


def test_a_unit_in_use_is_not_closed(tree, officer, monkeypatch):
    before = snapshot()
    with pytest.raises(Invalid, match="“江湾社区”下面还有 1 个网格"):
        services.unit_close(unit=tree.community, actor=officer)
    with pytest.raises(Invalid, match="最上级单位不能撤销"):
        services.unit_close(unit=tree.district, actor=officer)
    monkeypatch.setitem(guards._GUARDS, "test.tickets", lambda body: Denied(f"“{body}”还有 3 件未办结工单。"))
    with pytest.raises(Invalid, match="“1号楼”还有 3 件未办结工单"):
        services.unit_close(unit=tree.group, actor=officer)
    assert snapshot() == before
    monkeypatch.setitem(guards._GUARDS, "test.tickets", lambda body: ALLOWED)
    services.unit_close(unit=tree.group, actor=officer)
    with pytest.raises(Invalid, match="已经停用"):
        services.unit_close(unit=tree.group, actor=officer)
