"""Addresses of the import pages."""

from django.urls import path

from common.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.BatchListView.as_view(), name="list"),
    path("new/<str:spec>/", views.UploadView.as_view(), name="upload"),
    path("new/<str:spec>/template", views.TemplateView.as_view(), name="template"),
    path("<int:pk>/", views.BatchView.as_view(), name="batch"),
    path("<int:pk>/rejected", views.RejectedView.as_view(), name="rejected"),
    path("<int:pk>/commit", views.CommitView.as_view(), name="commit"),
    path("<int:pk>/undo", views.UndoView.as_view(), name="undo"),
    path("<int:pk>/discard", views.DiscardView.as_view(), name="discard"),
]
