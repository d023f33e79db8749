"""The workbook a person fills in: headings with remarks, and a second sheet that explains every column."""

from __future__ import annotations

from typing import BinaryIO

import xlsxwriter

from common.imports.spec import ImportColumn, ImportSpec
from common.reporting.official import A4, sheet_name

ROWS_WITH_CHOICES = 5000
TEXT = "@"


def write_template(spec: ImportSpec, out: BinaryIO) -> None:
    """Write the template of an import. Cells are text, so that numbers and dates stay as they are typed."""
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
    must = book.add_format({**head, "bg_color": "#FDE9D9"})
    may = book.add_format({**head, "bg_color": "#F2F2F2"})
    text = book.add_format({"num_format": TEXT})
    sheet = book.add_worksheet(sheet_name(spec.label))
    sheet.set_row(0, 24)
    for place, column in enumerate(spec.columns):
        sheet.set_column(place, place, column.width, text)
        sheet.write_string(0, place, column.label, must if column.required else may)
        sheet.write_comment(0, place, _remark(column), {"x_scale": 1.6, "y_scale": 1.2})
        if column.choices:
            rule = {"validate": "list", "source": list(column.choices), "error_type": "warning"}
            if sum(map(len, column.choices)) + len(column.choices) <= 255:  # what a workbook allows
                sheet.data_validation(1, place, ROWS_WITH_CHOICES, place, rule)
    sheet.freeze_panes(1, 0)
    _explanations(book, spec)
    book.close()


def _remark(column: ImportColumn) -> str:
    parts = ["必填" if column.required else "选填", column.help, f"例：{column.example}" if column.example else ""]
    return "\n".join(filter(None, parts))


def _explanations(book: xlsxwriter.Workbook, spec: ImportSpec) -> None:
    sheet = book.add_worksheet("填写说明")
    bold = book.add_format({"bold": True, "border": 1, "bg_color": "#F2F2F2"})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top", "num_format": TEXT})
    lead = spec.help or f"在“{sheet_name(spec.label)}”表中从第 2 行起填写，一行一条；标题行请勿改动。"
    sheet.write_string(0, 0, lead)
    for place, (name, width) in enumerate(
        (("列名", 18), ("是否必填", 10), ("说明", 50), ("示例", 30), ("可填内容", 40))
    ):
        sheet.set_column(place, place, width)
        sheet.write_string(1, place, name, bold)
    for number, column in enumerate(spec.columns, 2):
        values = (
            column.label,
            "必填" if column.required else "选填",
            column.help,
            column.example,
            "、".join(column.choices),
        )
        for place, value in enumerate(values):
            sheet.write_string(number, place, value, cell)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
