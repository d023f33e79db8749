"""Columns of the list of partners' agreements."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils import timezone
from django.utils.html import format_html

from common.pages import DateColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn
from common.templatetags.gridwork import state_badge
from volunteers.choices import COLOURS
from volunteers.models import Agreement
from volunteers.selectors.partners import pace


class AgreementTable(PageTable):
    provider = LinkColumn(
        accessor="provider__name", verbose_name="合伙人", linkify=lambda record: record.get_absolute_url()
    )
    state = StateColumn(colours=COLOURS)
    room = TextColumn(clip=True)
    unit = TextColumn(accessor="unit__name", verbose_name="所属单位")
    owed_hours = NumberColumn()
    served_hours = NumberColumn(verbose_name="已服务（小时）")
    rate = tables.Column(empty_values=(), verbose_name="进度", attrs={"td": {"class": "gw-nowrap"}})
    pace = tables.Column(empty_values=(), verbose_name="履约", attrs={"td": {"class": "gw-nowrap"}})
    first_day = DateColumn()
    last_day = DateColumn()
    rent = NumberColumn()
    service = TextColumn(clip=True)

    optional = ("rent", "service", "first_day")

    class Meta(PageTable.Meta):
        model = Agreement
        fields: tuple[str, ...] = ()

    def render_rate(self, record: Any) -> Any:
        stands = pace(record, timezone.localdate())
        return format_html('{} <small class="text-secondary">{}</small>', stands.rate, stands.rate.parts)

    def render_pace(self, record: Any) -> Any:
        return state_badge(*pace(record, timezone.localdate()).words)
