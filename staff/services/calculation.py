"""Working out a run: one transaction, so that a dead worker leaves nothing half-written and nobody is paid twice."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from psycopg2.errors import UniqueViolation

from common.copying import copy_rows
from common.errors import Conflict
from staff.choices import FROZEN, BonusTax, Period
from staff.models import PayAddition, PayChange, PayRun, Slip
from staff.pay.money import ZERO
from staff.pay.slip import Bonus, PersonMonth, Rules, annual_bonus, month_slip, notes_of, tax_words, year_items
from staff.pay.slip import Slip as Reckoned
from staff.pay.stored import person_data, year_data, year_from
from staff.pay.tax import NEW_YEAR
from staff.rules import PayRules, pay_rules
from staff.selectors.pay_facts import Employed, bonus_factors, employed, facts
from staff.selectors.run_checks import touches
from staff.services.backpay import back_pay, with_kept

Progress = Callable[[int, int], None]
ONE = Decimal(1)
EVERY = 500  # slips between two words of progress
SUMS = ("gross", "insurance", "tax", "net", "employer")


@dataclass
class Result:
    """What a calculation wrote, in sums; ``left_out``: who has no slip, and why."""

    people: int = 0
    sums: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(SUMS, ZERO))
    left_out: list[dict[str, str]] = field(default_factory=list)


def calculate(run: PayRun, progress: Progress = lambda done, total: None) -> Result:
    """Write the slips of a run anew. The caller holds its lock and the transaction.

    Raises ``Conflict`` when an earlier month is still open or a worker has a slip of the month elsewhere.
    """
    _check_order(run)
    Slip.objects.filter(run=run).delete()
    PayChange.objects.filter(settled_by=run).update(settled_by=None)
    rules = pay_rules(run.month)
    run.rules = rules.keys
    workers = employed(run.unit, run.month)
    _check_once(run, workers)
    result = Result()
    if run.period == Period.BONUS:
        slips = _bonuses(run, rules, workers, result)
    else:
        slips = _months(run, rules, workers, result)
    try:
        with transaction.atomic(), collector_resting():
            copy_rows(Slip, _summed(slips, result, len(workers), progress), timezone.now())
    except (IntegrityError, UniqueViolation):  # another run for the same people was quicker between the look and here
        raise Conflict("其中有人在另一张工资表里刚刚算了本月工资，不能重复发放。请刷新后核对发放范围。") from None
    return result


@contextmanager
def collector_resting() -> Iterator[None]:
    """Nothing that a slip is made of points in a circle: looking through all of them again and again takes half of a run."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _check_order(run: PayRun) -> None:
    """Months are closed one after the other: the tax year of one rests on the months before it."""
    before = PayRun.objects.filter(month__lt=run.month).exclude(state__in=FROZEN).exclude(pk=run.pk)
    touching = [row for row in before.select_related("unit").order_by("month") if touches(row.unit, run.unit)]
    if run.period == Period.BONUS:
        touching += [
            row
            for row in PayRun.objects.filter(month=run.month, period=Period.MONTH).select_related("unit")
            if row.state not in FROZEN and touches(row.unit, run.unit)
        ]
    if touching:
        raise Conflict(f"“{touching[0]}”的工资表还没有审批，请先办完再核算后面的月份。")


def _check_once(run: PayRun, workers: Sequence[Employed]) -> None:
    taken = Slip.objects.filter(worker__in=[row.pk for row in workers], month=run.month, period=run.period)
    other = taken.exclude(run=run).select_related("run__unit", "worker").first()
    if other is not None:
        raise Conflict(f"工号 {other.worker.number} 在“{other.run}”的工资表里已有本月工资，不能重复发放。")


def _months(run: PayRun, rules: PayRules, workers: Sequence[Employed], result: Result) -> Iterator[Slip]:
    by_key = {worker.pk: worker for worker in workers}
    month = facts(run.month, list(by_key), rules)
    owed = back_pay(by_key, run.month)
    PayChange.objects.filter(pk__in=owed.changes).update(settled_by=run)
    for worker in workers:
        person = month.person(worker, owed.lines.get(worker.pk, ()))
        if person is None:
            result.left_out.append({"number": worker.number, "why": "本月没有等级，请先定级"})
            continue
        if kept := owed.kept.get(worker.pk):
            person = with_kept(person, kept)
        yield _slip(run, worker, person, month_slip(rules.rules, person))


def _slip(run: PayRun, worker: Employed, person: PersonMonth, made: Reckoned) -> Slip:
    return Slip(
        run_id=run.pk, worker_id=worker.pk, unit_id=worker.unit, month=run.month, period=run.period, rank=person.rank,
        grade=person.grade, gross=made.gross, insurance=made.insurance, special=person.special,
        tax=made.withholding.tax, net=made.net, employer=made.employer,
        lines=[[line.key, line.label, str(line.amount), line.why] for line in made.lines],
        contributions=[
            [one.key, one.label, str(one.base), str(one.employer), str(one.employee)] for one in made.contributions
        ],
        facts=_facts(person, made), year=year_data(made.withholding.after),
        held={key: str(amount) for key, amount in made.held.items()},
    )  # fmt: skip


