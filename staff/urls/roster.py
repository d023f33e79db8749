"""Addresses of the roster."""

from __future__ import annotations

from django.urls import URLPattern, path

from staff.views import roster
from staff.views import roster_forms as forms

urlpatterns: list[URLPattern] = [
    path("staff/people/", roster.WorkerList.as_view(), name="workers"),
    path("staff/people/new/", forms.Enter.as_view(), name="worker-create"),
    path("staff/people/<int:pk>/", roster.WorkerView.as_view(), name="worker"),
    path("staff/people/<int:pk>/change/", forms.ChangeWorker.as_view(), name="worker-change"),
    path("staff/people/<int:pk>/reveal/<str:field>/", roster.RevealView.as_view(), name="worker-reveal"),
    path("staff/people/<int:pk>/transfer/", forms.Transfer.as_view(), name="worker-transfer"),
    path("staff/people/<int:pk>/second/", forms.Second.as_view(), name="worker-second"),
    path("staff/people/<int:pk>/second/end/", forms.SecondEnd.as_view(), name="worker-second-end"),
    path("staff/people/<int:pk>/leave/", forms.Leave.as_view(), name="worker-leave"),
    path("staff/people/<int:pk>/return/", forms.Return.as_view(), name="worker-return"),
    path("staff/people/<int:pk>/education/", forms.ChangeEducation.as_view(), name="worker-education"),
    path("staff/people/<int:pk>/certificate/", forms.AddCertificate.as_view(), name="worker-certificate"),
    path("staff/people/<int:pk>/file/", forms.FileSecretary.as_view(), name="worker-file"),
    path("staff/people/<int:pk>/review/", forms.SetReview.as_view(), name="worker-review"),
    path("staff/people/<int:pk>/stand-in/", forms.SetStandIn.as_view(), name="worker-stand-in"),
    path("staff/people/<int:pk>/account/", forms.LinkAccount.as_view(), name="worker-account"),
    path("staff/certificates/<int:pk>/renew/", forms.RenewCertificate.as_view(), name="certificate-renew"),
    path("staff/certificates/<int:pk>/remove/", forms.RemoveCertificate.as_view(), name="certificate-remove"),
    path("staff/posts/", roster.PostList.as_view(), name="posts"),
    path("staff/posts/<int:pk>/reserves/", forms.SetReserves.as_view(), name="post-reserves"),
    path("staff/units/<int:pk>/residents/", forms.SetResidents.as_view(), name="unit-residents"),
]
