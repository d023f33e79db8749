"""A volunteer's own pages: sign-up, entering with number and code, the first page, one's data."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.cache import never_cache

from accounts.addresses import client_ip
from common.codes import own_request_key
from common.errors import PlainError
from common.pages import FormPage, PublicMixin
from volunteers import own
from volunteers.choices import COLOURS, VolunteerState
from volunteers.forms.people import EnterForm, OwnProfileForm, PublicSignUpForm
from volunteers.models import Volunteer, VolunteerPerson
from volunteers.own import OwnMixin
from volunteers.own_sections import links_for, sections_for
from volunteers.selectors import people as selectors
from volunteers.services.own import copy_of_data, public_sign_up, volunteer_by_code
from volunteers.services.people import SignedUp
from volunteers.services.people_changes import FIELDS, volunteer_change
from volunteers.services.people_leaving import ask_for_erasure, withdraw_erasure

SIGNED_UP = "volunteers_signed_up"
ASKED = ("name", "phone", "id_number", "birth_date", "guardian_name", "guardian_phone")


def personal_fields() -> list[dict[str, str]]:
    """What is asked of a person, what for and for how long: from the columns' own registration (PIPL art. 17)."""
    rows = []
    for name in ASKED:
        field: Any = VolunteerPerson._meta.get_field(name)
        rows.append({"label": FIELDS[name], "purpose": field.purpose, "retention": field.retention})
    return rows


@method_decorator(never_cache, name="dispatch")
class SignUpView(PublicMixin, FormPage):
    """Phone first: who, where, what one likes to do."""

    form_class = PublicSignUpForm
    template_name = "volunteers/own/sign_up.html"
    page_title = "注册志愿者"
    page_lead = "填好就能注册，不用下载软件。注册后给您志愿者编号和登录码。"

    def context(self) -> dict[str, Any]:
        return {"personal": personal_fields()}

    def perform(self, form: forms.BaseForm) -> SignedUp | None:
        assert isinstance(form, PublicSignUpForm)
        if form.is_trap:
            return None
        left_out = ("community", "consent", "website")
        values = {name: value for name, value in form.cleaned_data.items() if name not in left_out}
        return public_sign_up(
            source=client_ip(self.request), request_key=own_request_key("public", self.submission), unit=form.unit(),
            **values,
        )  # fmt: skip

    def next_url(self, result: SignedUp | None) -> str:
        if result is None:  # a program: it learns nothing
            return reverse("volunteers:own-sign-up")
        waiting = result.volunteer.state == VolunteerState.WAITING
        self.request.session[SIGNED_UP] = {
            "number": result.volunteer.number, "code": result.code, "waiting": waiting,
        }  # fmt: skip
        return reverse("volunteers:own-signed-up")


@method_decorator(never_cache, name="dispatch")
class SignedUpView(PublicMixin, View):
    """Number and code, shown in the browser that signed up until the own pages are opened."""

    def get(self, request: HttpRequest) -> HttpResponse:
        signed_up = request.session.get(SIGNED_UP)
        if not signed_up:
            return HttpResponseRedirect(reverse("volunteers:own-enter"))
        context = {"page_title": "注册成功", **signed_up}
        return render(request, "volunteers/own/signed_up.html", context)


@method_decorator(never_cache, name="dispatch")
class EnterView(PublicMixin, FormPage):
    """Number (or phone) and code. A POST, so that the code stands in no address and no log."""

    form_class = EnterForm
    template_name = "volunteers/own/enter.html"
    page_title = "进入我的主页"
    page_lead = "志愿者编号和登录码在注册时给出。当天有效；用别人或公用的设备，请用完退出。"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if own.volunteer_of(request) is not None:
            return HttpResponseRedirect(self._target())
        return super().get(request, *args, **kwargs)

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"who": self.request.GET.get("number", "")[:24]}}

    def perform(self, form: forms.BaseForm) -> Volunteer:
        found = volunteer_by_code(source=client_ip(self.request), **form.cleaned_data)
        self.request.session.pop(SIGNED_UP, None)
        own.enter(self.request, found)
        return found

    def next_url(self, result: Volunteer) -> str:
        return self._target()

    def _target(self) -> str:
        """Back to the own page that was asked for; nowhere else."""
        wanted = self.request.POST.get("next") or self.request.GET.get("next", "")
        safe = url_has_allowed_host_and_scheme(wanted, {self.request.get_host()}, self.request.is_secure())
        return wanted if safe and wanted.startswith("/my/") else reverse("volunteers:own-home")

    def context(self) -> dict[str, Any]:
        return {"next": self.request.POST.get("next") or self.request.GET.get("next", "")}


class LeaveView(PublicMixin, View):
    """Close the own pages on this device."""

    def post(self, request: HttpRequest) -> HttpResponse:
        own.leave(request)
        messages.success(request, "已退出。")
        return HttpResponseRedirect(reverse("volunteers:own-enter"))


class HomeView(OwnMixin, View):
    """Hello, hours, points, and what the fields of work show."""

    def get(self, request: HttpRequest) -> HttpResponse:
        row = self.volunteer
        context = {
            "page_title": f"{row.person.name}，您好",
            "volunteer": row,
            "state_colour": COLOURS[VolunteerState(row.state)],
            "standing": selectors.standing(row),
            "sections": sections_for(row),
            "links": links_for(row),
            "teams": selectors.teams_of(row),
            "own_is_home": True,
        }
        return render(request, "volunteers/own/home.html", context)


class ProfileView(OwnMixin, FormPage):
    """Change what one may change oneself; one's data; erasure."""

    form_class = OwnProfileForm
    template_name = "volunteers/own/profile.html"
    page_title = "我的资料"
    success_message = "资料已保存。"
    success_url = "volunteers:own-profile"

    def form_arguments(self) -> dict[str, Any]:
        row = self.volunteer
        names = ("nickname", "skills", "times", "areas")
        initial = {name: getattr(row, name) for name in names}
        initial.update(phone=row.person.phone, address=row.person.address)
        return {"initial": {**initial, "display_consent": row.display_consent_at is not None}}

    def perform(self, form: forms.BaseForm) -> Any:
        return volunteer_change(volunteer=self.volunteer, actor=None, **form.cleaned_data)

    def context(self) -> dict[str, Any]:
        return {"volunteer": self.volunteer, "personal": personal_fields()}


class DataView(OwnMixin, View):
    """A copy of everything kept about the volunteer (个人信息保护法 art. 45)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        text = json.dumps(copy_of_data(self.volunteer), ensure_ascii=False, indent=2)
        response = HttpResponse(text, content_type="application/json; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="volunteer-{self.volunteer.number}.json"'
        return response


class EraseView(OwnMixin, View):
    """Ask for erasure, or take the request back (个人信息保护法 art. 47)."""

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            if request.POST.get("do") == "withdraw":
                withdraw_erasure(volunteer=self.volunteer)
                messages.success(request, "已撤回注销申请。")
            else:
                ask_for_erasure(volunteer=self.volunteer)
                messages.success(request, "注销申请已提交，社区会与您联系，核实后清除您的个人信息。")
        except PlainError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(reverse("volunteers:own-profile"))
