"""Who is appraised in a period, and who judges whom: nobody judges himself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from accounts.models import RoleAssignment, User
from accounts.roles import ROLE_RULES
from accounts.scope import current_assignments
from grid.choices import Level
from grid.models import Unit
from staff import permissions
from staff.appraisal.scheme import Indicator
from staff.appraisal.words import Judge, Side
from staff.choices import PostKind, Rank
from staff.models import Appraised, StaffPost, Worker
from staff.selectors.grades import main_posts
from staff.services.roster import months_later

HEADS = (Rank.BOTH_HEADS, Rank.HEAD)


# --- who takes part


@dataclass(frozen=True, slots=True)
class Participant:
    """Not yet a row: the unit, and of a worker the post and where a secondment has led."""

    unit: Unit
    street: int | None
    worker: Worker | None = None
    host_unit: Unit | None = None
    rank: str = ""


def communities_of(unit: Unit) -> Iterator[Participant]:
    """Every community below a unit that is open."""
    streets = _streets()
    rows = Unit.objects.filter(level=Level.COMMUNITY, is_active=True, path__startswith=unit.path).order_by("path")
    for row in rows:
        yield Participant(row, _street_of(row, streets))


def workers_of(unit: Unit, first: date, last: date, least_months: int) -> Iterator[Participant]:
    """Everybody in office below a unit who entered early enough, at the unit of the main post on the last day."""
    people = Worker.objects.active().filter(unit__path__startswith=unit.path, entered_on__lte=last)
    rows = [
        row for row in people.select_related("unit", "user").order_by("unit__path", "number")
        if months_later(row.entered_on, least_months) <= last
    ]  # fmt: skip
    posts = main_posts(rows, last)
    hosts = _hosts(rows, first, last)
    wanted = {post.unit_id for post in posts.values()} | set(hosts.values())
    units = {row.pk: row for row in Unit.objects.filter(pk__in=wanted)}
    streets = _streets()
    for row in rows:
        post = posts.get(row.pk)
        home = units[post.unit_id] if post else row.unit
        host = units.get(hosts.get(row.pk, 0))
        yield Participant(
            home, _street_of(home, streets), row, host if host != home else None, post.rank if post else row.rank
        )


def _hosts(workers: Sequence[Worker], first: date, last: date) -> dict[int, int]:
    """The unit each was seconded to in the period, the latest one."""
    rows = StaffPost.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=first), worker__in=workers, kind=PostKind.SECONDED, valid_from__lte=last
    )
    return dict(rows.order_by("valid_from").values_list("worker", "unit"))


def _streets() -> dict[str, int]:
    return dict(Unit.objects.filter(level=Level.STREET).values_list("path", "pk"))


def _street_path(unit: Unit) -> str:
    return "".join(f"{code}/" for code in unit.path_codes[: Level.STREET])


def _street_of(unit: Unit, streets: Mapping[str, int]) -> int | None:
    return streets.get(_street_path(unit))


# --- who judges


@dataclass(frozen=True, slots=True)
class Task:
    """One judge's one item about one of those appraised."""

    judge: int
    appraised: Appraised
    side: str
    key: str


class Judges:
    """Accounts by what they are to a unit: offices of streets and of the district, heads and colleagues."""

    def __init__(self, rows: Iterable[Appraised]) -> None:
        self.offices = _offices()
        self.people = _people({unit.pk for row in rows for unit in (row.unit, row.host_unit) if unit is not None})

    def of(self, source: str, unit: Unit, worker: Worker | None) -> list[int]:
        """Accounts that give the points of an item at a unit, whoever is appraised left out."""
        if source == Judge.STREET:
            found = self.offices.get(_street_path(unit), [])
        elif source == Judge.DISTRICT:
            found = self.offices.get(f"{unit.path_codes[0]}/", [])
        else:
            heads_only = source == Judge.HEAD
            found = [user for user, rank in self.people.get(unit.pk, ()) if not heads_only or rank in HEADS]
        own = worker.user_id if worker is not None else None
        return [user for user in found if user != own]


def tasks(rows: Sequence[Appraised], indicators: Sequence[Indicator]) -> Iterator[Task]:
    """Every item that somebody has to score, of both sides of a seconded worker (双管双评)."""
    judges = Judges(rows)
    for row in rows:
        for side, unit in sides_of(row):
            for one in indicators:
                for judge in judges.of(one.source, unit, row.worker):
                    yield Task(judge, row, side, one.key)


def sides_of(row: Appraised) -> list[tuple[str, Unit]]:
    """The unit of the post, and where a seconded worker works."""
    sides = [(str(Side.HOME), row.unit)]
    return [*sides, (str(Side.HOST), row.host_unit)] if row.host_unit is not None else sides


def _offices() -> dict[str, list[int]]:
    """Accounts that may organise appraisals, by the path of the street or district they are seated at."""
    roles = [role for role, rule in ROLE_RULES.items() if permissions.APPRAISE in rule.permissions]
    rows = RoleAssignment.objects.filter(
        current_assignments(), role__in=roles, user__is_active=True, unit__level__lte=Level.STREET, unit__is_active=True
    )
    found: dict[str, list[int]] = defaultdict(list)
    for path, user in rows.order_by("user").values_list("unit__path", "user").distinct():
        found[path].append(user)
    return found


def _people(units: set[int]) -> dict[int, list[tuple[int, str]]]:
    """Accounts of those in office in each unit, with their rank."""
    rows = Worker.objects.active().filter(unit__in=units, user__isnull=False, user__is_active=True).order_by("number")
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for unit, user, rank in rows.values_list("unit", "user", "rank"):
        if user is not None:
            found[unit].append((user, rank))
    return found


def accounts_at(units: Iterable[int]) -> dict[int, list[User]]:
    """Whoever works at each community and may speak for it: told of its result, and may appeal. One query."""
    roles = [role for role, rule in ROLE_RULES.items() if permissions.VIEW in rule.permissions]
    rows = RoleAssignment.objects.filter(
        current_assignments(), role__in=roles, unit__in=units, user__is_active=True
    ).select_related("user")
    found: dict[int, list[User]] = defaultdict(list)
    for row in rows.order_by("unit", "user"):
        if row.unit_id is not None and row.user not in found[row.unit_id]:
            found[row.unit_id].append(row.user)
    return found


def speaks_for(user: Any, row: Appraised) -> bool:
    """The worker appraised, or somebody seated at the community appraised."""
    if row.worker is not None:
        return bool(row.worker.user_id == user.pk)
    scope = getattr(user, "scope", None)
    grants = scope.holding(permissions.VIEW).grants if scope else ()
    return any(grant.unit_id == row.unit_id for grant in grants)
