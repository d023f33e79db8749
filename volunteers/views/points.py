"""Points for the office: overview, accounts and statements, entries, and what two people decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import F, QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common.models import Job
from common.pages import (
    ScopedDetailView,
    ScopedFormView,
    ScopedObjectMixin,
    SignedInMixin,
    require,
)
from common.reporting.files import download
from common.reporting.jobs import start_export
from common.scope import scope_of
from grid import policies
from grid.choices import Level
from grid.models import Unit
from grid.selectors import top_units
from volunteers import permissions
from volunteers.exports.points import YearlyStatements, statement_sheet
from volunteers.forms.points import OverviewForm, YearlyForm
from volunteers.models import Programme, Volunteer
from volunteers.selectors.figures import path_length, points_of
from volunteers.selectors.points import ZERO, accounts_of, statement, years_of
from volunteers.services.points import may_redeem, served_hours

OVERVIEW = "积分总览"
FIGURES = {"issued": "发放", "redeemed": "兑换", "expired": "到期", "outstanding": "结余"}


# --- overview


def _levels(user: Any) -> list[tuple[int, str]]:
    """Levels by which the person's area can be divided: those below their highest seat, and its own."""
    highest = min((grant.level or 9 for grant in scope_of(user).holding(permissions.VIEW).grants), default=9)
    return [
        (int(level), policies.level_word(level)) for level in (Level.STREET, Level.COMMUNITY, Level.GRID)
        if level >= highest
    ]  # fmt: skip


class OverviewView(SignedInMixin, View):
    """What was issued, redeemed, lapsed and is outstanding: by kind of points, and by unit."""

    permission = permissions.VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        form = OverviewForm(request.GET, levels=_levels(request.user))
        context: dict[str, Any] = {
            "page_title": OVERVIEW,
            "page_lead": "按所属日期统计，冲正的已扣除；结余截至年末，本年截至今天。积分不是报酬，不得买卖。",
            "breadcrumbs": ((OVERVIEW, None),),
            "form": form,
            "may_export": scope_of(request.user).may(permissions.EXPORT),
        }
        status = 200
        if form.is_valid():
            context |= self._figures(form.cleaned_data["year"], form.cleaned_data["level"])
        else:
            status = 400
        return render(request, "volunteers/points/overview.html", context, status=status)

    def _figures(self, year: int, level: int) -> dict[str, Any]:
        first, last = date(year, 1, 1), date(year, 12, 31)
        user = self.request.user
        programmes = Programme.objects.visible_to(user)
        of_kind = dict(points_of(user, first, last, programmes, F("account__programme__key")))
        of_unit = dict(
            points_of(user, first, last, programmes, Left("account__volunteer__unit__path", path_length(level)))
        )
        units = {unit.path: unit for unit in Unit.objects.visible_to(user).filter(level=level)}
        return {
            "programmes": [(one, _shown(of_kind[one.key])) for one in programmes if one.key in of_kind],
            "units": [(unit, _shown(of_unit.get(path, {}))) for path, unit in sorted(units.items())],
            "rest": _added(figures for path, figures in of_unit.items() if path not in units),
            "total": _added(of_unit.values()),
            "columns": list(FIGURES.values()),
            "word": policies.level_word(level),
            "year": year,
        }


Shown = list[tuple[str, Decimal]]


def _shown(figures: Mapping[str, Any]) -> Shown:
    """The figures with their words, in order."""
    return [(label, figures.get(name) or ZERO) for name, label in FIGURES.items()]


def _added(rows: Iterable[Mapping[str, Any]]) -> Shown:
    """The same, added up; nothing without rows."""
    found = list(rows)
    return [(label, sum((row.get(name) or ZERO for row in found), ZERO)) for name, label in FIGURES.items() if found]


# --- accounts and statements


class AccountPage(ScopedDetailView):
    """A volunteer's points: what there is of each kind, and this year's statement or an earlier one's."""

    model = Volunteer
    permission = permissions.VIEW
    template_name = "volunteers/points/account.html"
    object: Volunteer

    def rows(self, queryset: QuerySet[Volunteer]) -> QuerySet[Volunteer]:
        return queryset.select_related("unit")

    def title(self) -> str:
        return f"{self.object.number} 的积分"

    def trail(self) -> list[tuple[str, str | None]]:
        return [(OVERVIEW, reverse("volunteers:points-overview"))]

    def context(self) -> dict[str, Any]:
        shown = chosen_statement(self.request, self.object)
        scope = scope_of(self.request.user)
        return {
            **shown,
            "unit": self.object.unit,
            "hours": served_hours(self.object),
            "may_propose": scope.may(permissions.POINTS),
            "may_export": scope.may(permissions.EXPORT),
        }


def chosen_statement(request: HttpRequest, volunteer: Volunteer) -> dict[str, Any]:
    """The statement that the address asks for (``?programme=&year=``), and what else there is to choose."""
    accounts, years = accounts_of(volunteer), years_of(volunteer)
    account = next((one for one in accounts if str(one.programme_id) == request.GET.get("programme")), None)
    account = account or next(iter(accounts), None)
    year = next((one for one in years if str(one) == request.GET.get("year")), years[0])
    if account is None:
        return {"accounts": [], "years": years, "year": year, "statement": None, "redeem": None}
    return {
        "accounts": accounts,
        "years": years,
        "year": year,
        "account": account,
        "statement": statement(volunteer, account.programme, year),
        "redeem": may_redeem(volunteer, account.programme, timezone.localdate()),
    }


class StatementFile(ScopedObjectMixin, View):
    """A volunteer's statement as a file."""

    model = Volunteer
    permission = permissions.EXPORT
    object_permission = permissions.EXPORT

    def get(self, request: HttpRequest, pk: int, file_format: str) -> HttpResponse:
        return statement_download(request, self.get_object(), file_format)


def statement_download(request: HttpRequest, volunteer: Volunteer, file_format: str) -> HttpResponse:
    found = chosen_statement(request, volunteer)["statement"]
    if found is None:
        return HttpResponseRedirect(reverse("volunteers:points-account", args=[volunteer.pk]))
    return download(statement_sheet(found, timezone.now()), file_format)


class YearlyView(ScopedFormView):
    """Start the yearly statements of a unit."""

    permission = permissions.EXPORT
    form_class = YearlyForm
    page_title = "年度对账单"
    page_lead = "一个单位全部志愿者的年初余额、各项变动和年末余额，每人每种积分一行。"
    submit_label = "生成"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "own": top_units(self.request.user).first()}

    def perform(self, form: forms.BaseForm) -> Job:
        require(self.request.user, permissions.EXPORT)
        raw = {name: form.data.get(name, "") for name in form.fields}
        actor = self.request.user
        key = f"{YearlyStatements.key}:{actor.pk}:{self.submission}"
        return start_export(report_key=YearlyStatements.key, actor=actor, params=raw, unique_key=key)

    def next_url(self, result: Job) -> str:
        return reverse("common:job", args=[result.pk])

    def context(self) -> dict[str, Any]:
        trail = ((OVERVIEW, reverse("volunteers:points-overview")), (self.page_title, None))
        return {"breadcrumbs": trail, "cancel_url": reverse("volunteers:points-overview")}
