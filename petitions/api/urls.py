"""Addresses of the petitions API; one per action of the workflow table."""

from __future__ import annotations

from django.urls import path

from petitions.api import views
from petitions.workflow import FLOW

urlpatterns = [
    path("petitions/", views.PetitionListAPI.as_view(), name="petitions-api-list"),
    path("petitions/<int:pk>/", views.PetitionDetailAPI.as_view(), name="petitions-api-detail"),
    path("petitions/<int:pk>/timeline/", views.TimelineAPI.as_view(), name="petitions-api-timeline"),
    path("petitions/<int:pk>/actions/", views.ActionsAPI.as_view(), name="petitions-api-actions"),
    path("petitions/<int:pk>/reveal/", views.RevealAPI.as_view(), name="petitions-api-reveal"),
    path("petitions/<int:pk>/attachments/", views.AttachmentsAPI.as_view(), name="petitions-api-attach"),
    path("petitions/attachments/<int:pk>/", views.AttachmentAPI.as_view(), name="petitions-api-attachment"),
    *(
        path(
            f"petitions/<int:pk>/actions/{action.name}/",
            views.action_view(action).as_view(),
            name=f"petitions-api-{action.name}",
        )
        for action in FLOW.actions.values()
    ),
]
