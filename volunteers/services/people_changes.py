"""Changes of a volunteer: data, insurance, unit, account, and the look at one personal field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.scope import scope_of
from grid.models import Unit
from grid.querysets import covers
from grid.selectors import accounts_at
from volunteers import events, permissions
from volunteers.choices import Group, Skill, TimeSlot, VolunteerState
from volunteers.models import Volunteer, VolunteerPerson
from volunteers.services.people import (
    AlreadySignedUp,
    Person,
    checked_person,
    chosen,
    find_person,
    known_choice,
    one_line,
)
from volunteers.workflow import VOLUNTEER_FLOW

PERSONAL = ("name", "phone", "id_number", "birth_date", "address", "guardian_name", "guardian_phone")
OPEN_FIELDS = ("group", "nickname", "skills", "times", "areas")
OWN_FIELDS = ("phone", "nickname", "skills", "times", "areas", "address")
FIELDS = {
    "name": "姓名", "phone": "手机", "id_number": "身份证号", "birth_date": "出生日期", "address": "住址",
    "guardian_name": "监护人姓名", "guardian_phone": "监护人电话",
}  # fmt: skip
MIN_REASON, MAX_REASON = 2, 200
LONGEST_COVER = 10  # years


def locked_volunteer(volunteer: Volunteer, actor: Any, permission: str = permissions.MANAGE) -> Volunteer:
    """The volunteer re-read under its lock, with its unit; ``actor`` ``None`` is the volunteer's own page.

    Raises ``Http404`` outside the scope, ``Refused`` without the permission there, ``Conflict`` once erased.
    """
    rows = Volunteer.objects.all() if actor is None else Volunteer.objects.visible_to(actor)
    found = rows.select_for_update(of=("self",)).select_related("unit").filter(pk=volunteer.pk).first()
    if found is None:
        raise Http404
    if actor is not None and not covers(scope_of(actor).holding(permission), found.unit):
        raise Refused("您的岗位没有管理这名志愿者的权限，如有需要请联系系统管理员。")
    if found.state == VolunteerState.ERASED:
        raise Conflict("这名志愿者已经注销，不能再修改。")
    return found


def volunteer_change(
    *, volunteer: Volunteer, actor: Any, display_consent: bool | None = None, **changes: Any
) -> Volunteer:
    """Change named values (``PERSONAL``, ``OPEN_FIELDS``) and the consent to public display.

    Nothing changed: no event; events name the fields, never what stands in them. Raises as sign-up does.
    """
    unknown = set(changes) - {*PERSONAL, *OPEN_FIELDS}
    if unknown:
        raise TypeError(f"volunteer_change does not know {sorted(unknown)}")
    by = "工作人员" if actor is not None else "本人"
    with transaction.atomic():
        locked = locked_volunteer(volunteer, actor)
        fields, columns = _change_open(locked, changes)
        fields += _change_person(locked, changes)
        if fields:
            data = {"by": by, "fields": "、".join(fields)}
            history.record(locked, events.VOLUNTEER_CHANGED, actor=actor, data=data, fields=columns)
        _consent(locked, display_consent, by, actor)
    return locked


def _consent(locked: Volunteer, wanted: bool | None, by: str, actor: Any) -> None:
    """Consent to public display is given and taken back at any time (志愿服务条例 art. 20, PIPL art. 15)."""
    if wanted is None or wanted == (locked.display_consent_at is not None):
        return
    locked.display_consent_at = timezone.now() if wanted else None
    data = {"by": by, "what": "同意" if wanted else "撤回同意"}
    history.record(locked, events.CONSENT_CHANGED, actor=actor, data=data, fields=["display_consent_at"])


def _change_open(locked: Volunteer, changes: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Labels and columns of what has changed on the volunteer itself."""
    checks: dict[str, Any] = {
        "group": lambda value: known_choice(value, Group, "group"),
        "nickname": lambda value: one_line(value, "nickname"),
        "skills": lambda value: chosen(value, Skill, "skills"),
        "times": lambda value: chosen(value, TimeSlot, "times"),
        "areas": lambda value: one_line(value, "areas"),
    }
    labels, columns = [], []
    for name in OPEN_FIELDS:
        if name not in changes:
            continue
        value = checks[name](changes[name])
        if value != getattr(locked, name):
            setattr(locked, name, value)
            labels.append(str(Volunteer._meta.get_field(name).verbose_name))  # type: ignore[union-attr]
            columns.append(name)
    return labels, columns


def _change_person(locked: Volunteer, changes: Mapping[str, Any]) -> list[str]:
    """Check and write the personal row; labels of what has changed."""
    named = {name: changes[name] for name in PERSONAL if name in changes}
    if not named:
        return []
    row = VolunteerPerson.objects.select_for_update().get(volunteer=locked)
    old = _person(row)
    values = {**{name: getattr(row, name) for name in PERSONAL}, "birth_date": row.born, **named}
    # A new identity number brings its own birth date; one that is only stated has to agree with it.
    if named.get("id_number") and "birth_date" not in named:
        values["birth_date"] = None
    # Who was a minor at sign-up stays one for this check; everybody else has to be of age by now.
    day = locked.joined_on if locked.is_minor else timezone.localdate()
    new = checked_person(today=day, ask_guardian=bool(row.guardian_name), **values)
    if new.is_minor(day) != locked.is_minor:
        raise Invalid("按更正后的出生日期，注册时是否成年与登记的不同。请先注销，再按正确的信息重新注册。", "id_number")
    if not locked.is_minor:
        new = replace(new, guardian_name=old.guardian_name, guardian_phone=old.guardian_phone)
    if new == old:
        return []
    _only_one(locked, new, old)
    _write(row, new)
    return [label for name, label in FIELDS.items() if _shown(old, name) != _shown(new, name)]


