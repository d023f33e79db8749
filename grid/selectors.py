"""Questions about the hierarchy that more than one place asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import CharField, Count, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Left
from django.utils import timezone

from common.errors import PlainError
from common.prepared import Among, Prepared
from common.scope import scope_of
from grid.choices import CODE_LENGTH, Level
from grid.models import Department, PostHolding, Unit
from grid.panels import effects_of
from grid.permissions import UNIT_VIEW
from grid.pinyin import initials_pattern, whole
from grid.policies import GridSizeRule, grid_size, level_word
from grid.querysets import covers


@dataclass(frozen=True)
class Ancestry:
    """Street, community and grid a unit belongs to; ``None`` above its own level."""

    street: Unit | None
    community: Unit | None
    grid: Unit | None


_UNITS_BY_CODE = Prepared(lambda codes: Unit.objects.filter(Among(F("code"), codes)).order_by())
_UNIT_BY_KEY = Prepared(lambda key: Unit.objects.filter(pk=key).order_by())


def unit_for(user: Any, key: int, permission: str | None = None) -> Unit | None:
    """``Unit.objects.visible_to(user, permission)`` for one key: the unit, if it is inside the scope."""
    scope = scope_of(user).holding(permission)
    unit = _UNIT_BY_KEY.get(key=key) if scope else None
    return unit if unit is not None and covers(scope, unit) else None


def district() -> Unit:
    """The root of the tree; ``PlainError`` when no geography has been imported yet."""
    root = Unit.objects.filter(level=Level.DISTRICT).first()
    if root is None:
        raise PlainError("还没有导入行政区划，请系统管理员先执行 manage.py import_geography。")
    return root


def ancestry(unit: Unit) -> Ancestry:
    """Where a unit belongs: what a ticket freezes at intake. One query, none for a street."""
    between = unit.path_codes[1:-1]  # without the district and the unit itself
    at = {one.level: one for one in (*_UNITS_BY_CODE.all(codes=between), unit)} if between else {unit.level: unit}
    return Ancestry(at.get(Level.STREET), at.get(Level.COMMUNITY), at.get(Level.GRID))


def ancestors(unit: Unit) -> list[Unit]:
    """From the district down to the unit itself."""
    return list(Unit.objects.filter(code__in=unit.path_codes).order_by("level"))


def units_at(level: int) -> QuerySet[Unit]:
    return Unit.objects.filter(level=level, is_active=True).order_by("path")


def departments() -> QuerySet[Department]:
    return Department.objects.active()


# --- search


class _Plain(Func):
    """The pinyin of a name as people type it, without spaces."""

    template = "replace(%(expressions)s, ' ', '')"
    output_field = CharField()


def search_units(rows: QuerySet[Unit], text: str) -> QuerySet[Unit]:
    """Units whose name, other spelling, code or pinyin (whole or initials) holds the text.

    ``江南``, ``柳树瞿阝镇``, ``220605001``, ``jiangnan`` and ``jnsq`` all find something.
    """
    words = whole("".join(text.split()))
    if not words:
        return rows
    found = Q(name__icontains=words) | Q(aliases__icontains=words) | Q(code__startswith=words)
    letters = words.lower()
    if letters.isascii() and letters.isalnum():
        found |= Q(sounds__contains=letters) | Q(pinyin__regex=initials_pattern(letters))
        rows = rows.alias(sounds=_Plain("pinyin"))
    return rows.filter(found)


# --- figures


def with_figures(rows: QuerySet[Unit]) -> QuerySet[Unit]:
    """Adds ``child_count`` (active units directly below) and ``holder_count`` (people in office)."""
    below = Unit.objects.filter(parent=OuterRef("pk"), is_active=True).order_by()
    holders = PostHolding.objects.filter(unit=OuterRef("pk"), last_day=None).order_by()
    return rows.annotate(child_count=_number(below, "parent"), holder_count=_number(holders, "unit"))


def _number(rows: QuerySet, by: str) -> Coalesce:
    counted = rows.values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


@dataclass(frozen=True)
class Below:
    """What stands below a unit: active units by level, grids outside the size, households.

    ``households`` is the sum of the grids (0 without any), ``by_child`` the same for each unit directly
    below, by its path.
    """

    units: dict[int, int]
    out_of_size: int
    households: int
    by_child: dict[str, int]


def below(unit: Unit, on: date) -> Below:
    """One query over everything active below a unit."""
    length = len(unit.path) + CODE_LENGTH[Level(min(unit.level + 1, Level.BUILDING_GROUP))] + 1
    rows = (
        Unit.objects.filter(path__startswith=unit.path, is_active=True, level__gt=unit.level)
        .annotate(top=Left("path", length))
        .order_by()
        .values("level", "top")
        .annotate(n=Count("pk"), faulty=Count("pk", filter=out_of_size(grid_size(on))), reported=Sum("households"))
    )
    units: dict[int, int] = {}
    by_child: dict[str, int] = {}
    faulty = 0
    for row in rows:
        units[row["level"]] = units.get(row["level"], 0) + row["n"]
        faulty += row["faulty"]
        if row["level"] == Level.GRID:
            by_child[row["top"]] = row["reported"]
    return Below(units, faulty, sum(by_child.values()), by_child)


def households_of(units: Sequence[Unit]) -> dict[int, int]:
    """Households of each unit: above the grid the sum of its grids, where there are any; else its own number.

    One query for each level above the grid: paths of a level have one length.
    """
    sums: dict[str, int] = {}
    for length in sorted({len(unit.path) for unit in units if unit.level < Level.GRID}):
        tops = [unit.path for unit in units if len(unit.path) == length]
        grids = Unit.objects.filter(level=Level.GRID, is_active=True).annotate(top=Left("path", length))
        sums.update(grids.filter(top__in=tops).order_by().values_list("top").annotate(n=Sum("households")))
    return {unit.pk: sums.get(unit.path, unit.households) for unit in units}


def out_of_size(rule: GridSizeRule) -> Q:
    """Active grids whose households are outside the rule; nothing when the district does not flag."""
    if not rule.flag:
        return Q(pk__in=())
    outside = Q(households__lt=rule.minimum) | Q(households__gt=rule.maximum)
    return Q(level=Level.GRID, is_active=True) & outside


# --- the part of the tree a person sees


def top_units(user: Any) -> QuerySet[Unit]:
    """The highest units of the person's scope, in organisation order."""
    scope = scope_of(user).holding(UNIT_VIEW)
    if scope.everything:
        return Unit.objects.filter(level=Level.DISTRICT)
    paths = scope.unit_paths
    tops = [path for path in paths if not any(path != other and path.startswith(other) for other in paths)]
    return Unit.objects.filter(path__in=tops).order_by("path")


