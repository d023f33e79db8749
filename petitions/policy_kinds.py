"""Dated rules of the loop: how long each step may take, and who is told before and after the limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from common import policies
from common.errors import Invalid
from common.profile import Limit
from petitions.choices import ClockKind

RECIPIENTS = {"lead": "承办单位", "community": "社区", "street": "街道（镇）", "district": "区级"}
CLOCKS = {choice.value: choice.label for choice in ClockKind}
COLOURS = {"none": "仅提醒", "blue": "蓝色", "amber": "黄色", "red": "红色"}
MOST_EXTENSIONS = 10
LETTER_FINISH_DAYS = 60  # 信访工作条例 第三十四条
LETTER_EXTENSION_DAYS = 30


def _check_limits(data: Mapping[str, Any]) -> None:
    for path, text in _limits_of(data):
        _limit(text, path)
    if set(data["clocks"]) != set(CLOCKS):
        raise Invalid("每个环节（受理派单、签收、首次联系、办结、回访）都要有时限。")
    if not 0 <= int(data["extensions_max"]) <= MOST_EXTENSIONS:
        raise Invalid(f"延期次数应在 0 至 {MOST_EXTENSIONS} 次之间。")
    _check_letter(data["letter"])


def _check_letter(letter: Mapping[str, str]) -> None:
    """A district may be stricter than the regulation, never laxer."""
    for key, most, what in (
        ("finish", LETTER_FINISH_DAYS, "办结"),
        ("extension", LETTER_EXTENSION_DAYS, "延期"),
    ):
        limit = _limit(letter[key], what)
        if limit.unit != "d" or limit.amount > most:
            raise Invalid(f"信访件的{what}时限不得超过 {most} 日（信访工作条例第三十四条）。")


def _limits_of(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for section in ("clocks", "urgent", "letter", "categories"):
        for key, text in data[section].items():
            yield f"{section}.{key}", text


def _limit(text: Any, what: str) -> Limit:
    try:
        return Limit.parse(str(text))
    except ValueError:
        raise Invalid(f"“{CLOCKS.get(what.rpartition('.')[2], what)}”的时限无法识别，请填写数字和单位。") from None


def _check_ladder(data: Mapping[str, Any]) -> None:
    if not data["steps"]:
        raise Invalid("至少要有一级提醒或督办。")
    for step in data["steps"]:
        _check_step(step)
    for key in ("red_after_extensions", "red_after_dissatisfied"):
        if int(data[key]) < 1:
            raise Invalid("直接红色督办的次数至少为 1。")


def _check_step(step: Mapping[str, Any]) -> None:
    name = step["label"]
    if not step["clocks"] or not set(step["clocks"]) <= set(CLOCKS):
        raise Invalid(f"“{name}”至少要选一个适用的环节。")
    if not step["to"] or not set(step["to"]) <= set(RECIPIENTS):
        raise Invalid(f"“{name}”至少要选一个发送对象。")
    if step["colour"] not in COLOURS:
        raise Invalid(f"“{name}”的颜色无法识别。")
    if "after" in step:
        _limit(step["after"], name)
        return
    _limit(step["before"], name)
    try:
        share = Decimal(step["share"])
    except InvalidOperation:
        raise Invalid(f"“{name}”的“最多占时限的比例”应为 0 至 1 之间的小数。") from None
    if not 0 < share < 1:
        raise Invalid(f"“{name}”的“最多占时限的比例”应大于 0、小于 1。")


LIMITS = policies.register(
    "limits",
    "办理时限",
    _check_limits,
    "新登记的诉求按登记时生效的版本计时，已在办理的不变。",
    labels={
        "extensions_max": "最多延期次数",
        "clocks": "各环节时限",
        **{f"clocks.{key}": label for key, label in CLOCKS.items()},
        "urgent": "紧急件时限",
        "urgent.finish_at_most": "办结时限不超过此值的按紧急件",
        **{f"urgent.{key}": label for key, label in CLOCKS.items()},
        "letter": "信访件时限（信访工作条例）",
        "letter.notify": "告知受理（第二十二条）",
        "letter.object": "提出异议",
        "letter.finish": "办结（第三十四条）",
        "letter.extension": "延期（第三十四条）",
        "categories": "个别分类的办结时限",
    },
)

LADDER = policies.register(
    "ladder",
    "提醒与督办",
    _check_ladder,
    "每一级只发一次；时限前为提醒，时限后逐级督办。",
    labels={
        "red_after_extensions": "延期超过几次直接红色督办",
        "red_after_dissatisfied": "第几次不满意直接红色督办",
        "steps": "各级提醒与督办",
        "label": "名称",
        "colour": "颜色",
        "clocks": "适用环节",
        "to": "发给",
        "before": "提前多久",
        "share": "最多占时限的比例",
        "after": "超时多久",
    },
    options={"colour": COLOURS, "clocks": CLOCKS, "to": RECIPIENTS},
)
