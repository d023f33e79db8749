"""Giving grades: at entry, after what changes them, in January, and by hand (domain §6).

Each grade keeps the version of the scheme that gave it and says why in sentences. Grades of a worker never overlap:
the one before ends on the day the next begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.models import Event, Policy
from common.scope import scope_of
from grid.querysets import covers
from staff import events, permissions
from staff.choices import GradeReason
from staff.models import Grade, Slip, Worker
from staff.pay.grading import Grading, Standing, initial
from staff.pay.scheme import Scheme
from staff.rules import pay_scheme
from staff.selectors.grades import grades_on, main_posts, standings
from staff.selectors.grading import Batch, Plan, no_rule, plans_of
from staff.services.pay_changes import Change, note_changes
from volunteers.services.locks import locked

# What somebody has gained; it never lowers a grade.
GAINS = (GradeReason.EDUCATION, GradeReason.CERTIFICATE, GradeReason.PROBATION_OVER)
FROM_NEXT_MONTH = (GradeReason.EDUCATION, GradeReason.CERTIFICATE)
REGRADE_REASONS = (
    GradeReason.RANK, GradeReason.EDUCATION, GradeReason.CERTIFICATE, GradeReason.PROBATION_OVER, GradeReason.SCHEME,
)  # fmt: skip


def effective_from(reason: str, on: date) -> date:
    """The day from which a cause of a day counts.

    A degree and a certificate count from the first of the month after they were gained; a new post, the end of
    probation and a new scheme from their own day.
    """
    if reason not in FROM_NEXT_MONTH:
        return on
    return (on.replace(day=1) + timedelta(days=31)).replace(day=1)


def standing_of(worker: Worker, on: date) -> Standing:
    """What the grade of a worker depends on at a day. Raises ``Invalid`` for a day without a main post."""
    return _standing(worker, on, pay_scheme(on)[1])


def _standing(worker: Worker, on: date, scheme: Scheme, years_on: date | None = None) -> Standing:
    days = {} if years_on is None else {worker.pk: years_on}
    found = standings([worker], on, scheme, days).get(worker.pk)
    if found is None:
        raise Invalid(f"{worker.number} 在 {on:%Y-%m-%d} 没有任职，请先登记任职，或换一个日期。", "on")
    if refusal := no_rule(scheme, found):
        raise Invalid(refusal)
    return found


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a regrade would do, without doing it: from which day, from what to what, and by which version."""

    since: date
    current: Grade | None
    grading: Grading
    standing: Standing
    policy: Policy

    @property
    def changes(self) -> bool:
        return self.current is None or self.current.grade != self.grading.grade or (
            self.current.rank != self.standing.rank
        )  # fmt: skip


def propose(worker: Worker, on: date, reason: str) -> Proposal:
    """The grade a worker would have after a cause of a day (see :func:`regrade`). Raises ``Invalid``."""
    since = effective_from(reason, on)
    policy, scheme = pay_scheme(since)
    current = grades_on([worker], since).get(worker.pk)
    gained = reason in GAINS
    standing = _standing(worker, since, scheme, _years_day(worker, since) if gained else None)
    grading = initial(scheme, standing)
    if gained and current is not None and grading.grade < current.grade:
        why = (*grading.why, f"现为 {current.grade} 级，取得学历、证书和试用期满都不降级，等级不变。")
        grading = Grading(current.grade, why)
    return Proposal(since, current, grading, standing, policy)


def _years_day(worker: Worker, since: date) -> date:
    """Years reached within a year lift a grade next January only: what is gained meanwhile does not bring them forward."""
    return max(date(since.year, 1, 1), worker.entered_on)


# --- giving a grade


def grade_initial(*, worker: Worker, actor: Any) -> Grade:
    """The first grade, from the day of entry.

    Raises ``Http404`` outside the actor's scope, ``Refused`` inside it without the permission, ``Invalid`` when the
    scheme cannot grade the worker on that day, ``Conflict`` when there is a grade already.
    """
    with transaction.atomic():
        row = locked(worker, actor, permissions.GRADE)
        plan = first_plan(row)
        if plan.current is not None:
            raise Conflict(f"{row.number} {plan.why_not}")
        if plan.grading is None:
            raise Invalid(f"{row.number} {plan.why_not}")
        return give_plans([plan], GradeReason.INITIAL, actor)[0]


def first_plan(worker: Worker) -> Plan:
    """What the first grade of a worker would be, or why there is none."""
    return next(plans_of(Batch(GradeReason.INITIAL), [worker]))


