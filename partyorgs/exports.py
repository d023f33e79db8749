"""Export of the list of party organisations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from common.reporting import Column, register
from common.reporting.lists import ListExport
from partyorgs import permissions
from partyorgs.choices import OrganisationKind, SetUpMode
from partyorgs.selectors import term_state
from partyorgs.views.lists import OrganisationList


@register
class OrganisationExport(ListExport):
    key, label, permission = "partyorgs.organisations", "党组织名册", permissions.PARTY_VIEW
    view = OrganisationList
    table = (
        Column("name", "名称", width=28),
        Column("kind", "类别", choices=dict(OrganisationKind.choices), width=14),
        Column("unit", "所在单位", width=20),
        Column("parent", "上级党组织", width=28),
        Column("mode", "组建方式", choices=dict(SetUpMode.choices), width=12),
        Column("secretary_name", "书记（负责人）", width=14),
        Column("members_count", "党员数", "integer", total="none"),
        Column("term_last_day", "届满日期", "date"),
        Column("term", "任期", width=16),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "unit": lambda row: row.unit.name,
        "parent": lambda row: row.parent.name if row.parent else "",
        "term": lambda row: term_state(row).text if row.is_active else "已撤销",
    }
