"""Words of the roster, grades and pay."""

from __future__ import annotations

from django.db import models


class WorkerKind(models.TextChoices):
    """编制: how somebody is employed."""

    COMMITTEE = "committee", "社区两委成员"
    POST = "post", "社工岗"
    SPECIALIST = "specialist", "治理专干"
    PART_TIME = "part_time", "兼职"


class Rank(models.TextChoices):
    """Position in a community; a pay scheme says which of its posts each one belongs to."""

    BOTH_HEADS = "both_heads", "书记、主任一肩挑"
    HEAD = "head", "正职（书记或主任）"
    DEPUTY = "deputy", "副职"
    MEMBER = "member", "两委委员"
    SPECIALIST = "specialist", "治理专干"
    WORKER = "worker", "工作人员"
    PART_TIME = "part_time", "兼职人员"


class PostKind(models.TextChoices):
    """``MAIN``: the post somebody is paid for. Seconded workers keep it and work elsewhere."""

    MAIN = "main", "任职"
    SECONDED = "seconded", "下沉、借调"


class WorkerState(models.TextChoices):
    ACTIVE = "active", "在岗"
    LEFT = "left", "已离岗"


class Education(models.TextChoices):
    SCHOOL = "school", "高中及以下"
    COLLEGE = "college", "大专"
    BACHELOR = "bachelor", "本科"
    MASTER = "master", "硕士"
    DOCTOR = "doctor", "博士"


BACHELOR_OR_ABOVE = (Education.BACHELOR, Education.MASTER, Education.DOCTOR)


class PartyRole(models.TextChoices):
    NONE = "none", "群众"
    MEMBER = "member", "党员"
    BRANCH_SECRETARY = "branch_secretary", "支部书记"
    SECRETARY = "secretary", "社区党组织书记"


class Certificate(models.TextChoices):
    """社会工作者职业资格: the highest valid one counts."""

    ASSISTANT = "assistant", "助理社会工作师"
    SOCIAL_WORKER = "social_worker", "社会工作师"
    SENIOR = "senior", "高级社会工作师"


class ReviewResult(models.TextChoices):
    """年度考核 (by analogy 事业单位工作人员考核规定 art. 17)."""

    EXCELLENT = "excellent", "优秀"
    QUALIFIED = "qualified", "合格"
    BASIC = "basic", "基本合格"
    FAILED = "failed", "不合格"


class GradeReason(models.TextChoices):
    INITIAL = "initial", "入职定级"
    STEP = "step", "年度晋级"
    PROBATION_OVER = "probation", "试用期满"
    RANK = "rank", "岗位变动"
    EDUCATION = "education", "取得学历"
    CERTIFICATE = "certificate", "取得证书"
    SCHEME = "scheme", "执行新方案"
    CORRECTION = "correction", "更正"


class GradingOutcome(models.TextChoices):
    """What grading in bulk does to somebody. ``BLOCKED``: a person has to look first."""

    FIRST = "first", "首次定级"
    RISES = "rises", "升级"
    FALLS = "falls", "降级"
    RENEWED = "renewed", "仅更新职务"
    STAYS = "stays", "不变"
    BLOCKED = "blocked", "不能办理"


NOT_GRADED = (GradingOutcome.STAYS, GradingOutcome.BLOCKED)


class LeaveKind(models.TextChoices):
    ANNUAL = "annual", "年休假"
    SICK = "sick", "病假"
    PERSONAL = "personal", "事假"
    MARRIAGE = "marriage", "婚假"
    MATERNITY = "maternity", "产假"
    BEREAVEMENT = "bereavement", "丧假"
    INJURY = "injury", "工伤假"
    ABSENT = "absent", "旷工"


class LeaveState(models.TextChoices):
    ASKED = "asked", "待审批"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "未批准"
    CANCELLED = "cancelled", "已撤销"


class Source(models.TextChoices):
    """Where the amount of a pay item comes from."""

    COEFFICIENT = "coefficient", "基数 × 地区系数 × 等级系数"
    GRADE = "grade", "等级表的金额"
    POST = "post", "岗位表的金额"
    EDUCATION = "education", "学历表的金额"
    CERTIFICATE = "certificate", "证书表的金额"
    YEARS = "years", "本项金额 × 社区工作年限"
    FIXED = "fixed", "本项金额"


