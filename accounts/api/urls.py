"""Addresses of the API of accounts, under ``/api/v1/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from accounts.api import schema  # noqa: F401  # drf-spectacular's extension, needed only where the API is
from accounts.api.views import MeView

app_name = "accounts-api"
urlpatterns: list[URLPattern] = [path("me", MeView.as_view(), name="me")]
