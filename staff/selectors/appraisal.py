"""Questions about appraisals: results with their rank, what waits for whom, a worker's record for promotion."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from common.navigation import capped
from common.scope import scope_of
from grid.querysets import covers
from staff import permissions
from staff.appraisal.scheme import Scheme, scheme_of
from staff.appraisal.score import Line
from staff.appraisal.words import FROZEN_APPRAISALS, AppealState, AppraisalState, Side, Subject
from staff.models import (
    Appeal,
    Appraisal,
    AppraisalResult,
    AppraisalScore,
    AppraisalSheet,
    Appraised,
    ReviewSource,
    Worker,
)
from staff.selectors.grades import of_worker

JUDGES_SECONDS = 30.0
_judges: tuple[float, frozenset[int]] | None = None


def scheme_of_appraisal(appraisal: Appraisal) -> Scheme:
    """The scheme the period was opened with, whatever came after."""
    return scheme_of(appraisal.policy.data)


# --- results and ranks


def _better(**same: Any) -> Subquery:
    """How many current results of the same period are higher."""
    rows = AppraisalResult.objects.current().filter(
        appraisal=OuterRef("appraisal"), score__gt=OuterRef("score"), **same
    )
    return Subquery(
        rows.order_by().values("appraisal").annotate(n=Count("pk")).values("n"), output_field=IntegerField()
    )


def with_ranks(rows: QuerySet[AppraisalResult]) -> QuerySet[AppraisalResult]:
    """``place`` among all of the period and ``street_place`` inside the street: equal scores share one (1, 2, 2, 4).

    A place is the same whoever looks at it, and does not exist without a score.
    """
    street = _better(appraised__street=OuterRef("appraised__street"))
    return rows.annotate(
        place=_place(_better()), street_place=_place(street),
    )  # fmt: skip


def _place(better: Subquery) -> Any:
    return Case(When(score=None, then=Value(None)), default=Coalesce(better, 0) + Value(1), output_field=IntegerField())


def listed(rows: QuerySet[AppraisalResult]) -> QuerySet[AppraisalResult]:
    """Current results with what a list shows of them."""
    related = (
        "appraised__unit",
        "appraised__street",
        "appraised__worker__person",
        "appraised__host_unit",
        "appraisal__unit",
    )
    return with_ranks(rows.filter(corrected_by=None)).select_related(*related)


def before_of(rows: Sequence[AppraisalResult]) -> dict[int, int]:
    """The place of each community in the published period before, by the key of the result. Two queries."""
    earlier = _periods_before({row.appraisal_id: row.appraisal for row in rows})
    results = AppraisalResult.objects.current().filter(appraisal__in=set(earlier.values()))
    ranked: Any = with_ranks(results)
    places = {
        (period, unit): place for period, unit, place in ranked.values_list("appraisal", "appraised__unit", "place")
    }
    found = {row.pk: places.get((earlier.get(row.appraisal_id), row.appraised.unit_id)) for row in rows}
    return {key: place for key, place in found.items() if place is not None}


def _periods_before(periods: Mapping[int, Appraisal]) -> dict[int, int]:
    """The last published period of the same unit, subject and cycle before each."""
    units = {period.unit_id for period in periods.values()}
    rows = Appraisal.objects.filter(unit__in=units, state__in=FROZEN_APPRAISALS).order_by("first_day")
    columns = rows.values_list("pk", "unit", "subject", "cycle", "first_day")
    found: dict[int, int] = {}
    for pk, unit, subject, cycle, first in columns:
        for key, period in periods.items():
            same = (period.unit_id, period.subject, period.cycle) == (unit, subject, cycle)
            if same and first < period.first_day:
                found[key] = pk
    return found


def search_results(rows: QuerySet[AppraisalResult], text: str) -> QuerySet[AppraisalResult]:
    """By the worker's number or whole name, or by part of the unit's name."""
    return rows.filter(of_worker(text, "appraised__worker__") | Q(appraised__unit__name__icontains=text))


def current_result(appraised: Appraised) -> AppraisalResult | None:
    """The result as it stands: the last correction."""
    return appraised.results.filter(corrected_by=None).order_by("-pk").first()


def lines_of(result: AppraisalResult) -> list[Line]:
    return [Line.from_json(line) for line in result.lines]


def line_choices(result: AppraisalResult | None) -> list[tuple[str, str]]:
    """Lines that may be corrected: ``side:key`` with its words."""
    if result is None:
        return []
    lines = lines_of(result)
    two = any(line.side == Side.HOST for line in lines)
    return [
        (f"{line.side}:{line.key}", f"{Side(line.side).label}·{line.label}" if two else line.label) for line in lines
    ]


# --- sheets


def own_sheets(user: Any) -> QuerySet[AppraisalSheet]:
    """Sheets of one's own that may still be filled in."""
    rows = AppraisalSheet.objects.own(user).filter(appraisal__state=AppraisalState.OPEN, excused_at=None)
    return with_progress(rows).select_related("appraisal__unit").order_by("appraisal__judge_until", "pk")


