"""Exports of the ticket lists: the rows and columns of the page, personal numbers masked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import QueryDict

from common.errors import Invalid
from common.masks import mask_text
from common.reporting import Column, Report, register
from petitions import permissions
from petitions.choices import Channel, Kind, Satisfaction, State, Urgency
from petitions.views.lists import LISTS, PetitionList

MOST = 200_000
CHUNK = 500
LEAD = Coalesce("lead_department__name", "lead_unit__name")
# Every masked number has four digits in a row: most texts need no closer look.
_DIGITS = re.compile(r"[0-9０-９]{4}")

# Column of the table: what is read, and how it is written.
COLUMNS: dict[str, tuple[str, Column]] = {
    "title": ("title", Column("title", "标题", width=36)),
    "number": ("number", Column("number", "工单编号", "id_text")),
    "state": ("state", Column("state", "状态", choices=dict(State.choices))),
    "due_at": ("due_at", Column("due_at", "时限", "datetime")),
    "category": ("category__name", Column("category", "诉求分类")),
    "community": ("community__name", Column("community", "社区")),
    "lead": ("lead", Column("lead", "主办单位")),
    "received_at": ("received_at", Column("received_at", "接收时间", "datetime")),
    "street": ("street__name", Column("street", "街道")),
    "grid": ("grid__name", Column("grid", "网格")),
    "place": ("place", Column("place", "问题地点", width=28)),
    "kind": ("kind", Column("kind", "诉求类型", choices=dict(Kind.choices))),
    "channel": ("channel", Column("channel", "来源", choices=dict(Channel.choices))),
    "urgency": ("urgency", Column("urgency", "紧急程度", choices=dict(Urgency.choices))),
    "external_number": ("external_number", Column("external_number", "来源编号", "id_text")),
    "finish_due_at": ("finish_due_at", Column("finish_due_at", "办结时限", "datetime")),
    "replied_at": ("replied_at", Column("replied_at", "答复时间", "datetime")),
    "ended_at": ("ended_at", Column("ended_at", "办结时间", "datetime")),
    "solved": ("solved", Column("solved", "是否解决", choices={True: "已解决", False: "未解决"})),
    "satisfaction": ("satisfaction", Column("satisfaction", "满意度", choices=dict(Satisfaction.choices))),
    "extensions": ("extensions", Column("extensions", "延期次数", "integer")),
    "reworks": ("reworks", Column("reworks", "返工次数", "integer")),
}
MASKED = ("title", "place")


class PetitionExport(Report):
    """One list of tickets as a plain table, through the scope its reader has when the job runs."""

    permission = permissions.EXPORT
    style = "list"
    view: ClassVar[type[PetitionList]]

    def columns(self, params: Any) -> list[Column]:
        return [COLUMNS[name][1] for name in self._names(params)]

    def _names(self, params: Any) -> list[str]:
        wanted = [name for name in params.get("columns", ()) if name in COLUMNS]
        return wanted or list(COLUMNS)

    def _rows(self, user: Any, params: Any) -> QuerySet:
        return self.view.shown_to(user, QueryDict(params.get("query", "")))

    def rows(self, user: Any, params: Any) -> Iterator[Any]:
        names = self._names(params)
        plain = self._rows(user, params).annotate(lead=LEAD)
        rows = plain.values_list(*(COLUMNS[name][0] for name in names)).iterator(CHUNK)
        masked = [position for position, name in enumerate(names) if name in MASKED]
        return (_without_numbers(row, masked) for row in rows)

    def count(self, user: Any, params: Any) -> int:
        found = self._rows(user, params).order_by()[: MOST + 1].count()
        if found > MOST:
            raise Invalid(f"一次最多导出 {MOST:,} 行，请先用查询条件缩小范围。")
        return found


def _without_numbers(row: tuple[Any, ...], positions: list[int]) -> tuple[Any, ...]:
    for position in positions:
        text = row[position]
        if text and _DIGITS.search(text):
            row = (*row[:position], mask_text(text), *row[position + 1 :])
    return row


for _view in LISTS:
    register(
        type(
            f"{_view.__name__}Export",
            (PetitionExport,),
            {"key": _view.export_report_key, "label": _view.page_title, "view": _view, "__module__": __name__},
        )
    )
