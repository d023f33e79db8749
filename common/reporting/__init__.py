"""Reports: typed rows in, page, workbook or CSV out. A new report is one class in one file.

::

    class OverdueList(Report):
        key, label, permission = "tickets.overdue", "超期清单", "tickets.view"

        def columns(self, params): return [Column("number", "编号", "id_text"), Column("days", "超期天数", "integer", total="sum")]

        def rows(self, user, params): yield from Ticket.objects.visible_to(user).values("number", "days").iterator()

    register(OverdueList)
"""

from common.reporting.columns import Column, Rate, Total, Type
from common.reporting.html import Table, as_table
from common.reporting.registry import all_for, get, provide, register
from common.reporting.report import FORMATS, Meta, Report, Sheet, month_label, prepare

__all__ = [
    "FORMATS",
    "Column",
    "Meta",
    "Rate",
    "Report",
    "Sheet",
    "Table",
    "Total",
    "Type",
    "all_for",
    "as_table",
    "get",
    "month_label",
    "prepare",
    "provide",
    "register",
]
