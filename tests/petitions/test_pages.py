"""Pages of tickets in a browser's terms: intake, worklists, ticket, personal data, cards, categories."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common import events as history
from petitions.models import Category, Clock, Petition, SupervisionCard
from petitions.navigation import counts
from petitions.services.chase import sweep
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
DIALOG = {**HTMX, "HTTP_HX_TARGET": "gw-dialog-content"}


@pytest.fixture
def worker(desk, client_for):
    return client_for(desk.user("community_worker"))


@pytest.fixture
def intake(desk, worker):
    def send(**changes):
        data = {
            "text": "3号楼电梯停运两天", "place": "江湾小区3号楼", "category": desk.category.pk, "name": "王芳", "phone": "13900000009",
            "unit": desk.tree.community.pk, "kind": "help", "urgency": "normal", "channel": "counter", "title": "", "address": "",
            "about_department": "", "external_number": "", "submission": str(uuid.uuid4()),
        }  # fmt: skip
        return worker.post("/petitions/new/", {**data, **changes})

    return send


# --- intake


def test_five_fields_are_enough(desk, worker, intake):
    page = worker.get("/petitions/new/")
    assert [field.name for field in page.context["form"].main_fields] == ["text", "place", "category", "name", "phone"]
    done = intake()
    petition = Petition.objects.get()
    assert done["Location"] == f"/petitions/{petition.pk}/registered/"
    shown = worker.get(done["Location"])
    assert petition.number in shown.content.decode()
    assert len(shown.context["code"]) == 10
    assert petition.state == "registered"


def test_register_and_dispatch_in_one_go(desk, worker, intake):
    intake(dispatch="1")
    petition = Petition.objects.get()
    assert (petition.state, petition.lead_department) == ("dispatched", desk.tree.housing)
    done = intake(dispatch="1", category="", text="没有选分类")
    assert Petition.objects.order_by("-pk").first().state == "registered"
    assert "还没有派单" in worker.get(done["Location"]).content.decode()


def test_a_category_led_by_the_street_can_be_dispatched_by_the_community(desk, intake):
    Category.objects.filter(pk=desk.category.pk).update(lead_department=None, lead_level=2)
    assert intake(dispatch="1").status_code == 302
    assert Petition.objects.get().lead_unit == desk.tree.street


def test_a_double_click_is_one_ticket_with_one_code(worker, intake):
    key = str(uuid.uuid4())
    first, second = intake(submission=key), intake(submission=key)
    assert first["Location"] == second["Location"]
    assert Petition.objects.count() == 1


def test_only_whoever_registered_sees_the_code_again(desk, intake, client_for):
    url = intake()["Location"]
    assert client_for(desk.user("street_officer")).get(url).context["code"] == ""


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"), ({"text": "\x00"}, "text"), ({"text": "长" * 10_001}, "text"), ({"phone": "12"}, "phone"),
        ({"unit": ""}, "unit"), ({"unit": "9" * 40}, "unit"), ({"unit": "x"}, "unit"), ({"category": "999999"}, "category"),
        ({"kind": "joke"}, "kind"), ({"channel": "import"}, "channel"), ({"name": "名" * 41}, "name"),
        ({"place": "a\x00b"}, "place"), ({"about_department": "0"}, "about_department"), ({"external_number": "1" * 41}, "external_number"),
    ],
)  # fmt: skip
def test_bad_input_is_shown_at_its_field_and_nothing_is_written(intake, changes, field):
    answer = intake(**changes)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert not Petition.objects.exists()


def test_a_form_of_arrays_invalid_utf8_or_nothing_at_all_is_no_error(desk, worker):
    assert worker.post("/petitions/new/", {}).status_code == 400
    assert (
        worker.post("/petitions/new/", {"text": ["a", "b"], "unit": ["1", "2"], "kind": ["x", "y"]}).status_code == 400
    )
    raw = b"text=%FF%FE&unit=%C3%28&submission=%80"
    assert worker.post("/petitions/new/", raw, content_type="application/x-www-form-urlencoded").status_code == 400
    assert (
        worker.post("/petitions/new/", b"--x\r\nbroken", content_type="multipart/form-data; boundary=x").status_code
        == 400
    )
    assert not Petition.objects.exists()


def test_a_unit_outside_is_refused(desk, intake):
    answer = intake(unit=desk.tree.other_community.pk)
    assert answer.status_code == 400
    assert not Petition.objects.exists()


def test_long_text_with_rare_characters_is_kept_whole(intake):
    text = ("㐱𠮷😀楼道照明不亮。" * 400)[:3145]
    intake(text=text)
    assert Petition.objects.get().text == text


def test_a_bad_file_keeps_the_ticket_from_being_made(intake):
    answer = intake(files=SimpleUploadedFile("照片.jpg", b"MZ" + bytes(100)))
    assert answer.status_code == 400
    assert "照片.jpg" in str(answer.context["form"].errors)
    assert not Petition.objects.exists()


def test_an_external_number_twice_is_said_clearly(intake):
    intake(external_number="BJ2026001")
    answer = intake(external_number="BJ2026001")
    assert answer.status_code == 409
    assert "BJ2026001" in str(answer.context["form"].errors)
    assert Petition.objects.count() == 1


def test_hints_name_the_unit_and_earlier_tickets_without_personal_data(desk, worker, client_for):
    old = desk.register(text="电梯停运 13911112222", place="江湾小区3号楼", phone="13900000009", name="王芳")
    ask = {"place": "和平社区5号楼", "phone": "139 0000 0009", "unit": desk.tree.community.pk}
    officer = client_for(desk.user("street_officer"))
    page = officer.post("/petitions/new/hints", ask, **HTMX)
    text = page.content.decode()
    assert page.context["suggested"] == desk.tree.sister_community
    assert f'value="{desk.tree.sister_community.pk}" selected' in text
    assert f"/petitions/{old.pk}/" in text
    assert "13911112222" not in text
    assert "王芳" not in text
    kept = officer.post("/petitions/new/hints", {**ask, "unit_chosen": "1"}, **HTMX)
    assert kept.context["suggested"] is None
    near = worker.post("/petitions/new/hints", {"place": "江湾小区3号楼"}, **HTMX)
    assert [row["ticket"] for row in near.context["at_place"]] == [old]
    other = client_for(make_user("community_worker", desk.tree.other_community))
    assert other.post("/petitions/new/hints", ask, **HTMX).context["of_caller"] == []
    assert (
        worker.post("/petitions/new/hints", {"phone": ["x", "\x00"], "unit": "²", "place": "\x00"}).status_code == 200
    )


# --- worklists


def test_boxes_hold_what_their_names_say(desk, client_for):
    registered, dispatched, handling = (desk.bring_to(state) for state in ("registered", "dispatched", "handling"))
    closed = desk.bring_to("closed")
    Petition.objects.filter(pk=dispatched.pk).update(due_at=timezone.now() - timedelta(hours=1))
    handler, worker = client_for(desk.user("department_handler")), client_for(desk.user("community_worker"))

    def found(client, box):
        return {row.pk for row in client.get(f"/petitions/{box}").context["page"].rows}

    assert found(worker, "") == {registered.pk, dispatched.pk, handling.pk, closed.pk}
    assert found(worker, "mine/") == {registered.pk}
    assert found(handler, "mine/") == {dispatched.pk, handling.pk}
    assert found(handler, "unit/") == {dispatched.pk, handling.pk}
    assert found(worker, "unit/") == set()
    assert found(worker, "overdue/") == {dispatched.pk}
    assert found(worker, "closed/") == {closed.pk}
    assert found(worker, "registered/") == {registered.pk, dispatched.pk, handling.pk, closed.pk}
    assert found(handler, "closed/") == {closed.pk}


def test_due_today_is_the_local_day(desk, worker):
    petition = desk.register()
    tonight = timezone.localtime().replace(hour=23, minute=59, second=59)
    Petition.objects.filter(pk=petition.pk).update(due_at=tonight)
    assert [row.pk for row in worker.get("/petitions/today/").context["page"].rows] == [petition.pk]
    Petition.objects.filter(pk=petition.pk).update(due_at=tonight + timedelta(seconds=2))
    assert worker.get("/petitions/today/").context["page"].rows == []


def test_menu_counts_take_one_query_and_agree_with_the_lists(desk, worker):
    for state in ("registered", "dispatched", "handling"):
        desk.bring_to(state)
    user = desk.user("community_worker")
    assert user.scope
    with CaptureQueriesContext(connection) as seen:
        numbers = counts(user)
    assert len(seen) == 1
    for box in ("mine", "today", "overdue", "unit"):
        assert numbers[box] == worker.get(f"/petitions/{box}/").context["page"].count, box
    assert worker.get("/menu/counts").json()["petitions.mine"] == str(numbers["mine"])


def test_a_list_page_has_few_queries_and_masks_numbers(desk, worker):
    for number in range(12):
        desk.register(
            text=f"请回电 1391234567{number % 10}",
            title=f"请回电13912345{number:03d}",
            place="江湾路 身份证22060519800101123X",
        )
    worker.get("/petitions/")
    with CaptureQueriesContext(connection) as seen:
        page = worker.get("/petitions/?q=回电")
    assert page.context["page"].count == 12
    assert len(seen) <= 12, [query["sql"] for query in seen.captured_queries]
    text = page.content.decode()
    assert "139****5000" in text
    assert "13912345000" not in text
    assert "22060519800101123X" not in text


def test_batch_signing_is_all_or_nothing(desk, client_for):
    one, two = desk.bring_to("dispatched"), desk.bring_to("dispatched")
    three = desk.bring_to("handling")
    handler = client_for(desk.user("department_handler"))
    post = {"do": "bulk", "action": "sign"}
    assert handler.post("/petitions/mine/", {**post, "selected": [one.pk, three.pk]}).status_code == 409
    assert {Petition.objects.get(pk=row.pk).state for row in (one, two)} == {"dispatched"}
    assert handler.post("/petitions/mine/", {**post, "selected": [one.pk, two.pk]}).status_code == 302
    assert {Petition.objects.get(pk=row.pk).state for row in (one, two)} == {"handling"}


@pytest.mark.parametrize(
    "query", ["after=x", "before=" + "A" * 300, "sort=%00", "state=x&category=y&unit=z", "q=%F0%9F", "q=" + "长" * 3000]
)
def test_crooked_addresses_of_a_list_are_answered(desk, worker, query):
    desk.register()
    assert worker.get(f"/petitions/?{query}").status_code in (200, 400)


# --- one ticket


def test_the_ticket_page_tells_everything_in_few_queries(desk, client_for):
    petition = desk.bring_to("replied", name="欧阳明", phone="13912345678", address="江湾路1号")
    browser = client_for(desk.user("street_officer"))
    browser.get(f"/petitions/{petition.pk}/")
    with CaptureQueriesContext(connection) as seen:
        page = browser.get(f"/petitions/{petition.pk}/")
    assert len(seen) <= 15, [query["sql"] for query in seen.captured_queries]
    text = page.content.decode()
    for shown in (petition.number, "待核查", "欧阳*", "139****5678", "已责令物业公司", "区住建局"):
        assert shown in text, shown
    assert "13912345678" not in text
    assert [entry.title for entry in page.context["timeline"]] == ["答复", "联系诉求人", "签收", "派单", "受理", "登记"]


def test_a_revealed_field_is_shown_once_and_recorded(desk, worker):
    petition = desk.register(phone="13912345678")
    url = f"/petitions/{petition.pk}/reveal/phone/"
    assert worker.get(url).status_code == 405
    assert worker.post(url, {"reason": " "}, **HTMX).status_code == 400
    assert len(history.timeline(petition)) == 1
    answer = worker.post(url, {"reason": "回访"}, **HTMX)
    assert "13912345678" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert history.timeline(petition)[0].data == {"field": "电话", "reason": "回访", "ip": "127.0.0.1"}
    assert "13912345678" not in worker.get(f"/petitions/{petition.pk}/").content.decode()
    assert worker.post(f"/petitions/{petition.pk}/reveal/state/", {"reason": "回访"}).status_code == 404


def test_the_audit_list_says_from_where_a_field_was_revealed(desk, client_for):
    petition = desk.register()
    worker = client_for(desk.user("community_worker"), REMOTE_ADDR="10.8.0.7")
    worker.post(f"/petitions/{petition.pk}/reveal/name/", {"reason": "回访"})
    (row,) = client_for(desk.user("audit_admin")).get("/audit?kind=petition.revealed").context["table"].rows
    assert row.get_cell("ip") == "10.8.0.7"
    assert row.get_cell("text") == "姓名，理由：回访"


def test_the_department_complained_about_never_sees_who_complained(desk, client_for):
    petition = desk.bring_to("handling", name="欧阳明", phone="13912345678", about_department=desk.tree.housing)
    handler = client_for(desk.user("department_handler"))
    text = handler.get(f"/petitions/{petition.pk}/").content.decode()
    assert "欧阳" not in text
    assert "5678" not in text
    assert handler.post(f"/petitions/{petition.pk}/reveal/phone/", {"reason": "联系"}).status_code == 403
    assert len(history.timeline(petition)) == petition.event_seq


def test_an_action_in_a_dialog_and_as_a_page(desk, worker):
    petition = desk.bring_to("accepted")
    url = f"/petitions/{petition.pk}/act/dispatch/"
    dialog = worker.get(url, **DIALOG)
    assert dialog.templates[0].name == "common/form_dialog.html"
    assert dialog.context["form"].initial["lead"] == f"d{desk.tree.housing.pk}"
    data = {
        "lead": f"d{desk.tree.housing.pk}",
        "limit_0": "3",
        "limit_1": "wd",
        "co_handlers": [f"d{desk.tree.enforcement.pk}"],
    }
    done = worker.post(url, data, **DIALOG)
    assert (done.status_code, done["HX-Redirect"]) == (204, f"/petitions/{petition.pk}/")
    assert Clock.objects.get(petition=petition, kind="finish").limit == "3wd"
    assert worker.get(f"/petitions/{petition.pk}/act/fly/").status_code == 404


def test_whoever_comes_second_sees_the_ticket_as_it_stands(desk, client_for):
    petition = desk.bring_to("registered")
    first, second = client_for(desk.user("community_worker")), client_for(desk.user("street_officer"))
    assert first.post(f"/petitions/{petition.pk}/act/accept/", {"category": desk.category.pk}).status_code == 302
    before = history.timeline(petition).count()
    page = second.post(f"/petitions/{petition.pk}/act/refuse/", {"reason": "secret", "note": "不予受理"})
    assert page.status_code == 409
    text = page.content.decode()
    assert "当前状态为“待派单”，不能不予受理" in text
    assert petition.number in text
    dialog = second.post(f"/petitions/{petition.pk}/act/refuse/", {"reason": "secret", "note": "不"}, **DIALOG)
    assert (dialog.status_code, dialog["HX-Redirect"]) == (409, f"/petitions/{petition.pk}/")
    assert history.timeline(petition).count() == before


@pytest.mark.parametrize(
    "data",
    [
        {}, {"lead": "d1\x00"}, {"lead": ["a", "b"]}, {"lead": "u" + "9" * 40}, {"limit_0": "x"}, {"limit_0": "-1", "limit_1": "wd"},
        {"limit_0": "10000", "limit_1": "wd"}, {"limit_0": "1", "limit_1": "year"}, {"co_handlers": ["d999999"]},
    ],
)  # fmt: skip
def test_a_malformed_action_form_is_shown_again(desk, worker, data):
    petition = desk.bring_to("accepted")
    assert worker.post(f"/petitions/{petition.pk}/act/dispatch/", data).status_code == 400
    assert Petition.objects.get(pk=petition.pk).state == "accepted"


# --- cards


def test_cards_are_listed_and_answered_once(desk, client_for):
    petition = desk.bring_to("dispatched")
    sweep(timezone.now() + timedelta(days=3))
    card = SupervisionCard.objects.filter(petition=petition).exclude(level="reminder").first()
    handler = client_for(desk.user("department_handler"))
    listed = handler.get("/petitions/cards/")
    assert f"/petitions/cards/{card.pk}/answer/" in listed.content.decode()
    assert handler.get("/petitions/cards/?mine=true").context["page"].count >= 1
    url = f"/petitions/cards/{card.pk}/answer/"
    assert handler.post(url, {"answer": ""}).status_code == 400
    assert handler.post(url, {"answer": "已安排专人办理"}).status_code == 302
    card.refresh_from_db()
    assert card.answer == "已安排专人办理"
    assert handler.post(url, {"answer": "再写一次"}).status_code == 409
    outsider = client_for(make_user("community_worker", desk.tree.other_community))
    assert outsider.get(url).status_code == 404
    card.refresh_from_db()
    assert card.answer == "已安排专人办理"


# --- categories


def test_categories_are_kept_by_whoever_may_and_leave_a_history(desk, client_for):
    officer = client_for(desk.user("district_officer"))
    data = {"code": "0199", "parent": desk.category.parent_id, "name": "电动车充电", "lead": f"d{desk.tree.enforcement.pk}",
            "co_departments": [desk.tree.housing.pk], "limit_0": "2", "limit_1": "wd", "is_active": "on"}  # fmt: skip
    assert officer.post("/petitions/categories/new/", data).status_code == 302
    row = Category.objects.get(code="0199")
    assert (row.lead_department, row.limit, list(row.co_departments.all())) == (
        desk.tree.enforcement,
        "2wd",
        [desk.tree.housing],
    )
    assert officer.post("/petitions/categories/new/", data).status_code == 409
    assert officer.post("/petitions/categories/new/", {**data, "code": "0299"}).status_code == 400
    page = officer.get(f"/petitions/categories/{row.pk}/")
    change = {**data, "lead": "l3", "limit_0": "", "version": page.context["version"]}
    assert officer.post(f"/petitions/categories/{row.pk}/", change).status_code == 302
    row.refresh_from_db()
    assert (row.lead_department, row.lead_level, row.limit) == (None, 3, "")
    assert "主办：区城管执法局 → 社区" in history.timeline(row)[0].data["summary"]
    assert officer.post(f"/petitions/categories/{row.pk}/", {**change, "name": "旧页面"}).status_code == 409
    worker = client_for(desk.user("community_worker"))
    assert worker.post(f"/petitions/categories/{row.pk}/", change).status_code == 403
    row.refresh_from_db()
    assert row.name == "电动车充电"


# --- selects that search


def test_options_stay_inside_the_scope(desk, client_for):
    outsider = client_for(make_user("community_worker", desk.tree.other_community))
    names = [row["text"] for row in json.loads(outsider.get("/petitions/options/units?q=社区").content)]
    assert names == ["新建社区（孙家堡子街道）"]
    assert json.loads(outsider.get("/petitions/options/register-units?q=江湾").content) == []
    bodies = json.loads(outsider.get("/petitions/options/bodies?q=住建").content)
    assert [row["value"] for row in bodies] == [f"d{desk.tree.housing.pk}"]


# --- on the page of a unit


def test_a_unit_shows_its_open_tickets_to_whoever_sees_them(desk, client_for):
    open_one, closed = desk.bring_to("handling", title="路灯13912345678"), desk.bring_to("closed")
    page = client_for(desk.user("street_officer")).get(f"/units/{desk.tree.community.pk}/")
    text = page.content.decode()
    assert f"/petitions/{open_one.pk}/" in text
    assert f"/petitions/{closed.pk}/" not in text
    assert "13912345678" not in text
    assert "全部 1 件" in text
    assert (
        f"/petitions/{open_one.pk}/"
        not in client_for(desk.user("system_admin")).get(f"/units/{desk.tree.community.pk}/").content.decode()
    )


# --- whoever is given a ticket sees it


def test_a_ticket_given_to_a_grid_is_seen_and_handled_there(desk, client_for):
    petition = desk.bring_to("accepted")
    worker, grid_worker = client_for(desk.user("community_worker")), client_for(desk.user("grid_worker"))
    assert grid_worker.get(f"/petitions/{petition.pk}/").status_code == 404
    sister = worker.post(f"/petitions/{petition.pk}/act/dispatch/", {"lead": f"u{desk.tree.sister_community.pk}"})
    assert sister.status_code == 400
    assert worker.post(f"/petitions/{petition.pk}/act/dispatch/", {"lead": f"u{desk.tree.grid.pk}"}).status_code == 302
    petition.refresh_from_db()
    assert (petition.lead_unit, petition.grid) == (desk.tree.grid, desk.tree.grid)
    assert [row.pk for row in grid_worker.get("/petitions/mine/").context["page"].rows] == [petition.pk]
    assert grid_worker.post(f"/petitions/{petition.pk}/act/sign/").status_code == 302


def test_the_api_refuses_a_unit_that_would_not_see_the_ticket(desk, api_for):
    petition = desk.bring_to("accepted")
    for unit in (desk.tree.sister_community, desk.tree.other_street, desk.tree.other_grid, desk.tree.group):
        url = f"/api/v1/petitions/{petition.pk}/actions/dispatch/"
        answer = api_for(desk.user("district_officer")).post(url, {"lead": f"u{unit.pk}"}, format="json")
        assert answer.status_code == 403, unit
    assert Petition.objects.get(pk=petition.pk).state == "accepted"


def test_co_handlers_have_a_list_of_what_waits_for_them(desk, client_for):
    petition = desk.act(desk.bring_to("accepted"), "dispatch", "community_worker", co_handlers=[desk.tree.enforcement])
    helper = client_for(make_user("department_handler", desk.tree.enforcement))
    assert [row.pk for row in helper.get("/petitions/co-handled/").context["page"].rows] == [petition.pk]
    assert client_for(desk.user("department_handler")).get("/petitions/co-handled/").context["page"].rows == []
    assert helper.post(f"/petitions/{petition.pk}/act/co_reply/", {"note": "已到场"}).status_code == 302
    assert helper.get("/petitions/co-handled/").context["page"].rows == []
