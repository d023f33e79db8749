"""Reports: rates, totals, links, and every cell of every kind of file."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from xml.etree import ElementTree

import openpyxl
import pytest
from django import forms
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from common import reporting
from common.errors import Invalid, PlainError, Refused
from common.reporting import Column, Meta, Rate, Report, prepare, registry
from common.reporting.as_csv import write_csv
from common.reporting.large import write_large
from common.reporting.official import lines_of, sheet_name, write_official
from common.scope import Grant, Scope

AS_OF = datetime(2026, 10, 8, 1, 30, tzinfo=UTC)
NASTY = ["=1+1", "+86", "-2", "@SUM(A1)", "＝1", "\t=1", "  =cmd|' /C calc'!A0", "|x", "\r=1"]


class Month(forms.Form):
    year = forms.IntegerField(label="年份", min_value=2000, max_value=2099)


class ByUnit(Report):
    key, label, permission = "test.by_unit", "月度统计", "test.view"
    form_class = Month
    note = "演示"
    ROWS = [
        {
            "unit": "甲街道",
            "id": 1,
            "number": 344,
            "hours": Decimal("12.345"),
            "solved": Rate(338, 344),
            "street": True,
        },
        {
            "unit": "其中：一社区",
            "id": 2,
            "number": 300,
            "hours": Decimal("2"),
            "solved": Rate(300, 300),
            "street": False,
        },
        {"unit": "乙街道", "id": 3, "number": 0, "hours": None, "solved": Rate(0, 0), "street": True},
    ]

    def columns(self, params):
        return [
            Column("unit", "单位"),
            Column("number", "受理", "integer", total="sum"),
            Column("hours", "用时", "decimal", total="sum"),
            Column("solved", "解决率", "rate", total="rate"),
        ]

    def rows(self, user, params):
        yield from self.ROWS

    def meta(self, user, params):
        return Meta("月度统计", "江源区", params["as_of"], reporting.month_label(params["year"], 9), self.note)

    def in_total(self, row):
        return row["street"]

    def link(self, row, column, params):
        if column.key != "number":
            return None
        return f"/tickets/?unit={row['id'] if row else ''}"


class Listing(Report):
    key, label, style = "test.list", "工单清单", "list"

    def columns(self, params):
        return [
            Column("number", "编号", "id_text"),
            Column("phone", "电话", "id_text"),
            Column("title", "标题", width=30),
            Column("state", "状态", choices={"open": "办理中"}),
            Column("at", "接收时间", "datetime"),
            Column("day", "日期", "date"),
            Column("count", "次数", "integer"),
            Column("points", "分值", "decimal"),
            Column("rate", "满意率", "rate"),
        ]

    def rows(self, user, params):
        at = datetime(2026, 9, 30, 16, 5, tzinfo=UTC)
        first = (
            "202609010001",
            "13812345678",
            "楼道灯不亮\n第二行 𠮷",
            "open",
            at,
            date(2026, 9, 30),
            3,
            Decimal("1.005"),
        )
        yield (*first, Rate(2, 3))
        yield dict(
            zip(
                [column.key for column in self.columns({})],
                ["0001", "0439", None, "?", None, None, None, None, None],
                strict=True,
            )
        )
        for text in NASTY:
            yield ("1", "1", text, "open", at, None, 0, None, Rate(0, 0))


def person(*permissions: str) -> SimpleNamespace:
    return SimpleNamespace(is_active=True, scope=Scope((Grant("tester", frozenset(permissions)),)))


@pytest.fixture
def reports(monkeypatch):
    monkeypatch.setattr(registry, "_REPORTS", {})
    monkeypatch.setattr(registry, "_MODULES", {})
    monkeypatch.setattr("common.permissions._REGISTER", {})
    from common.permissions import declare

    declare("test.view", "查看统计")
    reporting.register(ByUnit)
    reporting.register(Listing)


def run(report: type[Report], raw=None):
    return prepare(report(), person("test.view"), raw, AS_OF)


def official(tmp_path, name="a.xlsx"):
    path = tmp_path / name
    write_official(run(ByUnit, {"year": "2026"}), str(path))
    return path


def large(tmp_path, name="a.xlsx", report=Listing):
    path = tmp_path / name
    write_large(run(report), str(path))
    return path


class TestRate:
    @pytest.mark.parametrize(
        ("numerator", "denominator", "text"),
        [
            (338, 344, "98.26%"), (1, 3, "33.33%"), (2, 3, "66.67%"), (0, 5, "0.00%"), (0, 0, "—"), (5, 5, "100.00%"),
            # half up, where the even neighbour and binary fractions would go down
            (1, 800, "0.13%"), (201, 40000, "0.50%"), (1005, 100000, "1.01%"), (17565, 17600, "99.80%"),
        ],
    )  # fmt: skip
    def test_two_decimals_half_up(self, numerator, denominator, text):
        assert str(Rate(numerator, denominator)) == text

    def test_a_weighted_numerator_shows_plainly(self):
        assert Rate(Decimal("3.60"), 5).parts == "3.6/5"
        assert Rate(Decimal("100.00"), 200).parts == "100/200"
        assert Rate(Decimal("1E+2"), 200).parts == "100/200"

    def test_a_total_is_made_of_the_parts(self):
        assert Rate(1, 2) + Rate(300, 400) == Rate(301, 402)
        assert str(Rate(0, 0) + Rate(1, 4)) == "25.00%"

    @given(st.integers(0, 10**6), st.integers(1, 10**6))
    def test_never_off_by_more_than_half_a_hundredth(self, numerator, denominator):
        percent = Rate(numerator, denominator).percent
        assert abs(percent * denominator - 100 * numerator) * 200 <= denominator
        assert percent.as_tuple().exponent == -2


class TestColumn:
    @pytest.mark.parametrize(
        ("column", "value", "text"),
        [
            (Column("a", "a"), None, ""), (Column("a", "a", "integer"), 12345, "12,345"),
            (Column("a", "a", "decimal"), Decimal("1.005"), "1.01"), (Column("a", "a", "decimal", places=0), "2.5", "3"),
            (Column("a", "a", "rate"), None, "—"), (Column("a", "a", "rate"), Rate(1, 3), "33.33%"),
            (Column("a", "a", "datetime"), datetime(2026, 9, 30, 16, 5, tzinfo=UTC), "2026-10-01 00:05"),
            (Column("a", "a", "date"), datetime(2026, 9, 30, 16, 5, tzinfo=UTC), "2026-10-01"),
            (Column("a", "a", "date"), date(2026, 9, 30), "2026-09-30"), (Column("a", "a", choices={1: "一"}), 1, "一"),
            (Column("a", "a", choices={1: "一"}), 2, "2"),
        ],
    )  # fmt: skip
    def test_shown(self, column, value, text):
        assert column.shown(value) == text

    @pytest.mark.parametrize("wrong", [{"type": "money"}, {"total": "sum"}, {"type": "integer", "total": "rate"}])
    def test_a_column_that_makes_no_sense(self, wrong):
        with pytest.raises(ValueError):
            Column("a", "a", **wrong)


class TestRunning:
    def test_without_the_permission_nothing_runs(self, reports):
        with pytest.raises(Refused, match="查看统计"):
            prepare(ByUnit(), person(), {"year": "2026"})
        with pytest.raises(Refused):
            prepare(ByUnit(), None, {"year": "2026"})

    @pytest.mark.parametrize(("raw", "message"), [({}, "年份：该字段是必填项。"), ({"year": "x"}, "年份：输入整数。")])
    def test_parameters_are_checked_by_the_form(self, raw, message):
        with pytest.raises(Invalid) as caught:
            run(ByUnit, raw)
        assert (caught.value.message, caught.value.field) == (message, "year")

    def test_two_columns_of_one_name_are_a_defect(self):
        class Twice(Listing):
            def columns(self, params):
                return [Column("a", "编号"), Column("b", "编号")]

        with pytest.raises(ValueError, match="twice"):
            run(Twice)

    def test_the_register(self, reports):
        assert reporting.get("test.list").label == "工单清单"
        assert [report.key for report in reporting.all_for(person("test.view"))] == ["test.list", "test.by_unit"]
        assert [report.key for report in reporting.all_for(person())] == ["test.list"]
        assert reporting.all_for(None) == []
        with pytest.raises(registry.NoSuchReport):
            reporting.get("nowhere")
        with pytest.raises(ValueError, match="twice"):
            reporting.register(type("Other", (ByUnit,), {}))

    def test_file_name(self):
        assert run(ByUnit, {"year": "2026"}).meta.file_stem == "江源区_月度统计_2026年9月"
        assert Meta("a/b:c", "区\r\n", AS_OF).file_stem == "区_abc_2026年10月8日"


class TestHtml:
    def test_cells_links_and_totals(self):
        table = reporting.as_table(run(ByUnit, {"year": "2026"}))
        assert [[cell.text for cell in row] for row in table.rows] == [
            ["甲街道", "344", "12.35", "98.26%"],
            ["其中：一社区", "300", "2.00", "100.00%"],
            ["乙街道", "0", "", "—"],
        ]
        assert [(cell.text, cell.parts, cell.url) for cell in table.totals] == [
            ("合计", "", ""), ("344", "", "/tickets/?unit="), ("12.35", "", ""), ("98.26%", "338/344", ""),
        ]  # fmt: skip
        assert [row[1].url for row in table.rows] == ["/tickets/?unit=1", "/tickets/?unit=2", "/tickets/?unit=3"]
        assert table.rows[2][3].parts == "0/0"
        assert not table.cut

    def test_a_long_report_is_cut_but_totalled_whole(self):
        table = reporting.as_table(run(ByUnit, {"year": "2026"}), most=1)
        assert (len(table.rows), table.cut, table.totals[1].text) == (1, True, "344")

    def test_the_template_escapes_and_links(self):
        table = reporting.as_table(run(ByUnit, {"year": "2026"}))
        html = render_to_string("common/reporting/table.html", {"table": table})
        assert '<a href="/tickets/?unit=1">344</a>' in html
        assert "98.26%</td>" not in html
        assert '98.26% <small class="text-secondary">338/344</small>' in html
        assert "style=" not in html
        bad = reporting.as_table(run(Listing))
        bad.rows[0][2] = type(bad.rows[0][2])("<script>", False)
        assert "<script>" not in render_to_string("common/reporting/table.html", {"table": bad})


class TestCsv:
    def read(self, report=Listing, raw=None) -> tuple[str, list[list[str]]]:
        out = io.StringIO(newline="")
        write_csv(run(report, raw), out)
        return out.getvalue(), list(csv.reader(io.StringIO(out.getvalue(), newline="")))

    def test_cells(self):
        _, rows = self.read()
        assert rows[0][-2:] == ["满意率", "满意率（分子/分母）"]
        assert rows[1] == [
            "\t202609010001", "13812345678", "楼道灯不亮\n第二行 𠮷", "办理中", "2026-10-01 00:05", "2026-09-30", "3", "1.01",
            "66.67%", "\t2/3",
        ]  # fmt: skip
        assert rows[2] == ["\t0001", "\t0439", "", "?", "", "", "", "", "—", ""]

    def test_formulas_are_neutralised(self):
        _, rows = self.read()
        assert [row[2] for row in rows[3:]] == [f"'{text}" for text in NASTY]

    @given(st.text(min_size=1))
    def test_no_text_is_left_that_runs(self, text):
        class One(Report):
            key, label = "one", "一"

            def columns(self, params):
                return [Column("a", "甲")]

            def rows(self, user, params):
                yield {"a": text}

        out = io.StringIO(newline="")
        write_csv(run(One), out)
        cell = next(iter(csv.reader(io.StringIO(out.getvalue().split("\r\n", 1)[1], newline=""))))[0]
        assert cell in (text, f"'{text}")
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))

    def test_negative_numbers_stay_numbers(self):
        class One(Report):
            key, label = "one", "一"

            def columns(self, params):
                return [Column("a", "甲", "integer"), Column("b", "乙", "decimal")]

            def rows(self, user, params):
                yield {"a": -3, "b": Decimal("-1.5")}

        assert self.read(One)[1][1] == ["-3", "-1.50"]


class TestOfficialWorkbook:
    def test_every_cell(self, tmp_path):
        sheet = openpyxl.load_workbook(official(tmp_path))["月度统计"]
        assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
            ["江源区2026年9月月度统计", None, None, None, None],
            ["填报单位：江源区　　日期：2026年10月8日", None, None, None, None],
            ["单位", "受理", "用时", "解决率", "解决率（分子/分母）"],
            ["甲街道", 344, 12.35, 0.9826, "338/344"],
            ["其中：一社区", 300, 2, 1, "300/300"],
            ["乙街道", 0, None, "—", "0/0"],
            ["合计", 344, 12.35, 0.9826, "338/344"],
            ["注：演示", None, None, None, None],
        ]
        assert [cell.number_format for cell in sheet[4]] == ["General", "#,##0", "#,##0.00", "0.00%", "General"]

    def test_it_prints_as_an_office_expects(self, tmp_path):
        sheet = openpyxl.load_workbook(official(tmp_path))["月度统计"]
        assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
        assert sheet.print_title_rows == "$1:$3"
        assert sheet.freeze_panes == "B4"
        assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:E1", "A2:E2", "A8:E8"}

    def test_a_long_note_takes_lines_instead_of_widening_the_print(self, tmp_path, monkeypatch):
        assert openpyxl.load_workbook(official(tmp_path)).active["A8"].alignment.wrap_text
        monkeypatch.setattr(ByUnit, "note", "评分规则" * 60)
        sheet = openpyxl.load_workbook(official(tmp_path)).active
        assert sheet.row_dimensions[8].height >= 15 * 5
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) in ((1, 0), (None, 0), ("1", "0"))

    def test_a_row_is_as_high_as_its_wrapped_text(self, tmp_path, monkeypatch):
        long = {**ByUnit.ROWS[0], "unit": "城墙街道办事处" * 12}
        monkeypatch.setattr(ByUnit, "ROWS", [long, *ByUnit.ROWS[1:]])
        sheet = openpyxl.load_workbook(official(tmp_path)).active
        room = int(sheet.column_dimensions["A"].width)
        assert sheet.row_dimensions[4].height == 15 * -(-2 * 7 * 12 // room) > 15
        assert sheet.row_dimensions[5].height is None

    @pytest.mark.parametrize(
        ("text", "lines"),
        [("", 1), ("十个字的一行正好一行", 1), ("十个字的一行多出一个字", 2), ("a\nb", 2), ("x" * 41, 3)],
    )
    def test_lines_of_a_text_in_twenty_characters(self, text, lines):
        assert lines_of(text, 20) == lines

    def test_digits_and_formulas_stay_text(self, tmp_path):
        path = tmp_path / "b.xlsx"
        write_official(run(Listing), str(path))
        rows = list(openpyxl.load_workbook(path).active.iter_rows(min_row=4))
        assert (rows[0][0].value, rows[0][1].value) == ("202609010001", "13812345678")
        assert (rows[0][4].value, rows[0][5].value) == (datetime(2026, 10, 1, 0, 5), datetime(2026, 9, 30))  # noqa: DTZ001
        assert {row[2].data_type for row in rows[2:]} == {"s"}
        xml = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in xml
        assert "<hyperlink" not in xml

    def test_the_same_input_gives_the_same_bytes(self, tmp_path):
        assert official(tmp_path).read_bytes() == official(tmp_path, "b.xlsx").read_bytes()

    @pytest.mark.parametrize(("title", "name"), [("a/b[c]", "abc"), ("长" * 40, "长" * 31), ("///", "—")])
    def test_sheet_names(self, title, name):
        assert sheet_name(title) == name

    def test_what_a_workbook_cannot_hold_is_cut(self, tmp_path):
        class One(Report):
            key, label = "one", "一"

            def columns(self, params):
                return [Column("a", "甲")]

            def rows(self, user, params):
                yield {"a": "x" * 40_000}
                yield {"a": "a\x0b\x00b\ud800"}

        write_official(run(One), str(tmp_path / "a.xlsx"))
        values = [row[0] for row in openpyxl.load_workbook(tmp_path / "a.xlsx").active.iter_rows(values_only=True)]
        assert values[3:] == ["x" * 32_766 + "…", "ab"]

        sheet = run(One)
        sheet.rows = iter([("x" * 40_000,), ("a\x0bb",)])
        write_large(sheet, str(tmp_path / "b.xlsx"))
        values = [row[0] for row in openpyxl.load_workbook(tmp_path / "b.xlsx").active.iter_rows(values_only=True)]
        assert values[1:] == ["x" * 32_766 + "…", "a_x000B_b"]


class TestLargeWorkbook:
    def test_every_cell(self, tmp_path):
        rows = list(openpyxl.load_workbook(large(tmp_path)).active.iter_rows(values_only=True))
        assert rows[0] == (
            "编号",
            "电话",
            "标题",
            "状态",
            "接收时间",
            "日期",
            "次数",
            "分值",
            "满意率",
            "满意率（分子/分母）",
        )
        assert rows[1] == (
            "202609010001", "13812345678", "楼道灯不亮\n第二行 𠮷", "办理中",
            datetime(2026, 10, 1, 0, 5), datetime(2026, 9, 30), 3, 1.01, 0.6667, "2/3",  # noqa: DTZ001
        )  # fmt: skip
        assert rows[2] == ("0001", "0439", None, "?", None, None, None, None, "—", None)
        # a carriage return is written in the escape that spreadsheets undo
        assert [row[2] for row in rows[3:]] == [text.replace("\r", "_x000D_") for text in NASTY]
        assert rows[3][8:] == ("—", "0/0")

    def test_the_xml_holds_text_where_a_formula_could_be(self, tmp_path):
        with zipfile.ZipFile(large(tmp_path)) as book:
            root = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
        cells = {cell.get("r"): cell for cell in root.iter(f"{space}c")}
        assert not list(root.iter(f"{space}f"))
        assert cells["C4"].get("t") == "inlineStr"
        assert "".join(cells["C4"].itertext()) == "=1+1"
        assert cells["A2"].get("t") == "inlineStr"

    def test_frozen_head_filter_and_print(self, tmp_path):
        sheet = openpyxl.load_workbook(large(tmp_path)).active
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == f"A1:J{2 + 1 + len(NASTY)}"
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet["E2"].number_format == "yyyy-mm-dd hh:mm"
        assert sheet.column_dimensions["C"].width == pytest.approx(30, abs=1)

    def test_the_same_input_gives_the_same_bytes(self, tmp_path):
        first, second = large(tmp_path), large(tmp_path, "b.xlsx")
        assert first.read_bytes() == second.read_bytes()
        assert zipfile.ZipFile(first).testzip() is None
        core = zipfile.ZipFile(first).read("docProps/core.xml").decode()
        assert core.count("2026-10-08T01:30:00Z") == 2

    def test_an_empty_list_still_has_its_head(self, tmp_path):
        class Nothing(Listing):
            def rows(self, user, params) -> Iterator:
                return iter(())

        rows = list(openpyxl.load_workbook(large(tmp_path, report=Nothing)).active.iter_rows(values_only=True))
        assert rows[0][0] == "编号"
        assert [row for row in rows[1:] if any(row)] == []

    def test_progress_is_told(self, tmp_path):
        class Many(Listing):
            def columns(self, params):
                return [Column("a", "甲", "integer")]

            def rows(self, user, params):
                return ((number,) for number in range(500))

        told: list[int] = []
        sheet = run(Many)
        write_large(sheet, str(tmp_path / "a.xlsx"), told.append)
        assert told == [200, 400, 500]
        assert sheet.written == 500

    def test_more_than_a_sheet_holds_is_a_sentence(self, tmp_path, monkeypatch):
        monkeypatch.setattr("common.reporting.large.MOST_ROWS", 1000)

        class Many(Listing):
            def columns(self, params):
                return [Column("a", "甲", "integer")]

            def rows(self, user, params):
                return ((number,) for number in range(1200))

        with pytest.raises(PlainError, match="1,048,575"):
            write_large(run(Many), str(tmp_path / "a.xlsx"))


def test_a_dated_value_before_1992_keeps_its_wall_clock():
    """Summer time until 1991: the zone is asked."""
    column = Column("a", "a", "datetime")
    assert column.shown(datetime(1990, 7, 1, tzinfo=UTC)) == "1990-07-01 09:00"
    assert column.shown(datetime(1992, 7, 1, tzinfo=UTC) + timedelta(0)) == "1992-07-01 08:00"
