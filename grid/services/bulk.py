"""Many rows at once, as imports bring them: units, doors, people in posts. One statement per table, an event per row.

Callers have checked the rows, and stand in the import's transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import ProtectedError

from common import events as history
from common.errors import Conflict, Invalid
from common.models import Event
from grid import events, policies
from grid.choices import CODE_LENGTH, KINDS_OF_LEVEL, Level
from grid.models import Household, PostHolding, Unit
from grid.pinyin import sort_key
from grid.services.households import recount
from grid.services.tree import lock_tree, locked

BATCH = 1000


@dataclass(frozen=True)
class NewUnit:
    """A grid of a community, or, with ``building``, a building group of that grid (which is made when missing)."""

    community_id: int
    grid: str
    building: str = ""
    households: int = 0


def units_import(*, rows: Sequence[NewUnit], actor: Any) -> list[int]:
    """Make grids and building groups with the next free codes; the key of each row's unit, in order.

    A grid that is there already (made by a row above) only takes the number of households.
    """
    lock_tree()
    communities = locked(row.community_id for row in rows)
    grids = _known(communities.values())
    wanted = dict.fromkeys((row.community_id, row.grid) for row in rows)
    _make({key: (communities[key[0]], key[1], 0) for key in wanted if key not in grids}, grids, Level.GRID, actor)
    _count_grids([(grids[row.community_id, row.grid], row.households) for row in rows if not row.building], actor)
    buildings = _known(grids[key] for key in wanted)
    _make(
        {
            (grids[row.community_id, row.grid].pk, row.building): (
                grids[row.community_id, row.grid], row.building, row.households,
            )
            for row in rows
            if row.building
        },
        buildings, Level.BUILDING_GROUP, actor,
    )  # fmt: skip
    keys = []
    for row in rows:
        grid = grids[row.community_id, row.grid]
        keys.append(buildings[grid.pk, row.building].pk if row.building else grid.pk)
    return keys


Known = dict[tuple[int, str], Unit]


def _known(parents: Iterable[Unit]) -> Known:
    """Active units below the parents, by parent and name."""
    rows = Unit.objects.filter(parent__in=[parent.pk for parent in parents], is_active=True)
    return {(unit.parent_id or 0, unit.name): unit for unit in rows}


def _make(wanted: dict[tuple[int, str], tuple[Unit, str, int]], known: Known, level: Level, actor: Any) -> None:
    """Create the wanted units that are not known and add them to ``known``."""
    codes = _Codes([parent for parent, _, _ in wanted.values()], level)
    made: dict[tuple[int, str], Unit] = {}
    linked = []
    for key, (parent, name, households) in wanted.items():
        if key in known:
            continue
        code = codes.take(parent)
        unit = Unit(
            code=code, name=name, pinyin=sort_key(name), level=level, kind=KINDS_OF_LEVEL[level][0], parent=parent,
            path=f"{parent.path}{code}/", households=households,
        )  # fmt: skip
        data = {"name": name, "code": code, "parent": parent.name}
        linked.append(history.link(unit, events.UNIT_CREATED, actor=actor, data=data))
        made[key] = unit
    _insert(Unit, list(made.values()), linked)
    known.update(made)


class _Codes:
    """Free codes below several parents, each given once."""

    def __init__(self, parents: list[Unit], level: Level) -> None:
        self.width = CODE_LENGTH[level] - CODE_LENGTH[Level(level - 1)]
        self.next: dict[int, int] = {}
        prefixes = {parent.code for parent in parents}
        self.taken: dict[str, set[int]] = defaultdict(set)
        # A unit may have been moved away with its code: look at codes, not at parents.
        for code in Unit.objects.filter(level=level).values_list("code", flat=True):
            if code[: -self.width] in prefixes:
                self.taken[code[: -self.width]].add(int(code[-self.width :]))

    def take(self, parent: Unit) -> str:
        number = self.next.get(parent.pk, 1)
        while number in self.taken[parent.code]:
            number += 1
        if number >= 10**self.width:
            raise Invalid(f"“{parent}”之下的代码已经用完，请联系系统管理员。")
        self.next[parent.pk] = number + 1
        return f"{parent.code}{number:0{self.width}d}"


def _count_grids(pairs: list[tuple[Unit, int]], actor: Any) -> None:
    """Household numbers of grids that the rows name."""
    changed, linked = [], []
    for grid, households in pairs:
        if grid.households == households:
            continue
        summary = f"户数由“{grid.households}”改为“{households}”（按上报数）"
        grid.households = households
        linked.append(history.link(grid, events.UNIT_CHANGED, actor=actor, data={"summary": summary}))
        changed.append(grid)
    Unit.objects.bulk_update(changed, ["households", "event_seq", "event_head"], batch_size=BATCH)
    Event.objects.bulk_create(linked, batch_size=BATCH)


def _insert(model: Any, rows: list[Any], linked: list[Event]) -> None:
    """Insert rows with the first event of each."""
    model.objects.bulk_create(rows, batch_size=BATCH)
    for row, event in zip(rows, linked, strict=True):
        event.object_id = row.pk
    Event.objects.bulk_create(linked, batch_size=BATCH)


# --- doors


def doors_import(*, rows: Sequence[tuple[int, str]], actor: Any) -> list[int]:
    """Write doors (building key, door) and the household numbers that follow; their keys, in order."""
    lock_tree()
    buildings = locked(key for key, _ in rows)
    made = Household.objects.bulk_create([Household(unit_id=key, door=door) for key, door in rows], batch_size=BATCH)
    recount(buildings.values(), actor=actor)
    return [door.pk for door in made]


def doors_remove(*, keys: Sequence[int], actor: Any) -> None:
    """Take doors away again; ``Conflict`` when something stands on one of them."""
    lock_tree()
    doors = Household.objects.filter(pk__in=keys)
    buildings = locked(doors.values_list("unit", flat=True))
    try:
        doors.delete()
    except ProtectedError:
        raise Conflict("有的门牌已经设为党员中心户，不能撤回。请先撤销这些中心户。") from None
    recount(buildings.values(), actor=actor)


# --- people in posts


@dataclass(frozen=True)
class NewHolder:
    unit_id: int
    post: str
    name: str
    seat: int
    first_day: date


def posts_import(*, rows: Sequence[NewHolder], actor: Any) -> list[int]:
    """People take office; the key of each holding, in order. The seats were found free under the same lock."""
    units = locked(row.unit_id for row in rows)
    made, linked = [], []
    for row in rows:
        unit = units[row.unit_id]
        rule = policies.post_rule(unit.level, row.post)
        holding = PostHolding(
            unit=unit, post=row.post, seat=row.seat, name=row.name, first_day=row.first_day, last_day=None
        )
        data = {
            "name": row.name, "unit": unit.name, "post": rule.title if rule else row.post, "seat": row.seat,
            "from": row.first_day.isoformat(),
        }  # fmt: skip
        made.append(holding)
        linked.append(history.link(holding, events.POST_TAKEN, actor=actor, data=data))
    _insert(PostHolding, made, linked)
    return [holding.pk for holding in made]
