"""Addresses of reports and of the home page."""

from __future__ import annotations

from django.urls import path, re_path

from reports.views import home, runs

app_name = "reports"
urlpatterns = [
    path("", home.HomeView.as_view(), name="home"),
    path("reports/", runs.CatalogueView.as_view(), name="catalogue"),
    path("reports/monthly/", runs.ReportView.as_view(), {"key": "reports.monthly"}, name="monthly"),
    path("reports/<str:key>/", runs.ReportView.as_view(), name="report"),
    path("reports/results/<int:pk>/", runs.ResultView.as_view(), name="result"),
    path("reports/results/<int:pk>/repeat", runs.RepeatView.as_view(), name="repeat"),
    re_path(
        r"^reports/results/(?P<pk>\d+)/file\.(?P<file_format>xlsx|csv)$", runs.ResultFileView.as_view(), name="file"
    ),
]
