"""Addresses of the trial of a pay scheme."""

from __future__ import annotations

from django.urls import URLPattern, path

from staff.views import preview

urlpatterns: list[URLPattern] = [
    path("staff/scheme-trial/", preview.TrySchemes.as_view(), name="try-schemes"),
    path("staff/scheme-trial/<int:pk>/", preview.TrialResult.as_view(), name="trial-result"),
]
