"""Pages of the roster: list, one worker, posts with their reserves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common.imports.links import import_link
from common.masks import mask_id, mask_name, mask_phone
from common.pages import Empty, Link, Ordering, ScopedDetailView, ScopedListView, ScopedObjectMixin
from common.scope import Scope, scope_of
from common.timeline import timeline_of
from grid.querysets import covers
from staff import events, permissions
from staff.choices import COLOURS, PostKind, WorkerState
from staff.events_growth import ABOUT_ATTENDANCE
from staff.filters.roster import PostFilter, WorkerFilter
from staff.models import StaffPost, Worker
from staff.selectors import roster as selectors
from staff.services.roster_changes import PERSON_FIELDS, is_secretary, person_reveal
from staff.tables.roster import CERTIFICATES, PostTable, WorkerTable, who

LIST = ("社区队伍", "/staff/people/")
MASKS = {
    "name": mask_name, "phone": mask_phone, "id_number": mask_id, "birth_date": lambda text: f"{text[:4]}-**-**",
    "bank_account": lambda text: f"**** {text[-4:]}",
}  # fmt: skip
SHOWN = 12
ONE_DAY = timedelta(days=1)


class WorkerList(ScopedListView):
    model = Worker
    permission = permissions.VIEW
    page_title = "社区工作者"
    breadcrumbs = (("社区队伍", None), ("社区工作者", None))
    table_class = WorkerTable
    filterset_class = WorkerFilter
    orderings = (
        Ordering("number", "工号", "number"),
        Ordering("unit", "组织顺序", "unit__path"),
        Ordering("entered_on", "入职日期", "entered_on", descending=True),
        Ordering("community_since", "从事社区工作起始日", "community_since"),
    )
    search_hint = "工号，或完整的姓名、手机、身份证号"
    create = Link("登记社区工作者", "staff:worker-create", permissions.MANAGE, icon="user-plus")
    links = (import_link("导入名册", "staff.roster", permissions.IMPORT),)
    empty = Empty(
        "还没有社区工作者",
        "逐个登记，或从本单位的名册导入；在岗的都显示在这里。",
        "登记社区工作者",
        "staff:worker-create",
    )
    export_report_key = "staff.roster"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Worker]) -> QuerySet[Worker]:
        return selectors.with_certificate(queryset.select_related("unit", "person"), timezone.localdate())

    def filtered(self, user: Any, params: Any, filterset: Any) -> QuerySet:
        """Those who have left are shown only when asked for."""
        return selectors.shown_states(super().filtered(user, params, filterset), params.get("state"))

    def search(self, queryset: QuerySet[Worker], text: str) -> QuerySet[Worker]:
        return selectors.search_workers(queryset, text)


class PostList(ScopedListView):
    """一职两备: posts in the lead, and how many people stand ready for each."""

    model = StaffPost
    permission = permissions.VIEW
    page_title = "一职两备"
    page_lead = "正职、副职、两委委员每个职务备两名人选。"
    breadcrumbs = (LIST, ("一职两备", None))
    table_class = PostTable
    filterset_class = PostFilter
    orderings = (
        Ordering("unit", "组织顺序", "unit__path"),
        Ordering("valid_from", "任职日期", "valid_from", descending=True),
    )
    empty = Empty("还没有需要备选的职务", "登记正职、副职和两委委员后，他们的职务和备选人数显示在这里。")
    export_report_key = "staff.posts"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[StaffPost]) -> QuerySet[StaffPost]:
        return selectors.leading_posts(queryset.select_related("unit", "worker__person"), timezone.localdate())


# --- one worker


class WorkerView(ScopedDetailView):
    """Who (masked), where, with which certificates, grades and why, reviews, duties, leave, history."""

    model = Worker
    permission = permissions.VIEW
    template_name = "staff/roster/detail.html"

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("unit", "person", "user")

    def title(self) -> str:
        return f"{mask_name(self.object.person.name)} {self.object.number}"

    def trail(self) -> list[tuple[str, str | None]]:
        return [LIST]

    def context(self) -> dict[str, Any]:
        row, scope = self.object, scope_of(self.request.user)
        today = timezone.localdate()
        manages = covers(scope.holding(permissions.MANAGE), row.unit)
        posts = list(row.posts.select_related("unit"))
        cover = row.stand_ins.filter(valid_to=None).select_related("stand_in__person")
        covered = row.stands_in_for.filter(valid_to=None).select_related("worker__person")
        reserved = row.reserved_for.select_related("unit").filter(valid_to=None).order_by("unit__path", "rank")
        sees_grades = manages or covers(scope.holding(permissions.GRADE), row.unit)
        sees_pay = covers(scope.holding(permissions.PAY_VIEW), row.unit)
        unseen = (frozenset() if sees_pay else events.ABOUT_PAY) | (frozenset() if sees_grades else events.ABOUT_GRADES)
        if not covers(scope.holding(permissions.ATTEND), row.unit):
            unseen |= ABOUT_ATTENDANCE
        return {
            "state_colour": COLOURS[WorkerState(row.state)],
            "on_probation": bool(row.probation_until and row.probation_until >= today),
            "buttons": list(buttons(row, posts, scope, today)),
            "may_change": manages,
            "may_manage": manages and row.state == WorkerState.ACTIVE,
            "facts": list(facts(row)),
            "person": list(person_rows(row, covers(scope.holding(permissions.REVEAL), row.unit))),
            "posts": [SimpleNamespace(row=post, last=last_day(post), now=is_now(post, today)) for post in posts],
            "certificates": list(row.certificates.all()),
            "today": today,
            "grades": [
                SimpleNamespace(row=grade, last=last_day(grade), now=is_now(grade, today)) for grade in row.grades.all()
            ],
            "reviews": list(row.reviews.all()[:SHOWN]),
            "stand_in": next((linked(one.stand_in) for one in cover), None),
            "stands_in_for": [linked(one.worker) for one in covered],
            "reserved": list(reserved),
            "leaves": list(row.leaves.select_related("cover")[:SHOWN]),
            "sees_grades": sees_grades,
            "sees_leave": covers(scope.holding(permissions.LEAVE), row.unit),
            "sees_pay": sees_pay,
            "sees_record": covers(scope.holding(permissions.APPRAISAL_VIEW), row.unit),
            "colours": COLOURS,
            "timeline": timeline_of(row, unseen=unseen),
        }  # fmt: skip


def linked(worker: Worker) -> SimpleNamespace:
    return SimpleNamespace(who=who(worker), url=worker.get_absolute_url())


def last_day(row: Any) -> date | None:
    """The last day of a dated row; its column holds the first day after."""
    return row.valid_to - ONE_DAY if row.valid_to else None


def is_now(row: Any, today: date) -> bool:
    return row.valid_from <= today and (row.valid_to is None or row.valid_to > today)


def buttons(row: Worker, posts: list[StaffPost], scope: Scope, today: date) -> Iterator[dict[str, str]]:
    """What the reader may do with this worker, each with its page."""

    def button(name: str, label: str, style: str = "") -> dict[str, str]:
        return {"label": label, "style": style, "url": reverse(f"staff:worker-{name}", args=[row.pk])}

    reviews = covers(scope.holding(permissions.REVIEW), row.unit)
    if not covers(scope.holding(permissions.MANAGE), row.unit):
        if reviews:
            yield button("review", "登记年度考核")
        return
    if row.state == WorkerState.LEFT:
        yield button("return", "返岗", "btn-primary")
        return
    yield button("transfer", "任职变动", "btn-primary")
    away = any(post.kind == PostKind.SECONDED and (post.valid_to is None or post.valid_to > today) for post in posts)
    yield button("second-end", "结束下沉、借调") if away else button("second", "下沉、借调")
    yield button("education", "取得学历")
    yield button("certificate", "登记证书")
    if reviews:
        yield button("review", "登记年度考核")
    if is_secretary(row):
        yield button("file", "县级备案")
    yield button("stand-in", "AB 岗")
    yield button("account", "工作账号")
    yield button("leave", "离岗", "btn-outline-danger")


def facts(row: Worker) -> Iterator[tuple[str, Any] | tuple[str, Any, str]]:
    yield "工号", row.number
    yield "所属单位", row.unit.name
    yield "职务", row.get_rank_display()
    yield "用工类别", row.get_kind_display()
    yield "学历", row.get_education_display()
    held = selectors.highest_certificate(row, timezone.localdate())
    yield "有效证书", CERTIFICATES.get(held, "没有")
    yield "党内职务", row.get_party_role_display()
    yield "入职日期", f"{row.entered_on:%Y-%m-%d}"
    yield "从事社区工作起始日", f"{row.community_since:%Y-%m-%d}{'（新人）' if row.newcomer else ''}"
    if row.probation_until:
        yield "试用期至", f"{row.probation_until:%Y-%m-%d}"
    if row.left_on:
        yield "离岗日期", f"{row.left_on:%Y-%m-%d}"
    if row.filed_on or is_secretary(row):
        yield "县级备案", f"{row.filed_on:%Y-%m-%d}" if row.filed_on else "还没有备案"
    yield "工作账号", row.user or "没有关联"


def person_rows(row: Worker, open_to_reader: bool) -> Iterator[dict[str, str]]:
    """Masked fields, each with the address that reveals it for those who may."""
    for name, mask in MASKS.items():
        value = getattr(row.person, name)
        if value:
            url = reverse("staff:worker-reveal", args=[row.pk, name]) if open_to_reader else ""
            yield {"label": PERSON_FIELDS[name], "value": mask(value), "url": url}


class RevealView(ScopedObjectMixin, View):
    """One personal field in clear, once, with a reason, on the record."""

    model = Worker
    permission = permissions.VIEW

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row, field = self.get_object(), kwargs["field"]
        if field not in PERSON_FIELDS:
            raise Http404("没有这一项信息。")
        value = person_reveal(worker=row, actor=request.user, field=field, reason=request.POST.get("reason", ""))
        label = PERSON_FIELDS[field]
        context = {"value": value, "label": label, "object": row, "page_title": f"查看{label}"}
        fragment = request.headers.get("HX-Request") == "true"
        template = "components/revealed.html" if fragment else "staff/roster/revealed.html"
        response = render(request, template, context)
        response["Cache-Control"] = "no-store"
        return response
