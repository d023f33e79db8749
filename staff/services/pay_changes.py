"""What changes months that are already frozen is noted here; the next run pays the difference (补发补扣)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Max
from django.utils import timezone

from staff.models import PayChange, Slip, Worker

LONGEST = 120


@dataclass(frozen=True, slots=True)
class Change:
    """A worker's pay changes from a day on, for a cause in words."""

    worker: Worker
    since: date
    cause: str

    @property
    def month(self) -> date:
        return self.since.replace(day=1)

    @property
    def key(self) -> tuple[int, date, str]:
        return self.worker.pk, self.month, self.cause[:LONGEST]


def note_change(*, worker: Worker, since: date, cause: str) -> PayChange | None:
    """:func:`note_changes` of a single one."""
    return next(iter(note_changes([Change(worker, since, cause)])), None)


def note_changes(changes: Sequence[Change]) -> list[PayChange]:
    """Note each change of pay that reaches into a month which is already frozen; three queries, however many they are.

    Months that are not frozen are calculated anew anyway: nothing is noted for them. The same cause for the same
    month is noted once until a run has settled it. Belongs in the transaction of its cause.
    """
    workers = {change.worker.pk for change in changes}
    slips = Slip.objects.frozen().filter(worker__in=workers).order_by().values_list("worker")
    frozen = dict(slips.annotate(last=Max("month")))
    reaching = [change for change in changes if frozen.get(change.worker.pk, date.min) >= change.month]
    if not reaching:
        return []
    rows = PayChange.objects.filter(worker__in=frozen, settled_by=None)
    known = {(row.worker_id, row.since, row.cause): row for row in rows}
    fresh = {
        change.key: PayChange(worker=change.worker, since=change.month, cause=change.key[2], noted_at=timezone.now())
        for change in reaching
        if change.key not in known
    }
    PayChange.objects.bulk_create(fresh.values())
    return [(known | fresh)[change.key] for change in reaching]
