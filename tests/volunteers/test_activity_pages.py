"""Pages of activities for staff; exports and API. Nobody's name is shown in full."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from common.reporting import registry
from tests.factories.accounts import make_user
from tests.factories.activities import DAY_BEFORE, END, START, confirmed, make_activity, make_participation
from tests.factories.volunteers import make_volunteer
from tests.volunteers.activity_support import address, at
from volunteers.choices import ActivityState
from volunteers.models import Activity, Participation, ServiceRecord
from volunteers.services.attendance import sign_in, sign_out

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def _day_before(settings):
    settings.SESSION_COOKIE_AGE = 30 * 24 * 3600  # these tests travel days while a browser stays signed in
    with at(DAY_BEFORE):
        yield


def filled(tree, **changes):
    return {
        "unit": tree.community.pk, "title": "楼道清洁", "theme": "civility", "starts_at": "2026-11-25T08:30",
        "ends_at": "2026-11-25T11:30", "place": "3号楼", "capacity": "3", "about": "带手套", "submission": str(uuid4()),
        **changes,
    }  # fmt: skip


# --- staff


def test_an_activity_is_planned_with_roles_and_published(tree, office):
    roles = {
        "role_name_0": "清扫",
        "role_places_0": "2",
        "role_name_1": "急救",
        "role_places_1": "1",
        "role_skill_1": "first_aid",
    }
    answer = office.post(address("activity-create"), filled(tree, **roles))
    activity = Activity.objects.get()
    assert answer["Location"] == activity.get_absolute_url()
    assert (activity.starts_at, activity.ends_at, activity.signup_until) == (START, END, START)
    assert [(role.name, role.places, role.skill) for role in activity.roles.all()] == [
        ("清扫", 2, ""), ("急救", 1, "first_aid"),
    ]  # fmt: skip
    page = office.get(answer["Location"]).content.decode()
    assert "2026-11-25（周三）08:30–11:30" in page
    assert "文明实践" in page
    assert office.post(address("activity-act", activity.pk, "publish")).status_code == 302
    assert Activity.objects.get().state == "published"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"), ({"ends_at": "2026-11-25T08:30"}, "ends_at"), ({"starts_at": "明天"}, "starts_at"),
        ({"theme": "x"}, "theme"), ({"capacity": "0"}, "capacity"), ({"unit": "999999"}, "unit"),
        ({"role_name_0": "清扫"}, "role_name_0"), ({"role_name_0": "清扫", "role_places_0": "2"}, "capacity"),
        ({"is_risky": "on"}, "risks"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_shown_at_its_field(tree, office, changes, field):
    answer = office.post(address("activity-create"), filled(tree, **changes))
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert not Activity.objects.exists()


def test_a_unit_outside_ones_area_cannot_be_chosen(tree, office):
    answer = office.post(address("activity-create"), filled(tree, unit=tree.other_community.pk))
    assert list(answer.context["form"].errors) == ["unit"]
    assert not Activity.objects.exists()


def test_the_form_suggests_the_themes_of_the_month(tree, office):
    page = office.get(address("activity-create"))
    assert page.context["suggestions"] == [("safety", "平安巡防")]
    groups = dict(page.context["form"]["theme"].field.choices)
    assert [key for key, _ in groups["11 月重点"]] == ["safety"]
    assert page.context["form"].initial["unit"] == tree.community
    assert office.get(address("activity-create") + "?theme=safety").context["form"].initial["theme"] == "safety"


def test_a_copy_starts_with_the_values_of_the_earlier_one_a_week_on(tree, office):
    old = make_activity(tree.community, roles=(("清扫", 3, ""),), title="旧活动")
    form = office.get(address("activity-create") + f"?copy={old.pk}").context["form"]
    assert (form.initial["title"], form.initial["starts_at"]) == ("旧活动", START + timedelta(weeks=1))
    assert form.role_rows[0][0].value() == "清扫"
    far = make_activity(tree.other_community)
    assert "title" not in office.get(address("activity-create") + f"?copy={far.pk}").context["form"].initial


def test_sign_up_that_ends_with_the_start_moves_with_it(tree, office):
    activity = make_activity(tree.community)
    form = office.get(address("activity-change", activity.pk)).context["form"]
    assert form["signup_until"].value() is None
    values = filled(tree, starts_at="2026-11-25T09:00", ends_at="2026-11-25T12:00", version="0")
    assert office.post(address("activity-change", activity.pk), values).status_code == 302
    activity.refresh_from_db()
    assert activity.signup_until == activity.starts_at == START + timedelta(minutes=30)


def test_a_change_made_meanwhile_is_not_overwritten(tree, office):
    activity = make_activity(tree.community)
    values = filled(tree, place="5号楼", version="0")
    assert office.post(address("activity-change", activity.pk), values).status_code == 302
    answer = office.post(address("activity-change", activity.pk), {**values, "place": "6号楼"})
    assert answer.status_code == 409
    assert Activity.objects.get().place == "5号楼"


def test_regular_days_are_planned_from_the_list(tree, office):
    assert [link.label for link in office.get(address("activities")).context["links"]] == ["筹备活动", "排固定服务日"]
    values = {
        "unit": tree.community.pk, "series": "社区工作日", "weeks": "2", "starts": "08:30", "ends": "11:30",
        "place": "社区", "theme": "civility", "capacity": "10",
    }  # fmt: skip
    answer = office.post(address("activity-plan"), values, follow=True)
    assert "新排 2 次，存为筹备中" in answer.content.decode()
    assert "已有 2 次没有重复排" in office.post(address("activity-plan"), values, follow=True).content.decode()
    assert Activity.objects.count() == 2


def test_the_list_is_found_by_its_conditions(tree, office):
    now = make_activity(tree.community, title="楼道清洁")
    draft = make_activity(tree.sister_community, title="义诊", theme="health", state="draft")
    later = make_activity(tree.community, title="义剪", starts_at=START + timedelta(days=10), series="社区工作日")
    far = make_activity(tree.other_community)
    Activity.objects.filter(pk=draft.pk).update(unit=tree.community)

    def found(query=""):
        return {row.pk for row in office.get(address("activities") + query).context["page"].rows}

    assert found() == {now.pk, draft.pk, later.pk}
    assert found("?state=draft") == {draft.pk}
    assert found("?theme=health") == {draft.pk}
    assert found("?month=2026-12") == {later.pk}
    assert found("?series=社区工作日") == {later.pk}
    assert found("?q=楼道") == {now.pk}
    assert found("?flag=waiting") == found("?flag=objected") == found("?flag=unconfirmed") == set()
    assert far.pk not in found()


def test_names_are_masked_everywhere(tree, office):
    activity = make_activity(tree.community)
    make_participation(activity, make_volunteer(tree.community, name="欧阳晓明"))
    for name in ("activity", "attendance"):
        page = office.get(address(name, activity.pk)).content.decode()
        assert "欧阳**" in page
        assert "欧阳晓明" not in page


def test_another_units_activity_does_not_exist_and_a_grid_worker_sees_no_buttons(tree, staff, office, client_for):
    far = make_activity(tree.other_community)
    for name in ("activity", "sign-screen", "sign-code", "attendance", "activity-change", "activity-confirm"):
        assert office.get(address(name, far.pk)).status_code == 404
    mine = make_activity(tree.street)  # seen from above only
    assert office.get(address("activity", mine.pk)).status_code == 404
    officer = client_for(staff["street_officer"])
    assert officer.get(address("activity", mine.pk)).context["organises"]


def test_the_screen_shows_the_code_that_the_phone_opens(tree, office):
    activity = make_activity(tree.community)
    make_participation(activity, make_volunteer(tree.community))
    with at(START):
        page = office.get(address("sign-screen", activity.pk))
        assert page.context["kind"] == "in"
        assert "<svg" in page.content.decode()
        assert "style=" not in page.content.decode().split("<svg", 1)[1].split("</svg>")[0]
        part = office.get(address("sign-code", activity.pk) + "?kind=out", **HTMX).content.decode()
        assert "签退" in part
        assert "报名 1 人，已签到 0 人" in part
    with at(END):
        assert office.get(address("sign-screen", activity.pk)).context["kind"] == "out"
    Activity.objects.update(state=ActivityState.CANCELLED)
    assert office.get(address("sign-screen", activity.pk)).status_code == 409


def test_the_organiser_ticks_people_off(tree, office):
    activity = make_activity(tree.community)
    rows = [make_participation(activity, make_volunteer(tree.community)) for _ in range(3)]
    with at(START):
        part = office.post(address("participation-mark", rows[0].pk, "in"), **HTMX)
        assert part.content.decode().count("<li") == 1
        assert "签到成功，08:30" in part.content.decode()
        assert (
            "已在 08:30 签到" in office.post(address("participation-mark", rows[0].pk, "in"), **HTMX).content.decode()
        )
        assert office.post(address("participation-mark", rows[1].pk, "absent")).status_code == 302
        assert office.post(address("participation-mark", rows[2].pk, "out")).status_code == 403
        assert office.post(address("participation-mark", rows[2].pk, "dance")).status_code == 404
    with at(END):
        assert "已为 1 人签退" in office.post(address("attendance-out", activity.pk), follow=True).content.decode()
    states = Participation.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["served", "absent", "joined"]


def test_somebody_who_just_came_is_added_by_number(tree, office):
    activity = make_activity(tree.community, signup_until=DAY_BEFORE)
    person, far = make_volunteer(tree.community), make_volunteer(tree.other_community)
    with at(START):
        for number, words in ((far.number, "没有找到编号"), (person.number, "已报名"), (person.number, "不用再报")):
            answer = office.post(address("attendance-add", activity.pk), {"number": number}, follow=True)
            assert words in answer.content.decode()
    assert [row.volunteer for row in Participation.objects.all()] == [person]


def test_hours_are_confirmed_on_one_page_and_put_right_later(tree, office):
    activity = make_activity(tree.community)
    rows = [make_participation(activity, make_volunteer(tree.community)) for _ in range(2)]
    for row in rows:
        with at(START):
            sign_in(participation=row)
    with at(END):
        sign_out(participation=rows[0])
        Activity.objects.update(state=ActivityState.ENDED)
        blocked = office.get(address("activity-confirm", activity.pk))
        assert [row["pk"] for row in blocked.context["not_out"]] == [rows[1].pk]
    with at(END + timedelta(hours=2)):
        target = address("participation-correct", rows[1].pk)
        times = {"signed_in_at": "2026-11-25T08:30", "signed_out_at": "2026-11-25T10:00"}
        assert list(office.post(target, times).context["form"].errors) == ["reason"]
        assert office.post(target, {**times, "reason": "忘记签退"})["Location"] == address("attendance", activity.pk)
        values = {f"hours_{rows[0].pk}": "2.5", f"reason_{rows[0].pk}": "", f"hours_{rows[1].pk}": "1.50"}
        wrong = office.post(address("activity-confirm", activity.pk), values)
        assert wrong.status_code == 400
        assert "请写明理由" in wrong.content.decode()
        assert not ServiceRecord.objects.exists()
        values[f"reason_{rows[0].pk}"] = "中途离开"
        assert office.post(address("activity-confirm", activity.pk), values).status_code == 302
        assert [str(record.hours) for record in ServiceRecord.objects.order_by("pk")] == ["2.50", "1.50"]
        again = {**times, "signed_out_at": "2026-11-25T11:00", "reason": "组长证明"}
        assert office.post(address("participation-hours", rows[1].pk), again).status_code == 302
    assert str(Participation.objects.get(pk=rows[1].pk).hours) == "2.50"
    assert "组长证明" in office.get(address("activity", activity.pk)).content.decode()


def test_records_are_listed_and_voided(tree, worker, office, client_for):
    make = make_activity(tree.community)
    confirmed(make, make_volunteer(tree.community, name="张晓明"), worker)
    record = ServiceRecord.objects.get()
    with at(END + timedelta(hours=1)):
        page = office.get(address("records") + "?month=2026-11&theme=civility&source=activity&q=楼道")
        assert [row.pk for row in page.context["page"].rows] == [record.pk]
        assert "张**" in page.content.decode()
        assert address("record-void", record.pk) in page.content.decode()
        far = client_for(make_user("community_worker", tree.other_community))
        assert far.post(address("record-void", record.pk), {"reason": "x"}).status_code == 404
        assert office.post(address("record-void", record.pk), {"reason": "记错"}).status_code == 302
    record.refresh_from_db()
    assert record.voided_at is not None
    assert [row.pk for row in office.get(address("records") + "?validity=valid").context["page"].rows] == []


def test_exports_write_what_is_shown_with_masked_names(tree, worker):
    activity = make_activity(tree.community)
    confirmed(activity, make_volunteer(tree.community, name="张晓明", number="H000001"), worker)
    rows = list(
        registry.get("volunteers.records").rows(worker, {"query": "", "columns": ["number", "name", "hours", "state"]})
    )
    assert [(row["number"], row["name"], str(row["hours"]), row["state"]) for row in rows] == [
        ("H000001", "张**", "3.00", "有效")
    ]
    rows = list(registry.get("volunteers.activities").rows(worker, {"query": "state=confirmed", "columns": []}))
    assert [(row["title"], row["theme"], row["people"], row["state"]) for row in rows] == [
        ("楼道清洁", "文明实践", "1/3", "confirmed")
    ]
    stranger = make_user("community_worker", tree.other_community)
    assert list(registry.get("volunteers.records").rows(stranger, {"query": "", "columns": []})) == []


def test_the_api_counts_people_and_names_nobody(tree, worker, api_for):
    activity = make_activity(tree.community, roles=(("清扫", 3, ""),))
    make_participation(activity, make_volunteer(tree.community, name="张晓明"), role=activity.roles.get())
    draft = make_activity(tree.community, state="draft")
    client = api_for(worker)
    assert [row["id"] for row in client.get("/api/v1/activities/?state=draft").json()["results"]] == [draft.pk]
    body = client.get(f"/api/v1/activities/{activity.pk}/").json()
    assert (body["taken"], body["waiting"], body["theme_label"], body["unit"]["name"]) == (1, 0, "文明实践", "江湾社区")
    assert body["roles"][0]["name"] == "清扫"
    assert "张" not in str(body)
    far = api_for(make_user("community_worker", tree.other_community))
    assert far.get(f"/api/v1/activities/{activity.pk}/").status_code == 404
    assert client.get("/api/v1/activities/?month=x").status_code == 400
