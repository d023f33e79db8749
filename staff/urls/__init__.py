"""Addresses of community workers, one module per field of work; a worker's own lie under ``staff/me/``."""

from __future__ import annotations

from staff.urls import appraisal, attendance, forecast, funds, grades, growth, leave, own, pay, preview, roster

app_name = "staff"
urlpatterns = [
    *appraisal.urlpatterns,
    *attendance.urlpatterns,
    *forecast.urlpatterns,
    *funds.urlpatterns,
    *grades.urlpatterns,
    *growth.urlpatterns,
    *leave.urlpatterns,
    *own.urlpatterns,
    *pay.urlpatterns,
    *preview.urlpatterns,
    *roster.urlpatterns,
]
