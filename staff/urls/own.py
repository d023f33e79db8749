"""Addresses of a worker's own pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from staff.views import own

urlpatterns: list[URLPattern] = [
    path("staff/me/", own.OwnHome.as_view(), name="own"),
    path("staff/me/confirm/", own.ConfirmView.as_view(), name="own-confirm"),
    path("staff/me/pay/", own.OwnPay.as_view(), name="own-pay"),
    path("staff/me/pay/<int:pk>/", own.OwnSlip.as_view(), name="own-slip"),
    path("staff/me/pay/year/<int:year>/", own.OwnYear.as_view(), name="own-year"),
]
