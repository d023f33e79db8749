"""Addresses of the REST API, version 1."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.permissions import IsAuthenticated

from common.api_docs import api_docs

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("petitions.api.urls")),
    path("", include("accounts.api.urls")),
    path("", include("grid.api.urls")),
    path("", include("partyorgs.api.urls")),
    path("", include("volunteers.api.urls")),
    path("", include("staff.api.urls")),
    path("schema/", SpectacularJSONAPIView.as_view(permission_classes=[IsAuthenticated]), name="api-schema"),
    path("docs/", api_docs, name="api-docs"),
]
