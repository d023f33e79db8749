"""Activities on a resident's phone: what is on, joining, signing by QR code, own hours. Phone first."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common.errors import Conflict, PlainError
from common.pages import FormPage, PublicMixin
from volunteers import own_sections, sign_codes
from volunteers.choices import COLOURS, HOLDS_A_PLACE, ActivityState, ParticipationState
from volunteers.forms.activities import JoinForm
from volunteers.models import Activity, Participation, Volunteer
from volunteers.own import OwnMixin, back_to
from volunteers.own_sections import OwnLink, OwnSection
from volunteers.policies.activities import is_open
from volunteers.selectors.activities import (
    AREAS,
    in_reach,
    late_minutes,
    open_activities,
    own_participations,
    places_of,
    public_activity,
    span_words,
    theme_labels,
    waiting_position,
    with_figures,
)
from volunteers.services.attendance import sign_in, sign_out
from volunteers.services.hours import notice_read
from volunteers.services.participation import activity_join, activity_leave
from volunteers.views.activities import facts

PAGE = 20


# --- for everybody


class OpenActivities(PublicMixin, View):
    """What is on in the district, without signing in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = open_activities(timezone.now())
        context = {"page_title": "志愿活动", "own": False, **listed(request, rows)}
        return render(request, "volunteers/own/activities.html", context)


