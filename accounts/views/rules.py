"""Dated rules and holidays, for the security administrator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views import View
from django.views.decorators.http import require_POST

from accounts import permissions
from accounts.rule_forms import HolidayForm, RuleForm
from accounts.rules import Table, blocks
from accounts.services.rules import holiday_remove, holiday_set, rule_add_version, rule_withdraw_version
from common import calendar, policies
from common.errors import PlainError
from common.models import Policy
from common.models.calendar import Holiday
from common.pages.access import SignedInMixin, require, signed_in
from common.pages.forms import ScopedFormView, add_error
from common.policies import PolicyKind, Trial

RULES = "规则"
HOLIDAYS = "节假日与调休"


def _versions(user: Any, key: str = "") -> list[Policy]:
    rows = Policy.objects.visible_to(user).select_related("created_by").order_by("key", "-valid_from")
    return list(rows.filter(key=key) if key else rows)


def _in_force(versions: list[Policy]) -> Policy | None:
    today = timezone.localdate()
    return next((row for row in versions if row.valid_from <= today), None)


class RuleMixin(SignedInMixin):
    permission = permissions.POLICY_MANAGE
    kwargs: dict[str, Any]
    request: HttpRequest

    @cached_property
    def kind(self) -> PolicyKind:
        try:
            return policies.kind_of(self.kwargs["key"])
        except KeyError:
            raise Http404("没有这项规则。") from None

    @cached_property
    def versions(self) -> list[Policy]:
        return _versions(self.request.user, self.kind.key)


class RuleListView(SignedInMixin, View):
    permission = permissions.POLICY_MANAGE

    def get(self, request: HttpRequest) -> HttpResponse:
        by_key: dict[str, list[Policy]] = {}
        for row in _versions(request.user):
            by_key.setdefault(row.key, []).append(row)
        today = timezone.localdate()
        rows = [
            {
                "kind": kind,
                "current": _in_force(by_key.get(kind.key, [])),
                "coming": [row for row in by_key.get(kind.key, []) if row.valid_from > today],
            }
            for kind in policies.kinds()
        ]
        context = {
            "page_title": RULES,
            "page_lead": "修改规则就是从某一天起立一个新版本；以前的日期和已经算好的时限不受影响。",
            "breadcrumbs": ((RULES, None),),
            "rules": rows,
        }
        return render(request, "accounts/rules.html", context)


class RuleView(RuleMixin, View):
    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        current = _in_force(self.versions)
        wanted = request.GET.get("version", "")
        shown = next(
            (row for row in self.versions if str(row.pk) == wanted), current or next(iter(self.versions), None)
        )
        found = blocks(self.kind, shown.data) if shown else []
        single = [block for block in found if not isinstance(block, Table)]
        filled = {section.entry[:-1] for section in single if section.entry}
        context = {
            "page_title": self.kind.label,
            "page_lead": self.kind.help,
            "breadcrumbs": ((RULES, reverse("accounts:rules")), (self.kind.label, None)),
            "kind": self.kind,
            "versions": self.versions,
            "current": current,
            "shown": shown,
            "sections": found,
            "consequence": policies.consequence_of(shown, request.user) if shown else None,
            "empty_lists": [section.title for section in single if section.list and section.list not in filled],
            "today": timezone.localdate(),
        }
        return render(request, "accounts/rule.html", context)


class RuleEditView(RuleMixin, ScopedFormView):
    """A new version, starting from the latest one (also from one that is still to come)."""

    template_name = "accounts/rule_form.html"
    submit_label = "保存为新版本"

    def get_form(self, bound: bool = False) -> RuleForm:
        if not self.versions:
            raise Http404("这项规则还没有第一个版本，请先用 manage.py load_profile 载入本区的规则。")
        latest = self.versions[0]
        data = {"data": self.request.POST} if bound else {}
        content = self.sample[1] if self.sample else latest.data
        return RuleForm(kind=self.kind, content=content, latest=str(latest.pk), **data)

    @cached_property
    def samples(self) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
        return self.kind.samples() if self.kind.samples else {}

    @cached_property
    def sample(self) -> tuple[str, Mapping[str, Any]] | None:
        """The sample to start from instead of the latest version, its name and content."""
        wanted = self.request.GET.get("sample", "")
        if wanted and wanted not in self.samples:
            raise Http404("没有这个样板。")
        return self.samples.get(wanted)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form(bound=True)
        if form.wants_more:
            return self.show(form)
        trial = policies.trial_of(self.kind.key)
        if trial is not None and "trial" in request.POST:
            return self._try(trial, form)
        return super().post(request, *args, **kwargs)

    def _try(self, trial: Trial, form: RuleForm) -> HttpResponse:
        """What the version would mean, in a window of its own; what was typed stays in the first one."""
        if not form.is_valid():
            return self.show(form, 400)
        content = form.new_content()
        try:
            self.kind.check(content)
        except PlainError as error:
            add_error(form, error)
            return self.show(form, error.status)
        return trial.answer(self.request, content)

    def perform(self, form: Any) -> Policy:
        return rule_add_version(
            key=self.kind.key, actor=self.request.user, data=form.new_content(),
            valid_from=form.cleaned_data["valid_from"], note=form.cleaned_data["note"],
        )  # fmt: skip

    def message(self, result: Policy) -> str:
        return f"已保存，自 {result.valid_from:%Y-%m-%d} 起生效。"

    def next_url(self, result: Policy) -> str:
        return f"{reverse('accounts:rule', args=[self.kind.key])}?version={result.pk}"

    def context(self) -> dict[str, Any]:
        own = reverse("accounts:rule", args=[self.kind.key])
        return {
            "page_title": f"{self.kind.label}：新版本",
            "page_lead": self.kind.help,
            "breadcrumbs": ((RULES, reverse("accounts:rules")), (self.kind.label, own), ("新版本", None)),
            "cancel_url": own,
            "trial": policies.trial_of(self.kind.key),
            "samples": [(key, label) for key, (label, _) in self.samples.items()],
            "sample": self.sample[0] if self.sample else "",
        }


@require_POST
@signed_in
def rule_withdraw(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    require(request.user, permissions.POLICY_MANAGE)
    row = Policy.objects.visible_to(request.user).filter(key=key, pk=pk).first()
    if row is None:
        raise Http404("这个版本已经撤回。")
    rule_withdraw_version(policy=row, actor=request.user)
    messages.success(request, f"已撤回原定自 {row.valid_from:%Y-%m-%d} 起的版本。")
    return HttpResponseRedirect(reverse("accounts:rule", args=[key]))


class HolidayView(ScopedFormView):
    """One year's table and the form that adds to it."""

    permission = permissions.POLICY_MANAGE
    form_class = HolidayForm
    template_name = "accounts/holidays.html"
    page_title = HOLIDAYS
    page_lead = "只登记与平常周末不同的日子：工作日放假，或周末上班。新的安排对之后开始计时的时限生效。"
    submit_label = "登记"

    @cached_property
    def year(self) -> int:
        text = self.request.GET.get("year", "")
        return (
            int(text) if text.isascii() and text.isdigit() and 2000 <= int(text) <= 2100 else timezone.localdate().year
        )

    def perform(self, form: Any) -> Any:
        return holiday_set(actor=self.request.user, **form.cleaned_data)

    def message(self, result: Any) -> str:
        return f"已登记 {len(result)} 天，自 {result[0].date:%Y-%m-%d} 起。"

    def next_url(self, result: Any) -> str:
        return f"{reverse('accounts:holidays')}?year={result[0].date.year}"

    def context(self) -> dict[str, Any]:
        days = (date(self.year, 1, 1), date(self.year, 12, 31))
        rows = Holiday.objects.visible_to(self.request.user).filter(date__range=days).order_by("date")
        return {
            "year": self.year,
            "holidays": rows,
            "missing": calendar.missing_notice(timezone.localdate()),
        }


@require_POST
@signed_in
def holiday_delete(request: HttpRequest, pk: int) -> HttpResponse:
    require(request.user, permissions.POLICY_MANAGE)
    row = Holiday.objects.visible_to(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404("这一天已经删除。")
    holiday_remove(holiday=row, actor=request.user)
    messages.success(request, f"已删除 {row.date:%Y-%m-%d} 的安排，这一天按平常的周末计算。")
    return HttpResponseRedirect(f"{reverse('accounts:holidays')}?year={row.date.year}")
