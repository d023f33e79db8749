"""Setting up, changing, counting, electing, dissolving; every refusal leaves everything as it was."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.models import Event
from grid.models import Household
from grid.services import unit_close, unit_merge, unit_move
from partyorgs.models import PartyOrganisation
from partyorgs.policies import months_after, months_before, size_warning, term_end
from partyorgs.services import (
    organisation_change,
    organisation_count,
    organisation_create,
    organisation_dissolve,
    organisation_elect,
)
from tests.factories.grid import make_unit
from tests.factories.partyorgs import make_organisation

pytestmark = pytest.mark.django_db


def snapshot() -> tuple:
    return list(PartyOrganisation.objects.order_by("pk").values()), Event.objects.count()


@pytest.fixture
def worker(staff):
    return staff["community_worker"]


# --- setting up


def test_a_branch_is_set_up_under_its_community(tree, party, worker):
    made = organisation_create(
        actor=worker, unit=tree.grid, kind="branch", name="江湾 商圈联合党支部", parent=party.community, mode="joint",
        partners="江湾物业公司、滨江商会", secretary_name="李强", members_count=7, members_on=date(2026, 6, 30),
        term_first_day=date(2025, 3, 1),
    )  # fmt: skip
    made.refresh_from_db()
    assert (made.name, made.mode, made.parent) == ("江湾 商圈联合党支部", "joint", party.community)
    assert (made.term_years, made.term_last_day) == (3, date(2028, 2, 29))
    assert (made.members_count, made.members_on) == (7, date(2026, 6, 30))
    event = history.timeline(made).get()
    assert (event.kind, event.actor) == ("partyorg.created", worker)
    assert event.data == {"name": "江湾 商圈联合党支部", "unit": "江湾第一网格", "kind": "党支部"}
    assert list(history.verify()) == []


def test_a_community_serves_five_years_others_three(party):
    assert (party.community.term_years, party.community.term_last_day) == (5, date(2029, 6, 30))
    assert (party.grid.term_years, party.grid.term_last_day) == (3, date(2027, 6, 30))
    assert (party.group.term_years, party.group.term_last_day) == (None, None)


@pytest.mark.parametrize(
    ("first", "years", "last"),
    [
        (date(2024, 7, 1), 5, date(2029, 6, 30)),
        (date(2025, 1, 1), 3, date(2027, 12, 31)),
        (date(2024, 2, 29), 3, date(2027, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 28)),
        (date(2025, 3, 1), 3, date(2028, 2, 29)),
    ],
)
def test_a_term_ends_the_day_before_its_anniversary(first, years, last):
    assert term_end(first, years) == last


def test_months_are_counted_by_the_calendar():
    assert months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert months_before(date(2026, 3, 15), 6) == date(2025, 9, 15)
    assert months_after(date(2025, 8, 31), 6) == date(2026, 2, 28)


def test_a_member_household_is_one_door_of_its_building(tree, party, worker):
    door, stranger = (
        Household.objects.create(unit=tree.group, door="101"),
        Household.objects.create(unit=make_unit("2号楼", parent=tree.grid), door="101"),
    )
    values = {"actor": worker, "unit": tree.group, "kind": "member_household", "parent": party.group}
    for door_given, sentence in [(None, "请选择党员中心户所在的户"), (stranger, "“2号楼101”不在“1号楼”")]:
        with pytest.raises(Invalid, match=sentence):
            organisation_create(**values, name="张华中心户", household=door_given)
    made = organisation_create(**values, name="张华中心户", household=door)
    assert made.household == door
    with pytest.raises(Invalid, match="“1号楼101”已经是党员中心户"):
        organisation_create(**values, name="又一户", household=door)
    with pytest.raises(Invalid, match="只有党员中心户才填写"):
        organisation_create(**{**values, "kind": "group", "parent": party.grid}, name="甲", household=door)


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"name": " "}, "name", "请填写名称。"),
        ({"name": "甲" * 81}, "name", "最多 80 字"),
        ({"name": "江湾第一网格党支部"}, "name", "“江湾第一网格”已经有“江湾第一网格党支部”"),
        ({"kind": "committee"}, "kind", "网格可以设：党总支、党支部、党小组，不设党委（党工委）。"),
        ({"kind": "soviet"}, "kind", ""),
        ({"parent": None}, "parent", "请选择上级党组织"),
        ({"mode": "joint"}, "partners", "联合组建请填写参加联建的单位。"),
        ({"mode": "sent", "partners": " "}, "partners", "指导派驻请填写派驻的党建指导员及其单位。"),
        ({"members_count": -1}, "members_count", "党员数应在 0 至 100000 之间。"),
        ({"members_count": 3, "members_on": date(2999, 1, 1)}, "members_on", "统计日期不能晚于今天"),
        ({"term_first_day": date(2999, 1, 1)}, "term_first_day", "本届起始日期不能晚于今天"),
        ({"term_first_day": date(2025, 1, 1), "term_years": 11}, "term_years", "任期应为 1 至 10 年。"),
        ({"kind": "group", "term_first_day": date(2025, 1, 1)}, "term_first_day", "党小组不设任期"),
    ],
)
def test_unusable_values_are_refused_in_place(tree, party, worker, values, field, sentence):
    before = snapshot()
    with pytest.raises(Invalid) as refusal:
        organisation_create(
            **{
                "actor": worker,
                "unit": tree.grid,
                "kind": "branch",
                "name": "甲支部",
                "parent": party.community,
                **values,
            }
        )
    assert sentence in refusal.value.message
    assert refusal.value.field == field
    assert snapshot() == before


def test_the_parent_sits_near_and_is_larger(tree, party, worker):
    for parent, sentence in [
        (party.street, "“城墙街道党工委”（城墙街道）不符合"),
        (party.grid, "大于党支部，“江湾第一网格党支部”（江湾第一网格）不符合"),
        (party.group, "“1号楼党小组”（1号楼）不符合"),
    ]:
        with pytest.raises(Invalid, match=sentence):
            organisation_create(actor=worker, unit=tree.grid, kind="branch", name="甲支部", parent=parent)
    organisation_create(actor=worker, unit=tree.community, kind="branch", name="机关支部", parent=party.community)


def test_a_joint_organisation_also_serves_the_units_beside_its_own(tree, party, worker):
    beside = make_unit("江湾第二网格", parent=tree.community)
    building = make_unit("9号楼", parent=beside)
    with pytest.raises(Invalid, match="不符合"):
        organisation_create(actor=worker, unit=building, kind="group", name="9号楼党小组", parent=party.grid)
    organisation_change(organisation=party.grid, actor=worker, mode="joint", partners="江湾物业公司")
    made = organisation_create(actor=worker, unit=building, kind="group", name="9号楼党小组", parent=party.grid)
    assert made.parent == party.grid


def test_only_inside_the_scope_and_with_the_permission(tree, party, staff):
    before = snapshot()
    values = {"unit": tree.grid, "kind": "branch", "name": "甲支部", "parent": party.community}
    with pytest.raises(Refused, match="没有维护党组织的权限"):
        organisation_create(actor=staff["grid_worker"], **values)
    with pytest.raises(Http404):
        organisation_create(actor=staff["community_worker"], **{**values, "unit": tree.other_grid})
    with pytest.raises(Http404):
        organisation_dissolve(organisation=party.other_street, actor=staff["community_worker"])
    with pytest.raises(Http404):
        organisation_count(organisation=party.grid, actor=staff["grid_worker"], members_count=3)
    with pytest.raises(Http404):
        organisation_count(organisation=party.grid, actor=staff["department_handler"], members_count=3)
    assert snapshot() == before
    organisation_create(actor=staff["community_worker"], **values)


# --- sizes


@pytest.mark.parametrize(
    ("kind", "members", "level", "words"),
    [
        ("branch", 2, 4, "设党支部一般应有 3 人以上"),
        ("branch", 3, 4, ""),
        ("branch", 49, 4, ""),
        ("branch", 50, 4, "已可设党总支"),
        ("general_branch", 49, 3, "设党总支一般应有 50 人以上"),
        ("general_branch", 50, 3, ""),
        ("general_branch", 100, 3, "已可设党委"),
        ("committee", 99, 3, "一般应有 100 人以上"),
        ("committee", 100, 3, ""),
        ("committee", 8, 2, ""),
        ("group", 200, 5, ""),
    ],
)
def test_sizes_are_warned_of_with_their_source(kind, members, level, words):
    warning = size_warning(kind, members, level)
    assert words in warning
    assert bool(warning) == bool(words)
    assert not warning or "《中国共产党支部工作条例（试行）》第四、五条" in warning


# --- changing, counting


def test_changes_are_told_in_one_sentence(party, worker):
    changed = organisation_change(organisation=party.grid, actor=worker, name="滨江党支部", secretary_name="赵敏")
    assert history.timeline(changed).first().data == {
        "summary": "名称由“江湾第一网格党支部”改为“滨江党支部”；书记（负责人）由“空”改为“赵敏”"
    }
    before = snapshot()
    organisation_change(organisation=changed, actor=worker, name="滨江党支部")
    assert snapshot() == before
    assert list(history.verify()) == []


def test_a_change_of_kind_takes_the_term_away(party, worker):
    changed = organisation_change(organisation=party.grid, actor=worker, kind="group")
    assert (changed.term_first_day, changed.term_years, changed.term_last_day) == (None, None, None)
    assert "本届届满日期由“2027-06-30”改为“空”" in history.timeline(changed).first().data["summary"]


def test_members_are_counted_with_a_day(party, worker):
    counted = organisation_count(
        organisation=party.grid, actor=worker, members_count=21, members_on=timezone.localdate()
    )
    assert counted.members_count == 21
    assert history.timeline(counted).first().data == {"old": 18, "new": 21, "day": timezone.localdate().isoformat()}
    with pytest.raises(Invalid, match="不能早于上次统计"):
        organisation_count(
            organisation=counted, actor=worker, members_count=20, members_on=timezone.localdate() - timedelta(days=1)
        )


# --- elections


def test_an_election_begins_a_new_term(party, worker):
    elected = organisation_elect(
        organisation=party.community, actor=worker, elected_on=date(2026, 7, 10), secretary_name="赵敏"
    )
    elected.refresh_from_db()
    assert (elected.term_first_day, elected.term_years, elected.term_last_day) == (
        date(2026, 7, 10),
        5,
        date(2031, 7, 9),
    )
    assert (elected.secretary_name, elected.secretary) == ("赵敏", None)
    assert history.timeline(elected).first().data == {
        "secretary": "赵敏", "first_day": "2026-07-10", "last_day": "2031-07-09", "years": 5, "ended": "2029-06-30",
    }  # fmt: skip
    assert list(history.verify()) == []


def test_an_account_gives_the_secretary_their_name(party, worker, staff):
    elected = organisation_elect(
        organisation=party.grid, actor=worker, elected_on=date(2026, 7, 10), secretary=staff["grid_worker"]
    )
    assert elected.secretary_name == staff["grid_worker"].display_name


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"elected_on": date(2999, 1, 1)}, "选举日期不能晚于今天"),
        ({"elected_on": date(2024, 7, 1)}, "选举日期应晚于本届起始日期 2024-07-01"),
        ({"secretary_name": " "}, "请填写当选的书记"),
    ],
)
def test_an_impossible_election_is_refused(party, worker, values, sentence):
    before = snapshot()
    with pytest.raises(Invalid, match=sentence):
        organisation_elect(
            **{
                "organisation": party.grid,
                "actor": worker,
                "elected_on": date(2026, 1, 1),
                "secretary_name": "赵敏",
                **values,
            }
        )
    with pytest.raises(Invalid, match="党小组不设任期"):
        organisation_elect(organisation=party.group, actor=worker, elected_on=date(2026, 1, 1), secretary_name="赵敏")
    assert snapshot() == before


# --- dissolving


def test_an_organisation_goes_from_the_bottom_up(party, worker):
    with pytest.raises(Invalid, match="“江湾第一网格党支部”下面还有 1 个党组织"):
        organisation_dissolve(organisation=party.grid, actor=worker)
    organisation_dissolve(organisation=party.group, actor=worker)
    gone = organisation_dissolve(organisation=party.grid, actor=worker)
    assert not gone.is_active
    with pytest.raises(Conflict, match="已经撤销"):
        organisation_change(organisation=gone, actor=worker, name="甲")
    assert list(history.verify()) == []


def test_a_unit_with_organisations_is_not_closed(tree, party, worker):
    with pytest.raises(Invalid, match="“1号楼”还设有 1 个党组织"):
        unit_close(unit=tree.group, actor=None)
    organisation_dissolve(organisation=party.group, actor=worker)
    unit_close(unit=tree.group, actor=None)
    with pytest.raises(Invalid, match="“1号楼”已经停用"):
        make_organisation(tree.group, "group", parent=party.grid)


# --- following the unit


def test_organisations_move_with_their_unit_to_the_new_parent(tree, party):
    unit_move(unit=tree.community, parent=tree.other_street, actor=None)
    party.community.refresh_from_db()
    assert party.community.parent == party.other_street
    assert history.timeline(party.community).first().data == {
        "summary": "上级党组织由“城墙街道党工委”改为“孙家堡子街道党工委”"
    }
    party.grid.refresh_from_db()
    assert party.grid.parent == party.community
    assert list(history.verify()) == []


def test_without_one_clear_parent_people_decide(tree, party):
    from partyorgs.selectors import misplaced

    unit_move(unit=tree.grid, parent=tree.other_community, actor=None)
    party.grid.refresh_from_db()
    assert party.grid.parent == party.community
    assert list(misplaced(PartyOrganisation.objects.all())) == [party.grid]


def test_a_merge_seats_organisations_at_the_target_and_keeps_what_hangs_on_them(tree, party):
    sister = make_organisation(tree.sister_community, "general_branch", "江湾社区党总支", parent=party.street)
    unit_merge(unit=tree.community, target=tree.sister_community, actor=None)
    party.community.refresh_from_db()
    party.grid.refresh_from_db()
    assert party.community.unit == tree.sister_community
    assert party.community.name == "江湾社区党总支（原江湾社区）"
    assert party.community.parent == party.street
    assert party.grid.parent == party.community
    assert sister.unit == tree.sister_community
    assert list(history.verify()) == []
