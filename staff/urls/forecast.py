"""Addresses of the forecast of pay."""

from __future__ import annotations

from django.urls import URLPattern, path

from staff.views import forecast

urlpatterns: list[URLPattern] = [
    path("staff/forecasts/", forecast.ForecastList.as_view(), name="forecasts"),
    path("staff/forecasts/new/", forecast.ForecastNew.as_view(), name="forecast-new"),
    path("staff/forecasts/table/", forecast.ForecastTableNew.as_view(), name="forecast-table"),
    path("staff/forecasts/<int:pk>/", forecast.ForecastView.as_view(), name="forecast"),
    path("staff/forecasts/<int:pk>/sheet/<slug:by>/", forecast.ForecastSheet.as_view(), name="forecast-sheet"),
]
