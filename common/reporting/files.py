"""A report as a file at once, for those that are small: its name and bytes, or the answer that carries them."""

from __future__ import annotations

import os
import tempfile

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from common.reporting.jobs import write
from common.reporting.report import FORMATS, Sheet

CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def as_file(sheet: Sheet, file_format: str) -> tuple[str, bytes]:
    """Name and content of a sheet as ``xlsx`` or ``csv``."""
    with tempfile.TemporaryDirectory(prefix="gridwork-report-") as folder:
        path = os.path.join(folder, f"sheet.{file_format}")
        write(sheet, path, file_format)
        with open(path, "rb") as content:
            return f"{sheet.meta.file_stem}.{file_format}", content.read()


def file_response(name: str, content: bytes, file_format: str) -> HttpResponse:
    response = HttpResponse(content, content_type=CONTENT_TYPES[file_format])
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def download(sheet: Sheet, file_format: str) -> HttpResponse:
    """The sheet as an answer; ``Http404`` for a format that there is not."""
    if file_format not in FORMATS:
        raise Http404("只能下载为 Excel 或 CSV。")
    return file_response(*as_file(sheet, file_format), file_format)
