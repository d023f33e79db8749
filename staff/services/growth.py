"""What the services of training, rotation, mentoring and contests share."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from common.errors import Invalid, Refused
from common.scope import scope_of
from grid.choices import Level
from grid.models import Unit
from grid.querysets import covers
from grid.services.tree import locked as locked_units
from staff import permissions
from staff.choices import WorkerState
from staff.models import Worker
from staff.services.workers import one_line

Row = TypeVar("Row", bound=Model)
YEARS_BACK, YEARS_AHEAD = 5, 2
OWN_PAGE = "/staff/me/growth/"  # where messages to a worker lead


def organiser(unit: Unit, actor: Any) -> Unit:
    """The unit under its lock: a street or the district where the actor arranges training.

    Raises ``Invalid`` for another kind of unit, ``Refused`` outside the actor's area.
    """
    found = locked_units([unit.pk]).get(unit.pk)
    if found is None or not found.is_active or found.level > Level.STREET:
        raise Invalid("由区级或镇街组织，请选择区或镇街。", "unit")
    if not covers(scope_of(actor).holding(permissions.GROWTH), found):
        raise Refused(f"“{found}”不在您的管辖范围内，请由上一级单位办理。")
    return found


def repeated(model: type[Row], request_key: UUID | None) -> Row | None:
    """The row that this very form made before."""
    return model._default_manager.filter(request_key=request_key).first() if request_key else None


def one_of(worker: Worker, unit: Unit, field: str = "worker") -> Worker:
    """A worker in office below a unit, under their lock; ``Invalid`` otherwise."""
    rows = Worker.objects.select_for_update(of=("self",), no_key=True).select_related("unit", "person", "user")
    found = rows.filter(pk=worker.pk).first()
    if found is None or not found.unit.path.startswith(unit.path):
        raise Invalid(f"{worker} 不是“{unit}”的社区工作者。", field)
    if found.state != WorkerState.ACTIVE:
        raise Invalid(f"{worker} 已离岗。", field)
    return found


def needed(text: str, most: int, label: str, field: str) -> str:
    """One line of text that must not be empty."""
    line = one_line(text, most, label, field)
    if not line:
        raise Invalid(f"请填写{label}。", field)
    return line


def plain_text(text: str, most: int, label: str, field: str) -> str:
    """Several lines of text, no longer than their column."""
    found = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(found) > most:
        raise Invalid(f"{label}最多 {most} 字，现有 {len(found)} 字，请精简。", field)
    return found


def near(day: date, field: str) -> date:
    """A day within some years; ``Invalid`` for one that cannot be meant."""
    today = timezone.localdate()
    if not today.year - YEARS_BACK <= day.year <= today.year + YEARS_AHEAD:
        raise Invalid("日期过早或过晚，请核对。", field)
    return day
