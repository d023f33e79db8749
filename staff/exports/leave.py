"""Export of the list of leave; names are masked as on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from common.masks import mask_name
from common.reporting import Column, register
from common.reporting.lists import ListExport
from staff import permissions
from staff.choices import LeaveKind, LeaveState
from staff.selectors.leave import days_of
from staff.views.leave import LeaveList


@register
class LeaveExport(ListExport):
    key, label, permission = "staff.leave", "请假台账", permissions.EXPORT
    view = LeaveList
    table = (
        Column("number", "工号", "id_text"),
        Column("name", "姓名", width=12),
        Column("unit", "单位", width=20),
        Column("kind", "假别", choices=dict(LeaveKind.choices), width=10),
        Column("first_day", "第一天", "date"),
        Column("last_day", "最后一天", "date"),
        Column("days", "工作日", "decimal", total="sum"),
        Column("state", "状态", choices=dict(LeaveState.choices), width=10),
        Column("cover", "代班人", width=12),
        Column("asked_at", "申请时间", "datetime"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "number": lambda row: row.worker.number,
        "name": lambda row: mask_name(row.worker.person.name),
        "unit": lambda row: row.worker.unit.name,
        "days": days_of,
        "cover": lambda row: mask_name(row.cover.person.name) if row.cover else "",
    }
