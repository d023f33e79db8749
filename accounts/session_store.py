"""Sessions in the database (``SESSION_ENGINE``)."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from common.prepared import Prepared

_BY_KEY = Prepared(lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now))


class SessionStore(db.SessionStore):
    """Django's own; every page loads one, so it is looked up with a prepared statement."""

    def _get_session_from_db(self) -> Session | None:
        session = _BY_KEY.get(key=self.session_key, now=timezone.now())
        if session is None:
            self._session_key = None
        return session
