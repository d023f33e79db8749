"""Tables of the lists of volunteers and teams: names are masked."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils import timezone

from common.masks import mask_name
from common.pages import DateColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn
from common.templatetags.gridwork import state_badge
from volunteers.choices import COLOURS, Skill
from volunteers.models import Team, Volunteer
from volunteers.rules import theme_choices

SKILLS = dict(Skill.choices)


def skill_words(volunteer: Volunteer) -> str:
    return "、".join(SKILLS.get(key, key) for key in volunteer.skills)


def theme_word(key: str) -> str:
    """The name of a theme in the rule in force; an old key shows as it is."""
    return dict(theme_choices(timezone.localdate())).get(key, key) if key else ""


class VolunteerTable(PageTable):
    number = LinkColumn(verbose_name="编号")
    name = tables.Column(verbose_name="姓名", accessor="person__name", orderable=False)
    nickname = TextColumn(verbose_name="昵称")
    group = TextColumn(verbose_name="类别", accessor="get_group_display")
    unit = TextColumn(verbose_name="所属单位", accessor="unit__name")
    state = StateColumn(verbose_name="状态", colours=COLOURS)
    total_hours = NumberColumn(verbose_name="累计时长")
    skills = TextColumn(verbose_name="服务技能", empty_values=(), clip=True)
    insured_until = DateColumn(verbose_name="保险有效期至")
    joined_on = DateColumn(verbose_name="注册日期")

    optional = ("nickname", "insured_until")

    class Meta(PageTable.Meta):
        model = Volunteer
        fields = (
            "number", "name", "nickname", "group", "unit", "state", "total_hours", "skills", "insured_until",
            "joined_on",
        )  # fmt: skip

    def render_name(self, value: str) -> str:
        return mask_name(value)

    def render_skills(self, record: Volunteer) -> str:
        return skill_words(record) or "—"


class TeamTable(PageTable):
    name = LinkColumn(verbose_name="队伍名称")
    unit = TextColumn(verbose_name="所属单位", accessor="unit__name")
    theme = TextColumn(verbose_name="服务主题")
    leader = TextColumn(verbose_name="队长", accessor="leader__number", default="空缺")
    member_count = NumberColumn(verbose_name="队员数")
    founded_on = DateColumn(verbose_name="成立日期")
    is_active = tables.Column(verbose_name="状态", attrs={"td": {"class": "gw-nowrap"}})

    class Meta(PageTable.Meta):
        model = Team
        fields = ("name", "unit", "theme", "leader", "member_count", "founded_on", "is_active")

    def render_theme(self, value: str) -> str:
        return theme_word(value)

    def render_is_active(self, value: Any) -> str:
        return state_badge("在册", "green") if value else state_badge("已撤销", "grey")
