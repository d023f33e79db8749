"""Who may open a page at all. Every view says one of two things: signed in, or public."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers

from common.errors import Refused
from common.permissions import label_of
from common.scope import scope_of

NOWHERE_KEPT = "max-age=0, no-cache, no-store, must-revalidate, private"  # as ``add_never_cache_headers`` has it
View = TypeVar("View", bound=Callable[..., HttpResponse])


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a visitor to the sign-in page and back afterwards; htmx is told to move the whole page."""
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
        response["HX-Redirect"] = resolve_url(settings.LOGIN_URL)
        return response
    return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))


def _kept_private(response: HttpResponse) -> HttpResponse:
    """No copy stays in the browser: the next person at a shared desk finds nothing with the back button."""
    if response.has_header("Cache-Control"):
        add_never_cache_headers(response)
    else:
        response["Cache-Control"] = NOWHERE_KEPT
    return response


def may_enter(user: Any) -> bool:
    return bool(getattr(user, "is_authenticated", False) and user.is_active)


def signed_in(view: View) -> View:
    """Decorate a function view: signed-in people only."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_enter(request.user):
            return to_sign_in(request)
        return _kept_private(view(request, *args, **kwargs))

    inner.access = "signed_in"  # type: ignore[attr-defined]
    return inner  # type: ignore[return-value]


def public(view: View) -> View:
    """Mark a function view as open to people without an account."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def require(user: Any, *permissions: str) -> None:
    """Raise :class:`Refused` with the reason unless the user holds one of the permissions somewhere."""
    if not permissions or any(scope_of(user).may(permission) for permission in permissions):
        return
    wanted = "”或“".join(label_of(permission) for permission in permissions)
    raise Refused(f"您的岗位没有“{wanted}”的权限，如有需要请联系系统管理员。")


class SignedInMixin:
    """Class views for people with an account; ``permission`` (one, or any of several) opens the page."""

    access = "signed_in"
    permission: str | tuple[str, ...] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_enter(request.user):
            return to_sign_in(request)
        require(request.user, *self.permissions())
        return _kept_private(super().dispatch(request, *args, **kwargs))  # type: ignore[misc]

    def permissions(self) -> tuple[str, ...]:
        return (self.permission,) if isinstance(self.permission, str) else tuple(self.permission)


class PublicMixin:
    """Class views for everybody. Naming it is the only way to make a page public."""

    access = "public"
