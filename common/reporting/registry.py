"""All reports by key ``<app>.<name>``. Apps say in ``AppConfig.ready()`` where theirs are: :func:`provide`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from common.errors import PlainError
from common.reporting.report import Report
from common.scope import scope_of

_REPORTS: dict[str, Report] = {}
_MODULES: dict[str, str] = {}


class NoSuchReport(PlainError):
    status = 404
    code = "not_found"


def provide(app: str, module: str) -> None:
    """Name the module that registers an app's reports. It is imported when one of them is first asked for: a worker
    that writes a file of tickets does not carry the lists and tables of every other app."""
    _MODULES[app] = module


def register(report: type[Report]) -> type[Report]:
    """Add a report; usable as a class decorator. Raises ``ValueError`` for a key that is taken."""
    known = _REPORTS.get(report.key)
    if known is not None and type(known) is not report:
        raise ValueError(f"report {report.key} is registered twice")
    _REPORTS[report.key] = report()
    return report


def get(key: str) -> Report:
    """The report; raises :class:`NoSuchReport`."""
    _load(key.partition(".")[0])
    if key not in _REPORTS:
        raise NoSuchReport("没有这张报表，它可能已被取消。")
    return _REPORTS[key]


def all_for(user: Any) -> list[Report]:
    """Reports that ``user`` may run, by label; of nobody: none."""
    scope = scope_of(user)
    if not scope:
        return []
    mine = (report for report in all_reports() if not report.permission or scope.may(report.permission))
    return sorted(mine, key=lambda report: report.label)


def all_reports() -> tuple[Report, ...]:
    _load(*_MODULES)
    return tuple(_REPORTS[key] for key in sorted(_REPORTS))


def _load(*apps: str) -> None:
    for app in apps:
        if app in _MODULES:
            import_module(_MODULES[app])
