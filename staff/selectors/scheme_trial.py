"""What a pay scheme would mean for those in office today: head count, grades, monthly pay by street. Nothing is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from common.masks import mask_name
from grid.choices import Level
from grid.models import Unit
from staff import permissions
from staff.choices import Rank
from staff.models import Worker
from staff.pay.grading import Standing, initial
from staff.pay.money import ZERO
from staff.pay.scheme import Scheme, same_grading, scheme_of
from staff.pay.slip import PersonMonth, monthly
from staff.rules import pay_scheme
from staff.selectors.grades import grades_on, standings

CHUNK = 500
NO_STREET = "区直"


@dataclass(frozen=True, slots=True)
class Compared:
    """One worker under the scheme in force and under the new one; yuan a full month before tax."""

    worker: Worker
    street: str
    rank: str
    old_grade: int
    new_grade: int
    old: Decimal
    new: Decimal


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody for whom nothing could be reckoned, and why."""

    worker: Worker
    why: str


def head_count() -> int:
    """How many are in office: what decides whether a trial is done at once."""
    return Worker.objects.active().count()


def try_scheme(
    data: Mapping[str, Any], actor: Any, progress: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, Any]:
    """Compare the scheme ``data`` (which has passed its check) with the one in force, for everybody in office today.

    Sums and groups are over the whole installation and name nobody: the security administrator who keeps the rules
    sees them. ``rows``, one for each worker, are only those whose pay ``actor`` may see. Plain JSON, amounts as text.
    """
    today = timezone.localdate()
    old, new = pay_scheme(today)[1], scheme_of(data)
    compared: list[Compared] = []
    left: list[LeftOut] = []
    total = head_count()
    for chunk in _chunks():
        for found in _compare(chunk, old, new, today):
            (left if isinstance(found, LeftOut) else compared).append(found)  # type: ignore[arg-type]
        progress(len(compared) + len(left), total)
    seen = set(Worker.objects.visible_to(actor, permissions.PAY_VIEW).active().values_list("pk", flat=True))
    return {
        "label": new.label, "old_label": old.label, "on": today.isoformat(), "regrades": not same_grading(old, new),
        "people": len(compared), "left_out": Counter(one.why for one in left).most_common(),
        **_sums(compared), "streets": _by_street(compared), "grades": _by_grade(compared),
        "groups": _by_group(compared), "shows_people": bool(seen),
        "rows": [_row(one) for one in compared if one.worker.pk in seen],
    }  # fmt: skip


def _chunks() -> Iterator[list[Worker]]:
    chunk: list[Worker] = []
    rows = Worker.objects.active().select_related("unit", "person").order_by("unit__path", "number")
    for worker in rows.iterator(CHUNK):
        chunk.append(worker)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _compare(workers: Sequence[Worker], old: Scheme, new: Scheme, on: date) -> Iterator[Compared | LeftOut]:
    grades = grades_on(workers, on)
    before, after = standings(workers, on, old), standings(workers, on, new)
    keeps = same_grading(old, new)
    streets = _streets(workers)
    for worker in workers:
        row, standing = grades.get(worker.pk), before.get(worker.pk)
        if row is None or standing is None:
            yield LeftOut(worker, "还没有定级" if row is None else "今天没有任职")
            continue
        grade = row.grade if keeps else initial(new, after[worker.pk]).grade
        if row.grade not in old.grades or grade not in new.grades:
            yield LeftOut(worker, f"等级表没有 {grade if grade not in new.grades else row.grade} 级")
            continue
        pay = (_pay(old, worker, standing, row.grade, on), _pay(new, worker, after[worker.pk], grade, on))
        yield Compared(worker, streets.get(worker.unit_id, NO_STREET), standing.rank, row.grade, grade, *pay)


def _pay(scheme: Scheme, worker: Worker, standing: Standing, grade: int, on: date) -> Decimal:
    """A full month of all items, performance at 100 %, before tax; what is paid out later counts for its month."""
    person = PersonMonth(
        month=on.replace(day=1), rank=standing.rank, grade=grade, education=standing.education,
        certificate=standing.certificate, years=standing.years, newcomer=worker.newcomer and standing.probation,
    )  # fmt: skip
    return sum((monthly(scheme, item, person)[0] for item in scheme.items), ZERO)


def _streets(workers: Sequence[Worker]) -> dict[int, str]:
    """The street of each unit that the workers are at."""
    codes = {code for worker in workers for code in worker.unit.path_codes}
    names = dict(Unit.objects.filter(level=Level.STREET, code__in=codes).values_list("code", "name").order_by())
    return {
        worker.unit_id: next((names[code] for code in worker.unit.path_codes if code in names), NO_STREET)
        for worker in workers
    }


# --- figures


def _sums(rows: Sequence[Compared]) -> dict[str, str]:
    old, new = sum((row.old for row in rows), ZERO), sum((row.new for row in rows), ZERO)
    return {"old": str(old), "new": str(new), "difference": str(new - old)}


def _by_street(rows: Sequence[Compared]) -> list[dict[str, Any]]:
    """In the order of the organisation, which is that of the rows."""
    found: dict[str, list[Compared]] = defaultdict(list)
    for row in rows:
        found[row.street].append(row)
    return [{"name": name, "people": len(own), **_sums(own)} for name, own in found.items()]


def _by_grade(rows: Sequence[Compared]) -> list[list[int]]:
    """``[grade, people today, people under the new scheme]``."""
    old, new = Counter(row.old_grade for row in rows), Counter(row.new_grade for row in rows)
    return [[grade, old[grade], new[grade]] for grade in sorted({*old, *new})]


def _by_group(rows: Sequence[Compared]) -> list[dict[str, Any]]:
    """The same rank with the same change of grade: nobody is named."""
    found: dict[tuple[str, int, int], list[Compared]] = defaultdict(list)
    for row in rows:
        found[row.rank, row.old_grade, row.new_grade].append(row)
    order = {rank: place for place, rank in enumerate(Rank.values)}
    return [
        {"rank": Rank(rank).label, "old_grade": old, "new_grade": new, "people": len(own), **_sums(own)}
        for (rank, old, new), own in sorted(found.items(), key=lambda item: (order[item[0][0]], item[0][1:]))
    ]


def _row(one: Compared) -> dict[str, Any]:
    return {
        "pk": one.worker.pk, "number": one.worker.number, "name": mask_name(one.worker.person.name),
        "unit": one.worker.unit.name, "rank": Rank(one.rank).label, "old_grade": one.old_grade,
        "new_grade": one.new_grade, "old": str(one.old), "new": str(one.new), "difference": str(one.new - one.old),
    }  # fmt: skip
