"""Exemptions end."""

from __future__ import annotations

from datetime import date

from tests.contracts.pending import UNTIL


def test_no_exemption_has_outlived_its_day():
    late = {app: day for app, day in UNTIL.items() if day < date.today()}  # noqa: DTZ011 (the builder's calendar)
    assert late == {}, "write the app's entries in inputs.py"
