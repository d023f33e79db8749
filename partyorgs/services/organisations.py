"""Setting up, changing, counting, electing and dissolving party organisations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.decisions import Decision, Denied
from common.errors import Conflict, Invalid, Refused
from common.scope import scope_of
from grid.models import Household, Unit
from partyorgs import events, permissions, policies
from partyorgs.choices import ELECTED_KINDS, OrganisationKind, SetUpMode
from partyorgs.models import PartyOrganisation

MAX_MEMBERS = 100_000
EARLIEST = date(1921, 7, 1)
CHANGEABLE = (
    "name", "kind", "mode", "partners", "parent", "unit", "household", "secretary_name", "secretary", "term_first_day",
    "term_years",
)  # fmt: skip


def organisation_create(
    *,
    actor: Any,
    unit: Unit,
    kind: str,
    name: str,
    parent: PartyOrganisation | None = None,
    mode: str = SetUpMode.SINGLE,
    partners: str = "",
    household: Household | None = None,
    secretary_name: str = "",
    secretary: Any = None,
    members_count: int = 0,
    members_on: date | None = None,
    term_first_day: date | None = None,
    term_years: int | None = None,
) -> PartyOrganisation:
    """Set up an organisation at a unit.

    ``term_years`` defaults to the district's rule; a group or member household has no term. Raises
    ``Invalid`` with the field, ``Http404`` or ``Refused`` when the actor may not manage the unit.
    """
    with transaction.atomic():
        unit = _locked_unit(unit, actor)
        organisation = PartyOrganisation(unit=unit, kind=kind, mode=mode, parent=_locked_parent(parent))
        organisation.partners, organisation.household = _line(partners, "partners", 120), household
        organisation.secretary = secretary
        organisation.secretary_name = _line(secretary_name, "secretary_name", 40) or _name_of(secretary)
        organisation.name = _line(name, "name", 80)
        organisation.members_count = _number(members_count)
        organisation.members_on = _counted_on(members_on) if members_count or members_on else None
        _set_term(organisation, term_first_day, term_years)
        _check(organisation)
        data = {"name": organisation.name, "unit": unit.name, "kind": organisation.get_kind_display()}
        history.record(organisation, events.CREATED, actor=actor, data=data)
    return organisation


def organisation_change(*, organisation: PartyOrganisation, actor: Any, **changes: Any) -> PartyOrganisation:
    """Change named values (see ``CHANGEABLE``). Nothing changed: no event."""
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"organisation_change does not know {sorted(unknown)}")
    with transaction.atomic():
        organisation = _locked(organisation, actor)
        if "unit" in changes and changes["unit"].pk != organisation.unit_id:
            changes["unit"] = _locked_unit(changes["unit"], actor)
        if "parent" in changes:
            changes["parent"] = _locked_parent(changes["parent"])
        before = {field: getattr(organisation, field) for field in (*CHANGEABLE, "term_last_day")}
        _apply(organisation, changes)
        _check(organisation)
        said = [_said(field, old, getattr(organisation, field)) for field, old in before.items()]
        summary = "；".join(text for text in said if text)
        if summary:
            history.record(organisation, events.CHANGED, actor=actor, data={"summary": summary}, fields=list(before))
    return organisation


def organisation_count(
    *, organisation: PartyOrganisation, actor: Any, members_count: int, members_on: date | None = None
) -> PartyOrganisation:
    """Write down the number of members as counted on a day (today unless given)."""
    with transaction.atomic():
        organisation = _locked(organisation, actor)
        old, day = organisation.members_count, _counted_on(members_on)
        if organisation.members_on is not None and day < organisation.members_on:
            raise Invalid(f"统计日期不能早于上次统计 {organisation.members_on:%Y-%m-%d}。", "members_on")
        organisation.members_count, organisation.members_on = _number(members_count), day
        history.record(
            organisation, events.COUNTED, actor=actor, fields=["members_count", "members_on"],
            data={"old": old, "new": organisation.members_count, "day": day.isoformat()},
        )  # fmt: skip
    return organisation


def organisation_elect(
    *,
    organisation: PartyOrganisation,
    actor: Any,
    elected_on: date,
    secretary_name: str = "",
    secretary: Any = None,
    term_years: int | None = None,
) -> PartyOrganisation:
    """Record an election: a new term from ``elected_on`` and its secretary.

    Raises ``Invalid`` for organisations without a term, a future day or one before the last election.
    """
    with transaction.atomic():
        organisation = _locked(organisation, actor)
        if organisation.kind not in ELECTED_KINDS:
            raise Invalid(f"{organisation.get_kind_display()}不设任期，不需要换届选举。")
        if elected_on > timezone.localdate():
            raise Invalid("选举日期不能晚于今天。", "elected_on")
        if organisation.term_first_day is not None and elected_on <= organisation.term_first_day:
            raise Invalid(f"选举日期应晚于本届起始日期 {organisation.term_first_day:%Y-%m-%d}。", "elected_on")
        name = _line(secretary_name, "secretary_name", 40) or _name_of(secretary)
        if not name:
            raise Invalid("请填写当选的书记。", "secretary_name")
        ended = organisation.term_last_day
        _set_term(organisation, elected_on, term_years)
        organisation.secretary_name, organisation.secretary = name, secretary
        history.record(
            organisation, events.ELECTED, actor=actor,
            fields=["term_first_day", "term_years", "term_last_day", "secretary_name", "secretary"],
            data={
                "secretary": name, "first_day": _iso(organisation.term_first_day),
                "last_day": _iso(organisation.term_last_day), "years": organisation.term_years, "ended": _iso(ended),
            },
        )  # fmt: skip
    return organisation


def organisation_dissolve(*, organisation: PartyOrganisation, actor: Any) -> PartyOrganisation:
    """Take an organisation off the list; ``Invalid`` while others stand under it."""
    with transaction.atomic():
        organisation = _locked(organisation, actor)
        below = organisation.children.filter(is_active=True).count()
        if below:
            raise Invalid(f"“{organisation}”下面还有 {below} 个党组织，请先调整它们的上级。")
        organisation.is_active = False
        history.record(
            organisation, events.DISSOLVED, actor=actor, data={"name": organisation.name}, fields=["is_active"]
        )
    return organisation


# --- locks and permission


def _locked_unit(unit: Unit, actor: Any) -> Unit:
    """The unit's row, locked; the actor must be allowed to manage organisations there (``None``: the system)."""
    rows = Unit.objects.select_for_update(of=("self",), no_key=True).select_related("parent")
    found = rows.filter(pk=unit.pk).first()
    if found is None:
        raise Http404
    if actor is not None:
        _require_over(actor, found)
    if not found.is_active:
        raise Invalid(f"“{found}”已经停用，请另选单位。", "unit")
    return found


