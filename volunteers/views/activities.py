"""Activities for staff: the list, planning, the page of one, its actions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from common.masks import mask_name
from common.pages import ActionView, CreateView, Empty, Link, Ordering, ScopedDetailView, ScopedListView, UpdateView
from common.scope import scope_of
from common.timeline import timeline_of
from grid.models import Unit
from volunteers import permissions
from volunteers.choices import COLOURS, HOLDS_A_PLACE, ActivityState, ParticipationState
from volunteers.filters.activities import ActivityFilter
from volunteers.forms.activities import ActivityForm, RegularDayForm
from volunteers.models import Activity, Participation
from volunteers.policies.activities import age_words, over_unit
from volunteers.rules import themes
from volunteers.selectors.activities import (
    late_minutes,
    places_of,
    search_activities,
    service_days,
    span_words,
    suggestion,
    theme_labels,
    with_figures,
)
from volunteers.services.activities import activity_change, activity_create
from volunteers.services.regular_days import Planned, plan_regular_day
from volunteers.tables.activities import ActivityTable
from volunteers.workflow import ACTIVITY_FLOW

HOME = "志愿活动"
# Actions with a page of their own instead of the form of the table.
PAGES = {"change": "volunteers:activity-change", "confirm": "volunteers:activity-confirm"}


class ActivityList(ScopedListView):
    """All activities of one's scope, the latest first."""

    model = Activity
    permission = permissions.VIEW
    page_title = HOME
    table_class = ActivityTable
    filterset_class = ActivityFilter
    orderings = (
        Ordering("starts_at", "开始时间", "starts_at", descending=True),
        Ordering("created", "登记先后", "pk", descending=True),
    )
    search_hint = "活动名称、地点或组织单位"
    create = Link("筹备活动", "volunteers:activity-create", permissions.ACTIVITIES)
    empty = Empty(
        "还没有志愿活动", "筹备并发布后，居民可以看到，志愿者可以报名。", "筹备活动", "volunteers:activity-create"
    )
    export_report_key = "volunteers.activities"
    export_permission = permissions.EXPORT

    @property
    def links(self) -> tuple[Link, ...]:  # type: ignore[override]
        """Regular days are offered where the district has some."""
        plan = Link("排固定服务日", "volunteers:activity-plan", permissions.ACTIVITIES, "calendar-event")
        return (plan,) if service_days() else ()

    def rows(self, queryset: QuerySet[Activity]) -> QuerySet[Activity]:
        return with_figures(queryset.select_related("unit"))

    def search(self, queryset: QuerySet[Activity], text: str) -> QuerySet[Activity]:
        return search_activities(queryset, text)


# --- planning


class CreateActivity(CreateView):
    """A new draft; ``?copy=`` starts with the values of an earlier activity, ``?theme=`` with a theme."""

    form_class = ActivityForm
    permission = permissions.ACTIVITIES
    template_name = "volunteers/activities/form.html"
    page_title = "筹备活动"
    page_lead = "先存为筹备中，核对无误后再发布。"
    breadcrumbs = ((HOME, "volunteers:activities"), ("筹备活动", None))
    submit_label = "保存"
    cancel_url = "volunteers:activities"
    success_message = "已保存，核对后请发布。"

    def form_arguments(self) -> dict[str, Any]:
        copied = self._copied()
        initial: dict[str, Any] = copied_values(copied) if copied else {"theme": self.request.GET.get("theme", "")[:20]}
        own = scope_of(self.request.user).holding(permissions.ACTIVITIES).unit_ids()
        if "unit" not in initial and len(own) == 1:
            initial["unit"] = Unit.objects.visible_to(self.request.user).filter(pk__in=own).first()
        return {
            "user": self.request.user, "is_new": True, "initial": initial,
            "roles": copied.roles.all() if copied else (),
        }  # fmt: skip

    def _copied(self) -> Activity | None:
        key = self.request.GET.get("copy", "")
        if not (key.isascii() and key.isdigit() and len(key) < 18):
            return None
        return Activity.objects.visible_to(self.request.user).select_related("unit", "team").filter(pk=int(key)).first()

    def context(self) -> dict[str, Any]:
        return {
            "breadcrumbs": ((HOME, reverse("volunteers:activities")), ("筹备活动", None)),
            "suggestions": month_themes(timezone.localdate().month),
        }

    def perform(self, form: forms.BaseForm) -> Activity:
        assert isinstance(form, ActivityForm)
        return activity_create(actor=self.request.user, **form.values())


