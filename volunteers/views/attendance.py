"""On the day: the sign-in screen with its QR codes, the tick-off list, corrections, and the hours afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common.errors import Conflict, PlainError
from common.pages import ScopedDetailView, ScopedObjectMixin, UpdateView
from common.qr import qr_svg
from common.sign_codes import WORDS
from volunteers import permissions, sign_codes
from volunteers.choices import ActivityState, ParticipationState
from volunteers.forms.activities import AddForm, CorrectForm, CorrectHoursForm, HoursForm, TextForm
from volunteers.models import Activity, Participation, Volunteer
from volunteers.selectors.activities import places_of
from volunteers.services.attendance import Signed, attendance_correct, mark_absent, sign_in, sign_out, sign_out_all
from volunteers.services.hours import activity_confirm, hours_correct, objection_answer, proposed_hours
from volunteers.services.participation import activity_join, activity_leave
from volunteers.views.activities import crumbs, people_of, person_row
from volunteers.workflow import ACTIVITY_FLOW

SHOWN = (
    ParticipationState.JOINED, ParticipationState.PRESENT, ParticipationState.SERVED, ParticipationState.ABSENT,
    ParticipationState.WAITING,
)  # fmt: skip


class OrganiserMixin(ScopedObjectMixin):
    """A page about one activity, for whoever organises it."""

    model = Activity
    permission = permissions.ACTIVITIES
    object_permission = permissions.ACTIVITIES
    object: Activity

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("unit")


# --- the screen


def sign_context(request: HttpRequest, activity: Activity) -> dict[str, Any]:
    now = timezone.now()
    asked = request.GET.get("kind", "")
    kind = asked if asked in sign_codes.KINDS else (sign_codes.OUT if now >= activity.ends_at else sign_codes.IN)
    address = request.build_absolute_uri(
        reverse("volunteers:own-sign", args=[sign_codes.token(activity, kind, now)])
    )  # fmt: skip
    held = activity.participations.filter(
        state__in=(ParticipationState.JOINED, ParticipationState.PRESENT, ParticipationState.SERVED)
    )
    # ``Count`` of a moment counts those that have one; the screen asks every few seconds.
    people = held.aggregate(joined=Count("pk"), present=Count("signed_in_at"), gone=Count("signed_out_at"))
    return {
        "object": activity, "kind": kind, "word": WORDS[kind], "qr": qr_svg(address, f"{WORDS[kind]}二维码"), **people,
    }  # fmt: skip


class SignScreen(OrganiserMixin, View):
    """For a tablet at the door: one large code, which changes by itself."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        activity = self.get_object()
        if activity.state not in (ActivityState.PUBLISHED, ActivityState.ENDED):
            raise Conflict(f"活动“{activity}”{activity.get_state_display()}，不能签到签退。")
        context = {
            "page_title": str(activity), "back": activity.get_absolute_url(),
            "code_url": reverse("volunteers:sign-code", args=[activity.pk]), **sign_context(request, activity),
        }  # fmt: skip
        return render(request, "volunteers/activities/sign_screen.html", context)


class SignCode(OrganiserMixin, View):
    """The code of this moment: the screen asks for it every few seconds."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return render(request, "common/sign_code.html", sign_context(request, self.get_object()))


# --- the list


class AttendanceList(OrganiserMixin, ScopedDetailView):
    """Everybody who joined, with a button for what comes next."""

    template_name = "volunteers/activities/attendance.html"

    def title(self) -> str:
        return f"签到名单：{self.object}"

    def context(self) -> dict[str, Any]:
        people = [person_row(row) for row in people_of(self.object) if row.state in SHOWN]
        return {
            "breadcrumbs": crumbs(self.object, "签到名单"),
            "people": [row for row in people if row["state"] != ParticipationState.WAITING],
            "waiting": [row for row in people if row["state"] == ParticipationState.WAITING],
            "places": places_of(self.object),
            "present": sum(row["state"] == ParticipationState.PRESENT for row in people),
            "add_form": AddForm(activity=self.object),
            "started": timezone.now() >= self.object.starts_at,
        }


class SignOutAll(OrganiserMixin, View):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        activity = self.get_object()
        people = sign_out_all(activity=activity, by=request.user)
        messages.success(request, f"已为 {people} 人签退。" if people else "没有需要签退的人。")
        return HttpResponseRedirect(reverse("volunteers:attendance", args=[activity.pk]))


class AddPerson(OrganiserMixin, View):
    """Somebody came without having joined: by the number, among the volunteers one sees."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        activity = self.get_object()
        form = AddForm(request.POST, activity=activity)
        try:
            if not form.is_valid():
                messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
            else:
                row = self._add(activity, form.cleaned_data)
                messages.success(request, f"{row.volunteer.number} {row.get_state_display()}。")
        except PlainError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(reverse("volunteers:attendance", args=[activity.pk]))

    def _add(self, activity: Activity, data: dict[str, Any]) -> Participation:
        number = data["number"].strip()
        person = Volunteer.objects.visible_to(self.request.user).listed().filter(number=number).first()
        if person is None:
            raise Conflict(f"没有找到编号为“{number}”的志愿者；不是本辖区的，请本人用手机报名。")
        return activity_join(activity=activity, volunteer=person, role=data.get("role"), by=self.request.user)


