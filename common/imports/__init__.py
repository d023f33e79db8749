"""Imports of tables: template → upload → dry run → confirm → one transaction, repeat-safe, undo.

A new kind of import is one :class:`ImportSpec` that an app registers from ``AppConfig.ready()``; pages,
jobs and the command line (:func:`run_import`) are here. See ``docs/features/imports.md``.
"""

from common.imports.registry import all_for, get, register
from common.imports.run import ImportResult, run_import
from common.imports.spec import CellError, ImportColumn, ImportContext, ImportRow, ImportSpec

__all__ = [
    "CellError",
    "ImportColumn",
    "ImportContext",
    "ImportResult",
    "ImportRow",
    "ImportSpec",
    "all_for",
    "get",
    "register",
    "run_import",
]
