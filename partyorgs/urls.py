"""Addresses of party organisations. ``/party-organisations/<pk>/`` is written out in stored messages."""

from __future__ import annotations

from django.urls import URLPattern, path

from partyorgs.views import lists, organisation

app_name = "partyorgs"
urlpatterns: list[URLPattern] = [
    path("party-organisations/", lists.OrganisationList.as_view(), name="organisations"),
    path("party-organisations/tree/", lists.TreePage.as_view(), name="tree"),
    path("party-organisations/<int:pk>/", organisation.OrganisationPage.as_view(), name="organisation"),
    path("party-organisations/<int:pk>/branch/", lists.Branch.as_view(), name="branch"),
    path("party-organisations/<int:pk>/change/", organisation.ChangeOrganisation.as_view(), name="change"),
    path("party-organisations/<int:pk>/members/", organisation.CountMembers.as_view(), name="count"),
    path("party-organisations/<int:pk>/election/", organisation.RecordElection.as_view(), name="elect"),
    path("party-organisations/<int:pk>/dissolve/", organisation.DissolveOrganisation.as_view(), name="dissolve"),
    path("units/<int:pk>/party-organisations/new/", organisation.CreateOrganisation.as_view(), name="create"),
]
