"""Addresses of partyorgs."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "partyorgs"
urlpatterns: list[URLPattern] = []
