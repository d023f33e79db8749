"""Addresses of partners and their agreements."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
