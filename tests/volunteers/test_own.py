"""A volunteer's own pages: sign-up on a phone, number and code, one's data, and nobody else's."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from common import events as history
from common.models import PublicAttempt
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_id_number, make_programme
from volunteers import own_sections
from volunteers.choices import HowChecked
from volunteers.models import Volunteer
from volunteers.own_sections import OwnLink, OwnSection
from volunteers.services import own as service
from volunteers.services.people import volunteer_new_code, volunteer_sign_up
from volunteers.services.people_leaving import volunteer_leave

pytestmark = pytest.mark.django_db
HOME, ENTER, PROFILE = "/my/", "/my/enter/", "/my/profile/"


def moment(text: str) -> datetime:
    """``08:00`` today, ``1 00:20`` the day after."""
    days, _, clock = text.rpartition(" ")
    day = timezone.localdate() + timedelta(days=int(days or 0))
    return timezone.make_aware(datetime.combine(day, time.fromisoformat(clock)))


@pytest.fixture
def rules(tree):
    make_rules("jiangyuan")
    make_programme()
    return tree


@pytest.fixture
def signed(rules):
    return volunteer_sign_up(
        actor=None,
        unit=rules.community,
        name="张晓明",
        phone="13800001234",
        id_number=make_id_number(),
        nickname="小明",
    )


@pytest.fixture
def inside(signed):
    """The browser of the volunteer who has entered."""
    client = Client()
    assert client.post(ENTER, {"who": signed.volunteer.number, "code": signed.code}).status_code == 302
    return client


def form(tree, **changed):
    return {
        "community": tree.community.pk, "name": "王芳", "phone": "13900000000", "id_number": make_id_number(serial=7),
        "group": "resident", "skills": ["legal", "haircut"], "consent": "on", **changed,
    }  # fmt: skip


def text_of(response) -> str:
    return response.content.decode()


# --- sign-up


def test_sign_up_on_a_phone_leads_to_the_own_page(rules):
    client = Client()
    answer = client.post("/my/sign-up/", form(rules))
    assert (answer.status_code, answer["Location"]) == (302, "/my/signed-up/")
    row = Volunteer.objects.get()
    shown = client.get("/my/signed-up/")
    number, code = shown.context["number"], shown.context["code"]
    assert (number, row.unit, row.skills, row.display_consent_at) == (
        row.number,
        rules.community,
        ["legal", "haircut"],
        None,
    )
    entered = client.post(ENTER, {"who": number, "code": code})
    assert (entered.status_code, entered["Location"]) == (302, HOME)
    assert "王芳，您好" in text_of(client.get(HOME))
    assert client.get("/my/signed-up/").status_code == 302  # the code is shown no more


def test_consent_to_the_processing_is_asked_for(rules):
    answer = Client().post("/my/sign-up/", form(rules, consent=""))
    assert answer.status_code == 400
    assert "consent" in answer.context["form"].errors
    assert '<details class="go-more"><summary>未满 18 周岁' in text_of(answer)  # nothing wrong in what is folded
    assert not Volunteer.objects.exists()


def test_a_minor_is_told_to_wait(rules):
    client = Client()
    born = date(timezone.localdate().year - 14, 1, 1)
    late = form(rules, phone="", id_number=make_id_number(born))
    refused = client.post("/my/sign-up/", late)
    assert '<details class="go-more" open><summary>未满 18 周岁' in text_of(refused)
    assert not Volunteer.objects.exists()
    client.post("/my/sign-up/", {**late, "guardian_name": "王强", "guardian_phone": "13911112222"})
    assert "监护人同意后就可以报名" in text_of(client.get("/my/signed-up/"))
    assert Volunteer.objects.get().state == "waiting"


def test_somebody_known_learns_only_that(signed, rules):
    answer = Client().post("/my/sign-up/", form(rules, id_number=make_id_number(), community=rules.other_community.pk))
    assert answer.status_code == 409
    assert service.KNOWN in text_of(answer)
    assert signed.volunteer.number not in text_of(answer)
    assert Volunteer.objects.count() == 1


def test_a_form_sent_twice_signs_up_once(rules):
    client = Client()
    key = {"submission": "6f2c0a55-4f0e-4c1c-9a3c-0d8d2f3b7c22"}
    for _ in range(2):
        assert client.post("/my/sign-up/", form(rules, **key)).status_code == 302
    assert Volunteer.objects.count() == 1


def test_other_units_and_programs_are_turned_away(rules):
    client = Client()
    for place in (rules.street.pk, rules.grid.pk, "x", ""):
        assert client.post("/my/sign-up/", form(rules, community=place)).status_code == 400
    assert client.post("/my/sign-up/", form(rules, website="spam"))["Location"] == "/my/sign-up/"
    assert client.post("/my/sign-up/", form(rules, group="cadre")).status_code == 400
    assert not Volunteer.objects.exists()


# --- entering


@pytest.mark.parametrize("who", ["number", "phone", "spaced"])
def test_number_or_phone_and_code_open_the_page(signed, who):
    names = {
        "number": signed.volunteer.number.lower(),
        "phone": "138 0000 1234",
        "spaced": f" {signed.volunteer.number} ",
    }
    client = Client()
    assert client.post(ENTER, {"who": names[who], "code": f" {signed.code.lower()} "}).status_code == 302
    assert client.get(HOME).status_code == 200


def test_wrong_number_and_wrong_code_answer_alike(signed):
    client = Client()
    wrong_code = client.post(ENTER, {"who": signed.volunteer.number, "code": "AAAAAAAAAA"})
    wrong_number = client.post(ENTER, {"who": "220605V999999", "code": signed.code})
    assert wrong_code.status_code == wrong_number.status_code == 400
    for answer in (wrong_code, wrong_number):
        assert answer.context["form"].non_field_errors() == [service.WRONG]
    assert client.get(HOME).status_code == 302


def test_guessing_is_limited_by_source_and_by_number(signed):
    client = Client()
    for _ in range(10):
        client.post(ENTER, {"who": signed.volunteer.number, "code": "AAAAAAAAAA"})
    right = {"who": signed.volunteer.number, "code": signed.code}
    assert client.post(ENTER, right).status_code == 429
    elsewhere = Client(REMOTE_ADDR="9.9.9.9")
    assert elsewhere.post(ENTER, right).status_code == 429  # this number rests for an hour
    assert elsewhere.post(ENTER, {"who": "13800001234", "code": signed.code}).status_code == 302
    PublicAttempt.objects.update(at=timezone.now() - timedelta(hours=2))
    assert client.post(ENTER, right).status_code == 302


def test_next_leads_to_own_pages_only(signed):
    right = {"who": signed.volunteer.number, "code": signed.code}
    for wanted, target in (
        (PROFILE, PROFILE),
        ("https://evil.example/my/", HOME),
        ("//evil.example", HOME),
        ("/petitions/", HOME),
    ):
        assert Client().post(ENTER, {**right, "next": wanted})["Location"] == target


@pytest.mark.parametrize("address", [HOME, PROFILE, "/my/profile/data/"])
def test_without_code_everything_asks_for_it(signed, address):
    answer = Client().get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith(ENTER)
    assert "张晓明" not in text_of(answer)


def test_a_new_code_and_leaving_close_open_pages(signed, inside, staff):
    assert inside.get(HOME).status_code == 200
    fresh = volunteer_new_code(volunteer=signed.volunteer, actor=staff["community_worker"], how=HowChecked.IN_PERSON)
    assert inside.get(HOME).status_code == 302
    inside.post(ENTER, {"who": signed.volunteer.number, "code": fresh.code})
    assert inside.get(HOME).status_code == 200
    volunteer_leave(volunteer=signed.volunteer, actor=staff["community_worker"])
    assert inside.get(HOME).status_code == 302
    assert inside.post(ENTER, {"who": signed.volunteer.number, "code": fresh.code}).status_code == 400


def test_leaving_the_page_forgets_the_browser(inside):
    assert inside.get("/my/leave/").status_code == 405
    assert inside.post("/my/leave/").status_code == 302
    assert inside.get(HOME).status_code == 302


def test_the_pages_are_not_kept(inside):
    assert "no-store" in inside.get(HOME)["Cache-Control"]


class TestHowLong:
    """The own pages stay open for half a day without idling, and never beyond the day."""

    @pytest.mark.parametrize(
        ("entered", "still", "closed"),
        [
            ("08:00", "19:59:59", "20:00"),  # twelve hours
            ("14:00", "23:59:59", "1 00:00"),  # the day
            ("23:50", "1 00:19:59", "1 00:20"),  # just before midnight: half an hour
        ],
    )
    def test_hours_and_the_day(self, signed, client, entered, still, closed):
        first, last, end = moment(entered), moment(still), moment(closed)
        with time_machine.travel(first, tick=False) as clock:
            client.post(ENTER, {"who": signed.volunteer.number, "code": signed.code})
            clock.move_to(last)
            assert client.get(HOME).status_code == 200
            clock.move_to(end)
            assert client.get(HOME).status_code == 302
            assert not Session.objects.filter(expire_date__gt=timezone.now()).exists()

    def test_the_setting_makes_it_shorter(self, signed, client, settings):
        settings.OWN_SESSION_HOURS = 1
        with time_machine.travel(moment("08:00"), tick=False) as clock:
            client.post(ENTER, {"who": signed.volunteer.number, "code": signed.code})
            clock.shift(timedelta(minutes=59))
            assert client.get(HOME).status_code == 200
            clock.shift(timedelta(minutes=1))
            assert client.get(HOME).status_code == 302

    def test_writing_does_not_make_it_longer(self, signed, client):
        with time_machine.travel(moment("08:00"), tick=False) as clock:
            client.post(ENTER, {"who": signed.volunteer.number, "code": signed.code})
            clock.shift(timedelta(hours=11))
            session = client.session
            session["anything"] = 1
            session.save()
            clock.shift(timedelta(hours=1))
            assert client.get(HOME).status_code == 302

    def test_an_account_signed_in_afterwards_ends_after_its_idle_time(self, signed, staff, client):
        worker = staff["community_worker"]
        worker.set_password("Jianguo-2026x")
        worker.save()
        with time_machine.travel(moment("08:00"), tick=False) as clock:
            client.post(ENTER, {"who": signed.volunteer.number, "code": signed.code})
            assert (
                client.post("/sign-in", {"username": worker.username, "password": "Jianguo-2026x"}).status_code == 302
            )
            clock.shift(timedelta(minutes=29))
            assert (client.get(HOME).status_code, client.get("/account").status_code) == (200, 200)
            clock.shift(timedelta(minutes=31))
            assert (client.get(HOME).status_code, client.get("/account").status_code) == (302, 302)

    def test_own_pages_opened_beside_an_account_leave_it_its_idle_time(self, signed, staff, client_for):
        with time_machine.travel(moment("08:00"), tick=False) as clock:
            client = client_for(staff["community_worker"])
            client.post(ENTER, {"who": signed.volunteer.number, "code": signed.code})
            clock.shift(timedelta(minutes=31))
            assert (client.get(HOME).status_code, client.get("/account").status_code) == (302, 302)


def test_the_own_session_is_no_account(inside):
    for address in ("/", "/volunteers/people/", "/petitions/"):
        assert inside.get(address)["Location"].startswith("/sign-in")


def test_a_signed_in_worker_keeps_the_account_when_leaving_the_own_pages(signed, staff, client_for):
    client = client_for(staff["community_worker"])
    client.post(ENTER, {"who": signed.volunteer.number, "code": signed.code})
    assert client.get(HOME).status_code == 200
    client.post("/my/leave/")
    assert client.get(HOME).status_code == 302
    assert client.get("/volunteers/people/").status_code == 200


# --- the first page and the registry


def test_fields_show_their_sections_and_links_in_order(inside, signed, monkeypatch):
    monkeypatch.setattr(own_sections, "_SECTIONS", {})
    monkeypatch.setattr(own_sections, "_LINKS", {})
    own_sections.register("b", 20, lambda who: OwnSection("后面的", "components/alert.html", {"x": who.number}))
    own_sections.register("none", 5, lambda who: None)
    own_sections.register("a", 10, lambda who: OwnSection("前面的", "components/alert.html", url="/my/a/"))
    own_sections.register_link(
        "p", 10, OwnLink("资料链接", "volunteers:own-profile", "id-badge", lambda who: who.number)
    )
    answer = inside.get(HOME)
    assert [section.title for section in answer.context["sections"]] == ["前面的", "后面的"]
    assert answer.context["sections"][1].context == {"x": signed.volunteer.number}
    assert [(link.url, note) for link, note in answer.context["links"]] == [(PROFILE, signed.volunteer.number)]
    with pytest.raises(ValueError, match="twice"):
        own_sections.register("a", 10, lambda who: None)
    with pytest.raises(ValueError, match="twice"):
        own_sections.register_link("p", 10, OwnLink("别的", "volunteers:own-home"))


# --- one's data


def profile(**changed):
    return {
        "phone": "13800001234",
        "nickname": "小明",
        "skills": [],
        "times": [],
        "areas": "",
        "address": "",
        **changed,
    }


def test_the_volunteer_changes_the_own_data(inside, signed):
    answer = inside.post(PROFILE, profile(phone="13911112222", skills=["legal"], display_consent="on", nickname="新名"))
    assert (answer.status_code, answer["Location"]) == (302, PROFILE)
    row = Volunteer.objects.get()
    assert (row.person.phone, row.skills, row.nickname) == ("13911112222", ["legal"], "新名")
    assert row.display_consent_at is not None
    assert [event.actor for event in history.timeline(row)] == [None, None, None]
    assert inside.post(PROFILE, profile(phone="12")).status_code == 400
    assert inside.post(PROFILE, profile(phone="")).status_code == 400
    assert Volunteer.objects.get().person.phone == "13911112222"


def test_a_copy_of_everything_can_be_taken(inside, signed):
    answer = inside.get("/my/profile/data/")
    assert "attachment" in answer["Content-Disposition"]
    data = json.loads(answer.content)
    assert (data["志愿者编号"], data["姓名"], data["身份证号"]) == (signed.volunteer.number, "张晓明", make_id_number())


def test_erasure_is_asked_for_and_taken_back(inside):
    assert inside.post("/my/profile/erase/", {"do": "ask"}).status_code == 302
    assert Volunteer.objects.get().erasure_asked_at is not None
    assert "您已申请注销" in text_of(inside.get(HOME))
    inside.post("/my/profile/erase/", {"do": "withdraw"})
    assert Volunteer.objects.get().erasure_asked_at is None
    assert Client().post("/my/profile/erase/", {"do": "ask"}).status_code == 302
    assert Volunteer.objects.get().erasure_asked_at is None
