"""Pages for residents, without an account: report (随手拍) and follow."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from accounts.addresses import client_ip
from common.codes import own_request_key
from common.errors import PlainError
from common.pages import FormPage, PublicMixin, add_error
from petitions.forms import QueryForm, ReportForm, community_choices
from petitions.models import Petitioner
from petitions.services import Registered
from petitions.services.public import petition_progress, petition_report, state_words

REPORTED = "petitions_reported"


def personal_fields() -> list[dict[str, str]]:
    """What is asked of a person, what for and for how long: from the columns' own registration (PIPL art. 17)."""
    rows = []
    for name, label in (("name", "称呼"), ("phone", "电话")):
        field: Any = Petitioner._meta.get_field(name)
        rows.append({"label": label, "purpose": field.purpose, "retention": field.retention})
    return rows


@method_decorator(never_cache, name="dispatch")
class ReportView(PublicMixin, FormPage):
    """Phone first: where, what, a photo, and, if one likes, how to reach one."""

    form_class = ReportForm
    template_name = "petitions/public_report.html"
    page_title = "反映问题"
    page_lead = "不用注册，填好就能提交。提交后给您工单编号和查询码，随时可以查进展。"

    def context(self) -> dict[str, Any]:
        return {"personal": personal_fields(), "file_limit": settings.ATTACHMENT_LIMIT_BYTES}

    def perform(self, form: forms.BaseForm) -> Registered | None:
        assert isinstance(form, ReportForm)
        if form.is_trap:
            return None
        data = form.cleaned_data
        return petition_report(
            source=client_ip(self.request),
            request_key=own_request_key("public", self.submission),
            unit=form.unit(),
            **{name: data[name] for name in ("text", "place", "kind", "name", "phone", "files")},
        )

    def next_url(self, result: Registered | None) -> str:
        if result is None:  # a program: it learns nothing
            return reverse("petitions:public-report")
        self.request.session[REPORTED] = {"number": result.petition.number, "code": result.query_code}
        return reverse("petitions:public-reported")


class CommunityOptions(PublicMixin, View):
    """The communities of the chosen street, as a select."""

    def get(self, request: HttpRequest) -> HttpResponse:
        choices = community_choices(request.GET.get("street", "")[:20])
        return render(request, "petitions/public_communities.html", {"choices": choices})


@method_decorator(never_cache, name="dispatch")
class ReportedView(PublicMixin, View):
    """Number and query code, once more as long as the browser is open."""

    def get(self, request: HttpRequest) -> HttpResponse:
        reported = request.session.get(REPORTED)
        if not reported:
            return HttpResponseRedirect(reverse("petitions:public-report"))
        return render(request, "petitions/public_reported.html", {"page_title": "提交成功", **reported})


@method_decorator(never_cache, name="dispatch")
class QueryView(PublicMixin, View):
    """Number and code in, progress out. A POST, so that the code stands in no address and no log."""

    template_name = "petitions/public_query.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(request, QueryForm(initial={"number": request.GET.get("number", "")[:24]}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = QueryForm(request.POST)
        if not form.is_valid():
            return self._show(request, form, status=400)
        try:
            progress = petition_progress(source=client_ip(request), **form.cleaned_data)
        except PlainError as error:
            add_error(form, error)
            return self._show(request, form, status=error.status)
        return self._show(request, form, progress=progress, words=state_words(progress.petition))

    def _show(self, request: HttpRequest, form: QueryForm, status: int = 200, **context: Any) -> HttpResponse:
        return render(request, self.template_name, {"page_title": "查询进展", "form": form, **context}, status=status)
