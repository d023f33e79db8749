"""Addresses of volunteers and teams."""

from __future__ import annotations

from django.urls import URLPattern, path

from volunteers.views import people, teams

urlpatterns: list[URLPattern] = [
    path("volunteers/people/", people.VolunteerList.as_view(), name="volunteers"),
    path("volunteers/people/new/", people.SignUp.as_view(), name="volunteer-create"),
    path("volunteers/people/<int:pk>/", people.VolunteerView.as_view(), name="volunteer"),
    path("volunteers/people/<int:pk>/code/", people.CodeView.as_view(), name="volunteer-code"),
    path("volunteers/people/<int:pk>/change/", people.ChangeVolunteer.as_view(), name="volunteer-change"),
    path("volunteers/people/<int:pk>/reveal/<str:field>/", people.RevealView.as_view(), name="volunteer-reveal"),
    path("volunteers/people/<int:pk>/do/<str:action>/", people.VolunteerActionView.as_view(), name="volunteer-act"),
    path("volunteers/teams/", teams.TeamList.as_view(), name="teams"),
    path("volunteers/teams/new/", teams.CreateTeam.as_view(), name="team-create"),
    path("volunteers/teams/<int:pk>/", teams.TeamView.as_view(), name="team"),
    path("volunteers/teams/<int:pk>/change/", teams.ChangeTeam.as_view(), name="team-change"),
    path("volunteers/teams/<int:pk>/join/", teams.JoinTeam.as_view(), name="team-join"),
    path("volunteers/teams/<int:pk>/leader/", teams.LeadTeam.as_view(), name="team-lead"),
    path("volunteers/teams/<int:pk>/close/", teams.CloseTeam.as_view(), name="team-close"),
    path(
        "volunteers/teams/<int:pk>/members/<int:membership>/remove/",
        teams.RemoveMember.as_view(),
        name="team-remove",
    ),
]
