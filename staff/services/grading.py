"""Grading in bulk as a job: the January step, a new scheme, first grades; batch by batch, each of them whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from common.errors import Conflict
from common.jobs import enqueue
from common.models import Job
from common.scope import scope_of
from grid.models import Unit
from staff import permissions
from staff.choices import GradingOutcome
from staff.models import Worker
from staff.selectors.grading import Batch, Plan, batch_of, people_of, plans_of
from staff.services.grades import give_plans

KIND = "staff.grading"
BATCH = 100


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a batch is: the key of the last worker, how many had which outcome, and why some were left as they are."""

    after: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    causes: Mapping[str, int] = field(default_factory=dict)

    @property
    def looked_at(self) -> int:
        return sum(self.outcomes.values())

    def with_(self, plans: Sequence[Plan]) -> Tally:
        return Tally(
            plans[-1].worker.pk,
            Counter(self.outcomes) + Counter(str(plan.outcome) for plan in plans),
            Counter(self.causes) + Counter(plan.cause for plan in plans if plan.cause),
        )

    def stored(self) -> dict[str, Any]:
        """As plain JSON, for the row of the job."""
        return {"after": self.after, "outcomes": dict(self.outcomes), "causes": dict(self.causes)}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Tally:
        return cls(int(stored.get("after", 0)), stored.get("outcomes", {}), stored.get("causes", {}))

    def words(self) -> str:
        """What came out, for the page of the job: the outcomes in their order, then the reasons."""
        parts = [f"{word} {self.outcomes[key]:,} 人" for key, word in GradingOutcome.choices if self.outcomes.get(key)]
        told = f"共 {self.looked_at:,} 人：{'，'.join(parts)}。" if parts else "没有要办理的人。"
        causes = [f"{cause} {count:,} 人" for cause, count in Counter(self.causes).most_common()]
        return told + (f"\n没有变动的原因：{'；'.join(causes)}。" if causes else "")


def in_charge_of(batch: Batch, unit: Unit | None, actor: Any) -> QuerySet[Worker]:
    """Whom a batch is about below a unit (none: anywhere), as far as the actor keeps their grades."""
    rows = Worker.objects.visible_to(actor, permissions.GRADE)
    return people_of(batch, rows if unit is None else rows.below(unit))


def start_grading(*, kind: str, unit: Unit | None, actor: Any, key: str) -> Job:
    """Queue a batch for everybody below a unit; ``key`` is that of the form: sent twice, one job.

    Raises ``Http404`` for a unit where the actor keeps no grades, ``Invalid`` for a batch that is not offered,
    ``Conflict`` when there is nobody.
    """
    if not keeps_grades(unit, actor):
        raise Http404
    batch = batch_of(kind, timezone.localdate())
    if not in_charge_of(batch, unit, actor).exists():
        raise Conflict("没有要办理的人，请换一个单位或类型。")
    return enqueue(
        KIND, actor=actor, params={"kind": batch.key, "unit": unit.pk if unit else None},
        label=f"{unit.name if unit else '全部单位'}：{batch.label}", unique_key=f"{KIND}:{key}",
    )  # fmt: skip


def keeps_grades(unit: Unit | None, actor: Any) -> bool:
    """Whether the actor keeps grades at the unit, or (none) anywhere."""
    if unit is None:
        return scope_of(actor).may(permissions.GRADE)
    return Unit.objects.visible_to(actor, permissions.GRADE).filter(pk=unit.pk).exists()


def grade_in_bulk(
    *, batch: Batch, unit: Unit | None, actor: Any, so_far: Tally | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None, keep: Callable[[Tally], None] = lambda tally: None,
) -> Tally:  # fmt: skip
    """Grade everybody below a unit, a hundred at a time; what was done and why not, counted.

    Each hundred is locked, looked at anew and written in one transaction, and ``keep`` is called inside it with the
    tally: whoever goes on with a batch from a tally that was kept (``so_far``) does nobody twice and leaves nobody out.
    Done again from the start it changes nothing either, for a plan whose grade is there already is no plan.
    """
    tally = so_far or Tally()
    people = in_charge_of(batch, unit, actor).order_by("pk")
    total = tally.looked_at + people.filter(pk__gt=tally.after).count()
    while True:
        progress(tally.looked_at, max(total, tally.looked_at))
        with transaction.atomic():
            rows = people.filter(pk__gt=tally.after).select_for_update(of=("self",), no_key=True)
            plans = list(plans_of(batch, list(rows[:BATCH])))
            if not plans:
                return tally
            give_plans(plans, batch.reason, actor)
            tally = tally.with_(plans)
            keep(tally)
