"""Dated rules of training, rotation and attendance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from common import policies
from common.errors import Invalid
from staff.choices import WorkerKind

MOST_HOURS = 400


def _number(value: Any, low: int, high: int, label: str) -> str:
    """A sentence when the value is no number between the two; nothing when it is."""
    try:
        fits = low <= Decimal(str(value)) <= high
    except InvalidOperation:
        fits = False
    return "" if fits else f"“{label}”应在 {low} 与 {high} 之间。"


def _first_day(text: Any) -> str:
    """A sentence for what is neither empty nor a day."""
    try:
        fits = not text or bool(date.fromisoformat(str(text)))
    except ValueError:
        fits = False
    return "" if fits else "“从哪天起计入”应为 2026-07-01 这样的日期，或者不填。"


def _refuse(*found: str) -> None:
    problems = [sentence for sentence in found if sentence]
    if problems:
        raise Invalid(" ".join(problems), each=problems)


def _check_training(data: Mapping[str, Any]) -> None:
    _refuse(
        *(_number(data["owed"].get(kind), 0, MOST_HOURS, label) for kind, label in WorkerKind.choices),
        _number(data["newcomer"], 0, MOST_HOURS, "新人入职当年另加"), _number(data["pass_percent"], 1, 100, "考试合格线"),
    )  # fmt: skip


def _check_rotation(data: Mapping[str, Any]) -> None:
    _refuse(
        _number(data["per_site"], 1, 20, "每点人数"), _number(data["sites"], 1, 40, "轮训点数"),
        _number(data["gap"], 0, 24, "两次之间至少隔几个半月"),
    )  # fmt: skip


def _check_attendance(data: Mapping[str, Any]) -> None:
    _refuse(
        _first_day(data["start"]), _number(data["grace"], 0, 120, "迟到宽限"), _number(data["close_day"], 1, 28, "月报期限"),
        _number(data["keep_months"], 24, 120, "保存月数"),
    )  # fmt: skip


TRAINING = policies.register(
    "training", "培训学时", _check_training, "每人每年应完成的学时按用工类别确定；年中入职或离岗的按在岗月数折算。",
    labels={
        "owed": "每年应完成学时", **{f"owed.{kind}": label for kind, label in WorkerKind.choices},
        "newcomer": "新人入职当年另加（学时）", "pass_percent": "考试合格线（占满分 %）",
    },
)  # fmt: skip
ROTATION = policies.register(
    "rotation", "跟班轮训", _check_rotation, "编排轮训时使用；已编排的半月不受影响。",
    labels={"per_site": "每点每半月人数", "sites": "轮训点数", "gap": "同一人两次之间至少隔几个半月"},
)  # fmt: skip
ATTENDANCE = policies.register(
    "attendance", "考勤", _check_attendance, "上下班时间取自工作时间。签到只记时间和本人填写的地点说明，不采集定位。",
    labels={
        "start": "从哪天起计入（如 2026-07-01；空为试行）", "grace": "迟到宽限（分钟）", "code": "必须扫单位的签到码",
        "close_day": "考勤月报在次月几日前结账", "keep_months": "考勤明细保存月数",
        "kinds": "需要签到的人员", **{f"kinds.{kind}": label for kind, label in WorkerKind.choices},
    },
)  # fmt: skip
