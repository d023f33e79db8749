"""Addresses of volunteers and teams."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
