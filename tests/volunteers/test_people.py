"""Signing up, one person one number, the guardian's consent, codes, changes, reveals."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.http import Http404
from django.utils import timezone

from common import codes, throttle
from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.models import Event, Policy
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_id_number, make_programme
from volunteers.choices import Group, HowChecked, VolunteerState
from volunteers.models import Account, Volunteer, VolunteerPerson
from volunteers.services import own
from volunteers.services import people as service
from volunteers.services import people_changes as changes

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
HOW = HowChecked.BY_PHONE


def years_ago(years: int, days: int = 0) -> date:
    today = TODAY()
    return date(today.year - years, today.month, min(today.day, 28)) + timedelta(days=days)


@pytest.fixture
def sign_up(tree):
    make_rules("jiangyuan")
    make_programme()

    def call(**changed):
        values = {
            "actor": None, "unit": tree.community, "name": "张晓明", "phone": "138-0000-1234",
            "id_number": make_id_number(), **changed,
        }  # fmt: skip
        return service.volunteer_sign_up(**values)

    return call


def minor(**changed):
    return {
        "name": "李小雨", "phone": "", "id_number": make_id_number(years_ago(15)), "guardian_name": "李强",
        "guardian_phone": "13900000000", **changed,
    }  # fmt: skip


def test_an_adult_is_active_at_once_with_a_number_and_a_code(sign_up, tree):
    made = sign_up(skills=["haircut", "medical"], times=["holiday"], nickname=" 晓 明 ", display_consent=True)
    row = Volunteer.objects.get()
    assert row.number == "220605V000001"
    assert (row.state, row.unit, row.is_minor, row.joined_on) == (VolunteerState.ACTIVE, tree.community, False, TODAY())
    assert (row.skills, row.times, row.nickname) == (["medical", "haircut"], ["holiday"], "晓 明")
    assert row.display_consent_at is not None
    assert codes.code_fits(made.code, service.ACCESS_CODE, row.access_hash)
    person = row.person
    assert (person.name, person.phone, person.birth_date) == ("张晓明", "13800001234", "1980-05-01")
    assert [event.kind for event in history.timeline(row)] == ["volunteer.signed_up"]
    assert list(history.verify()) == []


def test_public_display_is_off_unless_asked_for(sign_up):
    assert sign_up().volunteer.display_consent_at is None


def test_no_event_holds_personal_data(sign_up, staff):
    row = sign_up(nickname="小明").volunteer
    changes.volunteer_change(volunteer=row, actor=staff["community_worker"], name="张小明", phone="13911112222")
    said = " ".join(str(event.data) for event in Event.objects.all())
    for secret in ("张", "13800001234", "13911112222", make_id_number()):
        assert secret not in said


def test_numbers_run_without_gaps_over_refusals(sign_up):
    first = sign_up().volunteer
    for wrong in ({"name": ""}, {"id_number": make_id_number(serial=1)}):
        with pytest.raises((Invalid, Conflict)):
            sign_up(**wrong)
    second = sign_up(name="王芳", phone="13800005678", id_number=make_id_number(serial=2)).volunteer
    assert (first.number, second.number) == ("220605V000001", "220605V000002")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "长" * 41}, "name"),
        ({"phone": ""}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"id_number": "220605198005010011"}, "id_number"),  # wrong check character
        ({"id_number": "22060519800501"}, "id_number"),
        ({"id_number": "990605198005010015"}, "id_number"),
        ({"id_number": make_id_number(date(2080, 1, 1))}, "id_number"),
        ({"id_number": ""}, "id_number"),
        ({"id_number": "", "birth_date": date(2099, 1, 1)}, "birth_date"),
        ({"birth_date": date(1981, 5, 1)}, "birth_date"),
        ({"group": "nobody"}, "group"),
        ({"skills": ["flying"]}, "skills"),
        ({"nickname": "长" * 21}, "nickname"),
    ],
)
def test_unusable_input_names_its_field_and_writes_nothing(sign_up, changed, field):
    with pytest.raises(Invalid) as caught:
        sign_up(**changed)
    assert caught.value.field == field
    assert not Volunteer.objects.exists()
    assert not Event.objects.exists()
    assert sign_up().volunteer.number == "220605V000001"


def test_an_adult_may_state_the_birth_date_instead_of_the_number(sign_up):
    row = sign_up(id_number="", birth_date=date(1975, 2, 28)).volunteer
    assert (row.person.id_number, row.person.birth_date, row.person.id_hash) == ("", "1975-02-28", None)


def test_the_eighteenth_birthday_makes_an_adult(sign_up):
    today = TODAY()
    on_the_day = date(today.year - 18, today.month, min(today.day, 28))
    if on_the_day.day != today.day:  # the 29th to 31st: any earlier day serves
        on_the_day -= timedelta(days=1)
    assert sign_up(id_number=make_id_number(on_the_day)).volunteer.state == VolunteerState.ACTIVE
    tomorrow = today + timedelta(days=1)
    day_before = date(tomorrow.year - 18, tomorrow.month, min(tomorrow.day, 28))
    late = minor(
        id_number=make_id_number(day_before if day_before.day == tomorrow.day else date(tomorrow.year - 17, 1, 1))
    )
    assert sign_up(**late).volunteer.state == VolunteerState.WAITING


@pytest.mark.parametrize("missing", ["id_number", "guardian_name", "guardian_phone"])
def test_a_minor_needs_number_and_guardian(sign_up, missing):
    values = minor(**{missing: ""})
    if missing == "id_number":
        values["birth_date"] = years_ago(15)
    with pytest.raises(Invalid) as caught:
        sign_up(**values)
    assert caught.value.field == missing
    assert not Volunteer.objects.exists()


def test_a_minor_waits_for_the_guardian(sign_up, staff, tree):
    row = sign_up(unit=tree.grid, **minor()).volunteer
    assert (row.state, row.is_minor) == (VolunteerState.WAITING, True)
    assert not Account.objects.filter(volunteer=row).exists()
    for stranger, error in (("grid_worker", Refused), ("hotline_operator", Http404)):
        with pytest.raises(error):
            service.volunteer_guardian_agree(volunteer=row, actor=staff[stranger], how=HOW)
    row.refresh_from_db()
    assert (row.state, row.event_seq) == (VolunteerState.WAITING, 1)
    agreed = service.volunteer_guardian_agree(volunteer=row, actor=staff["community_worker"], how=HOW)
    assert agreed.state == VolunteerState.ACTIVE
    assert agreed.guardian_agreed_at is not None
    with pytest.raises(Conflict):
        service.volunteer_guardian_agree(volunteer=row, actor=staff["community_worker"], how=HOW)


def test_the_joining_reward_is_given_once_and_to_a_minor_with_the_consent(sign_up, staff):
    Policy.objects.all().delete()
    make_rules(points={"programmes": [{
        "key": "volunteer", "label": "志愿积分", "groups": [], "per_hour": "1", "activity_cap_hours": "2", "joining": "5",
        "redeem_after_hours": "0", "ceiling": "0", "valid_years": 0,
    }]})  # fmt: skip
    row = sign_up().volunteer
    service.points.joining_reward(volunteer=row, actor=None)
    assert Account.objects.get(volunteer=row).balance == Decimal("5.00")
    young = sign_up(**minor()).volunteer
    assert not Account.objects.filter(volunteer=young).exists()
    service.volunteer_guardian_agree(volunteer=young, actor=staff["community_worker"], how=HOW)
    assert Account.objects.get(volunteer=young).balance == Decimal("5.00")


# --- one person, one number


def test_the_same_identity_number_shows_the_first_volunteer(sign_up):
    first = sign_up().volunteer
    with pytest.raises(service.AlreadySignedUp) as caught:
        sign_up(name="张晓鸣", phone="13900009999", id_number=make_id_number().lower())
    assert caught.value.volunteer == first
    assert Volunteer.objects.count() == 1


def test_phone_and_name_are_one_person_unless_the_numbers_differ(sign_up):
    first = sign_up(id_number="", birth_date=date(1980, 5, 1)).volunteer
    with pytest.raises(service.AlreadySignedUp) as caught:
        sign_up(phone="+86 138 0000 1234")
    assert caught.value.volunteer == first
    other = sign_up(name="张晓红").volunteer  # the family's phone
    third = sign_up(name="张晓红", id_number=make_id_number(serial=9)).volunteer  # same name, another number
    assert len({first.pk, other.pk, third.pk}) == 3


def test_a_repeated_request_hands_back_the_first(sign_up):
    key = uuid.uuid4()
    first, again = sign_up(request_key=key), sign_up(request_key=key)
    assert (again.volunteer, again.code, again.repeated) == (first.volunteer, first.code, True)
    assert (Volunteer.objects.count(), Event.objects.count()) == (1, 1)
    next_one = sign_up(name="王芳", phone="13800005678", id_number=make_id_number(serial=2))
    assert next_one.volunteer.number == "220605V000002"


def test_the_public_learns_nothing_about_the_first(sign_up, tree):
    first = sign_up().volunteer
    with pytest.raises(Conflict) as caught:
        own.public_sign_up(
            source="1.2.3.4", unit=tree.other_community, name="张晓明", phone="13800001234", id_number=make_id_number()
        )
    assert type(caught.value) is Conflict
    assert "已经登记过" in caught.value.message
    assert first.number not in caught.value.message
    assert "江湾" not in caught.value.message


def test_the_public_page_is_throttled(sign_up, tree):
    values = {"unit": tree.community, "name": "张晓明", "phone": "13800001234", "id_number": make_id_number()}
    own.public_sign_up(source="1.2.3.4", **values)
    for _ in range(19):
        with pytest.raises(Conflict):
            own.public_sign_up(source="1.2.3.4", **values)
    with pytest.raises(throttle.TooMany):
        own.public_sign_up(source="1.2.3.4", **values)
    with pytest.raises(Conflict):
        own.public_sign_up(source="5.6.7.8", **values)


def test_a_worker_signs_up_only_for_the_own_units(sign_up, staff, tree):
    made = sign_up(actor=staff["community_worker"]).volunteer
    assert history.timeline(made)[0].actor == staff["community_worker"]
    other = {"name": "王芳", "phone": "13800005678", "id_number": make_id_number(serial=2)}
    for actor, unit in (("community_worker", tree.other_community), ("grid_worker", tree.grid)):
        with pytest.raises(Refused):
            sign_up(actor=staff[actor], unit=unit, **other)
    with pytest.raises(Invalid):
        sign_up(actor=staff["district_officer"], unit=tree.district, **other)
    assert Volunteer.objects.count() == 1


# --- codes


def test_a_new_code_ends_the_old_one(sign_up, staff):
    made = sign_up()
    fresh = service.volunteer_new_code(volunteer=made.volunteer, actor=staff["community_worker"], how=HOW)
    row = fresh.volunteer
    assert codes.code_fits(fresh.code, service.ACCESS_CODE, row.access_hash)
    assert not codes.code_fits(made.code, service.ACCESS_CODE, row.access_hash)
    event = history.timeline(row)[0]
    assert (event.kind, event.data) == ("volunteer.code", {"how": "电话核实"})
    assert fresh.code not in str(event.data)


# --- changes


def test_a_change_names_fields_and_keeps_the_hashes(sign_up, staff):
    row = sign_up().volunteer
    worker = staff["community_worker"]
    changed = changes.volunteer_change(
        volunteer=row, actor=worker, phone="13911112222", group=Group.CADRE, skills=["legal"], nickname=""
    )
    assert changed.person.phone == "13911112222"
    assert service.find_person(name="张晓明", phone="13911112222", id_number="") == row
    assert history.timeline(changed)[0].data == {"by": "工作人员", "fields": "类别、服务技能、手机"}
    again = changes.volunteer_change(volunteer=row, actor=worker, phone="139 1111 2222", group=Group.CADRE)
    assert again.event_seq == changed.event_seq == 2
    assert list(history.verify()) == []


def test_a_change_never_makes_two_of_one_person(sign_up, staff):
    sign_up()
    other = sign_up(name="王芳", phone="13800005678", id_number=make_id_number(serial=2)).volunteer
    before = VolunteerPerson.objects.get(volunteer=other).phone
    with pytest.raises(service.AlreadySignedUp):
        changes.volunteer_change(
            volunteer=other, actor=staff["community_worker"], id_number=make_id_number(), phone="13700000000"
        )
    assert VolunteerPerson.objects.get(volunteer=other).phone == before


def test_an_adult_cannot_be_turned_into_a_minor(sign_up, staff):
    row = sign_up(id_number="", birth_date=date(1980, 5, 1)).volunteer
    with pytest.raises(Invalid):
        changes.volunteer_change(
            volunteer=row, actor=staff["community_worker"], id_number=make_id_number(years_ago(15)), birth_date=None
        )
    assert row.person.birth_date == "1980-05-01"


def test_who_may_not_change(sign_up, staff, tree):
    row = sign_up(unit=tree.grid).volunteer
    with pytest.raises(Refused):
        changes.volunteer_change(volunteer=row, actor=staff["grid_worker"], nickname="甲")
    with pytest.raises(Http404):
        changes.volunteer_change(
            volunteer=row, actor=make_user("community_worker", tree.other_community), nickname="甲"
        )
    row.refresh_from_db()
    assert (row.nickname, row.event_seq) == ("", 1)


def test_consent_to_display_comes_and_goes_with_its_event(sign_up):
    row = sign_up().volunteer
    on = changes.volunteer_change(volunteer=row, actor=None, display_consent=True)
    assert on.display_consent_at is not None
    off = changes.volunteer_change(volunteer=row, actor=None, display_consent=False)
    assert off.display_consent_at is None
    same = changes.volunteer_change(volunteer=row, actor=None, display_consent=False)
    assert [event.data["what"] for event in history.timeline(same)[:2]] == ["撤回同意", "同意"]
    assert same.event_seq == 3


def test_insurance(sign_up, staff):
    row = sign_up().volunteer
    worker = staff["community_worker"]
    for day in (TODAY() - timedelta(days=1), date(2099, 1, 1)):
        with pytest.raises(Invalid):
            changes.volunteer_insure(volunteer=row, actor=worker, insured_until=day)
    done = changes.volunteer_insure(volunteer=row, actor=worker, insured_until=TODAY(), insurance="意外险")
    assert (done.insured_until, done.insurance, done.event_seq) == (TODAY(), "意外险", 2)


def test_transfer_needs_both_units(sign_up, staff, tree):
    row = sign_up().volunteer
    with pytest.raises(Refused):
        changes.volunteer_transfer(volunteer=row, actor=staff["community_worker"], unit=tree.sister_community)
    row.refresh_from_db()
    assert row.unit == tree.community
    moved = changes.volunteer_transfer(volunteer=row, actor=staff["street_officer"], unit=tree.sister_community)
    assert (moved.unit, moved.number) == (tree.sister_community, row.number)
    assert not Volunteer.objects.visible_to(staff["community_worker"]).exists()
    with pytest.raises(Invalid):
        changes.volunteer_transfer(volunteer=row, actor=staff["street_officer"], unit=tree.sister_community)


def test_an_account_belongs_to_one_volunteer(sign_up, staff):
    row = sign_up().volunteer
    worker = staff["community_worker"]
    linked = changes.volunteer_link_account(volunteer=row, actor=worker, user=str(worker.pk))
    assert linked.user == worker
    with pytest.raises(Invalid):
        changes.volunteer_link_account(volunteer=row, actor=worker, user=staff["department_handler"])
    other = sign_up(name="王芳", phone="13800005678", id_number=make_id_number(serial=2)).volunteer
    with pytest.raises(Conflict):
        changes.volunteer_link_account(volunteer=other, actor=worker, user=str(worker.pk))
    assert changes.volunteer_link_account(volunteer=row, actor=worker, user="").user is None


# --- reveal


def test_a_reveal_is_written_down_first(sign_up, staff):
    row = sign_up().volunteer
    worker = staff["community_worker"]
    assert changes.person_reveal(volunteer=row, actor=worker, field="phone", reason="联系活动安排") == "13800001234"
    event = history.timeline(row)[0]
    assert (event.kind, event.data) == ("volunteer.revealed", {"field": "手机", "reason": "联系活动安排"})


@pytest.mark.parametrize(
    ("role", "field", "reason", "error"),
    [
        ("community_worker", "phone", " ", Invalid),
        ("community_worker", "nickname", "联系", Invalid),
        ("grid_worker", "phone", "联系", Refused),
        ("hotline_operator", "phone", "联系", Http404),
    ],
)
def test_a_reveal_that_is_not_allowed_shows_and_writes_nothing(sign_up, staff, tree, role, field, reason, error):
    row = sign_up(unit=tree.grid).volunteer
    with pytest.raises(error):
        changes.person_reveal(volunteer=row, actor=staff[role], field=field, reason=reason)
    row.refresh_from_db()
    assert row.event_seq == 1
