"""The dated rules of volunteer service as typed values (design §2.5). Every reader keeps the version it used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from common import policies
from common.calendar import Limit
from common.models import Policy
from volunteers import policy_kinds


@dataclass(frozen=True)
class ProgrammeRule:
    """How points of one programme come and go; 0 in ``activity_cap_hours``, ``ceiling``, ``valid_years``: no such limit."""

    key: str
    label: str
    groups: tuple[str, ...]
    per_hour: Decimal
    activity_cap_hours: Decimal
    joining: Decimal
    redeem_after_hours: Decimal
    ceiling: Decimal
    valid_years: int


@dataclass(frozen=True)
class PointsRule:
    """The version in force on a day. ``approval_above``: larger single entries need a second person."""

    policy: Policy
    approval_above: Decimal
    keep_days: int
    programmes: tuple[ProgrammeRule, ...]

    def programme(self, key: str) -> ProgrammeRule | None:
        return next((rule for rule in self.programmes if rule.key == key), None)

    def for_group(self, group: str) -> list[ProgrammeRule]:
        """Programmes in which volunteers of a group earn points."""
        return [rule for rule in self.programmes if not rule.groups or group in rule.groups]


@dataclass(frozen=True)
class OrderLimits:
    """``claimers``: who may take orders of the kind, when it is not the same for all kinds."""

    claim: Limit
    finish: Limit
    claimers: tuple[str, ...] = ()


@dataclass(frozen=True)
class OrderRule:
    policy: Policy
    limits: dict[str, OrderLimits]
    claimers: tuple[str, ...]
    raise_unclaimed: bool
    most_open_claims: int

    def claimers_of(self, kind: str) -> tuple[str, ...]:
        """Keys of ``policy_kinds.CLAIMERS`` that may take orders of a kind."""
        return self.limits[kind].claimers or self.claimers


@dataclass(frozen=True)
class StarLevel:
    """One step of a star table: ``stars`` counts from 1, ``measure`` in hours or points."""

    stars: int
    label: str
    measure: Decimal


@dataclass(frozen=True)
class Theme:
    key: str
    label: str
    months: tuple[int, ...]
    festival: str


@dataclass(frozen=True)
class MemberItem:
    """An item of the half-yearly member points: points each time, at most ``most`` times a half-year."""

    key: str
    label: str
    points: Decimal
    most: int


@dataclass(frozen=True)
class MemberRule:
    policy: Policy
    programme: str
    items: tuple[MemberItem, ...]
    levels: tuple[StarLevel, ...]

    def item(self, key: str) -> MemberItem | None:
        return next((item for item in self.items if item.key == key), None)


def points_rule(on: date) -> PointsRule:
    policy = policies.current(policy_kinds.POINTS, on)
    data = policy.data
    return PointsRule(
        policy,
        Decimal(data["approval_above"]),
        int(data["keep_days"]),
        tuple(_programme(row) for row in data["programmes"]),
    )


def _programme(row: dict[str, Any]) -> ProgrammeRule:
    return ProgrammeRule(
        key=row["key"], label=row["label"], groups=tuple(row["groups"]), per_hour=Decimal(row["per_hour"]),
        activity_cap_hours=Decimal(row["activity_cap_hours"]), joining=Decimal(row["joining"]),
        redeem_after_hours=Decimal(row["redeem_after_hours"]), ceiling=Decimal(row["ceiling"]),
        valid_years=int(row["valid_years"]),
    )  # fmt: skip


def order_rule(on: date) -> OrderRule:
    return order_rule_of(policies.current(policy_kinds.ORDERS, on))


def order_rule_of(policy: Policy) -> OrderRule:
    """The version an order was placed under."""
    data = policy.data
    limits = {
        kind: OrderLimits(Limit.parse(row["claim"]), Limit.parse(row["finish"]), tuple(row["claimers"]))
        for kind, row in data["limits"].items()
    }
    return OrderRule(
        policy, limits, tuple(data["claimers"]), bool(data["raise_unclaimed"]), int(data["most_open_claims"])
    )


def star_levels(on: date) -> tuple[Policy, tuple[StarLevel, ...]]:
    """The star table by hours of service in force on a day, from the lowest step up."""
    policy = policies.current(policy_kinds.STARS, on)
    return policy, _levels(policy.data["levels"], "hours")


def _levels(rows: list[dict[str, Any]], measure: str) -> tuple[StarLevel, ...]:
    return tuple(StarLevel(n, row["label"], Decimal(row[measure])) for n, row in enumerate(rows, start=1))


def member_rule(on: date) -> MemberRule:
    policy = policies.current(policy_kinds.MEMBER_ITEMS, on)
    data = policy.data
    items = tuple(
        MemberItem(row["key"], row["label"], Decimal(row["points"]), int(row["most"])) for row in data["items"]
    )
    return MemberRule(policy, data["programme"], items, _levels(data["levels"], "points"))


def themes(on: date) -> tuple[Theme, ...]:
    rows = policies.current(policy_kinds.THEMES, on).data["themes"]
    return tuple(Theme(row["key"], row["label"], tuple(row["months"]), row["festival"]) for row in rows)


def theme_choices(on: date) -> list[tuple[str, str]]:
    return [(theme.key, theme.label) for theme in themes(on)]


def honours(on: date) -> tuple[str, ...]:
    return tuple(policies.current(policy_kinds.HONOURS, on).data["names"])
