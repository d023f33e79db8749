"""Cells as people and programs write them."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.calendar.reckoning import ZONE
from common.imports import values
from common.imports.values import CellError

WHEN = datetime(2019, 1, 2, 3, 4, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2019/1/2 3:04", WHEN), ("2019-01-02 03:04:00", WHEN), ("2019-01-02T03:04:00", WHEN), ("2019.1.2 3:04", WHEN),
        ("2019年1月2日 3时4分", WHEN), ("2019年1月2日3点04分", WHEN), ("2019年1月2日 星期三 03:04", WHEN),
        ("２０１９／１／２　３：０４", WHEN), ("2019/1/2 上午3:04:00", WHEN), ("2019/1/2 3:04 AM", WHEN),
        ("20190102030400", WHEN), ("20190102 03:04", WHEN), (" 2019/1/2  3:04 ", WHEN), ("2019-01-02 03:04:00.000", WHEN),
        ("2019-01-01T19:04:00Z", WHEN), ("2019-01-02T03:04:00+08:00", WHEN),
        ("2019/1/2 下午3:04", WHEN + timedelta(hours=12)), ("2019/1/2 03:04 PM", WHEN + timedelta(hours=12)),
        ("2019/1/2 中午12:30", WHEN.replace(hour=12, minute=30)), ("2019/1/2 凌晨12:30", WHEN.replace(hour=0, minute=30)),
        ("2019年1月2日", WHEN.replace(hour=0, minute=0)), ("2019-1-2", WHEN.replace(hour=0, minute=0)),
        ("20190102", WHEN.replace(hour=0, minute=0)), (20190102, WHEN.replace(hour=0, minute=0)),
        (43467, WHEN.replace(hour=0, minute=0)), (43467.12777777778, WHEN), ("43467.12777777778", WHEN),
        (datetime(2019, 1, 2, 3, 4), WHEN), (date(2019, 1, 2), WHEN.replace(hour=0, minute=0)),  # noqa: DTZ001
        ("2020-02-29", datetime(2020, 2, 29, tzinfo=ZONE)),
    ],
)  # fmt: skip
def test_moments(cell, moment):
    assert values.moment(cell) == moment
    assert values.day(cell) == moment.date()


@pytest.mark.parametrize(
    "cell",
    ["昨天", "2019", "2019-13-01", "2019-02-29", "2019-1-2 25:00", "1/2/2019", "2019-1", "20191301", "", "abc", -1, 0, 1e9, True,
     "1850-01-01", "2150-01-01", "2019-01-02T99:00:00Z", "0001-01-01T00:00:00+08:00"],
)  # fmt: skip
def test_what_is_no_moment_is_a_sentence(cell):
    with pytest.raises(CellError, match="。$"):
        values.moment(cell)


@given(st.datetimes(datetime(1992, 1, 1), datetime(2099, 12, 31)).map(lambda moment: moment.replace(microsecond=0)))  # noqa: DTZ001
def test_every_way_of_writing_a_moment_means_the_same(moment):
    aware = moment.replace(tzinfo=ZONE)
    serial = (moment - values.SERIAL_DAY_ZERO) / timedelta(days=1)
    texts = ("{:%Y-%m-%d %H:%M:%S}", "{:%Y/%m/%d %H:%M:%S}", "{:%Y年%m月%d日 %H时%M分%S秒}", "{:%Y%m%d%H%M%S}")
    for cell in (moment, serial, *(text.format(moment) for text in texts), aware.astimezone(UTC).isoformat()):
        assert values.moment(cell) == aware, cell


@given(st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.booleans()))
def test_no_cell_breaks_a_parser(cell):
    parsers = (values.moment, values.day, values.decimal, values.integer, values.boolean, values.phone, values.text)
    for parse in (*parsers, values.text_up_to(5), values.choice({"甲": 1})):
        with contextlib.suppress(CellError):
            parse(cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (13812345678.0, "13812345678"), (1.5, "1.5"), (3, "3"), (True, "是"), (False, "否"), (date(2019, 1, 2), "2019-01-02"),
        (datetime(2019, 1, 2, 3, 4), "2019-01-02 03:04:00"), (datetime(2019, 1, 2), "2019-01-02"),  # noqa: DTZ001
        ("  㐱𠮷 ", "㐱𠮷"), ("a\x00\x0bb", "ab"), ("'=1+1", "=1+1"), ("'tis", "'tis"), ("\t0439", "0439"), ("多\n行", "多\n行"),
    ],
)  # fmt: skip
def test_text(cell, text):
    assert values.text(cell) == text


def test_digits_that_a_workbook_has_lost_are_not_taken():
    with pytest.raises(CellError, match="已丢失末尾几位"):
        values.text(2.20605199001011e17)


@pytest.mark.parametrize("cell", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_none(cell):
    for parse in (values.text, values.decimal, values.moment):
        with pytest.raises(CellError):
            parse(cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1,234.50", "1234.5"), ("１２", "12"), (3.0, "3"), ("-0.5", "-0.5"), (" 7 ", "7"), ("1e3", "1000")],
)
def test_numbers(cell, number):
    assert values.decimal(cell) == Decimal(number)


@pytest.mark.parametrize("cell", ["十二", "1.2.3", "NaN", "Infinity", "1e30", "--1"])
def test_what_is_no_number(cell):
    with pytest.raises(CellError):
        values.decimal(cell)


def test_whole_numbers():
    assert values.integer("12") == 12
    with pytest.raises(CellError, match="应为整数"):
        values.integer("1.5")


@pytest.mark.parametrize(
    ("cell", "truth"), [("是", True), ("√", True), (1.0, True), (True, True), ("否", False), ("未", False), (0, False)]
)
def test_truth(cell, truth):
    assert values.boolean(cell) is truth


def test_choices_forgive_width_and_spaces_and_name_what_can_be_chosen():
    parse = values.choice({"非常 满意": 1, "ABC": 2})
    assert (parse("非常满意"), parse("ａｂｃ")) == (1, 2)
    with pytest.raises(CellError, match="“好”不在可填的内容中，可填：非常 满意、ABC。"):
        parse("好")


@pytest.mark.parametrize(
    "cell", [13812345678.0, "138-1234-5678", "(0439) 6221234", "0439—6221234转12", "１３８１２３４５６７８", "12345"]
)
def test_phones(cell):
    assert values.phone(cell)


@pytest.mark.parametrize("cell", ["无", "1234", "找王主任13812345678", "1" * 17])
def test_what_is_no_phone(cell):
    with pytest.raises(CellError, match="不像电话号码"):
        values.phone(cell)


def test_text_that_is_too_long_says_by_how_much():
    assert values.text_up_to(3)("一二三") == "一二三"
    with pytest.raises(CellError, match="最多 3 个字，现有 4 个字"):
        values.text_up_to(3)("一二三四")
