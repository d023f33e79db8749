"""Signing in, being locked out, signing out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.demo_accounts import demo_accounts
from accounts.forms import SignInForm
from accounts.models import User
from accounts.passwords import days_left
from accounts.selectors import lock_opens_at
from accounts.services import access
from accounts.sessions import WAS_IN_COOKIE, WAS_IN_SECONDS
from common.errors import Invalid
from common.pages.access import PublicMixin, may_enter, public
from common.pages.forms import FormPage

WRONG = "用户名或密码不正确，请检查后重试。连续输错 5 次，账号将锁定 30 分钟。"
TOO_LONG = "您已超过 {minutes} 分钟没有操作，为了安全已自动退出，请重新登录。"
AGES_SOON = "您的密码将在 {days} 天后过期，请尽快在“我的账号”中更改。"


@method_decorator([never_cache, sensitive_post_parameters("password")], name="dispatch")
class SignInView(PublicMixin, FormPage):
    form_class = SignInForm
    template_name = "accounts/sign_in.html"
    page_title = "登录"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if may_enter(request.user):
            return HttpResponseRedirect(self.next_url(request.user))
        response = super().get(request, *args, **kwargs)
        response.delete_cookie(WAS_IN_COOKIE, samesite="Lax")
        return response

    def perform(self, form: Any) -> User:
        user = access.sign_in(request=self.request, **form.cleaned_data)
        if user is None:
            raise Invalid(WRONG)
        days = days_left(user)
        if days is not None and days >= 0 and not user.must_change_password:
            messages.warning(self.request, AGES_SOON.format(days=days + 1))
        return user

    def next_url(self, result: Any) -> str:
        """The page asked for before, if it is one of this site's."""
        target = self._target()
        if target and url_has_allowed_host_and_scheme(
            target, {self.request.get_host()}, require_https=self.request.is_secure()
        ):
            return target
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def _target(self) -> str:
        return self.request.POST.get("next") or self.request.GET.get("next", "")

    def leave(self, url: str) -> HttpResponse:
        response = super().leave(url)
        response.set_cookie(
            WAS_IN_COOKIE, "1", max_age=WAS_IN_SECONDS, httponly=True, secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )  # fmt: skip
        return response

    def context(self) -> dict[str, Any]:
        expired = self.request.COOKIES.get(WAS_IN_COOKIE) == "1" and self.request.method == "GET"
        return {
            "next": self._target(),
            "expired": TOO_LONG.format(minutes=settings.SESSION_COOKIE_AGE // 60) if expired else "",
            "demo_accounts": demo_accounts(),
        }


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """Instead of the sign-in page once a name is locked (``AXES_LOCKOUT_CALLABLE``): says when it opens again."""
    username = (credentials or {}).get("username") or ""
    opens_at = lock_opens_at(username)
    context = {
        "page_title": "账号已锁定",
        "username": username,
        "opens_at": opens_at,
        "limit": settings.AXES_FAILURE_LIMIT,
    }
    locked = render(request, "accounts/locked_out.html", context, status=429)
    if opens_at is not None:
        locked["Retry-After"] = str(max(1, int((opens_at - timezone.now()).total_seconds())))
    return locked


@require_POST
@never_cache
@public
def sign_out(request: HttpRequest) -> HttpResponse:
    """Works for whoever is signed in; for anybody else there is nothing to do."""
    access.sign_out(request=request)
    messages.success(request, "您已安全退出。")
    response = HttpResponseRedirect(resolve_url(settings.LOGOUT_REDIRECT_URL))
    response.delete_cookie(WAS_IN_COOKIE, samesite="Lax")
    return response
