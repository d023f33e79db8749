"""Pages of volunteers for the people who work with them."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views import View

from common import events as history
from common.codes import own_request_key
from common.imports.links import import_link
from common.masks import mask_address, mask_id, mask_name, mask_phone
from common.pages import (
    ActionView,
    Empty,
    Link,
    Ordering,
    ScopedDetailView,
    ScopedFormView,
    ScopedListView,
    ScopedObjectMixin,
    UpdateView,
)
from common.scope import scope_of
from common.workflow import Action
from grid.querysets import covers
from volunteers import permissions
from volunteers.choices import COLOURS, TimeSlot, VolunteerState
from volunteers.filters.people import VolunteerFilter
from volunteers.forms.people import ChangeForm, SignUpForm, TransferForm
from volunteers.models import Order, Participation, Volunteer
from volunteers.selectors import people as selectors
from volunteers.services.people import AlreadySignedUp, SignedUp, volunteer_sign_up
from volunteers.services.people_changes import FIELDS, person_reveal, volunteer_change
from volunteers.services.people_leaving import points_left
from volunteers.tables.people import VolunteerTable, skill_words
from volunteers.workflow import VOLUNTEER_FLOW

CODE = "volunteers_code"  # in the session between giving out a code and showing it, once
LIST = ("志愿者", "/volunteers/people/")
MASKS = {
    "name": mask_name, "phone": mask_phone, "id_number": mask_id, "birth_date": lambda text: f"{text[:4]}-**-**",
    "address": mask_address, "guardian_name": mask_name, "guardian_phone": mask_phone,
}  # fmt: skip
SHOWN = 8


class VolunteerList(ScopedListView):
    model = Volunteer
    permission = permissions.VIEW
    page_title = "志愿者"
    breadcrumbs = (("志愿服务", None), ("志愿者", None))
    table_class = VolunteerTable
    filterset_class = VolunteerFilter
    orderings = (
        Ordering("number", "编号", "number", descending=True),
        Ordering("joined_on", "注册日期", "joined_on", descending=True),
        Ordering("unit", "组织顺序", "unit__path"),
    )
    search_hint = "编号、昵称，或完整的姓名、手机、身份证号"
    create = Link("登记志愿者", "volunteers:volunteer-create", permissions.MANAGE, icon="user-plus")
    links = (import_link("导入志愿者", "volunteers.people", permissions.IMPORT),)
    empty = Empty(
        "还没有志愿者", "居民可以用手机自己注册，也可以在社区现场登记。", "登记志愿者", "volunteers:volunteer-create"
    )
    export_report_key = "volunteers.people"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Volunteer]) -> QuerySet[Volunteer]:
        return selectors.with_hours(queryset.select_related("unit", "person"))

    def filtered(self, user: Any, params: Any, filterset: Any) -> QuerySet:
        """Those who had themselves erased are shown only when asked for."""
        rows: Any = super().filtered(user, params, filterset)
        return rows if params.get("state") == VolunteerState.ERASED else rows.listed()

    def search(self, queryset: QuerySet[Volunteer], text: str) -> QuerySet[Volunteer]:
        return selectors.search_volunteers(queryset, text)


class VolunteerView(ScopedDetailView):
    """One volunteer: who (masked), what they can do, hours and points, teams, activities, orders, history."""

    model = Volunteer
    permission = permissions.VIEW
    template_name = "volunteers/people/detail.html"

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("unit", "person", "user")

    def title(self) -> str:
        return f"{mask_name(self.object.person.name)} {self.object.number}".strip()

    def trail(self) -> list[tuple[str, str | None]]:
        return [LIST]

    def context(self) -> dict[str, Any]:
        row, user = self.object, self.request.user
        actions = VOLUNTEER_FLOW.available(row, user)
        manages = covers(scope_of(user).holding(permissions.MANAGE), row.unit)
        return {
            "state_colour": COLOURS[VolunteerState(row.state)],
            "buttons": [button(row, action) for action in actions],
            "may_change": manages and row.state != VolunteerState.ERASED,
            "standing": selectors.standing(row),
            "facts": list(facts(row)),
            "person": list(person_rows(row, covers(scope_of(user).holding(permissions.REVEAL), row.unit))),
            "teams": selectors.teams_of(row),
            "participations": Participation.objects.visible_to(user).filter(volunteer=row)
            .select_related("activity").order_by("-joined_at")[:SHOWN],
            "orders": Order.objects.visible_to(user).filter(volunteer=row).order_by("-pk")[:SHOWN],
            "colours": COLOURS,
            "timeline": list(timeline(row)),
        }  # fmt: skip


def button(row: Volunteer, action: Action) -> dict[str, Any]:
    return {"action": action, "url": reverse("volunteers:volunteer-act", args=[row.pk, action.name])}


def facts(row: Volunteer) -> Iterator[tuple[str, Any] | tuple[str, Any, str]]:
    yield "编号", row.number
    yield "所属单位", row.unit.name
    yield "类别", row.get_group_display()
    yield "昵称", row.nickname
    yield "注册日期", f"{row.joined_on:%Y-%m-%d}"
    if row.left_on:
        yield "退出日期", f"{row.left_on:%Y-%m-%d}"
    if row.is_minor:
        agreed = row.guardian_agreed_at
        yield "监护人同意", f"{timezone.localtime(agreed):%Y-%m-%d %H:%M}" if agreed else "还没有确认"
    yield "公开展示", "本人同意" if row.display_consent_at else "没有同意，不公开"
    yield "保险", insurance_words(row)
    yield "工作账号", row.user or "没有关联"
    yield "服务技能", skill_words(row), "wide"
    yield "服务时间", "、".join(dict(TimeSlot.choices).get(key, key) for key in row.times), "wide"
    yield "愿意服务的地方", row.areas, "wide"


def insurance_words(row: Volunteer) -> str:
    if row.insured_until is None:
        return "没有登记"
    past = "（已过期）" if row.insured_until < timezone.localdate() else ""
    return f"至 {row.insured_until:%Y-%m-%d}{past} {row.insurance}".strip()


def person_rows(row: Volunteer, open_to_reader: bool) -> Iterator[dict[str, str]]:
    """Masked fields, each with the address that reveals it for those who may."""
    for name, mask in MASKS.items():
        value = getattr(row.person, name)
        if value:
            url = reverse("volunteers:volunteer-reveal", args=[row.pk, name]) if open_to_reader else ""
            yield {"label": FIELDS[name], "value": mask(value), "url": url}


def timeline(row: Any) -> Iterator[SimpleNamespace]:
    for event in history.timeline(row):
        kind = history.kind_of(event.kind)
        yield SimpleNamespace(
            at=event.at,
            title=kind.label,
            text=kind.describe(event.data),
            actor=event.actor or "本人或系统",
            icon=kind.icon,
        )


# --- sign-up at the desk


class SignUp(ScopedFormView):
    permission = permissions.MANAGE
    form_class = SignUpForm
    template_name = "volunteers/people/form.html"
    page_title = "登记志愿者"
    page_lead = "成年人登记后即在册；未满 18 周岁的，与监护人核实同意后在册。"
    breadcrumbs = (LIST, ("登记志愿者", None))
    submit_label = "登记"
    cancel_url = "volunteers:volunteers"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def context(self) -> dict[str, Any]:
        return {"informs": True}

    def perform(self, form: forms.BaseForm) -> SignedUp:
        actor = self.request.user
        try:
            return volunteer_sign_up(
                actor=actor, request_key=own_request_key(actor.pk, self.submission), **form.cleaned_data
            )
        except AlreadySignedUp as error:
            self._name_the_first(error.volunteer)
            raise

    def _name_the_first(self, first: Volunteer) -> None:
        """A link to the first registration, for those who may see it."""
        seen = Volunteer.objects.visible_to(self.request.user).filter(pk=first.pk).exists()
        if seen:
            words = '已登记的编号是 <a href="{}">{}</a>（{}）。'
            messages.info(
                self.request, format_html(words, first.get_absolute_url(), first.number, first.get_state_display())
            )
        else:
            messages.info(self.request, "已登记在别的单位，请联系上一级单位查询或办理转移。")

    def next_url(self, result: SignedUp) -> str:
        return keep_code(self.request, result)


def keep_code(request: HttpRequest, result: SignedUp) -> str:
    """Keep the code for the page that shows it once; the address of that page."""
    request.session[CODE] = {"pk": result.volunteer.pk, "code": result.code}
    return reverse("volunteers:volunteer-code", args=[result.volunteer.pk])


class CodeView(ScopedObjectMixin, View):
    """What to tell the volunteer: number and code. The code is shown once."""

    model = Volunteer
    permission = permissions.MANAGE

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row = self.get_object()
        kept = request.session.pop(CODE, None)
        if not kept or kept["pk"] != row.pk:
            return HttpResponseRedirect(row.get_absolute_url())
        context = {
            "object": row, "code": kept["code"], "page_title": "登记成功" if row.event_seq == 1 else "新的登录码",
            "breadcrumbs": [LIST, (row.number, row.get_absolute_url()), ("登录码", None)],
        }  # fmt: skip
        return render(request, "volunteers/people/code.html", context)


# --- changes


class VolunteerActionView(ActionView):
    """A row of the workflow table as a dialog or a page."""

    model = Volunteer
    permission = permissions.VIEW
    workflow = VOLUNTEER_FLOW

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("unit", "person")

    def form_for(self, action: Action, obj: Any) -> type[forms.BaseForm]:
        return TransferForm if action.name == "transfer" else super().form_for(action, obj)

    def form_arguments(self) -> dict[str, Any]:
        if self.action.name == "transfer":
            return {"user": self.request.user}
        if self.action.name == "insure":
            return {"initial": {"insured_until": self.object.insured_until, "insurance": self.object.insurance}}
        if self.action.name == "link":
            return {"initial": {"user": self.object.user_id}}
        return {}

    def context(self) -> dict[str, Any]:
        context = super().context()
        if self.action.name == "erase":
            context["page_lead"] = f"{self.action.help}现有积分 {points_left(self.object):f} 分。"
        return context

    def next_url(self, result: Any) -> str:
        if isinstance(result, SignedUp):
            return keep_code(self.request, result)
        return super().next_url(result) if self._still_visible() else reverse("volunteers:volunteers")

    def _still_visible(self) -> bool:
        return Volunteer.objects.visible_to(self.request.user).filter(pk=self.object.pk).exists()


class ChangeVolunteer(UpdateView):
    model = Volunteer
    permission = permissions.MANAGE
    object_permission = permissions.MANAGE
    form_class = ChangeForm
    template_name = "volunteers/people/form.html"
    object_name = "volunteer"
    version = "event_seq"
    page_title = "修改资料"
    success_message = "资料已修改。"
    service = volunteer_change

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.exclude(state=VolunteerState.ERASED)

    def form_arguments(self) -> dict[str, Any]:
        row = self.object
        names = ("group", "nickname", "skills", "times", "areas")
        initial = {name: getattr(row, name) for name in names}
        return {"volunteer": row, "initial": {**initial, "display_consent": row.display_consent_at is not None}}

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        assert isinstance(form, ChangeForm)
        return {"actor": self.request.user, "volunteer": self.object, **form.values()}

    def context(self) -> dict[str, Any]:
        url = self.object.get_absolute_url()
        crumbs = [LIST, (self.object.number, url), (self.page_title, None)]
        return {**super().context(), "breadcrumbs": crumbs, "cancel_url": url}


class RevealView(ScopedObjectMixin, View):
    """One personal field in clear, once, with a reason, on the record."""

    model = Volunteer
    permission = permissions.VIEW

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row, field = self.get_object(), kwargs["field"]
        if field not in FIELDS:
            raise Http404("没有这一项信息。")
        reason = request.POST.get("reason", "")
        value = person_reveal(volunteer=row, actor=request.user, field=field, reason=reason)
        context = {"value": value, "label": FIELDS[field], "object": row, "page_title": f"查看{FIELDS[field]}"}
        fragment = request.headers.get("HX-Request") == "true"
        template = "components/revealed.html" if fragment else "volunteers/people/revealed.html"
        response = render(request, template, context)
        response["Cache-Control"] = "no-store"
        return response