class Pays(models.TextChoices):
    """How often an item is paid out; what a month earned is kept until then."""

    MONTH = "month", "按月"
    QUARTER = "quarter", "按季"
    HALF_YEAR = "half_year", "按半年"
    YEAR = "year", "年终一次"


PAYING_MONTHS = {
    Pays.MONTH: frozenset(range(1, 13)), Pays.QUARTER: frozenset({3, 6, 9, 12}), Pays.HALF_YEAR: frozenset({6, 12}),
    Pays.YEAR: frozenset(),
}  # fmt: skip


class Deduction(models.TextChoices):
    """专项附加扣除 (个人所得税专项附加扣除暂行办法)."""

    CHILDREN = "children", "子女教育"
    INFANT = "infant", "婴幼儿照护"
    ELDERS = "elders", "赡养老人"
    MORTGAGE = "mortgage", "住房贷款利息"
    RENT = "rent", "住房租金"
    STUDY = "study", "继续教育"


class RunState(models.TextChoices):
    """A month's pay from draft to archive, each step by another person."""

    DRAFT = "draft", "待核算"
    CALCULATED = "calculated", "已核算"
    CHECKED = "checked", "已复核"
    APPROVED = "approved", "已审批"
    PAID = "paid", "已发放"
    ARCHIVED = "archived", "已归档"


class Period(models.TextChoices):
    MONTH = "month", "月工资"
    BONUS = "bonus", "年终奖（第 13 期）"


class ForecastState(models.TextChoices):
    WAITING = "waiting", "测算中"
    READY = "ready", "已完成"


class FundLevel(models.TextChoices):
    """Who a fund is planned for."""

    COMMUNITY = "community", "每个社区一份"
    DISTRICT = "district", "全区一份，再逐笔下达"


class FundEntryKind(models.TextChoices):
    BUDGET = "budget", "年度预算"
    ALLOCATION = "allocation", "下达"
    SPENDING = "spending", "支出"
    REVERSAL = "reversal", "冲销支出"
    CARRIED = "carried", "结转下年"
    RETURNED = "returned", "收回区级"
    MERGED = "merged", "单位合并转入"


# Written by the rule at the year's end, or when units merge, without a second person.
YEAR_END = (FundEntryKind.CARRIED, FundEntryKind.RETURNED)
BY_RULE = (*YEAR_END, FundEntryKind.MERGED)
# From one account to another.
MOVES = (FundEntryKind.ALLOCATION, *BY_RULE)


class FundState(models.TextChoices):
    """Of budgets and entries: two people, one who enters and one who approves."""

    PROPOSED = "proposed", "待审批"
    APPROVED = "approved", "已入账"
    REFUSED = "refused", "未通过"
    WITHDRAWN = "withdrawn", "已撤回"


FROZEN = (RunState.APPROVED, RunState.PAID, RunState.ARCHIVED)
COLOURS: dict[str, str] = {
    RunState.DRAFT: "grey", RunState.CALCULATED: "blue", RunState.CHECKED: "blue", RunState.APPROVED: "amber",
    LeaveState.ASKED: "amber", LeaveState.APPROVED: "green", LeaveState.REFUSED: "red", LeaveState.CANCELLED: "grey",
    ForecastState.WAITING: "blue", ForecastState.READY: "green", FundState.PROPOSED: "amber",
    FundState.APPROVED: "green", FundState.REFUSED: "red", FundState.WITHDRAWN: "grey",
    GradingOutcome.FIRST: "green", GradingOutcome.RISES: "green", GradingOutcome.FALLS: "amber",
    GradingOutcome.RENEWED: "blue", GradingOutcome.STAYS: "grey", GradingOutcome.BLOCKED: "red",
    RunState.PAID: "green", RunState.ARCHIVED: "grey", WorkerState.ACTIVE: "green", WorkerState.LEFT: "grey",
}  # fmt: skip


class BonusTax(models.TextChoices):
    """年终奖计税: 财政部 税务总局公告2023年第30号 lets the worker choose until the end of 2027."""

    APART = "apart", "单独计税"
    TOGETHER = "together", "并入当年综合所得"
