"""CSV and other separated text in the encodings that office programs write."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common.sheets.kinds import UnreadableFile

DELIMITERS = (",", "\t", ";", "，")
MOST_FIELD = 200_000  # characters of one cell
SAMPLE_LINES = 20
CHUNK = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def encoding_of(path: str | Path) -> str:
    """``utf-8-sig``, ``utf-16…`` or ``gb18030``; raises :class:`UnreadableFile`."""
    with open(path, "rb") as file:
        head = file.read(2000)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    guesses = ["utf-8-sig", "gb18030"]
    if head.count(0) > len(head) // 8:
        guesses = ["utf-16-le", "utf-16-be"] if head[1::2].count(0) >= head[::2].count(0) else ["utf-16-be"]
    for encoding in guesses:
        if _decodes(path, encoding):
            return encoding
    raise UnreadableFile("无法识别文件的文字编码，或者它不是表格。请用 Excel 或 WPS 另存为 .xlsx 后再上传。")


def _decodes(path: str | Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                text = decoder.decode(chunk)
                # Binary content can pass for GB18030: text has no control characters.
                if any(char in text for char in "\x01\x02\x03\x04\x05\x06\x0e\x0f\x10\x7f"):
                    return False
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def rows(path: str | Path) -> Iterator[tuple[int, list[Any]]]:
    """``(line number, cells)``; lines count as records, as a spreadsheet shows them."""
    encoding = encoding_of(path)
    delimiter = _delimiter(path, encoding)
    csv.field_size_limit(MOST_FIELD)
    with open(path, encoding=encoding, newline="") as file:
        reader = csv.reader(_without_nul(file), delimiter=delimiter)
        try:
            for number, row in enumerate(reader, 1):
                yield number, [cell.strip() for cell in row]
        except csv.Error:
            raise UnreadableFile(
                f"第 {reader.line_num} 行附近的引号不成对或单元格过长，无法分列。请用 Excel 打开检查，另存为 .xlsx 后再上传。"
            ) from None


def lines(path: str | Path) -> int:
    """How many lines the file has, which is about how many rows."""
    with open(path, "rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(CHUNK), b""))


def _without_nul(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line.replace("\x00", "") if "\x00" in line else line


def _delimiter(path: str | Path, encoding: str) -> str:
    """The one that splits the first lines into most columns."""
    with open(path, encoding=encoding, newline="") as file:
        sample = [line for _, line in zip(range(SAMPLE_LINES), file, strict=False)]
    return max(DELIMITERS, key=lambda delimiter: _columns(sample, delimiter))


def _columns(sample: list[str], delimiter: str) -> int:
    try:
        widths = [len(row) for row in csv.reader(sample, delimiter=delimiter) if row]
    except csv.Error:
        return 0
    return widths[0] if widths else 0