def with_progress(rows: QuerySet[AppraisalSheet]) -> QuerySet[AppraisalSheet]:
    """``items`` to score and ``given`` so far."""
    return rows.annotate(items=Count("scores"), given=Count("scores", filter=Q(scores__points__isnull=False)))


def people_of(sheet: AppraisalSheet) -> QuerySet[Appraised]:
    """Whoever a sheet is about, in the order of the organisation."""
    people = Appraised.objects.filter(pk__in=sheet.scores.values("appraised")).order_by("unit__path", "pk")
    return people.select_related("unit", "host_unit", "worker__person")


def sheets_waiting(user: Any) -> int:
    return capped(
        AppraisalSheet.objects.own(user).filter(appraisal__state=AppraisalState.OPEN, excused_at=None, sent_at=None)
    )


def is_judge(user: Any) -> bool:
    """Whether the person has a sheet that may still be filled in.

    Every page asks, for its menu, so the judges of the district are remembered in the process for half a minute; who
    opens or closes a period shows at once in the process that did it.
    """
    global _judges
    now = time.monotonic()
    if _judges is None or now - _judges[0] > JUDGES_SECONDS:
        rows = AppraisalSheet.objects.filter(appraisal__state=AppraisalState.OPEN, excused_at=None)
        _judges = (now, frozenset(rows.order_by().values_list("judge", flat=True).distinct()))
    return getattr(user, "pk", None) in _judges[1]


def forget_judges() -> None:
    """Look anew (periods or sheets have changed in this process, and between tests)."""
    global _judges
    _judges = None


def has_scored(user: Any, appraised: Appraised) -> bool:
    """Whether somebody gave points to whoever is appraised."""
    rows = AppraisalScore.objects.filter(appraised=appraised, sheet__judge=user, points__isnull=False)
    return rows.filter(sheet__excused_at=None).exists()


# --- what waits


def organised_by(user: Any) -> QuerySet[Appraisal]:
    """Appraisals that the person may take a step further."""
    scope = scope_of(user).holding(permissions.APPRAISE)
    if not scope:
        return Appraisal.objects.none()
    rows = Appraisal.objects.visible_to(user, permissions.APPRAISE)
    return rows if scope.everything else rows.filter(unit__in=scope.unit_ids())


def steps_waiting(user: Any, today: date) -> int:
    """Appraisals that somebody may check, or make final."""
    rows = organised_by(user)
    to_check = Q(state=AppraisalState.RECKONED) & ~Q(reckoned_by=user)
    asked = Appeal.objects.filter(appraised__appraisal=OuterRef("pk"), state=AppealState.ASKED)
    to_finish = Q(state=AppraisalState.PUBLISHED, appeal_until__lt=today) & ~Exists(asked)
    return capped(rows.filter(to_check | to_finish))


def appeals_waiting(user: Any) -> int:
    rows = Appeal.objects.visible_to(user, permissions.APPRAISE).filter(state=AppealState.ASKED)
    organised = rows.filter(appraised__appraisal__in=organised_by(user).values("pk"))
    return capped(organised.exclude(appraised__scores__sheet__judge=user, appraised__scores__points__isnull=False))


def may_organise(user: Any, appraisal: Appraisal) -> bool:
    return covers(scope_of(user).holding(permissions.APPRAISE), appraisal.unit)


# --- the record for promotion (晋升档案)


@dataclass(frozen=True)
class Record:
    """What a worker has to show for a promotion: appraisals, annual reviews, grades, honours, certificates, posts."""

    results: list[AppraisalResult]
    reviews: list[Any]
    grades: list[Any]
    honours: list[Any]
    certificates: list[Any]
    posts: list[Any]


def record_of(worker: Worker) -> Record:
    """Final results only: what is still open to appeal does not count yet."""
    results = AppraisalResult.objects.current().filter(appraised__worker=worker, appraisal__state=AppraisalState.FINAL)
    results = results.select_related("appraisal__unit", "appraised__unit", "appraised__host_unit", "corrects")
    return Record(
        list(with_ranks(results).order_by("-appraisal__last_day")),
        [(row, source_words(row)) for row in worker.reviews.select_related("source__result__appraisal", "set_by")],
        list(worker.grades.all()), list(worker.honours.all()), list(worker.certificates.all()),
        list(worker.posts.select_related("unit")),
    )  # fmt: skip


def source_words(review: Any) -> str:
    """Where a review's result came from."""
    source: ReviewSource | None = getattr(review, "source", None)
    if source is None:
        return "人工登记"
    return f"{source.result.appraisal.period_words}考核" if source.result else f"人工登记：{source.why}"


def own_results(user: Any) -> QuerySet[AppraisalResult]:
    """One's own published results, the latest first."""
    rows = AppraisalResult.objects.own(user).current()
    return with_ranks(rows).select_related("appraisal__unit", "appraised__unit").order_by("-appraisal__first_day")


def latest_board() -> Appraisal | None:
    """The last published appraisal of communities; streets that have one of their own share its days."""
    rows = Appraisal.objects.filter(subject=Subject.COMMUNITY, state__in=FROZEN_APPRAISALS)
    return rows.order_by("-last_day", "-pk").first()
