"""Setting up, changing and closing departments."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from django.http import Http404

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.scope import scope_of
from grid import events, guards, permissions
from grid.models import Department
from grid.services.tree import lock_tree, refuse_unless

CODE = re.compile(r"[A-Za-z0-9_-]{1,20}")
MAX_SORT = 32_767
LABELS = {"code": "代码", "name": "名称", "short_name": "简称", "sort": "排序"}


def department_create(*, actor: Any, code: str, name: str, short_name: str = "", sort: int = 100) -> Department:
    """Set up a department. ``Invalid`` with the field when a value is unusable or taken."""
    with transaction.atomic():
        _require_manager(actor)
        lock_tree()
        department = Department(**_checked(None, code=code, name=name, short_name=short_name, sort=sort))
        history.record(
            department, events.DEPARTMENT_CREATED, actor=actor, data={"name": department.name, "code": department.code}
        )
    return department


def department_change(*, department: Department, actor: Any, **changes: Any) -> Department:
    """Change ``name``, ``short_name``, ``sort`` or ``code``. Nothing changed: no event."""
    with transaction.atomic():
        department = _locked(department, actor)
        values = _checked(department, **changes)
        said = [
            f"{LABELS[field]}由“{getattr(department, field) or '空'}”改为“{value or '空'}”"
            for field, value in values.items()
            if getattr(department, field) != value
        ]
        if not said:
            return department
        for field, value in values.items():
            setattr(department, field, value)
        history.record(
            department, events.DEPARTMENT_CHANGED, actor=actor, data={"summary": "；".join(said)}, fields=list(values)
        )
    return department


def department_close(*, department: Department, actor: Any) -> Department:
    """No more work goes to the department; its history stays. ``Invalid`` when a guard refuses."""
    with transaction.atomic():
        department = _locked(department, actor)
        if not department.is_active:
            raise Conflict(f"“{department}”已经停用。")
        refuse_unless(guards.may_close(department))
        department.is_active = False
        history.record(
            department, events.DEPARTMENT_CLOSED, actor=actor, data={"name": department.name}, fields=["is_active"]
        )
    return department


def department_reopen(*, department: Department, actor: Any) -> Department:
    """A closed department takes work again. ``Conflict`` when it is open."""
    with transaction.atomic():
        department = _locked(department, actor)
        if department.is_active:
            raise Conflict(f"“{department}”没有停用。")
        department.is_active = True
        history.record(
            department, events.DEPARTMENT_REOPENED, actor=actor, data={"name": department.name}, fields=["is_active"]
        )
    return department


# --- parts


def _require_manager(actor: Any) -> None:
    """Departments belong to the district: only a grant at the root may change them."""
    if actor is None:
        return
    scope = scope_of(actor)
    if not scope:
        raise Http404
    if not scope.holding(permissions.UNIT_MANAGE).everything:
        raise Refused("只有区级组织架构管理人员可以维护职能部门。")


def _locked(department: Department, actor: Any) -> Department:
    _require_manager(actor)
    lock_tree()
    return Department.objects.select_for_update().get(pk=department.pk)


def _checked(department: Department | None, **values: Any) -> dict[str, Any]:
    unknown = set(values) - set(LABELS)
    if unknown:
        raise TypeError(f"a department has no {sorted(unknown)}")
    for field in {"code", "name", "short_name"} & set(values):
        values[field] = "".join(values[field].replace("\x00", "").split())
    if "code" in values and not CODE.fullmatch(values["code"]):
        raise Invalid("代码只用字母、数字、下划线和短横，最多 20 个字符。", "code")
    if "name" in values and not 1 <= len(values["name"]) <= 60:
        raise Invalid("请填写名称，最多 60 字。", "name")
    if len(values.get("short_name", "")) > 20:
        raise Invalid("简称最多 20 字。", "short_name")
    if not 0 <= values.get("sort", 0) <= MAX_SORT:
        raise Invalid(f"排序应在 0 至 {MAX_SORT} 之间。", "sort")
    for field, word in (("code", "代码"), ("name", "名称")):
        twins = Department.objects.exclude(pk=department.pk if department else 0)
        if field in values and twins.filter(**{field: values[field]}).exists():
            raise Invalid(f"{word}“{values[field]}”已经有部门使用，请换一个。", field)
    return values
