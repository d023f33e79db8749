"""The monthly score and the rank made of it (domain §4); docs/rules/rates.md has an example reckoned by hand.

Score = 100-point rates × weights + bonuses − deductions. Weights, deductions, bonuses, the coefficient of
基本满意, the minimum n and the peer groups are the dated rule ``score``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from common import policies
from common.errors import Invalid
from common.reporting import Rate
from grid.choices import UnitKind
from petitions.choices import CardLevel

HUNDREDTH = Decimal("0.01")
RATES = {"response": "响应率", "resolution": "解决率", "satisfaction": "满意率"}
CARDS = {level.value: level.label for level in (CardLevel.BLUE, CardLevel.AMBER, CardLevel.RED)}
BONUSES = {"forecast": "网格上报"}


@dataclass(frozen=True)
class ScoreRules:
    """One version of the rule. ``minimum``: tickets a unit must have received to be ranked."""

    version: date
    demo: bool
    minimum: int
    basic: Decimal
    weights: Mapping[str, Decimal]
    deductions: Mapping[str, Decimal]
    bonuses: Mapping[str, Decimal]
    groups: tuple[tuple[str, frozenset[str]], ...]

    def group_of(self, kind: str) -> str:
        """The peer group of a kind of unit; a kind that no group names is a group of its own."""
        named = (label for label, kinds in self.groups if kind in kinds)
        return next(named, f"{UnitKind(kind).label}组")


def rules_on(day: date) -> ScoreRules:
    """The version in force on a day; ``PlainError`` when there is none."""
    policy = policies.current(SCORE, day)
    data = policy.data
    return ScoreRules(
        version=policy.valid_from,
        demo=bool(data.get("demo")),
        minimum=int(data["minimum"]),
        basic=Decimal(data["basic_satisfied"]),
        weights=_decimals(data["weights"]),
        deductions=_decimals(data["deductions"]),
        bonuses=_decimals(data["bonuses"]),
        groups=tuple((group["label"], frozenset(group["kinds"])) for group in data["groups"]),
    )


def _decimals(table: Mapping[str, Any]) -> dict[str, Decimal]:
    return {key: Decimal(value) for key, value in table.items()}


# --- reckoning


@dataclass(frozen=True)
class Standing:
    """How a unit stands among its peers. ``score`` is ``None`` when a weighted rate has nothing to divide by;
    ``rank`` is ``None`` without a score and below the minimum n."""

    group: str
    bonus: Decimal
    deduction: Decimal
    score: Decimal | None
    rank: int | None = None


def points(table: Mapping[str, Decimal], counts: Mapping[str, int]) -> Decimal:
    """Points for what was counted: cards by level, bonuses by kind."""
    return sum((value * counts.get(key, 0) for key, value in table.items()), Decimal(0))


def score_of(rules: ScoreRules, rates: Mapping[str, Rate], bonus: Decimal, deduction: Decimal) -> Decimal | None:
    """From the rates as printed (two decimals), so that everybody can recompute it from the sheet."""
    total = bonus - deduction
    for key, weight in rules.weights.items():
        percent = rates[key].percent
        if percent is None:
            return None
        total += weight * percent
    return total.quantize(HUNDREDTH, ROUND_HALF_UP)


def ranked(scores: Iterable[tuple[Any, str, Decimal]]) -> dict[Any, int]:
    """Rank by key of ``(key, group, score)``: inside its group, equal scores share a rank (1, 2, 2, 4)."""
    groups: dict[str, list[tuple[Decimal, Any]]] = {}
    for key, group, score in scores:
        groups.setdefault(group, []).append((score, key))
    ranks: dict[Any, int] = {}
    for members in groups.values():
        ordered = sorted((score for score, _ in members), reverse=True)
        first = {score: place for place, score in reversed(list(enumerate(ordered, start=1)))}
        ranks.update((key, first[score]) for score, key in members)
    return ranks


# --- the rule in the browser


def _check(data: Mapping[str, Any]) -> None:
    weights = [_decimal(data["weights"][key], label, most=1) for key, label in RATES.items()]
    if sum(weights) != 1:
        raise Invalid(f"三个权重之和应为 1，现在是 {sum(weights)}。")
    _decimal(data["basic_satisfied"], "基本满意折算系数", most=1)
    for section, labels in (("deductions", CARDS), ("bonuses", BONUSES)):
        for key, value in data[section].items():
            _decimal(value, labels.get(key, key))
    if not isinstance(data["minimum"], int) or data["minimum"] < 0:
        raise Invalid("参加排名的最少接收量应为不小于 0 的整数。")
    _check_groups(data["groups"])


def _decimal(value: Any, label: str, most: int | None = None) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Invalid(f"“{label}”应为数字。") from None
    if not number.is_finite() or number < 0 or (most is not None and number > most):
        raise Invalid(f"“{label}”应在 0 至 {most} 之间。" if most is not None else f"“{label}”不能小于 0。")
    return number


def _check_groups(groups: Iterable[Mapping[str, Any]]) -> None:
    seen: dict[str, str] = {}
    for group in groups:
        for kind in group["kinds"]:
            if kind not in UnitKind.values:
                raise Invalid(f"“{group['label']}”中有不认识的单位类型。")
            if kind in seen:
                raise Invalid(f"“{UnitKind(kind).label}”同时在“{seen[kind]}”和“{group['label']}”中，只能在一组。")
            seen[kind] = group["label"]


SCORE = policies.register(
    "score",
    "考核评分",
    _check,
    "月度统计按当月最后一天生效的版本计分、排名。",
    labels={
        "minimum": "参加排名的最少接收量（件）",
        "basic_satisfied": "基本满意折算系数",
        "weights": "各率权重",
        **{f"weights.{key}": label for key, label in RATES.items()},
        "deductions": "每张督办卡扣分",
        **{f"deductions.{key}": str(label) for key, label in CARDS.items()},
        "bonuses": "每件加分",
        **{f"bonuses.{key}": label for key, label in BONUSES.items()},
        "groups": "比较组",
        "label": "名称",
        "kinds": "单位类型",
    },
    options={"kinds": dict(UnitKind.choices)},
)
