"""Grading in bulk, looked at before it is done: which batches there are, whom they are about, what they do to each.

One mechanism for the January step, a new scheme, and the first grade of those who have none (domain §6). A plan is
made from the rows as they stand: looked at without a lock for the page, under the lock for the writing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from django.db.models import QuerySet

from common.errors import Invalid, PlainError
from common.models import Policy
from staff.choices import GradeReason, GradingOutcome, Rank
from staff.models import Grade, Worker
from staff.pay.grading import Grading, Standing, initial, january_step, why_no_step
from staff.pay.scheme import Scheme
from staff.rules import pay_scheme, regrading_versions
from staff.selectors.grades import Record, record_of, ungraded

CHUNK = 500
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Batch:
    """What is done to many at once: the step of a ``year``, a new ``version`` of the scheme, or first grades."""

    reason: str
    year: int = 0
    version: Policy | None = None

    @property
    def key(self) -> str:
        """The batch as an address and a job keep it."""
        if self.version is not None:
            return f"{self.reason}:{self.version.pk}"
        return f"{self.reason}:{self.year}" if self.year else self.reason

    @property
    def label(self) -> str:
        if self.version is not None:
            return f"执行新方案“{self.version.data['label']}”（{self.version.valid_from:%Y-%m-%d} 起）"
        return f"{self.year} 年度晋级" if self.year else "首次定级"

    @property
    def day(self) -> date | None:
        """From which day its grades hold; none when it is everybody's own day of entry."""
        if self.version is not None:
            return self.version.valid_from
        return date(self.year, 1, 1) if self.year else None


def batches(today: date) -> list[Batch]:
    """What may be done in bulk: steps and new schemes of this year and the last one, or to come; first grades."""
    steps = [Batch(GradeReason.STEP, year=year) for year in (today.year, today.year - 1)]
    versions = regrading_versions(date(today.year - 1, 1, 1))
    schemes = [Batch(GradeReason.SCHEME, version=version) for version in versions]
    return [*steps, *schemes, Batch(GradeReason.INITIAL)]


def batch_of(key: str, today: date) -> Batch:
    """The batch of a key; ``Invalid`` for one that is not, or no longer, offered."""
    found = next((batch for batch in batches(today) if batch.key == key), None)
    if found is None:
        raise Invalid("没有这种批量定级，或者这个方案版本已经撤回、早已过去，请重新选择。", "kind")
    return found


