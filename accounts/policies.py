"""May I? Rules about accounts, each with the sentence that says why not (三员分立: docs/rules)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.permissions import POLICY_MANAGE, USER_MANAGE
from accounts.roles import ROLE_RULES, SEPARATE_ROLES, Role
from common import profile
from common.decisions import ALLOWED, Decision, Denied
from common.scope import Scope, scope_of
from grid.bodies import Body
from grid.models import Unit

OWN_ACCOUNT = "不能管理自己的账号和角色，请由另一位系统管理员办理。"
NOT_MANAGER = "您的岗位没有“管理账号和角色”的权限，如有需要请联系系统管理员。"
OUT_OF_AREA = "该账号还在您的管理范围以外任职，请由上级系统管理员办理。"
SEAT_OUT_OF_AREA = "“{seat}”不在您的管理范围内，不能在那里授予角色。"
SEPARATE = (
    "系统管理员、安全管理员、审计管理员须由不同的人担任，也不得兼任其他岗位：“{user}”在同一时间已有“{held}”角色，"
    "不能再授予“{role}”。"
)


def managed_area(actor: Any) -> Scope:
    """The part of a person's scope in which they manage accounts."""
    return scope_of(actor).holding(USER_MANAGE)


def covers(area: Scope, seat: Body) -> bool:
    """Whether an area contains a unit; departments belong to the district as a whole."""
    if not area:
        return False
    if area.everything:
        return True
    return isinstance(seat, Unit) and any(seat.path.startswith(path) for path in area.unit_paths)


def live(on: date | None = None) -> Q:
    """Assignments that grant something today or on a later day."""
    return Q(revoked_at=None) & (Q(last_day=None) | Q(last_day__gte=on or timezone.localdate()))


def may_manage(actor: Any, user: Any) -> Decision:
    """Whether ``actor`` may change the account ``user``: another's, seated nowhere outside the actor's area."""
    area = managed_area(actor)
    if not area:
        return Denied(NOT_MANAGER)
    if actor.pk == user.pk:
        return Denied(OWN_ACCOUNT)
    held = user.assignments.filter(live()).select_related("unit", "department")
    if not all(covers(area, row.seat) for row in held):
        return Denied(OUT_OF_AREA)
    return ALLOWED


def may_give(actor: Any, role: str, seat: Body) -> Decision:
    """Whether ``actor`` may give a role at a place: inside the own area, at a level where the role exists."""
    area = managed_area(actor)
    if not area:
        return Denied(NOT_MANAGER)
    if not covers(area, seat):
        return Denied(SEAT_OUT_OF_AREA.format(seat=seat))
    return fits(role, seat)


def fits(role: str, seat: Body) -> Decision:
    """Whether a role exists at this kind of seat (table ``ROLE_RULES``)."""
    rule = ROLE_RULES[role]
    label = Role(role).label
    if not seat.is_active:
        return Denied(f"“{seat}”已停用，不能在那里授予角色。")
    if isinstance(seat, Unit):
        if seat.level in rule.levels:
            return ALLOWED
        return Denied(f"“{label}”须在{where(role)}任职，“{seat}”不合适。")
    if rule.department:
        return ALLOWED
    return Denied(f"“{label}”须在{where(role)}任职，不能在职能部门任职。")


def where(role: str) -> str:
    """The kinds of seats of a role in the district's own words: ``社区``, ``区或镇街``, ``职能部门``."""
    rule = ROLE_RULES[role]
    words = [profile.current().level_label(level) for level in rule.levels]
    return "或".join(words + (["职能部门"] if rule.department else []))


def may_hold_too(user: Any, role: str, held: Iterable[Any], days: tuple[date, date | None]) -> Decision:
    """Separation of the three administrators against the assignments that overlap the new days."""
    for row in held:
        if not _overlap(days, (row.first_day, row.last_day)) or row.role == role:
            continue
        if role in SEPARATE_ROLES or row.role in SEPARATE_ROLES:
            return Denied(SEPARATE.format(user=user, held=row.get_role_display(), role=Role(role).label))
    return ALLOWED


def _overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    """Whether two spans of days share a day; no last day means for ever."""
    first, last = max(one[0], other[0]), min(one[1] or date.max, other[1] or date.max)
    return first <= last


def may_keep_rules(actor: Any) -> Decision:
    if scope_of(actor).may(POLICY_MANAGE):
        return ALLOWED
    return Denied("规则、节假日和账号锁定由安全管理员维护，您的岗位没有这项权限。")
