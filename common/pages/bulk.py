"""One action on several rows of a list: all of them or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.errors import Conflict, Invalid
from common.pages.access import require

MOST = 200


@dataclass(frozen=True)
class BulkAction:
    """``service(rows=[…], actor=user, **cleaned_data)`` does it, in one transaction, or raises ``PlainError``.

    It may return the sentence to show. ``confirm`` is the question asked first; with ``form_class`` a
    page asks for more input.
    """

    key: str
    label: str
    permission: str
    service: Callable[..., str | None]
    confirm: str = ""
    icon: str = "checklist"
    form_class: type[forms.Form] | None = None


def run(action: BulkAction, request: HttpRequest, model: type[Model]) -> HttpResponse | None:
    """Do the action on the selected rows; a page when it needs input, else ``None``.

    Raises :class:`Conflict`, with nothing done, when a selected row is not (or no longer) one on which
    the person may use the permission.
    """
    require(request.user, action.permission)
    keys = _selected(request)
    data: dict[str, Any] = {}
    if action.form_class is not None:
        form = action.form_class(request.POST if "apply" in request.POST else None)
        if not (form.is_bound and form.is_valid()):
            context = {"page_title": action.label, "form": form, "action": action, "selected": keys}
            return render(request, "common/bulk_form.html", context)
        data = form.cleaned_data
    with transaction.atomic():
        rows = list(model._default_manager.visible_to(request.user, action.permission).filter(pk__in=keys))  # type: ignore[attr-defined]
        if len(rows) != len(keys):
            gone = len(keys) - len(rows)
            raise Conflict(
                f"所选的 {len(keys)} 条中有 {gone} 条不在您可以“{action.label}”的范围内，没有执行。请刷新后重新选择。"
            )
        message = action.service(rows=rows, actor=request.user, **data)
    messages.success(request, message or f"已对 {len(rows)} 条完成“{action.label}”。")
    return None


def _selected(request: HttpRequest) -> list[int]:
    keys = sorted({int(key) for key in request.POST.getlist("selected") if key.isdecimal() and len(key) < 19})
    if not keys:
        raise Invalid("请先勾选要办理的行。")
    if len(keys) > MOST:
        raise Invalid(f"一次最多选择 {MOST} 条，请分几次办理。")
    return keys
