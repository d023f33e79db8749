"""The arithmetic of a month's pay with nothing around it: what :mod:`bench.rows.pay` compares a run with.

Three items by grade, five contributions on both sides, cumulative tax, and one row each with its figures and
words, written by one INSERT of many rows at a time.
"""

from __future__ import annotations

import json
import os
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

FEN = Decimal("0.01")
BATCH = 1_000


def calculate(people: int) -> Decimal:
    """Read grades and bases, reckon, insert; the sum of what is paid."""
    import psycopg2
    from psycopg2.extras import execute_values

    database = psycopg2.connect(os.environ["DATABASE_URL"])
    cursor = database.cursor()
    cursor.execute(
        "SELECT worker.id, worker.unit_id, grade.grade, base.amount FROM staff_worker AS worker "
        "JOIN staff_grade AS grade ON grade.worker_id = worker.id AND grade.valid_to IS NULL "
        "JOIN staff_insurancebase AS base ON base.worker_id = worker.id ORDER BY worker.id"
    )
    rows, total = cursor.fetchall(), Decimal(0)
    if len(rows) != people:
        raise RuntimeError(f"{len(rows)} rows for {people} people")
    cursor.execute("SELECT data FROM common_policy WHERE key = 'pay_scheme'")
    coefficients = [Decimal(row["coefficient"]) for row in cursor.fetchone()[0]["grades"]]
    cursor.execute("CREATE TEMPORARY TABLE bare (LIKE staff_slip INCLUDING ALL)")
    batch: list[tuple[Any, ...]] = []
    for worker, unit, grade, base in rows:
        row = _row(worker, unit, grade, base, coefficients[grade - 1])
        total += row[9]
        batch.append(row)
        if len(batch) == BATCH:
            _insert(execute_values, cursor, batch)
    if batch:
        _insert(execute_values, cursor, batch)
    database.rollback()
    return total


RATES = tuple(
    (key, Decimal(employer), Decimal(employee), Decimal(floor), Decimal(ceiling))
    for key, employer, employee, floor, ceiling in (
        ("养老保险", "0.16", "0.08", "4000", "20000"), ("医疗（含生育）保险", "0.08", "0.02", "4000", "20000"),
        ("失业保险", "0.007", "0.003", "4000", "20000"), ("工伤保险", "0.004", "0", "4000", "20000"),
        ("住房公积金", "0.08", "0.08", "2000", "25000"),
    )
)  # fmt: skip


def _row(worker: int, unit: int, grade: int, base: Decimal, coefficient: Decimal) -> tuple[Any, ...]:
    basic = (Decimal(3600) * coefficient * Decimal("0.70")).quantize(FEN, ROUND_HALF_UP)
    performance = (Decimal(3600) * coefficient * Decimal("0.30")).quantize(FEN, ROUND_HALF_UP)
    gross = basic + performance
    insurance = employer_pays = Decimal(0)
    paid = []
    for key, employer_rate, employee_rate, floor, ceiling in RATES:
        used = min(max(base, floor), ceiling)
        employer = (used * employer_rate).quantize(FEN, ROUND_HALF_UP)
        employee = (used * employee_rate).quantize(FEN, ROUND_HALF_UP)
        employer_pays += employer
        insurance += employee
        paid.append([key, key, str(used), str(employer), str(employee)])
    taxable = max(gross - Decimal(5000) - insurance, Decimal(0))
    tax = (taxable * Decimal("0.03")).quantize(FEN, ROUND_HALF_UP)
    net = gross - insurance - tax
    why = f"基数 3600 × {grade} 级系数 {coefficient}"
    lines = [
        ["basic", "基本报酬", str(basic), f"{why} × 70%"],
        ["performance", "绩效报酬", str(performance), f"{why} × 30%"],
    ]
    facts = {
        "rank": "worker", "grade": grade, "education": "bachelor", "certificate": "", "years": 5, "newcomer": False,
        "worked": None, "leave": {}, "factor": "1", "insurance_base": str(base), "month_of_work": 60, "special": "0.00",
        "last": False, "full": str(gross),
        "tax": f"累计应纳税所得额 {taxable} × 3% − 0 = {tax}",
    }  # fmt: skip
    year = {"months": 1, "income": str(gross), "insurance": str(insurance), "special": "0.00", "tax": str(tax)}
    texts = [json.dumps(one, ensure_ascii=False) for one in (lines, paid, facts, year)]
    return (
        worker, unit, "2026-09-01", "month", "worker", grade, gross, insurance, tax, net, gross + employer_pays, *texts,
    )  # fmt: skip


def _insert(execute_values: Any, cursor: Any, batch: list[tuple[Any, ...]]) -> None:
    execute_values(
        cursor,
        "INSERT INTO bare (run_id, worker_id, unit_id, month, period, rank, grade, gross, insurance, special, tax, net, "
        "employer, lines, contributions, facts, year, held) VALUES %s",
        batch,
        template="(1, %s, %s, %s, %s, %s, %s, %s, %s, 0, %s, %s, %s, %s, %s, %s, %s, '{}')",
        page_size=BATCH,
    )
    batch.clear()
