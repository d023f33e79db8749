"""Pages, export and API of volunteers and teams: what they show, to whom, in how many queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.errors import Refused
from common.navigation import frame
from common.reporting import registry
from common.reporting.report import prepare
from grid.guards import may_close
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_id_number, make_programme, make_volunteer
from volunteers.models import Membership, Team, Volunteer
from volunteers.services.people import volunteer_sign_up
from volunteers.workflow import VOLUNTEER_FLOW

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def world(tree, staff):
    make_rules("jiangyuan")
    make_programme()
    return tree


@pytest.fixture
def one(world):
    return volunteer_sign_up(
        actor=None, unit=world.community, name="欧阳晓明", phone="13800001234", id_number=make_id_number(), nickname="小明",
        skills=["legal"],
    ).volunteer  # fmt: skip


@pytest.fixture
def page(staff, client_for):
    def open_page(role: str, name: str, *args, status: int = 200, query: str = "") -> str:
        response = client_for(staff[role]).get(reverse(f"volunteers:{name}", args=args) + query)
        assert response.status_code == status, response.content.decode()[:500]
        return response.content.decode()

    return open_page


@pytest.fixture
def send(staff, client_for):
    def post(role: str, data: dict, name: str, *args):
        return client_for(staff[role]).post(reverse(f"volunteers:{name}", args=args), data)

    return post


def listed(shown: str, row) -> bool:
    return f'href="{row.get_absolute_url()}"' in shown


@pytest.mark.parametrize("name", ["volunteers", "teams", "volunteer", "team"])
def test_pages_open_in_few_queries_however_many_rows(
    world, one, staff, client_for, name, django_assert_max_num_queries
):
    team = Team.objects.create(name="先锋队", unit=world.community, leader=one, founded_on=TODAY())
    for number in range(25):
        row = make_volunteer(world.community, name=f"甲{number}")
        Membership.objects.create(team=team, volunteer=row, first_day=TODAY())
        Team.objects.create(name=f"队{number}", unit=world.community, founded_on=TODAY())
    args = {"volunteer": [one.pk], "team": [team.pk]}.get(name, [])
    client = client_for(staff["community_worker"])
    with django_assert_max_num_queries(16):
        assert client.get(reverse(f"volunteers:{name}", args=args)).status_code == 200


def test_no_page_shows_a_full_name_or_number(world, one, page):
    for shown in (
        page("community_worker", "volunteers"),
        page("community_worker", "volunteer", one.pk),
        page("community_worker", "volunteers", query="?q=欧阳晓明").replace("欧阳晓明", "", 4),
    ):
        assert "欧阳*" in shown
        for secret in ("13800001234", make_id_number()):
            assert secret not in shown
    assert "欧阳晓明" not in page("community_worker", "volunteer", one.pk)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("220605V000001", True), ("220605", True), ("V000001", True), ("v0000", True), ("220605V000002", False),
        ("小明", True), ("欧阳晓明", True), ("欧阳", False), ("13800001234", True), ("138-0000-1234", True),
        ("1380000", False), (make_id_number(), True), (make_id_number(serial=2), False),
    ],
)  # fmt: skip
def test_search(world, one, page, text, found):
    assert listed(page("community_worker", "volunteers", query=f"?q={text}"), one) is found


def test_filters(world, one, page):
    other = make_volunteer(world.sister_community, group="cadre", state="waiting", is_minor=True, insured_until=TODAY())
    queries = {
        "?group=cadre": False, "?state=active": True, "?skill=legal": True, "?todo=guardian": False, "?todo=any": False,
        "?insured=yes": False, "?insured=no": True, "?age=adult": True, f"?community={world.community.pk}": True,
        f"?street={world.street.pk}": None, f"?joined_after={TODAY():%Y-%m-%d}": True,
    }  # fmt: skip
    for query, mine in queries.items():
        shown = page("district_officer", "volunteers", query=query)
        assert (listed(shown, one), listed(shown, other)) == ((True, True) if mine is None else (mine, not mine)), query


def test_the_erased_are_shown_only_when_asked_for(world, page):
    gone = make_volunteer(world.community, state="erased", left_on=TODAY())
    assert not listed(page("community_worker", "volunteers"), gone)
    assert listed(page("community_worker", "volunteers", query="?state=erased"), gone)
    page("community_worker", "volunteer", gone.pk)
    page("community_worker", "volunteer-change", gone.pk, status=404)


def test_outside_the_scope_nothing_is_there(world, page, send):
    other = make_volunteer(world.other_community)
    team = Team.objects.create(name="外队", unit=world.other_community, founded_on=TODAY())
    for name in ("volunteer", "volunteer-change", "volunteer-code"):
        page("community_worker", name, other.pk, status=404)
    for name in ("team", "team-change", "team-join", "team-lead", "team-close"):
        page("community_worker", name, team.pk, status=404)
    assert send("community_worker", {"reason": "联系"}, "volunteer-reveal", other.pk, "phone").status_code == 404
    assert send("community_worker", {"reason": ""}, "volunteer-act", other.pk, "leave").status_code == 404
    other.refresh_from_db()
    assert other.event_seq == 0


def test_a_worker_signs_somebody_up_and_is_shown_the_code_once(world, staff, client_for):
    client = client_for(staff["community_worker"])
    shown = client.get(reverse("volunteers:volunteer-create")).content.decode()
    assert "江湾社区" in shown
    values = {
        "unit": world.community.pk, "group": "chief", "name": "王芳", "phone": "13900000000",
        "id_number": make_id_number(serial=3), "address": "3号楼",
    }  # fmt: skip
    answer = client.post(reverse("volunteers:volunteer-create"), values)
    row = Volunteer.objects.get()
    assert answer["Location"] == reverse("volunteers:volunteer-code", args=[row.pk])
    first = client.get(answer["Location"])
    assert first.context["code"] in first.content.decode()
    assert client.get(answer["Location"])["Location"] == row.get_absolute_url()
    assert (row.group, row.person.address) == ("chief", "3号楼")


def test_the_desk_is_led_to_the_first_registration(world, one, send, client_for):
    values = {
        "unit": world.community.pk,
        "group": "resident",
        "name": "王芳",
        "phone": "13900000000",
        "id_number": make_id_number(),
    }
    answer = send("community_worker", values, "volunteer-create")
    assert answer.status_code == 409
    assert listed(answer.content.decode(), one)
    stranger = make_user("community_worker", world.other_community)
    hidden = client_for(stranger).post(
        reverse("volunteers:volunteer-create"), {**values, "unit": world.other_community.pk}
    )
    assert hidden.status_code == 409
    assert one.number not in hidden.content.decode()
    assert Volunteer.objects.count() == 1


def test_every_action_of_an_active_volunteer_opens(world, one, page):
    for name, action in VOLUNTEER_FLOW.actions.items():
        if "active" in action.from_states and name != "keep":
            page("community_worker", "volunteer-act", one.pk, name)
            page("grid_worker", "volunteer-act", one.pk, name, status=404)
    page("community_worker", "volunteer-act", one.pk, "agree", status=409)
    page("community_worker", "volunteer-act", one.pk, "nothing", status=404)


def test_actions_by_page(world, one, page, send):
    assert "转移单位" in page("street_officer", "volunteer", one.pk)
    assert "输入名称、拼音首字母或代码查找" in page("street_officer", "volunteer-act", one.pk, "transfer")
    moved = send("street_officer", {"unit": world.sister_community.pk}, "volunteer-act", one.pk, "transfer")
    assert moved.status_code == 302
    one.refresh_from_db()
    assert one.unit == world.sister_community
    insured = {"insured_until": (TODAY() + timedelta(days=30)).isoformat(), "insurance": "意外险"}
    assert send("street_officer", insured, "volunteer-act", one.pk, "insure").status_code == 302
    code = send("street_officer", {"how": "in_person"}, "volunteer-act", one.pk, "new_code")
    assert code["Location"] == reverse("volunteers:volunteer-code", args=[one.pk])
    assert "现有积分 0.00 分" in page("street_officer", "volunteer-act", one.pk, "erase")
    assert send("street_officer", {"remainder": "expire"}, "volunteer-act", one.pk, "erase").status_code == 302
    one.refresh_from_db()
    assert one.state == "erased"


def test_the_change_form_leaves_personal_fields_alone_when_empty(world, one, page, send):
    shown = page("community_worker", "volunteer-change", one.pk)
    assert "13800001234" not in shown
    assert "欧阳晓明" not in shown
    values = {"group": "resident", "nickname": "新名", "version": one.event_seq}
    assert send("community_worker", values, "volunteer-change", one.pk).status_code == 302
    one.refresh_from_db()
    assert (one.nickname, one.person.name, one.person.phone) == ("新名", "欧阳晓明", "13800001234")
    assert send("community_worker", values, "volunteer-change", one.pk).status_code == 409
    fixed = {**values, "version": one.event_seq, "phone": "13911112222"}
    assert send("community_worker", fixed, "volunteer-change", one.pk).status_code == 302
    assert Volunteer.objects.get(pk=one.pk).person.phone == "13911112222"


def test_a_reveal_by_page(world, one, send):
    answer = send("community_worker", {"reason": "联系活动"}, "volunteer-reveal", one.pk, "phone")
    assert "13800001234" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert send("community_worker", {"reason": "联系活动"}, "volunteer-reveal", one.pk, "nickname").status_code == 404


def test_the_menu_counts_what_waits(world, staff):
    make_volunteer(world.community, state="waiting", is_minor=True)
    make_volunteer(world.community, erasure_asked_at=timezone.now())
    make_volunteer(world.other_community, state="waiting", is_minor=True)
    assert frame.counts(staff["community_worker"])["volunteers.people-to-do"] == "2"
    assert "volunteers.people-to-do" not in frame.counts(staff["grid_worker"])


def test_the_page_of_a_unit_shows_volunteers_and_teams(world, one, staff, client_for):
    Team.objects.create(name="先锋队", unit=world.community, founded_on=TODAY())
    shown = client_for(staff["community_worker"]).get(world.community.get_absolute_url()).content.decode()
    assert "在册志愿者" in shown
    assert "先锋队" in shown


def test_a_unit_with_volunteers_stays(world, one):
    assert "1 名志愿者、0 支志愿队伍" in str(may_close(world.community).reason)


# --- teams


def test_a_team_by_page(world, one, page, send):
    made = send(
        "community_worker", {"unit": world.community.pk, "name": "先锋队", "founded_on": TODAY()}, "team-create"
    )
    team = Team.objects.get()
    assert made["Location"] == team.get_absolute_url()
    assert (
        send("community_worker", {"number": "V000009", "first_day": TODAY()}, "team-join", team.pk).status_code == 400
    )
    assert (
        send("community_worker", {"number": "v000001", "first_day": TODAY()}, "team-join", team.pk).status_code == 302
    )
    team.refresh_from_db()
    lead = {"leader": one.pk, "version": team.event_seq}
    assert send("community_worker", lead, "team-lead", team.pk).status_code == 302
    shown = page("community_worker", "team", team.pk)
    assert "欧阳*" in shown
    assert "欧阳晓明" not in shown
    assert "队长" in page("community_worker", "volunteer", one.pk)
    membership = team.memberships.get()
    assert send("grid_worker", {}, "team-remove", team.pk, membership.pk).status_code == 403
    assert team.memberships.get().last_day is None
    assert send("community_worker", {}, "team-remove", team.pk, membership.pk).status_code == 302
    team.refresh_from_db()
    assert send("community_worker", {"version": team.event_seq}, "team-close", team.pk).status_code == 302
    assert not Team.objects.get().is_active


def test_team_filters(world, one, page):
    team = Team.objects.create(name="先锋队", unit=world.community, leader=one, theme="civility", founded_on=TODAY())
    other = Team.objects.create(name="旧队", unit=world.sister_community, founded_on=TODAY(), is_active=False)
    for query, mine in (
        ("?theme=civility", True), ("?led=yes", True), ("?led=no", False), ("?state=closed", False), ("?q=先锋", True),
        (f"?community={world.community.pk}", True),
    ):  # fmt: skip
        shown = page("street_officer", "teams", query=query)
        assert (listed(shown, team), listed(shown, other)) == (mine, not mine), query


# --- export and API


def test_the_exports_hold_what_the_lists_show(world, one, staff):
    raw = {"query": "group=resident", "columns": ["number", "name", "total_hours"]}
    rows = list(prepare(registry.get("volunteers.people"), staff["community_worker"], raw).rows)
    assert [(row["number"], row["name"], row["total_hours"]) for row in rows] == [("220605V000001", "欧阳**", 0)]
    Team.objects.create(name="先锋队", unit=world.community, leader=one, founded_on=TODAY())
    teams = list(
        prepare(registry.get("volunteers.teams"), staff["community_worker"], {"query": "", "columns": []}).rows
    )
    assert [(row["name"], row["leader"], row["member_count"]) for row in teams] == [("先锋队", "220605V000001", 0)]
    with pytest.raises(Refused):
        prepare(registry.get("volunteers.people"), staff["grid_worker"], raw)


def test_the_api_is_masked_and_scoped(world, one, staff, api_for, client, django_assert_max_num_queries):
    team = Team.objects.create(name="先锋队", unit=world.community, leader=one, founded_on=TODAY())
    Membership.objects.create(team=team, volunteer=one, first_day=TODAY())
    api = api_for(staff["community_worker"])
    with django_assert_max_num_queries(8):
        answer = api.get("/api/v1/volunteers/?group=resident")
    (row,) = answer.json()["results"]
    assert (row["number"], row["name"], row["total_hours"], row["display_consent"]) == (
        one.number,
        "欧阳**",
        "0.00",
        False,
    )
    assert "13800001234" not in answer.content.decode()
    detail = api.get(f"/api/v1/volunteers/{one.pk}/").json()
    assert (detail["teams"], detail["star"], detail["unit"]["name"]) == ([team.pk], "", "江湾社区")
    (listed_team,) = api.get("/api/v1/volunteer-teams/").json()["results"]
    assert (listed_team["leader_number"], listed_team["member_count"]) == (one.number, 1)
    assert api.get(f"/api/v1/volunteer-teams/{team.pk}/").json()["name"] == "先锋队"
    other = make_volunteer(world.other_community)
    assert api.get(f"/api/v1/volunteers/{other.pk}/").status_code == 404
    assert api_for(staff["hotline_operator"]).get("/api/v1/volunteers/").status_code == 403
    assert client.get("/api/v1/volunteers/").status_code == 401
