"""Exports of the lists of activities and service records: the rows and columns of the page, names masked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from common.masks import mask_name
from common.reporting import Column, register
from common.reporting.lists import ListExport
from volunteers import permissions
from volunteers.choices import ActivityState, RecordSource
from volunteers.selectors.activities import theme_labels
from volunteers.views.activities import ActivityList
from volunteers.views.records import RecordList


def _theme(row: Any) -> str:
    return theme_labels().get(row.theme, row.theme)


@register
class ActivityExport(ListExport):
    key, label, permission = "volunteers.activities", "志愿活动", permissions.VIEW
    view = ActivityList
    table = (
        Column("title", "活动名称", width=28),
        Column("theme", "主题", width=14),
        Column("unit", "组织单位", width=20),
        Column("starts_at", "开始时间", "datetime"),
        Column("ends_at", "结束时间", "datetime"),
        Column("place", "地点", width=28),
        Column("people", "报名/招募", width=12),
        Column("waiting", "候补", "integer"),
        Column("series", "固定服务日", width=14),
        Column("state", "状态", choices=dict(ActivityState.choices), width=12),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "title": lambda row: row.title,
        "theme": _theme,
        "unit": lambda row: row.unit.name,
        "starts_at": lambda row: row.starts_at,
        "ends_at": lambda row: row.ends_at,
        "place": lambda row: row.place,
        "people": lambda row: f"{row.taken}/{row.capacity}",
        "waiting": lambda row: row.waiting,
        "series": lambda row: row.series,
        "state": lambda row: row.state,
    }


@register
class RecordExport(ListExport):
    key, label, permission = "volunteers.records", "服务记录", permissions.EXPORT
    view = RecordList
    table = (
        Column("number", "志愿者编号", "id_text"),
        Column("name", "姓名", width=10),
        Column("what", "服务内容", width=28),
        Column("theme", "主题", width=14),
        Column("source", "来源", choices=dict(RecordSource.choices), width=12),
        Column("day", "服务日期", "date"),
        Column("hours", "时长（小时）", "decimal"),
        Column("unit", "组织单位", width=20),
        Column("started_at", "开始时间", "datetime"),
        Column("ended_at", "结束时间", "datetime"),
        Column("confirmed_at", "确认时间", "datetime"),
        Column("state", "状态", width=10),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "number": lambda row: row.volunteer.number,
        "name": lambda row: mask_name(row.volunteer.person.name),
        "what": lambda row: row.what,
        "theme": _theme,
        "source": lambda row: row.source,
        "day": lambda row: row.day,
        "hours": lambda row: row.hours,
        "unit": lambda row: row.unit.name,
        "started_at": lambda row: row.started_at,
        "ended_at": lambda row: row.ended_at,
        "confirmed_at": lambda row: row.confirmed_at,
        "state": lambda row: "已作废" if row.voided_at else "有效",
    }
