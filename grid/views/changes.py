"""Setting up, changing, moving, merging and closing units; people in posts; doors."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from common.pages import UpdateView
from common.pages.inputs import ConfirmForm
from grid import permissions, policies, services
from grid.choices import Level
from grid.forms import DoorsForm, HouseholdsForm, LeaveForm, MergeForm, MoveForm, PostForm, UnitForm
from grid.models import PostHolding, Unit
from grid.selectors import merge_preview, move_preview
from grid.tables import post_title


class UnitChange(UpdateView):
    """Base of the pages about one unit: breadcrumbs, permission over it, way back."""

    model = Unit
    permission: str | tuple[str, ...] = permissions.UNIT_MANAGE
    object_permission = permissions.UNIT_MANAGE
    object_name = "unit"
    object: Unit
    verb = ""

    def rows(self, queryset: QuerySet[Unit]) -> QuerySet[Unit]:
        return queryset.select_related("parent")

    def context(self) -> dict[str, Any]:
        unit = self.object
        return {
            **super().context(),
            "page_title": f"{self.verb}：{unit}",
            "breadcrumbs": (
                ("组织架构", reverse("grid:tree")),
                (str(unit), unit.get_absolute_url()),
                (self.verb, None),
            ),
            "cancel_url": unit.get_absolute_url(),
        }


class CreateUnit(UnitChange):
    form_class = UnitForm
    verb = "新增下级"
    submit_label = "新增"

    def form_arguments(self) -> dict[str, Any]:
        level = min(self.object.level + 1, Level.BUILDING_GROUP)
        return {"level": level, "is_new": True}

    def context(self) -> dict[str, Any]:
        word = policies.level_word(min(self.object.level + 1, Level.BUILDING_GROUP))
        return {**super().context(), "page_title": f"在“{self.object}”下新增{word}"}

    def perform(self, form: forms.BaseForm) -> Unit:
        return services.unit_create(actor=self.request.user, parent=self.object, **form.cleaned_data)

    def message(self, result: Unit) -> str:
        return f"已新增“{result}”，代码 {result.code}。"

    def next_url(self, result: Unit) -> str:
        return result.get_absolute_url()


class ChangeUnit(UnitChange):
    form_class = UnitForm
    verb = "修改资料"
    version = "event_seq"
    success_message = "已保存。"
    service = services.unit_change

    def form_arguments(self) -> dict[str, Any]:
        return {**super().form_arguments(), "level": self.object.level, "is_new": False}


class Rearrange(UnitChange):
    """Choose where to, see what will happen, confirm: two steps on one page."""

    template_name = "grid/rearrange.html"
    form_class = MoveForm
    submit_label = "下一步：查看影响"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "level": self.target_level()}

    def target_level(self) -> int:
        raise NotImplementedError

    def preview(self, target: Unit) -> list[str]:
        raise NotImplementedError

    def decide(self, target: Unit) -> Any:
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        form = self.get_form(bound=True)
        if not form.is_valid():
            return self.show(form, 400)
        target = form.cleaned_data["target"]
        decision = self.decide(target)
        if not decision:
            form.add_error("target", decision.reason)
            return self.show(form, 400)
        if form.cleaned_data["seen"] != str(target.pk):
            return self.show_preview(target)
        return super().post(request, *args, **kwargs)

    def show_preview(self, target: Unit) -> HttpResponse:
        form = self.form_class(
            {"target": str(target.pk), "seen": str(target.pk)}, **self.form_arguments()
        )  # bound, so that the answer carries what was chosen
        self.effects = self.preview(target)
        return self.show(form)

    def context(self) -> dict[str, Any]:
        effects = getattr(self, "effects", None)
        extra = {"effects": effects, "submit_label": f"确认{self.verb}", "submit_style": "danger"} if effects else {}
        return {**super().context(), **extra}

    def next_url(self, result: Unit) -> str:
        return self.object.get_absolute_url()


class MoveUnit(Rearrange):
    verb = "调整隶属"

    def target_level(self) -> int:
        return max(self.object.level - 1, Level.DISTRICT)

    def preview(self, target: Unit) -> list[str]:
        return move_preview(self.object, target)

    def decide(self, target: Unit) -> Any:
        return policies.may_move(self.object, target)

    def perform(self, form: forms.BaseForm) -> Unit:
        return services.unit_move(actor=self.request.user, unit=self.object, parent=form.cleaned_data["target"])

    def message(self, result: Unit) -> str:
        return f"“{result}”已划入“{result.parent}”。"


class MergeUnit(Rearrange):
    verb = "并入"
    form_class = MergeForm

    def target_level(self) -> int:
        return self.object.level

    def preview(self, target: Unit) -> list[str]:
        return merge_preview(self.object, target)

    def decide(self, target: Unit) -> Any:
        return policies.may_merge(self.object, target)

    def perform(self, form: forms.BaseForm) -> Unit:
        return services.unit_merge(actor=self.request.user, unit=self.object, target=form.cleaned_data["target"])

    def message(self, result: Unit) -> str:
        return f"“{result}”已并入“{result.merged_into}”。"

    def next_url(self, result: Unit) -> str:
        return result.merged_into.get_absolute_url() if result.merged_into else result.get_absolute_url()


class CloseUnit(UnitChange):
    form_class = ConfirmForm
    verb = "撤销"
    submit_label = "确认撤销"
    page_lead = "撤销后不能再登记新的内容，历史记录保留；岗位人员今天免职。有下级单位、党组织或未办结工单时不能撤销。"

    def context(self) -> dict[str, Any]:
        return {**super().context(), "submit_style": "danger"}

    def perform(self, form: forms.BaseForm) -> Unit:
        return services.unit_close(actor=self.request.user, unit=self.object)

    def message(self, result: Unit) -> str:
        return f"“{result}”已撤销。"


# --- people in posts


class TakePost(UnitChange):
    permission = permissions.POST_MANAGE
    object_permission = permissions.POST_MANAGE
    form_class = PostForm
    verb = "安排人员"
    submit_label = "任职"

    def form_arguments(self) -> dict[str, Any]:
        return {"unit": self.object}

    def perform(self, form: forms.BaseForm) -> PostHolding:
        return services.post_take(actor=self.request.user, unit=self.object, **form.cleaned_data)

    def message(self, result: PostHolding) -> str:
        return f"{result.name} 已任“{result.unit}”{post_title(result)}。"


class LeavePost(UpdateView):
    model = PostHolding
    permission = permissions.POST_MANAGE
    object_permission = permissions.POST_MANAGE
    object_name = "holding"
    form_class = LeaveForm
    submit_label = "免职"
    object: PostHolding

    def rows(self, queryset: QuerySet[PostHolding]) -> QuerySet[PostHolding]:
        return queryset.select_related("unit")

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def context(self) -> dict[str, Any]:
        holding, unit = self.object, self.object.unit
        return {
            **super().context(),
            "page_title": f"免职：{holding.name}",
            "page_lead": f"{unit} {post_title(holding)} 第 {holding.seat} 席，{holding.first_day:%Y-%m-%d} 任职。",
            "breadcrumbs": (("组织架构", reverse("grid:tree")), (str(unit), unit.get_absolute_url()), ("免职", None)),
            "cancel_url": unit.get_absolute_url(),
        }

    def perform(self, form: forms.BaseForm) -> PostHolding:
        return services.post_leave(actor=self.request.user, holding=self.object, **form.cleaned_data)

    def message(self, result: PostHolding) -> str:
        return f"{result.name} 已免职，最后在岗日 {result.last_day:%Y-%m-%d}。"

    def next_url(self, result: PostHolding) -> str:
        return result.unit.get_absolute_url()


# --- households


class ReportHouseholds(UnitChange):
    permission = permissions.HOUSEHOLD_MANAGE
    object_permission = permissions.HOUSEHOLD_MANAGE
    form_class = HouseholdsForm
    verb = "更新户数"
    success_message = "户数已更新。"

    def perform(self, form: forms.BaseForm) -> Unit:
        return services.households_report(actor=self.request.user, unit=self.object, **form.cleaned_data)


class AddDoors(UnitChange):
    permission = permissions.HOUSEHOLD_MANAGE
    object_permission = permissions.HOUSEHOLD_MANAGE
    form_class = DoorsForm
    verb = "录入门牌"
    submit_label = "录入"

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def perform(self, form: forms.BaseForm) -> int:
        return services.households_add(actor=self.request.user, unit=self.object, **form.cleaned_data)

    def message(self, result: int) -> str:
        return f"新录入 {result} 户。" if result else "这些门牌都已录入过，没有新增。"

    def next_url(self, result: int) -> str:
        return reverse("grid:households", args=[self.object.pk])
