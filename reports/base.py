"""Reports that are started from their own page and whose results stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from common.reporting import Report


class PageReport(Report):
    """A report with a form. ``about`` is its line in the catalogue."""

    about: ClassVar[str] = ""

    def remark(self, user: Any, params: Mapping[str, Any]) -> str:
        """A sentence about the whole that stands before the note; asked once, after the rows."""
        return ""
