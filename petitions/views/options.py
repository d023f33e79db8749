"""Answers to selects that search while somebody types: ``?q=`` gives ``[{"value", "text"}]``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.views import View

from common.pages import SignedInMixin
from grid.bodies import body_key
from grid.choices import Level
from grid.models import Department, Unit
from petitions import permissions

MOST = 30


def wanted(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:40]


def found_units(rows: QuerySet[Unit], text: str) -> list[Unit]:
    """Units by name, pinyin or code, the larger ones first, each with its parent."""
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(pinyin__icontains=text.lower()) | Q(code__startswith=text))
    return list(rows.select_related("parent").order_by("level", "path")[:MOST])


def unit_words(unit: Unit) -> str:
    """The name, with the unit above it where names repeat."""
    if unit.parent is None or unit.level <= Level.STREET:
        return unit.name
    return f"{unit.name}（{unit.parent.name}）"


def answer(pairs: Iterable[tuple[Any, str]]) -> JsonResponse:
    return JsonResponse([{"value": str(value), "text": text} for value, text in pairs], safe=False)


class UnitOptions(SignedInMixin, View):
    """Streets, communities and grids of one's scope, for filters."""

    permission = permissions.VIEW

    def get(self, request: HttpRequest) -> JsonResponse:
        rows = Unit.objects.visible_to(request.user).filter(level__lte=Level.GRID)
        return answer((unit.pk, unit_words(unit)) for unit in found_units(rows, wanted(request)))


class RegisterUnitOptions(SignedInMixin, View):
    """Units one may register for."""

    permission = permissions.REGISTER

    def get(self, request: HttpRequest) -> JsonResponse:
        rows = Unit.objects.visible_to(request.user, permissions.REGISTER).active()
        return answer((unit.pk, unit_words(unit)) for unit in found_units(rows, wanted(request)))


class BodyOptions(SignedInMixin, View):
    """Departments, and units of one's scope that lead tickets."""

    permission = permissions.VIEW

    def get(self, request: HttpRequest) -> JsonResponse:
        text = wanted(request)
        departments = Department.objects.visible_to(request.user).filter(name__icontains=text)[:MOST]
        rows = Unit.objects.visible_to(request.user).filter(level__lte=Level.GRID)
        pairs = [(body_key(row), row.name) for row in departments]
        return answer([*pairs, *((body_key(unit), unit_words(unit)) for unit in found_units(rows, text))][:MOST])
