"""For every list: how a row comes about that its reader sees, and one at a neighbour's that he does not.

A new list needs an entry here; the contracts of ``test_lists.py``, ``test_reports.py`` and
``test_query_counts.py`` are then its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts import events as account_events
from accounts.roles import Role
from accounts.services.access import log_access
from common.models import Event, ImportBatch, Job
from grid.choices import PostKind
from grid.models import Household, PostHolding
from partyorgs.models import PartyOrganisation
from petitions.choices import CardLevel
from petitions.models import Petition, SupervisionCard
from petitions.workflow import FLOW
from tests.contracts import staff, volunteers
from tests.contracts.world import Rows, World
from tests.factories.accounts import make_user
from tests.factories.grid import make_department, make_unit
from tests.factories.partyorgs import make_organisation


def number(row: Any) -> str:
    return str(row.number)


def _moved_to(**changes: Any) -> Callable[[World, bool], Petition]:
    """A registered ticket whose nearest limit lies elsewhere."""

    def make(world: World, here: bool) -> Petition:
        ticket = world.petition(here)
        Petition.objects.filter(pk=ticket.pk).update(**{name: value() for name, value in changes.items()})
        return ticket

    return make


def _end_of_today() -> Any:
    return timezone.localtime().replace(hour=23, minute=59, second=59, microsecond=999_999)


def _co_handled(world: World, here: bool) -> Petition:
    """Led by a department, with the help of the community."""
    ticket = world.petition(here, upto="accepted")
    lead = {"lead": world.tree.housing, "co_handlers": [world.community(here)]}
    return FLOW.perform("dispatch", ticket, world.user("community_worker", here), **lead)


def _card(world: World, here: bool) -> SupervisionCard:
    now = timezone.now()
    return SupervisionCard.objects.create(
        petition=world.petition(here, upto="dispatched"), level=CardLevel.BLUE, reason="联系超过时限", due_at=now,
        issued_at=now,
    )  # fmt: skip


def _post(world: World, here: bool) -> PostHolding:
    unit = make_unit(f"江南第{next(world.numbers)}网格", parent=world.community(here))
    return PostHolding.objects.create(
        unit=unit, post=PostKind.GRID_CHIEF, name=f"王芳{unit.pk}", first_day=date(2026, 1, 1)
    )


def _door(world: World, here: bool) -> Household:
    group = world.tree.group if here else make_unit(f"{next(world.numbers)}号楼", parent=world.tree.other_grid)
    return Household.objects.create(unit=group, door=f"{next(world.numbers)}单元801")


def _user(world: World, here: bool) -> Any:
    return make_user(Role.COMMUNITY_WORKER, world.community(here), display_name=f"李敏{next(world.numbers)}")


def _event(world: World, here: bool) -> Event:
    log_access(account_events.AUDIT_EXPORTED, actor=world.user("audit_admin"), data={"query": "q=1"})
    return Event.objects.latest("pk")


def _job(world: World, here: bool) -> Job:
    return Job.objects.create(
        kind="reporting.export", label=f"导出第{next(world.numbers)}次", actor=world.user("community_worker", here),
        run_after=timezone.now() + timedelta(days=1),
    )  # fmt: skip


def _batch(world: World, here: bool) -> ImportBatch:
    return ImportBatch.objects.create(
        spec="petitions.tickets", original_name=f"工单{next(world.numbers)}.xlsx", sha256="0" * 64, size=1,
        actor=world.user("community_worker", here),
    )  # fmt: skip


def _organisation(world: World, here: bool) -> PartyOrganisation:
    """A branch of a grid, below its community's general branch and its street's committee."""
    community = world.community(here)
    parent = PartyOrganisation.objects.filter(unit=community).first()
    if parent is None:
        committee = make_organisation(community.parent, "committee", f"{community.parent}党工委")
        parent = make_organisation(community, "general_branch", f"{community}党总支", parent=committee)
    grid = make_unit(f"江南第{next(world.numbers)}网格", parent=community)
    return make_organisation(grid, "branch", f"第{grid.pk}支部", parent=parent)


ROWS: dict[str, Rows] = {
    "petitions:list": Rows(lambda world, here: world.petition(here), number),
    "petitions:mine": Rows(lambda world, here: world.petition(here), number),
    "petitions:today": Rows(_moved_to(due_at=_end_of_today), number),
    "petitions:overdue": Rows(_moved_to(due_at=lambda: timezone.now() - timedelta(hours=1)), number),
    "petitions:unit": Rows(lambda world, here: world.petition(here, upto="dispatched"), number),
    "petitions:co-handled": Rows(_co_handled, number),
    "petitions:registered-by-me": Rows(lambda world, here: world.petition(here), number),
    "petitions:closed": Rows(lambda world, here: world.petition(here, upto="closed"), number),
    "petitions:cards": Rows(_card),
    "grid:units": Rows(
        lambda world, here: make_unit(f"江南第{next(world.numbers)}网格", parent=world.community(here)),
        lambda unit: unit.code,
    ),
    "grid:posts": Rows(_post, lambda row: row.name),
    "grid:departments": Rows(
        lambda world, here: make_department(), lambda row: row.code, shared="部门属于全区，谁都能派单给它"
    ),
    "grid:households": Rows(_door, lambda row: row.door, kwargs=lambda world: {"pk": world.tree.community.pk}),
    "accounts:users": Rows(_user, lambda row: row.display_name),
    "accounts:audit": Rows(_event, shared="审计管理员查看全区"),
    "common:jobs": Rows(_job),
    "imports:list": Rows(_batch),
    "partyorgs:organisations": Rows(_organisation, lambda row: row.name),
    **volunteers.ROWS,
    **staff.ROWS,
}  # fmt: skip