def grade_entered(*, workers: Sequence[Worker], actor: Any) -> list[Grade]:
    """The first grade of those who have just come in or come back, where the actor keeps the grades; the others stay in the list.

    For the entry, the import and the return, in their transaction: the rows are new or locked. Whom the scheme cannot grade
    stays without one, and the entry stands. A fixed number of queries.
    """
    keeps = scope_of(actor).holding(permissions.GRADE)
    mine = [worker for worker in workers if covers(keeps, worker.unit)]
    found = [plan for plan in plans_of(Batch(GradeReason.INITIAL), mine) if plan.grading is not None]
    return give_plans(found, GradeReason.INITIAL, actor)


def regrade(*, worker: Worker, on: date, reason: str, actor: Any) -> Grade | None:
    """The grade after a promotion, a degree, a certificate, the end of probation, a change of post or of scheme.

    ``on`` is the day of the cause: of the post, of the diploma, the day after the probation. A degree or a certificate
    takes effect on the first of the next month (:func:`effective_from`). What somebody gains never lowers the grade,
    and does not bring forward years that count next January only; a new post or a new scheme grades anew.

    ``None`` when neither grade nor rank changes. Raises ``Http404``, ``Refused``, ``Invalid``; ``Conflict`` when a later
    grade exists, or none to start from.
    """
    if reason not in REGRADE_REASONS:
        raise Invalid("请选择重新定级的原因。", "reason")
    with transaction.atomic():
        row = locked(worker, actor, permissions.GRADE)
        proposal = propose(row, on, reason)
        _refuse_later(row, proposal.since)
        if proposal.current is None:
            raise Conflict(f"{row.number} 在 {proposal.since:%Y-%m-%d} 还没有等级，请先做入职定级。")
        if not proposal.changes:
            return None
        fresh = _grade(
            row, proposal.grading, proposal.standing.rank, proposal.since, reason, proposal.policy, actor
        )  # fmt: skip
        return _give([Gift(row, proposal.current, fresh)])[0]


def first_follows(*, worker: Worker, actor: Any) -> Grade | None:
    """The first grade, reckoned anew after the locked worker's entry has moved to another day.

    None when there was no grade yet. Raises ``Refused`` without the permission, ``Conflict`` when other grades or a slip
    have followed, or when the scheme cannot grade.
    """
    rows = list(Grade.objects.filter(worker=worker))
    if not rows:
        return None
    if not covers(scope_of(actor).holding(permissions.GRADE), worker.unit):
        raise Refused(f"{worker.number} 已经定级，入职日期变动时等级随之改变，请由负责定级的人员办理。")
    if len(rows) > 1 or rows[0].reason != GradeReason.INITIAL or Slip.objects.filter(worker=worker).exists():
        raise Conflict(f"{worker.number} 入职以后又定过级或已发工资，不能更正入职日期，请联系系统管理员。")
    rows[0].delete()
    plan = first_plan(worker)
    if plan.grading is None:
        raise Conflict(f"{worker.number} 不能按这个入职日期定级。{plan.why_not}")
    return give_plans([plan], GradeReason.INITIAL, actor)[0]


def give_plans(plans: Iterable[Plan], reason: str, actor: Any) -> list[Grade]:
    """Give the grades of plans that were made of locked workers; a fixed number of queries, however many they are."""
    gifts = []
    for plan in plans:
        if plan.grading is None or plan.policy is None:
            continue
        fresh = _grade(plan.worker, plan.grading, plan.rank, plan.since, reason, plan.policy, actor)
        fresh.valid_to = plan.until
        gifts.append(Gift(plan.worker, plan.current, fresh))
    return _give(gifts)


