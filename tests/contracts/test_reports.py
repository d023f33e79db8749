"""What every report and export does: its columns, only for whoever may, only their rows, no formula in a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from accounts.roles import ROLE_RULES
from common.errors import Refused
from common.models import Job
from common.pages import ScopedListView
from common.reporting import Rate, Report, Sheet, prepare, registry
from common.reporting.jobs import start_export, write
from reports.base import PageReport
from tests.contracts import staff, volunteers
from tests.contracts.addresses import ADDRESSES, of_class
from tests.contracts.rows import ROWS
from tests.contracts.subjects import kwargs_of
from tests.contracts.world import READERS, World, stranger_to

pytestmark = pytest.mark.django_db

REPORTS = {report.key: report for report in registry.all_reports()}
every_report = pytest.mark.parametrize("key", REPORTS)
# The list that each export writes; a report with a page of its own counts tickets.
LIST_OF = {
    ADDRESSES[name].view.export_report_key: name
    for name in of_class(ScopedListView)
    if ADDRESSES[name].view.export_report_key
}
PAGES = {**volunteers.PAGES_OF_REPORTS, **staff.PAGES_OF_REPORTS}
# What a report with a page in the catalogue counts, when it is not tickets.
COUNTED = {
    "reports.volunteering": "volunteers:volunteers", "reports.orders": "volunteers:orders", **staff.COUNTED,
}  # fmt: skip
BAIT = ("=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "＝1", "=cmd|' /C calc'!A0")


class Reader:
    """The one who runs a report: the smallest area among those who may."""

    def __init__(self, key: str, world: World) -> None:
        self.report, self.world = REPORTS[key], world
        role = next(role for role in READERS if self.report.permission in ROLE_RULES[role].permissions)
        self.user = world.user(role)
        self.page = PAGES.get(key)
        self.rows = self.page.rows if self.page else ROWS[LIST_OF.get(key) or COUNTED.get(key, "petitions:list")]

    def raw(self) -> dict[str, Any]:
        """What its form offers at first, for this month; nothing for an export."""
        if self.report.form_class is None:
            return {}
        form = self.report.make_form(None, self.user)
        values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        chosen = self.page.raw(self.world) if self.page else {}
        given = {name: "" if value is None else value for name, value in values.items()}
        return {**given, "month": f"{timezone.localdate():%Y-%m}", **chosen}

    def sheet(self) -> Sheet:
        return prepare(self.report, self.user, self.raw())

    def read(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self.sheet().mappings()]


@pytest.fixture
def reader(key: str, world: World) -> Reader:
    return Reader(key, world)


def test_every_report_is_the_export_of_a_list_or_has_a_page():
    assert {key for key, report in REPORTS.items() if not isinstance(report, PageReport)} == {*LIST_OF, *PAGES}


@every_report
def test_it_holds_the_readers_rows_under_its_columns_and_no_neighbours(reader):
    for _ in range(2):
        reader.rows.make(reader.world, True)
    found = reader.read()
    assert len(found) >= 1
    keys = {column.key for column in reader.sheet().columns}
    labels = [column.label for column in reader.sheet().columns]
    assert len(labels) == len(set(labels))
    assert all(keys <= set(row) for row in found if not isinstance(reader.report, PageReport))
    for _ in range(2):
        reader.rows.make(reader.world, False)
    if not reader.rows.shared:
        assert reader.read() == found, "a row of a neighbour's has changed this reader's report"
    reader.rows.make(reader.world, True)
    assert reader.read() != found


@every_report
def test_nobody_without_its_permission_gets_it(reader, client_for):
    for role, rule in ROLE_RULES.items():
        if reader.report.permission in rule.permissions:
            continue
        stranger = reader.world.user(role)
        with pytest.raises(Refused):
            prepare(reader.report, stranger, reader.raw())
        with pytest.raises(Refused):
            start_export(report_key=reader.report.key, actor=stranger, params=reader.raw())
    stranger = client_for(reader.world.user(stranger_to(reader.report.permission)))
    if isinstance(reader.report, PageReport):
        url, data = ADDRESSES["reports:report"].at(key=reader.report.key), reader.raw()
    elif reader.page:
        name = reader.page.address
        url, data = ADDRESSES[name].at(**kwargs_of(name, reader.world)), reader.raw()
    else:
        name = LIST_OF[reader.report.key]
        url, data = ADDRESSES[name].at(**reader.rows.kwargs(reader.world)), {"do": "export"}
    assert stranger.post(url, data).status_code == 403
    assert not Job.objects.exists()


@every_report
@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_a_file_runs_no_formula(reader, file_format, tmp_path):
    path = tmp_path / f"sheet.{file_format}"
    sheet = reader.sheet()
    sheet.rows = _baited(sheet, reader.report)
    write(sheet, str(path), file_format)
    cells = list(_cells_of(path, file_format))
    assert any("cmd|" in str(value) for value, _ in cells), "the bait is not in the file at all"
    for value, is_formula in cells:
        assert not is_formula, value
        if file_format == "csv" and str(value).strip():
            assert not str(value).lstrip("\t ").startswith(("=", "+", "@", "＝")), value


def _baited(sheet: Sheet, report: Report) -> Iterator[Any]:
    """Rows whose every text is something that a spreadsheet might run."""
    harmless = {
        "integer": 1, "decimal": 1, "rate": Rate(1, 2), "date": date(2026, 9, 1), "datetime": timezone.now(), "id_text": "1"
    }  # fmt: skip
    for bait in BAIT:
        yield {column.key: bait if column.type == "text" else harmless[column.type] for column in sheet.columns} | (
            {} if report.form_class is None else {"key": None, "linked": False}
        )


def _cells_of(path: Any, file_format: str) -> Iterator[tuple[Any, bool]]:
    if file_format == "csv":
        with open(path, encoding="utf-8-sig", newline="") as content:
            for row in csv.reader(content):
                yield from ((cell, False) for cell in row)
        return
    for row in openpyxl.load_workbook(path).active.iter_rows():
        # The totals of an official sheet are our own sums of its own numbers.
        own_sum = any(str(cell.value) == "合计" for cell in row)
        yield from ((cell.value, cell.data_type == "f" and not own_sum) for cell in row)
