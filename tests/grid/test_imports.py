"""Imports of grids and buildings, doors, people in posts: exact results, refusals by row, repetition, undo."""

from __future__ import annotations

import csv
from datetime import date

import pytest
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Refused
from common.imports import run_import
from common.imports.registry import get
from grid.models import Household, PostHolding, Unit
from grid.services import post_take, unit_move
from grid.services.bulk import doors_remove
from tests.factories.grid import make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring(tmp_path, staff):
    """``bring(key, role, head, *rows)`` imports a table as that person."""

    def run(key: str, role: str, head: str, *rows: str, commit: bool = True):
        path = tmp_path / f"{key}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(line.split(",") for line in (head, *rows))
        return run_import(key, path, actor=staff[role], commit=commit)

    return run


def faults(result) -> list[tuple[int, str, str]]:
    return [(error["row"], error["column"], error["message"]) for error in result.errors]


# --- grids and buildings

UNITS = "社区,网格,楼栋,户数"


def test_grids_and_buildings_come_in_with_codes_and_history(tree, bring):
    result = bring(
        "grid.units", "district_officer", UNITS,
        "江湾社区,江湾第二网格,,320", "江湾社区,江湾第二网格,2号楼,160", "江湾社区,江湾第三网格,3号楼,90", "和平社区,和平第一网格,,410",
    )  # fmt: skip
    assert (result.total, result.imported, result.rejected) == (4, 4, 0)
    second = Unit.objects.get(name="江湾第二网格")
    assert (second.code, second.households, second.parent) == (tree.community.code + "002", 320, tree.community)
    building = Unit.objects.get(name="2号楼")
    assert (building.code, building.path) == (second.code + "001", f"{second.path}{second.code}001/")
    third = Unit.objects.get(name="江湾第三网格")
    assert (third.households, third.children.get().name) == (0, "3号楼")
    assert third.pinyin == "jiang wan di san wang ge"
    assert [event.kind for event in history.timeline(building)] == ["unit.created"]
    assert list(history.verify()) == []


def test_a_dry_run_writes_nothing(tree, bring):
    before = list(Unit.objects.order_by("pk").values())
    result = bring("grid.units", "district_officer", UNITS, "江湾社区,江湾第二网格,,320", commit=False)
    assert (result.valid, result.imported) == (1, 0)
    assert list(Unit.objects.order_by("pk").values()) == before


def test_each_faulty_row_says_what_and_where(tree, bring):
    make_unit("江湾社区", parent=tree.other_street)
    result = bring(
        "grid.units", "district_officer", UNITS,
        "江湾社区,甲,,1", "没有的社区,甲,,1", "和平社区,,,1", "和平社区,乙,,-5", "和平社区,丙,,很多", "新建社区,新建第一网格,,1",
    )  # fmt: skip
    assert (result.imported, result.rejected) == (0, 6)
    assert faults(result) == [
        (2, "社区", "有 2 个单位叫“江湾社区”，请填写它的上级，或改填单位代码。"),
        (3, "社区", "您的管辖范围内没有“没有的社区”，请核对名称。"),
        (4, "网格", "不能为空。"),
        (5, "户数", "户数应在 0 至 1000000 之间。"),
        (6, "户数", "应为数字，现为“很多”。"),
        (7, "网格", "这个社区已经有同名的网格。"),
    ]


def test_a_name_that_stands_twice_is_told_apart_by_its_street_or_code(tree, bring):
    twin = make_unit("江湾社区", parent=tree.other_street)
    result = bring(
        "grid.units", "district_officer", "镇街,社区,网格", "孙家堡子街道,江湾社区,甲", f",{tree.community.code},乙"
    )
    assert result.imported == 2
    assert Unit.objects.get(name="甲").parent == twin
    assert Unit.objects.get(name="乙").parent == tree.community


def test_the_same_file_again_changes_nothing(tree, bring):
    rows = ("江湾社区,江湾第二网格,,320", "江湾社区,江湾第二网格,2号楼,160")
    bring("grid.units", "district_officer", UNITS, *rows)
    before = list(Unit.objects.order_by("pk").values())
    result = bring("grid.units", "district_officer", UNITS, *rows)
    assert (result.imported, result.duplicate) == (0, 2)
    assert list(Unit.objects.order_by("pk").values()) == before


def test_codes_of_units_that_were_moved_away_are_not_given_again(tree, bring):
    unit_move(unit=tree.grid, parent=tree.sister_community, actor=None)
    bring("grid.units", "district_officer", UNITS, "江湾社区,江湾第二网格,,320")
    assert Unit.objects.get(name="江湾第二网格").code == tree.community.code + "002"


def test_a_thousand_buildings_cost_few_queries(tree, bring, django_assert_max_num_queries):
    rows = [f"江湾社区,江湾第{n % 20 + 2}网格,{n}号楼,40" for n in range(900)]
    with django_assert_max_num_queries(60):
        assert bring("grid.units", "district_officer", UNITS, *rows).imported == 900
    assert Unit.objects.filter(level=5).count() == 901
    assert list(history.verify()) == []


