"""Words of appraisal (考核): who is appraised, how often, by what, and how far it has come."""

from __future__ import annotations

from django.db import models


class Subject(models.TextChoices):
    WORKER = "worker", "社区工作者"
    COMMUNITY = "community", "社区"


class Cycle(models.TextChoices):
    QUARTER = "quarter", "季度"
    YEAR = "year", "年度"


MONTHS_OF = {Cycle.QUARTER: 3, Cycle.YEAR: 12}


class Side(models.TextChoices):
    """双管双评: a seconded worker is appraised where the post is and where the work is done."""

    HOME = "home", "派出单位"
    HOST = "host", "所在单位"


class Judge(models.TextChoices):
    """Who gives the points of a judged item."""

    STREET = "judge_street", "街道评分"
    DISTRICT = "judge_district", "区级评分"
    HEAD = "judge_head", "社区正职评分"
    PEERS = "judge_peers", "同事互评"


class Measure(models.TextChoices):
    """What the system knows of a unit (of a worker: the unit they belong to), and of a worker alone."""

    RESPONSE = "response", "诉求响应率"
    RESOLUTION = "resolution", "诉求解决率"
    SATISFACTION = "satisfaction", "诉求满意率"
    FINISHED = "finished", "诉求按时办结率"
    SIGNED = "signed", "诉求按时签收率"
    FORECAST = "forecast", "网格上报（件）"
    VISITS = "visits", "入户走访收集诉求（件）"
    DUTY_VISITS = "duty_visits", "包联走访完成率"
    HOURS = "hours", "志愿服务时长（小时）"
    POINTS = "points", "志愿积分（分）"
    ACTIVITIES = "activities", "志愿活动（场）"
    CERTIFIED = "certified", "持证率"
    REPORTS = "reports", "考勤月报按时率"
    ATTENDANCE = "attendance", "本人出勤率"
    OWN_REPLIES = "own_replies", "本人答复诉求按时率"
    OWN_HOURS = "own_hours", "本人志愿服务时长（小时）"


RATES = frozenset({
    Measure.RESPONSE, Measure.RESOLUTION, Measure.SATISFACTION, Measure.FINISHED, Measure.SIGNED, Measure.DUTY_VISITS,
    Measure.CERTIFIED, Measure.REPORTS, Measure.ATTENDANCE, Measure.OWN_REPLIES,
})  # fmt: skip
OF_A_PERSON = frozenset({Measure.ATTENDANCE, Measure.OWN_REPLIES, Measure.OWN_HOURS})
# A community is not judged by its own people.
JUDGES_OF = {
    Subject.WORKER: tuple(Judge), Subject.COMMUNITY: (Judge.STREET, Judge.DISTRICT),
}  # fmt: skip


def sources_of(subject: str) -> dict[str, str]:
    """What an indicator of a subject may be made of, with its words: measures, then judges."""
    measures = [one for one in Measure if subject == Subject.WORKER or one not in OF_A_PERSON]
    return {one.value: str(one.label) for one in (*measures, *JUDGES_OF[Subject(subject)])}


class Missing(models.TextChoices):
    """What an indicator without data or judge counts."""

    SPREAD = "spread", "不计，权重由其他项分担"
    FULL = "full", "按满分"
    ZERO = "zero", "按零分"


class AppraisalState(models.TextChoices):
    OPEN = "open", "评分中"
    RECKONED = "reckoned", "待复核"
    PUBLISHED = "published", "公示中"
    FINAL = "final", "已定格"


FROZEN_APPRAISALS = (AppraisalState.PUBLISHED, AppraisalState.FINAL)


class AppealState(models.TextChoices):
    ASKED = "asked", "待处理"
    UPHELD = "upheld", "已更正"
    REJECTED = "rejected", "维持原结果"
    WITHDRAWN = "withdrawn", "已撤回"


COLOURS: dict[str, str] = {
    AppraisalState.OPEN: "blue", AppraisalState.RECKONED: "amber", AppraisalState.PUBLISHED: "amber",
    AppraisalState.FINAL: "green", AppealState.ASKED: "amber", AppealState.UPHELD: "green", AppealState.REJECTED: "grey",
    AppealState.WITHDRAWN: "grey",
}  # fmt: skip


class HonourLevel(models.TextChoices):
    NATION = "nation", "国家级"
    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    DISTRICT = "district", "区县级"
    STREET = "street", "街道（镇）级"
