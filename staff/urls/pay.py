"""Addresses of runs, slips and what they depend on."""

from __future__ import annotations

from django.urls import URLPattern, path

from staff.views import pay_inputs, runs, slips

urlpatterns: list[URLPattern] = [
    path("staff/pay/", runs.RunList.as_view(), name="runs"),
    path("staff/pay/new/", runs.RunCreate.as_view(), name="run-create"),
    path("staff/pay/<int:pk>/", runs.RunView.as_view(), name="run"),
    path("staff/pay/<int:pk>/differences/", runs.RunDifferences.as_view(), name="run-differences"),
    path("staff/pay/<int:pk>/sheet/<str:sheet>/", runs.RunSheet.as_view(), name="run-sheet"),
    path("staff/pay/<int:pk>/do/<str:action>/", runs.RunAction.as_view(), name="run-act"),
    path("staff/slips/", slips.SlipList.as_view(), name="slips"),
    path("staff/slips/<int:pk>/", slips.SlipView.as_view(), name="slip"),
    path("staff/people/<int:pk>/pay/", pay_inputs.WorkerPay.as_view(), name="worker-pay"),
    path("staff/people/<int:pk>/pay/base/", pay_inputs.SetBase.as_view(), name="worker-base"),
    path("staff/people/<int:pk>/pay/deduction/", pay_inputs.SetDeduction.as_view(), name="worker-deduction"),
    path("staff/people/<int:pk>/pay/first-wage/", pay_inputs.SetFirstWage.as_view(), name="worker-first-wage"),
    path("staff/people/<int:pk>/pay/factor/", pay_inputs.SetFactor.as_view(), name="worker-factor"),
    path("staff/people/<int:pk>/pay/addition/", pay_inputs.EnterAddition.as_view(), name="worker-addition"),
    path("staff/people/<int:pk>/pay/<int:year>/", slips.WorkerYear.as_view(), name="worker-year"),
    path("staff/additions/<int:pk>/remove/", pay_inputs.RemoveAddition.as_view(), name="addition-remove"),
]