def _facts(person: PersonMonth, made: Reckoned) -> dict[str, Any]:
    """What went into a slip and how it came about; ``full``: the base of a new worker's months to come."""
    found = {**person_data(person), "full": str(made.full), "tax": tax_words(made.withholding)}
    if notes := notes_of(person, made):
        found["notes"] = notes
    return found


def _summed(slips: Iterator[Slip], result: Result, total: int, progress: Progress) -> Iterator[Slip]:
    for slip in slips:
        result.people += 1
        for name in SUMS:
            result.sums[name] += getattr(slip, name)
        if result.people % EVERY == 0:
            progress(result.people, total)
        yield slip


# --- the thirteenth period


def _bonuses(run: PayRun, rules: PayRules, workers: Sequence[Employed], result: Result) -> Iterator[Slip]:
    """What was kept for the year's end, by the factor of the review, and what was entered for it."""
    keys = [worker.pk for worker in workers]
    latest = {
        slip.worker_id: slip
        for slip in Slip.objects.filter(worker__in=keys, month__lte=run.month, period=Period.MONTH)
        .order_by("worker_id", "-month").distinct("worker_id")
    }  # fmt: skip
    _refuse_second_apart(run, keys)
    factors = bonus_factors(keys, run.month, rules.rules.scheme)
    added: dict[int, list[PayAddition]] = {}
    for row in PayAddition.objects.filter(worker__in=keys, month=run.month, period=Period.BONUS).order_by("pk"):
        added.setdefault(row.worker_id, []).append(row)
    for worker in workers:
        slip = latest.get(worker.pk)
        if slip is None:
            continue
        lines, held = _bonus_lines(rules.rules, slip, factors.get(worker.pk, ONE), added.get(worker.pk, []))
        if lines:
            yield _bonus_slip(run, rules.rules, slip, lines, held)


def _refuse_second_apart(run: PayRun, workers: Sequence[int]) -> None:
    """公告2023年第30号: within a tax year a worker may have one bonus taxed apart."""
    if run.bonus_tax != BonusTax.APART:
        return
    taxed = Slip.objects.filter(worker__in=workers, period=Period.BONUS, month__year=run.month.year)
    other = taxed.filter(run__bonus_tax=BonusTax.APART).exclude(run=run).select_related("worker").first()
    if other is not None:
        raise Conflict(f"工号 {other.worker.number} 本年已有一次年终奖单独计税，请改为并入当年综合所得。")


def _bonus_lines(
    rules: Rules, slip: Slip, factor: Decimal, added: Sequence[PayAddition]
) -> tuple[list[list[str]], dict[str, str]]:
    yearly = year_items(rules.scheme, {key: Decimal(amount) for key, amount in slip.held.items()}, factor)
    lines = [[line.key, line.label, str(line.amount), line.why] for line in yearly.lines]
    lines += [["added", row.label, str(row.amount), row.why] for row in added]
    return lines, {key: str(amount) for key, amount in yearly.held.items()}


def _bonus_slip(run: PayRun, rules: Rules, slip: Slip, lines: list[list[str]], held: Mapping[str, str]) -> Slip:
    before = year_from(slip.year) if slip.month.year == run.month.year else NEW_YEAR
    amount = sum((Decimal(line[2]) for line in lines), ZERO)
    try:
        bonus: Bonus = annual_bonus(rules.tax, amount, run.bonus_tax, before, run.month)
    except ValueError as error:  # apart after the last day on which that is allowed
        raise Conflict(str(error)) from None
    return Slip(
        run_id=run.pk, worker_id=slip.worker_id, unit_id=slip.unit_id, month=run.month, period=run.period,
        rank=slip.rank, grade=slip.grade, gross=amount, insurance=ZERO, special=ZERO, tax=bonus.tax, net=bonus.net,
        employer=amount, lines=lines, contributions=[], facts={"tax": bonus.why}, year=year_data(bonus.after),
        held=dict(held),
    )  # fmt: skip


# --- the digest


def digest_of(run: PayRun) -> bytes:
    """A digest over every slip of a run, as the database holds it: what the approval seals."""
    rows = Slip.objects.filter(run=run).order_by("worker_id")
    found = hashlib.sha256()
    for row in rows.iterator(500):
        content = [
            row.worker_id, row.unit_id, row.month.isoformat(), row.period, row.rank, row.grade,
            *(str(getattr(row, name)) for name in (*SUMS, "special")),
            row.lines, row.contributions, row.facts, row.year, row.held,
        ]  # fmt: skip
        found.update(json.dumps(content, ensure_ascii=False, sort_keys=True).encode())
    return found.digest()
