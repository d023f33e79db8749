"""A small organisation tree, departments and posts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

from grid.choices import CODE_LENGTH, Level, UnitKind
from grid.models import Department, Unit

DISTRICT_CODE = "220605"
KIND_OF_LEVEL = {
    Level.DISTRICT: UnitKind.DISTRICT,
    Level.STREET: UnitKind.SUBDISTRICT,
    Level.COMMUNITY: UnitKind.RESIDENTIAL,
    Level.GRID: UnitKind.GRID,
    Level.BUILDING_GROUP: UnitKind.BUILDING_GROUP,
}
_numbers = count(1)


def make_unit(name: str = "", *, parent: Unit | None = None, **fields: Any) -> Unit:
    """A unit one level below ``parent`` (the district without one), with the next free code."""
    level = fields.pop("level", parent.level + 1 if parent else Level.DISTRICT)
    unit = _unit(name, parent, level, fields.pop("code", None) or _next_code(parent, level), **fields)
    unit.save(force_insert=True)
    return unit


def _unit(name: str, parent: Unit | None, level: int, code: str, **fields: Any) -> Unit:
    return Unit(
        **{
            "code": code,
            "name": name or f"{Level(level).label}{code[-3:]}",
            "level": level,
            "kind": KIND_OF_LEVEL[level],
            "parent": parent,
            "path": f"{parent.path if parent else ''}{code}/",
            **fields,
        }
    )


def _next_code(parent: Unit | None, level: int) -> str:
    if parent is None:
        return DISTRICT_CODE
    return _child_code(parent, parent.children.count() + 1, level)


def _child_code(parent: Unit, place: int = 1, level: int = 0) -> str:
    width = CODE_LENGTH[Level(level or parent.level + 1)] - len(parent.code)
    return f"{parent.code}{place:0{width}d}"


def make_department(name: str = "", **fields: Any) -> Department:
    department = _department(name, **fields)
    department.save(force_insert=True)
    return department


def _department(name: str = "", **fields: Any) -> Department:
    number = next(_numbers)
    return Department(**{"code": f"D{number:04d}", "name": name or f"部门{number}", **fields})


@dataclass(frozen=True)
class Tree:
    """One district, two streets, three communities (two in the first street), grids, one building group."""

    district: Unit
    street: Unit
    other_street: Unit
    community: Unit
    sister_community: Unit
    other_community: Unit
    grid: Unit
    other_grid: Unit
    group: Unit
    housing: Department
    enforcement: Department


def make_tree() -> Tree:
    """Nearly every test begins with it: one statement for each level, and nobody counts children."""

    def below(*children: tuple[Unit, str, int], **fields: Any) -> list[Unit]:
        return Unit.objects.bulk_create(
            _unit(name, parent, parent.level + 1, _child_code(parent, place), **fields)
            for parent, name, place in children
        )

    district = make_unit("江源区")
    street, other_street = below((district, "城墙街道", 1), (district, "孙家堡子街道", 2))
    community, sister, other = below((street, "江湾社区", 1), (street, "和平社区", 2), (other_street, "新建社区", 1))
    (grid,) = below((community, "江湾第一网格", 1), households=400)
    (other_grid,) = below((other, "新建第一网格", 1), households=350)
    (group,) = below((grid, "1号楼", 1))
    housing, enforcement = Department.objects.bulk_create([_department("区住建局"), _department("区城管执法局")])
    return Tree(
        district=district, street=street, other_street=other_street,
        community=community, sister_community=sister, other_community=other,
        grid=grid, other_grid=other_grid, group=group, housing=housing, enforcement=enforcement,
    )  # fmt: skip
