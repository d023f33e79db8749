"""A period of appraisal for tests: who organises, who judges, what they give."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import User
from staff.models import Appraisal, AppraisalResult, AppraisalSheet, Worker
from staff.services.appraisal import appraisal_close, appraisal_open, appraisal_publish
from staff.services.appraisal_sheets import sheet_save, sheet_send
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules

JULY = date(2026, 7, 1)


def indicator(label: str, weight: str, source: str, **changes: str) -> dict[str, str]:
    values = {"zero": "0", "full": "100", "missing": "spread", "guide": ""}
    return {"key": source, "label": label, "weight": weight, "source": source, **values, **changes}


def level(label: str, lowest: str, **changes: Any) -> dict[str, Any]:
    return {"label": label, "lowest": lowest, "stars": 0, "result": "none", "percent": "100", "share": "100", **changes}


LEVELS = [
    level("优秀", "90", stars=5, result="excellent", percent="120"), level("合格", "60", stars=3, result="qualified"),
    level("不合格", "0", result="failed", percent="0"),
]  # fmt: skip
DATA = {
    "demo": False, "label": "考核", "judge_days": 5, "appeal_days": 3, "least_months": 0, "home": "60", "basic": "0.6",
    "indicators": [indicator("履职", "60", "judge_street"), indicator("出勤", "40", "attendance", zero="80")],
    "levels": LEVELS,
}  # fmt: skip


@dataclass
class Office:
    """``one`` and ``two`` organise for the district, ``street`` is the street's officer."""

    tree: Any
    one: User
    two: User
    street: User
    rules: dict[str, Any] = field(default_factory=dict)

    def open(
        self, *, subject: str = "worker", cycle: str = "quarter", first: date = JULY, unit: Any = None
    ) -> Appraisal:
        return appraisal_open(
            actor=self.one, unit=unit or self.tree.district, subject=subject, cycle=cycle, first_day=first
        )

    def closed(self, points: str = "90", **values: Any) -> Appraisal:
        """Everybody gave the same."""
        row = self.open(**values)
        give_all(row, points)
        return appraisal_close(appraisal=row, actor=self.one)

    def published(self, points: str = "90", **values: Any) -> Appraisal:
        return appraisal_publish(appraisal=self.closed(points, **values), actor=self.two)


def make_office(tree: Any, street: User | None = None, **rules: Any) -> Office:
    """With the same plain scheme for every rule; ``rules`` change keys of it."""
    data = {**DATA, **rules}
    names = ("worker_quarter", "worker_year", "community_quarter", "community_year")
    plain = {
        **data,
        "indicators": [one for one in data["indicators"] if one["source"] != "attendance"]
        + [indicator("解决率", "40", "resolution")],
    }
    make_rules(
        **{f"appraisal_{name}": data if name.startswith("worker") or "indicators" in rules else plain for name in names}
    )
    district = tree.district
    return Office(
        tree, make_user("district_officer", district, username="one"),
        make_user("district_officer", district, username="two"),
        street or make_user("street_officer", tree.street, username="street"),
    )  # fmt: skip


def give(sheet: AppraisalSheet, points: str) -> None:
    rows = sheet.scores.values_list("pk", flat=True)
    sheet_save(sheet=sheet, user=sheet.judge, points=dict.fromkeys(rows, Decimal(points)))
    sheet_send(sheet=sheet, user=sheet.judge)


def give_all(row: Appraisal, points: str) -> None:
    for sheet in row.sheets.select_related("judge"):
        give(sheet, points)


def result_of(row: Appraisal, worker: Worker | None = None, unit: Any = None) -> AppraisalResult:
    rows = row.results.filter(corrected_by=None)
    return rows.get(appraised__worker=worker) if worker else rows.get(appraised__unit=unit)
