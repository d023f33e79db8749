"""Forms of the roster as pages: each is one service."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse

from common.codes import own_request_key
from common.pages import ScopedFormView, UpdateView
from common.scope import scope_of
from grid.choices import Level
from grid.models import Unit
from grid.querysets import covers
from staff import permissions
from staff.choices import WorkerState
from staff.forms import roster as form_classes
from staff.models import StaffPost, Worker, WorkerCertificate
from staff.selectors.roster import RESERVED_RANKS, reserves_of
from staff.services import roster_changes as changes
from staff.services import roster_duties as duties
from staff.services import roster_posts as posts
from staff.services.grades import first_plan
from staff.services.roster import worker_enter
from staff.views.roster import LIST


class Enter(ScopedFormView):
    permission = permissions.MANAGE
    form_class = form_classes.EnterForm
    template_name = "staff/roster/form.html"
    page_title = "登记社区工作者"
    breadcrumbs = (LIST, ("登记社区工作者", None))
    submit_label = "登记"
    cancel_url = "staff:workers"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def context(self) -> dict[str, Any]:
        return {"informs": True}

    def perform(self, form: forms.BaseForm) -> Worker:
        actor = self.request.user
        key = own_request_key(actor.pk, self.submission)
        return worker_enter(actor=actor, request_key=key, **form.cleaned_data)

    def message(self, result: Worker) -> str:
        grade = result.grades.order_by("valid_from").first()
        if grade is not None:
            return f"已登记入册，定为 {grade.grade} 级，自 {grade.valid_from:%Y-%m-%d} 起执行。"
        if covers(scope_of(self.request.user).holding(permissions.GRADE), result.unit):
            return f"已登记入册，还没有定级。{first_plan(result).why_not}"
        return "已登记入册。等级由定级人员在“还没有定级的人”里评定。"


class WorkerUpdate(UpdateView):
    """One change of a worker in service; subclasses say which."""

    model = Worker
    permission: str | tuple[str, ...] = permissions.MANAGE
    object_permission = permissions.MANAGE
    object_name = "worker"
    version = "event_seq"
    verb = ""
    submit_style = "primary"
    states: tuple[str, ...] = (WorkerState.ACTIVE,)

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("unit", "person").filter(state__in=self.states)

    def next_url(self, result: Any) -> str:
        """Whoever has gone out of the reader's area is found in the list no more."""
        seen = Worker.objects.visible_to(self.request.user).filter(pk=self.object.pk).exists()
        return self.object.get_absolute_url() if seen else reverse("staff:workers")

    def context(self) -> dict[str, Any]:
        url = self.object.get_absolute_url()
        return {
            **super().context(), "page_title": self.verb, "cancel_url": url, "submit_style": self.submit_style,
            "breadcrumbs": [LIST, (self.object.number, url), (self.verb, None)],
        }  # fmt: skip


class ChangeWorker(WorkerUpdate):
    form_class = form_classes.ChangeForm
    verb = "修改资料"
    success_message = "资料已修改。"
    service = changes.worker_change
    states = tuple(WorkerState.values)

    def form_arguments(self) -> dict[str, Any]:
        names = ("kind", "party_role", "entered_on", "community_since", "probation_until", "newcomer")
        return {"initial": {name: getattr(self.object, name) for name in names}}

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        assert isinstance(form, form_classes.ChangeForm)
        return {"actor": self.request.user, "worker": self.object, **form.values()}


class Transfer(WorkerUpdate):
    form_class = form_classes.TransferForm
    verb = "任职变动"
    success_message = "任职变动已登记。"
    service = posts.worker_transfer

    def form_arguments(self) -> dict[str, Any]:
        row = self.object
        return {"user": self.request.user, "unit": row.unit, "initial": {"rank": row.rank}}


class Return(WorkerUpdate):
    form_class = form_classes.ReturnForm
    verb = "返岗"
    success_message = "已办理返岗，请核对等级。"
    service = posts.worker_return
    states = (WorkerState.LEFT,)

    def form_arguments(self) -> dict[str, Any]:
        row = self.object
        return {"user": self.request.user, "unit": row.unit, "initial": {"rank": row.rank}}


class Second(WorkerUpdate):
    form_class = form_classes.SecondForm
    verb = "下沉、借调"
    page_lead = "原单位的任职和工资不变。"
    success_message = "下沉、借调已登记。"
    service = posts.worker_second

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}


class SecondEnd(WorkerUpdate):
    form_class = form_classes.SecondEndForm
    verb = "结束下沉、借调"
    success_message = "下沉、借调已结束。"
    service = posts.second_end


class Leave(WorkerUpdate):
    form_class = form_classes.LeaveForm
    verb = "离岗"
    submit_label = "确认离岗"
    submit_style = "danger"
    success_message = "已办理离岗。"
    service = posts.worker_leave