def grade_correct(*, worker: Worker, grade: int, since: date, reason: str, actor: Any) -> Grade:
    """A grade put right by hand from a day on, until the next grade that stands; ``reason`` says why.

    A grade that began on the very day is replaced; what it was stays in the worker's history. Raises ``Http404``,
    ``Refused``, ``Invalid``, and ``Conflict`` when nothing would change.
    """
    reason = reason.strip()
    if len(reason) < 4:
        raise Invalid("请写明更正的理由和依据。", "reason")
    if since > timezone.localdate() + timedelta(days=366):
        raise Invalid("生效日期太远，请核对。", "since")
    with transaction.atomic():
        row = locked(worker, actor, permissions.GRADE)
        if since < row.entered_on:
            raise Invalid(f"生效日期不能早于入职日期 {row.entered_on:%Y-%m-%d}。", "since")
        policy, scheme = pay_scheme(since)
        if grade not in scheme.grades:
            raise Invalid(f"“{scheme.label}”没有 {grade} 级，请填写 1 至 {max(scheme.grades)}。", "grade")
        held = main_posts([row], since).get(row.pk)
        if held is None:
            raise Invalid(f"{row.number} 在 {since:%Y-%m-%d} 没有任职，请换一个日期。", "since")
        current = grades_on([row], since).get(row.pk)
        if current is not None and (current.grade, current.rank) == (grade, held.rank):
            raise Conflict(f"{row.number} 在 {since:%Y-%m-%d} 已经是 {grade} 级，不用更正。")
        after = Grade.objects.filter(worker=row, valid_from__gt=since).order_by("valid_from").first()
        grading = Grading(grade, (f"人工更正：{reason}",))
        fresh = _grade(row, grading, held.rank, since, GradeReason.CORRECTION, policy, actor)
        fresh.valid_to = after.valid_from if after else None
        return _give([Gift(row, current, fresh, events.GRADE_CORRECTED, reason)])[0]


def _grade(worker: Worker, grading: Grading, rank: str, since: date, reason: str, policy: Policy, actor: Any) -> Grade:
    return Grade(
        worker=worker, grade=grading.grade, rank=rank, valid_from=since, reason=reason, why=list(grading.why),
        policy=policy, set_by=actor, set_at=timezone.now(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gift:
    """A grade for a locked worker in the place of the one that is held (``current``, if any)."""

    worker: Worker
    current: Grade | None
    fresh: Grade
    event: str = events.GRADED
    why: str = ""

    @property
    def old(self) -> str:
        return f"{self.current.grade} 级" if self.current else "未定级"

    @property
    def replaces(self) -> bool:
        """Whether the grade before began on the very day: it gives way, and stays in the history only."""
        return self.current is not None and self.current.valid_from == self.fresh.valid_from

    def data(self) -> dict[str, Any]:
        """What the event says."""
        fresh = self.fresh
        said = {
            "grade": fresh.grade, "since": fresh.valid_from.isoformat(), "old": self.old, "rank": fresh.rank,
            "reason": GradeReason(fresh.reason).label, "why": self.why or " ".join(fresh.why),
        }  # fmt: skip
        if self.current is not None and self.replaces:
            said["replaced"] = " ".join(self.current.why)
        return said

    def change(self) -> Change:
        fresh = self.fresh
        cause = f"{GradeReason(fresh.reason).label}：{self.old}改为 {fresh.grade} 级"
        return Change(self.worker, fresh.valid_from, cause)


def _give(gifts: Sequence[Gift]) -> list[Grade]:
    """End the grades before and write the next ones with their events; the workers are locked."""
    if not gifts:
        return []
    said = [gift.data() for gift in gifts]
    try:
        with transaction.atomic():
            _make_room(gifts)
            Grade.objects.bulk_create([gift.fresh for gift in gifts])
    except IntegrityError:
        first = gifts[0]
        who = first.worker.number if len(gifts) == 1 else f"{first.worker.number} 等 {len(gifts)} 人中有人"
        raise Conflict(f"{who}在 {first.fresh.valid_from:%Y-%m-%d} 前后已有别的等级，请刷新页面后再试。") from None
    written = [
        history.link(gift.worker, gift.event, actor=gift.fresh.set_by, data=data)
        for gift, data in zip(gifts, said, strict=True)
    ]
    Worker.objects.bulk_update([gift.worker for gift in gifts], ["event_seq", "event_head"])
    Event.objects.bulk_create(written)
    note_changes([gift.change() for gift in gifts])
    return [gift.fresh for gift in gifts]


def _make_room(gifts: Sequence[Gift]) -> None:
    """The grades before end on the day on which the next ones begin."""
    ended = []
    for gift in gifts:
        if gift.current is not None and not gift.replaces:
            gift.current.valid_to = gift.fresh.valid_from
            ended.append(gift.current)
    replaced = [gift.current.pk for gift in gifts if gift.current is not None and gift.replaces]
    if replaced:
        Grade.objects.filter(pk__in=replaced).delete()
    if ended:
        Grade.objects.bulk_update(ended, ["valid_to"])


def _refuse_later(worker: Worker, since: date) -> None:
    later = Grade.objects.filter(worker=worker, valid_from__gt=since).order_by("valid_from").first()
    if later is not None:
        raise Conflict(
            f"{worker.number} 自 {later.valid_from:%Y-%m-%d} 起已有 {later.grade} 级，不能在它之前重新定级。"
            "确有错误的请用“更正等级”。"
        )
