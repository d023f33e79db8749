"""Who stands in which relation to a ticket, and the last looks before an action."""

from __future__ import annotations

from typing import Any

from common.decisions import ALLOWED, Decision, Denied
from common.scope import Scope, scope_of
from grid.choices import Level
from petitions import permissions
from petitions.choices import AssignmentRole, Kind
from petitions.querysets import PLACE_COLUMN

MAX_EXTENSIONS = 2


def in_area(petition: Any, scope: Scope) -> bool:
    """The ticket lies in a place of the scope: the same rule as ``querysets.area``, for one row."""
    if scope.everything:
        return True
    return any(
        getattr(petition, f"{column}_id") in scope.unit_ids(level)
        for level, column in PLACE_COLUMN.items()
        if scope.unit_ids(level)
    )


def is_lead(petition: Any, scope: Scope) -> bool:
    """The ticket was given to the department, to the unit, or to a unit below in the same area."""
    if petition.lead_department_id is not None:
        return petition.lead_department_id in scope.department_ids
    if petition.lead_unit_id is None:
        return False
    return petition.lead_unit_id in scope.unit_ids() or any(
        petition.lead_unit.path.startswith(path) for path in scope.unit_paths
    )


def is_co_handler(petition: Any, scope: Scope) -> bool:
    rows = petition.assignments.all()  # a handful, and the page of the ticket has them already
    return any(
        row.role == AssignmentRole.CO_HANDLER and row.ended_at is None and row.replied_at is None
        and (row.department_id in scope.department_ids or row.unit_id in scope.unit_ids())
        for row in rows
    )  # fmt: skip


def is_approver(petition: Any, scope: Scope) -> bool:
    """Approval is the street's or the district's, never the community's own."""
    return in_area(petition, Scope(tuple(g for g in scope.grants if (g.level or 9) <= Level.STREET)))


RELATIONS = {"area": in_area, "lead": is_lead, "co_handler": is_co_handler, "approver": is_approver}


# --- guards


def has_category(petition: Any, actor: Any) -> Decision:
    if petition.category_id is None:
        return Denied("请先选定诉求分类再派单。")
    return ALLOWED


def was_contacted(petition: Any, actor: Any) -> Decision:
    """北京市接诉即办工作条例 art. 15 (一): contact the petitioner first; an anonymous one cannot be."""
    if petition.contacted_at is None and can_be_contacted(petition):
        return Denied("请先登记与诉求人的首次联系，再答复。")
    return ALLOWED


def can_be_contacted(petition: Any) -> bool:
    petitioner = getattr(petition, "petitioner", None)
    return petitioner is not None and petitioner.phone_hash is not None


def cannot_be_called_back(petition: Any, actor: Any) -> Decision:
    if can_be_contacted(petition):
        return Denied("诉求人留有电话，请先回访再办结。")
    return ALLOWED


def can_be_called_back(petition: Any, actor: Any) -> Decision:
    if not can_be_contacted(petition):
        return Denied("诉求人没有留下电话，无法回访，请直接办结。")
    return ALLOWED


def may_be_extended(petition: Any, actor: Any) -> Decision:
    if petition.extensions >= MAX_EXTENSIONS:
        return Denied(f"已延期 {MAX_EXTENSIONS} 次，不能再延期。")
    return ALLOWED


def may_propose_exclusion(petition: Any, actor: Any) -> Decision:
    if petition.excluded_at is not None:
        return Denied("本件已经剔除。")
    if petition.exclusion_proposed_by_id is not None:
        return Denied("本件已提请剔除，正在等待终审。")
    return ALLOWED


def may_judge_exclusion(petition: Any, actor: Any) -> Decision:
    """A first and a final reviewer: two people (domain §4)."""
    if petition.exclusion_proposed_by_id is None or petition.excluded_at is not None:
        return Denied("本件没有待终审的剔除申请。")
    if petition.exclusion_proposed_by_id == actor.pk:
        return Denied("初审和终审须由不同的人作出，请由另一位同事终审。")
    return ALLOWED


# --- personal data


def may_reveal(petition: Any, actor: Any) -> Decision:
    """Who asked is shown to the handling chain only, never to whoever is complained about.

    信访工作条例 art. 30; 个人信息保护法 arts. 6, 51; domain §9.
    """
    scope = scope_of(actor).holding(permissions.REVEAL)
    if not scope:
        return Denied("您的岗位没有查看诉求人信息的权限。")
    if petition.about_department_id is not None and petition.about_department_id in scope_of(actor).department_ids:
        return Denied("本件反映的是您所在的部门，不能查看诉求人信息。")
    if petition.kind == Kind.REPORT and not scope.everything and not in_area(petition, scope):
        return Denied("举报件的举报人信息不向承办部门提供。")
    if in_area(petition, scope) or is_lead(petition, scope) or is_co_handler(petition, scope):
        return ALLOWED
    return Denied("只有正在办理本件的单位可以查看诉求人信息。")
