"""Finding a grade, and saying in words why it is that one (pay.md: grade = min(cap, start + ⌊years ÷ 3⌋ + education + certificate))."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from staff.choices import Certificate, Education, Rank, ReviewResult
from staff.pay.scheme import NOTHING, Scheme


@dataclass(frozen=True, slots=True)
class Standing:
    """What a grade depends on. ``certificate`` is the highest valid one, or empty; ``years`` full and counted."""

    rank: str
    years: int
    education: str
    certificate: str = ""
    probation: bool = False


@dataclass(frozen=True, slots=True)
class Grading:
    """A grade, and the steps that led to it as sentences."""

    grade: int
    why: tuple[str, ...]


def full_years(first: date, on: date) -> int:
    """Full years from a day to another; 0 when it lies ahead."""
    years = on.year - first.year - ((on.month, on.day) < (first.month, first.day))
    return max(years, 0)


def counted_years(scheme: Scheme, first: date, on: date, reviews: Mapping[int, str]) -> int:
    """Full years that count for the next grade: the years of reviews that do not count are left out (Benxi)."""
    left_out = sum(
        1 for year, result in reviews.items() if first.year <= year < on.year and not scheme.results[result].counts
    )
    return max(full_years(first, on) - left_out, 0)


def highest(certificates: Iterable[tuple[str, date, date | None]], on: date) -> str:
    """The highest certificate that is valid on a day, of level, first day and last day each; empty without one."""
    valid = {level for level, issued, expires in certificates if issued <= on and (expires is None or on <= expires)}
    return next((level for level in reversed(Certificate.values) if level in valid), "")


def initial(scheme: Scheme, standing: Standing) -> Grading:
    """The grade at entry, after a promotion, a degree or a certificate."""
    post = scheme.post_of(standing.rank)
    education = scheme.education.get(standing.education, NOTHING)
    certificate = scheme.certificates.get(standing.certificate, NOTHING)
    counted = standing.years + education.years + certificate.years
    steps = counted // scheme.step_years
    reached = post.start + steps + education.grades + certificate.grades
    grade = max(post.lowest, min(post.highest, reached))
    why = [
        f"{Rank(standing.rank).label}属于“{post.label}”岗位，起点 {post.start} 级。",
        _years_words(scheme, standing, education.years, certificate.years, counted, steps),
    ]
    if education.grades:
        why.append(f"{Education(standing.education).label}学历加 {education.grades} 级。")
    if certificate.grades:
        why.append(f"{Certificate(standing.certificate).label}证书加 {certificate.grades} 级。")
    if reached > post.highest:
        why.append(f"合计 {reached} 级，超过本岗位最高级，按 {post.highest} 级。")
    else:
        why.append(f"合计 {grade} 级。")
    if standing.probation and scheme.probation_lower:
        lower = max(1, grade - scheme.probation_lower)
        why.append(
            f"试用期低 {scheme.probation_lower} 级，{'执行' if lower < grade else '已是最低级，仍为'} {lower} 级。"
        )
        grade = lower
    return Grading(grade, tuple(why))


def _years_words(scheme: Scheme, standing: Standing, education: int, certificate: int, counted: int, steps: int) -> str:
    parts = [f"社区工作 {standing.years} 年"]
    if education:
        parts.append(f"{Education(standing.education).label}学历折合 {education} 年")
    if certificate:
        parts.append(f"{Certificate(standing.certificate).label}证书折合 {certificate} 年")
    return f"{'，'.join(parts)}；每满 {scheme.step_years} 年一级，{counted} 年加 {steps} 级。"


def january_step(scheme: Scheme, current: int, standing: Standing, result: str) -> Grading | None:
    """One grade more in January, when last year's review counts and the years are reached; else nothing.

    ``standing.years`` are those counted on 1 January (years of a failed review are left out).
    """
    review = scheme.results.get(result)
    if review is None or not review.counts or standing.probation:
        return None
    post = scheme.post_of(standing.rank)
    reached = initial(scheme, standing)
    if current >= min(reached.grade, post.highest):
        return None
    return Grading(current + 1, (*reached.why, f"上年度考核计入晋级，由 {current} 级晋为 {current + 1} 级。"))


def raised(scheme: Scheme, before: Standing, now: Standing, grade: int) -> Grading | None:
    """The grade after probation, a diploma or a certificate, if it is a higher one: they add what they bring.

    An expired certificate takes nothing away, and a January step that was refused does not come back with them.
    """
    found = initial(scheme, now)
    more = found.grade - initial(scheme, before).grade
    if more <= 0:
        return None
    return Grading(grade + more, (*found.why, f"由 {grade} 级调整为 {grade + more} 级。"))


def why_no_step(scheme: Scheme, current: int, standing: Standing, result: str, year: int) -> str:
    """Why :func:`january_step` gave nothing, in a sentence; ``year`` is that of the review."""
    if not result:
        return f"{year} 年度考核结果还没有登记。"
    review = scheme.results.get(result)
    if review is None or not review.counts:
        return f"{year} 年度考核“{ReviewResult(result).label}”，不计入晋级年限。"
    if standing.probation:
        return "还在试用期。"
    post = scheme.post_of(standing.rank)
    if current >= post.highest:
        return f"已到“{post.label}”岗位最高级 {post.highest} 级。"
    return f"年限未到：{initial(scheme, standing).why[1]}"
