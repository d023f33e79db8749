"""Addresses of activities and service records."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
