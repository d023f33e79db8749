"""Who is behind a volunteer's own pages: a session opened with number (or phone) and personal code.

It is no account: nothing but the volunteer's own rows can be reached with it. So it may last longer than an
account's: the pages stay open ``OWN_SESSION_HOURS``, but not beyond the day, for a volunteer signs in at a
door with a phone that was in the pocket for hours. Where somebody is signed in, the account's idle time rules.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from common.pages import PublicMixin
from volunteers.models import Volunteer
from volunteers.services.own import MAY_ENTER

SESSION = "volunteers_own"


def enter(request: HttpRequest, volunteer: Volunteer) -> None:
    """Open the own pages for this browser. A code issued anew closes them again."""
    request.session.cycle_key()
    until = _until(timezone.now())
    request.session[SESSION] = [volunteer.pk, _stamp(volunteer), int(until.timestamp())]
    if not request.user.is_authenticated:  # an account keeps its idle time
        request.session.set_expiry(until)


def _until(now: datetime) -> datetime:
    """When pages opened now are closed: with the day; just before midnight they have an account's idle time."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(now) + timedelta(days=1), time.min))
    longest = now + timedelta(hours=settings.OWN_SESSION_HOURS)
    return min(longest, max(midnight, now + timedelta(seconds=settings.SESSION_COOKIE_AGE)))


def leave(request: HttpRequest) -> None:
    """Close the own pages; a session that carries nothing else goes with them."""
    if request.user.is_authenticated:
        request.session.pop(SESSION, None)
    else:
        request.session.flush()


def volunteer_of(request: HttpRequest) -> Volunteer | None:
    """The volunteer whose code was entered in this browser, as long as the code holds."""
    kept = request.session.get(SESSION)
    if not kept or len(kept) < 3 or kept[2] <= timezone.now().timestamp():  # an older one has no end
        return None
    volunteer = Volunteer.objects.filter(pk=kept[0], state__in=MAY_ENTER).select_related("unit").first()
    return volunteer if volunteer is not None and kept[1] == _stamp(volunteer) else None


def back_to(label: str, url_name: str, *args: Any) -> dict[str, Any]:
    """Context of the link above the title, when the page before is not the first one."""
    return {"back": {"label": label, "url": reverse(f"volunteers:{url_name}", args=args)}}


def _stamp(volunteer: Volunteer) -> str:
    return bytes(volunteer.access_hash or b"").hex()[:16]


class OwnMixin(PublicMixin):
    """A page of the volunteer who has entered their code; anybody else is asked for it first."""

    volunteer: Volunteer

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        found = volunteer_of(request)
        if found is None:
            return self._ask(request)
        self.volunteer = found
        request.own_volunteer = found  # type: ignore[attr-defined]
        response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        response["Cache-Control"] = "no-store"
        return response

    def _ask(self, request: HttpRequest) -> HttpResponse:
        query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
        return redirect(f"{reverse('volunteers:own-enter')}{'?' + query if query else ''}")
