"""The grades of somebody from the day of entry on: first grade, end of probation, January steps, and what else changes one.

Whatever happens within a month counts from the first of the next one, so that a month has one grade.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from staff.choices import GradeReason, ReviewResult
from staff.pay.grading import Grading, Standing, counted_years, highest, initial, january_step, raised
from staff.pay.preview_input import Person, add_months
from staff.pay.rulebook import RuleBook, Version
from staff.pay.scheme import Scheme


@dataclass(frozen=True)
class Step:
    """A grade from a day on; ``rule`` gave it. Without a ``grade`` nothing changed, and ``why`` says for what reason."""

    since: date
    grade: int | None
    rank: str
    reason: str
    why: tuple[str, ...]
    rule: Version


@dataclass(frozen=True)
class Facts:
    """What is known of somebody on a day."""

    rank: str
    education: str
    certificate: str
    probation: bool


def facts(person: Person, book: RuleBook, on: date) -> Facts:
    rank, education = person.rank, person.education
    for change in person.changes:
        if change.on <= on:
            rank, education = change.rank or rank, change.education or education
    return Facts(rank, education, highest(person.certificates, on), on <= probation_until(person, book))


def probation_until(person: Person, book: RuleBook) -> date:
    """The last day of probation: as given, or the scheme's months from the day of entry."""
    if person.probation_until:
        return person.probation_until
    months = book.scheme(person.entered_on)[1].probation_months
    if not months:
        return date.min
    first = add_months(person.entered_on, months)
    return _day_before(first, person.entered_on.day)


def _day_before(month: date, number: int) -> date:
    """The day before the given day of a month; of a shorter month the last day."""
    following = add_months(month, 1)
    length = (following - month).days
    return date.fromordinal(month.toordinal() + min(number, length + 1) - 2)


def course(person: Person, book: RuleBook, first: date, until: date) -> list[Step]:
    """All steps to a month, from the entry on, or from the grade that is given (by default that of the ``first`` month)."""
    start = _first(person, book, first)
    steps, grade, month = [start], start.grade or 1, add_months(start.since, 1)
    while month <= until:
        for step in _in_month(person, book, month, grade):
            steps.append(step)
            grade = step.grade or grade
        month = add_months(month, 1)
    return steps


def grade_on(steps: list[Step], on: date) -> Step:
    """The grade somebody has on a day: the last one given until then."""
    return next(step for step in reversed(steps) if step.grade and step.since <= on)


def _first(person: Person, book: RuleBook, first: date) -> Step:
    given = person.grade_from or first
    since = max(given, person.entered_on) if person.grade is not None else person.entered_on
    version, scheme = book.scheme(since)
    known = facts(person, book, since)
    if person.grade is not None:
        return Step(since, person.grade, known.rank, GradeReason.INITIAL, ("等级由文件给出。",), version)
    found = initial(scheme, _standing(person, scheme, known, person.entered_on))
    return Step(since, found.grade, known.rank, GradeReason.INITIAL, found.why, version)


def _standing(person: Person, scheme: Scheme, known: Facts, on: date) -> Standing:
    years = counted_years(scheme, person.community_since, on, person.reviews)
    return Standing(known.rank, years, known.education, known.certificate, known.probation)


def _in_month(person: Person, book: RuleBook, month: date, grade: int) -> Iterator[Step]:
    """What changes the grade on the first of a month: one cause, or the January step."""
    version, scheme = book.scheme(month)
    _, former = book.scheme(add_months(month, -1))
    earlier = max(add_months(month, -1), person.entered_on)
    was, now = facts(person, book, earlier), facts(person, book, month)
    standing = _standing(person, scheme, now, month)
    reason = _cause(former, scheme, was, now)
    found = _regraded(person, scheme, month, was, now, reason, grade) if reason else None
    if found is not None:
        yield Step(month, found.grade, now.rank, reason, found.why, version)
    elif month.month == 1:
        standing = _standing(person, scheme, now, month)
        yield _january(person, scheme, standing, grade, Step(month, None, now.rank, GradeReason.STEP, (), version))


def _cause(former: Scheme, scheme: Scheme, was: Facts, now: Facts) -> str:
    """What changed since the month before; the weightiest when it is more than one."""
    if _structure(former) != _structure(scheme):
        return GradeReason.SCHEME
    if was.rank != now.rank:
        return GradeReason.RANK
    if was.probation and not now.probation:
        return GradeReason.PROBATION_OVER
    if was.education != now.education:
        return GradeReason.EDUCATION
    return GradeReason.CERTIFICATE if was.certificate != now.certificate else ""


def _regraded(
    person: Person, scheme: Scheme, month: date, was: Facts, now: Facts, reason: str, grade: int
) -> Grading | None:
    """The grade after a change, if it is another one."""
    if reason in (GradeReason.SCHEME, GradeReason.RANK):
        return initial(scheme, _standing(person, scheme, now, month))
    on = person.entered_on if reason == GradeReason.PROBATION_OVER else month
    before, after = (_standing(person, scheme, known, on) for known in (was, now))
    return raised(scheme, before, after, grade)


def _structure(scheme: Scheme) -> object:
    """What grades depend on: a new base or coefficient leaves them as they are."""
    extras = [
        (key, extra.grades, extra.years) for key, extra in (*scheme.education.items(), *scheme.certificates.items())
    ]
    posts = [(post.ranks, post.start, post.lowest, post.highest) for post in scheme.posts]
    return posts, extras, scheme.step_years, max(scheme.grades)


def _january(person: Person, scheme: Scheme, standing: Standing, grade: int, step: Step) -> Step:
    year = step.since.year - 1
    result = person.reviews.get(year, "")
    found = january_step(scheme, grade, standing, result)
    if found is not None:
        return Step(step.since, found.grade, step.rank, step.reason, found.why, step.rule)
    return Step(step.since, None, step.rank, step.reason, (_refusal(scheme, standing, grade, year, result),), step.rule)


def _refusal(scheme: Scheme, standing: Standing, grade: int, year: int, result: str) -> str:
    """Why there is no step in a January."""
    if standing.probation:
        return "试用期内不晋级。"
    if not result:
        return f"没有 {year} 年度考核结果，不晋级。"
    if not scheme.results[result].counts:
        return f"{year} 年度考核为{ReviewResult(result).label}，当年不计入晋级年限，不晋级。"
    reached: Grading = initial(scheme, standing)
    return f"{year} 年度考核计入，但年限等条件合计到 {reached.grade} 级，现为 {grade} 级，不晋级。"