class ParticipationMixin(ScopedObjectMixin):
    """About one person in an activity; the services ask whether one organises it."""

    model = Participation
    permission = permissions.ACTIVITIES
    object: Participation

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("activity__unit", "volunteer__person", "volunteer__unit", "role")


class Mark(ParticipationMixin, View):
    """Tick off: in, out, absent, off the list. Answers htmx with the person's line."""

    VERBS: ClassVar[dict[str, Callable[..., Any]]] = {
        "in": sign_in,
        "out": sign_out,
        "absent": mark_absent,
        "leave": activity_leave,
    }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row = self.get_object()
        verb = self.VERBS.get(kwargs["verb"])
        if verb is None:
            raise Http404("没有这项操作。")
        done = verb(participation=row, by=request.user)
        text = f"{row.volunteer.number} {done.text}" if isinstance(done, Signed) else ""
        if request.headers.get("HX-Request") != "true":
            if text:
                messages.success(request, text)
            return HttpResponseRedirect(reverse("volunteers:attendance", args=[row.activity_id]))
        fresh = self.get_object()
        context = {"person": person_row(fresh), "object": fresh.activity, "said": text}
        started = timezone.now() >= fresh.activity.starts_at
        return render(request, "volunteers/activities/attendance_row.html", {**context, "started": started})


class AboutParticipation(ParticipationMixin, UpdateView):
    """Base of the forms about one person in an activity."""

    verb = ""

    def form_arguments(self) -> dict[str, Any]:
        row = self.object
        return {"initial": {"signed_in_at": row.signed_in_at, "signed_out_at": row.signed_out_at}}

    def context(self) -> dict[str, Any]:
        row = self.object
        person = person_row(row)
        return {
            **super().context(),
            "page_title": f"{self.verb}：{person['number']} {person['name']}",
            "breadcrumbs": crumbs(row.activity, self.verb),
            "cancel_url": self.next_url(row),
        }

    def next_url(self, result: Any) -> str:
        return self.object.activity.get_absolute_url()


class Correct(AboutParticipation):
    """What was forgotten at the door."""

    form_class = CorrectForm
    verb = "补签、更正"
    page_lead = "忘记签到签退的，核实后在这里补上。理由会留在记录里。"
    success_message = "已更正。"

    def perform(self, form: forms.BaseForm) -> Participation:
        return attendance_correct(participation=self.object, by=self.request.user, **form.cleaned_data)

    def next_url(self, result: Any) -> str:
        return reverse("volunteers:attendance", args=[self.object.activity_id])


class CorrectHours(AboutParticipation):
    """Hours that were confirmed wrongly."""

    form_class = CorrectHoursForm
    verb = "更正时长"
    page_lead = "原来的服务记录作废，积分冲回，按更正后的时长重新登记。"
    success_message = "已更正。"

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {**super().form_arguments()["initial"], "hours": self.object.hours}}

    def perform(self, form: forms.BaseForm) -> Participation:
        return hours_correct(participation=self.object, actor=self.request.user, **form.cleaned_data)


class AnswerObjection(AboutParticipation):
    """The hours stay as they are; the volunteer is told why."""

    form_class = TextForm
    verb = "答复异议"
    submit_label = "答复"
    success_message = "已答复。"

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def context(self) -> dict[str, Any]:
        return {**super().context(), "page_lead": f"本人的异议：{self.object.objection}"}

    def perform(self, form: forms.BaseForm) -> Participation:
        return objection_answer(participation=self.object, actor=self.request.user, text=form.cleaned_data["text"])


# --- hours


class ConfirmHours(OrganiserMixin, UpdateView):
    """Everybody's hours on one page, confirmed at once."""

    form_class = HoursForm
    template_name = "volunteers/activities/confirm.html"
    page_title = "确认时长"
    submit_label = "全部确认"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        ACTIVITY_FLOW.require("confirm", self.get_object(), request.user)
        return super().get(request, *args, **kwargs)

    def form_arguments(self) -> dict[str, Any]:
        self.people = list(people_of(self.object))
        for row in self.people:
            row.activity = self.object
        served = [row for row in self.people if row.state == ParticipationState.SERVED]
        return {"rows": [(row, proposed_hours(row)) for row in served]}

    def perform(self, form: forms.BaseForm) -> Activity:
        assert isinstance(form, HoursForm)
        return activity_confirm(activity=self.object, actor=self.request.user, given=form.given())

    def message(self, result: Activity) -> str:
        return "时长已确认，记入志愿者的服务记录。"

    def show(self, form: forms.BaseForm, status: int = 200) -> HttpResponse:
        assert isinstance(form, HoursForm)
        self.lines = [(person_row(row), *rest) for row, *rest in form.people]
        return super().show(form, status)

    def context(self) -> dict[str, Any]:
        rows = [person_row(row) for row in self.people]
        return {
            **super().context(),
            "breadcrumbs": crumbs(self.object, "确认时长"),
            "cancel_url": self.object.get_absolute_url(),
            "people": self.lines,
            "not_out": [row for row in rows if row["state"] == ParticipationState.PRESENT],
            "not_come": [row for row in rows if row["state"] == ParticipationState.JOINED],
        }
