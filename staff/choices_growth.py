"""Words of training, rotation, mentoring and attendance."""

from __future__ import annotations

from django.db import models


class Subject(models.TextChoices):
    PARTY = "party", "党建理论"
    LAW = "law", "政策法规"
    SERVICE = "service", "群众工作"
    SKILL = "skill", "业务技能"
    DIGITAL = "digital", "信息系统"
    SAFETY = "safety", "安全应急"


class SessionState(models.TextChoices):
    OPEN = "open", "报名和培训中"
    ENDED = "ended", "已结束"
    CANCELLED = "cancelled", "已取消"


class EnrolmentState(models.TextChoices):
    JOINED = "joined", "已报名"
    WAITING = "waiting", "候补"
    PRESENT = "present", "已签到"
    ABSENT = "absent", "未到"
    WITHDRAWN = "withdrawn", "已退出"


# A place is taken by these.
HOLDING = (EnrolmentState.JOINED, EnrolmentState.PRESENT, EnrolmentState.ABSENT)
# Expected before it begins: with a place, or waiting for one.
PENDING = (EnrolmentState.JOINED, EnrolmentState.WAITING)


class PairState(models.TextChoices):
    ACTIVE = "active", "带教中"
    ENDED = "ended", "已出师"


class PairResult(models.TextChoices):
    EXCELLENT = "excellent", "优秀出师"
    QUALIFIED = "qualified", "合格出师"
    UNFINISHED = "unfinished", "未完成"


class Award(models.TextChoices):
    FIRST = "first", "一等奖"
    SECOND = "second", "二等奖"
    THIRD = "third", "三等奖"
    HONOUR = "honour", "优秀奖"
    NONE = "none", "参赛"


class PathPost(models.TextChoices):
    """From where and to where somebody is promoted (晋升通道)."""

    WORKER = "worker", "社区工作人员"
    MEMBER = "member", "社区两委委员"
    DEPUTY = "deputy", "社区副职"
    HEAD = "head", "社区正职"
    STREET_POST = "street_post", "镇街中层岗位"
    INSTITUTION = "institution", "事业单位人员"
    CIVIL = "civil", "公务员"
    STREET_LEADER = "street_leader", "镇街领导班子"


class RotationState(models.TextChoices):
    PLANNED = "planned", "已安排"
    DONE = "done", "已完成"
    BROKEN = "broken", "中途退出"


class TurnResult(models.TextChoices):
    GOOD = "good", "优秀"
    QUALIFIED = "qualified", "合格"
    POOR = "poor", "不合格"


class DayMark(models.TextChoices):
    """What somebody else wrote down about a day, over what was signed."""

    PRESENT = "present", "补签到岗"
    ERRAND = "errand", "因公外出"
    ABSENT = "absent", "核实未到岗"


class DayState(models.TextChoices):
    """How somebody's day looks."""

    PRESENT = "present", "正常"
    LATE = "late", "迟到"
    EARLY = "early", "早退"
    ERRAND = "errand", "因公外出"
    TRAINING = "training", "培训"
    LEAVE = "leave", "请假"
    MISSING = "missing", "未签到"
    WAITING = "waiting", "尚未签到"
    OFF = "off", "休息"
    TRIAL = "trial", "未计入"


class SheetState(models.TextChoices):
    CLOSED = "closed", "已结账"
    OPEN = "open", "重新打开"


class SignWay(models.TextChoices):
    PHONE = "phone", "手机"
    CODE = "code", "扫码"


COLOURS: dict[str, str] = {
    SessionState.OPEN: "blue", SessionState.ENDED: "green", SessionState.CANCELLED: "grey", EnrolmentState.JOINED: "blue",
    EnrolmentState.WAITING: "amber", EnrolmentState.PRESENT: "green", EnrolmentState.ABSENT: "red", EnrolmentState.WITHDRAWN: "grey",
    PairState.ACTIVE: "blue", PairState.ENDED: "grey", RotationState.PLANNED: "blue", RotationState.DONE: "green",
    RotationState.BROKEN: "red", SheetState.CLOSED: "green",
}  # fmt: skip
DAY_COLOURS: dict[str, str] = {
    DayState.PRESENT: "green", DayState.LATE: "amber", DayState.EARLY: "amber", DayState.ERRAND: "blue",
    DayState.TRAINING: "blue", DayState.LEAVE: "purple", DayState.MISSING: "red", DayState.WAITING: "grey",
    DayState.OFF: "grey", DayState.TRIAL: "grey",
}  # fmt: skip