class OpenActivity(PublicMixin, View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = shown_activity(pk)
        back = back_to("志愿活动", "open-activities")
        context = {"page_title": str(activity), "own": False, **back, **activity_context(activity)}
        return render(request, "volunteers/own/activity.html", context)


def listed(request: HttpRequest, rows: QuerySet[Activity]) -> dict[str, Any]:
    """A page of the list, by theme."""
    themes = theme_labels()
    theme = request.GET.get("theme", "")
    if theme in themes:
        rows = rows.filter(theme=theme)
    page = Paginator(with_figures(rows.select_related("unit")), PAGE).get_page(request.GET.get("page", "")[:9])
    return {
        "page": page, "activities": [activity_card(row, themes) for row in page],
        "themes": list(themes.items()), "theme": theme if theme in themes else "",
    }  # fmt: skip


def activity_card(activity: Activity, themes: dict[str, str]) -> dict[str, Any]:
    left = max(activity.capacity - activity.taken, 0)  # type: ignore[attr-defined]
    return {
        "row": activity, "when": span_words(activity.starts_at, activity.ends_at),
        "theme": themes.get(activity.theme, activity.theme), "left": left,
    }  # fmt: skip


def shown_activity(pk: int) -> Activity:
    found = public_activity(pk)
    if found is None:
        raise Http404("没有找到这项活动。")
    return found


def activity_context(activity: Activity) -> dict[str, Any]:
    places = places_of(activity)
    return {
        "object": activity, "facts": list(facts(activity)), "colour": COLOURS[activity.state], "places": places,
        "roles": [(role, places.free_for(role.pk)) for role in activity.roles.all()],
        "is_open": bool(is_open(activity, timezone.now())),
    }  # fmt: skip


# --- a volunteer's own


class OwnActivities(OwnMixin, View):
    """What is on: in one's own community, nearby, or in the whole district."""

    def get(self, request: HttpRequest) -> HttpResponse:
        area = request.GET.get("area", "")
        area = area if area in dict(AREAS) else "all"
        rows = in_reach(open_activities(timezone.now()), self.volunteer, area)
        context = listed(request, rows)
        mine = own_participations(self.volunteer).filter(activity__in=[card["row"] for card in context["activities"]])
        states = {row.activity_id: row for row in mine}
        for card in context["activities"]:
            card["mine"] = own_state(states.get(card["row"].pk))
        context |= {"page_title": "志愿活动", "own": True, "areas": AREAS, "area": area}
        return render(request, "volunteers/own/activities.html", context)


def own_state(row: Participation | None) -> tuple[str, str] | None:
    """A badge: words and colour; nothing for who has withdrawn."""
    if row is None or row.state == ParticipationState.WITHDRAWN:
        return None
    return row.get_state_display(), COLOURS.get(row.state, "grey")


class OwnActivity(OwnMixin, FormPage):
    """One activity with the form to join it, or how one stands in it."""

    form_class = JoinForm
    template_name = "volunteers/own/activity.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.activity = shown_activity(kwargs["pk"])
        self.page_title = str(self.activity)

    def form_arguments(self) -> dict[str, Any]:
        return {"activity": self.activity}

    def perform(self, form: forms.BaseForm) -> Participation:
        return activity_join(activity=self.activity, volunteer=self.volunteer, role=form.cleaned_data.get("role"))

    def message(self, result: Participation) -> str:
        if result.state == ParticipationState.WAITING:
            return f"名额已满，您在候补名单第 {waiting_position(result)} 位，有人退出会自动递补。"
        return "报名成功，请按时参加；来不了请及时退出，把名额让给别人。"

    def next_url(self, result: Participation) -> str:
        return reverse("volunteers:own-activity", args=[self.activity.pk])

    def context(self) -> dict[str, Any]:
        mine = own_participations(self.volunteer).filter(activity=self.activity).first()
        shown = {**activity_context(self.activity), **mine_context(mine)}
        back = back_to("志愿活动", "own-activities")
        return {"own": True, **back, **shown, "joinable": shown["is_open"] and not shown["badge"]}


def sign_hint(mine: Participation) -> str:
    """What comes next on the day."""
    if mine.state not in HOLDS_A_PLACE or mine.activity.state not in (ActivityState.PUBLISHED, ActivityState.ENDED):
        return ""
    if mine.signed_out_at is not None:
        return "组织者确认后，时长记入您的服务记录。"
    if mine.activity.state == ActivityState.ENDED:
        return ""
    if mine.signed_in_at is not None:
        return "离开时用手机扫签到屏上的二维码签退。"
    return "到现场后，用手机扫签到屏上的二维码签到，离开时再扫一次签退。"


def mine_context(mine: Participation | None) -> dict[str, Any]:
    if mine is None:
        return {"mine": None, "badge": None}
    before = mine.activity.state == ActivityState.PUBLISHED and timezone.now() < mine.activity.starts_at
    settled = mine.activity.state == ActivityState.CONFIRMED
    disputable = mine.state in (ParticipationState.CONFIRMED, ParticipationState.ABSENT)
    waiting = mine.state == ParticipationState.WAITING
    return {
        "mine": mine, "badge": own_state(mine), "position": waiting_position(mine) if waiting else 0,
        "late": late_minutes(mine), "sign_hint": sign_hint(mine),
        "may_leave": before and mine.state in (ParticipationState.JOINED, ParticipationState.WAITING),
        "may_object": settled and disputable and not (mine.objection and not mine.objection_answer),
    }  # fmt: skip


class OwnParticipation(OwnMixin, View):
    """Base of what a volunteer does about one of their own participations; another's does not exist."""

    def find(self) -> Participation:
        found = own_participations(self.volunteer).filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404("没有找到这条报名。")
        return found


class Leave(OwnParticipation):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.find()
        try:
            activity_leave(participation=row)
            messages.success(request, "已退出报名，名额让给候补的人。")
        except PlainError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(reverse("volunteers:own-activity", args=[row.activity_id]))


class ReadNotice(OwnParticipation):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.find()
        notice_read(participation=row)
        return HttpResponseRedirect(reverse("volunteers:own-activity", args=[row.activity_id]))


class OwnJoined(OwnMixin, View):
    """Everything one has joined: what is coming first, then what was."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = own_participations(self.volunteer).exclude(state=ParticipationState.WITHDRAWN)
        page = Paginator(rows, PAGE).get_page(request.GET.get("page", "")[:9])
        lines = [joined_line(row) for row in page]
        now = timezone.now()
        context = {
            "page_title": "我的活动", "page": page,
            "coming": [line for line in reversed(lines) if line["row"].activity.ends_at > now],
            "past": [line for line in lines if line["row"].activity.ends_at <= now],
        }  # fmt: skip
        return render(request, "volunteers/own/joined.html", context)


def joined_line(row: Participation) -> dict[str, Any]:
    activity = row.activity
    state: Any = (activity.get_state_display(), COLOURS[activity.state])
    return {
        "row": row, "when": span_words(activity.starts_at, activity.ends_at),
        "badge": state if activity.state == ActivityState.CANCELLED else own_state(row),
    }  # fmt: skip


# --- signing by QR code


class OwnSign(OwnMixin, View):
    """Where a QR code of the sign-in screen leads; a button signs, so that a preview of the address does nothing.

    A code is looked at when it is opened: whoever has to enter their own code first may take ten minutes.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        scan = sign_codes.parse(kwargs["token"])
        activity = public_activity(scan.pk) if scan else None
        if scan is None or activity is None:
            raise Http404("这个二维码不是签到码，请扫描活动现场的二维码。")
        self.activity, self.kind = activity, scan.kind
        if not sign_codes.was_fresh(request.session, scan, activity):
            raise Conflict("二维码已经更新，请重新扫描活动现场的二维码。")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        mine = own_participations(self.volunteer).filter(activity=self.activity).first()
        context = {
            "page_title": "签到" if self.kind == sign_codes.IN else "签退", "object": self.activity,
            "when": span_words(self.activity.starts_at, self.activity.ends_at), "mine": mine, "badge": own_state(mine),
            "verb": "签到" if self.kind == sign_codes.IN else "签退",
            "joined": mine is not None and mine.state != ParticipationState.WITHDRAWN,
        }  # fmt: skip
        return render(request, "volunteers/own/sign.html", context)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        mine = own_participations(self.volunteer).filter(activity=self.activity).first()
        target = reverse("volunteers:own-activity", args=[self.activity.pk])
        if mine is None:
            messages.error(request, "您还没有报名这项活动，请先报名。")
            return HttpResponseRedirect(target)
        try:
            done = (sign_in if self.kind == sign_codes.IN else sign_out)(participation=mine)
            (messages.success if done.new else messages.info)(request, done.text)
        except PlainError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(target)


# --- the first page


def coming_box(volunteer: Volunteer) -> OwnSection | None:
    """The next activities one holds a place in."""
    rows = list(
        own_participations(volunteer)
        .filter(state__in=HOLDS_A_PLACE, activity__state=ActivityState.PUBLISHED, activity__ends_at__gt=timezone.now())
        .order_by("activity__starts_at")[:3]
    )  # fmt: skip
    if not rows:
        return None
    lines = [
        {"activity": row.activity, "when": span_words(row.activity.starts_at, row.activity.ends_at)} for row in rows
    ]
    context = {"rows": lines}
    return OwnSection(
        "近期活动", "volunteers/own/activities_box.html", context, "calendar-event", reverse("volunteers:own-joined")
    )


def waiting_notices(volunteer: Volunteer) -> str:
    unread = own_participations(volunteer).exclude(notice="").count()
    return f"{unread} 条新通知" if unread else ""


own_sections.register("activities", 20, coming_box)
own_sections.register_link("activities", 20, OwnLink("志愿活动", "volunteers:own-activities", "calendar-plus"))
own_sections.register_link("joined", 21, OwnLink("我的活动", "volunteers:own-joined", "list-check", waiting_notices))
own_sections.register_link("hours", 22, OwnLink("我的时长", "volunteers:own-hours", "clock-check"))