def _require_over(actor: Any, unit: Unit) -> None:
    if not Unit.objects.visible_to(actor).filter(pk=unit.pk).exists():
        raise Http404
    if not scope_of(actor).may(permissions.PARTY_MANAGE):
        raise Refused("您的岗位没有维护党组织的权限，如有需要请联系系统管理员。")
    if not Unit.objects.visible_to(actor, permissions.PARTY_MANAGE).filter(pk=unit.pk).exists():
        raise Refused(f"“{unit}”不在您负责维护的范围内。")


def _locked(organisation: PartyOrganisation, actor: Any) -> PartyOrganisation:
    """The organisation re-read under its lock (the unit's row first)."""
    rows = PartyOrganisation.objects.all() if actor is None else PartyOrganisation.objects.visible_to(actor)
    seat = rows.filter(pk=organisation.pk).values_list("unit_id", flat=True).first()
    if seat is None:
        raise Http404
    unit = _locked_unit(Unit(pk=seat), actor)
    found = PartyOrganisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    if found.unit_id != unit.pk:
        raise Conflict("这个党组织刚刚调整了所在单位，请刷新后再试。")
    if not found.is_active:
        raise Conflict(f"“{found}”已经撤销。")
    found.unit = unit
    return found


def _locked_parent(parent: PartyOrganisation | None) -> PartyOrganisation | None:
    if parent is None:
        return None
    rows = PartyOrganisation.objects.select_for_update(of=("self",), no_key=True).select_related("unit")
    return rows.get(pk=parent.pk)


# --- checks