def _person(row: VolunteerPerson) -> Person:
    born = row.born or date.min
    return Person(row.name, row.phone, row.id_number, born, row.address, row.guardian_name, row.guardian_phone)


def _shown(person: Person, name: str) -> Any:
    return person.born if name == "birth_date" else getattr(person, name)


def _only_one(locked: Volunteer, new: Person, old: Person) -> None:
    if (new.name, new.phone, new.id_number) == (old.name, old.phone, old.id_number):
        return
    known = find_person(name=new.name, phone=new.phone, id_number=new.id_number, but=locked.pk)
    if known is not None:
        raise AlreadySignedUp(known)


def _write(row: VolunteerPerson, person: Person) -> None:
    for name in ("name", "phone", "id_number", "address", "guardian_name", "guardian_phone"):
        setattr(row, name, getattr(person, name))
    row.birth_date = person.born.isoformat()
    row.set_hashes().save()


@VOLUNTEER_FLOW.service("insure")
def volunteer_insure(*, volunteer: Volunteer, actor: Any, insured_until: date, insurance: str = "") -> Volunteer:
    """Write down until when the volunteer is insured (志愿服务条例 art. 17)."""
    today = timezone.localdate()
    if insured_until < today:
        raise Invalid("保险有效期不能早于今天。", "insured_until")
    if insured_until.year - today.year > LONGEST_COVER:
        raise Invalid(f"保险有效期最长 {LONGEST_COVER} 年，请核对。", "insured_until")
    with VOLUNTEER_FLOW.step("insure", volunteer, actor) as step:
        step.set(insured_until=insured_until, insurance=" ".join(insurance.split())[:80])
        step.data.update(until=f"{insured_until:%Y-%m-%d}", what=step.object.insurance)
    return step.object


@VOLUNTEER_FLOW.service("transfer")
def volunteer_transfer(*, volunteer: Volunteer, actor: Any, unit: Unit) -> Volunteer:
    """Move to another unit; the actor manages volunteers at both. Number, hours and points stay."""
    with VOLUNTEER_FLOW.step("transfer", volunteer, actor) as step:
        if unit.pk == step.object.unit_id:
            raise Invalid(f"志愿者已经在“{unit.name}”，不用转移。", "unit")
        if not unit.is_active:
            raise Invalid(f"“{unit.name}”已停用，请选择其他单位。", "unit")
        if not covers(scope_of(actor).holding(permissions.MANAGE), unit):
            raise Refused(f"“{unit.name}”不在您的管辖范围内，请由上一级单位办理转移。")
        step.data.update(old=step.object.unit.name, new=unit.name)
        step.set(unit=unit)
    return step.object


@VOLUNTEER_FLOW.service("link")
def volunteer_link_account(*, volunteer: Volunteer, actor: Any, user: Any = None) -> Volunteer:
    """Say which staff account of the unit or above is the volunteer's own (a key, an account, or none)."""
    with VOLUNTEER_FLOW.step("link", volunteer, actor) as step:
        account = _account(user, step.object)
        other = Volunteer.objects.filter(user=account).exclude(pk=volunteer.pk).first() if account else None
        if other is not None:
            raise Conflict(f"这个账号已经关联志愿者 {other.number}，请先取消那边的关联。")
        step.set(user=account)
        step.data["account"] = account.username if account else "取消关联"
    return step.object


def _account(user: Any, volunteer: Volunteer) -> Any:
    key = str(getattr(user, "pk", user) or "")
    if not key:
        return None
    found = accounts_at(volunteer.unit).filter(pk=int(key)).first() if key.isdecimal() else None
    if found is None:
        raise Invalid("这个账号不在志愿者所属单位或其上级任职，请重新选择。", "user")
    return found


def person_reveal(*, volunteer: Volunteer, actor: Any, field: str, reason: str) -> str:
    """The clear text of one personal field, written to the history before it is shown (PIPL art. 51)."""
    if field not in FIELDS:
        raise Invalid("没有这一项信息。", "field")
    reason = " ".join(reason.split())
    if not MIN_REASON <= len(reason) <= MAX_REASON:
        raise Invalid(f"请写明查看理由（{MIN_REASON} 至 {MAX_REASON} 字），例如“联系活动安排”。", "reason")
    with transaction.atomic():
        locked = locked_volunteer(volunteer, actor, permissions.REVEAL)
        value = str(getattr(locked.person, field))
        data = {"field": FIELDS[field], "reason": reason}
        history.record(locked, events.PERSON_REVEALED, actor=actor, data=data)
    return value
