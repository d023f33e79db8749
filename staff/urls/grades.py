"""Addresses of grades."""

from __future__ import annotations

from django.urls import URLPattern, path

from staff.views import grades, grading

urlpatterns: list[URLPattern] = [
    path("staff/grades/", grades.GradeList.as_view(), name="grades"),
    path("staff/grades/ungraded/", grades.UngradedList.as_view(), name="ungraded"),
    path("staff/grades/batch/", grading.BatchGrading.as_view(), name="grading"),
    path("staff/people/<int:pk>/grades/", grades.WorkerGrades.as_view(), name="worker-grades"),
    path("staff/people/<int:pk>/grades/first/", grades.GiveFirstGrade.as_view(), name="grade-first"),
    path("staff/people/<int:pk>/grades/regrade/", grades.Regrade.as_view(), name="regrade"),
    path("staff/people/<int:pk>/grades/correct/", grades.CorrectGrade.as_view(), name="grade-correct"),
]
