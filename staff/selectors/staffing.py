"""Figures about the roster on a day: heads, mean age, education, certificates, posts per ten thousand residents (domain §6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from common.identity import age_on
from common.reporting import Rate
from grid.choices import CODE_LENGTH, Level
from grid.models import Unit
from staff import permissions
from staff.choices import BACHELOR_OR_ABOVE, PartyRole, PostKind, WorkerKind
from staff.models import Residents, StaffPost, WorkerCertificate
from staff.selectors.roster import valid_on

# 中共中央、国务院《关于加强基层治理体系和治理能力现代化建设的意见》（2021 年 4 月 28 日）第五部分：每万城镇常住人口拥有社区工作者 18 人
DEMAND = Decimal(18)
TEN_THOUSAND = Decimal(10_000)
HUNDREDTH = Decimal("0.01")


@dataclass
class Staffing:
    """What is counted for a unit. ``full_time`` heads count against residents; ``ages`` are full years."""

    heads: int = 0
    full_time: int = 0
    ages: int = 0
    bachelors: int = 0
    certified: int = 0
    party: int = 0
    residents: int | None = None
    of: tuple[str, ...] = field(default=("heads", "full_time", "ages", "bachelors", "certified", "party"), repr=False)

    def add(self, other: Staffing) -> None:
        for name in self.of:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def mean_age(self) -> Decimal | None:
        return (Decimal(self.ages) / self.heads).quantize(HUNDREDTH, ROUND_HALF_UP) if self.heads else None

    @property
    def bachelor_rate(self) -> Rate:
        return Rate(self.bachelors, self.heads)

    @property
    def certified_rate(self) -> Rate:
        return Rate(self.certified, self.heads)

    @property
    def party_rate(self) -> Rate:
        return Rate(self.party, self.heads)

    @property
    def density(self) -> Decimal | None:
        """Full-time workers per ten thousand residents; unknown without a figure of residents."""
        if not self.residents:
            return None
        return (self.full_time * TEN_THOUSAND / self.residents).quantize(HUNDREDTH, ROUND_HALF_UP)

    @property
    def above_demand(self) -> Rate | None:
        """How far the density lies above (below: negative) the demand of 18, as a share of it."""
        if not self.residents:
            return None
        return Rate(self.full_time * TEN_THOUSAND / self.residents - DEMAND, DEMAND)


def by_unit(user: Any, level: Level, on: date) -> dict[str, Staffing]:
    """Figures of each unit of a level by its path; what sits above it stands under the path it has."""
    found: dict[str, Staffing] = defaultdict(Staffing)
    for post in _posts(user, on).iterator(2000):
        found[_top(post.unit.path, level)].add(_counted(post, on))
    for path, number in residents_by_unit(user, level, on).items():
        found[path].residents = number
    return dict(found)


def total(rows: Iterable[Staffing]) -> Staffing:
    """The whole; its residents are known when those of every part are."""
    whole, known = Staffing(), []
    for row in rows:
        whole.add(row)
        known.append(row.residents)
    whole.residents = sum(number for number in known if number) if known and all(known) else None
    return whole


def _posts(user: Any, on: date) -> QuerySet[StaffPost]:
    """Main posts of the area on a day, wherever their holders work now: one for each worker, by the exclusion constraint."""
    units = Unit.objects.visible_to(user, permissions.VIEW)
    rows = StaffPost.objects.on(on).filter(kind=PostKind.MAIN, unit__in=units)
    held = WorkerCertificate.objects.filter(valid_on(on), worker=OuterRef("worker"))
    return rows.select_related("unit", "worker__person").annotate(certified=Exists(held)).order_by("pk")


def _counted(post: Any, on: date) -> Staffing:
    worker = post.worker
    return Staffing(
        heads=1,
        full_time=int(worker.kind != WorkerKind.PART_TIME),
        ages=age_on(worker.person.born, on),
        bachelors=int(worker.education in BACHELOR_OR_ABOVE),
        certified=int(post.certified),
        party=int(worker.party_role != PartyRole.NONE),
    )


def _top(path: str, level: Level) -> str:
    return path[: _length(level)]


def _length(level: Level) -> int:
    """Length of the path of a unit of a level: codes from the district down, each with its stroke."""
    return sum(length + 1 for at, length in CODE_LENGTH.items() if at <= level)


# --- residents


def residents_by_unit(user: Any, level: Level, on: date) -> dict[str, int]:
    """The latest figure of each unit of a level on a day; a street without its own has the sum of its communities,
    when every active one of them has a figure."""
    own = _latest(user, on)
    units = Unit.objects.visible_to(user, permissions.VIEW).filter(level__in=(level, level + 1), is_active=True)
    below: dict[str, list[str]] = defaultdict(list)
    found: dict[str, int] = {}
    for unit_level, path in units.values_list("level", "path"):
        if unit_level == level and path in own:
            found[path] = own[path]
        elif unit_level == level + 1:
            below[_top(path, level)].append(path)
    if level == Level.STREET:
        for top, paths in below.items():
            if top not in found and all(path in own for path in paths):
                found[top] = sum(own[path] for path in paths)
    return found


def _latest(user: Any, on: date) -> dict[str, int]:
    rows = Residents.objects.visible_to(user, permissions.VIEW).filter(counted_on__lte=on)
    latest = rows.order_by("unit_id", "-counted_on").distinct("unit_id")
    return dict(latest.values_list("unit__path", "number"))
