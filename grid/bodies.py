"""A body that can be given work: a unit or a department, as one value for forms, API and services."""

from __future__ import annotations

from common.errors import Invalid
from grid.models import Department, Unit

Body = Unit | Department


def body_key(body: Body) -> str:
    """``u12`` or ``d7``: what a form or the API sends."""
    return f"{'u' if isinstance(body, Unit) else 'd'}{body.pk}"


def body_of(key: str) -> Body:
    """The active body behind a key; ``Invalid`` when there is none."""
    kind, number = key[:1], key[1:]
    if number.isascii() and number.isdigit() and len(number) < 18:
        if kind == "u":
            found: Body | None = Unit.objects.filter(pk=int(number), is_active=True).first()
        elif kind == "d":
            found = Department.objects.filter(pk=int(number), is_active=True).first()
        else:
            found = None
        if found is not None:
            return found
    raise Invalid("找不到所选的单位或部门，请重新选择。")


def as_columns(body: Body | None, unit: str = "unit", department: str = "department") -> dict[str, Body | None]:
    """Values for a pair of foreign keys of which one is set."""
    return {
        unit: body if isinstance(body, Unit) else None,
        department: body if isinstance(body, Department) else None,
    }
