"""Community funds of the demo: this year's budget, what some communities spent of it, what waits; a forecast of pay.

Played through the services, as the district's own people would do it. Chance comes from the demo's seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from common.months import first_of_next
from config.demo.season import standing_at
from config.demo.seeds import rng, stable_uuid
from grid.choices import Level
from grid.models import Unit
from staff.choices import FundLevel
from staff.models import FundAccount, FundEntry
from staff.rules import Fund, funds_on, pay_scheme
from staff.services import forecast, fund_years, funds
from staff.workflow.funds import BUDGET_FLOW, FUND_FLOW

PAYEES = ("惠民五金店", "晨光印务部", "万家保洁公司", "鸿运建材商行", "社区便民维修部", "博文办公用品店")
NOTES = ("楼道灯更换", "宣传栏制作", "小广场清洁", "休闲椅维修", "活动室桌椅", "春节慰问物资")
SPENDING = 4  # a community, of which the last one waits
EVERY = 3  # every third community has spent something


@dataclass
class Treasury:
    """``chief`` and ``second`` are two officers of the district; ``street`` and ``worker`` find who acts for a unit."""

    chief: User
    second: User
    preparer: User
    street: Callable[[Unit], User]
    worker: Callable[[Unit], User]
    now: datetime
    seed: int

    def play(self) -> None:
        district = Unit.objects.get(level=Level.DISTRICT)
        for fund in funds_on(self.now.date()).values():
            self._budget(district, fund)
            if fund.level == FundLevel.COMMUNITY:
                self._spend(fund)
        self._forecast(district)

    def _budget(self, district: Unit, fund: Fund) -> None:
        """Entered in the first days of the year, approved a little later."""
        each = fund.amount if fund.level == FundLevel.COMMUNITY else Decimal(0)
        count = fund_years.communities_of(district).count()
        opened = self.now.replace(month=1, day=1)
        with standing_at(opened):
            budget = fund_years.budget_enter(
                actor=self.second, unit=district, fund=fund.key, year=self.now.year, amount=each * count or fund.amount,
                each=each, note=f"{self.now.year} 年区级部门预算", request_key=self._key("budget", fund.key),
            )  # fmt: skip
            BUDGET_FLOW.perform("approve", budget, self.chief, note="按预算下达")

    def _spend(self, fund: Fund) -> None:
        accounts = FundAccount.objects.filter(fund=fund.key, unit__level=Level.COMMUNITY).select_related("unit__parent")
        for account in list(accounts.order_by("unit__path"))[::EVERY]:
            for place in range(SPENDING):
                self._one(account, fund, place)

    def _one(self, account: FundAccount, fund: Fund, place: int) -> None:
        chance = rng(self.seed, "fund", account.unit.code, fund.key, place)
        spent = self._day(place)
        with standing_at(self.now - (self.now.date() - spent)):
            entry = funds.spending_enter(
                actor=self.worker(account.unit), account=account, amount=Decimal(chance.randrange(800, 30_000, 50)),
                day=spent, payee=chance.choice(PAYEES), use=chance.choice(fund.uses), note=chance.choice(NOTES),
                voucher=f"{spent:%Y%m}-{chance.randrange(1000, 9999)}{place}", files=[_voucher(place)],
                request_key=self._key("spent", account.unit.code, fund.key, place),
            )  # fmt: skip
            if place < SPENDING - 1:
                self._approve(entry)

    def _day(self, place: int) -> date:
        """A month apart, the last one yesterday, and never before the year began."""
        day = self.now.date() - timedelta(days=1 + 30 * (SPENDING - 1 - place))
        return max(day, date(self.now.year, 1, 1))

    def _approve(self, entry: FundEntry) -> None:
        assert entry.account.unit.parent is not None  # a community lies in a street
        FUND_FLOW.perform("approve", entry, self.street(entry.account.unit.parent), note="凭证齐全")

    def _forecast(self, district: Unit) -> None:
        """A base that is raised by three hundred yuan from next month on."""
        with standing_at(self.now):
            policy, scheme = pay_scheme(self.now.date())
            raised = scheme.base + 300
            asked = forecast.forecast_ask(
                actor=self.preparer, unit=district, first_month=first_of_next(self.now.date()),
                scheme={**policy.data, "base": f"{raised:f}"}, new_label=f"基数 {scheme.base:f} → {raised:f}",
                request_key=self._key("forecast"),
            )  # fmt: skip
            forecast.forecast_keep(forecast=asked, actor=self.preparer, found=forecast.reckon(asked))

    def _key(self, *parts: object) -> UUID:
        return stable_uuid(self.seed, "funds", *parts)


def _voucher(place: int) -> SimpleUploadedFile:
    """A page of paper that says it is one."""
    content = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    return SimpleUploadedFile(f"凭证{place + 1}.pdf", content, content_type="application/pdf")
