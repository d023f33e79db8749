"""A worker's own pages: they need no permission, and show nothing of others. Pay asks for the password again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.hashers import check_password
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters

from common import throttle
from common.errors import Invalid
from common.masks import mask_text
from common.pages import ScopedFormView, SignedInMixin
from petitions.selectors import waiting_tickets
from staff.forms.pay import PasswordAgainForm
from staff.models import Slip, Worker
from staff.rules import pay_scheme
from staff.selectors.own import gain_words, next_step_words, own_worker
from staff.selectors.own_growth import own_summary, today_of
from staff.selectors.runs import paid_slips, year_statement, years_of
from staff.views.slips import slip_context

OWN = "我的工作"
TASKS = 5  # tickets shown on one's own page; all are in 待我办理
CONFIRMED = "staff_pay_confirmed"  # in the session: when the password was given again
STAYS = timedelta(minutes=10)
TRIES = throttle.Rule("staff-pay", 5, timedelta(minutes=30), "密码错误次数过多，请 30 分钟后再试。")


class OwnMixin(SignedInMixin):
    """``self.worker`` is the worker whose account is signed in; 404 for everybody else."""

    worker: Worker
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.worker = own_worker(request.user)
        return super().dispatch(request, *args, **kwargs)

    def slips(self) -> Any:
        """The worker's own slips that have been paid out."""
        return paid_slips(Slip.objects.own(self.request.user)).select_related("run", "unit", "worker")


class OwnPayMixin(OwnMixin):
    """Pages with pay: the password again, for ten minutes (a phone left on the desk shows nothing)."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not is_confirmed(request):
            return HttpResponseRedirect(f"{reverse('staff:own-confirm')}?next={request.path}")
        return super().dispatch(request, *args, **kwargs)


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the password was given again within the last ten minutes."""
    at = request.session.get(CONFIRMED, 0)
    return bool(timezone.now().timestamp() - float(at) < STAYS.total_seconds())


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class ConfirmView(ScopedFormView):
    """The second look at sign-in before one's own pay is shown."""

    form_class = PasswordAgainForm
    page_title = "请再次输入密码"
    page_lead = "工资是您的个人信息。输入登录密码后 10 分钟内可以查看。"
    submit_label = "查看工资"
    cancel_url = "staff:own"

    def perform(self, form: forms.BaseForm) -> str:
        user: Any = self.request.user
        throttle.check(TRIES, str(user.pk))
        if not check_password(form.cleaned_data["password"], user.password):
            throttle.note(TRIES, str(user.pk))
            raise Invalid("密码不正确，请重新输入。", "password")
        self.request.session[CONFIRMED] = timezone.now().timestamp()
        return self._next()

    def _next(self) -> str:
        wanted = self.request.GET.get("next", "")
        if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/staff/me/"):
            return wanted
        return reverse("staff:own-pay")

    def next_url(self, result: Any) -> str:
        return str(result)


class OwnHome(OwnMixin, View):
    """Today's attendance, tasks, grade and why, the next step and when, training, rotation, mentor, certificates, reviews."""

    def get(self, request: HttpRequest) -> HttpResponse:
        today = timezone.localdate()
        worker = self.worker
        _, scheme = pay_scheme(today)
        context = {
            "page_title": OWN, "breadcrumbs": ((OWN, None),), "worker": worker,
            "grade": worker.grades.filter(valid_from__lte=today).first(),
            "next_step": next_step_words(worker, today), "certificates": list(worker.certificates.all()),
            "reviews": list(worker.reviews.all()[:5]), "certificate_gain": gain_words(scheme),
            "today": today_of(worker), "growth": own_summary(worker), "tasks": [(row, mask_text(row.title)) for row in waiting_tickets(request.user, TASKS)],
            "month_ahead": today + timedelta(days=90), "date": today,
        }  # fmt: skip
        return render(request, "staff/own/home.html", context)


class OwnPay(OwnPayMixin, View):
    """One's own slips and years."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = self.slips()
        years = [(year, reverse("staff:own-year", args=[year])) for year in years_of(Slip.objects.own(request.user))]
        context = {
            "page_title": "我的工资", "breadcrumbs": ((OWN, reverse("staff:own")), ("我的工资", None)),
            "slips": list(rows[:24]), "years": years,
        }  # fmt: skip
        return render(request, "staff/own/pay.html", context)


class OwnSlip(OwnPayMixin, View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        slip = self.slips().filter(pk=pk).first()
        if slip is None:
            raise Http404("没有这张工资条，或者它还没有发放。")
        context = slip_context(slip)
        title = f"{context['label']}工资条"
        trail = ((OWN, reverse("staff:own")), ("我的工资", reverse("staff:own-pay")), (title, None))
        return render(request, "staff/own/slip.html", {**context, "page_title": title, "breadcrumbs": trail})


class OwnYear(OwnPayMixin, View):
    def get(self, request: HttpRequest, year: int) -> HttpResponse:
        statement = year_statement(self.slips(), year)
        title = f"{year} 年工资"
        trail = ((OWN, reverse("staff:own")), ("我的工资", reverse("staff:own-pay")), (title, None))
        context = {"page_title": title, "breadcrumbs": trail, "statement": statement, "own": True}
        return render(request, "staff/own/year.html", context)
