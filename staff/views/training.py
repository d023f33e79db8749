"""Training for those who arrange it: plans, sessions with their list of people, hours owed and done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common import sign_codes
from common.errors import Conflict
from common.masks import mask_name
from common.pages import ActionView, Empty, Link, Ordering, ScopedDetailView, ScopedListView, ScopedObjectMixin
from common.qr import qr_svg
from common.scope import scope_of
from common.timeline import timeline_of
from grid.querysets import covers
from staff import permissions
from staff.choices_growth import COLOURS, HOLDING, EnrolmentState, SessionState
from staff.filters.growth import HoursFilter, SessionFilter, TrainingPlanFilter
from staff.forms import growth as growth_forms
from staff.models import Enrolment, TrainingPlan, TrainingSession, Worker
from staff.selectors.training import enrolments_of, with_figures, with_places
from staff.services import enrolments, training
from staff.tables.growth import HoursTable, SessionTable, TrainingPlanTable
from staff.views.growth_base import TEAM, AboutView, CreatesView, buttons, found_by_worker
from staff.workflow import TRAINING_FLOW

PLANS = ("培训计划", "/staff/training/plans/")
LIST = ("培训", "/staff/training/")


# --- plans


class PlanList(ScopedListView):
    model = TrainingPlan
    permission = permissions.GROWTH
    page_title = "培训计划"
    breadcrumbs = (TEAM, ("培训计划", None))
    table_class = TrainingPlanTable
    filterset_class = TrainingPlanFilter
    orderings = (Ordering("year", "年度", "year", descending=True), Ordering("title", "名称", "title"))
    search_hint = "名称"
    create = Link("新建计划", "staff:training-plan-create", permissions.GROWTH)
    links = (Link("全部培训", "staff:trainings", permissions.GROWTH, icon="school"),)
    empty = Empty(
        "还没有培训计划", "先建当年的计划，再在计划里安排培训和考试。", "新建计划", "staff:training-plan-create"
    )
    export_report_key = "staff.training_plans"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[TrainingPlan]) -> QuerySet[TrainingPlan]:
        counts = {
            name: Count(path, distinct=True) for name, path in (("session_count", "sessions"), ("exam_count", "exams"))
        }
        return queryset.select_related("unit").annotate(**counts)

    def search(self, queryset: QuerySet[TrainingPlan], text: str) -> QuerySet[TrainingPlan]:
        return queryset.filter(title__icontains=text)


class PlanCreate(CreatesView):
    form_class = growth_forms.NewPlanForm
    service = staticmethod(training.plan_create)
    page_title = "新建培训计划"
    page_lead = "应完成的学时按规则“培训学时”计算，这里写明目标，再逐次安排培训。"
    breadcrumbs = (PLANS, ("新建", None))
    cancel_url = "staff:training-plans"
    success_message = "已建立，可以安排培训了。"


class PlanPage(ScopedDetailView):
    model = TrainingPlan
    permission = permissions.GROWTH
    template_name = "staff/growth/plan.html"
    object: TrainingPlan

    def rows(self, queryset: QuerySet[TrainingPlan]) -> QuerySet[TrainingPlan]:
        return queryset.select_related("unit")

    def trail(self) -> list[tuple[str, str | None]]:
        return [PLANS]

    def context(self) -> dict[str, Any]:
        row = self.object
        sessions = with_places(row.sessions.all()).order_by("starts_at", "pk")
        exams = with_figures(row.exams.all()).order_by("held_on", "pk")
        return {
            "facts": [
                ("组织单位", row.unit.name), ("年度", f"{row.year} 年"), ("目标和要求", row.about or "—", "wide"),
            ],
            "sessions": [(one, COLOURS[SessionState(one.state)]) for one in sessions],
            "exams": list(exams),
            "timeline": timeline_of(row),
        }  # fmt: skip


class PlanChange(AboutView):
    model = TrainingPlan
    form_class = growth_forms.PlanForm
    service = staticmethod(training.plan_change)
    object_name = "plan"
    page_title = "修改计划"
    list_entry = PLANS
    success_message = "已保存。"

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"title": self.object.title, "about": self.object.about}}


# --- sessions


class SessionList(ScopedListView):
    model = TrainingSession
    permission = permissions.GROWTH
    page_title = "培训"
    breadcrumbs = (TEAM, ("培训", None))
    table_class = SessionTable
    filterset_class = SessionFilter
    orderings = (Ordering("starts_at", "开始时间", "starts_at", descending=True), Ordering("title", "名称", "title"))
    search_hint = "名称、地点或授课人"
    links = (
        Link("培训计划", "staff:training-plans", permissions.GROWTH, icon="clipboard-list"),
        Link("学时", "staff:training-hours", permissions.GROWTH, icon="clock"),
    )
    empty = Empty("还没有培训", "在培训计划里安排。", "培训计划", "staff:training-plans")
    export_report_key = "staff.trainings"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[TrainingSession]) -> QuerySet[TrainingSession]:
        return with_places(queryset.select_related("unit"))

    def search(self, queryset: QuerySet[TrainingSession], text: str) -> QuerySet[TrainingSession]:
        return (
            queryset.filter(title__icontains=text)
            | queryset.filter(place__icontains=text)
            | queryset.filter(teacher__icontains=text)
        )


class OfPlanView(AboutView):
    """Something new of a plan."""

    model = TrainingPlan
    object_name = "plan"
    list_entry = PLANS

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        return {**super().service_arguments(form), "request_key": self.submission}

    def next_url(self, result: Any) -> str:
        return str(result.get_absolute_url())


class SessionCreate(OfPlanView):
    form_class = growth_forms.SessionForm
    service = staticmethod(training.session_create)
    page_title = "安排培训"
    page_lead = "保存后，单位及下属单位的社区工作者可以在自己的页面报名。"
    success_message = "已安排，可以报名了。"


class SessionPage(ScopedDetailView):
    """One training: what, who enrolled, who came; buttons for whoever arranges it."""

    model = TrainingSession
    permission = permissions.GROWTH
    template_name = "staff/growth/session.html"
    object: TrainingSession

    def rows(self, queryset: QuerySet[TrainingSession]) -> QuerySet[TrainingSession]:
        return queryset.select_related("unit", "plan")

    def trail(self) -> list[tuple[str, str | None]]:
        return [LIST]

    def context(self) -> dict[str, Any]:
        row = self.object
        named = [
            (one, mask_name(one.worker.person.name), COLOURS[EnrolmentState(one.state)]) for one in enrolments_of(row)
        ]
        people = [line for line in named if line[0].state != EnrolmentState.WAITING]
        manages = covers(scope_of(self.request.user).holding(permissions.GROWTH), row.unit)
        return {
            "state_colour": COLOURS[SessionState(row.state)],
            "buttons": buttons(TRAINING_FLOW, row, self.request.user, "staff:training-act"),
            "facts": list(self._facts()),
            "people": people,
            "waiting": [line for line in named if line[0].state == EnrolmentState.WAITING],
            "present": sum(one.state == EnrolmentState.PRESENT for one, _, _ in people),
            "may_change": manages and row.state == SessionState.OPEN,
            "may_correct": manages and row.state != SessionState.CANCELLED and row.starts_at <= timezone.now(),
            "timeline": timeline_of(row),
        }

    def _facts(self) -> Iterator[tuple[Any, ...]]:
        row = self.object
        yield "组织单位", row.unit.name
        yield "培训计划", row.plan.title
        yield "类别", row.get_subject_display()
        yield "时间", when(row)
        yield "地点", row.place
        yield "授课人", row.teacher or "—"
        yield "学时", f"{row.hours.normalize():f}"
        yield "名额", f"{row.capacity} 人"


def when(row: TrainingSession) -> str:
    first, last = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
    same = first.date() == last.date()
    return f"{first:%Y-%m-%d %H:%M} 至 {last:%H:%M}" if same else f"{first:%Y-%m-%d %H:%M} 至 {last:%Y-%m-%d %H:%M}"


class SessionChange(AboutView):
    model = TrainingSession
    form_class = growth_forms.SessionForm
    service = staticmethod(training.session_change)
    object_name = "session"
    page_title = "修改培训"
    page_lead = "时间、地点有变动的，已报名和候补的人会收到通知；增加名额的，候补的人按顺序报上名。"
    list_entry = LIST
    success_message = "已保存。"

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {name: getattr(self.object, name) for name in training.CHANGEABLE}}


class SessionAct(ActionView):
    model = TrainingSession
    permission = permissions.GROWTH
    workflow = TRAINING_FLOW
    detail_view = SessionPage

    def rows(self, queryset: QuerySet[TrainingSession]) -> QuerySet[TrainingSession]:
        return queryset.select_related("unit", "plan")


class AddPerson(AboutView):
    model = TrainingSession
    form_class = growth_forms.PersonForm
    service = staticmethod(enrolments.enrol_for)
    object_name = "session"
    page_title = "加入名单"
    page_lead = "没有手机的，或者必须参加的，由组织者加入；名额已满的排入候补。"
    list_entry = LIST
    submit_label = "加入"
    for_user = True

    def message(self, result: Enrolment) -> str:
        waits = result.state == EnrolmentState.WAITING
        return "名额已满，已排入候补；需要立即参加的请先增加名额。" if waits else "已加入名单。"


class CorrectEnrolment(AboutView):
    """Who was there and what counts, when the phone did not say so."""

    model = Enrolment
    form_class = growth_forms.CorrectEnrolmentForm
    service = staticmethod(enrolments.enrolment_correct)
    object_name = "enrolment"
    page_title = "更正到场和学时"
    success_message = "已更正。"

    def rows(self, queryset: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
        return queryset.select_related("session__unit", "worker__person")

    def form_arguments(self) -> dict[str, Any]:
        row = self.object
        there = "yes" if row.state == EnrolmentState.PRESENT else "no"
        ended = row.session.state == SessionState.ENDED
        return {"initial": {"present": there, "hours": row.hours if ended else row.session.hours}}

    def next_url(self, result: Any) -> str:
        return str(self.object.session.get_absolute_url())

    def context(self) -> dict[str, Any]:
        row = self.object
        here = row.session.get_absolute_url()
        return {
            "object": row, "page_lead": f"{mask_name(row.worker.person.name)}（{row.worker.number}）", "cancel_url": here,
            "breadcrumbs": [LIST, (row.session.title, here), (self.page_title, None)],
        }  # fmt: skip


# --- the screen


def sign_context(request: HttpRequest, row: TrainingSession) -> dict[str, Any]:
    """The code of this moment and how many have come."""
    now = timezone.now()
    asked = request.GET.get("kind", "")
    kind = asked if asked in sign_codes.KINDS else (sign_codes.OUT if now >= row.ends_at else sign_codes.IN)
    token = sign_codes.token(row.pk, enrolments.secret_of(row), kind, now)
    address = request.build_absolute_uri(reverse("staff:own-sign", args=[token]))
    held = row.enrolments.filter(state__in=HOLDING)
    people = held.aggregate(joined=Count("pk"), present=Count("signed_in_at"), gone=Count("signed_out_at"))
    word = sign_codes.WORDS[kind]
    return {"object": row, "kind": kind, "word": word, "qr": qr_svg(address, f"{word}二维码"), **people}


class SignMixin(ScopedObjectMixin):
    model = TrainingSession
    permission = permissions.GROWTH
    object_permission = permissions.GROWTH

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("unit")


class SignScreen(SignMixin, View):
    """For a tablet at the door: one large code, which changes by itself."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row = self.get_object()
        if row.state != SessionState.OPEN:
            raise Conflict(f"培训“{row}”{row.get_state_display()}，不能签到签退。")
        context = {
            "page_title": str(row), "back": row.get_absolute_url(), "code_url": reverse("staff:training-code", args=[row.pk]),
            **sign_context(request, row),
        }  # fmt: skip
        return render(request, "common/sign_screen.html", context)


class SignCode(SignMixin, View):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return render(request, "common/sign_code.html", sign_context(request, self.get_object()))


# --- hours


class HoursList(ScopedListView):
    model = Worker
    permission = permissions.GROWTH
    page_title = "培训学时"
    template_name = "staff/growth/hours.html"
    page_lead = "应完成学时按用工类别和在岗月数计算；未完成的可以筛选后提醒。"
    breadcrumbs = (LIST, ("学时", None))
    table_class = HoursTable
    filterset_class = HoursFilter
    orderings = (Ordering("number", "工号", "number"),)
    search_hint = "工号，或完整的姓名"
    empty = Empty("没有社区工作者", "先在花名册登记人员。", "社区工作者", "staff:workers")
    export_report_key = "staff.training_hours"
    export_permission = permissions.EXPORT

    def visible(self, user: Any) -> Any:
        return self.rows(Worker.objects.visible_to(user, permissions.GROWTH))

    def rows(self, queryset: QuerySet[Worker]) -> QuerySet[Worker]:
        return queryset.active().select_related("unit", "person")  # type: ignore[attr-defined]

    def search(self, queryset: QuerySet[Worker], text: str) -> QuerySet[Worker]:
        return found_by_worker(queryset, text, "")
