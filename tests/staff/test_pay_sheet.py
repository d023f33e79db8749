"""The pay sheet (工资表) as the workbook that is printed and signed: every cell against a golden file.

``golden/pay_sheet.tsv`` was reckoned by hand from the rules of 江源; a wanted change of the sheet is written there.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from common.reporting import registry
from common.reporting.files import as_file
from common.reporting.report import prepare
from staff.models import InsuranceBase, Leave, PayAddition, WorkerCertificate
from tests.factories.staff import make_worker

SEPTEMBER = date(2026, 9, 1)
AS_OF = datetime(2026, 10, 9, 9, 30, tzinfo=timezone.get_default_timezone())
GOLDEN = Path(__file__).parent / "golden" / "pay_sheet.tsv"


@pytest.fixture
def run(bureau):
    """A head with a certificate, a worker with two days of personal leave, a newcomer with an allowance free of tax."""
    tree = bureau.tree
    head = make_worker(tree.community, name="王芳", number="S100001", grade=10, rank="head", education="bachelor")
    WorkerCertificate.objects.create(worker=head, level="social_worker", issued_on=date(2021, 10, 1))
    away = make_worker(tree.community, name="欧阳晓明", number="S100002", grade=4)
    Leave.objects.create(
        worker=away, kind="personal", first_day=date(2026, 9, 7), last_day=date(2026, 9, 8), state="approved",
        reason="家事", asked_at=timezone.now(),
    )  # fmt: skip
    there = make_worker(tree.sister_community, name="𠮷丽", number="S100003", grade=3)
    PayAddition.objects.create(
        worker=there, month=SEPTEMBER, label="下沉交通补助", amount=Decimal("150"), taxed=False, why="包联小区",
        entered_by=bureau.preparer, entered_at=timezone.now(),
    )  # fmt: skip
    for worker, amount in ((head, "4500"), (away, "4020"), (there, "3900")):
        InsuranceBase.objects.create(worker=worker, valid_from=date(2026, 1, 1), amount=Decimal(amount))
    return bureau.frozen(SEPTEMBER)


def workbook(run: Any, user: Any) -> openpyxl.Workbook:
    sheet = prepare(registry.get("staff.paysheet"), user, {"run": str(run.pk)}, AS_OF)
    return openpyxl.load_workbook(io.BytesIO(as_file(sheet, "xlsx")[1]))


def cells(book: openpyxl.Workbook) -> list[list[str]]:
    return [["" if value is None else str(value) for value in row] for row in book.active.iter_rows(values_only=True)]


def test_the_sheet_cell_by_cell(bureau, run):
    with GOLDEN.open(newline="", encoding="utf-8") as file:
        golden = list(csv.reader(file, delimiter="\t"))
    found = cells(workbook(run, bureau.preparer))
    assert found == golden, "\n".join("\t".join(row) for row in found)


def test_the_golden_sheet_adds_up():
    """The file itself is right: each row balances, and the last row is the sum of those above."""
    with GOLDEN.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    head = next(row for row in rows if row[0] == "序号")
    place = rows.index(head)
    people = [dict(zip(head, row, strict=True)) for row in rows[place + 1 :] if row[0].isdigit()]
    total = dict(zip(head, rows[place + 1 + len(people)], strict=True))
    assert len(people) == 3
    items = head[head.index("等级") + 1 : head.index("应发合计")]
    funds = head[head.index("应发合计") + 1 : head.index("五险一金小计")]
    for row in people:
        amount = {key: Decimal(row[key]) for key in head[head.index("等级") + 1 :]}
        assert amount["应发合计"] == sum(amount[item] for item in items)
        assert amount["五险一金小计"] == sum(amount[fund] for fund in funds)
        assert (
            amount["实发金额"]
            == amount["应发合计"] - amount["五险一金小计"] - amount["个人所得税"] + amount["不计税项目"]
        )
    for key in head[head.index("等级") + 1 :]:
        assert Decimal(total[key]) == sum(Decimal(row[key]) for row in people), key
