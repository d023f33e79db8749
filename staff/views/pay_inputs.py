"""Pages of what a worker's pay depends on: insurance base, deductions, factor, one-off lines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common.masks import mask_name
from common.pages import (
    ScopedDetailView,
    ScopedObjectMixin,
    UpdateView,
)
from staff import permissions
from staff.forms import pay as pay_forms
from staff.models import PayAddition, Worker
from staff.services import pay_inputs
from staff.views.runs import TRAIL


class WorkerPay(ScopedDetailView):
    """Insurance base, deductions, factor and one-off lines of a worker."""

    model = Worker
    permission = permissions.PAY_VIEW
    object_permission = permissions.PAY_VIEW
    template_name = "staff/pay/worker.html"
    object: Worker

    def rows(self, queryset: QuerySet[Worker]) -> QuerySet[Worker]:
        return queryset.select_related("person", "unit")

    def title(self) -> str:
        return f"工资项目 {self.object.number}"

    def trail(self) -> list[tuple[str, str | None]]:
        return TRAIL

    def context(self) -> dict[str, Any]:
        row, user = self.object, self.request.user
        prepares = Worker.objects.visible_to(user, permissions.PAY_PREPARE).filter(pk=row.pk).exists()
        return {
            "name": mask_name(row.person.name),
            "bases": row.insurance_bases.all()[:12],
            "deductions": row.special_deductions.order_by("kind", "-valid_from")[:30],
            "first_wages": row.first_wages.all()[:5],
            "factors": row.performance_factors.all()[:12],
            "additions": row.pay_additions.all()[:24],
            "slips": row.slips.select_related("run").order_by("-month", "period")[:13],
            "may_change": prepares,
            "today": timezone.localdate(),
        }


class PayInputView(UpdateView):
    """Base of the forms about one worker's pay."""

    model = Worker
    permission = permissions.PAY_PREPARE
    object_permission = permissions.PAY_PREPARE
    object_name = "worker"

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"valid_from": timezone.localdate(), "month": timezone.localdate()}}

    def next_url(self, result: Any) -> str:
        return reverse("staff:worker-pay", args=[self.object.pk])

    def context(self) -> dict[str, Any]:
        back = reverse("staff:worker-pay", args=[self.object.pk])
        trail = [*TRAIL, (f"工资项目 {self.object.number}", back), (self.page_title, None)]
        return {**super().context(), "cancel_url": back, "breadcrumbs": trail}


class PaySettingView(PayInputView):
    """A form whose service takes the key of the form."""

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        return {**super().service_arguments(form), "submission": self.submission}


class SetBase(PaySettingView):
    form_class = pay_forms.BaseForm
    service = staticmethod(pay_inputs.insurance_base_set)
    page_title = "缴费基数"
    success_message = "缴费基数已保存。"


class SetDeduction(PaySettingView):
    form_class = pay_forms.DeductionForm
    service = staticmethod(pay_inputs.deduction_set)
    page_title = "专项附加扣除"
    success_message = "专项附加扣除已保存。"


class SetFirstWage(PaySettingView):
    form_class = pay_forms.FirstWageForm
    service = staticmethod(pay_inputs.first_wage_set)
    page_title = "首次取得工资"
    success_message = "首次取得工资的申报已保存。"

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"year": timezone.localdate().year}}


class SetFactor(PaySettingView):
    form_class = pay_forms.FactorForm
    service = staticmethod(pay_inputs.factor_set)
    page_title = "绩效比例"
    success_message = "绩效比例已保存。"


class EnterAddition(PayInputView):
    form_class = pay_forms.AdditionForm
    service = staticmethod(pay_inputs.addition_enter)
    page_title = "一次性项目"
    success_message = "已录入，重新核算后计入工资表。"


class RemoveAddition(ScopedObjectMixin, View):
    model = PayAddition
    permission = permissions.PAY_PREPARE
    object_permission = permissions.PAY_PREPARE

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row = self.get_object()
        pay_inputs.addition_remove(addition=row, actor=request.user)
        return HttpResponseRedirect(reverse("staff:worker-pay", args=[row.worker_id]))
