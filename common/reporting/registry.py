"""All reports by key. Apps register theirs from ``AppConfig.ready()``."""

from __future__ import annotations

from typing import Any

from common.errors import PlainError
from common.reporting.report import Report
from common.scope import scope_of

_REPORTS: dict[str, Report] = {}


class NoSuchReport(PlainError):
    status = 404
    code = "not_found"


def register(report: type[Report]) -> type[Report]:
    """Add a report; usable as a class decorator. Raises ``ValueError`` for a key that is taken."""
    known = _REPORTS.get(report.key)
    if known is not None and type(known) is not report:
        raise ValueError(f"report {report.key} is registered twice")
    _REPORTS[report.key] = report()
    return report


def get(key: str) -> Report:
    """The report; raises :class:`NoSuchReport`."""
    if key not in _REPORTS:
        raise NoSuchReport("没有这张报表，它可能已被取消。")
    return _REPORTS[key]


def all_for(user: Any) -> list[Report]:
    """Reports that ``user`` may run, by label; of nobody: none."""
    scope = scope_of(user)
    if not scope:
        return []
    mine = (report for report in _REPORTS.values() if not report.permission or scope.may(report.permission))
    return sorted(mine, key=lambda report: report.label)


def all_reports() -> tuple[Report, ...]:
    return tuple(_REPORTS[key] for key in sorted(_REPORTS))
