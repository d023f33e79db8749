"""Every file that people hand in is read, or refused with one clear sentence."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.sheets import UnreadableFile, open_table, table
from common.sheets.text import encoding_of

HEAD = ["编号", "标题", "时间"]
ROWS = [["1", "楼道灯不亮 㐱𠮷", "2019/1/2 3:04"], ["2", "“引号”,逗号", ""]]


def read(path: Path, known=None):
    with open_table(path, known) as found:
        return found.head, found.head_row, list(found.rows)


def workbook(path: Path, fill) -> Path:
    book = openpyxl.Workbook()
    fill(book.active)
    book.save(path)
    return path


def csv_text(delimiter=",", end="\r\n") -> str:
    def cell(text: str) -> str:
        return f'"{text}"' if delimiter in text else text

    return "".join(delimiter.join(map(cell, row)) + end for row in [HEAD, *ROWS])


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_encodings_and_delimiters(self, tmp_path, encoding, delimiter):
        path = tmp_path / "a.csv"
        path.write_bytes(csv_text(delimiter).encode(encoding))
        assert read(path) == (HEAD, 1, [(2, ROWS[0]), (3, ROWS[1])])

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_line_ends(self, tmp_path, end):
        path = tmp_path / "a.csv"
        path.write_bytes(csv_text(end=end).encode())
        assert [row for _, row in read(path)[2]] == ROWS

    def test_a_cell_with_line_breaks_and_empty_lines(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text('编号,内容\r\n1,"一\n二"\r\n,\r\n\r\n2,三\r\n', newline="")
        assert read(path)[2] == [(2, ["1", "一\n二"]), (5, ["2", "三"])]

    def test_the_real_encoding_is_found(self, tmp_path):
        path = tmp_path / "a.csv"
        for encoding, expected in (("gbk", "gb18030"), ("utf-8", "utf-8-sig"), ("utf-16", "utf-16")):
            path.write_bytes("编号,标题\n1,楼道\n".encode(encoding))
            assert encoding_of(path) == expected

    def test_a_title_above_the_head_is_passed_over(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("2026年9月热线清单,,\n\n编号,标题,时间\n1,甲,乙\n", newline="")
        assert read(path) == (["编号", "标题", "时间"], 3, [(4, ["1", "甲", "乙"])])

    def test_the_row_with_known_headings_is_the_head(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("单位,江源区\n编号,标题\n1,甲\n", newline="")
        assert read(path, lambda cells: cells.count("编号"))[:2] == (["编号", "标题"], 2)

    def test_an_unclosed_quote_is_a_sentence(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text('编号,标题\n1,"' + "没完没了" * 60_000, newline="")
        with pytest.raises(UnreadableFile, match="引号不成对"):
            read(path)

    def test_a_row_longer_than_the_head_is_kept_and_too_many_columns_are_refused(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("a,b\n1,2,3\n", newline="")
        assert read(path)[2] == [(2, ["1", "2", "3"])]
        path.write_text(",".join(map(str, range(300))) + "\n1\n", newline="")
        with pytest.raises(UnreadableFile, match="超过 200 列"):
            read(path)

    @settings(max_examples=60)
    @given(content=st.binary(min_size=1, max_size=400))
    def test_any_bytes_are_read_or_refused_with_a_sentence(self, tmp_path, content):
        path = tmp_path / "any"
        path.write_bytes(content)
        try:
            read(path)
        except UnreadableFile as error:
            said = error.message
        else:
            said = "。"
        assert said.endswith("。")


class TestWorkbook:
    def test_values_keep_their_kind(self, tmp_path):
        def fill(sheet):
            sheet.append(["编号", "电话", "时间", "日期", "数", "真"])
            sheet.append(["001", 13812345678, datetime(2019, 1, 2, 3, 4), date(2019, 1, 2), 1.5, True])  # noqa: DTZ001

        path = workbook(tmp_path / "a.xlsx", fill)
        assert read(path)[2] == [
            (2, ["001", 13812345678, datetime(2019, 1, 2, 3, 4), date(2019, 1, 2), 1.5, True])  # noqa: DTZ001
        ]

    def test_merged_cells_all_hold_their_value(self, tmp_path):
        def fill(sheet):
            sheet["B2"] = "2026年9月清单"
            sheet.merge_cells("B2:D2")
            for place, text in zip("BCD", ("街道", "编号", "标题"), strict=True):
                sheet[f"{place}4"] = text
            sheet["B5"] = "站前街道"
            sheet.merge_cells("B5:B7")
            for number in (5, 6, 7, 8):
                sheet[f"C{number}"] = number
            sheet["D6"] = "跨两列"
            sheet.merge_cells("C6:D6")

        head, head_row, rows = read(workbook(tmp_path / "a.xlsx", fill))
        assert (head, head_row) == (["街道", "编号", "标题"], 4)
        assert rows == [
            (5, ["站前街道", 5.0, ""]), (6, ["站前街道", 6.0, 6.0]), (7, ["站前街道", 7.0, ""]), (8, ["", 8.0, ""]),
        ]  # fmt: skip

    def test_row_numbers_are_those_of_the_sheet(self, tmp_path):
        def fill(sheet):
            sheet["A3"], sheet["B3"] = "编号", "标题"
            sheet["A7"], sheet["B7"] = "1", "甲"

        assert read(workbook(tmp_path / "a.xlsx", fill)) == (["编号", "标题"], 3, [(7, ["1", "甲"])])

    def test_the_first_visible_sheet_that_holds_anything(self, tmp_path):
        book = openpyxl.Workbook()
        hidden = book.active
        hidden.append(["隐藏", "的"])
        hidden.sheet_state = "hidden"
        book.create_sheet("空")
        book.create_sheet("数据").append(["编号", "标题"])
        book["数据"].append(["1", "甲"])
        book.active = 1
        book.save(tmp_path / "a.xlsx")
        with open_table(tmp_path / "a.xlsx") as found:
            assert (found.sheet, list(found.rows)) == ("数据", [(2, ["1", "甲"])])

    def test_formatted_rows_without_content_do_not_count(self, tmp_path):
        def fill(sheet):
            sheet.append(["编号", "标题"])
            sheet.append(["1", "甲"])
            sheet["A1048576"].font = openpyxl.styles.Font(bold=True)

        assert len(read(workbook(tmp_path / "a.xlsx", fill))[2]) == 1

    def test_the_name_says_nothing(self, tmp_path):
        path = workbook(tmp_path / "a.csv", lambda sheet: (sheet.append(["编号", "标题"]), sheet.append(["1", "甲"])))
        assert read(path)[0] == ["编号", "标题"]


ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 office:version="1.3"><office:body><office:spreadsheet><table:table table:name="工单">
<table:table-row><table:table-cell office:value-type="string"><text:p>编号</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>时间</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell office:value-type="string"><text:p>001 𠮷</text:p></table:table-cell>
<table:table-cell office:value-type="date" office:date-value="2019-01-02T03:04:00"><text:p>x</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="1048574"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


def test_an_opendocument_sheet_with_its_million_empty_rows(tmp_path):
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.replace(">\n<", "><"))
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    assert read(path) == (["编号", "时间"], 1, [(2, ["001 𠮷", datetime(2019, 1, 2, 3, 4)])])  # noqa: DTZ001


def encrypted_xlsx() -> bytes:
    """The outer shell of a workbook with a password: a compound file with the stream EncryptedPackage."""
    sector, end, free = 512, 0xFFFFFFFE, 0xFFFFFFFF
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", 0, *[free] * 108)
    fat = struct.pack("<128I", 0xFFFFFFFD, end, *range(3, 10), end, *[free] * 118)

    def entry(name: str, kind: int, start: int, size: int, child: int = free, right: int = free) -> bytes:
        raw = name.encode("utf-16-le") + b"\0\0"
        return raw.ljust(64, b"\0") + struct.pack("<HBBIII36xIQ", len(raw), kind, 1, free, right, child, start, size)

    folder = entry("Root Entry", 5, end, 0, child=1) + entry("EncryptedPackage", 2, 2, 4096)
    folder += entry("", 0, 0, 0) * 2
    return header + fat + folder + bytes(sector * 8)


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return out.getvalue()


def spoiled_workbook() -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    for number in range(200):
        book.active.append([number, f"文字{number}" * 20])
    book.save(out)
    content = bytearray(out.getvalue())
    content[2000:2400] = bytes(400)
    return bytes(content)


FAULTY = {
    "nothing": (b"", "文件是空的"),
    "blank": (b"\r\n  \r\n\x00\x00", "文件是空的"),
    "program": (b"MZ\x90\x00" + bytes(2000), "这是一个程序文件"),
    "elf": (b"\x7fELF" + bytes(2000), "这是一个程序文件"),
    "pdf": (b"%PDF-1.7\n" + bytes(200), "这是 PDF 文件"),
    "jpg": (b"\xff\xd8\xff\xe0" + bytes(200), "这是图片"),
    "rar": (b"Rar!\x1a\x07\x00" + bytes(200), "这是压缩包"),
    "html": ("<html><table><tr><td>编号</td></tr></table></html>".encode(), "这是网页格式的表格"),
    "word": (zipped(word__document_DOT_xml=b"<w/>"), "不是 Excel 工作簿"),
    "cut": (zipped(xl__workbook_DOT_xml=b"<w/>" * 999)[:150], "文件已损坏"),
    "hollow": (zipped(xl__workbook_DOT_xml=b"<w/>"), "文件已损坏"),
    "spoiled": (spoiled_workbook(), "文件已损坏"),
    "locked": (encrypted_xlsx(), "文件设有密码"),
    "noise": (bytes(range(256)) * 40, "无法识别文件的文字编码"),
    "compound": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 3000, "文件已损坏"),
}


@pytest.mark.parametrize("kind", FAULTY)
def test_a_faulty_file_is_one_clear_sentence(tmp_path, kind):
    content, sentence = FAULTY[kind]
    path = tmp_path / "表.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=sentence) as caught:
        read(path)
    assert caught.value.field == "file"
    assert caught.value.message.endswith("。")


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(UnreadableFile, match="已不存在"):
        read(tmp_path / "nowhere")


def test_a_workbook_without_rows(tmp_path):
    with pytest.raises(UnreadableFile, match="没有可读的数据"):
        read(workbook(tmp_path / "a.xlsx", lambda sheet: None))


def test_an_archive_that_is_far_larger_inside_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("common.sheets.kinds.MOST_UNPACKED", 1_000_000)
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(zipped(xl__workbook_DOT_xml=b"<w/>", xl__media__a=bytes(2_000_000)))
    assert path.stat().st_size < 5000
    with pytest.raises(UnreadableFile, match="解开后过大"):
        read(path)


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path):
    content = zipped(xl__workbook_DOT_xml=bytes(3_000_000))
    lie = content.replace(struct.pack("<I", 3_000_000), struct.pack("<I", 100))
    assert lie != content
    path = tmp_path / "liar.xlsx"
    path.write_bytes(lie)
    with pytest.raises(UnreadableFile, match="文件已损坏"):
        read(path)


def test_two_cells_at_the_far_corners_do_not_eat_the_memory(tmp_path):
    """Seventeen thousand million cells, had they been laid out: the reading process ends, ours goes on."""

    def fill(sheet):
        sheet["A1"] = "编号"
        sheet["XFD1048576"] = "远"

    with pytest.raises(UnreadableFile):
        read(workbook(tmp_path / "a.xlsx", fill))


def test_too_many_rows_are_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "MOST_ROWS", 10)
    path = tmp_path / "a.csv"
    path.write_text("编号,标题\n" + "1,甲\n" * 11, newline="")
    with pytest.raises(UnreadableFile, match="请分成几个文件"):
        read(path)
    book = workbook(tmp_path / "a.xlsx", lambda sheet: [sheet.append([str(n), "甲"]) for n in range(20)])
    with pytest.raises(UnreadableFile, match="请分成几个文件"):
        read(book)


def test_the_reading_process_ends_when_nobody_reads_on(tmp_path):
    import subprocess

    path = workbook(tmp_path / "a.xlsx", lambda sheet: [sheet.append([str(n), "甲" * 50]) for n in range(5000)])
    started = []
    real = subprocess.Popen

    class Watched(real):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self)

    subprocess.Popen = Watched
    try:
        with open_table(path) as found:
            next(found.rows)
    finally:
        subprocess.Popen = real
    assert [process.poll() is not None for process in started] == [True]
