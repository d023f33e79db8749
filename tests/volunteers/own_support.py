"""A browser in which a volunteer has entered their code."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from volunteers import own
from volunteers.models import Volunteer


def session_of(volunteer: Volunteer) -> str:
    """The key of a session opened by the volunteer's code."""
    request = RequestFactory().get("/")
    request.session, request.user = Client().session, AnonymousUser()
    own.enter(request, volunteer)
    request.session.save()
    return str(request.session.session_key)


def phone_of(volunteer: Volunteer) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session_of(volunteer)
    return client
