"""The counter on a phone: enter a code, see what to hand out and to whom (masked), hand it out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from common.errors import PlainError
from common.masks import mask_name
from common.pages import ScopedFormView, SignedInMixin, add_error
from volunteers import permissions
from volunteers.forms.shop import CodeForm, CounterRedeemForm
from volunteers.models import Redemption
from volunteers.selectors.shop import waiting_for
from volunteers.services.handing_out import counter_redeem, find_by_code, redemption_collect
from volunteers.services.redemptions import Redeemed

COUNTER = "兑换台"


class CounterView(SignedInMixin, View):
    """A POST each way, so that the code stands in no address and no log."""

    permission = permissions.SHOPKEEP

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CodeForm(request.POST)
        if not form.is_valid():
            return self._show(form, status=400)
        code = form.cleaned_data["code"]
        try:
            found = find_by_code(actor=request.user, code=code)
            if "hand-out" not in request.POST:
                return self._show(CodeForm(), found=found, code=code)
            done = redemption_collect(redemption=found, actor=request.user, code=code)
        except PlainError as error:
            add_error(form, error)
            return self._show(form, status=error.status)
        messages.success(request, f"已发放：{done.product.name} × {done.quantity}（{done.number}）。")
        return HttpResponseRedirect(reverse("volunteers:counter"))

    def _show(self, form: CodeForm, status: int = 200, found: Redemption | None = None, code: str = "") -> HttpResponse:
        context: dict[str, Any] = {
            "page_title": COUNTER,
            "page_lead": "输入或扫描志愿者的领取码，核对后发放。",
            "breadcrumbs": [(COUNTER, None)],
            "form": form,
            "waiting": waiting_for(self.request.user).count(),
        }
        if found is not None:
            context |= {"found": found, "code": code, "name": mask_name(found.volunteer.person.name)}
        return render(self.request, "volunteers/shop/counter.html", context, status=status)


class CounterRedeemView(ScopedFormView):
    """Redeem on the spot for a volunteer who shows number and personal code."""

    permission = permissions.SHOPKEEP
    form_class = CounterRedeemForm
    page_title = "现场兑换"
    page_lead = "志愿者没有带手机时，凭编号和登录码在这里兑换；兑换后再按领取码发放。"
    submit_label = "兑换"
    breadcrumbs = ((COUNTER, "/volunteers/counter/"), ("现场兑换", None))
    cancel_url = "volunteers:counter"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, form: forms.BaseForm) -> Redeemed:
        return counter_redeem(actor=self.request.user, request_key=self.submission, **form.cleaned_data)

    def message(self, result: Redeemed) -> str:
        row = result.redemption
        return f"已兑换 {row.product.name} × {row.quantity}，用去 {row.points:f} 分，领取码 {result.code}。"

    def next_url(self, result: Redeemed) -> str:
        return reverse("volunteers:counter")
