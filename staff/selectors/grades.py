"""What a grade depends on, for one worker or for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from common.crypto import lookup_hashes
from staff.choices import PostKind, WorkerState
from staff.models import AnnualReview, Grade, StaffPost, Worker, WorkerCertificate
from staff.pay.grading import Standing, counted_years, highest
from staff.pay.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Held:
    """A worker's main post on a day."""

    rank: str
    unit_id: int


def on_probation(worker: Worker, on: date) -> bool:
    """Until the last day of the probation, that day included."""
    return worker.probation_until is not None and on <= worker.probation_until


def main_posts(workers: Collection[Worker], on: date) -> dict[int, Held]:
    """The main post of each worker on a day; who has none is not named."""
    rows = StaffPost.objects.filter(worker__in=workers, kind=PostKind.MAIN).on(on)
    return {worker: Held(rank, unit) for worker, rank, unit in rows.values_list("worker", "rank", "unit").order_by()}


@dataclass(frozen=True, slots=True)
class Record:
    """What the grades of some workers depend on, on whatever day: main posts, certificates, reviews, by key."""

    posts: Mapping[int, Sequence[tuple[date, date | None, str]]]
    certificates: Mapping[int, Sequence[tuple[str, date, date | None]]]
    reviews: Mapping[int, Mapping[int, str]]

    def begun(self, worker: Worker, ended: date) -> date | None:
        """When the worker took up a main post again, on the day a grade ended or after it."""
        return min((first for first, *_ in self.posts.get(worker.pk, ()) if first >= ended), default=None)

    def standing(self, worker: Worker, on: date, scheme: Scheme, years_on: date | None = None) -> Standing | None:
        """What the grade of a worker depends on at a day; nothing on a day without a main post.

        Years are the full ones since the first day of community work, less those whose review does not count towards
        the next grade. ``years_on`` counts them on another day than the rest.
        """
        posts = self.posts.get(worker.pk, ())
        rank = next((rank for first, end, rank in posts if first <= on and (end is None or end > on)), None)
        if rank is None:
            return None
        return Standing(
            rank=rank,
            years=counted_years(scheme, worker.community_since, years_on or on, self.reviews.get(worker.pk, {})),
            education=worker.education,
            certificate=highest(self.certificates.get(worker.pk, ()), on),
            probation=on_probation(worker, on),
        )


def record_of(workers: Collection[Worker]) -> Record:
    """Three queries, however many the workers are."""
    posts: dict[int, list[tuple[date, date | None, str]]] = defaultdict(list)
    held = StaffPost.objects.filter(worker__in=workers, kind=PostKind.MAIN).order_by()
    for key, first, end, rank in held.values_list("worker", "valid_from", "valid_to", "rank"):
        posts[key].append((first, end, rank))
    certificates: dict[int, list[tuple[str, date, date | None]]] = defaultdict(list)
    owned = WorkerCertificate.objects.filter(worker__in=workers).order_by()
    for key, level, issued, expires in owned.values_list("worker", "level", "issued_on", "expires_on"):
        certificates[key].append((level, issued, expires))
    reviews: dict[int, dict[int, str]] = defaultdict(dict)
    told = AnnualReview.objects.filter(worker__in=workers).order_by()
    for key, year, result in told.values_list("worker", "year", "result"):
        reviews[key][year] = result
    return Record(posts, certificates, reviews)


def standings(
    workers: Collection[Worker], on: date, scheme: Scheme, years_on: Mapping[int, date] | None = None
) -> dict[int, Standing]:
    """:meth:`Record.standing` of each worker, by key; who has no main post that day is left out."""
    record, days = record_of(workers), years_on or {}
    found = ((worker.pk, record.standing(worker, on, scheme, days.get(worker.pk))) for worker in workers)
    return {key: standing for key, standing in found if standing is not None}


def grades_on(workers: Collection[Worker], on: date) -> dict[int, Grade]:
    """The grade of each worker in force on a day."""
    return {row.worker_id: row for row in Grade.objects.filter(worker__in=workers).on(on)}


def ungraded(workers: QuerySet[Worker]) -> QuerySet[Worker]:
    """Those in office whose grade does not go on: they have none yet, or came back after it had ended."""
    going_on = Grade.objects.filter(worker=OuterRef("pk"), valid_to=None)
    return workers.filter(state=WorkerState.ACTIVE).exclude(Exists(going_on))


# --- lists


def of_worker(text: str, prefix: str = "") -> Q:
    """Rows of workers that a text finds: part of the number, or the whole name. ``prefix`` leads to the worker."""
    plain = "".join(text.split())
    found = Q(**{f"{prefix}person__name_hash__in": lookup_hashes(plain, "name")})
    return found | Q(**{f"{prefix}number__icontains": plain}) if plain.isascii() else found


def current_grades(rows: QuerySet[Grade], on: date) -> QuerySet[Grade]:
    """The grades in force on a day of those in office, with what a list shows of them."""
    rows = rows.filter(Q(valid_to=None) | Q(valid_to__gt=on), valid_from__lte=on, worker__state=WorkerState.ACTIVE)
    return rows.select_related("worker__unit", "worker__person")
