"""Schemes of appraisal as dated rules: one for each subject and cycle, edited and checked in the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import InvalidOperation
from pathlib import Path
from typing import Any

from django.conf import settings

from common import policies
from common.errors import Invalid
from common.models import Policy
from common.policies import Entries
from common.profile import appraisal as profile_appraisal
from staff.appraisal.scheme import NO_RESULT, Scheme, problems, scheme_of
from staff.appraisal.words import Cycle, Missing, Subject, sources_of
from staff.choices import ReviewResult

HELP = (
    "权重之和应为 100。按数据的指标在零分值与满分值之间按比例计分；评分的指标由所选的人打 0 至 100 分。"
    "已经开始的考核按开始时的版本计算。"
)
_INDICATOR = {
    "key": "", "label": "", "weight": "10", "source": "judge_street", "zero": "0", "full": "100", "missing": "spread",
    "guide": "",
}  # fmt: skip
_LEVEL = {"label": "", "lowest": "50", "stars": 0, "result": NO_RESULT, "percent": "100", "share": "100"}
_LABELS = {
    "label": "名称", "judge_days": "打分期限（工作日）", "appeal_days": "申诉期限（工作日）",
    "least_months": "入职不满几个月不参加（0 为都参加）", "home": "双管双评：派出单位所占比例（%）",
    "basic": "基本满意折算系数", "indicators": "指标", "indicators.label": "名称", "weight": "权重（%）", "source": "数据或评分人",
    "zero": "零分值", "full": "满分值", "missing": "没有数据时", "guide": "评分说明", "levels": "等次", "levels.label": "名称",
    "lowest": "最低分", "stars": "星级", "share": "最多占（%，100 为不限）", "result": "作为年度考核结果", "percent": "绩效比例（%）",
}  # fmt: skip


def rule_key(subject: str, cycle: str) -> str:
    return f"appraisal_{subject}_{cycle}"


def _check(subject: str) -> Callable[[Mapping[str, Any]], None]:
    """All that is wrong at once, so that a table is mended in one go."""

    def check(data: Mapping[str, Any]) -> None:
        try:
            found = problems(data, subject)
        except (InvalidOperation, ValueError, TypeError):
            raise Invalid("表中有不是数字的内容，请检查后再保存。") from None
        if found:
            raise Invalid(" ".join(found), each=found)

    return check


def _samples(prefix: str) -> Callable[[], dict[str, tuple[str, Mapping[str, Any]]]]:
    def found() -> dict[str, tuple[str, Mapping[str, Any]]]:
        paths = profile_appraisal.samples(Path(settings.PROFILE_DIR))
        contents = {
            name: profile_appraisal.sample_data(path) for name, path in paths.items() if name.startswith(prefix)
        }
        return {name: (data["label"], data) for name, data in contents.items()}

    return found


def _register(subject: Subject, cycle: Cycle) -> str:
    return policies.register(
        rule_key(subject, cycle), f"{subject.label}{cycle.label}考核", _check(subject), HELP, labels=_LABELS,
        options={
            "source": sources_of(subject), "missing": dict(Missing.choices),
            "result": {NO_RESULT: "不作为", **dict(ReviewResult.choices)},
        },
        entries={"indicators": Entries(_INDICATOR), "levels": Entries(_LEVEL, order_by="lowest")},
        tables=("indicators", "levels"), samples=_samples(f"{subject}_{cycle}"),
    )  # fmt: skip


KINDS = tuple(_register(subject, cycle) for subject in Subject for cycle in Cycle)


# --- reading


@dataclass(frozen=True, slots=True)
class AppraisalRule:
    """A version of a rule and its scheme."""

    policy: Policy
    scheme: Scheme


def rule_on(subject: str, cycle: str, on: date) -> AppraisalRule:
    """The version in force on a day. Raises ``PlainError`` when there is none."""
    policy = policies.current(rule_key(subject, cycle), on)
    return AppraisalRule(policy, scheme_of(policy.data))
