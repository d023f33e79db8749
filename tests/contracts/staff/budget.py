"""Forecasts of pay and community funds: rows of their lists, what addresses are about, how forms are filled in, the job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db.models import F
from django.utils import timezone

from common.models import Job, Policy
from common.months import first_of_next
from grid.models import Unit
from staff.choices import FundState
from staff.models import Forecast, ForecastRow, FundAccount, FundBudget, FundEntry, FundVoucher
from staff.services.forecast import forecast_start
from staff.services.funds import account_of, spending_enter
from tests.contracts.filling import Fill, Sent, about, act, plain, today
from tests.contracts.world import PageOfReport, Rows, World
from tests.factories.accounts import make_user
from tests.factories.funds import receipt
from tests.factories.rules import make_rules
from tests.factories.staff import make_worker

OFFICE, DISTRICT, STREET, DESK = "payroll_officer", "district_officer", "street_officer", "community_worker"
IN_DISTRICT = "在区级办理，看得到全区"


def rules(world: World) -> None:
    if not Policy.objects.filter(key="community_funds").exists():
        make_rules()


# --- forecasts


def forecast(world: World, here: bool = True, **fields: Any) -> Forecast:
    """A finished one of a street, with a row of a month."""
    rules(world)
    unit = world.tree.street if here else world.tree.other_street
    month = date(2027, 1, 1)
    row = Forecast.objects.create(
        **{
            "unit": unit, "first_month": month, "months": 1, "old_label": "三岗十八级", "state": "ready", "people": 1,
            "new_label": f"基数 {3600 + next(world.numbers)}", "scheme": {}, "since": month, "total": "6367.40",
            "new_total": "6700.00", "asked_at": timezone.now(), "assumed": ["不考虑补员。"], **fields,
        }
    )  # fmt: skip
    for new in (False, True):
        _month(row, unit, new)
    return row


def _month(row: Forecast, unit: Unit, new: bool = False) -> ForecastRow:
    return ForecastRow.objects.create(
        forecast=row, unit=unit, month=row.first_month, new=new, people=1, pay="4712.40", bonus=0, insurance="1255.00",
        fund="400.00",
    )  # fmt: skip


def chosen(world: World) -> Forecast:
    """The forecast whose sheet is made, of the whole district."""
    return Forecast.objects.filter(unit=world.tree.district).first() or forecast(world, unit=world.tree.district)


def in_chosen(world: World, here: bool) -> ForecastRow:
    row, number = chosen(world), next(world.numbers)
    month = date(2028 + number // 12, number % 12 + 1, 1)
    return ForecastRow.objects.create(
        forecast=row, unit=world.tree.street, month=month, new=False, people=1, pay=1, bonus=0, insurance=0, fund=0
    )


def _asked(world: World) -> Sent:
    rules(world)
    make_worker(world.community())
    return Sent(OFFICE, {
        "unit": str(world.tree.district.pk), "first_month": f"{first_of_next(timezone.localdate()):%Y-%m}",
        "months": "12", "scheme": "sample:jilin", "since": "", "renewals": "on",
    })  # fmt: skip


def _typed(world: World) -> Sent:
    sent = _asked(world)
    return Sent(OFFICE, {"KEEP": True, **sent.data, "base": "3900"})


def forecasting(world: World) -> Job:
    rules(world)
    for here in (True, False):
        make_worker(world.community(here))
    return forecast_start(
        actor=world.user(OFFICE), unit=world.tree.district, first_month=first_of_next(timezone.localdate()), months=18,
        request_key=uuid4(),
    )  # fmt: skip


def forecast_done(world: World) -> tuple[int, int, str]:
    row = Forecast.objects.get()
    return row.people, row.rows.count(), row.state


# --- funds


def account(world: World, here: bool = True, unit: Unit | None = None) -> FundAccount:
    """With a hundred thousand, each time of another fund."""
    rules(world)
    number = next(world.numbers)
    row = account_of(unit or world.community(here), f"fund{number}", f"专项经费{number}号", timezone.localdate().year)
    FundAccount.objects.filter(pk=row.pk).update(received=100_000, balance=100_000)
    return FundAccount.objects.select_related("unit").get(pk=row.pk)


def spendable(world: World, here: bool = True) -> FundAccount:
    """Of the fund that the rule names."""
    rules(world)
    row = account_of(world.community(here), "community", "专项经费", timezone.localdate().year)
    FundAccount.objects.filter(pk=row.pk, received=0).update(received=100_000, balance=100_000)
    return FundAccount.objects.select_related("unit").get(pk=row.pk)


def entry(world: World, here: bool = True, **fields: Any) -> FundEntry:
    """Spending that waits, with its voucher."""
    number = next(world.numbers)
    row = spending_enter(
        actor=world.user(DESK, here), account=spendable(world, here), amount=Decimal(100 + number),
        day=timezone.localdate(), payee=f"便民维修部{number}号", use="便民服务", voucher=f"V{number:06d}", files=[receipt()],
        request_key=uuid4(),
    )  # fmt: skip
    if fields:
        FundEntry.objects.filter(pk=row.pk).update(**fields)
        row.refresh_from_db()
    return row


def booked(world: World, here: bool = True) -> FundEntry:
    row = entry(world, here)
    FundAccount.objects.filter(pk=row.account_id).update(
        spent=F("spent") + row.amount, balance=F("balance") - row.amount
    )
    FundEntry.objects.filter(pk=row.pk).update(state=FundState.APPROVED, decided_by=world.user(STREET, here))
    return row


def voucher(world: World, here: bool = True) -> FundVoucher:
    return entry(world, here).vouchers.get()


def budget(world: World, here: bool = True, **fields: Any) -> FundBudget:
    """Entered by a colleague, each for another fund."""
    rules(world)
    number = next(world.numbers)
    return FundBudget.objects.create(
        **{
            "unit": world.tree.district, "fund": f"fund{number}", "label": f"专项经费{number}号", "each": 0,
            "year": timezone.localdate().year, "amount": 100_000, "note": "江财〔2026〕3号", "entered_at": timezone.now(),
            "entered_by": colleague(world), **fields,
        }
    )  # fmt: skip


def colleague(world: World) -> Any:
    """Another officer of the district."""
    from accounts.models import User

    found = User.objects.filter(username="second_officer").first()
    return found or make_user(DISTRICT, world.tree.district, username="second_officer")


def _district(world: World) -> FundAccount:
    return account(world, unit=world.tree.district)


def _spent(world: World) -> Sent:
    return Sent(DESK, {
        "amount": "1234.50", "day": today(), "payee": "便民维修部", "use": "便民服务", "voucher": "NO-1", "note": "楼道灯",
        "files": receipt(),
    }, {"pk": spendable(world).pk})  # fmt: skip


def _budgeted(world: World) -> Sent:
    rules(world)
    return Sent(DISTRICT, {
        "fund": "community", "year": str(timezone.localdate().year), "amount": "700000", "each": "200000",
        "note": "江财〔2026〕3号",
    })  # fmt: skip


ROWS: dict[str, Rows] = {
    "staff:forecasts": Rows(forecast, lambda row: row.new_label, shared=IN_DISTRICT),
    "staff:fund-accounts": Rows(account, lambda row: row.label),
    "staff:fund-entries": Rows(entry, lambda row: row.voucher),
    "staff:fund-budgets": Rows(budget, lambda row: row.label, shared=IN_DISTRICT),
}
OF_MODEL: dict[str, Callable[[World, bool], Any]] = {
    "Forecast": forecast, "FundAccount": account, "FundEntry": entry, "FundVoucher": voucher, "FundBudget": budget,
}  # fmt: skip
MODEL_OF: dict[str, str] = {"staff-api:fund-account": "FundAccount", "staff-api:fund-entry": "FundEntry"}
SPECIAL: dict[str, Callable[[World], dict[str, Any]]] = {
    "staff:forecast-sheet": lambda world: {"pk": forecast(world).pk, "by": "month"},
    "staff:fund-spend": lambda world: {"pk": spendable(world).pk},
    "staff:fund-reverse": lambda world: {"pk": booked(world).pk},
    "staff:fund-act": lambda world: {"pk": entry(world).pk, "action": "withdraw"},
    "staff:fund-budget-act": lambda world: {"pk": budget(world).pk, "action": "approve"},
}
API_LISTS = {"staff-api:fund-accounts": "staff:fund-accounts", "staff-api:fund-entries": "staff:fund-entries"}
PAGES_OF_REPORTS = {
    "staff.forecast": PageOfReport(
        "staff:forecast",
        Rows(in_chosen, shared=IN_DISTRICT),
        lambda world: {"forecast": chosen(world).pk, "by": "month"},
    ),
    "staff.fund_execution": PageOfReport(
        "staff:fund-report", Rows(account), lambda world: {"year": str(timezone.localdate().year), "fund": ""}
    ),
}


FORMS: dict[str, Fill] = {
    "staff:forecast-new": _asked,
    "staff:forecast-table": _typed,
    "staff:fund-spend": _spent,
    "staff:fund-allocate": about(
        DISTRICT, _district, lambda world: {"unit": str(world.tree.street.pk), "amount": "5000", "note": "街道统筹"}
    ),
    "staff:fund-reverse": about(DESK, booked, plain(reason="重复报销")),
    "staff:fund-act": act("approve", entry, STREET, note="凭证齐全"),
    "staff:fund-act refuse": act("refuse", entry, STREET, note="缺发票"),
    "staff:fund-act withdraw": act("withdraw", entry, DESK, note="填错金额"),
    "staff:fund-budget-new": _budgeted,
    "staff:fund-budget-act": act("approve", budget, DISTRICT, note="同意"),
    "staff:fund-budget-act refuse": act("refuse", budget, DISTRICT, note="金额不对"),
    "staff:fund-budget-act withdraw": act(
        "withdraw", lambda world: budget(world, entered_by=world.user(DISTRICT)), DISTRICT, note="填错年度"
    ),
}