def _check(organisation: PartyOrganisation) -> None:
    if organisation.kind not in OrganisationKind.values or organisation.mode not in SetUpMode.values:
        raise Invalid("请选择类别和组建方式。", "kind")
    if not organisation.name:
        raise Invalid("请填写名称。", "name")
    _insist(policies.kind_fits(organisation.kind, organisation.unit), "kind")
    _insist(policies.may_hang(organisation.kind, organisation.unit, organisation.parent), "parent")
    if organisation.mode != SetUpMode.SINGLE and not organisation.partners:
        what = "参加联建的单位" if organisation.mode == SetUpMode.JOINT else "派驻的党建指导员及其单位"
        raise Invalid(f"{organisation.get_mode_display()}请填写{what}。", "partners")
    _check_household(organisation)
    twins = PartyOrganisation.objects.active().filter(unit=organisation.unit, name=organisation.name)
    if twins.exclude(pk=organisation.pk).exists():
        raise Invalid(f"“{organisation.unit}”已经有“{organisation.name}”，请换一个名称。", "name")


def _check_household(organisation: PartyOrganisation) -> None:
    door = organisation.household
    if organisation.kind != OrganisationKind.MEMBER_HOUSEHOLD:
        if door is not None:
            raise Invalid("只有党员中心户才填写所在的户。", "household")
        return
    if door is None:
        raise Invalid("请选择党员中心户所在的户。", "household")
    if door.unit_id != organisation.unit_id:
        raise Invalid(f"“{door}”不在“{organisation.unit}”，请重新选择。", "household")
    others = PartyOrganisation.objects.active().filter(household=door).exclude(pk=organisation.pk)
    if others.exists():
        raise Invalid(f"“{door}”已经是党员中心户。", "household")


def _insist(decision: Decision, field: str) -> None:
    if isinstance(decision, Denied):
        raise Invalid(decision.reason, field)


def _line(text: str, field: str, limit: int) -> str:
    line = " ".join(text.replace("\x00", "").split())
    if len(line) > limit:
        raise Invalid(f"最多 {limit} 字，现有 {len(line)} 字。", field)
    return line


def _name_of(user: Any) -> str:
    return user.display_name if user is not None else ""


def _number(members: int) -> int:
    if not 0 <= members <= MAX_MEMBERS:
        raise Invalid(f"党员数应在 0 至 {MAX_MEMBERS} 之间。", "members_count")
    return members


def _counted_on(day: date | None) -> date:
    today = timezone.localdate()
    if day is not None and not EARLIEST <= day <= today:
        raise Invalid("统计日期不能晚于今天，也不能过早。", "members_on")
    return day or today


# --- values


def _apply(organisation: PartyOrganisation, changes: Mapping[str, Any]) -> None:
    for field, value in changes.items():
        if field in ("term_first_day", "term_years"):
            continue
        limit = {"name": 80, "partners": 120, "secretary_name": 40}.get(field)
        setattr(organisation, field, _line(value, field, limit) if limit else value)
    if organisation.kind not in ELECTED_KINDS:
        _set_term(organisation, None, None)
    elif {"term_first_day", "term_years"} & set(changes):
        first_day = changes.get("term_first_day", organisation.term_first_day)
        _set_term(organisation, first_day, changes.get("term_years", organisation.term_years))


def _set_term(organisation: PartyOrganisation, first_day: date | None, years: int | None) -> None:
    if first_day is None:
        organisation.term_first_day = organisation.term_years = organisation.term_last_day = None
        return
    if organisation.kind not in ELECTED_KINDS:
        raise Invalid(f"{organisation.get_kind_display()}不设任期，请不要填写任期。", "term_first_day")
    if not EARLIEST <= first_day <= timezone.localdate():
        raise Invalid("本届起始日期不能晚于今天，也不能过早。", "term_first_day")
    years = years or policies.term_years(organisation.unit)
    if not 1 <= years <= 10:
        raise Invalid("任期应为 1 至 10 年。", "term_years")
    organisation.term_first_day, organisation.term_years = first_day, years
    organisation.term_last_day = policies.term_end(first_day, years)


def _said(field: str, old: Any, new: Any) -> str:
    if old == new:
        return ""
    column: Any = PartyOrganisation._meta.get_field(field)
    labels = dict(column.flatchoices)
    shown = [labels.get(value, value) if value not in (None, "") else "空" for value in (old, new)]
    return f"{column.verbose_name}由“{shown[0]}”改为“{shown[1]}”"


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
