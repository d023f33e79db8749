"""From cells to values. A cell is text, a number, a truth value, a date or a date with time."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone

from common.calendar.reckoning import FIRST, LAST, ZONE

EXACT = 2**53  # whole numbers above it lose digits in a workbook
LIFETIME = date(1900, 1, 1)
SERIAL_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 (Excel's own count of days has no zone)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_HALF = r"(?P<half>上午|下午|中午|凌晨|早上|晚上|AM|PM)?"
_SECOND = r"(?:\s*[:分]\s*(?:(?P<second>\d{1,2})(?:\.\d+)?秒?)?)?"
_CLOCK = rf"(?P<hour>\d{{1,2}})\s*[:时点]\s*(?:(?P<minute>\d{{1,2}}){_SECOND})?"
_TIME = rf"(?:[T\s]*{_HALF}\s*{_CLOCK}\s*(?P<tail>AM|PM)?)?"
_WEEKDAY = r"(?:\s*[（(]?(?:星期|周)[一二三四五六日天][)）]?)?"
_DATE = r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
_MOMENT = re.compile(_DATE + _WEEKDAY + _TIME, re.IGNORECASE)
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)")
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(?:\s?(\d\d):?(\d\d)(?::?(\d\d))?)?")
_RUNNING = frozenset("=+-@＝＋－＠")
_AFTERNOON = frozenset({"下午", "晚上", "PM"})


class CellError(ValueError):
    """What is wrong with a cell, as a Chinese sentence without the column's name."""


def is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def as_text(cell: Any) -> str:
    """The cell as a person reads it. Raises :class:`CellError` for digits that were already lost."""
    if isinstance(cell, str):
        return _plain(cell)
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float | int):
        if not math.isfinite(cell):
            raise CellError("不是可用的数字。")
        if abs(cell) >= EXACT:
            raise CellError("数字过长，表格软件已丢失末尾几位。请把这一列的格式改为“文本”后重新填写。")
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}" if cell.time() != datetime.min.time() else f"{cell:%Y-%m-%d}"
    return f"{cell:%Y-%m-%d}" if isinstance(cell, date) else _plain(str(cell))


def _plain(cell: str) -> str:
    """Without control characters, white space around it and the marks with which our exports disarm formulas."""
    text = cell.strip()
    if not text.isprintable():
        text = _CONTROL.sub("", text).strip()
    # An apostrophe in front of = + - @ is how our own exports keep text from running.
    return text[1:] if text[:1] == "'" and text[1:2] in _RUNNING else text


def text(cell: Any) -> str:
    return as_text(cell)


def text_up_to(most: int) -> Callable[[Any], str]:
    """Text of at most ``most`` characters."""

    def parse(cell: Any) -> str:
        value = as_text(cell)
        if len(value) > most:
            raise CellError(f"最多 {most} 个字，现有 {len(value)} 个字。")
        return value

    return parse


def integer(cell: Any) -> int:
    value = decimal(cell)
    if value != value.to_integral_value():
        raise CellError(f"应为整数，现为“{as_text(cell)}”。")
    return int(value)


def decimal(cell: Any) -> Decimal:
    """A number; thousands separators and full-width digits are understood."""
    plain = unicodedata.normalize("NFKC", as_text(cell)).replace(",", "").replace(" ", "")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise CellError(f"应为数字，现为“{plain[:30]}”。") from None
    if not value.is_finite() or abs(value) >= 10**15:
        raise CellError(f"应为数字，现为“{plain[:30]}”。")
    return value


def boolean(cell: Any) -> bool:
    """是/否, and the ways people write them."""
    plain = as_text(cell).strip().lower()
    if plain in ("是", "有", "对", "y", "yes", "true", "1", "√", "✓", "已", "满意", "已解决"):
        return True
    if plain in ("否", "无", "没有", "不", "n", "no", "false", "0", "×", "x", "未", "不满意", "未解决"):
        return False
    raise CellError(f"应填“是”或“否”，现为“{plain[:30]}”。")


def choice(words: Mapping[str, Any]) -> Callable[[Any], Any]:
    """One of the words; spaces and width of the letters do not matter."""
    known = {_folded(word): value for word, value in words.items()}

    def parse(cell: Any) -> Any:
        plain = as_text(cell)
        if _folded(plain) in known:
            return known[_folded(plain)]
        offered = "、".join(list(words)[:8]) + ("等" if len(words) > 8 else "")
        raise CellError(f"“{plain[:30]}”不在可填的内容中，可填：{offered}。")

    return parse


