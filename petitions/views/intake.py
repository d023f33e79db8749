"""Registering at the counter, at the hotline desk and on a grid worker's phone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from common.codes import own_request_key
from common.errors import Invalid
from common.masks import mask_text
from common.pages import ScopedDetailView, ScopedFormView, SignedInMixin
from common.phones import check_phone
from petitions import permissions, selectors
from petitions.choices import STATE_COLOURS, State
from petitions.forms import IntakeForm, UnitField
from petitions.models import Petition
from petitions.policies import can_be_contacted
from petitions.services import Registered, petition_register, petition_register_and_dispatch
from petitions.services.intake import query_code


class CreatePetitionView(ScopedFormView):
    """At most five things to fill in."""

    permission = permissions.REGISTER
    form_class = IntakeForm
    template_name = "petitions/new.html"
    page_title = "登记诉求"
    breadcrumbs = (("诉求办理", "/petitions/"), ("登记诉求", None))

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "initial": self._carried_over()}

    def _carried_over(self) -> dict[str, str]:
        """再登记一件 keeps the place of work, nothing personal."""
        return {name: self.request.GET[name] for name in ("unit", "channel") if name in self.request.GET}

    def perform(self, form: forms.BaseForm) -> Registered:
        user = self.request.user
        both = "dispatch" in self.request.POST and may_dispatch(user)
        register = petition_register_and_dispatch if both else petition_register
        return register(actor=user, request_key=own_request_key(user.pk, self.submission), **form.cleaned_data)

    def message(self, result: Registered) -> str:
        if "dispatch" in self.request.POST and result.petition.state == State.REGISTERED:
            messages.warning(self.request, "已登记，还没有派单：没有选诉求分类，或分类没有指定主办单位。请受理后派单。")
        return ""

    def next_url(self, result: Registered) -> str:
        return reverse("petitions:registered", args=[result.petition.pk])

    def context(self) -> dict[str, Any]:
        return {"may_dispatch": may_dispatch(self.request.user)}


def may_dispatch(user: Any) -> bool:
    return user.may(permissions.TRIAGE) and user.may(permissions.DISPATCH)


class RegisteredView(ScopedDetailView):
    """What to tell the petitioner: number, code, limit, what comes next."""

    model = Petition
    permission = permissions.REGISTER
    template_name = "petitions/registered.html"

    def rows(self, queryset: Any) -> Any:
        return queryset.select_related("unit", "lead_unit", "lead_department", "petitioner")

    def title(self) -> str:
        return "登记成功"

    def trail(self) -> list[tuple[str, str | None]]:
        return [("诉求办理", reverse("petitions:list"))]

    def context(self) -> dict[str, Any]:
        ticket = self.object
        # Only whoever registered it tells the petitioner the code.
        own = ticket.registered_by_id == self.request.user.pk and ticket.request_key is not None
        return {
            "code": query_code(ticket.request_key) if own else "",
            "can_be_contacted": can_be_contacted(ticket),
            "next_step": NEXT_STEPS.get(State(ticket.state), "按流程办理，可在工单页面查看进展。"),
        }


class HintsView(SignedInMixin, View):
    """While somebody types: the unit the address names, earlier tickets of the caller and of the place.

    A POST, so that a telephone number never stands in an address or a log.
    """

    permission = permissions.REGISTER

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        place = request.POST.get("place", "").replace("\x00", "")[:120]
        field = UnitField(source="/petitions/options/register-units", permission=permissions.REGISTER)
        field.user = request.user
        current = field.find(request.POST.get("unit"))
        chosen = "chosen" in request.GET or bool(request.POST.get("unit_chosen"))
        suggested = None if chosen else next(iter(selectors.suggest_units(request.user, place)), None)
        unit = suggested or current or selectors.own_unit(request.user)
        context = {
            "unit": unit,
            "current": current,
            "chosen": chosen,
            "suggested": suggested,
            "of_caller": shown(selectors.earlier_of_caller(request.user, _phone(request))),
            "at_place": shown(selectors.earlier_at_place(request.user, unit, place)) if unit else [],
        }
        return render(request, "petitions/hints.html", context)


def _phone(request: HttpRequest) -> str:
    """The number typed so far, if it is one already."""
    try:
        return check_phone(request.POST.get("phone", "")[:30])
    except Invalid:
        return ""


def shown(tickets: list[Petition]) -> list[dict[str, Any]]:
    """Earlier tickets without personal data."""
    return [
        {
            "ticket": ticket,
            "title": mask_text(ticket.title),
            "place": mask_text(ticket.place),
            "colour": STATE_COLOURS[State(ticket.state)],
        }
        for ticket in tickets
    ]


NEXT_STEPS = {
    State.REGISTERED: "由所属单位受理，选定分类后派单。",
    State.ACCEPTED: "派给主办单位。",
    State.DISPATCHED: "主办单位在时限内签收并联系诉求人。",
}
