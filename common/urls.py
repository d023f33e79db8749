"""Addresses of the kit's own pages."""

from django.urls import path

from common import views

app_name = "common"
urlpatterns = [
    path("menu/counts", views.menu_counts, name="menu-counts"),
    path("preferences/large-text", views.large_text, name="large-text"),
]
