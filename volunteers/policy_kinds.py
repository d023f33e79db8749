"""Dated rules of volunteer service: points, stars, member items, orders, themes, honours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone

from common import policies
from common.errors import Invalid
from common.policies import Entries
from common.profile import Limit
from volunteers.choices import Group, OrderKind

CLAIMERS = {"volunteer": "志愿者", "party_member": "党员志愿者", "provider": "服务单位"}
MONTHS = {str(month): f"{month} 月" for month in range(1, 13)}


def _decimal(text: Any, what: str, low: str = "0", high: str = "1000000") -> Decimal:
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        raise Invalid(f"“{what}”应为数字。") from None
    if not (value.is_finite() and Decimal(low) <= value <= Decimal(high)):
        raise Invalid(f"“{what}”应在 {low} 与 {high} 之间。")
    return value


def _check_labels(rows: Sequence[Mapping[str, Any]], what: str, most: int = 30) -> None:
    labels = [str(row["label"]).strip() for row in rows]
    if any(not 1 <= len(label) <= most for label in labels):
        raise Invalid(f"每个{what}都要有名称，不超过 {most} 字。")
    if len(labels) != len(set(labels)):
        raise Invalid(f"{what}的名称不能相同。")


def _check_points(data: Mapping[str, Any]) -> None:
    _decimal(data["approval_above"], "须复核的单笔积分")
    if not 1 <= int(data["keep_days"]) <= 90:
        raise Invalid("兑换保留天数应在 1 至 90 之间。")
    if not data["programmes"]:
        raise Invalid("至少要有一个积分项目。")
    _check_labels(data["programmes"], "积分项目", 20)
    for row in data["programmes"]:
        _check_programme(row)


def _check_programme(row: Mapping[str, Any]) -> None:
    name = row["label"]
    if not set(row["groups"]) <= set(Group.values):
        raise Invalid(f"“{name}”的适用人员无法识别。")
    for key in ("per_hour", "joining", "redeem_after_hours", "ceiling"):
        _decimal(row[key], f"{name}：{_POINTS_LABELS[key]}")
    _decimal(row["activity_cap_hours"], f"{name}：{_POINTS_LABELS['activity_cap_hours']}", high="24")
    if not 0 <= int(row["valid_years"]) <= 20:
        raise Invalid(f"“{name}”的有效年数应在 0 至 20 之间。")


def _check_levels(levels: Sequence[Mapping[str, Any]], measure: str) -> None:
    _check_labels(levels, "星级", 20)
    values = [_decimal(level[measure], level["label"], low="0.01") for level in levels]
    if values != sorted(set(values)):
        raise Invalid("各星级应从低到高排列，互不相同。")
    if len(levels) > 9:
        raise Invalid("星级最多 9 级。")


def _check_stars(data: Mapping[str, Any]) -> None:
    if not data["levels"]:
        raise Invalid("至少要有一个星级。")
    _check_levels(data["levels"], "hours")


def _check_member_items(data: Mapping[str, Any]) -> None:
    _check_labels(data["items"], "项目", 60)
    for row in data["items"]:
        if not _decimal(row["points"], row["label"], low="-100", high="100"):
            raise Invalid(f"“{row['label']}”的分值不能为 0，扣分填负数。")
        if not 1 <= int(row["most"]) <= 100:
            raise Invalid(f"“{row['label']}”每半年最多次数应在 1 至 100 之间。")
    _check_levels(data["levels"], "points")


def _check_orders(data: Mapping[str, Any]) -> None:
    if set(data["limits"]) != set(OrderKind.values):
        raise Invalid("每类订单都要有接单和完成时限。")
    for row in data["limits"].values():
        if not set(row["claimers"]) <= set(CLAIMERS):
            raise Invalid("接单对象无法识别。")
        for key in ("claim", "finish"):
            try:
                Limit.parse(str(row[key]))
            except ValueError:
                raise Invalid("时限应为数字加单位，如 2 日、4 小时。") from None
    if not data["claimers"] or not set(data["claimers"]) <= set(CLAIMERS):
        raise Invalid("至少要有一类可以接单的对象。")
    if not 1 <= int(data["most_open_claims"]) <= 100:
        raise Invalid("每人同时接单数应在 1 至 100 之间。")


def _check_themes(data: Mapping[str, Any]) -> None:
    if not data["themes"]:
        raise Invalid("至少要有一个主题。")
    _check_labels(data["themes"], "主题", 20)
    for row in data["themes"]:
        if not set(map(int, row["months"])) <= set(range(1, 13)):
            raise Invalid(f"“{row['label']}”的月份应在 1 至 12 之间。")


def _check_honours(data: Mapping[str, Any]) -> None:
    if not data["names"] or any(not 1 <= len(str(name)) <= 30 for name in data["names"]):
        raise Invalid("至少要有一项荣誉，名称不超过 30 字。")


_POINTS_LABELS = {
    "approval_above": "单笔超过多少分须两人办理",
    "keep_days": "兑换后保留几天待领",
    "programmes": "积分项目",
    "label": "名称",
    "groups": "适用人员（不选为所有人）",
    "per_hour": "每小时积分",
    "activity_cap_hours": "每次活动最多计几小时（0 为不限）",
    "joining": "注册奖励",
    "redeem_after_hours": "累计服务满几小时才能兑换（0 为不限）",
    "ceiling": "积分上限（0 为不限）",
    "valid_years": "有效年数（0 为长期有效）",
}

_PROGRAMME = {
    "key": "", "label": "", "groups": [], "per_hour": "1", "activity_cap_hours": "0", "joining": "0",
    "redeem_after_hours": "0", "ceiling": "0", "valid_years": 0,
}  # fmt: skip


def _programme_names() -> dict[str, str]:
    """Kinds of points of the rule in force, by key."""
    rows = policies.current(POINTS, timezone.localdate()).data["programmes"]
    return {row["key"]: row["label"] for row in rows}


POINTS = policies.register(
    "points", "积分规则", _check_points, "积分按服务当天生效的版本计算，已入账的不变。积分不是报酬，不得买卖。",
    labels=_POINTS_LABELS, options={"groups": dict(Group.choices)}, entries={"programmes": Entries(_PROGRAMME)},
)  # fmt: skip
STARS = policies.register(
    "stars", "志愿者星级", _check_stars, "按累计服务时长认定（志愿服务记录与证明出具办法）。",
    labels={"levels": "各星级", "label": "称号", "hours": "累计小时"},
    entries={"levels": Entries({"label": "", "hours": "100"}, order_by="hours")},
)  # fmt: skip
MEMBER_ITEMS = policies.register(
    "member_items", "党员积分项目", _check_member_items, "每半年计一次，到分数即评定星级。",
    labels={
        "programme": "记入的积分项目", "items": "项目", "levels": "星级", "label": "名称", "points": "分值",
        "most": "每半年最多几次", "levels.points": "达到分数",
    },
    options={"programme": _programme_names},
    entries={
        "items": Entries({"key": "", "label": "", "points": "1", "most": 1}),
        "levels": Entries({"label": "", "points": "10"}, order_by="points"),
    },
)  # fmt: skip
ORDERS = policies.register(
    "orders", "服务订单时限", _check_orders, "新订单按下单时生效的版本计时。",
    labels={
        "claimers": "谁可以接单", "most_open_claims": "每人同时最多接几单", "raise_unclaimed": "无人接单时提交街道",
        "limits": "时限", **{f"limits.{kind}": label for kind, label in OrderKind.choices},
        **{f"limits.{kind}.claimers": "谁可以接单（不选则同上）" for kind in OrderKind.values},
        "claim": "接单时限", "finish": "完成时限",
    },
    options={"claimers": CLAIMERS},
)  # fmt: skip
THEMES = policies.register(
    "themes", "服务主题", _check_themes, "一月一主题、一节一活动。",
    labels={"themes": "主题", "label": "名称", "months": "重点月份", "festival": "对应节日"},
    options={"months": MONTHS},
    entries={"themes": Entries({"key": "", "label": "", "months": [], "festival": ""})},
)  # fmt: skip
HONOURS = policies.register("honours", "表彰荣誉", _check_honours, "可以推荐的荣誉。", labels={"names": "荣誉名称"})
