"""Writes the demo of one district into an empty, migrated database, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hashers
from django.db import connection, transaction
from knox.crypto import hash_token

from accounts import events as account_events
from accounts.models import ApiToken, Notification, RoleAssignment, User
from accounts.roles import Role
from common import events as history
from common.copying import analyze, copy_rows, reset_sequences
from common.models import Event
from common.profile import Profile
from config.demo import photos, places, tree
from config.demo.accounts import PlannedUser, listing, plan, salt
from config.demo.appraisals import Appraisals
from config.demo.arrivals import Drawer
from config.demo.engine import Ledger
from config.demo.funds import Treasury
from config.demo.office import Office
from config.demo.party import Setting, organisations
from config.demo.people import name_of
from config.demo.season import Season
from config.demo.seeds import rng, stable_uuid
from config.demo.staff import Staff
from config.demo.tickets import Workshop, recent
from config.demo.tree import Node
from config.demo.workers import Workforce
from config.demo.world import World
from config.reference import load_reference_data
from grid import events as grid_events
from grid.choices import Level
from grid.models import Department, Household, PostHolding, Unit
from grid.policies import posts_at
from partyorgs import events as party_events
from partyorgs.models import PartyOrganisation
from petitions import ladder
from petitions.models import (
    Assignment,
    Attachment,
    Category,
    Clock,
    Contact,
    Petition,
    Petitioner,
    SupervisionCard,
)  # fmt: skip
from petitions.services.cards import card_messages

SEED = 20260101
SMALL_PETITIONS = 300
PART = 3000  # tickets that are played before they are written
OPENED_DAYS = 400  # the installation is a little older than its oldest ticket
MESSAGE_DAYS = 7
KEYED = (
    Unit, Household, User, RoleAssignment, PostHolding, PartyOrganisation, Petition, Petitioner, Assignment, Clock,
    Contact, Attachment, SupervisionCard, Notification, Event,
)  # fmt: skip


@dataclass
class Loaded:
    """What was written: rows by kind, seconds by step, and the named accounts."""

    counts: dict[str, int]
    seconds: dict[str, float]
    accounts: list[dict[str, str]]


class DemoWriter:
    """One load. ``moment``: the aware time at which the demo stands; the year before it is filled."""

    def __init__(
        self,
        profile: Profile,
        moment: datetime,
        *,
        petitions: int | None = None,
        small: bool = False,
        seed: int = SEED,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.profile = profile
        self.now = moment
        self.small = small
        self.seed = seed
        self.say = say
        self.petitions = petitions or (SMALL_PETITIONS if small else profile.demo.petitions)
        self.opened = moment - timedelta(days=OPENED_DAYS)
        self.counts: dict[str, int] = {}
        self.seconds: dict[str, float] = {}
        self.events: list[Event] = []

    def write(self) -> Loaded:
        """Everything in one transaction: an interrupted load leaves nothing behind."""
        with transaction.atomic():
            self._step("规则与部门", lambda: load_reference_data(self.profile))
            self.root = self._step("单位", self._write_tree)
            self.users = self._step("账号", self._write_people)
            self._step("岗位与党组织", self._write_posts)
            self._step("工单", self._write_tickets)
            analyze("accounts", "grid", "partyorgs", "petitions", "common")
            reset_sequences(KEYED)
            with connection.cursor() as cursor:
                cursor.execute("SELECT setval('petition_number', %s)", [self.petitions])
            self._step("志愿服务", self._write_service)
            self._step("社区工作者", self._write_workers)
            self._step("社区经费", self._write_funds)
            self._step("考核", self._write_appraisals)
        self._step("统计信息", lambda: analyze("volunteers", "staff"))
        return Loaded(self.counts, self.seconds, listing(self.users))

    def _step(self, name: str, work: Callable[[], Any]) -> Any:
        begun = time.monotonic()
        result = work()
        self.seconds[name] = time.monotonic() - begun
        self.say(f"{name}：{self.seconds[name]:.1f} 秒")
        return result

    def _copy(self, model: type, rows: Any) -> None:
        self.counts[model.__name__] = self.counts.get(model.__name__, 0) + copy_rows(model, rows, self.opened)

    def _note(self, row: Any, kind: str, data: dict[str, Any], at: datetime | None = None) -> None:
        self.events.append(history.link(row, kind, data=data, at=at or self.opened))

    def _stream(self, *parts: object) -> Any:
        return stable_uuid(self.seed, self.profile.key, *parts)

    # --- units, doors

    def _write_tree(self) -> Node:
        root = tree.build(self.profile, self.seed, self.small)
        nodes = sorted(root.walk(), key=lambda node: node.id)
        self.units: dict[str, Unit] = {}
        for node in nodes:
            self.units[node.code] = self._unit(node)
        self._copy(Unit, self.units.values())
        self._copy(Household, self._doors(nodes))
        self.departments = {row.code: row for row in Department.objects.order_by("sort")}
        return root

    def _unit(self, node: Node) -> Unit:
        unit = Unit(
            pk=node.id, stream=self._stream("unit", node.code), code=node.code, name=node.name, aliases=node.aliases,
            pinyin=node.pinyin, level=node.level, kind=node.kind, path=node.path, households=node.households,
            parent=self.units[node.parent.code] if node.parent else None,
        )  # fmt: skip
        data = {"name": node.name, "code": node.code, "parent": node.parent.name if node.parent else ""}
        self._note(unit, grid_events.UNIT_CREATED, data)
        return unit

    def _doors(self, nodes: list[Node]) -> Iterator[Household]:
        """All households; the first of each building is kept for its party organisations."""
        self.doors: dict[str, Household] = {}
        number = 0
        for node in nodes:
            if node.level != Level.BUILDING_GROUP:
                continue
            for door in places.doors(node.households, tree.FLOORS):
                number += 1
                household = Household(pk=number, unit=self.units[node.code], door=door)
                self.doors.setdefault(node.code, household)
                yield household

    # --- people

    def _write_people(self) -> list[PlannedUser]:
        planned = plan(self.root, self.departments, self.seed)
        self.staff = Staff(root=self.root.id)
        self.user_of: dict[str, User] = {}
        assignments = []
        for number, entry in enumerate(planned, start=1):
            user = self._user(number, entry)
            self.user_of[entry.username] = user
            node, department = entry.node, entry.department
            self.staff.add(user, entry.role, node.id if node else None, department.pk if department else None)
            assignments.append(self._assignment(number, user, entry))
        self._copy(User, self.user_of.values())
        self._copy(RoleAssignment, assignments)
        self._copy(ApiToken, (self._token(entry) for entry in planned if entry.password))
        return planned

    def _user(self, number: int, entry: PlannedUser) -> User:
        user = User(
            pk=number, stream=self._stream("user", entry.username), username=entry.username, display_name=entry.name,
            is_demo=True, must_change_password=False, password_changed_at=self.now,
            password=_hashed(entry) if entry.password else "!colleague",
        )  # fmt: skip
        self._note(user, account_events.USER_CREATED, {"username": user.username, "name": user.display_name})
        return user

    def _assignment(self, number: int, user: User, entry: PlannedUser) -> RoleAssignment:
        row = RoleAssignment(
            pk=number, stream=self._stream("role", entry.username), user=user, role=entry.role,
            unit=self.units[entry.node.code] if entry.node else None, department=entry.department,
            first_day=self.opened.date(),
        )  # fmt: skip
        data = {
            "user": user.display_name, "username": user.username, "role": Role(entry.role).label, "seat": entry.seat,
            "first_day": row.first_day.isoformat(), "last_day": "长期",
        }  # fmt: skip
        self._note(row, account_events.ROLE_GIVEN, data)
        return row

    def _token(self, entry: PlannedUser) -> ApiToken:
        return ApiToken(
            digest=hash_token(entry.token), token_key=entry.token[:15], user=self.user_of[entry.username], name="演示",
            created=self.now, expiry=None,
        )  # fmt: skip

    # --- posts, party organisations

    def _write_posts(self) -> None:
        self._copy(PostHolding, self._posts())
        setting = Setting(self.profile, self.units, self.doors, self.now.date(), self.seed)
        rows = organisations(setting, self.root)
        for row in rows:
            row.stream = self._stream("party", row.name, row.unit_id)
            data = {"name": row.name, "unit": row.unit.name, "kind": row.get_kind_display()}
            self._note(row, party_events.CREATED, data)
        self._copy(PartyOrganisation, rows)

    def _posts(self) -> list[PostHolding]:
        accounts = {
            entry.node.code: self.user_of[entry.username]
            for entry in self.users
            if entry.password and entry.node and entry.role in (Role.GRID_WORKER, Role.BUILDING_CHIEF)
        }
        rows: list[PostHolding] = []
        for node in sorted(self.root.walk(), key=lambda node: node.id):
            for rule in posts_at(node.level):
                if node.level == Level.COMMUNITY or node.level >= Level.GRID:
                    for seat in range(1, rule.seats + 1):
                        account = accounts.pop(node.code, None) if seat == 1 else None
                        rows.append(self._post(len(rows) + 1, node, rule.key, rule.title, seat, account))
        return rows

    def _post(self, number: int, node: Node, key: str, title: str, seat: int, account: User | None) -> PostHolding:
        chance = rng(self.seed, "post", node.code, key, seat)
        first = (self.opened - timedelta(days=chance.randint(0, 900))).date()
        row = PostHolding(
            pk=number, stream=self._stream("post", node.code, key, seat), unit=self.units[node.code], post=key, seat=seat,
            user=account, name=account.display_name if account else name_of(chance), first_day=first,
        )  # fmt: skip
        data = {"name": row.name, "unit": node.name, "post": title, "seat": seat, "from": first.isoformat()}
        self._note(row, grid_events.POST_TAKEN, data)
        return row

    # --- tickets

    def _write_tickets(self) -> None:
        """Play the tickets and write them part by part, so that memory holds a few thousand at a time."""
        categories = {
            row.code: row
            for row in Category.objects.filter(parent__isnull=False).select_related("lead_department").order_by("code")
        }
        self.ledger = Ledger()
        world = World.of(
            solved_percent=self.profile.demo.solved_percent, seed=self.seed, now=self.now, office=Office(),
            staff=self.staff, ledger=self.ledger, co_departments=self._co_departments(),
        )  # fmt: skip
        arrivals = Drawer(self.profile, self.root, tuple(categories), self.seed).draw(self.petitions, self.now)
        shop = Workshop(self.profile, self.seed, world, self.units, categories, tuple(self.departments.values()))
        self._copy(Event, self.events)
        for first in range(0, len(arrivals), PART):
            shop.make(arrivals[first : first + PART])
            self._flush()

    def _write_service(self) -> None:
        """A season of volunteer service where the named community workers are; in the small demo at the first."""
        named = [entry for entry in self.users if entry.password]
        workers = [entry for entry in named if entry.role == Role.COMMUNITY_WORKER][: 1 if self.small else None]
        operators = [entry for entry in named if entry.role == Role.PROVIDER]
        for worker, operator in zip(workers, operators, strict=not self.small):
            assert worker.node is not None  # a worker is seated at a community
            Season(
                unit=Unit.objects.get(code=worker.node.code), worker=User.objects.get(username=worker.username),
                operator=User.objects.get(username=operator.username), now=self.now, seed=self.seed,
            ).play()  # fmt: skip

    def _write_workers(self) -> None:
        """The roster of every community and its pay, by the first officer of the district and the payroll officers."""
        users = {row.username: row for row in User.objects.filter(is_demo=True)}
        named = [(entry, users[entry.username]) for entry in self.users if entry.password]
        preparer, checker = (user for entry, user in named if entry.role == Role.PAYROLL_OFFICER)
        chief = next(user for entry, user in named if entry.role == Role.DISTRICT_OFFICER)
        accounts = {
            entry.node.code: user for entry, user in named if entry.role == Role.COMMUNITY_WORKER and entry.node
        }
        Workforce(chief, preparer, checker, accounts, self.now, self.seed).play()

    def _write_funds(self) -> None:
        """Budget and spending of the communities, by those who hold their seats."""
        users = {row.pk: row for row in User.objects.filter(is_demo=True)}
        named = [(entry, self.user_of[entry.username]) for entry in self.users if entry.password]
        chief = next(user for entry, user in named if entry.role == Role.DISTRICT_OFFICER)
        preparer = next(user for entry, user in named if entry.role == Role.PAYROLL_OFFICER)
        officers = self.staff.units[Role.DISTRICT_OFFICER, self.root.id]
        second = next(user for user in officers if user.pk != chief.pk)

        def seated(role: str) -> Callable[[Unit], User]:
            return lambda unit: users[self.staff.units[role, unit.pk][0].pk]

        Treasury(
            chief=users[chief.pk], second=users[second.pk], preparer=users[preparer.pk], seed=self.seed, now=self.now,
            street=seated(Role.STREET_OFFICER), worker=seated(Role.COMMUNITY_WORKER),
        ).play()  # fmt: skip

    def _write_appraisals(self) -> None:
        """By the two named officers of the district; the first payroll officer writes the shares into pay."""
        users = {row.username: row for row in User.objects.filter(is_demo=True)}
        named = [(entry, users[entry.username]) for entry in self.users if entry.password]
        chief, second = (user for entry, user in named if entry.role == Role.DISTRICT_OFFICER)
        preparer = next(user for entry, user in named if entry.role == Role.PAYROLL_OFFICER)
        waiting = frozenset(user.pk for _, user in named)
        Appraisals(chief, second, preparer, waiting, self.now, self.seed).play()

    def _co_departments(self) -> dict[int, list[Department]]:
        """Co-handling departments by the key of the category, in their order."""
        by_key = {row.pk: row for row in self.departments.values()}
        found: dict[int, list[Department]] = {}
        through = Category.co_departments.through.objects.order_by("category_id", "department_id")
        for category, department in through.values_list("category_id", "department_id"):
            found.setdefault(category, []).append(by_key[department])
        return found

    def _flush(self) -> None:
        """Write what the ledger holds and forget it."""
        ledger = self.ledger
        self._copy(Notification, self._messages())
        for model, rows in ledger.tables():
            self._copy(model, rows)
            rows.clear()
        for photo in ledger.photos:
            photos.keep(photo)
        ledger.photos.clear()

    def _messages(self) -> Iterator[Notification]:
        """Messages of the last days' reminders and cards; those of ended tickets have been read."""
        units = {unit.pk: unit for unit in self.units.values()}
        root = self.units[self.root.code]
        for card in recent(self.ledger.cards, self.now, MESSAGE_DAYS):
            rules = {step["key"]: step for step in ladder.steps(card.issued_at)}
            bodies = ladder.recipients(rules[card.level], card.petition, units, root)
            for row in card_messages(card, card.petition, bodies):
                if not card.petition.is_open:
                    row.read_at = card.petition.ended_at
                yield row


def _hashed(entry: PlannedUser) -> str:
    """A cheap hash: the password is published, and it is hashed properly when somebody signs in with it."""
    hasher = get_hashers()[-1]
    if isinstance(hasher, PBKDF2PasswordHasher):
        return hasher.encode(entry.password, salt(entry.username), iterations=1000)
    return hasher.encode(entry.password, salt(entry.username))


def today_at(day: date, zone: Any) -> datetime:
    """Ten in the morning of a day: where a demo with a given day stands."""
    return datetime(day.year, day.month, day.day, 10, tzinfo=zone)
