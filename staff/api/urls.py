"""Addresses of the API of community workers, under ``/api/v1/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from staff.api import appraisal, funds, grades, growth, roster

app_name = "staff-api"
urlpatterns: list[URLPattern] = [
    # --- roster
    path("workers/", roster.WorkerListAPI.as_view(), name="workers"),
    path("workers/<int:pk>/", roster.WorkerDetailAPI.as_view(), name="worker"),
    # --- appraisal
    path("staff-appraisals/", appraisal.AppraisalListAPI.as_view(), name="appraisals"),
    path("staff-appraisals/<int:pk>/", appraisal.AppraisalDetailAPI.as_view(), name="appraisal"),
    path("staff-appraisal-results/", appraisal.ResultListAPI.as_view(), name="appraisal-results"),
    path("staff-appraisal-results/<int:pk>/", appraisal.ResultDetailAPI.as_view(), name="appraisal-result"),
    # --- grades
    path("staff-grades/", grades.GradeListAPI.as_view(), name="grades"),
    path("staff-grades/<int:pk>/", grades.GradeDetailAPI.as_view(), name="grade"),
    # --- funds of communities
    path("fund-accounts/", funds.AccountListAPI.as_view(), name="fund-accounts"),
    path("fund-accounts/<int:pk>/", funds.AccountDetailAPI.as_view(), name="fund-account"),
    path("fund-entries/", funds.EntryListAPI.as_view(), name="fund-entries"),
    path("fund-entries/<int:pk>/", funds.EntryDetailAPI.as_view(), name="fund-entry"),
    # --- growth
    path("trainings/", growth.TrainingListAPI.as_view(), name="trainings"),
    path("trainings/<int:pk>/", growth.TrainingDetailAPI.as_view(), name="training"),
    path("rotation-turns/", growth.TurnListAPI.as_view(), name="rotation-turns"),
    path("rotation-turns/<int:pk>/", growth.TurnDetailAPI.as_view(), name="rotation-turn"),
]