def month_themes(month: int) -> list[tuple[str, str]]:
    """Themes of a month to start with (一月一主题、一节一活动)."""
    found = [theme for theme in themes(timezone.localdate()) if month in theme.months]
    return [(theme.key, suggestion(theme)) for theme in found]


def copied_values(activity: Activity) -> dict[str, Any]:
    """Values of an earlier activity, moved by whole weeks until it lies ahead."""
    names = (
        "unit", "title", "theme", "place", "capacity", "about", "team", "min_age", "max_age", "is_risky", "risks",
    )  # fmt: skip
    values = {name: getattr(activity, name) for name in names}
    behind = timezone.now() - activity.starts_at
    shift = timedelta(weeks=max(behind // timedelta(weeks=1) + 1, 1))
    moments = {name: getattr(activity, name) + shift for name in ("starts_at", "ends_at", "signup_until")}
    if activity.signup_until == activity.starts_at:
        del moments["signup_until"]
    return {**values, **moments, "team": activity.team_id}


class PlanRegularDay(CreateView):
    """Drafts of a regular day for the coming weeks."""

    form_class = RegularDayForm
    permission = permissions.ACTIVITIES
    page_title = "排固定服务日"
    page_lead = "按每周固定的日子，一次排好今后几周的活动，存为筹备中。已经排过的不会重复，节假日自动跳过。"
    submit_label = "排活动"
    cancel_url = "volunteers:activities"
    service = plan_regular_day
    success_url = "volunteers:activities"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def context(self) -> dict[str, Any]:
        return {"breadcrumbs": ((HOME, reverse("volunteers:activities")), ("排固定服务日", None))}

    def message(self, result: Planned) -> str:
        text = f"新排 {len(result.created)} 次，存为筹备中，请逐一发布。"
        if result.kept:
            text += f"已有 {len(result.kept)} 次没有重复排。"
        if result.days_off:
            days = "、".join(f"{day.month}月{day.day}日" for day in result.days_off)
            text += f"{days}放假，没有排。"
        return text


class ChangeActivity(UpdateView):
    model = Activity
    permission = permissions.ACTIVITIES
    object_permission = permissions.ACTIVITIES
    object_name = "activity"
    version = "event_seq"
    form_class = ActivityForm
    template_name = "volunteers/activities/form.html"
    page_title = "修改活动"
    page_lead = "已经报名的志愿者会在自己的页面看到改了什么。"
    success_message = "已保存。"
    object: Activity

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        ACTIVITY_FLOW.require("change", self.get_object(), request.user)
        return super().get(request, *args, **kwargs)

    def rows(self, queryset: QuerySet[Activity]) -> QuerySet[Activity]:
        return queryset.select_related("unit", "team")

    def form_arguments(self) -> dict[str, Any]:
        arguments = super().form_arguments()
        row = self.object
        # Sign-up that ends with the start goes on doing so when the start is moved.
        until = row.signup_until if row.signup_until != row.starts_at else None
        arguments["initial"] |= {"team": row.team_id, "signup_until": until}
        return {**arguments, "user": self.request.user, "is_new": False, "roles": self.object.roles.all()}

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        assert isinstance(form, ActivityForm)
        return {"actor": self.request.user, "activity": self.object, **form.values()}

    service = activity_change

    def context(self) -> dict[str, Any]:
        return {
            **super().context(),
            "breadcrumbs": crumbs(self.object, "修改"),
            "cancel_url": self.object.get_absolute_url(),
        }


def crumbs(activity: Activity, last: str) -> tuple[tuple[str, str | None], ...]:
    return (HOME, reverse("volunteers:activities")), (str(activity), activity.get_absolute_url()), (last, None)


# --- one activity


class ActivityPage(ScopedDetailView):
    """What it is, who takes part, what may be done next."""

    model = Activity
    permission = permissions.VIEW
    template_name = "volunteers/activities/detail.html"
    object: Activity

    def rows(self, queryset: QuerySet[Activity]) -> QuerySet[Activity]:
        return queryset.select_related("unit", "team", "created_by").prefetch_related("roles")

    def trail(self) -> list[tuple[str, str | None]]:
        return [(HOME, reverse("volunteers:activities"))]

    def context(self) -> dict[str, Any]:
        activity, user = self.object, self.request.user
        people = [person_row(row) for row in people_of(activity)]
        places = places_of(activity)
        organises = may_organise(user, activity)
        return {
            "state_colour": COLOURS[activity.state],
            "buttons": [button(activity, action) for action in ACTIVITY_FLOW.available(activity, user)],
            "facts": list(facts(activity)),
            "places": places,
            "hours": sum((row["row"].hours or Decimal(0) for row in people), Decimal(0)),
            "roles": [(role, places.taken_of_roles.get(role.pk, 0)) for role in activity.roles.all()],
            "people": [
                row for row in people if row["state"] not in (ParticipationState.WAITING, ParticipationState.WITHDRAWN)
            ],
            "waiting": [row for row in people if row["state"] == ParticipationState.WAITING],
            "objections": [row for row in people if row["open_objection"]] if organises else [],
            "organises": organises,
            "may_sign": organises and activity.state == ActivityState.PUBLISHED,
            "may_attend": organises and activity.state in (ActivityState.PUBLISHED, ActivityState.ENDED),
            "may_correct": organises and activity.state == ActivityState.CONFIRMED,
            "timeline": timeline_of(activity),
            "public_url": self.request.build_absolute_uri(reverse("volunteers:open-activity", args=[activity.pk])),
        }


def may_organise(user: Any, activity: Activity) -> bool:
    scope = scope_of(user).holding(permissions.ACTIVITIES)
    return bool(scope) and over_unit(activity, scope)


def button(activity: Activity, action: Any) -> dict[str, Any]:
    page = PAGES.get(action.name)
    if page:
        return {"action": action, "url": reverse(page, args=[activity.pk]), "page": True}
    return {"action": action, "url": reverse("volunteers:activity-act", args=[activity.pk, action.name])}


def facts(activity: Activity) -> Iterator[tuple[Any, ...]]:
    """What an activity is, in reading order; residents see the same."""
    yield "时间", span_words(activity.starts_at, activity.ends_at)
    yield "地点", activity.place
    yield "组织单位", activity.unit
    if activity.team:
        yield "承办队伍", activity.team
    yield "主题", theme_labels().get(activity.theme, activity.theme)
    if activity.series:
        yield "固定服务日", activity.series
    yield "报名截止", span_moment(activity.signup_until)
    yield "招募人数", f"{activity.capacity} 人"
    if activity.min_age is not None or activity.max_age is not None:
        yield "年龄要求", age_words(activity.min_age, activity.max_age)
    if activity.is_risky:
        yield "保险", "有人身危险，只招募保险有效的志愿者"
    if activity.risks:
        yield "可能的风险", activity.risks, "wide"
    if activity.about:
        yield "活动内容", activity.about, "wide"


def span_moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def people_of(activity: Activity) -> QuerySet[Participation]:
    """Who takes part, seen through the activity that the person sees."""
    rows = activity.participations.select_related("volunteer__person", "volunteer__unit", "role")
    return rows.order_by("joined_at", "pk")


def person_row(row: Participation) -> dict[str, Any]:
    """One line of a list of people: the name masked (art. 20)."""
    return {
        "pk": row.pk, "row": row, "state": row.state, "label": row.get_state_display(),
        "colour": COLOURS.get(row.state, "grey"), "number": row.volunteer.number,
        "name": mask_name(row.volunteer.person.name), "unit": row.volunteer.unit, "role": row.role,
        "late": late_minutes(row), "holds": row.state in HOLDS_A_PLACE,
        "open_objection": bool(row.objection and not row.objection_answer),
    }  # fmt: skip


class ActivityActionView(ActionView):
    """A row of the workflow table as a dialog or a page; those with a page of their own lead there."""

    model = Activity
    permission = permissions.VIEW
    workflow = ACTIVITY_FLOW

    def rows(self, queryset: QuerySet[Activity]) -> QuerySet[Activity]:
        return queryset.select_related("unit")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        page = PAGES.get(kwargs["action"])
        if page and request.user.is_authenticated:
            return HttpResponseRedirect(reverse(page, args=[kwargs["pk"]]))
        return super().dispatch(request, *args, **kwargs)
