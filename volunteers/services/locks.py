"""Taking a row's lock through the scope of whoever wants to change it."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model
from django.http import Http404

from common.errors import Refused
from common.permissions import label_of
from grid.models import Unit

Row = TypeVar("Row", bound=Model)


def lock_unit(unit: Unit) -> None:
    """Let one at a time enter something new of the unit: of two that are alike the second sees the first."""
    Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)


def locked(row: Row, actor: object, permission: str) -> Row:
    """The row as it stands, under its lock.

    Raises ``Http404`` outside the actor's scope, ``Refused`` inside it without the permission. Belongs in
    a transaction.
    """
    rows = type(row)._default_manager
    found: Row | None = (
        rows.visible_to(actor, permission)  # type: ignore[attr-defined]
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=row.pk)
        .first()
    )
    if found is not None:
        return found
    if rows.visible_to(actor).filter(pk=row.pk).exists():  # type: ignore[attr-defined]
        raise Refused(f"您的岗位对“{row}”没有“{label_of(permission)}”的权限，如有需要请联系系统管理员。")
    raise Http404
