"""Pages of the hierarchy: what they show, to whom, in how many queries."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from common import events as history
from grid.models import Department, Household, PostHolding, Unit
from grid.services import post_take, unit_close
from tests.factories.grid import make_unit

pytestmark = pytest.mark.django_db
MAX_QUERIES = 12


def text_of(response) -> str:
    return response.content.decode()


@pytest.fixture
def page(staff, client_for):
    """``page(role, name, *args, **query)`` opens an address as a person of the role."""

    def open_page(role: str, name: str, *args, status: int = 200, query: str = "") -> str:
        response = client_for(staff[role]).get(reverse(name, args=args) + query)
        assert response.status_code == status, text_of(response)[:500]
        return text_of(response)

    return open_page


@pytest.fixture
def send(staff, client_for):
    """``send(role, data, name, *args)`` posts a form; gives the response."""

    def post(role: str, data: dict, name: str, *args):
        return client_for(staff[role]).post(reverse(name, args=args), data)

    return post


PAGES = [
    ("grid:tree", ()),
    ("grid:units", ()),
    ("grid:posts", ()),
    ("grid:departments", ()),
    ("grid:unit", ("community",)),
    ("grid:unit", ("grid",)),
    ("grid:branch", ("community",)),
    ("grid:households", ("group",)),
    ("grid:unit-create", ("community",)),
    ("grid:unit-change", ("grid",)),
    ("grid:unit-move", ("grid",)),
    ("grid:unit-merge", ("community",)),
    ("grid:unit-close", ("group",)),
    ("grid:post-take", ("grid",)),
    ("grid:doors-add", ("group",)),
    ("grid:households-report", ("grid",)),
]


@pytest.mark.parametrize(("name", "args"), PAGES)
def test_every_page_opens_in_few_queries_however_many_rows(
    tree, staff, client_for, name, args, django_assert_max_num_queries
):
    for number in range(2, 42):
        building = make_unit(f"{number}号楼", parent=tree.grid)
        Household.objects.create(unit=building, door="101")
        post_take(unit=building, actor=None, post="building_chief", name=f"楼长{number}")
    for number in range(20):
        make_unit(f"网格{number}", parent=tree.community, households=number * 50)
    client = client_for(staff["district_officer"])
    keys = [getattr(tree, key).pk for key in args]
    # A unit's page also shows what other apps have there: three queries for volunteers and teams, three for its workers;
    # one more is the menu's, once in half a minute (whether 打分 is shown).
    most = MAX_QUERIES + 7 if name == "grid:unit" else MAX_QUERIES
    with django_assert_max_num_queries(most):
        assert client.get(reverse(name, args=keys)).status_code == 200


@pytest.mark.parametrize(("name", "args"), [entry for entry in PAGES if entry[1]])
def test_a_unit_outside_the_scope_is_not_there(tree, page, name, args):
    outside = {"community": tree.other_community, "grid": tree.other_grid, "group": tree.other_grid}[args[0]]
    assert "江湾" not in page("community_worker", name, outside.pk, status=404 if _may_enter(name) else 403)


def _may_enter(name: str) -> bool:
    """Pages that a community worker may open for the own community."""
    return name in {
        "grid:unit", "grid:branch", "grid:households", "grid:post-take", "grid:doors-add", "grid:households-report",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["unit-create", "unit-change", "unit-move", "unit-merge", "unit-close"])
def test_without_the_permission_the_page_says_why(tree, page, send, name):
    before = list(Unit.objects.order_by("pk").values())
    assert "没有“维护组织架构”的权限" in page("community_worker", f"grid:{name}", tree.grid.pk, status=403)
    assert send("community_worker", {"name": "甲", "kind": "grid"}, f"grid:{name}", tree.grid.pk).status_code == 403
    assert list(Unit.objects.order_by("pk").values()) == before


def test_nobody_sees_anything(tree, client, page):
    assert client.get(reverse("grid:tree")).status_code == 302
    page("department_handler", "grid:tree", status=403)
    page("security_admin", "grid:unit", tree.grid.pk, status=403)


# --- tree


def test_the_tree_begins_at_the_own_scope(tree, page):
    shown = page("community_worker", "grid:tree")
    assert "江湾社区" in shown
    assert "江湾第一网格" in shown
    assert "和平社区" not in shown
    assert "城墙街道" not in shown
    district = page("district_officer", "grid:tree")
    assert "江源区" in district
    assert "孙家堡子街道" in district
    assert "江湾社区" not in district  # fetched when its street is opened
    assert f'hx-get="{reverse("grid:branch", args=[tree.street.pk])}"' in district


def test_a_branch_has_the_units_directly_below(tree, page):
    shown = page("district_officer", "grid:branch", tree.street.pk)
    assert "江湾社区" in shown
    assert "和平社区" in shown
    assert "江湾第一网格" not in shown
    assert "<html" not in shown


@pytest.mark.parametrize("text", ["江湾社", "jiangwanshequ", "JWSQ", "jwsq", "220605001001"])
def test_a_unit_is_found_by_name_pinyin_and_code(tree, page, text):
    from grid.pinyin import sort_key

    for unit in Unit.objects.all():
        unit.pinyin = sort_key(unit.name)
        unit.save(update_fields=["pinyin"])
    shown = page("street_officer", "grid:tree", query=f"?q={text}")
    assert reverse("grid:unit", args=[tree.community.pk]) in shown
    assert "和平社区" not in shown
    assert "没有找到" in page("street_officer", "grid:tree", query="?q=新建")


def test_odd_search_texts_find_nothing_and_break_nothing(tree, page):
    for text in ("%25", "_", "%5C", "(", "[a", "😀", "a" * 300, "' OR 1=1"):
        page("district_officer", "grid:tree", query=f"?q={text}")
        page("district_officer", "grid:units", query=f"?q={text}")
        page("district_officer", "grid:options", query=f"?q={text}&level=x")


def test_options_stay_inside_the_scope(tree, staff, client_for):
    client = client_for(staff["community_worker"])
    answer = client.get(reverse("grid:options") + "?level=4").json()
    assert answer == [{"value": str(tree.grid.pk), "text": "江湾第一网格（江湾社区）"}]


# --- lists


def test_grids_outside_the_size_are_flagged_with_the_source(tree, page):
    make_unit("小网格", parent=tree.community, households=120)
    make_unit("大网格", parent=tree.community, households=501)
    make_unit("正好网格", parent=tree.community, households=500)
    shown = page("district_officer", "grid:units", query="?flag=size")
    assert "120 户，少于 300 户" in shown
    assert "501 户，多于 500 户" in shown
    assert "正好网格" not in shown
    assert "每个网格应有 300–500 户（依据：演示）" in shown


def test_a_size_rule_entered_later_is_the_one_that_counts(tree, page):
    from common import policies
    from common.models import Policy

    data = {"minimum": 100, "maximum": 200, "flag": True, "demo": False, "source": "区委办〔2026〕3号"}
    Policy.objects.create(key="grid_size", valid_from=date(2026, 1, 1), data=data)
    policies.forget()
    shown = page("district_officer", "grid:unit", tree.grid.pk)
    assert "400 户，多于 200 户" in shown
    assert "100–200 户（依据：区委办〔2026〕3号）" in shown


def test_units_whose_posts_are_empty_can_be_found(tree, page):
    post_take(unit=tree.grid, actor=None, post="grid_chief", name="王芳")
    shown = page("district_officer", "grid:units", query="?flag=empty_posts&level=4")
    assert "新建第一网格" in shown
    assert "江湾第一网格" not in shown


def test_the_list_of_posts_is_scoped(tree, page):
    post_take(unit=tree.grid, actor=None, post="grid_chief", name="王芳")
    post_take(unit=tree.other_grid, actor=None, post="grid_chief", name="李强")
    shown = page("street_officer", "grid:posts")
    assert "王芳" in shown
    assert "网格长" in shown
    assert "李强" not in shown


# --- unit page


def test_the_unit_page_shows_people_children_and_history(tree, page, staff):
    post_take(
        unit=tree.grid, actor=staff["community_worker"], post="grid_chief", name="王芳", first_day=date(2025, 3, 1)
    )
    shown = page("community_worker", "grid:unit", tree.grid.pk)
    for words in ("王芳", "2025-03-01", "空缺", "1号楼", "安排人员", "更新户数"):
        assert words in shown
    assert "更多操作" not in shown
    assert "更多操作" in page("district_officer", "grid:unit", tree.grid.pk)


def test_panels_of_other_apps_are_shown_to_whom_they_allow(tree, page, monkeypatch, staff):
    from grid import panels

    monkeypatch.setattr(panels, "_PANELS", {})
    panels.register(
        "test.late",
        20,
        lambda user, unit: (
            panels.Panel("晚到的", "grid/branch.html", {"nodes": []}) if user == staff["district_officer"] else None
        ),
    )
    panels.register("test.first", 10, lambda user, unit: panels.Panel("先到的", "grid/branch.html"))
    shown = page("district_officer", "grid:unit", tree.grid.pk)
    assert shown.index("先到的") < shown.index("晚到的")
    assert "晚到的" not in page("community_worker", "grid:unit", tree.grid.pk)
    with pytest.raises(ValueError, match=r"test\.first"):
        panels.register("test.first", 10, lambda user, unit: None)


def test_a_merged_unit_points_to_its_successor(tree, page, send):
    send(
        "district_officer",
        {"target": tree.sister_community.pk, "seen": tree.sister_community.pk},
        "grid:unit-merge",
        tree.community.pk,
    )
    shown = page("district_officer", "grid:unit", tree.community.pk)
    assert "本单位已停用" in shown
    assert reverse("grid:unit", args=[tree.sister_community.pk]) in shown
    assert "安排人员" not in shown


def test_above_the_grid_households_are_the_sum_of_the_grids(tree, page):
    make_unit("江湾第二网格", parent=tree.community, households=350)
    make_unit("旧网格", parent=tree.community, households=999, is_active=False)
    make_unit("和平第一网格", parent=tree.sister_community, households=310)
    shown = page("district_officer", "grid:unit", tree.street.pk)
    assert "1,060 户（各网格合计）" in shown
    assert 'data-label="户数">750<' in shown
    assert "1,410 户" in page("district_officer", "grid:tree")


# --- forms


def test_a_grid_is_set_up_by_form(tree, send):
    response = send(
        "district_officer",
        {"name": "江湾第二网格", "kind": "grid", "households": "350"},
        "grid:unit-create",
        tree.community.pk,
    )
    made = Unit.objects.get(name="江湾第二网格")
    assert response.status_code == 302
    assert response.url == made.get_absolute_url()
    assert (made.households, made.code) == (350, tree.community.code + "002")


def test_a_refused_form_keeps_what_was_typed(tree, send):
    response = send("district_officer", {"name": "江湾第一网格", "kind": "grid"}, "grid:unit-create", tree.community.pk)
    assert response.status_code == 400
    assert "“江湾社区”之下已经有“江湾第一网格”" in text_of(response)
    assert 'value="江湾第一网格"' in text_of(response)


def test_two_people_changing_a_unit_do_not_overwrite_each_other(tree, send):
    values = {"name": "滨江网格", "kind": "grid", "code": tree.grid.code, "households": "400"}
    assert send("district_officer", {**values, "version": "0"}, "grid:unit-change", tree.grid.pk).status_code == 302
    stale = send("district_officer", {**values, "name": "别的网格", "version": "0"}, "grid:unit-change", tree.grid.pk)
    assert stale.status_code == 409
    tree.grid.refresh_from_db()
    assert tree.grid.name == "滨江网格"


def test_a_move_shows_its_effects_before_it_happens(tree, send):
    post_take(unit=tree.grid, actor=None, post="grid_chief", name="王芳")
    first = send("district_officer", {"target": tree.other_street.pk}, "grid:unit-move", tree.community.pk)
    assert first.status_code == 200
    for words in (
        "“江湾社区”由“城墙街道”划入“孙家堡子街道”，代码 220605001001 不变。",
        "下面的 1 个网格、1 个楼栋（单元）随同调整。",
        "确认调整隶属",
    ):
        assert words in text_of(first)
    tree.community.refresh_from_db()
    assert tree.community.parent == tree.street
    done = send(
        "district_officer",
        {"target": tree.other_street.pk, "seen": tree.other_street.pk},
        "grid:unit-move",
        tree.community.pk,
    )
    assert done.status_code == 302
    tree.community.refresh_from_db()
    assert tree.community.parent == tree.other_street


def test_another_choice_after_the_preview_is_previewed_again(tree, send):
    third = make_unit("三街道", parent=tree.district)
    answer = send(
        "district_officer", {"target": third.pk, "seen": tree.other_street.pk}, "grid:unit-move", tree.community.pk
    )
    assert answer.status_code == 200
    assert "划入“三街道”" in text_of(answer)
    tree.community.refresh_from_db()
    assert tree.community.parent == tree.street


@pytest.mark.parametrize("target", ["", "x", "99999999", "9" * 40])
def test_a_target_that_is_none_is_refused(tree, send, target):
    answer = send("district_officer", {"target": target, "seen": target}, "grid:unit-move", tree.community.pk)
    assert answer.status_code == 400
    assert "请选择单位。" in text_of(answer) or "找不到所选的单位" in text_of(answer)


def test_an_impossible_target_is_refused_before_the_preview(tree, send):
    answer = send("district_officer", {"target": tree.grid.pk}, "grid:unit-move", tree.community.pk)
    assert answer.status_code == 400
    assert "不能作为上级" in text_of(answer)


def test_a_merge_tells_who_leaves_office(tree, send):
    post_take(unit=tree.community, actor=None, post="director", name="王芳")
    answer = send("district_officer", {"target": tree.sister_community.pk}, "grid:unit-merge", tree.community.pk)
    assert "1 名岗位人员今天免职（王芳）" in text_of(answer)


def test_a_unit_is_closed_by_form(tree, send):
    assert send("district_officer", {}, "grid:unit-close", tree.community.pk).status_code == 400
    assert send("district_officer", {}, "grid:unit-close", tree.group.pk).status_code == 302
    tree.group.refresh_from_db()
    assert not tree.group.is_active


def test_people_take_and_leave_posts_by_form(tree, send):
    taken = send(
        "community_worker",
        {"post": "grid_chief", "name": "王芳", "first_day": "2025-03-01"},
        "grid:post-take",
        tree.grid.pk,
    )
    assert taken.status_code == 302
    holding = PostHolding.objects.get()
    assert (holding.name, holding.seat) == ("王芳", 1)
    bad = send("community_worker", {"last_day": "2024-01-01"}, "grid:post-leave", holding.pk)
    assert bad.status_code == 400
    assert "不能早于任职日期" in text_of(bad)
    assert send("community_worker", {"last_day": "2025-08-31"}, "grid:post-leave", holding.pk).status_code == 302
    holding.refresh_from_db()
    assert holding.last_day == date(2025, 8, 31)
    assert send("grid_worker", {"last_day": "2025-08-31"}, "grid:post-leave", holding.pk).status_code == 403


def test_a_post_may_be_given_to_an_account_of_the_unit_or_above(tree, send, page, staff):
    chief, stranger = staff["grid_worker"], staff["department_handler"]
    shown = page("community_worker", "grid:post-take", tree.grid.pk)
    assert f"{chief.display_name}（grid_worker）" in shown
    assert "（department_handler）" not in shown
    values = {"post": "grid_chief", "name": "", "first_day": "2025-03-01"}
    assert send("community_worker", {**values, "user": stranger.pk}, "grid:post-take", tree.grid.pk).status_code == 400
    nobody = send("community_worker", values, "grid:post-take", tree.grid.pk)
    assert nobody.status_code == 400
    assert "请填写姓名。" in text_of(nobody)
    assert send("community_worker", {**values, "user": chief.pk}, "grid:post-take", tree.grid.pk).status_code == 302
    holding = PostHolding.objects.get()
    assert (holding.user, holding.name) == (chief, chief.display_name)


# --- households


def test_doors_make_the_household_numbers(tree, send, page):
    answer = send("community_worker", {"doors": "1单元101\r\n1单元102\n\n1单元101 "}, "grid:doors-add", tree.group.pk)
    assert answer.status_code == 302
    tree.group.refresh_from_db()
    tree.grid.refresh_from_db()
    assert (tree.group.households, tree.grid.households) == (2, 2)
    assert [event.data["summary"] for event in history.timeline(tree.grid)] == ["户数由“400”改为“2”（按各楼栋合计）"]
    assert "1单元102" in page("community_worker", "grid:households", tree.group.pk)
    send("community_worker", {"doors": "1单元101"}, "grid:doors-add", tree.group.pk)
    assert Household.objects.count() == 2
    assert list(history.verify()) == []


def test_a_grid_keeps_its_reported_number_until_all_buildings_have_doors(tree, send):
    make_unit("2号楼", parent=tree.grid)
    send("community_worker", {"doors": "101"}, "grid:doors-add", tree.group.pk)
    tree.grid.refresh_from_db()
    assert tree.grid.households == 400


def test_a_community_reports_the_households_of_its_grid(tree, send):
    assert send("community_worker", {"households": "430"}, "grid:households-report", tree.grid.pk).status_code == 302
    tree.grid.refresh_from_db()
    assert tree.grid.households == 430
    assert send("grid_worker", {"households": "1"}, "grid:households-report", tree.grid.pk).status_code == 403
    assert (
        send("community_worker", {"households": "1"}, "grid:households-report", tree.other_grid.pk).status_code == 404
    )
    send("community_worker", {"doors": "101"}, "grid:doors-add", tree.group.pk)
    answer = send("community_worker", {"households": "9"}, "grid:households-report", tree.group.pk)
    assert answer.status_code == 400
    assert "户数按门牌数自动计算" in text_of(answer)


def test_doors_belong_to_buildings(tree, send):
    answer = send("community_worker", {"doors": "101"}, "grid:doors-add", tree.grid.pk)
    assert answer.status_code == 400
    assert not Household.objects.exists()


# --- departments


def test_departments_are_kept_by_the_district(tree, send, page):
    values = {"name": "供水公司", "short_name": "供水", "code": "water", "sort": "30"}
    assert send("district_officer", values, "grid:department-create").status_code == 302
    made = Department.objects.get(code="water")
    assert "修改" in page("district_officer", "grid:departments")
    assert "新增部门" not in page("community_worker", "grid:departments")
    assert send("community_worker", values, "grid:department-create").status_code == 403
    changed = {**values, "name": "市政供水公司", "version": str(made.event_seq)}
    assert send("district_officer", changed, "grid:department-change", made.pk).status_code == 302
    assert send("district_officer", {}, "grid:department-close", made.pk).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.is_active) == ("市政供水公司", False)
    assert send("district_officer", {}, "grid:department-reopen", made.pk).status_code == 302


def test_a_closed_unit_is_not_offered(tree, staff, client_for):
    unit_close(unit=tree.group, actor=None)
    client = client_for(staff["district_officer"])
    assert client.get(reverse("grid:options") + "?level=5").json() == []
