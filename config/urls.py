"""Addresses of the whole site; each app keeps its own in ``<app>/urls.py`` and ``<app>/api/urls.py``."""

from django.urls import include, path

from config.views import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    # No two apps share an address; what is asked for most comes first, as each pattern is tried in turn.
    path("api/v1/", include("config.api_urls")),
    path("", include("petitions.urls")),
    path("", include("reports.urls")),  # the home page by role is here
    path("", include("common.urls")),
    path("imports/", include("common.imports.urls")),
    path("", include("accounts.urls")),
    path("", include("grid.urls")),
    path("", include("partyorgs.urls")),
    path("", include("volunteers.urls")),
    path("", include("staff.urls")),
]
handler400 = "common.views.bad_request"
handler403 = "common.views.forbidden"
handler404 = "common.views.not_found"
handler500 = "common.views.server_error"
