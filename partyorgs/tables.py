"""Tables of the lists of party organisations."""

from __future__ import annotations

import django_tables2 as tables

from common.pages import DateColumn, LinkColumn, NumberColumn, PageTable, TextColumn
from common.templatetags.gridwork import state_badge
from partyorgs.models import PartyOrganisation
from partyorgs.selectors import term_state


class OrganisationTable(PageTable):
    name = LinkColumn(verbose_name="名称")
    kind = TextColumn(verbose_name="类别", accessor="get_kind_display")
    unit = TextColumn(verbose_name="所在单位", accessor="unit__name")
    parent = TextColumn(verbose_name="上级党组织", accessor="parent__name")
    mode = TextColumn(verbose_name="组建方式", accessor="get_mode_display")
    secretary_name = TextColumn(verbose_name="书记（负责人）")
    members_count = NumberColumn(verbose_name="党员数")
    term_last_day = DateColumn(verbose_name="届满日期")
    term = tables.Column(verbose_name="任期", empty_values=(), accessor="pk", attrs={"td": {"class": "gw-nowrap"}})

    optional = ("mode",)

    class Meta(PageTable.Meta):
        model = PartyOrganisation
        fields = (
            "name", "kind", "unit", "parent", "mode", "secretary_name", "members_count", "term_last_day", "term",
        )  # fmt: skip

    def render_term(self, record: PartyOrganisation) -> str:
        if not record.is_active:
            return state_badge("已撤销", "grey")
        state = term_state(record)
        return state_badge(state.text, state.colour)
