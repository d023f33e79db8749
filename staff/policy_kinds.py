"""Dated rules of pay: scheme, insurance and fund, income tax, leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.conf import settings

from common import policies
from common.errors import Invalid
from common.policies import Entries
from common.profile import pay
from staff.choices import Certificate, Education, FundLevel, LeaveKind, Pays, Rank, ReviewResult, Source
from staff.pay import insurance, retirement, scheme, tax
from staff.pay.checking import between
from staff.policy_kinds_growth import ATTENDANCE, ROTATION, TRAINING  # noqa: F401 (registers them)


def _checked(problems: Callable[[Mapping[str, Any]], list[str]]) -> Callable[[Mapping[str, Any]], None]:
    """All that is wrong at once, so that a table is mended in one go."""

    def check(data: Mapping[str, Any]) -> None:
        try:
            found = problems(data)
        except (InvalidOperation, ValueError, TypeError):
            raise Invalid("表中有不是数字的内容，请检查后再保存。") from None
        if found:
            raise Invalid(" ".join(found), each=found)

    return check


def _leave_problems(data: Mapping[str, Any]) -> list[str]:
    found = [] if 15 <= Decimal(str(data["days"])) <= 31 else ["“月计薪天数”应在 15 与 31 之间。"]
    if set(data["paid"]) != set(LeaveKind.values):
        return [*found, "每种假期都要有工资比例。"]
    return found + [
        f"“{LeaveKind(kind).label}”的工资比例应在 0 与 100 之间。"
        for kind, share in data["paid"].items()
        if not 0 <= Decimal(str(share)) <= 100
    ]


def scheme_samples() -> dict[str, tuple[str, Mapping[str, Any]]]:
    """The published schemes that come with the software, by the name of their file."""
    found = {name: pay.sample_data(path) for name, path in pay.samples(Path(settings.PROFILE_DIR)).items()}
    return {name: (data["label"], data) for name, data in found.items()}


_POST = {"label": "", "ranks": [], "start": 1, "lowest": 1, "highest": 12, "amount": "0"}
_GRADE = {"grade": 1, "coefficient": "1", "amount": "0"}
_ITEM = {
    "key": "", "label": "", "source": "fixed", "share": "100", "amount": "0", "pays": "month", "performance": False,
    "prorated": True,
}  # fmt: skip
_INSURANCE = {
    "key": "", "label": "", "employer": "0", "employee": "0", "floor": "0", "ceiling": "0", "from_month": 1,
}  # fmt: skip

SCHEME = policies.register(
    "pay_scheme", "薪酬方案", _checked(scheme.problems),
    "岗位、等级和工资项目都是表格，换方案不用改程序。保存前可以用现有人员试算；已冻结的工资表不受影响。",
    labels={
        "label": "方案名称", "base": "基数（元/月）", "local": "地区系数", "step_years": "满几年晋一级",
        "probation_months": "试用期（月）", "probation_lower": "试用期低几级",
        "newcomer_share": "无经验新人试用期报酬（占基数或等级工资 %）",
        "posts": "岗位", "posts.label": "名称", "ranks": "包含的职务", "start": "起点级", "lowest": "最低级",
        "highest": "最高级", "posts.amount": "岗位工资（元/月）",
        "grades": "等级", "grade": "等级", "coefficient": "系数", "grades.amount": "等级工资（元/月）",
        "education": "学历", **{f"education.{key}": label for key, label in Education.choices},
        "certificates": "证书（只按最高一级）", **{f"certificates.{key}": label for key, label in Certificate.choices},
        "plus": "加几级", "years": "折合几年", "amount": "金额（元/月）",
        "results": "年度考核结果", **{f"results.{key}": label for key, label in ReviewResult.choices},
        "factor": "绩效比例（%）", "counts": "计入晋级年限",
        "items": "工资项目", "items.label": "名称", "source": "金额来源", "share": "比例（%）", "items.amount": "金额（元/月）", "pays": "发放周期",
        "performance": "按考核结果发放", "prorated": "按出勤折算",
    },
    options={"ranks": dict(Rank.choices), "source": dict(Source.choices), "pays": dict(Pays.choices)},
    entries={"posts": Entries(_POST), "grades": Entries(_GRADE, order_by="grade"), "items": Entries(_ITEM)},
    tables=("grades", "education", "certificates", "results"), samples=scheme_samples,
)  # fmt: skip
INSURANCE = policies.register(
    "insurance", "五险一金", _checked(insurance.problems), "比例和基数上下限以当地公布的为准，年中调整时新增一个版本。",
    labels={
        "label": "名称", "floor": "基数下限（元/月，0 为同上）", "ceiling": "基数上限（元/月，0 为同上）", "items": "险种",
        "employer": "单位比例（%）", "employee": "个人比例（%）", "from_month": "入职第几个月起缴",
    },
    entries={"items": Entries(_INSURANCE)}, tables=("items",),
)  # fmt: skip
INCOME_TAX = policies.register(
    "income_tax", "个人所得税", _checked(tax.problems), "综合所得年度税率表（个人所得税法附表一），按累计预扣法计算。",
    labels={
        "allowance": "每月减除费用（元）", "bonus_until": "年终奖单独计税截止日", "brackets": "税率表",
        "up_to": "累计应纳税所得额不超过（元，0 为没有上限）", "rate": "税率（%）", "quick": "速算扣除数（元）",
    },
    entries={"brackets": Entries({"up_to": "0", "rate": "0", "quick": "0"})}, tables=("brackets",),
)  # fmt: skip
LEAVE = policies.register(
    "leave", "假期工资", _checked(_leave_problems), "各类假期发放工资的比例；月计薪天数按国家规定为 21.75 天。",
    labels={
        "days": "月计薪天数", "paid": "假期工资比例（%）", **{f"paid.{kind}": label for kind, label in LeaveKind.choices},
    },
)  # fmt: skip


# --- forecast of pay, funds of communities


def _forecast_problems(data: Mapping[str, Any]) -> list[str]:
    return [
        *between(data["base_month"], "每年几月核定缴费基数", "0", "12", whole=True),
        *retirement.problems(data["retirement"]),
    ]


FORECAST = policies.register(
    "pay_forecast", "人员经费测算", _checked(_forecast_problems),
    "测算以后各月人员经费时的假定。退休年龄按国家规定，每满几个月延迟一个月；缴费基数按上年月平均应发重新核定。",
    labels={
        "base_month": "每年几月核定缴费基数（0 为不变）", "retirement": "退休", "delay_from": "延迟退休起始月份",
        "men": "男", "women": "女", "age": "原退休年龄（岁）", "step": "每几个月延迟一个月（0 为不延迟）",
        "most": "最多延迟几个月",
    },
)  # fmt: skip


def _fund_problems(data: Mapping[str, Any]) -> list[str]:
    rows = data["kinds"]
    found = [sentence for row in rows for sentence in _fund(row)]
    for column, word in (("label", "名称"), ("key", "代码")):
        words = [str(row[column]).strip() for row in rows]
        if not words or not all(words) or len(words) != len(set(words)):
            found.append(f"每项经费都要有{word}，互不相同。")
    return found


def _fund(row: Mapping[str, Any]) -> Iterator[str]:
    label = row["label"]
    yield from between(row["amount"], f"{label}：每年金额", "0", "1000000000")
    yield from between(row["carry"], f"{label}：可结转比例", "0", "100")
    if row["level"] not in FundLevel.values:
        yield f"“{label}”的安排方式无法识别。"
    if not row["uses"] or any(not str(use).strip() or len(str(use)) > 20 for use in row["uses"]):
        yield f"“{label}”至少要有一种用途，每行一种，不超过 20 字。"


FUNDS = policies.register(
    "community_funds", "社区经费", _checked(_fund_problems),
    "有哪几项经费、每年多少、可以用在哪些方面、年底结余能结转多少。已经下达的经费不受影响。",
    labels={
        "kinds": "经费", "label": "名称", "level": "安排方式", "amount": "每年金额（元）", "carry": "结余可结转比例（占当年经费 %）",
        "uses": "用途（每行一种）",
    },
    options={"level": dict(FundLevel.choices)},
    entries={
        "kinds": Entries(
            {"key": "", "label": "", "level": "community", "amount": "0", "carry": "100", "uses": ["其他支出"]}
        )
    },
)  # fmt: skip


def fund_labels() -> list[tuple[str, str]]:
    """Keys and names of the funds of all versions, for filters; nothing before the rule is set up."""
    found: dict[str, str] = {}
    for version in policies.all_versions(FUNDS):
        for row in version.data["kinds"]:
            found.setdefault(row["key"], row["label"])
    return list(found.items())
