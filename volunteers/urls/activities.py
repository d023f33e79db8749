"""Addresses of activities and service records."""

from __future__ import annotations

from django.urls import URLPattern, path

from volunteers.views import activities, attendance, records
from volunteers.views.own import activities as own
from volunteers.views.own import hours as own_hours

urlpatterns: list[URLPattern] = [
    path("volunteers/activities/", activities.ActivityList.as_view(), name="activities"),
    path("volunteers/activities/new/", activities.CreateActivity.as_view(), name="activity-create"),
    path("volunteers/activities/regular/", activities.PlanRegularDay.as_view(), name="activity-plan"),
    path("volunteers/activities/<int:pk>/", activities.ActivityPage.as_view(), name="activity"),
    path("volunteers/activities/<int:pk>/change/", activities.ChangeActivity.as_view(), name="activity-change"),
    path(
        "volunteers/activities/<int:pk>/act/<slug:action>/",
        activities.ActivityActionView.as_view(),
        name="activity-act",
    ),
    path("volunteers/activities/<int:pk>/screen/", attendance.SignScreen.as_view(), name="sign-screen"),
    path("volunteers/activities/<int:pk>/screen/code/", attendance.SignCode.as_view(), name="sign-code"),
    path("volunteers/activities/<int:pk>/people/", attendance.AttendanceList.as_view(), name="attendance"),
    path("volunteers/activities/<int:pk>/people/add/", attendance.AddPerson.as_view(), name="attendance-add"),
    path("volunteers/activities/<int:pk>/people/out/", attendance.SignOutAll.as_view(), name="attendance-out"),
    path("volunteers/activities/<int:pk>/hours/", attendance.ConfirmHours.as_view(), name="activity-confirm"),
    path("volunteers/participations/<int:pk>/mark/<slug:verb>/", attendance.Mark.as_view(), name="participation-mark"),
    path("volunteers/participations/<int:pk>/correct/", attendance.Correct.as_view(), name="participation-correct"),
    path("volunteers/participations/<int:pk>/hours/", attendance.CorrectHours.as_view(), name="participation-hours"),
    path(
        "volunteers/participations/<int:pk>/answer/", attendance.AnswerObjection.as_view(), name="participation-answer"
    ),
    path("volunteers/records/", records.RecordList.as_view(), name="records"),
    path("volunteers/records/<int:pk>/void/", records.VoidRecord.as_view(), name="record-void"),
    path("volunteers/records/<int:pk>/answer/", records.AnswerRecord.as_view(), name="record-answer"),
    path("volunteers/records/<int:pk>/correct/", records.CorrectRecord.as_view(), name="record-correct"),
    path("activities-open/", own.OpenActivities.as_view(), name="open-activities"),
    path("activities-open/<int:pk>/", own.OpenActivity.as_view(), name="open-activity"),
    path("my/activities/", own.OwnActivities.as_view(), name="own-activities"),
    path("my/activities/joined/", own.OwnJoined.as_view(), name="own-joined"),
    path("my/activities/<int:pk>/", own.OwnActivity.as_view(), name="own-activity"),
    path("my/participations/<int:pk>/leave/", own.Leave.as_view(), name="own-leave-activity"),
    path("my/participations/<int:pk>/read/", own.ReadNotice.as_view(), name="own-notice-read"),
    path("my/participations/<int:pk>/object/", own_hours.Object.as_view(), name="own-object"),
    path("my/records/<int:pk>/object/", own_hours.ObjectToRecord.as_view(), name="own-record-object"),
    path("my/sign/<str:token>/", own.OwnSign.as_view(), name="own-sign"),
    path("my/hours/", own_hours.OwnHours.as_view(), name="own-hours"),
]
