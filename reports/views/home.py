"""The first page after signing in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views import View

from common.pages import SignedInMixin
from reports.home import sections_for

WEEKDAYS = "一二三四五六日"


class HomeView(SignedInMixin, View):
    """What waits for this person, and how their area stands."""

    def get(self, request: HttpRequest) -> HttpResponse:
        today = timezone.localdate()
        user: Any = request.user  # signed in
        context = {
            "page_title": "我的工作台",
            "page_lead": f"{user.caption}，{today:%Y年%-m月%-d日} 星期{WEEKDAYS[today.weekday()]}",
            "sections": sections_for(user),
        }
        return render(request, "reports/home.html", context)
