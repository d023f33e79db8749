"""A pay scheme tried on today's roster: from the form of the rule, or by whoever prepares the pay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views import View

from common.models import Job, Policy
from common.pages import ScopedObjectMixin, SignedInMixin
from common.policies import Consequence, Trial, say_with, try_with
from common.scope import scope_of
from staff import permissions
from staff.choices import NOT_GRADED, GradingOutcome
from staff.forms.preview import TrialForm
from staff.models import Worker
from staff.policy_kinds import SCHEME, scheme_samples
from staff.rules import scheme_versions
from staff.selectors.grading import batches, plans
from staff.selectors.scheme_trial import head_count, try_scheme
from staff.services.scheme_trial import AT_ONCE, KIND, start_trial

TITLE = "用现有人员试算"
PAGE = AT_ONCE  # what is answered at once has one page


def register() -> None:
    """Called once, from ``StaffConfig.ready()``: the page of the rule offers the trial, and says whom a version regrades."""
    try_with(SCHEME, Trial(TITLE, answer))
    say_with(SCHEME, asks_of_graders)


def asks_of_graders(version: Policy, user: Any) -> Consequence | None:
    """How many people's grade would change from the version's day, of the whole installation; it names nobody."""
    batch = next((one for one in batches(timezone.localdate()) if one.version == version), None)
    if batch is None:
        return None
    count = Counter(plan.outcome for plan in plans(batch, Worker.objects.active().order_by("pk")))
    changing = sum(number for outcome, number in count.items() if outcome not in NOT_GRADED)
    text = f"定级规则与上一版不同。自 {version.valid_from:%Y-%m-%d} 起按这个方案，在岗 {count.total():,} 人中有 {changing:,} 人的等级会变"
    words = [f"{label} {count[key]:,} 人" for key, label in GradingOutcome.choices if count[key]]
    text += f"（{'，'.join(words)}）。" if words else "。"
    if not scope_of(user).may(permissions.GRADE):
        asks = "等级不会自动改变，已通知定级人员在“批量定级”里办理。"
        return Consequence(text + asks if changing else text)
    url = f"{reverse('staff:grading')}?{urlencode({'kind': batch.key})}"
    return Consequence(f"{text}等级不会自动改变。" if changing else text, url, "批量定级")


def answer(request: HttpRequest, data: Mapping[str, Any]) -> HttpResponse:
    """The trial of a scheme that has passed its check: at once, or as a job when there are many people."""
    if head_count() > AT_ONCE:
        job = start_trial(data=data, actor=request.user)
        return HttpResponseRedirect(reverse("common:job", args=[job.pk]))
    return show(request, try_scheme(data, request.user))


def show(request: HttpRequest, result: Mapping[str, Any]) -> HttpResponse:
    page = Paginator(result["rows"], PAGE).get_page(request.GET.get("page"))
    context = {
        "page_title": f"试算：{result['label']}",
        "page_lead": "按今天的在岗人员，满勤、税前、考核按 100% 计；按季、半年和年终发放的项目折到每月。没有保存任何内容。",
        "breadcrumbs": ((f"试算：{result['label']}", None),),
        "result": result,
        "option": _bars(result["streets"]),
        "grades_option": _grades(result["grades"]),
        "page": page,
        "year": Decimal(result["difference"]) * 12,
    }
    return render(request, "staff/preview/trial.html", context)


def _bars(streets: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "yAxis": {"data": [street["name"] for street in streets], "inverse": True},
        "xAxis": {},
        "series": [
            {"type": "bar", "name": "现行（元/月）", "data": [float(street["old"]) for street in streets]},
            {"type": "bar", "name": "新方案（元/月）", "data": [float(street["new"]) for street in streets]},
        ],
    }


def _grades(grades: list[list[int]]) -> dict[str, Any]:
    return {
        "xAxis": {"data": [f"{grade} 级" for grade, _, _ in grades]},
        "yAxis": {"minInterval": 1},
        "series": [
            {"type": "bar", "name": "现行（人）", "data": [old for _, old, _ in grades]},
            {"type": "bar", "name": "新方案（人）", "data": [new for _, _, new in grades]},
        ],
    }


class TrialResult(ScopedObjectMixin, View):
    """What a job of one's own has found out."""

    model = Job
    not_found = "没有这次试算，或者它是别人发起的。"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = self.get_object()
        if job.kind != KIND or "trial" not in job.result:
            raise Http404(self.not_found)
        return show(request, job.result["trial"])


class TrySchemes(SignedInMixin, View):
    """Versions that are in force or to come, and the samples, each tried with one person a row."""

    permission = permissions.PAY_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(TrialForm(offered=self._offered()))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TrialForm(request.POST, offered=self._offered())
        if not form.is_valid():
            return self._show(form, 400)
        kind, _, key = form.cleaned_data["scheme"].partition(":")
        if kind == "sample":
            return answer(request, scheme_samples()[key][1])
        return answer(request, next(row.data for row in scheme_versions() if str(row.pk) == key))

    def _offered(self) -> list[tuple[str, str]]:
        today = timezone.localdate()
        versions = scheme_versions()
        current = next((row for row in versions if row.valid_from <= today), None)
        offered = [
            (f"version:{row.pk}", f"{row.data['label']}（自 {row.valid_from:%Y-%m-%d} 起，{'现行' if row == current else '将生效'}）")
            for row in versions
            if row == current or row.valid_from > today
        ]  # fmt: skip
        return offered + [(f"sample:{key}", f"样板：{label}") for key, (label, _) in scheme_samples().items()]

    def _show(self, form: TrialForm, status: int = 200) -> HttpResponse:
        context = {
            "page_title": "薪酬方案试算",
            "page_lead": "看一个方案对现有人员意味着什么：每个人的等级和月工资、每个镇街的合计。只看不存。",
            "breadcrumbs": (("社区队伍", None), ("薪酬方案试算", None)),
            "form": form,
        }
        return render(self.request, "staff/preview/choose.html", context, status=status)