def _folded(word: str) -> str:
    return "".join(unicodedata.normalize("NFKC", word).split()).casefold()


def phone(cell: Any) -> str:
    """A telephone number as it was written; at least five digits."""
    plain = unicodedata.normalize("NFKC", as_text(cell))
    digits = re.sub(r"\D", "", plain)
    if not 5 <= len(digits) <= 16 or not re.fullmatch(r"[\d\s()+\-—*转,/]+", plain):
        raise CellError("不像电话号码，应为数字，如 13800000000 或 0439-6220000。")
    return plain


def moment(cell: Any) -> datetime:
    """A date with time in the office's time zone (aware); a date alone is its midnight.

    Understands date cells, Excel's serial numbers and text such as ``2019/1/2 3:04``, ``2019年1月2日``,
    ``2019-01-02T03:04:05``, ``2019.1.2 下午3:04``, ``20190102``, ``20190102030405``.
    """
    found = _moment(cell)
    if not FIRST <= found.date() <= LAST:
        raise CellError(f"日期 {found:%Y-%m-%d} 超出范围，应在 1992 年至 2099 年之间。")
    return found.replace(tzinfo=ZONE)


def day(cell: Any) -> date:
    """A date; the time of day, if there is one, is dropped."""
    return moment(cell).date()


def lifetime_day(cell: Any) -> date:
    """A date of a person's life, which may lie before the calendar of working days begins."""
    found = _moment(cell).date()
    if not LIFETIME <= found <= LAST:
        raise CellError(f"日期 {found:%Y-%m-%d} 超出范围，应在 {LIFETIME.year} 年至 {LAST.year} 年之间。")
    return found


def past_day(earliest: date) -> Callable[[Any], date]:
    """A date that is not to come and not before ``earliest``: a slip of the pen in the year shows."""

    def parse(cell: Any) -> date:
        found = lifetime_day(cell)
        if not earliest <= found <= timezone.localdate():
            raise CellError("日期不能晚于今天，也不能过早。")
        return found

    return parse


def _moment(cell: Any) -> datetime:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return _from_number(cell)
    plain = unicodedata.normalize("NFKC", str(cell)).strip()
    if re.fullmatch(r"\d{5}(?:\.\d+)?", plain):
        return _from_number(float(plain))
    if _ZONED.fullmatch(plain):
        return _zoned(plain)
    match = _MOMENT.fullmatch(plain)
    parts = _parts(match) if match else None
    if parts is None and (digits := _DIGITS.fullmatch(plain)):
        parts = [int(part or 0) for part in digits.groups()]
    try:
        if parts is not None:
            return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        raise CellError(f"“{plain[:30]}”不是存在的日期或时间。") from None
    raise CellError(f"“{plain[:30]}”看不出是哪一天，请写成 2026-09-30 或 2026-09-30 14:05。")


def _zoned(plain: str) -> datetime:
    try:
        return datetime.fromisoformat(plain).astimezone(ZONE).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise CellError(f"“{plain[:30]}”不是存在的日期或时间。") from None


def _parts(match: re.Match[str]) -> list[int]:
    year, month, of_month = (int(match[name]) for name in ("year", "month", "day"))
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    half = (match["half"] or match["tail"] or "").upper()
    if (half in _AFTERNOON and hour < 12) or (half == "中午" and hour < 11):
        hour += 12
    elif hour == 12 and half in ("AM", "上午", "凌晨"):
        hour = 0
    return [year, month, of_month, hour, minute, second]


def _from_number(number: float) -> datetime:
    """Excel's serial day, or eight digits that are a date."""
    if not math.isfinite(number):
        raise CellError("不是可用的数字。")
    if number == int(number) and len(str(int(number))) in (8, 14):
        return _moment(str(int(number)))
    if not 0 < number < 2_958_466:
        raise CellError(f"“{number:g}”不是日期。")
    found = SERIAL_DAY_ZERO + timedelta(days=number)
    # Seconds are what a workbook means; its fractions of a day are a little off.
    return (found + timedelta(milliseconds=500)).replace(microsecond=0)
