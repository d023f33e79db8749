"""Appraisals of the demo: two quarters of communities on the board, one of workers final and paid, one being scored.

Played through the services, as the district's own people would do it. Chance comes from the demo's seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from accounts.models import User
from config.demo.season import standing_at
from config.demo.seeds import rng
from grid.choices import Level
from grid.models import Unit
from staff.appraisal.words import Cycle, Subject
from staff.models import Appraisal, AppraisalSheet, Worker
from staff.services.appraisal import (
    appraisal_close,
    appraisal_finish,
    appraisal_open,
    appraisal_publish,
    period_of,
)
from staff.services.appraisal_pay import appraisal_pay, first_month
from staff.services.appraisal_sheets import sheet_save, sheet_send
from staff.services.honours import honour_add

HONOURS = (("优秀社区工作者", "district", "区委组织部"), ("最美社工", "city", "市民政局"))
OPENED, PUBLISHED, FINAL = (timedelta(days=days) for days in (3, 14, 30))  # after the last day of the period


@dataclass
class Appraisals:
    """``chief`` opens and adds up, ``second`` checks and publishes, ``preparer`` writes the shares into pay."""

    chief: User
    second: User
    preparer: User
    named: frozenset[int]  # accounts that visitors sign in with: they find sheets that are still empty
    now: datetime
    seed: int

    def play(self) -> None:
        last, before = self._quarters()
        district = Unit.objects.get(level=Level.DISTRICT)
        self._final(district, Subject.COMMUNITY, before)
        workers = self._final(district, Subject.WORKER, before)
        with standing_at(self.now):
            appraisal_pay(appraisal=workers, actor=self.preparer, month=first_month(workers))
        self._published(district, Subject.COMMUNITY, last)
        self._open(district, last)
        self._honours()

    def _quarters(self) -> tuple[date, date]:
        """First days of the last two quarters that are over."""
        this, _ = period_of(Cycle.QUARTER, self.now.date())
        last, _ = period_of(Cycle.QUARTER, this - timedelta(days=1))
        return last, period_of(Cycle.QUARTER, last - timedelta(days=1))[0]

    def _at(self, first: date, after: timedelta) -> datetime:
        """Some days after a period, at the hour of the demo, and never to come."""
        day = period_of(Cycle.QUARTER, first)[1] + after
        return min(datetime.combine(day, self.now.timetz()), self.now)

    def _begin(self, unit: Unit, subject: str, first: date) -> Appraisal:
        with standing_at(self._at(first, OPENED)):
            return appraisal_open(actor=self.chief, unit=unit, subject=subject, cycle=Cycle.QUARTER, first_day=first)

    def _published(self, unit: Unit, subject: str, first: date) -> Appraisal:
        row = self._begin(unit, subject, first)
        with standing_at(self._at(first, OPENED)):
            for sheet in row.sheets.select_related("judge"):
                self._score(sheet)
            row = appraisal_close(appraisal=row, actor=self.chief)
        with standing_at(max(self._at(first, PUBLISHED), self.now - timedelta(hours=2))):
            return appraisal_publish(appraisal=row, actor=self.second, note="已逐项核对")

    def _final(self, unit: Unit, subject: str, first: date) -> Appraisal:
        row = self._begin(unit, subject, first)
        with standing_at(self._at(first, OPENED)):
            for sheet in row.sheets.select_related("judge"):
                self._score(sheet)
            row = appraisal_close(appraisal=row, actor=self.chief)
        with standing_at(self._at(first, PUBLISHED)):
            row = appraisal_publish(appraisal=row, actor=self.second, note="已逐项核对")
        with standing_at(self._at(first, FINAL)):
            return appraisal_finish(appraisal=row, actor=self.chief)

    def _open(self, unit: Unit, first: date) -> None:
        """Others have sent their sheets; those of the named accounts wait."""
        row = self._begin(unit, Subject.WORKER, first)
        with standing_at(self.now):
            for sheet in row.sheets.exclude(judge__in=self.named).select_related("judge"):
                self._score(sheet)

    def _score(self, sheet: AppraisalSheet) -> None:
        keys = sheet.scores.order_by("pk").values_list(
            "pk", "appraised__worker__number", "appraised__unit__code", "key"
        )
        points = {}
        for key, number, code, item in keys:
            merit = rng(self.seed, "merit", number or code).gauss(88, 5)
            chance = rng(self.seed, "points", sheet.judge.username, sheet.appraisal.first_day, number or code, item)
            points[key] = Decimal(round(min(max(merit + chance.gauss(0, 3), 60), 100)))
        sheet_save(sheet=sheet, user=sheet.judge, points=points)
        sheet_send(sheet=sheet, user=sheet.judge)

    def _honours(self) -> None:
        """One worker in eight has one."""
        with standing_at(self.now):
            for place, worker in enumerate(Worker.objects.active().order_by("number")):
                if place % 8 == 0:
                    name, level, given_by = HONOURS[place // 8 % 2]
                    given_on = date(self.now.year - 1, 9, 20)
                    honour_add(
                        worker=worker, actor=self.chief, name=name, level=level, given_by=given_by, given_on=given_on
                    )
