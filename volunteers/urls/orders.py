"""Addresses of orders, menus, providers and care."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
