"""Tables of appraisals, results, the board and appeals: names are masked."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from common.masks import mask_name
from common.pages import DateColumn, DateTimeColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn
from staff.appraisal.words import COLOURS
from staff.models import Appeal, Appraisal, AppraisalResult, Appraised


def who(one: Appraised) -> str:
    """A worker by masked name and number, a community by name."""
    if one.worker is None:
        return one.unit.name
    return f"{mask_name(one.worker.person.name)} {one.worker.number}"


def star_words(stars: int) -> str:
    return f"{'★' * stars} {stars} 星" if stars else "—"


def movement_words(place: int | None, before: int | None) -> str:
    """How a place moved since the period before."""
    if place is None or before is None:
        return "—"
    if place == before:
        return "持平"
    return f"↑ 升 {before - place} 位" if place < before else f"↓ 降 {place - before} 位"


class AppraisalTable(PageTable):
    first_day = LinkColumn(verbose_name="考核期")
    subject = TextColumn(verbose_name="考核对象", accessor="get_subject_display")
    unit = TextColumn(verbose_name="组织单位", accessor="unit__name")
    state = StateColumn(verbose_name="状态", colours=COLOURS)
    people = NumberColumn(verbose_name="参加考核")
    judge_until = DateColumn(verbose_name="打分截止")
    appeal_until = DateColumn(verbose_name="申诉截止")
    finished_at = DateColumn(verbose_name="定格")

    class Meta(PageTable.Meta):
        model = Appraisal
        fields = ("first_day", "subject", "unit", "state", "people", "judge_until", "appeal_until", "finished_at")

    def render_first_day(self, record: Appraisal) -> str:
        return record.period_words


class Scored(PageTable):
    """What every list of results shows."""

    score = NumberColumn(verbose_name="得分")
    stars = TextColumn(verbose_name="星级", empty_values=())
    place = NumberColumn(verbose_name="名次", empty_values=(), orderable=False)
    street_place = NumberColumn(verbose_name="街道内名次", empty_values=(), orderable=False)

    class Meta(PageTable.Meta):
        pass

    def render_stars(self, record: AppraisalResult) -> str:
        return star_words(record.stars)

    def render_score(self, value: Any) -> str:
        return f"{value}"

    def render_place(self, record: Any) -> str:
        return str(record.place or "—")

    def render_street_place(self, record: Any) -> str:
        return str(record.street_place or "—")


class ResultTable(Scored):
    who = LinkColumn(verbose_name="考核对象", accessor="appraised")
    period = TextColumn(verbose_name="考核", accessor="appraisal")
    unit = TextColumn(verbose_name="单位", accessor="appraised__unit__name")
    level = TextColumn(verbose_name="等次")
    percent = NumberColumn(verbose_name="绩效比例（%）")
    home_score = NumberColumn(verbose_name="派出单位得分")
    host_score = NumberColumn(verbose_name="所在单位得分")

    optional = ("home_score", "host_score", "street_place", "percent")

    class Meta(PageTable.Meta):
        model = AppraisalResult
        fields = (
            "who", "period", "unit", "place", "street_place", "score", "home_score", "host_score", "level", "stars",
            "percent",
        )  # fmt: skip
        sequence = fields

    def render_who(self, record: AppraisalResult) -> str:
        return who(record.appraised)

    def render_period(self, record: AppraisalResult) -> str:
        return f"{record.appraisal.period_words}{record.appraisal.get_subject_display()}"

    def render_home_score(self, value: Any) -> str:
        return f"{value}"

    def render_host_score(self, value: Any) -> str:
        return f"{value}"

    def render_percent(self, value: Any) -> str:
        return f"{value.normalize():f}"


class BoardTable(Scored):
    unit = LinkColumn(
        verbose_name="社区", accessor="appraised__unit__name", linkify=lambda record: record.get_absolute_url()
    )
    street = TextColumn(verbose_name="镇街", accessor="appraised__street__name")
    level = TextColumn(verbose_name="等次")
    movement = TextColumn(verbose_name="与上期比", empty_values=(), orderable=False)

    class Meta(PageTable.Meta):
        model = AppraisalResult
        fields = ("place", "unit", "street", "street_place", "score", "level", "stars", "movement")
        sequence = fields

    def render_movement(self, record: Any) -> str:
        return movement_words(record.place, getattr(record, "before", None))


class AppealTable(PageTable):
    who = LinkColumn(verbose_name="申诉人", accessor="appraised")
    unit = TextColumn(verbose_name="单位", accessor="appraised__unit__name")
    period = TextColumn(verbose_name="考核", accessor="appraised__appraisal")
    state = StateColumn(verbose_name="状态", colours=COLOURS)
    asked_at = DateTimeColumn(verbose_name="申诉时间")
    text = TextColumn(verbose_name="理由", clip=True)
    decided_by = tables.Column(verbose_name="处理人")

    class Meta(PageTable.Meta):
        model = Appeal
        fields = ("who", "unit", "period", "state", "asked_at", "text", "decided_by")

    def render_who(self, record: Appeal) -> str:
        return who(record.appraised)

    def render_period(self, record: Appeal) -> str:
        return record.appraised.appraisal.period_words
