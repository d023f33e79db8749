"""Points for the office: overview, accounts and statements, entries, and what two people decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
from django.utils.html import format_html
from django.views import View

from common.models import Job
from common.pages import (
    ActionView,
    CreateView,
    ScopedDetailView,
    ScopedFormView,
    ScopedObjectMixin,
    SignedInMixin,
    require,
)
from common.reporting.files import download
from common.reporting.jobs import start_export
from common.scope import scope_of
from common.timeline import timeline_of
from common.workflow import Action
from grid import policies
from grid.choices import Level
from grid.models import Unit
from grid.selectors import top_units
from volunteers import permissions
from volunteers.choices import COLOURS, EntryKind, RequestState
from volunteers.exports.points import YearlyStatements, statement_sheet
from volunteers.forms.points import AdjustmentForm, GrantForm, ItemForm, OverviewForm, ReversalForm, YearlyForm
from volunteers.models import Entry, PointsRequest, Programme, Volunteer
from volunteers.rules import member_rule
from volunteers.selectors.figures import path_length, points_of
from volunteers.selectors.points import ZERO, accounts_of, sides_of, signed, statement, with_sides, years_of
from volunteers.services.points import may_redeem, served_hours
from volunteers.services.points_requests import adjustment_propose, grant_propose, item_propose, reversal_propose
from volunteers.workflow.points import POINTS_FLOW

OVERVIEW, REQUESTS, ENTRIES = "积分总览", "积分调整", "积分明细"
FIGURES = {"issued": "发放", "redeemed": "兑换", "expired": "到期", "outstanding": "年末结余"}


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
            "page_lead": "按所属日期统计，冲正的已扣除。积分不是报酬，不得买卖。",
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
        of_kind = dict(points_of(user, first, last, programmes, F("account__programme")))
        of_unit = dict(
            points_of(user, first, last, programmes, Left("account__volunteer__unit__path", path_length(level)))
        )
        units = {unit.path: unit for unit in Unit.objects.visible_to(user).filter(level=level)}
        return {
            "programmes": [(one, _shown(of_kind[one.pk])) for one in programmes if one.pk in of_kind],
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


# --- requests


class RequestPage(ScopedDetailView):
    model = PointsRequest
    permission = permissions.VIEW
    template_name = "volunteers/points/request.html"
    object: PointsRequest

    def rows(self, queryset: QuerySet[PointsRequest]) -> QuerySet[PointsRequest]:
        return queryset.select_related(
            "volunteer__unit", "programme", "proposed_by", "decided_by", "reverses", "record", "pool"
        )

    def title(self) -> str:
        return f"{self.object.get_kind_display()} {signed(self.object.amount)} 分"

    def trail(self) -> list[tuple[str, str | None]]:
        return [(REQUESTS, reverse("volunteers:points-requests"))]

    def context(self) -> dict[str, Any]:
        row = self.object
        return {
            "state_colour": COLOURS.get(row.state, "grey"),
            "buttons": [_button(row, action) for action in POINTS_FLOW.available(row, self.request.user)],
            "facts": list(self._facts()),
            "timeline": timeline_of(row),
        }

    def _facts(self) -> Iterator[tuple[Any, ...]]:
        row = self.object
        yield "志愿者", _account_link(row.volunteer)
        yield "所属单位", row.volunteer.unit
        yield "积分项目", row.programme
        yield "积分", signed(row.amount)
        yield "所属日期", f"{row.day:%Y-%m-%d}"
        if row.pool:
            yield "爱心积分池", row.pool
        if row.reverses:
            yield "冲正的分录", _entry_link(row.reverses)
        yield "提出人", row.proposed_by or "系统"
        yield "提出时间", f"{timezone.localtime(row.proposed_at):%Y-%m-%d %H:%M}"
        if row.decided_by:
            yield "复核人", row.decided_by
        if row.state == RequestState.POSTED:
            yield "入账的分录", _entry_link(row.entries.get())
        yield "理由", row.reason, "wide"
        if row.decision:
            yield "意见", row.decision, "wide"


def _button(request: PointsRequest, action: Action) -> dict[str, Any]:
    return {"action": action, "url": reverse("volunteers:points-request-act", args=[request.pk, action.name])}


def _account_link(volunteer: Volunteer) -> str:
    return format_html(
        '<a href="{}">{}</a>', reverse("volunteers:points-account", args=[volunteer.pk]), volunteer.number
    )


def _entry_link(entry: Entry) -> str:
    return format_html('<a href="{}">{}</a>', reverse("volunteers:points-entry", args=[entry.pk]), entry.reason)


class RequestAction(ActionView):
    model = PointsRequest
    permission = (permissions.POINTS, permissions.APPROVE_POINTS)
    workflow = POINTS_FLOW

    def rows(self, queryset: QuerySet[PointsRequest]) -> QuerySet[PointsRequest]:
        return queryset.select_related("volunteer__unit")


class ProposeView(CreateView):
    """Base of the proposals: a form, a service, and the request's own page."""

    permission = permissions.POINTS
    submit_label = "提交复核"
    success_message = "已提出，等待另一位同事复核。"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "initial": {"volunteer": self.request.GET.get("number", "")[:20]}}

    def context(self) -> dict[str, Any]:
        trail = ((REQUESTS, reverse("volunteers:points-requests")), (self.page_title, None))
        return {"breadcrumbs": trail, "cancel_url": reverse("volunteers:points-requests")}


