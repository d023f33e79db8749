"""How somebody becomes a volunteer (志愿服务条例 arts. 7, 12, 20): sign-up, the guardian's consent, codes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from common import codes, identity, profile
from common import events as history
from common.crypto import lookup_hashes, normalise
from common.errors import Conflict, Invalid, Refused
from common.phones import check_phone
from common.scope import scope_of
from common.series import next_number
from grid.choices import Level
from grid.models import Unit
from grid.querysets import covers
from volunteers import events, permissions
from volunteers.choices import Group, HowChecked, Skill, TimeSlot, VolunteerState
from volunteers.models import Volunteer, VolunteerPerson
from volunteers.services import points
from volunteers.workflow import VOLUNTEER_FLOW

SERIES = "volunteers.volunteer"
ACCESS_CODE = "volunteer-access"
LENGTHS = {"name": 40, "nickname": 20, "areas": 120, "address": 120, "guardian_name": 40}
LABELS = {
    "name": "姓名",
    "nickname": "昵称",
    "areas": "愿意服务的地方",
    "address": "住址",
    "guardian_name": "监护人姓名",
}


class AlreadySignedUp(Conflict):
    """One person, one number: ``volunteer`` is the first one. The public is told nothing about it."""

    def __init__(self, volunteer: Volunteer) -> None:
        super().__init__("这个人已经登记为志愿者，不用重复注册。忘记登录码的，请联系所在社区办理。")
        self.volunteer = volunteer


@dataclass(frozen=True)
class SignedUp:
    """A new volunteer (or, for a repeated request, the one made before) and the code of the own page."""

    volunteer: Volunteer
    code: str
    repeated: bool = False


@dataclass(frozen=True)
class Person:
    """Who somebody is, checked: what goes into the encrypted row."""

    name: str
    phone: str
    id_number: str
    born: date
    address: str = ""
    guardian_name: str = ""
    guardian_phone: str = ""

    def is_minor(self, on: date) -> bool:
        return identity.age_on(self.born, on) < identity.OF_AGE

    def row(self, volunteer: Volunteer) -> VolunteerPerson:
        return VolunteerPerson(
            volunteer=volunteer, name=self.name, phone=self.phone, id_number=self.id_number,
            birth_date=self.born.isoformat(), address=self.address, guardian_name=self.guardian_name,
            guardian_phone=self.guardian_phone,
        ).set_hashes()  # fmt: skip


def volunteer_sign_up(
    *,
    actor: Any,
    unit: Unit,
    name: str,
    phone: str = "",
    id_number: str = "",
    birth_date: date | None = None,
    group: str = Group.RESIDENT,
    nickname: str = "",
    skills: Sequence[str] = (),
    times: Sequence[str] = (),
    areas: str = "",
    address: str = "",
    display_consent: bool = False,
    guardian_name: str = "",
    guardian_phone: str = "",
    request_key: uuid.UUID | None = None,
) -> SignedUp:
    """Sign somebody up; ``actor`` is ``None`` only for the public page.

    An adult is active at once, a minor waits for the guardian's consent. ``request_key`` makes a repeated
    call hand back the first volunteer and code. Raises :class:`AlreadySignedUp` for somebody who has a
    number, ``Invalid`` with the field, ``Refused`` when the actor may not sign up for the unit.
    """
    today = timezone.localdate()
    person = checked_person(
        today=today, name=name, phone=phone, id_number=id_number, birth_date=birth_date, address=address,
        guardian_name=guardian_name, guardian_phone=guardian_phone,
    )  # fmt: skip
    _check_may_sign_up(actor, unit)
    request_key = request_key or uuid.uuid4()
    code = codes.code_of(request_key, ACCESS_CODE)
    minor = person.is_minor(today)
    volunteer = Volunteer(
        unit=unit, group=known_choice(group, Group, "group"), nickname=one_line(nickname, "nickname"), is_minor=minor,
        skills=chosen(skills, Skill, "skills"), times=chosen(times, TimeSlot, "times"), joined_on=today,
        areas=one_line(areas, "areas"), display_consent_at=timezone.now() if display_consent else None,
        state=VolunteerState.WAITING if minor else VolunteerState.ACTIVE, request_key=request_key,
        access_hash=codes.code_hash(code, ACCESS_CODE),
    )  # fmt: skip
    with transaction.atomic():
        # The lock of the number lasts until commit: of two sign-ups of one person the second sees the first.
        running = next_number(SERIES)
        earlier = Volunteer.objects.filter(request_key=request_key).select_related("unit").first()
        if earlier is not None:
            transaction.set_rollback(True)  # the number goes back
            holds = codes.code_fits(code, ACCESS_CODE, earlier.access_hash)
            return SignedUp(earlier, code if holds else "", repeated=True)
        known = find_person(name=person.name, phone=person.phone, id_number=person.id_number)
        if known is not None:
            raise AlreadySignedUp(known)
        volunteer.number = number_of(running)
        data = {"how": "现场登记" if actor else "本人注册", "unit": unit.name, "group": volunteer.get_group_display()}
        history.record(volunteer, events.SIGNED_UP, actor=actor, data=data)
        person.row(volunteer).save(force_insert=True)
        if not minor:
            points.joining_reward(volunteer=volunteer, actor=actor)
    return SignedUp(volunteer, code)


def number_of(running: int) -> str:
    return f"{profile.current().code}V{running:06d}"


# --- one person, one number


def find_person(*, name: str, phone: str, id_number: str, but: int | None = None) -> Volunteer | None:
    """The volunteer with this identity number, or with this phone and name and no other identity number."""
    rows = VolunteerPerson.objects.exclude(volunteer=but).select_related("volunteer__unit").order_by("pk")
    if id_number:
        found = rows.filter(id_hash__in=lookup_hashes(id_number, "id_number")).first()
        if found is not None:
            return found.volunteer
    if not phone:
        return None
    alike = rows.filter(
        phone_hash__in=lookup_hashes(phone, "phone"), name_hash__in=lookup_hashes(name, "name")
    )  # fmt: skip
    for row in alike:
        if not (id_number and row.id_number) or normalise(row.id_number, "id_number") == id_number:
            return row.volunteer
    return None


# --- checks


def checked_person(
    *,
    today: date,
    name: str,
    phone: str,
    id_number: str,
    birth_date: date | None,
    address: str = "",
    guardian_name: str = "",
    guardian_phone: str = "",
    ask_guardian: bool = True,
) -> Person:
    """The person's data in one spelling, or ``Invalid`` with the field that is wrong or missing."""
    name = one_line(name, "name")
    if not name:
        raise Invalid("请填写姓名。", "name")
    number = identity.id_number(id_number) if id_number.strip() else ""
    born = _born(number, birth_date, today)
    person = Person(
        name, check_phone(phone), number, born, one_line(address, "address"),
        one_line(guardian_name, "guardian_name"), check_phone(guardian_phone, "guardian_phone"),
    )  # fmt: skip
    if not person.is_minor(today):
        if not person.phone:
            raise Invalid("请填写手机号，用于联系和登录个人主页。", "phone")
        return Person(person.name, person.phone, number, born, person.address)  # a guardian is nobody's business
    if not number:
        raise Invalid("未满 18 周岁的，请填写身份证号。", "id_number")
    if ask_guardian and not person.guardian_name:
        raise Invalid("未满 18 周岁的，请填写监护人姓名（志愿服务条例第七条）。", "guardian_name")
    if ask_guardian and not person.guardian_phone:
        raise Invalid("未满 18 周岁的，请填写监护人电话，社区会与监护人核实。", "guardian_phone")
    return person


