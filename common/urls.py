"""Addresses of the kit's own pages."""

from django.urls import path

from common import views
from common.pages import JobFileView, JobListView, JobView

app_name = "common"
urlpatterns = [
    path("menu/counts", views.menu_counts, name="menu-counts"),
    path("preferences/large-text", views.large_text, name="large-text"),
    path("jobs/", JobListView.as_view(), name="jobs"),
    path("jobs/<int:pk>/", JobView.as_view(), name="job"),
    path("jobs/<int:pk>/file", JobFileView.as_view(), name="job-file"),
]
