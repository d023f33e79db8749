"""Pages of partners' agreements (延吉 社区治理合伙人)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from common.pages import (
    ActionView,
    CreateView,
    Empty,
    Link,
    Ordering,
    ScopedDetailView,
    ScopedListView,
    UpdateView,
)
from common.timeline import timeline_of
from volunteers import permissions
from volunteers.choices import COLOURS
from volunteers.filters.partners import AgreementFilter
from volunteers.forms.partners import AgreementForm, ChangeForm
from volunteers.forms.shop import ReasonForm
from volunteers.models import Agreement, PartnerService
from volunteers.selectors.partners import pace, with_served
from volunteers.services import partners as services
from volunteers.tables.partners import AgreementTable
from volunteers.views.shop import may_use
from volunteers.workflow import AGREEMENT_FLOW

AGREEMENTS = "合伙人协议"
SHOWN = 100


class AgreementList(ScopedListView):
    model = Agreement
    permission = permissions.VIEW
    page_title = AGREEMENTS
    page_lead = "社区提供场地或减免租金，合伙人以志愿服务时长回报。"
    table_class = AgreementTable
    filterset_class = AgreementFilter
    orderings = (
        Ordering("last", "截止日期", "last_day"),
        Ordering("owed_hours", "应服务时长", "owed_hours", descending=True),
        Ordering("unit", "组织顺序", "unit__path"),
    )
    search_hint = "合伙人、场地、服务内容、所属单位"
    create = Link("签订协议", "volunteers:agreement-make", permissions.PARTNERS)
    empty = Empty("还没有合伙人协议", "签订之后在这里跟踪服务时长。", "签订协议", "volunteers:agreement-make")
    export_report_key = "volunteers.agreements"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Agreement]) -> QuerySet[Agreement]:
        return with_served(queryset.select_related("provider", "unit"))

    def search(self, queryset: QuerySet[Agreement], text: str) -> QuerySet[Agreement]:
        return queryset.filter(
            Q(provider__name__icontains=text) | Q(room__icontains=text) | Q(service__icontains=text)
            | Q(unit__name__icontains=text)
        )  # fmt: skip


class AgreementPage(ScopedDetailView):
    model = Agreement
    permission = permissions.VIEW
    template_name = "volunteers/partners/agreement.html"
    object: Agreement

    def rows(self, queryset: QuerySet[Agreement]) -> QuerySet[Agreement]:
        return with_served(queryset.select_related("provider", "unit"))

    def title(self) -> str:
        return self.object.provider.name

    def trail(self) -> list[tuple[str, str | None]]:
        return [(AGREEMENTS, reverse("volunteers:agreements"))]

    def context(self) -> dict[str, Any]:
        row, user = self.object, self.request.user
        stands = pace(row, timezone.localdate())
        return {
            "colour": COLOURS[row.state],
            "pace": stands,
            "pace_words": stands.words,
            "facts": [
                ("所属单位", row.unit), ("提供的场地", row.room), ("折合租金", f"{row.rent:,} 元"),
                ("协议期", f"{row.first_day:%Y-%m-%d} 至 {row.last_day:%Y-%m-%d}"), ("服务内容", row.service, "wide"),
            ],
            "buttons": [
                {"action": action, "url": reverse("volunteers:agreement-act", args=[row.pk, action.name])}
                for action in AGREEMENT_FLOW.available(row, user)
            ],
            "may_change": row.state == "active" and may_use(row, user, permissions.PARTNERS),
            "services": row.services.order_by("-day", "-pk")[:SHOWN],
            "records": row.records.filter(voided_at=None).select_related("volunteer").order_by("-day", "-pk")[:SHOWN],
            "timeline": timeline_of(row),
        }  # fmt: skip


class AgreementMake(CreateView):
    permission = permissions.PARTNERS
    form_class = AgreementForm
    service = services.agreement_make
    page_title = "签订合伙人协议"
    breadcrumbs = ((AGREEMENTS, "/volunteers/agreements/"), ("签订合伙人协议", None))
    success_message = "协议已登记。"
    cancel_url = "volunteers:agreements"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}


class AgreementChange(UpdateView):
    model = Agreement
    permission = permissions.PARTNERS
    object_permission = permissions.PARTNERS
    object: Agreement
    form_class = ChangeForm
    service = services.agreement_change
    page_title = "变更协议"
    page_lead = "按补充协议变更，变更前后都有记录。"
    version = "event_seq"
    success_message = "已变更。"

    def rows(self, queryset: QuerySet[Agreement]) -> QuerySet[Agreement]:
        return queryset.select_related("provider", "unit")

    def context(self) -> dict[str, Any]:
        address = self.object.get_absolute_url()
        crumbs = [(AGREEMENTS, reverse("volunteers:agreements")), (self.object.provider.name, address), ("变更", None)]
        return {**super().context(), "breadcrumbs": crumbs, "cancel_url": address}


class AgreementActionView(ActionView):
    """A row of the table as a dialog or a page."""

    model = Agreement
    permission = permissions.VIEW
    workflow = AGREEMENT_FLOW

    def rows(self, queryset: QuerySet[Agreement]) -> QuerySet[Agreement]:
        return queryset.select_related("provider", "unit")

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"day": timezone.localdate()}}


class ServiceVoid(UpdateView):
    """Take one line of a partner's service back."""

    model = PartnerService
    permission = permissions.PARTNERS
    object_permission = permissions.PARTNERS
    object: PartnerService
    object_name = "service"
    form_class = ReasonForm
    page_title = "作废合伙人服务"
    submit_label = "作废"
    success_message = "已作废。"

    def rows(self, queryset: QuerySet[PartnerService]) -> QuerySet[PartnerService]:
        return queryset.select_related("agreement__provider", "agreement__unit")

    def get_object(self) -> Any:
        found = super().get_object()
        if found.voided_at is not None:
            raise Http404("这条服务已经作废。")
        return found

    def perform(self, form: forms.BaseForm) -> Any:
        return services.partner_service_void(
            service=self.object, actor=self.request.user, reason=form.cleaned_data["reason"]
        )

    def next_url(self, result: Any) -> str:
        return self.object.agreement.get_absolute_url()

    def context(self) -> dict[str, Any]:
        row = self.object
        address = row.agreement.get_absolute_url()
        crumbs = [
            (AGREEMENTS, reverse("volunteers:agreements")), (row.agreement.provider.name, address), ("作废", None),
        ]  # fmt: skip
        lead = f"{row.day:%Y-%m-%d} {row.what}，{row.people} 人，{row.hours:f} 小时"
        return {**super().context(), "breadcrumbs": crumbs, "cancel_url": address, "page_lead": lead}
