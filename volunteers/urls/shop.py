"""Addresses of shops and redemptions."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
