"""Entries of community workers, one module per field of work; the tables of the contracts merge them in."""

from __future__ import annotations

from typing import Any

from tests.contracts.staff import appraisal, budget, grades, grades_inputs, growth, pay, roster

_MODULES = (roster, grades, grades_inputs, pay, budget, appraisal, growth)


def _merged(name: str) -> dict[str, Any]:
    """The entries of one table, from every module that has some."""
    return {key: value for module in _MODULES for key, value in getattr(module, name, {}).items()}


ROWS = _merged("ROWS")
OF_MODEL = _merged("OF_MODEL")
MODEL_OF = _merged("MODEL_OF")
SPECIAL = _merged("SPECIAL")
API_LISTS = _merged("API_LISTS")
COUNTED = _merged("COUNTED")
FORMS = _merged("FORMS")
ELSEWHERE = _merged("ELSEWHERE")
PAGES_OF_REPORTS = _merged("PAGES_OF_REPORTS")
