"""Export of the list of partners' agreements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.utils import timezone

from common.reporting import Column, register
from common.reporting.lists import ListExport
from volunteers import permissions
from volunteers.choices import AgreementState
from volunteers.selectors.partners import pace
from volunteers.views.partners import AgreementList


@register
class AgreementExport(ListExport):
    key, label, permission = "volunteers.agreements", "合伙人协议台账", permissions.EXPORT
    view = AgreementList
    table = (
        Column("provider", "合伙人", width=22),
        Column("state", "状态", choices=dict(AgreementState.choices), width=10),
        Column("room", "提供的场地", width=26),
        Column("unit", "所属单位", width=18),
        Column("owed_hours", "应服务时长（小时）", "decimal", width=13, total="sum"),
        Column("served_hours", "已服务（小时）", "decimal", width=13, total="sum"),
        Column("rate", "进度", "rate", total="rate"),
        Column("pace", "履约", width=16),
        Column("first_day", "起始日期", "date"),
        Column("last_day", "截止日期", "date"),
        Column("rent", "折合租金（元）", "decimal", width=14, total="sum"),
        Column("service", "服务内容", width=30),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "provider": lambda row: row.provider.name,
        "state": lambda row: row.state,
        "room": lambda row: row.room,
        "unit": lambda row: row.unit.name,
        "owed_hours": lambda row: row.owed_hours,
        "served_hours": lambda row: row.served_hours,
        "rate": lambda row: pace(row, timezone.localdate()).rate,
        "pace": lambda row: pace(row, timezone.localdate()).words[0],
        "first_day": lambda row: row.first_day,
        "last_day": lambda row: row.last_day,
        "rent": lambda row: row.rent,
        "service": lambda row: row.service,
    }
