"""Entries of community funds: the list, one entry with its vouchers and steps, entering, undoing."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views import View

from common.errors import PlainError
from common.pages import (
    ActionView,
    Empty,
    Link,
    Ordering,
    ScopedDetailView,
    ScopedListView,
    ScopedObjectMixin,
    UpdateView,
)
from common.pages.files import PREVIEWED, stored_file
from common.scope import scope_of
from common.timeline import timeline_of
from common.workflow import Action
from grid.querysets import covers
from staff import permissions
from staff.choices import COLOURS, FundEntryKind, FundState
from staff.filters.funds import EntryFilter
from staff.forms import funds as fund_forms
from staff.models import FundAccount, FundEntry, FundVoucher
from staff.selectors import funds as selectors
from staff.services import funds
from staff.tables.funds import EntryTable
from staff.views.funds import TRAIL
from staff.workflow.funds import FUND_FLOW


class EntryList(ScopedListView):
    model = FundEntry
    permission = permissions.FUND_VIEW
    page_title = "经费收支"
    breadcrumbs = (*TRAIL[1:], ("经费收支", None))
    table_class = EntryTable
    filterset_class = EntryFilter
    orderings = (
        Ordering("day", "日期", "day", descending=True),
        Ordering("amount", "金额", "amount", descending=True),
        Ordering("place", "组织顺序", "account__unit__path"),
    )
    search_hint = "收款单位、凭证号或单位名称"
    links = (Link("按镇街看", "staff:funds", permissions.FUND_VIEW, icon="map"),)
    empty = Empty("还没有收支", "经费下达以后，在社区的经费页面登记支出。")
    export_report_key = "staff.fund_entries"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[FundEntry]) -> QuerySet[FundEntry]:
        return queryset.select_related("account__unit", "other__unit", "entered_by", "decided_by")

    def search(self, queryset: QuerySet[FundEntry], text: str) -> QuerySet[FundEntry]:
        return selectors.search_entries(queryset, text)


class EntryPage(ScopedDetailView):
    model = FundEntry
    permission = permissions.FUND_VIEW
    template_name = "staff/funds/entry.html"
    object: FundEntry

    def rows(self, queryset: QuerySet[FundEntry]) -> QuerySet[FundEntry]:
        return queryset.select_related("account__unit", "other__unit", "entered_by", "decided_by", "reverses", "budget")

    def trail(self) -> list[tuple[str, str | None]]:
        return [*TRAIL, (str(self.object.account), self.object.account.get_absolute_url())]

    def context(self) -> dict[str, Any]:
        row, user = self.object, self.request.user
        spending = row.kind == FundEntryKind.SPENDING
        enters = spending and covers(scope_of(user).holding(permissions.FUND_ENTER), row.account.unit)
        booked = row.state == FundState.APPROVED and not row.is_reversed
        return {
            "state_colour": COLOURS[FundState(row.state)],
            "buttons": [_button(row, action) for action in FUND_FLOW.available(row, user)],
            "facts": list(self._facts()),
            "files": [_file(file) for file in row.vouchers.select_related("uploaded_by")] if spending else None,
            "attach_form": fund_forms.AttachForm() if enters and row.state == FundState.PROPOSED else None,
            "reverse_url": reverse("staff:fund-reverse", args=[row.pk])
            if enters and booked and not row.account.is_closed else "",
            "reversal": row.reversals.exclude(state__in=(FundState.REFUSED, FundState.WITHDRAWN)).first(),
            "timeline": timeline_of(row),
        }  # fmt: skip

    def _facts(self) -> Iterator[tuple[Any, ...]]:
        row = self.object
        yield "经费账", str(row.account)
        yield "金额（元）", f"{row.amount:,}"
        yield "日期", f"{row.day:%Y-%m-%d}"
        if row.other:
            yield "转入", str(row.other)
        if row.payee:
            yield "收款单位", row.payee
            yield "用途", row.use
            yield "凭证号", row.voucher
        yield "账上余额（元）", f"{row.account.balance:,}"
        yield "登记人", row.entered_by
        yield "审批人", row.decided_by
        if row.note:
            yield "说明", row.note, "wide"


def _button(entry: FundEntry, action: Action) -> dict[str, Any]:
    return {"action": action, "url": reverse("staff:fund-act", args=[entry.pk, action.name])}


def _file(file: FundVoucher) -> SimpleNamespace:
    return SimpleNamespace(
        name=file.name, size=file.size, url=reverse("staff:fund-voucher", args=[file.pk]), added_at=file.uploaded_at,
        added_by=file.uploaded_by,
    )  # fmt: skip


class EntryAction(ActionView):
    model = FundEntry
    permission = permissions.FUND_VIEW
    workflow = FUND_FLOW
    detail_view = EntryPage

    def rows(self, queryset: QuerySet[FundEntry]) -> QuerySet[FundEntry]:
        return queryset.select_related("account__unit", "other__unit")


class OfAccount(UpdateView):
    """A form about an account; what it makes waits for another person."""

    model = FundAccount
    object: FundAccount
    submit_label = "提交审批"
    success_message = "已登记，等待审批。"

    def rows(self, queryset: QuerySet[FundAccount]) -> QuerySet[FundAccount]:
        return queryset.select_related("unit")

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        values = dict(getattr(form, "cleaned_data", {}))
        return {"actor": self.request.user, "account": self.object, "request_key": self.submission, **values}

    def next_url(self, result: FundEntry) -> str:
        return result.get_absolute_url()

    def context(self) -> dict[str, Any]:
        row = self.object
        return {
            "object": row,
            "page_lead": f"{row}，余额 {row.balance:,} 元。{self.page_lead}",
            "breadcrumbs": [*TRAIL[1:], (str(row), row.get_absolute_url()), (self.page_title, None)],
            "cancel_url": row.get_absolute_url(),
        }


class EnterSpending(OfAccount):
    permission = object_permission = permissions.FUND_ENTER
    form_class = fund_forms.SpendingForm
    service = staticmethod(funds.spending_enter)
    page_title = "登记支出"
    page_lead = "登记后由另一位同事审批，通过后入账。"

    def form_arguments(self) -> dict[str, Any]:
        return {"account": self.object}


class Allocate(OfAccount):
    permission = object_permission = permissions.FUND_MANAGE
    form_class = fund_forms.AllocationForm
    service = staticmethod(funds.allocation_enter)
    page_title = "下达经费"
    page_lead = "由另一位同事审批后入账。"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}


class Reverse(UpdateView):
    """The counter-entry of spending that was booked by mistake."""

    model = FundEntry
    object: FundEntry
    permission = object_permission = permissions.FUND_ENTER
    form_class = fund_forms.ReversalForm
    service = staticmethod(funds.reversal_enter)
    object_name = "fund_entry"
    page_title = "冲销支出"
    submit_label = "提交审批"
    success_message = "冲销已登记，等待审批。"

    def rows(self, queryset: QuerySet[FundEntry]) -> QuerySet[FundEntry]:
        return queryset.select_related("account__unit")

    def next_url(self, result: FundEntry) -> str:
        return result.get_absolute_url()

    def context(self) -> dict[str, Any]:
        row = self.object
        return {
            "object": row,
            "page_lead": f"{row.payee} {row.amount:,} 元，凭证 {row.voucher}。已入账的支出不能修改，只能整笔冲销后重新登记。",
            "breadcrumbs": [*TRAIL[1:], (str(row), row.get_absolute_url()), (self.page_title, None)],
            "cancel_url": row.get_absolute_url(),
        }


class AttachVouchers(ScopedObjectMixin, View):
    """More vouchers of spending that waits."""

    model = FundEntry
    permission = permissions.FUND_ENTER

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        entry = self.get_object()
        form = fund_forms.AttachForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                funds.vouchers_add(actor=request.user, fund_entry=entry, files=form.cleaned_data["files"])
                messages.success(request, "凭证已上传。")
            except PlainError as error:
                messages.error(request, error.message)
        else:
            messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
        return HttpResponseRedirect(entry.get_absolute_url())


class VoucherFile(ScopedObjectMixin, View):
    """A voucher, for whoever sees its entry: as a download, or (pictures only) to look at."""

    model = FundVoucher
    permission = permissions.FUND_VIEW

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> FileResponse:
        file = self.get_object()
        look = "inline" in request.GET and file.content_type in PREVIEWED
        return stored_file(file.file, name=file.name, content_type=file.content_type, as_attachment=not look)
