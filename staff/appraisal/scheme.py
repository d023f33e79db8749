"""A scheme of appraisal as typed values, and what may be wrong with its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from staff.appraisal.words import Judge, Missing, sources_of
from staff.choices import ReviewResult

HUNDRED = Decimal(100)
MOST_INDICATORS, MOST_LEVELS = 40, 9
NO_RESULT = "none"  # of a level that decides nothing about the annual review


@dataclass(frozen=True, slots=True)
class Indicator:
    """``zero`` and ``full``: the value that is worth nothing and the one that is worth all; judged items have none."""

    key: str
    label: str
    weight: Decimal
    source: str
    zero: Decimal
    full: Decimal
    missing: str
    guide: str

    @property
    def judged(self) -> bool:
        return self.source in Judge.values


@dataclass(frozen=True, slots=True)
class Level:
    """``share``: at most so many percent of those appraised; ``percent``: of performance pay."""

    label: str
    lowest: Decimal
    stars: int
    result: str
    percent: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class Scheme:
    """``home``: percent that the home unit's side of a seconded worker counts; ``basic``: what one 基本满意 counts."""

    label: str
    judge_days: int
    appeal_days: int
    least_months: int
    home: Decimal
    basic: Decimal
    indicators: tuple[Indicator, ...]
    levels: tuple[Level, ...]  # the highest first

    @property
    def judged(self) -> tuple[Indicator, ...]:
        return tuple(one for one in self.indicators if one.judged)

    @property
    def measured(self) -> tuple[Indicator, ...]:
        return tuple(one for one in self.indicators if not one.judged)

    def by_key(self, key: str) -> Indicator:
        return next(one for one in self.indicators if one.key == key)


def scheme_of(data: Mapping[str, Any]) -> Scheme:
    """The scheme of a version of the rule; its content has passed :func:`problems`."""
    levels = sorted(map(_level, data["levels"]), key=lambda level: level.lowest, reverse=True)
    return Scheme(
        data["label"], int(data["judge_days"]), int(data["appeal_days"]), int(data["least_months"]),
        Decimal(data["home"]), Decimal(data["basic"]), tuple(map(_indicator, data["indicators"])), tuple(levels),
    )  # fmt: skip


def _indicator(row: Mapping[str, Any]) -> Indicator:
    weight, zero, full = (Decimal(row[key]) for key in ("weight", "zero", "full"))
    return Indicator(row["key"], row["label"], weight, row["source"], zero, full, row["missing"], row.get("guide", ""))


def _level(row: Mapping[str, Any]) -> Level:
    lowest, percent, share = (Decimal(row[key]) for key in ("lowest", "percent", "share"))
    return Level(row["label"], lowest, int(row["stars"]), row["result"], percent, share)


# --- what is wrong with a table


def problems(data: Mapping[str, Any], subject: str) -> list[str]:
    """Every sentence about what a version of the rule cannot be used with; none when it can."""
    return [*_about_days(data), *_about_indicators(data, subject), *_about_levels(data)]


def _about_days(data: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= int(data["judge_days"]) <= 60:
        yield "“打分期限”应在 1 至 60 个工作日之间。"
    if not 1 <= int(data["appeal_days"]) <= 60:
        yield "“申诉期限”应在 1 至 60 个工作日之间。"
    if not 0 <= int(data["least_months"]) <= 12:
        yield "“入职不满几个月不参加”应在 0 至 12 之间。"
    if not 0 <= Decimal(data["home"]) <= HUNDRED:
        yield "“派出单位所占比例”应在 0 至 100 之间。"
    if not 0 <= Decimal(data["basic"]) <= 1:
        yield "“基本满意折算系数”应在 0 至 1 之间。"


def _about_indicators(data: Mapping[str, Any], subject: str) -> Iterator[str]:
    rows, known = data["indicators"], sources_of(subject)
    if not 1 <= len(rows) <= MOST_INDICATORS:
        yield f"指标应有 1 至 {MOST_INDICATORS} 项。"
        return
    yield from _about_names(rows, "指标")
    total = sum((Decimal(row["weight"]) for row in rows), Decimal(0))
    if total != HUNDRED:
        yield f"各项权重之和应为 100，现在是 {total:f}。"
    for row in rows:
        yield from _about_indicator(row, known)


def _about_indicator(row: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[str]:
    name = f"“{row['label']}”"
    if row["source"] not in known:
        yield f"{name}的数据来源不适用于这种考核。"
    if not 0 < Decimal(row["weight"]) <= HUNDRED:
        yield f"{name}的权重应大于 0，不超过 100。"
    if row["source"] not in Judge.values and Decimal(row["zero"]) == Decimal(row["full"]):
        yield f"{name}的零分值与满分值不能相同。"
    if row["missing"] not in Missing.values:
        yield f"{name}没有数据时怎样计分无法识别。"


def _about_names(rows: list[Mapping[str, Any]], what: str) -> Iterator[str]:
    labels = [str(row["label"]).strip() for row in rows]
    if any(not 1 <= len(label) <= 30 for label in labels):
        yield f"每个{what}都要有名称，不超过 30 字。"
    if len(labels) != len(set(labels)):
        yield f"{what}的名称不能相同。"


def _about_levels(data: Mapping[str, Any]) -> Iterator[str]:
    rows = data["levels"]
    if not 1 <= len(rows) <= MOST_LEVELS:
        yield f"等次应有 1 至 {MOST_LEVELS} 个。"
        return
    yield from _about_names(rows, "等次")
    lowest = sorted(Decimal(row["lowest"]) for row in rows)
    if lowest[0] != 0:
        yield f"最低的等次应从 0 分起，现在从 {lowest[0]:f} 分起，更低的分数没有等次。"
    if len(set(lowest)) != len(lowest) or lowest[-1] > HUNDRED:
        yield "各等次的最低分应互不相同，不超过 100。"
    for row in rows:
        yield from _about_level(row)
    highest_first = sorted(rows, key=lambda row: Decimal(row["lowest"]), reverse=True)
    if Decimal(highest_first[-1]["share"]) != HUNDRED:
        yield f"“{highest_first[-1]['label']}”是最低的等次，比例上限应为 100。"
    for key, what in (("percent", "绩效比例"), ("stars", "星级")):
        values = [Decimal(row[key]) for row in highest_first]
        if values != sorted(values, reverse=True):
            yield f"分数高的等次，{what}不能更低。"


def _about_level(row: Mapping[str, Any]) -> Iterator[str]:
    name = f"“{row['label']}”"
    if not 0 <= int(row["stars"]) <= 5:
        yield f"{name}的星级应在 0 至 5 之间。"
    if not 0 <= Decimal(row["percent"]) <= 300:
        yield f"{name}的绩效比例应在 0 至 300 之间。"
    if not 0 < Decimal(row["share"]) <= HUNDRED:
        yield f"{name}的比例上限应大于 0，不超过 100（100 为不限）。"
    if row["result"] not in (*ReviewResult.values, NO_RESULT):
        yield f"{name}的年度考核结果无法识别。"
