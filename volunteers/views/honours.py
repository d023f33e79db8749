"""Stars, nominations and certificates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views import View
from django.views.decorators.cache import never_cache

from accounts.addresses import client_ip
from common.errors import PlainError
from common.masks import mask_name
from common.pages import (
    ActionView,
    CreateView,
    Empty,
    Link,
    Ordering,
    PublicMixin,
    ScopedDetailView,
    ScopedListView,
    UpdateView,
    add_error,
)
from common.qr import qr_svg
from common.timeline import timeline_of
from common.workflow import Action
from volunteers import permissions
from volunteers.choices import COLOURS
from volunteers.filters.honours import CertificateFilter, NominationFilter, StarFilter
from volunteers.forms.honours import CertificateForm, CheckForm, NominationForm, RevokeForm
from volunteers.models import Certificate, Nomination, StarAward
from volunteers.selectors.honours import search_certificates, search_nominations, search_stars
from volunteers.services.certificates import certificate_check, certificate_issue, certificate_revoke, check_code
from volunteers.services.honours import nominate
from volunteers.tables.honours import CertificateTable, NominationTable, StarTable
from volunteers.workflow.nominations import NOMINATION_FLOW


class StarList(ScopedListView):
    model = StarAward
    permission = permissions.VIEW
    page_title = "星级志愿者"
    table_class = StarTable
    filterset_class = StarFilter
    orderings = (
        Ordering("on", "认定日期", "on", descending=True),
        Ordering("measure", "时长或积分", "measure", descending=True),
    )
    search_hint = "志愿者编号、昵称"
    empty = Empty("还没有星级志愿者", "志愿者累计服务满 100 小时后，会自动认定一星。", "", "")
    export_report_key = "volunteers.stars"

    def rows(self, queryset: QuerySet[StarAward]) -> QuerySet[StarAward]:
        return queryset.select_related("volunteer__unit")

    def search(self, queryset: QuerySet[StarAward], text: str) -> QuerySet[StarAward]:
        return search_stars(queryset, text)


class NominationList(ScopedListView):
    model = Nomination
    permission = permissions.VIEW
    page_title = "表彰推荐"
    table_class = NominationTable
    filterset_class = NominationFilter
    orderings = (
        Ordering("nominated", "推荐时间", "nominated_at", descending=True),
        Ordering("year", "年度", "year", descending=True),
    )
    search_hint = "志愿者编号、荣誉"
    create = Link("推荐", "volunteers:nominate", permissions.NOMINATE)
    empty = Empty(
        "还没有表彰推荐", "社区推荐事迹突出的志愿者，街道审核、区级审定后授予荣誉。", "推荐", "volunteers:nominate"
    )
    export_report_key = "volunteers.nominations"

    def rows(self, queryset: QuerySet[Nomination]) -> QuerySet[Nomination]:
        return queryset.select_related("volunteer__unit", "nominated_by")

    def search(self, queryset: QuerySet[Nomination], text: str) -> QuerySet[Nomination]:
        return search_nominations(queryset, text)


class Nominate(CreateView):
    permission = permissions.NOMINATE
    form_class = NominationForm
    page_title = "推荐表彰"
    page_lead = "推荐后由街道审核、区级审定，三个环节由不同的人办理。"
    breadcrumbs = (("表彰推荐", "/volunteers/nominations/"), ("推荐", None))
    cancel_url = "volunteers:nominations"
    submit_label = "提交推荐"
    success_message = "已提交，等待街道审核。"
    service = nominate

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "initial": {"volunteer": self.request.GET.get("number", "")[:20]}}


class NominationPage(ScopedDetailView):
    model = Nomination
    permission = permissions.VIEW
    template_name = "volunteers/honours/nomination.html"
    object: Nomination

    def rows(self, queryset: QuerySet[Nomination]) -> QuerySet[Nomination]:
        return queryset.select_related(
            "volunteer__unit", "volunteer__person", "nominated_by", "recommended_by", "awarded_by"
        )

    def title(self) -> str:
        return f"{self.object.year} 年{self.object.honour}"

    def trail(self) -> list[tuple[str, str | None]]:
        return [("表彰推荐", reverse("volunteers:nominations"))]

    def context(self) -> dict[str, Any]:
        row = self.object
        actions = NOMINATION_FLOW.available(row, self.request.user)
        return {
            "state_colour": COLOURS.get(row.state, "grey"),
            "buttons": [_button(row, action) for action in actions],
            "facts": list(self._facts()),
            "timeline": timeline_of(row),
        }

    def _facts(self) -> Iterator[tuple[Any, ...]]:
        row = self.object
        yield "候选人", format_html('<a href="{}">{}</a>', f"/volunteers/{row.volunteer_id}/", row.volunteer.number)
        yield "姓名", mask_name(row.volunteer.person.name)
        yield "所属单位", row.volunteer.unit
        yield "推荐人", row.nominated_by
        yield "街道审核人", row.recommended_by
        yield "区级审定人", row.awarded_by
        if row.note:
            yield "审核意见", row.note, "wide"


def _button(nomination: Nomination, action: Action) -> dict[str, Any]:
    return {"action": action, "url": reverse("volunteers:nomination-act", args=[nomination.pk, action.name])}


class NominationAction(ActionView):
    model = Nomination
    permission = permissions.AWARD
    workflow = NOMINATION_FLOW

    def rows(self, queryset: QuerySet[Nomination]) -> QuerySet[Nomination]:
        return queryset.select_related("volunteer__unit")


class CertificateList(ScopedListView):
    model = Certificate
    permission = permissions.VIEW
    page_title = "服务证明"
    table_class = CertificateTable
    filterset_class = CertificateFilter
    orderings = (Ordering("issued", "出具日期", "issued_on", descending=True),)
    search_hint = "证明编号、志愿者编号"
    create = Link("出具证明", "volunteers:certificate-new", permissions.CERTIFY)
    empty = Empty(
        "还没有出具过证明", "志愿者需要时，按已确认的服务时长无偿出具，任何人都能核验真伪。", "出具证明",
        "volunteers:certificate-new",
    )  # fmt: skip
    export_report_key = "volunteers.certificates"

    def rows(self, queryset: QuerySet[Certificate]) -> QuerySet[Certificate]:
        return queryset.select_related("volunteer", "unit")

    def search(self, queryset: QuerySet[Certificate], text: str) -> QuerySet[Certificate]:
        return search_certificates(queryset, text)


class IssueCertificate(CreateView):
    permission = permissions.CERTIFY
    form_class = CertificateForm
    page_title = "出具服务证明"
    page_lead = "只按已确认的服务时长出具，不收费（志愿服务条例第十九条）。"
    breadcrumbs = (("服务证明", "/volunteers/certificates/"), ("出具证明", None))
    cancel_url = "volunteers:certificates"
    submit_label = "出具"
    success_message = "证明已出具，可以打印。"

    def form_arguments(self) -> dict[str, Any]:
        asked = self.request.GET
        initial = {"volunteer": asked.get("number", "")[:20]}
        initial |= {name: asked[name][:10] for name in ("first_day", "last_day") if name in asked}
        return {"user": self.request.user, "initial": initial}

    def perform(self, form: forms.BaseForm) -> Certificate:
        return certificate_issue(actor=self.request.user, request_key=self.submission, **form.cleaned_data)


def check_url(certificate: Certificate, request: HttpRequest) -> str:
    """The address in the QR code of a certificate."""
    path = reverse("volunteers:certificate-check")
    query = f"?number={certificate.number}&code={check_code(certificate.request_key)}"
    return request.build_absolute_uri(path + query)


def sheet(certificate: Certificate, request: HttpRequest, name: str) -> dict[str, Any]:
    """What stands on the printed certificate."""
    return {
        "certificate": certificate,
        "name": name,
        "code": check_code(certificate.request_key),
        "check_path": request.build_absolute_uri(reverse("volunteers:certificate-check")),
        "qr": qr_svg(check_url(certificate, request), "扫码核验"),
    }


class CertificatePage(ScopedDetailView):
    """The certificate as it is printed, for whoever may issue it; others see it masked and without its code."""

    model = Certificate
    permission = permissions.VIEW
    template_name = "volunteers/honours/certificate.html"
    object: Certificate

    def rows(self, queryset: QuerySet[Certificate]) -> QuerySet[Certificate]:
        return queryset.select_related("volunteer", "unit", "issued_by")

    def trail(self) -> list[tuple[str, str | None]]:
        return [("服务证明", reverse("volunteers:certificates"))]

    def context(self) -> dict[str, Any]:
        row, user = self.object, self.request.user
        issuer = Certificate.objects.visible_to(user, permissions.CERTIFY).filter(pk=row.pk).exists()
        name = row.name if issuer else mask_name(row.name)
        return {
            **sheet(row, self.request, name),
            "id_number": row.id_number if issuer else "",
            "issuer": issuer,
            "timeline": timeline_of(row),
        }


class RevokeCertificate(UpdateView):
    model = Certificate
    permission = permissions.CERTIFY
    object_permission = permissions.CERTIFY
    form_class = RevokeForm
    service = certificate_revoke
    page_title = "撤销证明"
    page_lead = "撤销后核验页会显示“已撤销”，不能恢复；需要时可以重新出具。"
    submit_label = "确认撤销"
    success_message = "证明已撤销。"

    def context(self) -> dict[str, Any]:
        row = self.object
        return {
            **super().context(),
            "submit_style": "danger",
            "cancel_url": row.get_absolute_url(),
            "breadcrumbs": (
                ("服务证明", reverse("volunteers:certificates")), (row.number, row.get_absolute_url()), ("撤销", None),
            ),
        }  # fmt: skip


@method_decorator(never_cache, name="dispatch")
class CheckCertificate(PublicMixin, View):
    """Is this certificate real? Number and code in, what it certifies out, the name masked."""

    template_name = "volunteers/honours/check.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        if "number" in request.GET and "code" in request.GET:
            return self._check(request, CheckForm(request.GET))
        return self._show(request, CheckForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        return self._check(request, CheckForm(request.POST))

    def _check(self, request: HttpRequest, form: CheckForm) -> HttpResponse:
        if not form.is_valid():
            return self._show(request, form, 400)
        try:
            checked = certificate_check(source=client_ip(request), **form.cleaned_data)
        except PlainError as error:
            add_error(form, error)
            return self._show(request, form, error.status)
        return self._show(request, form, checked=checked)

    def _show(self, request: HttpRequest, form: CheckForm, status: int = 200, **context: Any) -> HttpResponse:
        title = {
            "page_title": "核验志愿服务证明",
            "page_lead": "扫描证明上的二维码，或照着证明输入编号和核验码。任何人都可以核验，不收费。",
            "form": form,
            **context,
        }
        return render(request, self.template_name, title, status=status)
