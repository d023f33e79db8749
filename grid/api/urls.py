"""Addresses of the API of the hierarchy, under ``/api/v1/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from grid.api import views

app_name = "grid-api"
urlpatterns: list[URLPattern] = [
    path("units/", views.UnitListAPI.as_view(), name="units"),
    path("units/<int:pk>/", views.UnitDetailAPI.as_view(), name="unit"),
    path("units/<int:pk>/children/", views.UnitChildrenAPI.as_view(), name="children"),
    path("departments/", views.DepartmentListAPI.as_view(), name="departments"),
    path("departments/<int:pk>/", views.DepartmentDetailAPI.as_view(), name="department"),
]
