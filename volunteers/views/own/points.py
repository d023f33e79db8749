"""A volunteer's own points: balance, statement, donating; and the ranking that everybody may see."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common import profile
from common.months import last_day
from common.pages import FormPage, PublicMixin
from common.reporting.files import download
from volunteers import own_sections
from volunteers.exports.points import statement_sheet
from volunteers.forms.points import DonationForm, RankingForm, periods
from volunteers.models import Volunteer
from volunteers.own import SESSION, OwnMixin, back_to
from volunteers.own_sections import OwnLink
from volunteers.selectors.points import accounts_of, ranking
from volunteers.services.donations import donate
from volunteers.views.points import chosen_statement


class OwnPoints(OwnMixin, View):
    """What there is of each kind of points, and the movements of a year."""

    def get(self, request: HttpRequest) -> HttpResponse:
        context = {"page_title": "我的积分", **chosen_statement(request, self.volunteer)}
        return render(request, "volunteers/own/points.html", context)


class OwnStatementFile(OwnMixin, View):
    def get(self, request: HttpRequest, file_format: str) -> HttpResponse:
        found = chosen_statement(request, self.volunteer)["statement"]
        if found is None:
            raise Http404("您还没有积分。")
        return download(statement_sheet(found, timezone.now()), file_format)


class DonateView(OwnMixin, FormPage):
    form_class = DonationForm
    template_name = "volunteers/own/form.html"
    page_title = "捐赠积分"
    page_lead = "可以捐给邻居，也可以捐入社区的爱心积分池。捐赠后不能自己撤回。"
    submit_label = "捐赠"
    success_message = "已捐赠，谢谢您的爱心。"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form()
        assert isinstance(form, DonationForm)
        if form.kinds:
            return self.show(form)
        return render(
            request, "volunteers/own/nothing_to_donate.html", {"page_title": self.page_title, **self.context()}
        )

    def form_arguments(self) -> dict[str, Any]:
        return {"volunteer": self.volunteer}

    def perform(self, form: forms.BaseForm) -> Any:
        return donate(volunteer=self.volunteer, request_key=self.submission, **form.cleaned_data)

    def context(self) -> dict[str, Any]:
        return back_to("我的积分", "own-points")

    def next_url(self, result: Any) -> str:
        return reverse("volunteers:own-points")


class RankingView(PublicMixin, View):
    """Who earned most in a month or a year: nicknames of those who have agreed (志愿服务条例 art. 20)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        form = RankingForm(request.GET)
        if not form.is_valid():
            raise Http404("没有这个排行，请重新选择。")
        unit = form.cleaned_data["unit"]
        programme = form.cleaned_data["programme"] or form.fields["programme"].queryset.first()  # type: ignore[attr-defined]
        period = form.cleaned_data["period"] or periods()[0][0]
        first, last = days_of(period)
        rows = ranking(unit, programme, first, last) if programme is not None else []
        context = {
            "page_title": "志愿者积分排行",
            "page_lead": "只显示同意公开展示的志愿者的昵称；在“我的资料”里可以随时同意或取消。",
            "form": RankingForm(
                {"unit": unit.pk if unit else "", "programme": programme.pk if programme else "", "period": period}
            ),
            "rows": rows,
            "where": unit.name if unit else profile.current().name,
            "words": dict(periods())[period],
        }
        if SESSION in request.session:  # the page is everybody's; the way back is the volunteer's
            context |= back_to("我的积分", "own-points")
        return render(request, "volunteers/points/ranking.html", context)


def days_of(period: str) -> tuple[date, date]:
    """First and last day of ``2026`` or ``2026-11``."""
    if "-" not in period:
        return date(int(period), 1, 1), date(int(period), 12, 31)
    year, month = (int(part) for part in period.split("-"))
    first = date(year, month, 1)
    return first, last_day(first)


def _held(volunteer: Volunteer) -> str:
    """``12.50 分``, or each kind's when there are several."""
    accounts = [account for account in accounts_of(volunteer) if account.balance]
    if not accounts:
        return "0 分"
    if len(accounts) == 1:
        return f"{accounts[0].balance or Decimal(0):,.2f} 分"
    return "，".join(f"{account.programme} {account.balance or Decimal(0):,.2f} 分" for account in accounts)


own_sections.register_link("points", 40, OwnLink("我的积分", "volunteers:own-points", "coin", note=_held))
