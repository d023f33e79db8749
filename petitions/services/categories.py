"""The tree of categories: who leads, who helps, how long it may take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from common import events as history
from common.calendar import Limit
from common.errors import Conflict, Invalid
from common.pages.access import require
from grid.choices import Level
from grid.models import Department
from petitions import events, permissions
from petitions.models import Category
from petitions.services.loop import checked_limit


def category_create(
    *,
    actor: Any,
    code: str,
    name: str,
    parent: Category | None = None,
    lead_level: int | None = None,
    lead_department: Department | None = None,
    co_departments: Sequence[Department] = (),
    limit: str = "",
) -> Category:
    """Make a category. Raises ``Conflict`` when the code is taken, ``Invalid`` when it does not fit its parent."""
    require(actor, permissions.CATEGORIES)
    _check_code(code, parent)
    with transaction.atomic():
        if Category.objects.filter(code=code).exists():
            raise Conflict(f"编号 {code} 已被使用，请换一个。")
        category = Category(
            code=code, name=name.strip(), parent=parent, lead_level=lead_level, lead_department=lead_department,
            limit=checked_limit(limit),
        )  # fmt: skip
        history.record(category, events.CATEGORY_CREATED, actor=actor, data={"name": category.name})
        category.co_departments.set(co_departments)
    return category


def category_change(
    *,
    category: Category,
    actor: Any,
    name: str,
    lead_level: int | None = None,
    lead_department: Department | None = None,
    co_departments: Sequence[Department] = (),
    limit: str = "",
    is_active: bool = True,
) -> Category:
    """Change a category; tickets that were dispatched keep the lead and limit they were given."""
    require(actor, permissions.CATEGORIES)
    with transaction.atomic():
        row = Category.objects.select_for_update().get(pk=category.pk)
        before = _words(row)
        row.name, row.lead_level, row.lead_department = name.strip(), lead_level, lead_department
        row.limit, row.is_active = checked_limit(limit), is_active
        row.co_departments.set(co_departments)
        changes = [
            f"{label}：{old} → {new}" for (label, old), (_, new) in zip(before, _words(row), strict=True) if old != new
        ]
        if changes:
            history.record(
                row, events.CATEGORY_CHANGED, actor=actor, data={"summary": f"{row.name}：{'；'.join(changes)}"},
                fields=("name", "lead_level", "lead_department", "limit", "is_active"),
            )  # fmt: skip
    return row


def _check_code(code: str, parent: Category | None) -> None:
    if parent is None and len(code) != 2:
        raise Invalid("大类的编号为两位数字，如 13。", "code")
    if parent is not None and not (code.startswith(parent.code) and len(code) == len(parent.code) + 2):
        raise Invalid(f"编号应为大类编号 {parent.code} 后面加两位数字。", "code")


def _words(row: Category) -> list[tuple[str, str]]:
    """The category's content as a person would say it."""
    lead = (
        row.lead_department.name
        if row.lead_department
        else (Level(row.lead_level).label if row.lead_level else "不指定")
    )
    return [
        ("名称", row.name),
        ("主办", lead),
        ("协办", "、".join(department.name for department in row.co_departments.all()) or "无"),
        ("时限", Limit.parse(row.limit).label if row.limit else "一般时限"),
        ("启用", "是" if row.is_active else "否"),
    ]
