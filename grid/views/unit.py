"""The page of a unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from common.pages import ScopedDetailView
from common.timeline import timeline_of
from grid import permissions, policies
from grid.choices import Level
from grid.models import Unit
from grid.panels import panels_for
from grid.selectors import below, holders, trail
from grid.tables import post_title
from grid.views.tree import children, nodes

CHILDREN = 200


class UnitPage(ScopedDetailView):
    model = Unit
    permission = permissions.UNIT_VIEW
    template_name = "grid/unit.html"
    object: Unit

    def rows(self, queryset: QuerySet[Unit]) -> QuerySet[Unit]:
        return queryset.select_related("parent__parent__parent__parent", "merged_into")

    def trail(self) -> list[tuple[str, str | None]]:
        above = [(unit.name, unit.get_absolute_url()) for unit in trail(self.object, self.request.user)]
        return [("组织架构", reverse("grid:tree")), *above]

    def context(self) -> dict[str, Any]:
        unit, user = self.object, self.request.user
        today = timezone.localdate()
        rule = policies.grid_size(today)
        counted = below(unit, today)
        households = counted.households or unit.households if unit.level < Level.GRID else unit.households
        may = self._may()
        return {
            "page_lead": " · ".join(
                dict.fromkeys((policies.level_word(unit.level), unit.get_kind_display(), f"代码 {unit.code}"))
            ),
            "rows": list(self._facts(households)),
            "households": households,
            "fault": rule.fault(unit.households) if unit.level == Level.GRID and unit.is_active else "",
            "rule": rule,
            "counts": [(policies.level_word(level), n) for level, n in sorted(counted.units.items())],
            "out_of_size": counted.out_of_size,
            "children": nodes(children(unit)[:CHILDREN], counted.by_child) if unit.level < Level.BUILDING_GROUP else [],
            "child_word": policies.level_word(unit.level + 1) if unit.level < Level.BUILDING_GROUP else "",
            "posts": self._posts(),
            "has_posts": bool(policies.posts_at(unit.level)),
            "panels": panels_for(user, unit),
            "timeline": timeline_of(unit),
            "may": may,
            "is_building": unit.level == Level.BUILDING_GROUP,
        }

    def _facts(self, households: int) -> Iterator[tuple[Any, ...]]:
        unit = self.object
        if unit.parent is not None:
            yield "上级", format_html('<a href="{}">{}</a>', unit.parent.get_absolute_url(), unit.parent)
        if unit.aliases:
            yield "其他写法", unit.aliases
        note = "（各网格合计）" if households != unit.households else ""
        yield "户数", f"{households:,} 户{note}"
        if unit.merged_into:
            yield "已并入", unit.merged_into
        yield "状态", "启用" if unit.is_active else "已停用"

    def _posts(self) -> list[dict[str, Any]]:
        """Each post of the level with who holds its seats; an empty seat shows as such."""
        held: dict[tuple[str, int], Any] = {}
        others = []
        rules = {rule.key: rule for rule in policies.posts_at(self.object.level)}
        for holding in holders(self.object):
            if holding.post in rules and holding.seat <= rules[holding.post].seats:
                held[holding.post, holding.seat] = holding
            else:
                others.append({"title": post_title(holding), "seat": holding.seat, "seats": 2, "holding": holding})
        seats = [
            {"title": rule.title, "seat": seat, "seats": rule.seats, "holding": held.get((rule.key, seat))}
            for rule in rules.values()
            for seat in range(1, rule.seats + 1)
        ]
        return [*seats, *others]

    def _may(self) -> dict[str, bool]:
        """What the person may do here: shown as buttons. From the scope in memory, no query."""
        scope, path = self.request.user.scope, self.object.path  # type: ignore[union-attr]

        def over(permission: str) -> bool:
            grants = scope.holding(permission)
            return grants.everything or any(path.startswith(mine) for mine in grants.unit_paths)

        active = self.object.is_active
        manage = active and over(permissions.UNIT_MANAGE)
        return {
            "change": manage,
            "create": manage and self.object.level < Level.BUILDING_GROUP,
            "rearrange": manage and self.object.level > Level.DISTRICT,
            "posts": active and over(permissions.POST_MANAGE),
            "households": active and over(permissions.HOUSEHOLD_MANAGE),
        }
