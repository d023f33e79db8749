"""Exports of the lists of volunteers and teams; names are masked as on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from common.masks import mask_name
from common.reporting import Column, register
from common.reporting.lists import ListExport
from volunteers import permissions
from volunteers.choices import Group, VolunteerState
from volunteers.tables.people import skill_words, theme_word
from volunteers.views.people import VolunteerList
from volunteers.views.teams import TeamList


@register
class VolunteerExport(ListExport):
    key, label, permission = "volunteers.people", "志愿者名册", permissions.EXPORT
    view = VolunteerList
    table = (
        Column("number", "编号", "id_text"),
        Column("name", "姓名", width=12),
        Column("nickname", "昵称", width=14),
        Column("group", "类别", choices=dict(Group.choices), width=28),
        Column("unit", "所属单位", width=20),
        Column("state", "状态", choices=dict(VolunteerState.choices), width=14),
        Column("total_hours", "累计时长", "decimal"),
        Column("skills", "服务技能", width=28),
        Column("insured_until", "保险有效期至", "date"),
        Column("joined_on", "注册日期", "date"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "number": lambda row: row.number,
        "name": lambda row: mask_name(row.person.name),
        "nickname": lambda row: row.nickname,
        "group": lambda row: row.group,
        "unit": lambda row: row.unit.name,
        "state": lambda row: row.state,
        "total_hours": lambda row: row.total_hours,
        "skills": skill_words,
        "insured_until": lambda row: row.insured_until,
        "joined_on": lambda row: row.joined_on,
    }


@register
class TeamExport(ListExport):
    key, label, permission = "volunteers.teams", "志愿队伍名册", permissions.EXPORT
    view = TeamList
    table = (
        Column("name", "队伍名称", width=24),
        Column("unit", "所属单位", width=20),
        Column("theme", "服务主题", width=16),
        Column("leader", "队长", "id_text"),
        Column("member_count", "队员数", "integer"),
        Column("founded_on", "成立日期", "date"),
        Column("is_active", "状态", width=10),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "name": lambda row: row.name,
        "unit": lambda row: row.unit.name,
        "theme": lambda row: theme_word(row.theme),
        "leader": lambda row: row.leader.number if row.leader else "空缺",
        "member_count": lambda row: row.member_count,
        "founded_on": lambda row: row.founded_on,
        "is_active": lambda row: "在册" if row.is_active else "已撤销",
    }
