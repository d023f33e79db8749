"""Addresses of attendance; a worker's own start with ``staff/me/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from staff.views import attendance, own_growth

urlpatterns: list[URLPattern] = [
    path("staff/attendance/", attendance.Board.as_view(), name="attendance"),
    path("staff/attendance/month/", attendance.MonthView.as_view(), name="attendance-month"),
    path("staff/attendance/people/<int:pk>/<str:day>/", attendance.Mark.as_view(), name="attendance-mark"),
    path("staff/attendance/screen/<int:pk>/", attendance.Screen.as_view(), name="attendance-screen"),
    path("staff/attendance/code/<int:pk>/", attendance.ScreenCode.as_view(), name="attendance-code"),
    path("staff/attendance/sheets/", attendance.SheetList.as_view(), name="attendance-sheets"),
    path("staff/attendance/sheets/close/", attendance.Close.as_view(), name="attendance-close"),
    path("staff/attendance/sheets/<int:pk>/", attendance.SheetPage.as_view(), name="attendance-sheet"),
    path(
        "staff/attendance/sheets/<int:pk>/do/<slug:action>/", attendance.SheetAct.as_view(), name="attendance-sheet-act"
    ),
    path("staff/attendance/totals/", attendance.TotalList.as_view(), name="attendance-totals"),
    path("staff/me/attendance/", own_growth.OwnAttendance.as_view(), name="own-attendance"),
    path("staff/me/attendance/sign/", own_growth.SignDay.as_view(), name="own-attendance-sign"),
    path("staff/me/attendance/<str:token>/", own_growth.OwnDaySign.as_view(), name="own-day-sign"),
]
