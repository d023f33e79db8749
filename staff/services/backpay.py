"""补发: what frozen months would pay today, less what they and later back-pay have paid. A frozen slip never changes.

An item that is not paid by the month is kept until its month and paid by the factor of the review then. So the frozen slips
are reckoned again one after the other, from where nothing was kept: a change of February shows in what June paid, and what
is not paid yet is put right in what is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from staff.choices import Period
from staff.models import PayChange, Slip
from staff.pay.money import ZERO, short
from staff.pay.scheme import Scheme
from staff.pay.slip import ADVANCE, Addition, Line, PersonMonth, month_slip, year_items
from staff.rules import pay_rules
from staff.selectors.pay_facts import Employed, bonus_factors, facts

PREFIX = "补发补扣 "
BESIDES = ("added", "untaxed")  # lines that no rule makes: one-off ones, earlier back-pay, what the unit advanced


@dataclass(frozen=True)
class BackPay:
    """Lines by worker, what is added to what each has kept (by item), and the changes that are settled so."""

    lines: Mapping[int, list[Addition]]
    kept: Mapping[int, Mapping[str, Decimal]]
    changes: list[int]


def label_of(month: date) -> str:
    """The name of a back-pay line: it says which month it belongs to."""
    return f"{PREFIX}{month:%Y-%m}"


def back_pay(workers: Mapping[int, Employed], before: date) -> BackPay:
    """Back-pay of the workers for months before ``before``, from the changes no run has settled."""
    changes = list(PayChange.objects.filter(worker__in=list(workers), settled_by=None, since__lt=before).order_by("pk"))
    if not changes:
        return BackPay({}, {}, [])
    since: dict[int, date] = {}
    causes: dict[int, list[str]] = defaultdict(list)
    for change in changes:
        since[change.worker_id] = min(change.since, since.get(change.worker_id, change.since))
        causes[change.worker_id].append(change.cause)
    slips = _slips(since, before)
    again = _Again(workers)
    lines = _lines(again, slips, since, causes)
    return BackPay(lines, _kept(again, slips), [change.pk for change in changes])


def with_kept(person: PersonMonth, kept: Mapping[str, Decimal]) -> PersonMonth:
    """The month with what earlier months keep more (or less) than their slips say."""
    held = {key: person.held.get(key, ZERO) + kept.get(key, ZERO) for key in {**person.held, **kept}}
    more = sum(kept.values(), ZERO)
    what = f"补计 {short(more)}" if more > 0 else f"冲减 {short(-more)}"
    note = f"以前月份的变动：已计提、未发放的绩效{what}，到发放月份按当时的考核比例发放"
    return replace(person, held=held, notes=(*person.notes, note))


def _slips(since: Mapping[int, date], before: date) -> list[Slip]:
    """Frozen slips in their order, of each worker from the last one before the change after which nothing was kept."""
    frozen = Slip.objects.frozen().filter(worker__in=list(since), month__lt=before).order_by("month", "-period")
    starts = dict.fromkeys(since, date.min)
    for worker, month, held in frozen.values_list("worker_id", "month", "held"):
        if month < since[worker] and not held.keys() - {ADVANCE}:
            starts[worker] = month
    rows = frozen.filter(month__gte=min(starts.values())).select_related("run")
    return [row for row in rows if row.month > starts[row.worker_id]]


def _lines(
    again: _Again, slips: Sequence[Slip], since: Mapping[int, date], causes: Mapping[int, Sequence[str]]
) -> dict[int, list[Addition]]:
    """Month by month, so that facts and rules of a month are read once for everybody."""
    paid: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for slip in slips:
        for _, label, amount, _ in slip.lines:
            if label.startswith(PREFIX):
                paid[slip.worker_id, label] += Decimal(amount)
    found: dict[int, list[Addition]] = defaultdict(list)
    for month, rows in groupby(slips, key=lambda slip: slip.month):
        for worker, change in again.month(month, list(rows)).items():
            left = change.amount - paid[worker, label_of(month)]
            if left and month >= since[worker]:
                reason = "；".join(dict.fromkeys(causes[worker]))
                found[worker].append(Addition(label_of(month), left, f"{reason}。{change.words}"))
    return found


def _kept(again: _Again, slips: Sequence[Slip]) -> dict[int, dict[str, Decimal]]:
    """What is kept by today's facts, less what the last frozen slip says."""
    found = {}
    for worker, slip in {slip.worker_id: slip for slip in slips}.items():
        then = {key: Decimal(amount) for key, amount in slip.held.items() if key != ADVANCE}
        now = again.ways[worker].held
        more = {key: now.get(key, ZERO) - then.get(key, ZERO) for key in {**then, **now}}
        if more := {key: amount for key, amount in more.items() if amount}:
            found[worker] = more
    return found


