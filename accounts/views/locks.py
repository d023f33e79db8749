"""Locked user names, for the security administrator."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from accounts import permissions, selectors
from accounts.services.access import unlock
from common.pages.access import SignedInMixin

TITLE = "账号锁定"


class LocksView(SignedInMixin, View):
    permission = permissions.POLICY_MANAGE

    def get(self, request: HttpRequest) -> HttpResponse:
        context = {
            "page_title": TITLE,
            "page_lead": "连续登录失败的用户名会自动锁定，到时自动解除；确认是本人后可以提前解除。",
            "breadcrumbs": ((TITLE, None),),
            "locks": selectors.locks(),
        }
        return render(request, "accounts/locks.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        username = request.POST.get("username", "")
        unlock(username=username, actor=request.user)
        messages.success(request, f"已解除“{username}”的锁定，现在可以再次登录。")
        return HttpResponseRedirect(reverse("accounts:locks"))
