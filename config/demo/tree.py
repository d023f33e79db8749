"""The hierarchy of the demo: real streets and communities, invented grids, buildings and doors."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from common.profile import Profile
from config.demo import places
from config.demo.seeds import rng, shares
from grid.choices import Level, UnitKind
from grid.pinyin import sort_key
from grid.services.geography import Place, read_geography

GEOGRAPHY = Path(__file__).resolve().parents[2] / "grid" / "data" / "geography"
SMALL_STREETS, SMALL_COMMUNITIES, SMALL_GRIDS = 3, 2, 2
SMALL_GROUPS, SMALL_HOUSEHOLDS = 5, 25
# A grid inside the bounds has about this many households; the few outside are small or too large.
USUAL_HOUSEHOLDS, SMALL_GRID_HOUSEHOLDS = 320, 190
FLOORS = 6


@dataclass
class Node:
    """A unit to be written, with what the texts need to know about it."""

    code: str
    name: str
    pinyin: str
    level: int
    kind: str
    parent: Node | None
    households: int = 0
    complex: str = ""
    building: str = ""
    aliases: str = ""
    children: list[Node] = field(default_factory=list)
    id: int = 0

    @property
    def path(self) -> str:
        return f"{self.parent.path if self.parent else ''}{self.code}/"

    def at(self, level: int) -> Node | None:
        """The ancestor (or the node itself) at a level; ``None`` when it stands higher."""
        node: Node | None = self
        while node is not None and node.level > level:
            node = node.parent
        return node if node is not None and node.level == level else None

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Size:
    grids: int
    groups: int
    households: int


def size_of(profile: Profile, communities: int, small: bool) -> Size:
    """How many grids, building groups and households the demo of a district gets."""
    if small:
        grids = SMALL_STREETS * SMALL_COMMUNITIES * SMALL_GRIDS
        return Size(grids, grids * SMALL_GROUPS, grids * SMALL_GROUPS * SMALL_HOUSEHOLDS)
    demo = profile.demo
    grids = demo.grids or communities * demo.grids_per_community
    groups = demo.building_groups or grids * demo.groups_per_grid
    return Size(grids, groups, demo.households or groups * demo.households_per_group)


def build(profile: Profile, seed: int, small: bool = False) -> Node:
    """The district with everything below it, keys given in path order."""
    nodes: dict[str, Node] = {}
    for place in _places(read_geography(GEOGRAPHY / f"{profile.key}.json"), small):
        parent = nodes.get(place.parent)
        node = Node(
            place.code, place.name, sort_key(place.name), place.level, place.kind, parent, aliases=place.aliases
        )
        nodes[place.code] = node
        if parent is not None:
            parent.children.append(node)
    root = nodes[profile.code]
    _fill(root, profile, seed, small)
    for number, node in enumerate(sorted(root.walk(), key=lambda node: node.path), start=1):
        node.id = number
    return root


def _places(places: Sequence[Place], small: bool) -> list[Place]:
    """All of them; for the small demo three streets with two communities (社区) each."""
    if not small:
        return sorted(places, key=lambda place: place.level)
    communities: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        if place.kind == UnitKind.RESIDENTIAL:
            communities[place.parent].append(place)
    streets = [place for place in places if len(communities[place.code]) >= SMALL_COMMUNITIES][:SMALL_STREETS]
    below = [place for street in streets for place in communities[street.code][:SMALL_COMMUNITIES]]
    return [*(place for place in places if place.level == Level.DISTRICT), *streets, *below]


def _fill(root: Node, profile: Profile, seed: int, small: bool) -> None:
    """Grids, building groups and households under every residential community."""
    communities = [node for node in root.walk() if node.kind == UnitKind.RESIDENTIAL]
    size = size_of(profile, len(communities), small)
    chance = rng(seed, profile.key, "tree")
    in_town = [0.7 if node.parent and node.parent.kind != UnitKind.SUBDISTRICT else 1.0 for node in communities]
    extra = shares(size.grids - len(communities), [weight * chance.uniform(0.7, 1.4) for weight in in_town])
    counts = [1 + more for more in extra]
    households = iter(_grid_households(chance, size))
    grids = []
    for community, count in zip(communities, counts, strict=True):
        names = iter(places.complex_names(rng(seed, community.code, "names"), count * 2))
        grids += [
            _grid(community, number, next(households), (next(names), next(names)), profile)
            for number in range(1, count + 1)
        ]
    for grid, groups in zip(grids, _at_least_one(size.groups, [grid.households for grid in grids]), strict=True):
        _buildings(grid, groups, rng(seed, grid.code, "buildings"))
    for node in (*communities, *(node for node in root.walk() if node.level <= Level.STREET)):
        node.households = sum(grid.households for grid in node.walk() if grid.level == Level.GRID)


def _grid_households(chance: random.Random, size: Size) -> list[int]:
    """Most grids between 300 and 345, the others small, two too large; together exactly the total."""
    mean = size.households / size.grids
    if mean < SMALL_GRID_HOUSEHOLDS:
        return shares(size.households, [chance.uniform(0.8, 1.2) for _ in range(size.grids)])
    usual = min(0.97, (mean - SMALL_GRID_HOUSEHOLDS) / (USUAL_HOUSEHOLDS - SMALL_GRID_HOUSEHOLDS))
    inside = [chance.random() < usual for _ in range(size.grids)]
    low, high = (301, 340) if mean <= USUAL_HOUSEHOLDS else (round(mean * 0.92), round(mean * 1.06))
    counts = [chance.randint(low, high) if ok else 0 for ok in inside]
    counts[chance.randrange(size.grids)] = 534
    counts[chance.randrange(size.grids)] = 517
    small = [index for index, count in enumerate(counts) if not count]
    rest = size.households - sum(counts)
    if not small or not 60 * len(small) <= rest <= 299 * len(small):
        return shares(size.households, [count or 150 for count in counts])
    for index, count in zip(small, shares(rest, [chance.uniform(0.6, 1.3) for _ in small]), strict=True):
        counts[index] = count
    return counts


def _at_least_one(total: int, weights: list[int]) -> list[int]:
    return [1 + more for more in shares(total - len(weights), weights)]


def _grid(community: Node, number: int, households: int, names: tuple[str, str], profile: Profile) -> Node:
    """A grid; where the district's grids are quarters (小区) it bears the quarter's name."""
    is_quarter = profile.level_label(Level.GRID).startswith("小区")
    name = names[0] if is_quarter else f"{community.name}第{places.chinese(number)}网格"
    node = Node(f"{community.code}{number:03d}", name, sort_key(name), Level.GRID, UnitKind.GRID, community, households)
    node.complex = names[0] if is_quarter else "|".join(names)
    community.children.append(node)
    return node


def _buildings(grid: Node, count: int, chance: random.Random) -> None:
    quarters = grid.complex.split("|")
    first = count if len(quarters) == 1 else max(1, round(count * chance.uniform(0.4, 0.8)))
    sizes = shares(grid.households, [chance.uniform(0.8, 1.2) for _ in range(count)])
    for index, households in enumerate(sizes):
        quarter, number = (quarters[0], index + 1) if index < first else (quarters[1], index - first + 1)
        building = f"{number}号楼"
        node = Node(
            f"{grid.code}{index + 1:03d}", f"{quarter}{building}", f"{sort_key(quarter)} {number:02d}",
            Level.BUILDING_GROUP, UnitKind.BUILDING_GROUP, grid, households, quarter, building,
        )  # fmt: skip
        grid.children.append(node)
