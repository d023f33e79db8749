"""What two people decide about points, and the entries it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from common.pages import ActionView, CreateView, ScopedDetailView, ScopedFormView, ScopedObjectMixin
from common.scope import scope_of
from common.timeline import timeline_of
from common.workflow import Action
from grid.selectors import top_units
from volunteers import permissions
from volunteers.choices import COLOURS, EntryKind, RequestState
from volunteers.forms.points import AdjustmentForm, GrantForm, ItemForm, ReversalForm
from volunteers.models import Entry, PointsRequest, Volunteer
from volunteers.rules import member_rule
from volunteers.selectors.points import sides_of, signed, with_sides
from volunteers.services.points_requests import adjustment_propose, grant_propose, item_propose, reversal_propose
from volunteers.workflow.points import POINTS_FLOW

REQUESTS, ENTRIES = "积分调整", "积分明细"


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

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        return {**super().service_arguments(form), "submission": self.submission}

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
