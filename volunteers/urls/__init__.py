"""Addresses of volunteer service, one module per field of work; those of residents start with ``my/``."""

from __future__ import annotations

from volunteers.urls import activities, honours, orders, own, partners, people, points, shop

app_name = "volunteers"
urlpatterns = [
    *people.urlpatterns,
    *activities.urlpatterns,
    *orders.urlpatterns,
    *points.urlpatterns,
    *shop.urlpatterns,
    *honours.urlpatterns,
    *partners.urlpatterns,
    *own.urlpatterns,
]