class ChangeEducation(WorkerUpdate):
    form_class = form_classes.EducationForm
    verb = "取得学历"
    success_message = "学历已登记。"
    service = changes.education_change


class AddCertificate(WorkerUpdate):
    form_class = form_classes.CertificateForm
    verb = "登记证书"
    success_message = "证书已登记。"
    service = changes.certificate_add


class FileSecretary(WorkerUpdate):
    form_class = form_classes.FileForm
    verb = "县级备案"
    success_message = "备案已登记。"
    service = changes.secretary_file


class SetReview(WorkerUpdate):
    permission = permissions.REVIEW
    object_permission = permissions.REVIEW
    form_class = form_classes.ReviewForm
    verb = "登记年度考核"
    success_message = "考核结果已登记。"
    service = duties.review_set
    states = tuple(WorkerState.values)

    def form_arguments(self) -> dict[str, Any]:
        return {"worker": self.object}


class SetStandIn(WorkerUpdate):
    form_class = form_classes.StandInForm
    verb = "AB 岗"
    success_message = "AB 岗已调整。"
    service = duties.stand_in_set

    def form_arguments(self) -> dict[str, Any]:
        row = self.object.stand_ins.filter(valid_to=None).select_related("stand_in").first()
        return {"user": self.request.user, "current": row.stand_in if row else None}


class LinkAccount(WorkerUpdate):
    form_class = form_classes.AccountForm
    verb = "工作账号"
    success_message = "工作账号已调整。"
    service = changes.account_link

    def form_arguments(self) -> dict[str, Any]:
        return {"worker": self.object}


# --- certificates, posts, residents


class CertificateUpdate(UpdateView):
    model = WorkerCertificate
    permission = permissions.MANAGE
    object_permission = permissions.MANAGE
    object_name = "certificate"
    verb = ""
    submit_style = "primary"

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("worker")

    def next_url(self, result: Any) -> str:
        return self.object.worker.get_absolute_url()

    def context(self) -> dict[str, Any]:
        worker, title = self.object.worker, f"{self.object.get_level_display()}：{self.verb}"
        url = worker.get_absolute_url()
        return {
            **super().context(), "page_title": title, "cancel_url": url, "submit_style": self.submit_style,
            "breadcrumbs": [LIST, (worker.number, url), (title, None)],
        }  # fmt: skip


class RenewCertificate(CertificateUpdate):
    form_class = form_classes.RenewForm
    verb = "续登"
    success_message = "有效期已更新。"
    service = changes.certificate_renew


class RemoveCertificate(CertificateUpdate):
    form_class = form_classes.RemoveForm
    verb = "删除"
    submit_label = "确认删除"
    submit_style = "danger"
    page_lead = "只用于登记错误或证书被撤销；等级和津贴随之变动。"
    success_message = "证书已删除。"
    service = changes.certificate_remove


class SetReserves(UpdateView):
    """Who stands ready for a post."""

    model = StaffPost
    permission = permissions.MANAGE
    object_permission = permissions.MANAGE
    form_class = form_classes.ReservesForm
    success_message = "备选人选已保存。"
    success_url = "staff:posts"

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("unit", "worker__person").filter(rank__in=RESERVED_RANKS)

    def form_arguments(self) -> dict[str, Any]:
        found = reserves_of(self.object.unit, self.object.rank)
        current = {place: row.worker for place, row in found.items()}
        return {"user": self.request.user, "current": current}

    def perform(self, form: forms.BaseForm) -> Any:
        post = self.object
        return duties.reserve_set(actor=self.request.user, unit=post.unit, rank=post.rank, **form.cleaned_data)

    def context(self) -> dict[str, Any]:
        title = f"{self.object.unit}{self.object.get_rank_display()}的备选"
        return {
            **super().context(), "page_title": title, "cancel_url": reverse("staff:posts"),
            "page_lead": f"现任 {self.object.worker.number}。填工号或末尾几位，空着为空缺。",
            "breadcrumbs": [LIST, ("一职两备", reverse("staff:posts")), (title, None)],
        }  # fmt: skip


class SetResidents(UpdateView):
    """How many people live in a street or community."""

    model = Unit
    permission = permissions.MANAGE
    object_permission = permissions.MANAGE
    form_class = form_classes.ResidentsForm
    object_name = "unit"
    success_message = "常住人口已登记。"
    page_lead = "用于计算每万名居民拥有的社区工作者；同一天再次登记为更正。"
    service = duties.residents_set

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.filter(level__in=(Level.STREET, Level.COMMUNITY), is_active=True)

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def context(self) -> dict[str, Any]:
        url = self.object.get_absolute_url()
        return {
            **super().context(), "page_title": f"{self.object}：登记常住人口", "cancel_url": url,
            "breadcrumbs": [LIST, (str(self.object), url), ("登记常住人口", None)],
        }  # fmt: skip
