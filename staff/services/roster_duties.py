"""Who stands ready for a post (一职两备), who stands in (AB 岗), what a year's review said, how many people live in a unit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from grid.choices import Level
from grid.models import Unit
from grid.services.tree import locked as locked_units
from staff import events, permissions
from staff.choices import GradeReason, Period, PostKind, Rank, ReviewResult, WorkerState
from staff.models import (
    AnnualReview,
    AppraisalResult,
    PostReserve,
    Residents,
    ReviewSource,
    Slip,
    StaffPost,
    StandIn,
    Worker,
)
from staff.pay.scheme import Result
from staff.rules import pay_rules
from staff.services.workers import active_worker, known_choice, lock_seat, locked_worker, one_line

PLACES = {1: "第一备选", 2: "第二备选"}
MOST_RESIDENTS = 2_000_000
NO_REVIEW = Result(factor=Decimal(1), counts=True)  # whole performance pay, and the year counts


# --- 一职两备


def reserve_set(
    *, actor: Any, unit: Unit, rank: str, first: Worker | None = None, second: Worker | None = None
) -> list[PostReserve]:
    """Who stands ready for a post of a unit, in two places; an empty one is vacant. What stays the same is not touched."""
    rank = known_choice(rank, Rank, "rank")
    today = timezone.localdate()
    with transaction.atomic():
        seat = lock_seat(unit, actor)
        wanted = _checked_reserves(seat, rank, {1: first, 2: second}, actor, today)
        present = {
            row.place: row for row in PostReserve.objects.filter(unit=seat, rank=rank, valid_to=None)
        }  # fmt: skip
        changed = {
            place for place, worker in wanted.items() if _key(worker) != getattr(present.get(place), "worker_id", None)
        }
        for place in changed & set(present):  # first all that end: two may change places
            _end_reserve(present[place], actor, today)
        for place in sorted(changed):
            _add_reserve(seat, rank, place, wanted[place], actor, today)
    return list(PostReserve.objects.filter(unit=seat, rank=rank, valid_to=None).order_by("place"))


def _key(worker: Worker | None) -> int | None:
    return worker.pk if worker else None


def _checked_reserves(
    seat: Unit, rank: str, named: dict[int, Worker | None], actor: Any, today: date
) -> dict[int, Worker | None]:
    """The named ones under their locks, in the order of their keys; each fit to stand ready."""
    keys = [worker.pk for worker in named.values() if worker is not None]
    if len(keys) != len(set(keys)):
        raise Invalid("两名备选不能是同一个人。", "second")
    rows = Worker.objects.visible_to(actor, permissions.MANAGE).select_for_update(of=("self",)).order_by("pk")
    locked = {row.pk: row for row in rows.filter(pk__in=keys)}
    holders = set(
        StaffPost.objects.filter(unit=seat, rank=rank, kind=PostKind.MAIN).on(today).values_list("worker", flat=True)
    )
    result: dict[int, Worker | None] = {}
    for place, worker in named.items():
        field = "first" if place == 1 else "second"
        found = locked.get(worker.pk) if worker is not None else None
        if worker is not None and (found is None or found.state != WorkerState.ACTIVE):
            raise Invalid(f"{worker.number} 已离岗，或不在您的管辖范围内，请重新选择。", field)
        if found is not None and found.pk in holders:
            raise Invalid(f"{found.number} 正在担任这个职务，不能同时备选。", field)
        result[place] = found
    return result


def _end_reserve(row: PostReserve, actor: Any, today: date) -> None:
    worker = Worker.objects.select_for_update().get(pk=row.worker_id)
    row.valid_to = today
    row.save(update_fields=["valid_to"])
    data = {"unit": row.unit.name, "rank": row.get_rank_display()}
    history.record(worker, events.RESERVE_ENDED, actor=actor, data=data)


def _add_reserve(seat: Unit, rank: str, place: int, worker: Worker | None, actor: Any, today: date) -> None:
    if worker is None:
        return
    worker.refresh_from_db(fields=["event_seq", "event_head"])  # the end of another place may have written to it
    PostReserve.objects.create(unit=seat, rank=rank, place=place, worker=worker, valid_from=today)
    data = {"unit": seat.name, "rank": Rank(rank).label, "place": PLACES[place]}
    history.record(worker, events.RESERVED, actor=actor, data=data)


# --- AB 岗


def stand_in_set(*, worker: Worker, actor: Any, stand_in: Worker | None = None) -> Worker:
    """Who stands in while a worker is away: of the same unit or street, and never round in a circle."""
    today = timezone.localdate()
    with transaction.atomic():
        _lock_street(worker)
        locked = active_worker(worker, actor)
        present = locked.stand_ins.filter(valid_to=None).first()
        found = _checked_stand_in(locked, stand_in, actor) if stand_in is not None else None
        if _key(found) == (present.stand_in_id if present else None):
            return locked
        if present is not None:
            present.valid_to = today
            present.save(update_fields=["valid_to"])
        if found is not None:
            StandIn.objects.create(worker=locked, stand_in=found, valid_from=today)
        data = {"who": f"由 {found.number} 代岗" if found else "取消"}
        history.record(locked, events.STAND_IN_SET, actor=actor, data=data)
    return locked


def _checked_stand_in(worker: Worker, stand_in: Worker, actor: Any) -> Worker:
    if stand_in.pk == worker.pk:
        raise Invalid("不能由本人代岗。", "stand_in")
    found = Worker.objects.visible_to(actor).select_related("unit").filter(pk=stand_in.pk).first()
    if found is None:
        raise Http404
    if found.state != WorkerState.ACTIVE:
        raise Invalid(f"{found.number} 已离岗，请重新选择。", "stand_in")
    if _street(found.unit) != _street(worker.unit):
        raise Invalid(f"{found.number} 不在同一街道，AB 岗应在本单位或本街道内安排。", "stand_in")
    if worker.pk in _chain_from(found):
        raise Invalid(f"{found.number} 的代岗人最终又是 {worker.number}，会互相等待，请重新安排。", "stand_in")
    return found


def _lock_street(worker: Worker) -> None:
    """Stand-ins of a street are arranged one after the other: two at once might close a circle."""
    codes = _street(worker.unit)
    locked_units(Unit.objects.filter(code=codes[-1]).values_list("pk", flat=True))


def _street(unit: Unit) -> tuple[str, ...]:
    return tuple(unit.path_codes[: Level.STREET])


def _chain_from(worker: Worker) -> set[int]:
    """Whoever would stand in for them, for that one, and so on."""
    following = dict(StandIn.objects.filter(valid_to=None).values_list("worker", "stand_in"))
    seen: set[int] = set()
    key: int | None = worker.pk
    while key is not None and key not in seen:
        seen.add(key)
        key = following.get(key)
    return seen


# --- 年度考核


def review_set(*, worker: Worker, actor: Any, year: int, result: str, why: str = "") -> AnnualReview:
    """The result of a year, entered by hand; it may be corrected until the January step has used it.

    ``why``: the document or reason. Against the result of an appraisal it is needed: raises ``Invalid`` without.
    """
    result, why = known_choice(result, ReviewResult, "result"), one_line(why, 120, "依据", "why")
    with transaction.atomic():
        locked = locked_worker(worker, actor, permissions.REVIEW)
        row = locked.reviews.filter(year=year).first()
        fed = row is not None and ReviewSource.objects.filter(review=row, result__isnull=False).exists()
        if fed and row is not None and row.result != result and not why:
            raise Invalid(f"{year} 年度的结果来自考核，人工改动须写明依据。", "why")
        return _review(locked, actor, year, result, None, why)


def review_feed(*, result: AppraisalResult, actor: Any, year: int) -> AnnualReview:
    """The result of a year as an appraisal found it. Raises ``Refused`` when January has used another one already."""
    worker = result.appraised.worker
    if worker is None or not result.review:
        raise Invalid("这个考核结果不作为年度考核。")
    with transaction.atomic():
        locked = locked_worker(worker, actor, permissions.REVIEW)
        return _review(locked, actor, year, result.review, result, "")


def _review(
    worker: Worker, actor: Any, year: int, result: str, appraised: AppraisalResult | None, why: str
) -> AnnualReview:
    """Write the review and where it came from; the worker is locked."""
    _check_year(worker, year)
    row = worker.reviews.filter(year=year).first()
    if row is None or row.result != result:
        if row is not None and review_is_used(worker, year):
            raise Refused(f"{year} 年度考核结果已用于 {year + 1} 年 1 月晋级，不能直接修改。请先由定级人员更正等级。")
        before = f"（原为{row.get_result_display()}）" if row else ""
        since = _changes_pay(worker, year, row.result if row else "", result)
        row = row or AnnualReview(worker=worker, year=year)
        row.result, row.set_by, row.set_at = result, actor, timezone.now()
        row.save()
        source = f"，{appraised.appraisal}" if appraised else f"，{why}" if why else ""
        data = {"year": year, "result": row.get_result_display(), "before": before, "source": source, "since": since}
        history.record(worker, events.REVIEW_SET, actor=actor, data=data)
    elif appraised is None:
        return row
    ReviewSource.objects.filter(review=row).delete()
    if appraised is not None or why:
        ReviewSource.objects.create(worker=worker, review=row, result=appraised, why=why)
    return row


def _changes_pay(worker: Worker, year: int, before: str, after: str) -> str:
    """The first frozen month whose pay a review changes, as the next run makes it up; empty when there is none.

    Performance pay of the following year and the 13th period of its own go by it, and so do the years that count.
    """
    slips = Slip.objects.frozen().filter(
        Q(month__gt=date(year, 12, 1)) | Q(month__year=year, period=Period.BONUS), worker=worker
    )
    first = slips.order_by("month").values_list("month", flat=True).first()
    if first is None:
        return ""
    results = pay_rules(first).rules.scheme.results
    effects = [results[result] if result else NO_REVIEW for result in (before, after)]
    return first.isoformat() if effects[0] != effects[1] else ""


def review_is_used(worker: Worker, year: int) -> bool:
    """Whether a grade of the following year came of a year's review."""
    rows = worker.grades.filter(reason=GradeReason.STEP, valid_from__year=year + 1)
    return rows.exists()


