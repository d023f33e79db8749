"""Rules of party organisations (domain §7), each answer with a sentence a person can read."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from common import profile
from common.decisions import ALLOWED, Decision, Denied
from common.profile.model import LEVELS
from grid.choices import Level
from grid.models import Unit
from grid.policies import level_word
from partyorgs.choices import ELECTED_KINDS, KINDS_OF_LEVEL, RANK, OrganisationKind, SetUpMode
from partyorgs.models import PartyOrganisation

# 党章第三十条；《中国共产党支部工作条例（试行）》第四、五条。
SIZE_SOURCE = "《中国共产党支部工作条例（试行）》第四、五条"


def kind_fits(kind: str, unit: Unit) -> Decision:
    """Whether an organisation of ``kind`` may be seated at the unit."""
    if kind in KINDS_OF_LEVEL[unit.level]:
        return ALLOWED
    words = "、".join(OrganisationKind(key).label for key in KINDS_OF_LEVEL[unit.level])
    return Denied(f"{level_word(unit.level)}可以设：{words}，不设{OrganisationKind(kind).label}。")


def sits_under(kind: str, unit: Unit, parent: PartyOrganisation) -> bool:
    """Whether ``parent`` is seated where an organisation at ``unit`` may hang, and is large enough.

    The seat is the same unit or the one above it; a joint organisation also serves the units beside
    its own. A committee stands under a committee; everything else under something larger: a branch
    has groups, no branches.
    """
    above = unit.parent
    same_unit = parent.unit_id == unit.pk
    near = same_unit or parent.unit_id == unit.parent_id
    if not near and parent.mode == SetUpMode.JOINT and above is not None:
        near = parent.unit.level == above.level and parent.unit.parent_id == above.parent_id
    if kind == OrganisationKind.COMMITTEE:
        return near and not same_unit and parent.kind == OrganisationKind.COMMITTEE
    return near and RANK[parent.kind] < RANK[kind]


def may_hang(kind: str, unit: Unit, parent: PartyOrganisation | None) -> Decision:
    """Whether an organisation may stand under ``parent``; without one only at the two top levels."""
    if parent is None:
        if unit.level <= Level.STREET:
            return ALLOWED
        return Denied("请选择上级党组织；还没有的，请先建立上级党组织。")
    if not parent.is_active:
        return Denied(f"“{parent}”已经撤销，请另选上级党组织。")
    if sits_under(kind, unit, parent):
        return ALLOWED
    return Denied(
        f"上级党组织应设在同一单位或上一级单位，并且大于{OrganisationKind(kind).label}，“{parent}”（{parent.unit}）不符合。"
    )


def size_warning(kind: str, members: int, level: int) -> str:
    """What is unusual about the number of members, or an empty text; a warning, never a refusal.

    Committees of district and street are appointed bodies, whatever their number.
    """
    if level <= Level.STREET or kind not in ELECTED_KINDS:
        return ""
    rules = profile.current().party
    minimum = {
        OrganisationKind.BRANCH: rules.branch_members,
        OrganisationKind.GENERAL_BRANCH: rules.general_branch_members,
        OrganisationKind.COMMITTEE: rules.committee_members,
    }[OrganisationKind(kind)]
    label = OrganisationKind(kind).label
    if members < minimum:
        return f"现有党员 {members} 人，设{label}一般应有 {minimum} 人以上（{SIZE_SOURCE}）。"
    larger = OrganisationKind(rules.kind_for(members))
    if RANK[larger] < RANK[kind]:
        return f"现有党员 {members} 人，已可设{larger.label}（{SIZE_SOURCE}）。"
    return ""


def term_years(unit: Unit) -> int:
    """Years of a term: five for communities, else three, unless the profile says otherwise."""
    return profile.current().party.term_of(LEVELS[unit.level - 1])


def term_end(first_day: date, years: int) -> date:
    """The last day of a term: the day before its anniversary."""
    year = first_day.year + years
    day = min(first_day.day, calendar.monthrange(year, first_day.month)[1])
    anniversary = date(year, first_day.month, day)
    # A term from 29 February ends on the last day of February when that year has no 29th.
    return anniversary if day < first_day.day else anniversary - timedelta(days=1)


def months_before(day: date, months: int) -> date:
    """The same day some months earlier, or the last day of that month."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_after(day: date, months: int) -> date:
    return months_before(day, -months)
