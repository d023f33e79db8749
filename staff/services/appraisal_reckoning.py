"""Counting values and adding up points of a period; the caller holds the lock of the period."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from staff.appraisal.scheme import NO_RESULT, Level, Scheme
from staff.appraisal.score import (
    Line,
    Measured,
    Score,
    judged_line,
    levels_of,
    measured_line,
    rounded,
    score_of,
)
from staff.models import Appraisal, AppraisalMeasure, AppraisalResult, AppraisalScore, Appraised
from staff.selectors.appraisal import scheme_of_appraisal
from staff.selectors.appraisal_measures import Span, Values, values_of
from staff.selectors.appraisal_people import sides_of

CHUNK = 2000
RELATED = ("unit", "host_unit", "worker")
Key = tuple[int, str, str]  # appraised, side, indicator


# --- values


def measure(row: Appraisal, progress: Callable[[int, int], None]) -> int:
    """Count all values anew, until today at the latest, in place of those before; how many there are."""
    scheme = scheme_of_appraisal(row)
    people = list(row.appraised.select_related(*RELATED).order_by("pk"))
    progress(0, len(people))
    units = {unit.pk: unit for one in people for _, unit in sides_of(one)}
    workers = [one.worker for one in people if one.worker is not None]
    sources = {one.source for one in scheme.measured}
    found = values_of(
        sources,
        list(units.values()),
        workers,
        Span(row.first_day, min(row.last_day, timezone.localdate()), scheme.basic),
    )
    fresh = list(_measures(people, scheme, found))
    AppraisalMeasure.objects.filter(appraised__appraisal=row).delete()
    for start in range(0, len(fresh), CHUNK):
        AppraisalMeasure.objects.bulk_create(fresh[start : start + CHUNK])
        progress(start * len(people) // max(len(fresh), 1), len(people))
    progress(len(people), len(people))
    return len(fresh)


def _measures(people: Sequence[Appraised], scheme: Scheme, found: Values) -> Iterator[AppraisalMeasure]:
    for one in people:
        for side, unit in sides_of(one):
            for indicator in scheme.measured:
                value = found.of(indicator.source, unit.pk, one.worker_id)
                if value is not None:
                    yield AppraisalMeasure(
                        appraised=one, side=side, key=indicator.key, numerator=rounded(value.numerator),
                        denominator=None if value.denominator is None else rounded(value.denominator),
                    )  # fmt: skip


# --- results


def reckon(row: Appraisal, actor: Any, at: datetime) -> Decimal | None:
    """The result of everybody anew in place of those before; the mean of all scores."""
    scheme = scheme_of_appraisal(row)
    people = list(row.appraised.select_related(*RELATED).order_by("pk"))
    values, given = _values(row), _given(row)
    lines = {one.pk: list(_lines(one, scheme, values, given)) for one in people}
    scores = {key: score_of(some, scheme.home) for key, some in lines.items()}
    levels = levels_of(scheme, {key: score.total for key, score in scores.items()})
    row.results.all().delete()
    fresh = [
        new_result(one, row, lines[one.pk], scores[one.pk], levels[one.pk], actor, at) for one in people
    ]  # fmt: skip
    AppraisalResult.objects.bulk_create(fresh, CHUNK)
    totals = [score.total for score in scores.values() if score.total is not None]
    return rounded(sum(totals, Decimal(0)) / len(totals)) if totals else None


def _lines(
    one: Appraised, scheme: Scheme, values: dict[Key, Measured], given: dict[Key, list[Decimal]]
) -> Iterator[Line]:
    for side, _ in sides_of(one):
        for indicator in scheme.indicators:
            key = (one.pk, side, indicator.key)
            if indicator.judged:
                yield judged_line(indicator, side, given.get(key, ()))
            else:
                yield measured_line(indicator, side, values.get(key))


def _values(row: Appraisal) -> dict[Key, Measured]:
    rows = AppraisalMeasure.objects.filter(appraised__appraisal=row).order_by()
    columns = rows.values_list("appraised", "side", "key", "numerator", "denominator")
    return {(one, side, key): Measured(top, bottom) for one, side, key, top, bottom in columns}


def _given(row: Appraisal) -> dict[Key, list[Decimal]]:
    rows = AppraisalScore.objects.filter(sheet__appraisal=row, sheet__excused_at=None, points__isnull=False).order_by(
        "pk"
    )
    found: dict[Key, list[Decimal]] = defaultdict(list)
    for one, side, key, points in rows.values_list("appraised", "side", "key", "points"):
        found[one, side, key].append(points)
    return found


def new_result(
    one: Appraised, row: Appraisal, lines: Sequence[Line], score: Score, level: Level | None, actor: Any, at: datetime,
    **correction: Any,
) -> AppraisalResult:  # fmt: skip
    """An unsaved result."""
    values: dict[str, Any] = {}
    if level is not None:
        review = "" if level.result == NO_RESULT else level.result
        values = {"level": level.label, "stars": level.stars, "review": review, "percent": level.percent}
    return AppraisalResult(
        appraised=one, appraisal=row, score=score.total, standing=-1 if score.total is None else score.total, home_score=score.home, host_score=score.host,
        lines=[line.as_json() for line in lines], set_by=actor, set_at=at, **values, **correction,
    )  # fmt: skip


# --- proof


def seal_of(row: Appraisal) -> bytes:
    """A digest over the first results of everybody, in their order."""
    digest = hashlib.sha256()
    rows = row.results.filter(corrects=None).order_by("appraised")
    for one, score, level, stars, percent, lines in rows.values_list(
        "appraised", "score", "level", "stars", "percent", "lines"
    ):
        digest.update(repr((one, f"{score}", level, stars, f"{percent}", _plain(lines))).encode())
    return digest.digest()


def _plain(lines: Sequence[Any]) -> list[Any]:
    """The database keeps no order of keys."""
    return [sorted(line.items()) for line in lines]


def proof(row: Appraisal) -> list[str]:
    """What is wrong with a published appraisal: results that do not fit the sealed digest."""
    return [] if bytes(row.digest or b"") == seal_of(row) else ["考核结果与公示时不一致"]