def test_only_who_maintains_the_tree_imports_units(tree, bring):
    before = list(Unit.objects.order_by("pk").values())
    with pytest.raises(Refused):
        bring("grid.units", "community_worker", UNITS, "江湾社区,甲,,1")
    assert list(Unit.objects.order_by("pk").values()) == before


# --- doors

DOORS = "社区,网格,楼栋,门牌"


def test_doors_come_in_and_make_the_numbers(tree, bring):
    result = bring(
        "grid.households", "community_worker", DOORS,
        "江湾社区,江湾第一网格,1号楼,1单元101", "江湾社区,,1号楼,1单元 102", f",,{tree.group.code},1单元201",
    )  # fmt: skip
    assert result.imported == 3
    assert sorted(tree.group.doors.values_list("door", flat=True)) == ["1单元101", "1单元102", "1单元201"]
    tree.group.refresh_from_db()
    tree.grid.refresh_from_db()
    assert (tree.group.households, tree.grid.households) == (3, 3)
    assert list(history.verify()) == []


def test_doors_outside_the_area_or_there_already_are_rejected(tree, bring):
    make_unit("9号楼", parent=tree.other_grid)
    Household.objects.create(unit=tree.group, door="101")
    result = bring("grid.households", "community_worker", DOORS, ",,9号楼,101", ",,1号楼,101", ",,1号楼," + "门" * 31)
    assert faults(result) == [
        (2, "楼栋", "您的管辖范围内没有“9号楼”，请核对名称。"),
        (3, "门牌", "这个门牌已经录入。"),
        (4, "门牌", "最多 30 个字，现有 31 个字。"),
    ]
    assert Household.objects.count() == 1


def test_doors_can_be_taken_back_unless_something_stands_on_them(tree, bring, staff):
    from partyorgs.services import organisation_create
    from tests.factories.partyorgs import make_party_tree

    bring("grid.households", "community_worker", DOORS, ",,1号楼,101", ",,1号楼,102")
    doors = list(tree.group.doors.order_by("door"))
    party = make_party_tree(tree)
    organisation_create(
        actor=None, unit=tree.group, kind="member_household", name="张华中心户", parent=party.group, household=doors[0]
    )
    with pytest.raises(Conflict, match="党员中心户"):
        doors_remove(keys=[door.pk for door in doors], actor=staff["community_worker"])


def test_taken_back_doors_correct_the_numbers(tree, bring, staff):
    bring("grid.households", "community_worker", DOORS, ",,1号楼,101", ",,1号楼,102")
    get("grid.households").undo(list(Household.objects.values_list("pk", flat=True)), staff["community_worker"])
    tree.group.refresh_from_db()
    assert (Household.objects.count(), tree.group.households) == (0, 0)
    assert list(history.verify()) == []


# --- people in posts

POSTS = "社区,单位,岗位,姓名,席位,任职日期"


def test_people_take_the_seats_that_are_free(tree, bring):
    post_take(unit=tree.grid, actor=None, post="grid_chief", name="王芳", first_day=date(2025, 1, 1))
    result = bring(
        "grid.posts", "community_worker", POSTS,
        "江湾社区,江湾第一网格,网格长,李强,,2026-01-01", ",1号楼,楼栋长,赵敏,2,", ",江湾社区,党组织书记,张华,,2024年7月1日",
    )  # fmt: skip
    assert (result.imported, result.rejected) == (3, 0)
    rows = PostHolding.objects.exclude(name="王芳").order_by("pk")
    assert [(row.name, row.post, row.seat, row.first_day) for row in rows] == [
        ("李强", "grid_chief", 2, date(2026, 1, 1)),
        ("赵敏", "building_chief", 2, timezone.localdate()),
        ("张华", "secretary", 1, date(2024, 7, 1)),
    ]
    assert history.timeline(rows[0]).get().data["post"] == "网格长"
    assert list(history.verify()) == []


def test_seats_are_given_once_even_inside_one_file(tree, bring):
    post_take(unit=tree.grid, actor=None, post="grid_chief", name="王芳", first_day=date(2025, 1, 1))
    result = bring(
        "grid.posts", "community_worker", POSTS,
        ",江湾第一网格,网格长,李强,,", ",江湾第一网格,网格长,赵敏,,", ",江湾第一网格,楼栋长,张华,,", ",1号楼,村长,钱伟,,",
        ",1号楼,楼栋长,孙丽,3,", ",1号楼,楼栋长,周杰,,2999-01-01",
    )  # fmt: skip
    assert (result.imported, result.rejected) == (1, 5)
    assert [(row, column) for row, column, _ in faults(result)] == [
        (3, "席位"), (4, "岗位"), (5, "岗位"), (6, "席位"), (7, "任职日期"),
    ]  # fmt: skip
    assert faults(result)[0][2] == "席位已由 王芳、李强 任职，请先办理免职。"


def test_posts_outside_the_area_are_rejected(tree, bring):
    result = bring("grid.posts", "community_worker", POSTS, ",新建第一网格,网格长,李强,,")
    assert faults(result) == [(2, "单位", "您的管辖范围内没有“新建第一网格”，请核对名称。")]
    with pytest.raises(Refused):
        bring("grid.posts", "grid_worker", POSTS, ",江湾第一网格,网格长,李强,,")
    assert not PostHolding.objects.exists()
