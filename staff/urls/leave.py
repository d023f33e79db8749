"""Addresses of leave; a worker's own start with ``staff/me/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from staff.views import leave, own_leave

urlpatterns: list[URLPattern] = [
    path("staff/leave/", leave.LeaveList.as_view(), name="leaves"),
    path("staff/leave/new/", leave.EnterLeave.as_view(), name="leave-enter"),
    path("staff/leave/calendar/", leave.LeaveCalendar.as_view(), name="leave-calendar"),
    path("staff/leave/<int:pk>/", leave.LeavePage.as_view(), name="leave"),
    path("staff/leave/<int:pk>/<slug:action>/", leave.LeaveAction.as_view(), name="leave-act"),
    path("staff/me/leave/", own_leave.OwnLeave.as_view(), name="own-leave"),
    path("staff/me/leave/ask/", own_leave.AskLeave.as_view(), name="own-leave-ask"),
    path("staff/me/leave/look/", own_leave.LookAtLeave.as_view(), name="own-leave-look"),
    path("staff/me/leave/<int:pk>/withdraw/", own_leave.WithdrawLeave.as_view(), name="own-leave-withdraw"),
]