# --- the months again


@dataclass
class _Way:
    """What a worker's months hand on to each other; at the start nothing is kept."""

    held: Mapping[str, Decimal] = field(default_factory=dict)
    former: Scheme | None = None


class _Change(NamedTuple):
    """What a month has paid by its slips and what it would pay today, by the names of the items."""

    then: dict[str, Decimal]
    now: dict[str, Decimal]

    @property
    def amount(self) -> Decimal:
        return sum(self.now.values(), ZERO) - sum(self.then.values(), ZERO)

    @property
    def words(self) -> str:
        labels: dict[str, Any] = dict.fromkeys([*self.then, *self.now])
        pairs = ((label, self.then.get(label, ZERO), self.now.get(label, ZERO)) for label in labels)
        return "，".join(f"{label} {then} → {now}" for label, then, now in pairs if then != now)


class _Again:
    """Reckons the frozen slips of some workers by today's facts, month after month."""

    def __init__(self, workers: Mapping[int, Employed]) -> None:
        self.workers = workers
        self.ways: dict[int, _Way] = defaultdict(_Way)

    def month(self, month: date, slips: Sequence[Slip]) -> dict[int, _Change]:
        """The slips of a month, and after it those of a 13th period paid with it."""
        found = {slip.worker_id: _Change(defaultdict(Decimal), defaultdict(Decimal)) for slip in slips}
        for slip in slips:
            _add(
                found[slip.worker_id].then,
                (Line(key, label, Decimal(amount), "") for key, label, amount, _ in slip.lines),
            )
        for period, reckon in ((Period.MONTH, self._pay), (Period.BONUS, self._bonus)):
            paid = {slip.worker_id: slip for slip in slips if slip.period == period}
            for worker, lines in reckon(month, paid) if paid else ():
                _add(found[worker].now, lines)
        return found

    def _pay(self, month: date, paid: Mapping[int, Slip]) -> Iterator[tuple[int, Iterable[Line]]]:
        """Who left was paid all that was kept, and it stays paid when they have come back since."""
        used = pay_rules(month)
        today = facts(month, list(paid), used, with_before=False)
        for worker, slip in paid.items():
            person, way = today.person(self.workers[worker]), self.ways[worker]
            if person is None:
                continue
            last = person.last or bool(slip.facts.get("last"))
            made = month_slip(used.rules, replace(person, additions=(), held=way.held, former=way.former, last=last))
            way.held = {key: amount for key, amount in made.held.items() if key != ADVANCE}
            way.former = used.rules.scheme
            yield worker, made.lines

    def _bonus(self, month: date, paid: Mapping[int, Slip]) -> Iterator[tuple[int, Iterable[Line]]]:
        scheme = pay_rules(month).rules.scheme
        factors = bonus_factors(list(paid), month, scheme)
        for worker in paid:
            found = year_items(scheme, self.ways[worker].held, factors.get(worker, Decimal(1)))
            self.ways[worker].held = found.held
            yield worker, found.lines


def _add(sums: dict[str, Decimal], lines: Iterable[Line]) -> None:
    for line in lines:
        if line.key not in BESIDES:
            sums[line.label] += line.amount
