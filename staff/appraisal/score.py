"""From values and judges' points to a score, a level and a rank. Nothing here knows a database."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

from staff.appraisal.scheme import HUNDRED, Indicator, Level, Scheme
from staff.appraisal.words import RATES, Judge, Measure, Missing, Side

HUNDREDTH = Decimal("0.01")
ZERO = Decimal(0)
Key = TypeVar("Key", bound=Hashable)


def rounded(value: Decimal) -> Decimal:
    """Two decimals, half up (domain §3)."""
    return value.quantize(HUNDREDTH, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Measured:
    """A value as it was counted. A rate has a denominator; a figure (hours, number of cases) has none."""

    numerator: Decimal
    denominator: Decimal | None = None

    def value(self, source: str) -> Decimal | None:
        """In percent, or the figure itself; ``None`` for a rate of nothing."""
        if source not in RATES:
            return self.numerator
        return rounded(HUNDRED * self.numerator / self.denominator) if self.denominator else None


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator on one side. ``points`` (0–100) is ``None`` when it does not count; ``why`` says how they came about."""

    side: str
    key: str
    label: str
    weight: Decimal
    points: Decimal | None
    why: str
    numerator: Decimal | None = None
    denominator: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        return {key: f"{value:f}" if isinstance(value, Decimal) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Line:
        values: dict[str, Any] = dict(data)
        for key in ("weight", "points", "numerator", "denominator"):
            values[key] = None if values[key] is None else Decimal(values[key])
        return cls(**values)


# --- one indicator


def points_for(indicator: Indicator, value: Decimal) -> Decimal:
    """Straight from the value worth nothing to the value worth all, and never beyond the two."""
    share = (value - indicator.zero) / (indicator.full - indicator.zero)
    return rounded(HUNDRED * min(max(share, ZERO), Decimal(1)))


def measured_line(indicator: Indicator, side: str, measured: Measured | None) -> Line:
    """What a measured indicator is worth, with the value, its parts and the rule in words."""
    value = measured.value(indicator.source) if measured is not None else None
    numerator = measured.numerator if measured else None
    denominator = measured.denominator if measured else None
    if value is None:
        return _missing(indicator, side, "没有数据", numerator, denominator)
    points = points_for(indicator, value)
    unit = "%" if indicator.source in RATES else ""
    parts = f"（{plain(numerator)}/{plain(denominator)}）" if unit and numerator is not None and denominator else ""
    rule = f"{plain(indicator.zero)}{unit} 为零分，{plain(indicator.full)}{unit} 为满分"
    why = f"{Measure(indicator.source).label} {plain(value)}{unit}{parts}；{rule}"
    return Line(side, indicator.key, indicator.label, indicator.weight, points, why, numerator, denominator)


def judged_line(indicator: Indicator, side: str, given: Sequence[Decimal]) -> Line:
    """The mean of the judges' points."""
    if not given:
        return _missing(indicator, side, "没有评分人")
    points = rounded(sum(given, ZERO) / len(given))
    why = f"{Judge(indicator.source).label}，{len(given)} 人评分，平均 {points} 分"
    return Line(side, indicator.key, indicator.label, indicator.weight, points, why)


def _missing(
    indicator: Indicator, side: str, what: str, numerator: Decimal | None = None, denominator: Decimal | None = None
) -> Line:
    points = {Missing.FULL: HUNDRED, Missing.ZERO: ZERO}.get(Missing(indicator.missing))
    why = f"{what}：{Missing(indicator.missing).label}"
    return Line(side, indicator.key, indicator.label, indicator.weight, points, why, numerator, denominator)


# --- one score


@dataclass(frozen=True, slots=True)
class Score:
    """``total`` of one side, or of both by their shares; ``None`` when nothing counts."""

    total: Decimal | None
    home: Decimal | None
    host: Decimal | None


def side_total(lines: Iterable[Line]) -> Decimal | None:
    """Points by weight; what does not count leaves its weight to the others. Always between 0 and 100."""
    counted = [(line.weight, line.points) for line in lines if line.points is not None]
    weights = sum((weight for weight, _ in counted), ZERO)
    if not weights:
        return None
    return rounded(sum((weight * points for weight, points in counted), ZERO) / weights)


def score_of(lines: Sequence[Line], home_share: Decimal) -> Score:
    """The score; of a seconded worker by the shares of both sides, of one side alone when the other says nothing."""
    home = side_total(line for line in lines if line.side == Side.HOME)
    host = side_total(line for line in lines if line.side == Side.HOST)
    if home is None or host is None:
        return Score(home if host is None else host, home, host)
    return Score(rounded((home * home_share + host * (HUNDRED - home_share)) / HUNDRED), home, host)


def with_points(lines: Sequence[Line], side: str, key: str, points: Decimal, why: str) -> list[Line]:
    """The lines with one of them corrected; ``LookupError`` when there is no such line."""
    if not any((line.side, line.key) == (side, key) for line in lines):
        raise LookupError(f"{side} {key}")
    return [
        replace(line, points=rounded(points), why=why) if (line.side, line.key) == (side, key) else line
        for line in lines
    ]


# --- levels and ranks


def level_of(scheme: Scheme, score: Decimal | None) -> Level | None:
    """The level by the thresholds alone; none without a score."""
    if score is None:
        return None
    return next(level for level in scheme.levels if score >= level.lowest)


def levels_of(scheme: Scheme, scores: Mapping[Key, Decimal | None]) -> dict[Key, Level | None]:
    """Everybody's level. Where a level is for a share of all only, the highest scores have it and the rest the next one.

    Whoever has the same score has the same level: those who together would be too many all go down
    (事业单位工作人员考核规定 art. 18: 优秀 for at most a fifth).
    """
    found: dict[Key, Level | None] = dict.fromkeys(scores)
    waiting = {key: score for key, score in scores.items() if score is not None}
    everybody = len(waiting)
    for level in scheme.levels:
        places = int((everybody * level.share / HUNDRED).to_integral_value(ROUND_FLOOR))
        for tied in _ties({key: score for key, score in waiting.items() if score >= level.lowest}):
            if len(tied) > places:
                break
            places -= len(tied)
            for key in tied:
                found[key] = level
                del waiting[key]
    return found


def _ties(scores: Mapping[Key, Decimal]) -> list[list[Key]]:
    """Keys of equal scores together, the highest first."""
    groups: dict[Decimal, list[Key]] = {}
    for key, score in scores.items():
        groups.setdefault(score, []).append(key)
    return [groups[score] for score in sorted(groups, reverse=True)]


def ranks_of(scores: Mapping[Key, Decimal | None]) -> dict[Key, int]:
    """Place by key: equal scores share one and the next is left out (1, 2, 2, 4). Who has no score has no place."""
    found: dict[Key, int] = {}
    place = 1
    for tied in _ties({key: score for key, score in scores.items() if score is not None}):
        found.update(dict.fromkeys(tied, place))
        place += len(tied)
    return found


def plain(value: Decimal | None) -> str:
    """Without trailing zeros or an exponent."""
    if value is None:
        return "—"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
