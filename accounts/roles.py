"""The roles of domain §1: one table. A new role or a moved permission is one line here."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from grid.choices import Level


class Role(models.TextChoices):
    DISTRICT_OFFICER = "district_officer", "区委组织部工作人员"
    STREET_OFFICER = "street_officer", "街道（镇）党工委工作人员"
    COMMUNITY_WORKER = "community_worker", "社区工作者"
    GRID_WORKER = "grid_worker", "网格长、网格员"
    BUILDING_CHIEF = "building_chief", "楼栋长、单元长"
    DEPARTMENT_HANDLER = "department_handler", "职能部门承办人"
    HOTLINE_OPERATOR = "hotline_operator", "热线话务员"
    PROVIDER = "provider", "服务单位（物业、商家）"
    PAYROLL_OFFICER = "payroll_officer", "薪酬经办人员"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"


# 三员分立: nobody holds two of these, or one of these together with a working role.
SEPARATE_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


# Seated at a unit without working for it: what the unit is told is not for them.
OUTSIDE_ROLES = frozenset({Role.PROVIDER})


@dataclass(frozen=True)
class RoleRule:
    """Where a role is seated (levels of the tree, or a department) and what it may do there."""

    levels: tuple[int, ...]
    permissions: frozenset[str]
    department: bool = False


def _may(*codes: str) -> frozenset[str]:
    return frozenset(codes)


_VIEW = _may("grid.view", "partyorgs.view", "petitions.view", "reports.view", "volunteers.view")
_DESK = _may(
    "petitions.register", "petitions.triage", "petitions.dispatch", "petitions.handle", "petitions.verify",
    "petitions.callback", "petitions.reveal", "petitions.export", "petitions.import",
    "petitions.withdraw",
)  # fmt: skip

# Preparing is left to the payroll officers, approving to the organisation department: never the same person (domain §6).
_STAFF = _may(
    "staff.view", "staff.manage", "staff.reveal", "staff.review", "staff.leave", "staff.growth", "staff.attend",
    "staff.appraisal_view", "staff.appraise", "staff.fund_view", "staff.fund_enter", "staff.fund_approve", "staff.export",
    "staff.import",
)  # fmt: skip

_VOLUNTEERS = _may(
    "volunteers.manage", "volunteers.reveal", "volunteers.activities", "volunteers.orders", "volunteers.report_order",
    "volunteers.menu", "volunteers.serve", "volunteers.points", "volunteers.approve_points", "volunteers.shop", "volunteers.shopkeep",
    "volunteers.nominate", "volunteers.certify", "volunteers.partners", "volunteers.export", "volunteers.import",
)  # fmt: skip

ROLE_RULES: dict[str, RoleRule] = {
    Role.DISTRICT_OFFICER: RoleRule(
        (Level.DISTRICT,),
        _VIEW | _DESK | _VOLUNTEERS | _STAFF | _may("staff.grade", "staff.pay_view", "staff.pay_check", "staff.pay_approve",
                             "staff.fund_manage", "volunteers.award", "grid.manage", "grid.posts", "grid.households", "partyorgs.manage", "petitions.approve",
                             "petitions.exclude", "petitions.categories"),
    ),
    Role.STREET_OFFICER: RoleRule(
        (Level.STREET,),
        _VIEW | _DESK | _VOLUNTEERS | _STAFF | _may("volunteers.award", "grid.posts", "grid.households", "partyorgs.manage",
                                            "petitions.approve", "petitions.exclude"),
    ),
    Role.COMMUNITY_WORKER: RoleRule(
        (Level.COMMUNITY,), _VIEW | _DESK | _VOLUNTEERS | _may("staff.view", "staff.fund_view", "staff.fund_enter", "grid.posts",
                                                           "grid.households", "partyorgs.manage")
    ),
    Role.GRID_WORKER: RoleRule(
        (Level.GRID,), _may("grid.view", "petitions.view", "petitions.register", "petitions.handle", "volunteers.view",
                             "volunteers.report_order", "volunteers.serve", "volunteers.activities")
    ),
    Role.BUILDING_CHIEF: RoleRule(
        (Level.BUILDING_GROUP,), _may("grid.view", "petitions.view", "petitions.register", "volunteers.report_order",
                                      "volunteers.serve")
    ),
    Role.DEPARTMENT_HANDLER: RoleRule(
        (),
        _may("petitions.view", "petitions.handle", "petitions.reveal", "petitions.export",
             "reports.view"),
        department=True,
    ),
    Role.HOTLINE_OPERATOR: RoleRule(
        (Level.DISTRICT,),
        _may("grid.view", "petitions.view", "petitions.register", "petitions.triage", "petitions.dispatch",
             "petitions.verify", "petitions.callback", "petitions.reveal", "petitions.import",
             "petitions.withdraw", "petitions.export"),
    ),
    # Sees the orders and the shop of the providers it operates, nothing of the unit it is seated at.
    Role.PROVIDER: RoleRule((Level.DISTRICT, Level.STREET, Level.COMMUNITY), _may("volunteers.serve", "volunteers.shopkeep")),
    Role.PAYROLL_OFFICER: RoleRule(
        (Level.DISTRICT,),
        _may("grid.view", "staff.view", "staff.reveal", "staff.grade", "staff.pay_view", "staff.pay_prepare", "staff.pay_check",
             "staff.pay_out", "staff.appraisal_view", "staff.export"),
    ),
    Role.SYSTEM_ADMIN: RoleRule((Level.DISTRICT, Level.STREET), _may("accounts.manage", "grid.view")),
    Role.SECURITY_ADMIN: RoleRule((Level.DISTRICT,), _may("accounts.policies")),
    Role.AUDIT_ADMIN: RoleRule((Level.DISTRICT,), _may("accounts.audit")),
}  # fmt: skip
