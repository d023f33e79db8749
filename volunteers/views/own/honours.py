"""A volunteer's own stars, honours and certificates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from common.pages import FormPage
from volunteers import own_sections
from volunteers.choices import NominationState
from volunteers.forms.honours import WantedForm
from volunteers.own import OwnMixin, back_to
from volunteers.own_sections import OwnLink
from volunteers.services.certificates import certificate_want
from volunteers.views.honours import sheet

HONOURS = "我的荣誉和证明"


class OwnHonours(OwnMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        mine = self.volunteer
        context = {
            "page_title": HONOURS,
            "stars": mine.stars.order_by("-on", "-stars"),
            "honours": mine.nominations.filter(state=NominationState.AWARDED),
            "certificates": mine.certificates.select_related("unit"),
        }
        return render(request, "volunteers/own/honours.html", context)


class OwnCertificate(OwnMixin, View):
    """One's own certificate, to show or print."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.volunteer.certificates.select_related("unit", "volunteer").filter(pk=pk).first()
        if row is None:
            raise Http404("没有找到这份证明。")
        context = {"page_title": "志愿服务证明", "id_number": row.id_number, **sheet(row, request, row.name)}
        context |= back_to(HONOURS, "own-honours")
        return render(request, "volunteers/own/certificate.html", context)


class WantCertificate(OwnMixin, FormPage):
    """Ask the community for a certificate over a period."""

    form_class = WantedForm
    template_name = "volunteers/own/form.html"
    page_title = "申请服务证明"
    page_lead = "选好起止日期提交，社区核对后出具，您在“我的荣誉和证明”里可以看到并打印。不收费。"
    submit_label = "提交申请"
    success_message = "已提交，社区出具后会出现在这里。"

    def perform(self, form: forms.BaseForm) -> None:
        certificate_want(volunteer=self.volunteer, **form.cleaned_data)

    def next_url(self, result: Any) -> str:
        return reverse("volunteers:own-honours")

    def context(self) -> dict[str, Any]:
        return back_to(HONOURS, "own-honours")


own_sections.register_link("honours", 60, OwnLink("荣誉和证明", "volunteers:own-honours", "certificate"))
