"""Community funds for tests: a year of 江源 with its people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from staff.models import FundAccount, FundBudget, FundEntry
from staff.services.fund_years import budget_enter
from staff.services.funds import spending_enter
from staff.workflow import BUDGET_FLOW, FUND_FLOW

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def receipt(name: str = "凭证.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


@dataclass
class Money:
    """``chief`` and ``second`` are two officers of the district; ``worker`` enters, ``street`` approves."""

    tree: Any
    staff: Any
    second: Any

    @property
    def chief(self) -> Any:
        return self.staff["district_officer"]

    @property
    def street(self) -> Any:
        return self.staff["street_officer"]

    @property
    def worker(self) -> Any:
        return self.staff["community_worker"]

    def budget(self, amount: int = 700_000, each: int = 200_000, **values: Any) -> FundBudget:
        return budget_enter(
            **{
                "actor": self.chief, "unit": self.tree.district, "fund": "community", "year": timezone.localdate().year,
                "amount": Decimal(amount), "each": Decimal(each), "note": "江财〔2026〕3号", **values,
            }
        )  # fmt: skip

    def approve_budget(self, budget: FundBudget) -> FundBudget:
        return BUDGET_FLOW.perform("approve", budget, self.second)

    @property
    def account(self) -> FundAccount:
        """The community's, with 200,000 of an approved budget."""
        return self.of(self.tree.community)

    def of(self, unit: Any) -> FundAccount:
        rows = FundAccount.objects.select_related("unit").filter(unit=unit, year=timezone.localdate().year)
        if not rows.exists():
            self.approve_budget(self.budget())
        return rows.first()

    def spend(self, amount: Any, **values: Any) -> FundEntry:
        """Spending of the community that waits."""
        day: date = timezone.localdate()
        return spending_enter(
            **{
                "actor": self.worker, "account": values.get("account") or self.account, "amount": Decimal(str(amount)),
                "day": day, "payee": "便民维修部", "use": "便民服务", "voucher": "0001", "files": [receipt()],
                "request_key": uuid4(), **{key: value for key, value in values.items() if key != "account"},
            }
        )  # fmt: skip

    def approve(self, entry: FundEntry, note: str = "") -> FundEntry:
        return FUND_FLOW.perform("approve", entry, self.street, note=note)

    def refuse(self, entry: FundEntry) -> FundEntry:
        return FUND_FLOW.perform("refuse", entry, self.street, note="凭证不全")
