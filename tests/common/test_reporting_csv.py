"""The CSV writer spells whole columns at once: what it writes is what cell by cell would be written."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import cycle, islice
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from common.reporting import Column, Rate, Report, prepare
from common.reporting.as_csv import EVERY, write_csv

HERE = ZoneInfo("Asia/Shanghai")
TEXTS = [
    "路灯不亮", "", None, "=1+1", "+86 139", "-2", "@SUM(A1)", "＝1", "＋1", "－1", "＠1", "\t=1", "  =cmd|' /C calc'!A0", "|x", "\r=1",
    " ", "\u3000=1", "\u00a0-1", "\u200b=1", "\ufeff=1", "a=1", "'=1", '"', 'a"b', "a,b", "a\r\nb", "\n", "①", "²=", "٣", "é", "𠮷", "🏠=1", "_x",
    5, 0, True, Decimal("-1.50"), 1.5, date(2026, 9, 30),
]  # fmt: skip
DIGITS = [
    "0123", "00", "0", "7", "12345678901", "123456789012", "12345678901234567X", "12345678901234567x", "0x", "=1", "-5", "B000000000001", "Ａ１",
    "０１２３", "１２３４５６７８９０１２", "٠١٢", "²³", "①①", "", None, 13812345678, 123456789012, "0123\n", "甲0123", "📞",
]  # fmt: skip
MOMENTS = [
    datetime(2026, 9, 30, 16, 5, 59, 999999, tzinfo=UTC), datetime(2026, 9, 30, 23, 59),  # noqa: DTZ001
    datetime(2026, 9, 30, 0, 1, tzinfo=HERE),
    datetime(1992, 1, 1, tzinfo=UTC), datetime(1991, 12, 31, 23, 59, tzinfo=UTC), datetime(1988, 7, 1, tzinfo=UTC),
    datetime(1000, 1, 1, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 15, 59, tzinfo=UTC), None, "",
    datetime(2024, 2, 29, 12, tzinfo=ZoneInfo("Europe/Berlin")), date(2026, 9, 30), "=now()", "没有",
]  # fmt: skip
VALUES: dict[str, list[Any]] = {
    "text": TEXTS,
    "id_text": DIGITS,
    "integer": [3, -3, 0, None, "", True, "7", Decimal("3"), 2.0, 10**20],
    "decimal": [None, "", Decimal("1.005"), -1.5, 3, "2.675", 0, Decimal("1E+5")],
    "datetime": MOMENTS,
    "date": MOMENTS,
    "rate": [Rate(2, 3), Rate(0, 0), Rate(-1, 3), Rate(Decimal("3.60"), 7), None],
    "choices": ["open", "bad", "none", "=other", "", None, True, 1, False, 0, Decimal(1)],
}
CHOICES = {"open": "办理中", "bad": "=坏", "none": "", True: "已解决", False: "未解决"}
COLUMNS = [
    *(Column(name, f"={name}", name) for name in VALUES if name != "choices"),  # type: ignore[arg-type]
    Column("choices", "状态", choices=CHOICES),
]


def by_cell(column: Column, value: Any) -> list[str]:
    """The rules of a file, one after the other, for one value."""
    if column.type == "rate":
        return [column.shown(value), parts(value)]
    if value is None or value == "":
        return [""]
    if column.choices:
        return [neutral(str(CHOICES.get(value, value)))]
    if column.type == "integer":
        return [str(int(value))]
    if column.type == "decimal":
        return [str(column.rounded(value))]
    if column.type == "id_text" and re.match(r"^(?:0\d+|\d{12,})[\dXx]?$", str(value)):
        return [f"\t{value}"]
    if column.type in ("date", "datetime"):
        return [neutral(moment(value, column.type))]
    return [neutral(str(value))]


def parts(value: Rate | None) -> str:
    return "" if value is None else f"\t{value.parts}"


def moment(value: Any, kind: str) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(HERE).replace(tzinfo=None)
        return value.isoformat(" ")[: 16 if kind == "datetime" else 10]
    return value.isoformat() if isinstance(value, date) else str(value)


def neutral(text: str) -> str:
    return f"'{text}" if re.match(r"^\s*[=+\-@＝＋－＠\t\r|]", text) else text


def written(rows: list[Any]) -> tuple[str, list[int]]:
    class Odd(Report):
        key, label = "odd", "怪"

        def columns(self, params: Any) -> list[Column]:
            return COLUMNS

        def rows(self, user: Any, params: Any) -> Any:
            yield from rows

    out, told = io.StringIO(newline=""), []
    write_csv(prepare(Odd(), SimpleNamespace(), {}, datetime(2026, 9, 1, tzinfo=UTC)), out, told.append)
    return out.getvalue(), told


def expected(rows: list[tuple[Any, ...]]) -> str:
    out = io.StringIO(newline="")
    out.write("\ufeff")  # the mark of UTF-8
    writer = csv.writer(out)
    head = [column.label for column in COLUMNS]
    writer.writerow([*(f"'{name}" for name in head[:-2]), "'=rate", "'=rate（分子/分母）", "状态"])
    for row in rows:
        writer.writerow([cell for column, value in zip(COLUMNS, row, strict=True) for cell in by_cell(column, value)])
    return out.getvalue()


def odd_rows(count: int) -> list[tuple[Any, ...]]:
    """Each column runs through its own values, so that they meet in ever new company."""
    return list(islice(zip(*(cycle(VALUES[column.key]) for column in COLUMNS), strict=True), count))


@pytest.mark.parametrize("count", [0, 1, EVERY - 1, EVERY, 2 * EVERY + 137])
def test_every_byte_is_that_of_cell_by_cell(count):
    rows = odd_rows(count)
    wanted = expected(rows)
    text, told = written(rows)
    assert text == wanted
    assert told == [*range(EVERY, count + 1, EVERY), count]
    names = [column.key for column in COLUMNS]
    mappings = [dict(zip(names, row, strict=True)) for row in rows]
    assert written(mappings)[0] == wanted
    mixed = [row if number % 2 else list(row) for number, row in enumerate(rows)]
    assert written(mixed)[0] == wanted


def test_a_row_of_the_wrong_length_is_a_defect_not_a_shifted_column():
    rows = odd_rows(3)
    for wrong in (rows[1][:-1], (*rows[1], "x")):
        with pytest.raises(ValueError, match=r"zip\(\) argument"):
            written([rows[0], wrong, rows[2]])
        with pytest.raises(ValueError, match=r"zip\(\) argument"):
            written([wrong])


@pytest.mark.parametrize("hours", range(0, 24, 5))
def test_moments_of_the_database_read_as_the_clock_on_the_wall(hours):
    start = datetime(1985, 1, 1, tzinfo=UTC) + timedelta(hours=hours, minutes=29)
    moments = [start + timedelta(days=97) * step for step in range(200)]
    rows = [(*row[:4], at, *row[5:]) for row, at in zip(odd_rows(200), moments, strict=True)]
    lines = list(csv.reader(io.StringIO(written(rows)[0], newline="")))
    assert [line[4] for line in lines[1:]] == [f"{at.astimezone(HERE):%Y-%m-%d %H:%M}" for at in moments]
