"""The community workers of the demo: a roster, first grades, a month that is paid and one that waits for its check.

Played through the services, as the district's own people would do it. Chance comes from the demo's seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from accounts.models import User
from common.copying import analyze
from config.demo.growth import Growing
from config.demo.people import name_of, phone_of
from config.demo.season import standing_at
from config.demo.seeds import Weighted, rng
from grid.choices import Level
from grid.models import Unit
from staff.choices import Certificate, Education, PartyRole, Rank, ReviewResult, WorkerKind
from staff.models import Worker
from staff.services import pay_inputs, runs
from staff.services.roster import worker_enter
from staff.services.roster_changes import account_link
from staff.services.roster_duties import review_set

# Who works in a community: rank, kind of employment, role in the party.
SEATS = (
    (Rank.BOTH_HEADS, WorkerKind.COMMITTEE, PartyRole.SECRETARY), (Rank.DEPUTY, WorkerKind.COMMITTEE, PartyRole.MEMBER),
    (Rank.WORKER, WorkerKind.POST, PartyRole.NONE), (Rank.WORKER, WorkerKind.POST, PartyRole.NONE),
)  # fmt: skip
EDUCATION = Weighted([(Education.SCHOOL, 2), (Education.COLLEGE, 28), (Education.BACHELOR, 66), (Education.MASTER, 4)])
CERTIFICATES = Weighted(
    [("", 51), (Certificate.ASSISTANT, 28), (Certificate.SOCIAL_WORKER, 19), (Certificate.SENIOR, 2)]
)
RESULTS = Weighted([(ReviewResult.EXCELLENT, 15), (ReviewResult.QUALIFIED, 82), (ReviewResult.BASIC, 3)])


@dataclass
class Workforce:
    """``chief`` keeps the roster and approves; ``preparer`` and ``checker`` are the two payroll officers."""

    chief: User
    preparer: User
    checker: User
    accounts: dict[str, User]  # named community workers by the code of their community
    now: datetime
    seed: int

    def play(self) -> None:
        with standing_at(self.now):
            for unit in Unit.objects.filter(level=Level.COMMUNITY, is_active=True).order_by("path"):
                self._fill(unit)
        analyze("staff")
        Growing(self.chief, self.accounts, self.now, self.seed).play()
        with standing_at(self.now):
            self._pay()

    @property
    def began(self) -> date:
        """The day on which the district took everybody over into the roster."""
        return date(self.now.year - 1, 1, 2)

    def _fill(self, unit: Unit) -> None:
        account = self.accounts.get(unit.code)
        for place, (rank, kind, party) in enumerate(SEATS):
            chance = rng(self.seed, "worker", unit.code, place)
            worker = self._enter(unit, rank, kind, party, chance)
            if place == len(SEATS) - 1 and account is not None:
                account_link(worker=worker, actor=self.chief, user=account)

    def _enter(self, unit: Unit, rank: str, kind: str, party: str, chance: random.Random) -> Worker:
        born = date(self.now.year - chance.randrange(24, 56), chance.randrange(1, 13), chance.randrange(1, 28))
        earliest = max(born.year + 20, self.began.year - 18)
        since = date(chance.randrange(earliest, self.began.year), chance.randrange(1, 13), 1)
        issued = date(self.began.year - 1, 10, 1)
        # Who keeps the grades too, as the organisation department does, gives the first one with the entry.
        worker = worker_enter(
            actor=self.chief, unit=unit, rank=rank, kind=kind, party_role=party, name=name_of(chance),
            phone=phone_of(chance), birth_date=born, education=EDUCATION.draw(chance), entered_on=self.began,
            community_since=since, certificate=CERTIFICATES.draw(chance), issued_on=issued,
            expires_on=issued.replace(year=issued.year + 3),
        )  # fmt: skip
        review_set(worker=worker, actor=self.chief, year=self.began.year, result=RESULTS.draw(chance))
        base = Decimal(chance.randrange(3600, 6200, 50))
        pay_inputs.insurance_base_set(
            worker=worker, actor=self.preparer, valid_from=self.began.replace(year=self.now.year), amount=base
        )
        return worker

    def _pay(self) -> None:
        """The month before last is paid; last month is calculated and waits for its check."""
        district = Unit.objects.get(level=Level.DISTRICT)
        last = (self.now.date().replace(day=1) - timedelta(days=1)).replace(day=1)
        before = (last - timedelta(days=1)).replace(day=1)
        made = runs.run_create(actor=self.preparer, unit=district, month=before)
        made = runs.run_calculate(run=made, actor=self.preparer)
        made = runs.run_check(run=made, actor=self.checker, note="已逐项核对")
        made = runs.run_approve(run=made, actor=self.chief)
        runs.run_pay(run=made, actor=self.checker, paid_on=self.now.date())
        waiting = runs.run_create(actor=self.preparer, unit=district, month=last)
        runs.run_calculate(run=waiting, actor=self.preparer)