def _check_year(worker: Worker, year: int) -> None:
    last = worker.left_on.year if worker.left_on else timezone.localdate().year
    if not worker.entered_on.year <= year <= last:
        raise Invalid(f"{worker.number} 在 {worker.entered_on.year} 至 {last} 年在岗，请核对年度。", "year")


# --- residents, for posts per ten thousand of them


def residents_set(*, unit: Unit, actor: Any, number: int, counted_on: date, source: str) -> Residents:
    """How many people live in a street or community, on a day, from which source; the same day again corrects it."""
    source = one_line(source, 60, "来源", "source")
    if not source:
        raise Invalid("请填写来源，例如“第七次人口普查”。", "source")
    if not 1 <= number <= MOST_RESIDENTS:
        raise Invalid(f"常住人口应在 1 至 {MOST_RESIDENTS:,} 之间。", "number")
    if counted_on > timezone.localdate():
        raise Invalid("统计日期不能晚于今天。", "counted_on")
    with transaction.atomic():
        seat = lock_seat(unit, actor)
        if seat.level > Level.COMMUNITY:
            raise Conflict("常住人口按街道或社区登记。")
        row = Residents.objects.filter(unit=seat, counted_on=counted_on).first()
        if row is not None and (row.number, row.source) == (number, source):
            return row
        row = row or Residents(unit=seat, counted_on=counted_on)
        row.number, row.source = number, source
        row.save()
        data = {"day": counted_on.isoformat(), "number": number, "source": source}
        history.record(seat, events.RESIDENTS_SET, actor=actor, data=data)
    return row
