"""What a file is, by its content."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

from common.errors import Invalid

Kind = Literal["workbook", "text"]
MOST_UNPACKED = 700 * 1024 * 1024  # bytes; a workbook of 100,000 long rows has about 300 MB
MOST_ENTRIES = 5_000
CHUNK = 1 << 20
HEAD = 4096

SAVE_AS = "请用 Excel 或 WPS 打开后另存为 .xlsx 或 CSV，再上传。"
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "这是一个程序文件，不是表格，没有接收。"),
    (b"\x7fELF", "这是一个程序文件，不是表格，没有接收。"),
    (b"%PDF", f"这是 PDF 文件，不是表格。{SAVE_AS}"),
    (b"\x89PNG", "这是图片，不是表格，无法读取其中的文字。"),
    (b"\xff\xd8\xff", "这是图片，不是表格，无法读取其中的文字。"),
    (b"GIF8", "这是图片，不是表格，无法读取其中的文字。"),
    (b"Rar!", "这是压缩包，请解压后上传其中的表格。"),
    (b"7z\xbc\xaf", "这是压缩包，请解压后上传其中的表格。"),
    (b"\x1f\x8b", "这是压缩包，请解压后上传其中的表格。"),
)
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class UnreadableFile(Invalid):
    """The file cannot be read as a table; the message says what to do about it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="file")


def kind_of(path: str | Path) -> Kind:
    """Whether the file is a workbook or text; raises :class:`UnreadableFile` for anything else."""
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
    except OSError:
        raise UnreadableFile("上传的文件已不存在，请重新上传。") from None
    if not head.strip(b"\x00\r\n\t \xef\xbb\xbf"):
        raise UnreadableFile("文件是空的，里面没有任何内容。")
    for signature, message in _SIGNATURES:
        if head.startswith(signature):
            raise UnreadableFile(message)
    if head.startswith(b"PK"):
        _check_zip(path)
        return "workbook"
    if head.startswith(_COMPOUND):
        return "workbook"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<style")):
        raise UnreadableFile(f"这是网页格式的表格，只是名字像 Excel。{SAVE_AS}")
    return "text"


def _check_zip(path: str | Path) -> None:
    """Refuse archives that are broken, no workbook, or far larger inside than they look.

    Everything is unpacked once and thrown away: what the directory says about sizes proves nothing,
    but an entry that is longer than stated fails its check sum.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise UnreadableFile(f"这不是 Excel 工作簿（可能是 Word 文档或压缩包）。{SAVE_AS}")
            if any(entry.flag_bits & 1 for entry in entries):
                raise UnreadableFile("文件设有密码，系统无法打开。请去掉密码后重新上传。")
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                raise UnreadableFile("文件解开后过大，没有接收。请删去多余的工作表和图片，或分成几个文件。")
            for entry in entries:
                with archive.open(entry) as content:
                    while content.read(CHUNK):
                        pass
    except UnreadableFile:
        raise
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError):
        raise UnreadableFile(f"文件已损坏，无法打开。{SAVE_AS}") from None
    except Exception as error:  # zlib.error, lzma.LZMAError, struct.error: all say that the content is broken
        if type(error).__module__ in ("zlib", "_lzma", "lzma", "struct"):
            raise UnreadableFile(f"文件已损坏，无法打开。{SAVE_AS}") from None
        raise