class AdjustView(ProposeView):
    form_class = AdjustmentForm
    service = adjustment_propose
    page_title = "提出积分调整"
    page_lead = "漏记、错记的积分在这里补正。提出人不能自己复核。"


class ItemView(ProposeView):
    form_class = ItemForm
    service = item_propose
    page_title = "项目加分"
    page_lead = "按“党员积分项目”的分值计分，每半年有次数上限。"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not member_rule(timezone.localdate()).items:
            context = {"page_title": self.page_title, **self.context()}
            return render(request, "volunteers/points/no_items.html", context)
        return super().get(request, *args, **kwargs)


class GrantView(ProposeView):
    form_class = GrantForm
    service = grant_propose
    page_title = "积分池发放"
    page_lead = "用志愿者捐入爱心积分池的积分，帮助有困难的邻居。"

    def form_arguments(self) -> dict[str, Any]:
        return {**super().form_arguments(), "own": top_units(self.request.user).first()}


# --- entries


class EntryPage(ScopedDetailView):
    model = Entry
    permission = permissions.VIEW
    template_name = "volunteers/points/entry.html"
    object: Entry

    def rows(self, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return with_sides(queryset).select_related("reverses", "reversed_by", "policy", "request", "record")

    def title(self) -> str:
        return f"{self.object.get_kind_display()} {sides_of(self.object).amount:,.2f} 分"

    def trail(self) -> list[tuple[str, str | None]]:
        return [(ENTRIES, reverse("volunteers:points-entries"))]

    def context(self) -> dict[str, Any]:
        row = self.object
        undone = hasattr(row, "reversed_by")
        elsewhere = row.kind == EntryKind.REDEEM or (row.kind == EntryKind.EARN and row.record_id)
        may = scope_of(self.request.user).may(permissions.POINTS)
        return {
            "undone": undone,
            "facts": list(self._facts()),
            "may_reverse": may and not undone and not elsewhere and row.kind != EntryKind.REVERSE,
        }

    def _facts(self) -> Iterator[tuple[Any, ...]]:
        row = self.object
        sides = sides_of(row)
        yield "付出方", sides.source
        yield "收入方", sides.target
        yield "积分", f"{sides.amount:,.2f}"
        yield "积分项目", row.programme
        yield "所属日期", f"{row.day:%Y-%m-%d}"
        yield "入账时间", f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}"
        yield "经办人", row.actor or "本人或系统"
        if row.policy:
            yield "依据的规则", f"自 {row.policy.valid_from:%Y-%m-%d} 起的版本"
        if row.request:
            yield "积分调整", format_html('<a href="{}">{}</a>', row.request.get_absolute_url(), "查看复核经过")
        if row.reverses:
            yield "冲正的分录", _entry_link(row.reverses)
        if hasattr(row, "reversed_by"):
            yield "被冲正", _entry_link(row.reversed_by)
        yield "摘要", row.reason, "wide"


class ReverseView(ScopedObjectMixin, ScopedFormView):
    """Propose to undo an entry."""

    model = Entry
    permission = permissions.POINTS
    form_class = ReversalForm
    page_title = "提出冲正"
    page_lead = "复核通过后，系统记一笔相反的分录，原分录保留。"
    submit_label = "提交复核"
    success_message = "已提出冲正，等待另一位同事复核。"

    def perform(self, form: forms.BaseForm) -> PointsRequest:
        return reversal_propose(actor=self.request.user, entry=self.get_object(), **form.cleaned_data)

    def context(self) -> dict[str, Any]:
        entry = self.get_object()
        own = reverse("volunteers:points-entry", args=[entry.pk])
        trail = ((ENTRIES, reverse("volunteers:points-entries")), (entry.reason, own), ("冲正", None))
        return {"breadcrumbs": trail, "cancel_url": own}


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
        return start_export(report_key=YearlyStatements.key, actor=self.request.user, params=raw)

    def next_url(self, result: Job) -> str:
        return reverse("common:job", args=[result.pk])

    def context(self) -> dict[str, Any]:
        trail = ((OVERVIEW, reverse("volunteers:points-overview")), (self.page_title, None))
        return {"breadcrumbs": trail, "cancel_url": reverse("volunteers:points-overview")}
