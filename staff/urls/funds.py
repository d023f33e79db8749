"""Addresses of community funds."""

from __future__ import annotations

from django.urls import URLPattern, path

from staff.views import fund_entries, fund_years, funds

urlpatterns: list[URLPattern] = [
    path("staff/funds/", funds.FundOverview.as_view(), name="funds"),
    path("staff/funds/report/", funds.FundReport.as_view(), name="fund-report"),
    path("staff/funds/accounts/", funds.AccountList.as_view(), name="fund-accounts"),
    path("staff/funds/accounts/<int:pk>/spend/", fund_entries.EnterSpending.as_view(), name="fund-spend"),
    path("staff/funds/accounts/<int:pk>/allocate/", fund_entries.Allocate.as_view(), name="fund-allocate"),
    path("staff/funds/units/<int:pk>/", funds.FundUnit.as_view(), name="fund-unit"),
    path("staff/funds/entries/", fund_entries.EntryList.as_view(), name="fund-entries"),
    path("staff/funds/entries/<int:pk>/", fund_entries.EntryPage.as_view(), name="fund-entry"),
    path("staff/funds/entries/<int:pk>/reverse/", fund_entries.Reverse.as_view(), name="fund-reverse"),
    path("staff/funds/entries/<int:pk>/vouchers/", fund_entries.AttachVouchers.as_view(), name="fund-attach"),
    path("staff/funds/entries/<int:pk>/do/<slug:action>/", fund_entries.EntryAction.as_view(), name="fund-act"),
    path("staff/funds/vouchers/<int:pk>/", fund_entries.VoucherFile.as_view(), name="fund-voucher"),
    path("staff/funds/budgets/", fund_years.BudgetList.as_view(), name="fund-budgets"),
    path("staff/funds/budgets/new/", fund_years.BudgetNew.as_view(), name="fund-budget-new"),
    path("staff/funds/budgets/<int:pk>/", fund_years.BudgetPage.as_view(), name="fund-budget"),
    path("staff/funds/budgets/<int:pk>/do/<slug:action>/", fund_years.BudgetAction.as_view(), name="fund-budget-act"),
    path("staff/funds/close/", fund_years.CloseYear.as_view(), name="fund-close"),
]
