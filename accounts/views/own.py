"""One's own account: password, roles, tokens, recent sign-ins."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import selectors
from accounts.forms import PasswordForm, TokenForm
from accounts.models import ApiToken, User
from accounts.passwords import days_left, expires_at, is_due
from accounts.services.passwords import password_change
from accounts.services.tokens import api_token_create, api_token_revoke
from common.pages.access import SignedInMixin, signed_in
from common.pages.forms import ScopedFormView
from common.timeline import entries

OWN = "我的账号"


def _me(request: HttpRequest) -> User:
    """The person behind a request that has passed the sign-in check."""
    assert isinstance(request.user, User)
    return request.user


class OwnAccountView(SignedInMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        user = _me(request)
        context = {
            "page_title": OWN,
            "breadcrumbs": ((OWN, None),),
            "roles": user.current_roles,
            "tokens": selectors.tokens_of(user),
            "sign_ins": entries(selectors.own_sign_ins(user)),
            "password_days": days_left(user),
            "password_until": expires_at(user),
        }
        return render(request, "accounts/own_account.html", context)


@method_decorator([never_cache, sensitive_post_parameters("old", "new", "again")], name="dispatch")
class PasswordView(ScopedFormView):
    """The one page that somebody with a one-time or too old password can open."""

    form_class = PasswordForm
    template_name = "accounts/password.html"
    page_title = "更改密码"
    submit_label = "更改密码"
    success_message = "密码已更改，其他地方的登录已全部退出。"
    success_url = "accounts:own"

    def perform(self, form: Any) -> Any:
        user = password_change(user=_me(self.request), old=form.cleaned_data["old"], new=form.cleaned_data["new"])
        update_session_auth_hash(self.request, user)  # this browser stays signed in, under a new session key
        return user

    def context(self) -> dict[str, Any]:
        due = is_due(_me(self.request))
        return {
            "due": due,
            "one_time": _me(self.request).must_change_password,
            "rules": password_validators_help_texts(),
            "cancel_url": "" if due else reverse("accounts:own"),
            "breadcrumbs": ((OWN, None if due else reverse("accounts:own")), (self.page_title, None)),
        }


@method_decorator(never_cache, name="dispatch")
class TokenCreateView(ScopedFormView):
    """The secret is on the answer of this very request and nowhere else."""

    form_class = TokenForm
    page_title = "建立接口令牌"
    page_lead = "令牌代表您本人调用接口，请只交给可信的系统，用完及时撤销。"
    submit_label = "建立"
    cancel_url = "accounts:own"
    breadcrumbs = ((OWN, "/account"), (page_title, None))

    def perform(self, form: Any) -> Any:
        return api_token_create(user=_me(self.request), **form.cleaned_data)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.made: tuple[ApiToken, str] | None = None
        return super().post(request, *args, **kwargs)

    def next_url(self, result: Any) -> str:
        self.made = result
        return reverse("accounts:own")

    def leave(self, url: str) -> HttpResponse:
        assert self.made is not None
        token, secret = self.made
        context = {
            "page_title": "令牌已建立",
            "breadcrumbs": ((OWN, url), ("令牌已建立", None)),
            "token": token,
            "secret": secret,
        }
        return render(self.request, "accounts/token_created.html", context)


@require_POST
@signed_in
def token_revoke(request: HttpRequest, key: str) -> HttpResponse:
    token = ApiToken.objects.filter(user=request.user, token_key=key).first()
    if token is None:
        raise Http404("这个令牌已经撤销或到期。")
    api_token_revoke(token=token, actor=request.user)
    messages.success(request, f"已撤销令牌“{token.name}”，使用它的系统不能再调用接口。")
    return HttpResponseRedirect(reverse("accounts:own"))