def people_of(batch: Batch, workers: QuerySet[Worker]) -> QuerySet[Worker]:
    """Those of the workers whom a batch is about: everybody in office, or everybody whose grade does not go on."""
    return ungraded(workers) if batch.reason == GradeReason.INITIAL else workers.active()  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch does to one worker: a grade to be given, or (``grading`` none) why there is none.

    ``until``: the day on which a grade that is known already takes over. ``why_not`` begins with the reason that
    others share, then a colon and what is this worker's own.
    """

    worker: Worker
    outcome: str
    since: date
    current: Grade | None
    grading: Grading | None = None
    rank: str = ""
    policy: Policy | None = None
    why_not: str = ""
    until: date | None = None

    @property
    def why(self) -> str:
        return " ".join(self.grading.why) if self.grading else self.why_not

    @property
    def cause(self) -> str:
        """The reason why there is no grade, the same words for everybody whom it keeps back."""
        return self.why_not.split("：")[0].rstrip("。")


def plans(batch: Batch, workers: QuerySet[Worker]) -> Iterator[Plan]:
    """The plan of each of the workers, in chunks of a few queries."""
    for chunk in chunks(workers):
        yield from plans_of(batch, chunk)


def chunks(workers: QuerySet[Worker]) -> Iterator[list[Worker]]:
    """The rows from a server-side cursor, some hundred at a time."""
    rows = workers.iterator(CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def plans_of(batch: Batch, workers: Sequence[Worker]) -> Iterator[Plan]:
    """The same for workers at hand: four queries, however many they are."""
    if not workers:
        return
    record, grades = record_of(workers), _grades_of(workers)
    plan = _PLANNERS[batch.reason]
    for worker in workers:
        yield plan(batch, worker, record, grades[worker.pk])


def reasons_of(plans: Iterable[Plan], outcome: str) -> list[tuple[str, int]]:
    """Why people are left as they are, the most frequent reason first."""
    return Counter(plan.cause for plan in plans if plan.outcome == outcome).most_common()


# --- the three kinds


def _first(batch: Batch, worker: Worker, record: Record, grades: Sequence[Grade]) -> Plan:
    """The first grade since the worker came, or came back, by the scheme of that day."""
    since: date | None = worker.entered_on
    if grades:
        since = record.begun(worker, grades[-1].valid_to) if grades[-1].valid_to else None
    if since is None:
        return _blocked(worker, worker.entered_on, grades[-1], "已经定过级。岗位、学历或证书有变化的请用“重新定级”。")
    word = "返岗" if grades else "入职"
    try:
        policy, scheme = pay_scheme(since)
    except PlainError:
        return _blocked(worker, since, None, f"{word}那天没有薪酬方案：{since:%Y-%m-%d} {word}，请安全管理员先设置。")
    standing = record.standing(worker, since, scheme)
    if standing is None:
        return _blocked(worker, since, None, f"{word}那天没有任职：{since:%Y-%m-%d} {word}，请核对任职日期。")
    if refusal := no_rule(scheme, standing):
        return _blocked(worker, since, None, refusal)
    return Plan(worker, GradingOutcome.FIRST, since, None, initial(scheme, standing), standing.rank, policy)


def _anew(batch: Batch, worker: Worker, record: Record, grades: Sequence[Grade]) -> Plan:
    """Graded anew under a new scheme from its day; may fall. What a person put right on that very day stays."""
    assert batch.version is not None
    since = batch.version.valid_from
    policy, scheme = pay_scheme(since)
    current = _held(grades, since)
    if worker.entered_on > since:
        return Plan(worker, GradingOutcome.STAYS, since, current, why_not="入职在新方案之后：入职时按新方案定级。")
    if not grades:
        return _blocked(worker, since, None, "还没有定级：请先办理首次定级。")
    if current is None:
        return _blocked(worker, since, None, f"这一天没有执行中的等级：请核对 {since:%Y-%m-%d} 前后的等级。")
    if later := _later(grades, since):
        return _blocked(
            worker, since, current, f"之后已有等级：自 {later.valid_from:%Y-%m-%d} 起 {later.grade} 级，请人工核对。"
        )
    if current.valid_from == since and current.reason == GradeReason.CORRECTION:
        return _blocked(worker, since, current, f"当天已由人工更正：现为 {current.grade} 级，不再改动。")
    standing = record.standing(worker, since, scheme)
    if standing is None:
        return _blocked(worker, since, current, f"没有任职：{since:%Y-%m-%d} 没有任职，请核对任职日期。")
    if refusal := no_rule(scheme, standing):
        return _blocked(worker, since, current, refusal)
    grading = initial(scheme, standing)
    outcome = _compared(current, grading.grade, standing.rank)
    if outcome == GradingOutcome.STAYS:
        why_not = f"等级不变：按新方案是 {grading.grade} 级，与现在相同。"
        return Plan(worker, outcome, since, current, why_not=why_not)
    return Plan(worker, outcome, since, current, grading, standing.rank, policy)


def _stepped(batch: Batch, worker: Worker, record: Record, grades: Sequence[Grade]) -> Plan:
    """One grade more on 1 January, when last year's review counts and the years are reached.

    A grade of a scheme that begins later in the year does not stand in the way: it is reckoned without this one.
    """
    since = date(batch.year, 1, 1)
    policy, scheme = pay_scheme(since)
    current = _held(grades, since)
    if current is None:
        return _blocked(worker, since, None, "1 月 1 日还没有定级。")
    if current.valid_from == since and current.reason == GradeReason.STEP:
        before, words = _held(grades, since - ONE_DAY), f"已于本年晋级：现为 {current.grade} 级。"
        return Plan(worker, GradingOutcome.STAYS, since, before, why_not=words)
    if current.valid_from == since:
        return _blocked(worker, since, current, "1 月 1 日已因其他原因重新定级，请人工核对。")
    later = _later(grades, since)
    if later is not None and later.reason != GradeReason.SCHEME:
        return _blocked(worker, since, current, "1 月 1 日之后等级已有变动，请人工核对后更正。")
    standing = record.standing(worker, since, scheme)
    if standing is None:
        return _blocked(worker, since, current, "1 月 1 日没有任职。")
    if refusal := no_rule(scheme, standing):
        return _blocked(worker, since, current, refusal)
    result = record.reviews.get(worker.pk, {}).get(batch.year - 1, "")
    grading = january_step(scheme, current.grade, standing, result)
    if grading is None:
        why_not = why_no_step(scheme, current.grade, standing, result, batch.year - 1)
        return Plan(worker, GradingOutcome.STAYS, since, current, why_not=why_not)
    until = later.valid_from if later else None
    return Plan(worker, GradingOutcome.RISES, since, current, grading, current.rank, policy, until=until)


_PLANNERS: dict[str, Callable[[Batch, Worker, Record, Sequence[Grade]], Plan]] = {
    GradeReason.INITIAL: _first, GradeReason.SCHEME: _anew, GradeReason.STEP: _stepped,
}  # fmt: skip


def no_rule(scheme: Scheme, standing: Standing) -> str:
    """Why a scheme cannot grade somebody, in a sentence; empty when it can."""
    if scheme.has_post(standing.rank):
        return ""
    rank = Rank(standing.rank).label
    return f"薪酬方案没有这个职务：“{scheme.label}”还没有把{rank}归入岗位，请安全管理员完善方案。"


def _blocked(worker: Worker, since: date, current: Grade | None, why_not: str) -> Plan:
    return Plan(worker, GradingOutcome.BLOCKED, since, current, why_not=why_not)


def _compared(current: Grade, grade: int, rank: str) -> str:
    if grade != current.grade:
        return GradingOutcome.RISES if grade > current.grade else GradingOutcome.FALLS
    return GradingOutcome.STAYS if rank == current.rank else GradingOutcome.RENEWED


# --- grades of many


def _grades_of(workers: Sequence[Worker]) -> dict[int, list[Grade]]:
    """Every grade of each of the workers, the earliest first."""
    found: dict[int, list[Grade]] = defaultdict(list)
    for row in Grade.objects.filter(worker__in=workers).order_by("valid_from"):
        found[row.worker_id].append(row)
    return found


def _held(grades: Sequence[Grade], on: date) -> Grade | None:
    return next((row for row in grades if row.valid_from <= on and (row.valid_to is None or row.valid_to > on)), None)


def _later(grades: Sequence[Grade], since: date) -> Grade | None:
    """The first grade that begins after a day."""
    return next((row for row in grades if row.valid_from > since), None)
