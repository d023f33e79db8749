"""A period of appraisal from opening to final (``staff.workflow.appraisal``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.notifications import message, notify
from common import calendar, jobs
from common import events as history
from common.errors import Conflict, Invalid, PlainError, Refused
from common.models import Job
from common.models.jobs import OPEN_JOB_STATUSES
from common.months import last_day
from common.scope import scope_of
from grid.choices import Level
from grid.models import Unit
from grid.querysets import covers
from grid.selectors import district
from staff import events_appraisal as events
from staff import permissions
from staff.appraisal.words import MONTHS_OF, Cycle, Subject
from staff.models import Appraisal, AppraisalScore, AppraisalSheet, Appraised
from staff.rules_appraisal import rule_on
from staff.selectors.appraisal_people import Participant, Task, accounts_at, communities_of, tasks, workers_of
from staff.services.appraisal_reckoning import measure, reckon, seal_of
from staff.services.roster_duties import review_feed
from staff.workflow.appraisal import APPRAISAL_FLOW
from volunteers.services.locks import lock_unit

JOB = "staff.appraisal"
CHUNK = 2000
LONG_STEPS = ("measure", "close", "finish")  # done by a worker, whose page shows how far it is
Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """Nobody watches."""


# --- opening


def period_of(cycle: str, first: date) -> tuple[date, date]:
    """The whole quarter or year that a day lies in."""
    months = MONTHS_OF[Cycle(cycle)]
    month = (first.month - 1) // months * months + 1
    return date(first.year, month, 1), last_day(date(first.year, month + months - 1, 1))


def appraisal_open(*, actor: Any, unit: Unit, subject: str, cycle: str, first_day: date) -> Appraisal:
    """Open the appraisal of everybody, or of every community, below a unit, with a sheet for each judge.

    Raises ``Refused`` outside the actor's area, ``Invalid`` for days to come or nobody to appraise, ``Conflict`` when
    the same people are appraised for the same days already.
    """
    if not covers(scope_of(actor).holding(permissions.APPRAISE), unit):
        raise Refused(f"“{unit.name}”的考核不由您组织。")
    if unit.level > Level.STREET:
        raise Invalid("考核由街道或区级组织。", "unit")
    first, last = period_of(cycle, first_day)
    today = timezone.localdate()
    if first > today:
        raise Invalid("考核期还没有开始。", "first_day")
    rule = rule_on(subject, cycle, min(last, today))
    with transaction.atomic():
        lock_unit(district())  # of a street's and the district's at once, the second sees the first
        _refuse_same(unit, subject, cycle, first)
        row = Appraisal(
            unit=unit, subject=subject, cycle=cycle, first_day=first, last_day=last, policy=rule.policy, opened_by=actor,
            opened_at=timezone.now(), judge_until=working_days_on(max(today, last), rule.scheme.judge_days),
        )  # fmt: skip
        people = list(_participants(row, rule.scheme.least_months))
        if not people:
            raise Invalid(f"“{unit.name}”在这个考核期没有可以考核的{row.get_subject_display()}。", "unit")
        row.people = len(people)
        row.save(force_insert=True)
        appraised = _write_people(row, people)
        sheets = _write_sheets(row, list(tasks(appraised, rule.scheme.judged)))
        data = {"unit": unit.name, "period": row.period_words, "people": len(people), "judges": len(sheets)}
        history.record(row, events.OPENED, actor=actor, data=data)
        _tell_judges(row, sheets)
    return row


def working_days_on(day: date, days: int) -> date:
    """The working day that lies so many working days after a day."""
    works = calendar.current()
    while days > 0:
        day += timedelta(days=1)
        days -= works.is_working_day(day)
    return day


def _refuse_same(unit: Unit, subject: str, cycle: str, first: date) -> None:
    for one in Appraisal.objects.filter(subject=subject, cycle=cycle, first_day=first).select_related("unit"):
        if one.unit.path.startswith(unit.path) or unit.path.startswith(one.unit.path):
            raise Conflict(f"{one}已经开始了，请在列表里打开它。")


def _participants(row: Appraisal, least_months: int) -> Iterator[Participant]:
    if row.subject == Subject.COMMUNITY:
        return communities_of(row.unit)
    return workers_of(row.unit, row.first_day, min(row.last_day, timezone.localdate()), least_months)


def _write_people(row: Appraisal, people: Sequence[Participant]) -> list[Appraised]:
    rows = [
        Appraised(
            appraisal=row,
            worker=one.worker,
            unit=one.unit,
            host_unit=one.host_unit,
            street_id=one.street,
            rank=one.rank,
        )
        for one in people
    ]
    return Appraised.objects.bulk_create(rows, CHUNK)


def _write_sheets(row: Appraisal, all_tasks: Sequence[Task]) -> list[AppraisalSheet]:
    judges = sorted({task.judge for task in all_tasks})
    made = AppraisalSheet.objects.bulk_create([AppraisalSheet(appraisal=row, judge_id=judge) for judge in judges])
    sheets = {sheet.judge_id: sheet for sheet in made}
    AppraisalScore.objects.bulk_create(
        [
            AppraisalScore(sheet=sheets[task.judge], appraised=task.appraised, side=task.side, key=task.key)
            for task in all_tasks
        ],
        CHUNK,
    )
    return made


def _tell_judges(row: Appraisal, sheets: Sequence[AppraisalSheet]) -> None:
    users = User.objects.in_bulk([sheet.judge_id for sheet in sheets])
    notify(
        message(
            to=users[sheet.judge_id], text=f"请为{row}打分，{row.judge_until:%Y-%m-%d} 前提交。",
            key=f"appraisal:{row.pk}:judge:{sheet.judge_id}", url=f"/staff/me/sheets/{sheet.pk}/",
        )
        for sheet in sheets
    )  # fmt: skip


# --- the steps


def step_start(*, appraisal: Appraisal, actor: Any, step: str) -> Job:
    """Let a worker do a long step. While one is under way, it is handed back."""
    APPRAISAL_FLOW.require(step, appraisal, actor)
    with transaction.atomic():
        Appraisal.objects.select_for_update().get(pk=appraisal.pk)  # two clicks look one after the other
        open_jobs = Job.objects.filter(kind=JOB, params__appraisal=appraisal.pk, status__in=OPEN_JOB_STATUSES)
        label = f"{APPRAISAL_FLOW.actions[step].label}：{appraisal}"
        params = {"appraisal": appraisal.pk, "step": step}
        return open_jobs.filter(actor=actor, params__step=step).first() or jobs.enqueue(
            JOB, actor=actor, params=params, label=label[:120]
        )


@APPRAISAL_FLOW.service("measure")
def appraisal_measure(*, appraisal: Appraisal, actor: Any, progress: Progress = no_progress) -> Appraisal:
    """Count the measured values; the same data give the same values, however often."""
    with APPRAISAL_FLOW.step("measure", appraisal, actor) as step:
        values = measure(step.object, progress)
        step.set(measured_at=step.at)
        step.data.update(people=step.object.people, values=values)
    return step.object


@APPRAISAL_FLOW.service("close")
def appraisal_close(*, appraisal: Appraisal, actor: Any, progress: Progress = no_progress) -> Appraisal:
    """Count once more and add everything up."""
    with APPRAISAL_FLOW.step("close", appraisal, actor) as step:
        row = step.object
        measure(row, progress)
        mean = reckon(row, actor, step.at)
        step.set(measured_at=step.at, reckoned_by=actor, reckoned_at=step.at)
        step.data.update(people=row.people, mean=f"{mean:f}" if mean is not None else "")
    return step.object


@APPRAISAL_FLOW.service("send_back")
def appraisal_send_back(*, appraisal: Appraisal, actor: Any, note: str) -> Appraisal:
    """Open again: judges may change their points; the sums are made anew."""
    with APPRAISAL_FLOW.step("send_back", appraisal, actor) as step:
        step.object.results.all().delete()
        step.object.sheets.filter(excused_at=None).update(sent_at=None)
        step.set(reckoned_by=None, reckoned_at=None)
        step.data.update(note=note)
    return step.object


@APPRAISAL_FLOW.service("publish")
def appraisal_publish(*, appraisal: Appraisal, actor: Any, note: str = "") -> Appraisal:
    """Freeze values, points and results, and tell everybody appraised until when they may appeal."""
    with APPRAISAL_FLOW.step("publish", appraisal, actor) as step:
        row = step.object
        days = int(row.policy.data["appeal_days"])
        until = working_days_on(timezone.localdate(step.at), days)
        step.set(published_by=actor, published_at=step.at, appeal_until=until, digest=seal_of(row))
        step.data.update(until=until.isoformat(), note=note)
        notify(list(_about_results(row, until)))
    return step.object


def _about_results(row: Appraisal, until: date) -> Iterator[Any]:
    """To each worker, and to everybody who works at a community."""
    results = list(row.results.select_related("appraised__worker__user").order_by("pk"))
    offices = accounts_at(one.appraised.unit_id for one in results if one.appraised.worker_id is None)
    for result in results:
        one = result.appraised
        readers = offices.get(one.unit_id, []) if one.worker is None else [one.worker.user]
        where = "/staff/appraisals/results/" if one.worker is None else "/staff/me/appraisals/"
        for user in filter(None, readers):
            yield message(
                to=user, key=f"appraisal:{row.pk}:result:{result.pk}:{user.pk}", url=f"{where}{one.pk}/",
                text=f"{row.period_words}考核结果已公示：{result.level or '无等次'}。有异议的请在 {until:%Y-%m-%d} 前申诉。",
            )  # fmt: skip


@APPRAISAL_FLOW.service("finish")
def appraisal_finish(*, appraisal: Appraisal, actor: Any, progress: Progress = no_progress) -> Appraisal:
    """Final for good. A year's results become the annual reviews that the January step asks for."""
    with APPRAISAL_FLOW.step("finish", appraisal, actor) as step:
        row = step.object
        done = feed_reviews(row, actor, progress)
        step.set(finished_by=actor, finished_at=step.at)
        step.data.update(people=row.people, reviews=done["fed"], kept=done["kept"])
    return step.object


def feed_reviews(row: Appraisal, actor: Any, progress: Progress = no_progress) -> Counter[str]:
    """Write the annual review of everybody whose level says one; who rose by another result already keeps it."""
    counts: Counter[str] = Counter(fed=0, kept=0)
    if row.subject != Subject.WORKER or row.cycle != Cycle.YEAR:
        return counts
    results = list(
        row.results.filter(corrected_by=None).exclude(review="").select_related("appraised__worker").order_by("pk")
    )
    for place, result in enumerate(results):
        progress(place, len(results))
        try:
            with transaction.atomic():
                review_feed(result=result, actor=actor, year=row.last_day.year)
            counts["fed"] += 1
        except PlainError:
            counts["kept"] += 1
    return counts
