"""Addresses of a volunteer's own pages and of sign-up."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
