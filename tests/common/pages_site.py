"""A small site made of the generic pages and of every component: what the page tests drive. Never part of the product."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path, reverse
from django.utils import timezone

from common.errors import Conflict, Invalid, PlainError, Refused
from common.pages import (
    BulkAction,
    CreateView,
    DateTimeColumn,
    DeadlineColumn,
    Empty,
    FormPage,
    Link,
    LinkColumn,
    NumberColumn,
    Ordering,
    PageFilterSet,
    PageTable,
    PublicMixin,
    RateColumn,
    ScopedDetailView,
    ScopedListView,
    StateColumn,
    TextColumn,
    UpdateView,
    public,
    signed_in,
)
from config.urls import urlpatterns as site_urls
from grid.choices import Level
from grid.models import Unit

VIEW = "grid.view"
MANAGE = "grid.manage"
LEVEL_COLOURS = {Level.DISTRICT: "purple", Level.STREET: "blue", Level.COMMUNITY: "green", Level.GRID: "amber"}


class UnitTable(PageTable):
    optional = ("pinyin",)
    name = LinkColumn(linkify=lambda record: reverse("unit", args=[record.pk]))
    level = StateColumn(colours=LEVEL_COLOURS)
    parent = TextColumn(clip=True)
    households = NumberColumn()
    due = DeadlineColumn(verbose_name="时限", empty_values=())
    share = RateColumn(verbose_name="占比", empty_values=())
    seen = DateTimeColumn(verbose_name="最近走访", accessor="code", empty_values=())

    class Meta(PageTable.Meta):
        model = Unit
        fields = ("name", "code", "level", "parent", "households", "due", "share", "seen", "pinyin")

    def render_due(self, record: Unit, column: DeadlineColumn) -> Any:
        return column.render(timezone.now() + timedelta(hours=record.households - 398), record)

    def render_share(self, record: Unit, column: RateColumn) -> str:
        return column.render(record.households / 1000)

    def render_seen(self) -> str:
        return "2026-11-20 09:30"


class UnitFilter(PageFilterSet):
    primary = ("level", "kind")
    households = django_filters.NumberFilter(lookup_expr="gte", label="户数不少于")
    made = django_filters.DateFromToRangeFilter(
        method="keep", label="建立日期", widget=django_filters.widgets.DateRangeWidget(attrs={"type": "date"})
    )

    class Meta:
        model = Unit
        fields = ("level", "kind", "is_active")

    def keep(self, queryset: Any, name: str, value: Any) -> Any:
        return queryset


class RenameForm(forms.Form):
    name = forms.CharField(label="名称", max_length=20, help_text="以批文上的名称为准。")
    households = forms.IntegerField(label="户数", min_value=0, required=False)


class SuffixForm(forms.Form):
    suffix = forms.CharField(label="加在名称后面", max_length=5)


def rename(*, actor: Any, unit: Unit, name: str, households: int | None = None) -> Unit:
    if name == "占用":
        raise Invalid("这个名称已被使用，请换一个。", "name")
    if name == "冲突":
        raise Conflict("别人正在修改这个单位，请稍后再试。")
    unit.name = name
    unit.save(update_fields=["name"])
    return unit


def create(*, actor: Any, name: str, households: int | None = None) -> Unit:
    parent = Unit.objects.get(level=Level.DISTRICT)
    code = f"{parent.code}{parent.children.count() + 1:03d}"
    return Unit.objects.create(
        code=code, name=name, level=2, kind="subdistrict", parent=parent, path=f"{parent.path}{code}/",
        households=households or 0,
    )  # fmt: skip


def mark(*, rows: list[Unit], actor: Any, suffix: str = "★") -> str | None:
    for unit in rows:
        if unit.name.startswith("拒绝"):
            raise Refused(f"“{unit.name}”不能标注。")
        unit.name += suffix
        unit.save(update_fields=["name"])
    return None


class UnitList(ScopedListView):
    model = Unit
    permission = VIEW
    page_title = "单位与网格"
    table_class = UnitTable
    filterset_class = UnitFilter
    orderings = (Ordering("path", "组织顺序", "path"), Ordering("households", "户数", "households", descending=True))
    search_hint = "名称或代码"
    create = Link("新增单位", "unit-create", MANAGE)
    empty = Empty("还没有单位", "先导入区划代码，街道和社区会显示在这里。", "新增单位", "unit-create")
    bulk_actions = (
        BulkAction("mark", "标注", MANAGE, mark, confirm="确定标注所选的单位吗？"),
        BulkAction("suffix", "加后缀", MANAGE, mark, form_class=SuffixForm, icon="pencil"),
    )
    export_report_key = "test.units"
    page_size = 5

    def rows(self, queryset: Any) -> Any:
        return queryset.select_related("parent")

    def search(self, queryset: Any, text: str) -> Any:
        return queryset.filter(name__contains=text)


class EmptyList(UnitList):
    def rows(self, queryset: Any) -> Any:
        return queryset.filter(name="没有这个名称")


class UnitPage(ScopedDetailView):
    model = Unit
    permission = VIEW
    template_name = "unit.html"


class ManagedUnitPage(UnitPage):
    object_permission = MANAGE


class UnitUpdate(UpdateView):
    model = Unit
    form_class = RenameForm
    service = staticmethod(rename)
    page_title = "修改单位"
    success_message = "已保存。"
    success_url = "units"
    version = "name"


class UnitCreate(CreateView):
    permission = MANAGE
    form_class = RenameForm
    service = staticmethod(create)
    page_title = "新增单位"
    success_message = "已新增。"
    success_url = "units"
    cancel_url = "units"


class PublicForm(PublicMixin, FormPage):
    form_class = RenameForm
    template_name = "public_form.html"
    page_title = "反映问题"
    submit_label = "提交"
    success_url = "/healthz"

    def perform(self, form: forms.BaseForm) -> None:
        raise Conflict(f"“{form.cleaned_data['name']}”已经有人反映过了。")


ERRORS: dict[str, Exception] = {
    "plain": PlainError("工单编号不对，请核对后再查。"),
    "refused": Refused("本件由住建局承办，您所在的单位不能签收。"),
    "conflict": Conflict("工单已被别人签收，请刷新页面。"),
    "missing": Http404("这件工单不在您的管辖范围内。"),
    "missing-english": Http404("No Unit matches the given query."),
    "denied": PermissionDenied("社区不能审批延期。"),
    "denied-bare": PermissionDenied(),
    "suspicious": SuspiciousOperation("Attempted access to '/etc'"),
    "data": DataError("value too long"),
    "nul": ValueError("A string literal cannot contain NUL (0x00) characters."),
    "bug": ZeroDivisionError("division by zero"),
}


@public
def fail(request: HttpRequest, kind: str) -> HttpResponse:
    raise ERRORS[kind]


@public
def echo(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"read": len(request.body), "files": [file.name for file in request.FILES.values()]})


@signed_in
def reveal(request: HttpRequest) -> HttpResponse:
    return render(request, "components/revealed.html", {"value": f"13800001234（{request.POST['reason']}）"})


def event(title: str, actor: str, text: str, tone: str, icon: str, hours: int) -> SimpleNamespace:
    at = timezone.now() - timedelta(hours=hours)
    return SimpleNamespace(at=at, title=title, actor=actor, text=text, tone=tone, icon=icon)


@signed_in
def guide(request: HttpRequest) -> HttpResponse:
    now, hour = timezone.now(), timedelta(hours=1)
    messages.success(request, "已登记，编号 20261121-0031。")
    messages.error(request, "派单没有成功：承办单位已变更，请刷新后重试。")
    form = RenameForm({"name": ""}) if "wrong" in request.GET else RenameForm()
    files = [SimpleNamespace(name=name, size=size, url="#", added_at=now, added_by="张丽")
             for name, size in (("现场照片.jpg", 234567), ("情况说明.docx", 12345))]  # fmt: skip
    streets = ["正岔", "江源", "湾沟", "松树", "砟子", "石人", "大阳岔", "大石人"]
    bars = [{"type": "bar", "name": "受理", "data": [120, 200, 150, 80, 70, 110, 130, 90]},
            {"type": "bar", "name": "办结", "data": [110, 190, 140, 78, 60, 100, 128, 85]}]  # fmt: skip
    context = {
        "page_title": "组件一览",
        "page_lead": "每个组件的样子。",
        "breadcrumbs": [("诉求", reverse("units")), ("组件", None)],
        "form": form,
        "limits": [
            (now + 3 * hour, None, False), (now + 30 * hour, None, False), (now + 150 * hour, None, False),
            (now - 50 * hour, None, False), (now + hour, now, False), (now - 30 * hour, now, False),
            (now + hour, None, True), (None, None, False),
        ],
        "rows": [
            ("编号", "JY20261121-0031"), ("来源", "8890 热线"), ("类型", "投诉"), ("承办单位", "住房和城乡建设局"),
            ("电话", None), ("内容", "小区暖气不热，室温只有 14 度，家里有老人和孩子。\n已经打过两次电话。", "wide"),
        ],
        "events": [
            event("回访", "8890 热线 李芳", "诉求人表示已解决，满意。", "green", "phone", 1),
            event("签收", "住建局 赵强", "", "blue", "check", 20),
            event("派单", "正岔街道 王建国", "派给住房和城乡建设局，48 小时内办结。", "orange", "send", 30),
            event("登记", "光明社区 张丽", "", "secondary", "edit", 31),
        ],
        "bars": {"xAxis": {"data": streets}, "series": bars},
        "line": {"xAxis": {"data": ["1月", "2月", "3月"]}, "series": [{"type": "line", "name": "受理", "data": [3, 9, 5]}]},
        "pie": {"series": [{"type": "pie", "name": "件数", "radius": ["40%", "65%"],
                            "data": [{"name": "供热", "value": 300}, {"name": "物业", "value": 210}]}]},
        "files": files,
    }  # fmt: skip
    return render(request, "guide.html", context)


urlpatterns = [
    path("kit/units/", UnitList.as_view(), name="units"),
    path("kit/empty/", EmptyList.as_view(), name="empty"),
    path("kit/units/new", UnitCreate.as_view(), name="unit-create"),
    path("kit/units/<int:pk>/", UnitPage.as_view(), name="unit"),
    path("kit/units/<int:pk>/managed", ManagedUnitPage.as_view(), name="unit-managed"),
    path("kit/units/<int:pk>/edit", UnitUpdate.as_view(), name="unit-update"),
    path("kit/public/", PublicForm.as_view(), name="public-form"),
    path("kit/guide/", guide, name="guide"),
    path("kit/reveal/", reveal, name="reveal"),
    path("kit/echo/", echo, name="echo"),
    path("kit/fail/<str:kind>/", fail, name="fail"),
    path("api/kit/fail/<str:kind>/", fail, name="api-fail"),
    path("", include(site_urls)),
]
handler400 = "common.views.bad_request"
handler403 = "common.views.forbidden"
handler404 = "common.views.not_found"
handler500 = "common.views.server_error"
