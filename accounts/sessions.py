"""How long a sign-in lasts: ``settings.SESSION_COOKIE_AGE`` seconds after the last thing the person did."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

SEEN = "seen"
# Tells the sign-in page that this browser was signed in, so that it can say why it is not any more.
WAS_IN_COOKIE = "gw_was_in"
WAS_IN_SECONDS = 12 * 3600
# A page costs no write: the session is extended when a minute has passed since the last time.
REFRESH_SECONDS = 60


def extend(request: HttpRequest) -> None:
    """Move the end of the session, at most once a minute."""
    now = int(timezone.now().timestamp())
    if now - request.session.get(SEEN, 0) >= min(REFRESH_SECONDS, settings.SESSION_COOKIE_AGE // 2):
        request.session[SEEN] = now
