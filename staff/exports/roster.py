"""Exports of the roster; names are masked as on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from common.masks import mask_name
from common.reporting import Column, register
from common.reporting.lists import ListExport
from staff import permissions
from staff.choices import Certificate, Education, PartyRole, Rank, WorkerKind, WorkerState
from staff.tables.roster import who
from staff.views.roster import PostList, WorkerList


@register
class WorkerExport(ListExport):
    key, label, permission = "staff.roster", "社区工作者名册", permissions.EXPORT
    view = WorkerList
    table = (
        Column("number", "工号", "id_text"),
        Column("name", "姓名", width=12),
        Column("unit", "所属单位", width=20),
        Column("kind", "用工类别", choices=dict(WorkerKind.choices), width=14),
        Column("rank", "职务", choices=dict(Rank.choices), width=18),
        Column("state", "状态", choices=dict(WorkerState.choices), width=10),
        Column("education", "学历", choices=dict(Education.choices), width=12),
        Column("certificate", "证书", choices=dict(Certificate.choices), width=16),
        Column("party_role", "党内职务", choices=dict(PartyRole.choices), width=18),
        Column("entered_on", "入职日期", "date"),
        Column("community_since", "从事社区工作起始日", "date", width=18),
        Column("probation_until", "试用期至", "date"),
        Column("filed_on", "县级备案日期", "date"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "name": lambda row: mask_name(row.person.name),
        "unit": lambda row: row.unit.name,
    }


@register
class PostExport(ListExport):
    key, label, permission = "staff.posts", "一职两备情况", permissions.EXPORT
    view = PostList
    table = (
        Column("unit", "单位", width=20),
        Column("rank", "职务", choices=dict(Rank.choices), width=18),
        Column("worker", "任职人员", width=20),
        Column("valid_from", "任职日期", "date"),
        Column("reserve_count", "备选人数", "integer"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "unit": lambda row: row.unit.name,
        "worker": lambda row: who(row.worker),
    }
