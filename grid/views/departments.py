"""Pages that set up and change departments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse

from common.pages import CreateView, UpdateView
from common.pages.inputs import ConfirmForm
from grid import permissions, services
from grid.forms import DepartmentForm
from grid.models import Department


class CreateDepartment(CreateView):
    permission = permissions.UNIT_MANAGE
    form_class = DepartmentForm
    page_title = "新增职能部门"
    breadcrumbs = (("职能部门", "/departments/"), ("新增", None))
    submit_label = "新增"
    cancel_url = "grid:departments"
    success_url = "grid:departments"

    def perform(self, form: forms.BaseForm) -> Department:
        return services.department_create(actor=self.request.user, **form.cleaned_data)

    def message(self, result: Department) -> str:
        return f"已新增“{result}”。"


class DepartmentPage(UpdateView):
    """Base of the pages about one department. All see departments; the service asks who may change them."""

    model = Department
    permission = permissions.UNIT_MANAGE
    object_name = "department"
    object: Department
    verb = ""
    success_url = "grid:departments"

    def context(self) -> dict[str, Any]:
        return {
            **super().context(),
            "page_title": f"{self.verb}：{self.object}",
            "breadcrumbs": (("职能部门", reverse("grid:departments")), (str(self.object), None)),
            "cancel_url": reverse("grid:departments"),
        }


class ChangeDepartment(DepartmentPage):
    form_class = DepartmentForm
    template_name = "grid/department.html"
    verb = "修改"
    version = "event_seq"
    success_message = "已保存。"
    service = services.department_change


class CloseDepartment(DepartmentPage):
    form_class = ConfirmForm
    verb = "停用"
    submit_label = "确认停用"
    page_lead = "停用后不再接收新工单，历史记录保留；有未办结工单时不能停用。以后可以恢复。"

    def context(self) -> dict[str, Any]:
        return {**super().context(), "submit_style": "danger"}

    def perform(self, form: forms.BaseForm) -> Department:
        return services.department_close(actor=self.request.user, department=self.object)

    def message(self, result: Department) -> str:
        return f"“{result}”已停用。"


class ReopenDepartment(DepartmentPage):
    form_class = ConfirmForm
    verb = "恢复"
    submit_label = "确认恢复"
    page_lead = "恢复后可以重新接收工单。"

    def perform(self, form: forms.BaseForm) -> Department:
        return services.department_reopen(actor=self.request.user, department=self.object)

    def message(self, result: Department) -> str:
        return f"“{result}”已恢复。"
