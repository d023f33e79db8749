"""Idle time-out, the page that a person with an old or one-time password is led to, and what log lines carry."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_structlog.middlewares import RequestMiddleware

from accounts.addresses import client_ip
from accounts.passwords import is_due
from accounts.sessions import extend
from common.views import error_response

OPEN_PAGES = frozenset({"accounts:password", "accounts:sign-out", "common:menu-counts"})
MUST_CHANGE = "您的密码须先更改，才能继续使用。请在网页上登录后更改密码。"

View = Callable[..., HttpResponse]


class LogMiddleware(RequestMiddleware):
    """Request id and address on every log line, the person too once something went wrong.

    The address is the one of the audit list. Nothing is made of the lines that say only that a request
    began or ended well: they are below the level that is written.
    """

    def prepare(self, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(request_id=str(uuid.uuid4()), ip=client_ip(request))

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        if response.status_code < 400 and not response.streaming:
            structlog.contextvars.clear_contextvars()
        else:
            super().handle_response(request, response)


class SessionMiddleware:
    """Keep the session of somebody who is working; end it after ``SESSION_COOKIE_AGE`` idle seconds."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            extend(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        """Lead to the password page whoever must change the password; public pages stay open."""
        if not request.user.is_authenticated or not is_due(request.user):
            return None
        match = request.resolver_match
        if (match is not None and match.view_name in OPEN_PAGES) or _is_public(view):
            return None
        return _to_password_page(request)


def _is_public(view: View) -> bool:
    return getattr(getattr(view, "view_class", view), "access", "") == "public"


def _to_password_page(request: HttpRequest) -> HttpResponse:
    target = reverse("accounts:password")
    if request.path_info.startswith("/api/"):
        return error_response(request, 403, MUST_CHANGE, code="password_expired")
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
        response["HX-Redirect"] = target
        return response
    return HttpResponseRedirect(target)
