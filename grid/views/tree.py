"""The organisation tree, opened branch by branch, and the search over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common.pages import SignedInMixin
from common.pages.lists import search_text
from common.scope import scope_of
from grid import permissions, policies
from grid.choices import Level
from grid.models import Unit
from grid.selectors import below, households_of, search_units, top_units, with_figures

FOUND = 60
OPTIONS = 30


def nodes(rows: Any, summed: Mapping[str, int] | None = None) -> list[dict[str, Any]]:
    """Units as lines of the tree: what they are called, how many stand below, what is amiss.

    ``summed``: households by path where they are known already (``selectors.below``).
    """
    rule = policies.grid_size(timezone.localdate())
    units = list(rows)
    known = None if summed is None else {unit.pk: summed.get(unit.path, unit.households) for unit in units}
    households = households_of(units) if known is None else known
    return [
        {
            "unit": unit,
            "households": households[unit.pk],
            "level": policies.level_word(unit.level),
            "below": policies.level_word(unit.level + 1) if unit.level < Level.BUILDING_GROUP else "",
            "fault": rule.fault(unit.households) if unit.level == Level.GRID else "",
        }
        for unit in units
    ]


class TreePage(SignedInMixin, View):
    """Everything the person sees, from the top of the own scope down; ``?q=`` lists what a text finds."""

    permission = permissions.UNIT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        text = search_text(request.GET)
        context = {
            "page_title": "组织架构",
            "search_text": text,
            "can_manage": scope_of(request.user).may(permissions.UNIT_MANAGE),
            **(self._found(text) if text else self._tree()),
        }
        return render(request, "grid/tree.html", context)

    def _tree(self) -> dict[str, Any]:
        tops = list(with_figures(top_units(self.request.user))[:50])
        # One seat is opened at once; somebody with many seats opens what is wanted.
        figures = below(tops[0], timezone.localdate()) if len(tops) == 1 else None
        opened = nodes(children(tops[0]), figures.by_child) if figures else []
        found = sorted(figures.units.items()) if figures else []
        address = reverse("grid:units")
        counts = [(policies.level_word(level), n, f"{address}?state=active&level={level}") for level, n in found]
        return {
            "tops": nodes(tops), "opened": opened, "counts": counts,
            "out_of_size": figures.out_of_size if figures else 0,
            "rule": policies.grid_size(timezone.localdate()), "size_url": f"{address}?flag=size",
        }  # fmt: skip

    def _found(self, text: str) -> dict[str, Any]:
        rows = search_units(Unit.objects.visible_to(self.request.user).active(), text).select_related("parent__parent")
        found = list(with_figures(rows).order_by("level", "path")[: FOUND + 1])
        return {"found": nodes(found[:FOUND]), "more": len(found) > FOUND, "limit": FOUND}


def children(unit: Unit) -> Any:
    """Active units directly below, in organisation order, with their figures."""
    return with_figures(unit.children.filter(is_active=True)).order_by("path")


class Branch(SignedInMixin, View):
    """The lines below one unit of the tree, fetched when it is opened."""

    permission = permissions.UNIT_VIEW

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        unit = Unit.objects.visible_to(request.user).filter(pk=pk).first()
        if unit is None:
            raise Http404
        return render(request, "grid/branch.html", {"nodes": nodes(children(unit)), "unit": unit})


class Options(SignedInMixin, View):
    """Units for a searching select: ``?q=`` a text, ``?level=`` one level; only active ones of the scope."""

    permission = permissions.UNIT_VIEW

    def get(self, request: HttpRequest) -> JsonResponse:
        rows = Unit.objects.visible_to(request.user).active().select_related("parent")
        level = request.GET.get("level", "")
        if level in {str(value) for value in Level.values}:
            rows = rows.filter(level=int(level))
        found = search_units(rows, search_text(request.GET)).order_by("level", "path")[:OPTIONS]
        answer = [
            {"value": str(unit.pk), "text": f"{unit.name}（{unit.parent}）" if unit.parent else unit.name}
            for unit in found
        ]
        return JsonResponse(answer, safe=False)