def trail(unit: Unit, user: Any) -> list[Unit]:
    """Ancestors of the unit that the person sees, the highest first, without the unit itself.

    No query when the unit came with ``parent__parent__parent__parent``.
    """
    scope = scope_of(user).holding(UNIT_VIEW)
    above: list[Unit] = []
    parent = unit.parent
    while parent is not None and (scope.everything or any(parent.path.startswith(path) for path in scope.unit_paths)):
        above.append(parent)
        parent = parent.parent
    return above[::-1]


def holders(unit: Unit) -> QuerySet[PostHolding]:
    """People in office at the unit."""
    return PostHolding.objects.filter(unit=unit, last_day=None).select_related("user").order_by("post", "seat")


def accounts_at(unit: Unit) -> QuerySet[Any]:
    """Accounts of people who work at the unit or above it: whom a form offers for a post there."""
    today = timezone.localdate()
    current = Q(assignments__last_day=None) | Q(assignments__last_day__gte=today)
    rows: QuerySet[Any] = get_user_model()._default_manager.filter(
        current, is_active=True, assignments__revoked_at=None, assignments__unit__code__in=unit.path_codes
    )
    return rows.distinct().order_by("display_name", "pk")


# --- previews


def move_preview(unit: Unit, parent: Unit) -> list[str]:
    """What a move will do, line by line, for the person who has to confirm it."""
    lines = [f"“{unit}”由“{unit.parent}”划入“{parent}”，代码 {unit.code} 不变。"]
    lines.extend(_carried(unit))
    lines.extend(effects_of(unit, parent))
    lines.append("查看范围随之改变：原上级的人员不再看到，新上级的人员可以看到。")
    return lines


def merge_preview(unit: Unit, target: Unit) -> list[str]:
    """What a merge will do, line by line."""
    lines = [f"“{unit}”并入“{target}”后停用，历史记录保留，不能撤回。"]
    lines.extend(_carried(unit, f"改属“{target}”"))
    doors = unit.doors.count()
    if doors:
        lines.append(f"{doors} 户门牌转到“{target}”，重复的门牌前加“{unit}”。")
    names = [holding.name for holding in holders(unit)]
    if names:
        lines.append(
            f"{len(names)} 名岗位人员今天免职（{'、'.join(names[:6])}{'等' if len(names) > 6 else ''}），需要的请在“{target}”重新任职。"
        )
    if unit.households:
        lines.append(f"户数合计为 {unit.households + target.households} 户。")
    lines.extend(effects_of(unit, target))
    return lines


def _carried(unit: Unit, how: str = "随同调整") -> list[str]:
    counted = below(unit, timezone.localdate()).units
    words = "、".join(f"{number} 个{level_word(level)}" for level, number in sorted(counted.items()))
    return [f"下面的 {words}{how}。"] if words else []