def _born(number: str, stated: date | None, today: date) -> date:
    born = identity.birth_date_of(number) if number else stated
    if born is None:
        raise Invalid("请填写身份证号；成年人不便提供的，请填写出生日期。", "id_number")
    if number and stated is not None and stated != born:
        raise Invalid("出生日期与身份证号不一致，请核对。", "birth_date")
    try:
        return identity.check_birth_date(born, today)
    except Invalid as error:
        raise Invalid(error.message, "id_number" if number else "birth_date") from None


def _check_may_sign_up(actor: Any, unit: Unit) -> None:
    if not unit.is_active or unit.level < Level.STREET:
        raise Invalid(f"“{unit.name}”不能登记志愿者，请选择所在社区。", "unit")
    if actor is not None and not covers(scope_of(actor).holding(permissions.MANAGE), unit):
        raise Refused(f"您不能为“{unit.name}”登记志愿者，请选择本人所在的单位。")


def one_line(text: str, field: str) -> str:
    """Text without line breaks and doubled spaces, no longer than its column."""
    line = " ".join(text.replace("\x00", "").split())
    if len(line) > LENGTHS[field]:
        raise Invalid(f"{LABELS[field]}最多 {LENGTHS[field]} 字，现有 {len(line)} 字，请精简。", field)
    return line


def known_choice(value: str, choices: Any, field: str) -> str:
    if value not in choices.values:
        raise Invalid("请从列表中选择。", field)
    return value


def chosen(values: Sequence[str], choices: Any, field: str) -> list[str]:
    """The chosen ones in the order of the list, each once."""
    unknown = set(values) - set(choices.values)
    if unknown:
        raise Invalid("请从列表中选择。", field)
    return [value for value in choices.values if value in values]


# --- after sign-up


@VOLUNTEER_FLOW.service("agree")
def volunteer_guardian_agree(*, volunteer: Volunteer, actor: Any, how: str) -> Volunteer:
    """The worker has spoken to the guardian, who agrees (志愿服务条例 art. 7): the minor is active."""
    with VOLUNTEER_FLOW.step("agree", volunteer, actor) as step:
        step.set(guardian_agreed_at=step.at)
        step.data["how"] = HowChecked(how).label
        points.joining_reward(volunteer=step.object, actor=actor)
    return step.object


@VOLUNTEER_FLOW.service("new_code")
def volunteer_new_code(*, volunteer: Volunteer, actor: Any, how: str) -> SignedUp:
    """A new code for the own page after a check of identity; the old one and open own pages end at once."""
    code = codes.code_of(uuid.uuid4(), ACCESS_CODE)
    with VOLUNTEER_FLOW.step("new_code", volunteer, actor) as step:
        step.set(access_hash=codes.code_hash(code, ACCESS_CODE))
        step.data["how"] = HowChecked(how).label
    return SignedUp(step.object, code)
