"""The typed profile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

LEVELS = ("district", "street", "community", "grid", "building_group", "household")
UNIT_WORDS = MappingProxyType({"h": "小时", "wh": "工作小时", "wd": "工作日", "d": "日"})
LIMIT_PATTERN = re.compile(r"(\d{1,4})(h|wh|wd|d)")


@dataclass(frozen=True)
class Limit:
    """A span of time: an amount of ``h`` hours, ``wh`` working hours, ``wd`` working days or ``d`` days."""

    amount: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Limit:
        """From ``"5wd"``; ``ValueError`` for anything else."""
        match = LIMIT_PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(text)
        return cls(int(match[1]), match[2])

    @property
    def label(self) -> str:
        return f"{self.amount} {UNIT_WORDS[self.unit]}"

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


@dataclass(frozen=True)
class LevelLabel:
    """How the district calls one level of the tree, and what else stands on that level."""

    key: str
    label: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class PostTitle:
    """A post at one level and how many people hold it together (双三长, 一职两备: 2)."""

    key: str
    title: str
    level: str
    seats: int


@dataclass(frozen=True)
class Clock:
    """One clock of a ticket with its ordinary limit."""

    key: str
    limit: Limit


@dataclass(frozen=True)
class GridSize:
    """Households a grid should have; outside of it the grid is flagged when ``flag`` is set."""

    minimum: int
    maximum: int
    flag: bool
    demo: bool
    source: str

    def holds(self, households: int) -> bool:
        return self.minimum <= households <= self.maximum


@dataclass(frozen=True)
class DepartmentEntry:
    """A department or public company of the district. ``covers``: names that categories use for it."""

    key: str
    name: str
    group: str
    covers: tuple[str, ...]


@dataclass(frozen=True)
class Lead:
    """Who leads: a department (``kind`` department, its key) or a level of the tree (``kind`` level)."""

    kind: str
    key: str


@dataclass(frozen=True)
class PartyRules:
    """Party organisations: sizes in members, terms in years, reminder in months before a term ends.

    中国共产党支部工作条例（试行）第四、五条 (sizes); terms: domain §7.
    """

    branch_members: int
    general_branch_members: int
    committee_members: int
    community_term_years: int
    term_years: int
    remind_months: int
    labels: Mapping[str, str]
    modes: Mapping[str, str]

    def term_of(self, level: str) -> int:
        return self.community_term_years if level == "community" else self.term_years

    def kind_for(self, members: int) -> str:
        """``committee``, ``general_branch``, ``branch`` or ``group`` (too few for a branch of its own)."""
        if members >= self.committee_members:
            return "committee"
        if members >= self.general_branch_members:
            return "general_branch"
        return "branch" if members >= self.branch_members else "group"


@dataclass(frozen=True)
class ServiceDay:
    """A fixed day of service, e.g. every Wednesday (``weekday`` 1 = Monday … 7 = Sunday)."""

    name: str
    weekday: int
    about: str


@dataclass(frozen=True)
class Target:
    """A published share of tickets to be finished within a span."""

    within: Limit
    percent: Decimal
    source: str


@dataclass(frozen=True)
class Figure:
    """A published figure and where it was said; a rate names its parts, so it can be recomputed."""

    key: str
    value: Decimal
    unit: str
    source: str
    numerator: str = ""
    denominator: str = ""


@dataclass(frozen=True)
class DemoSize:
    """How large the demo of this district is. ``heating``: first and last month-day, or ``None``."""

    grids: int | None
    building_groups: int | None
    households: int | None
    grids_per_community: int
    groups_per_grid: int
    households_per_group: int
    petitions: int
    heating: tuple[str, str] | None
    solved_percent: Decimal


@dataclass(frozen=True)
class Profile:
    """Everything in which one district differs from another."""

    key: str
    name: str
    city: str
    province: str
    code: str
    product: str
    languages: tuple[str, ...]
    levels: Mapping[str, LevelLabel]
    posts: Mapping[str, PostTitle]
    clocks: Mapping[str, Clock]
    category_limits: Mapping[str, Limit]
    categories_off: frozenset[str]
    grid_size: GridSize
    channels: Mapping[str, str]
    kinds: Mapping[str, str]
    departments: Mapping[str, DepartmentEntry]
    leads: Mapping[str, str]
    outside: frozenset[str]
    party: PartyRules
    service_days: tuple[ServiceDay, ...]
    targets: tuple[Target, ...]
    figures: Mapping[str, Figure]
    demo: DemoSize
    rules: Mapping[str, Mapping[str, Any]] = field(repr=False)

    @property
    def place_word(self) -> str:
        """区, 市 or 县."""
        return self.name[-1]

    @property
    def bilingual(self) -> bool:
        return len(self.languages) > 1

    def level_label(self, level: int) -> str:
        """Label of a level by its number: 1 district … 5 building group, 6 household."""
        return self.levels[LEVELS[level - 1]].label

    def lead(self, name: str) -> Lead | None:
        """Who a name in the categories stands for; ``None`` for somebody outside the system.

        Raises ``KeyError`` when the name means nothing in this district.
        """
        if name in self.outside:
            return None
        if name in self.leads:
            return Lead("level", self.leads[name])
        for entry in self.departments.values():
            if name == entry.name or name in entry.covers:
                return Lead("department", entry.key)
        raise KeyError(name)

    def finish_limit(self, category: str, proposed: str) -> Limit:
        """Finish limit of a category: the district's own, else the proposed one of the category."""
        return self.category_limits.get(category) or Limit.parse(proposed)

    def policies(self) -> dict[str, dict[str, Any]]:
        """First versions of the dated rules, as plain JSON (limits, ladder, score, points, …)."""
        return {key: plain(value) for key, value in self.rules.items()}


def plain(value: Any) -> Any:
    """As the content of a dated rule keeps it: JSON with limits and decimals as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Limit | Decimal) else value
