"""One's own: sheets to fill in, results, appeals. Phone first; nothing of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views import View

from common.codes import own_request_key
from common.errors import PlainError
from common.pages import ScopedFormView, SignedInMixin
from staff.appraisal.words import AppraisalState, Side
from staff.forms.appraisal import AppealForm, SheetForm
from staff.models import Appeal, AppraisalScore, AppraisalSheet, Appraised
from staff.selectors.appraisal import own_results, own_sheets, people_of, scheme_of_appraisal
from staff.selectors.own import own_worker
from staff.services.appraisal_appeals import appeal_ask, appeal_take_back, readable
from staff.services.appraisal_sheets import sheet_save, sheet_send
from staff.tables.appraisal import star_words, who
from staff.views.appraisal_results import appeal_url, result_context

OWN, RESULTS, SHEETS = "我的工作", "我的考核", "打分"
PAGE = 20
SHOWN = 30


# --- sheets


class OwnSheets(SignedInMixin, View):
    """Sheets that wait, and those sent while scoring is still open."""

    def get(self, request: HttpRequest) -> HttpResponse:
        context = {
            "page_title": SHEETS, "page_lead": "请您打分的考核；打分结束前可以修改，改过的要重新提交。",
            "breadcrumbs": ((SHEETS, None),), "sheets": list(own_sheets(request.user)[:SHOWN]),
        }  # fmt: skip
        return render(request, "staff/appraisal/sheets.html", context)


class OwnSheet(ScopedFormView):
    """Points for everybody on the sheet, page by page."""

    template_name = "staff/appraisal/sheet.html"
    form_class = SheetForm
    submit_label = "保存"
    kwargs: dict[str, Any]

    @cached_property
    def sheet(self) -> AppraisalSheet:
        rows = AppraisalSheet.objects.own(self.request.user).select_related("appraisal__unit", "appraisal__policy")
        found = rows.filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404("没有您的这张打分表。")
        return found

    @cached_property
    def page(self) -> Any:
        """Those on one page of the sheet, in the order of the organisation."""
        return Paginator(people_of(self.sheet), PAGE).get_page(self.request.GET.get("page"))

    @cached_property
    def scores(self) -> list[AppraisalScore]:
        keys = [one.pk for one in self.page.object_list]
        return list(self.sheet.scores.filter(appraised__in=keys).order_by("appraised", "side", "pk"))

    def form_arguments(self) -> dict[str, Any]:
        return {"scores": self.scores}

    def perform(self, form: forms.BaseForm) -> Any:
        user: Any = self.request.user
        assert isinstance(form, SheetForm)
        sheet_save(sheet=self.sheet, user=user, points=form.points())
        if self.request.POST.get("do") == "send":
            try:
                sheet_send(sheet=self.sheet, user=user)
                messages.success(self.request, "已提交，谢谢。")
            except PlainError as error:
                messages.warning(self.request, f"已保存，{error.message}")
        else:
            messages.success(self.request, "已保存。")
        return self.sheet

    def next_url(self, result: Any) -> str:
        here = reverse("staff:own-sheet", args=[self.sheet.pk])
        wanted = self.request.POST.get("do")
        if wanted == "next" and self.page.has_next():
            return f"{here}?page={self.page.next_page_number()}"
        return f"{here}?page={self.page.number}" if self.page.paginator.num_pages > 1 else here

    def context(self) -> dict[str, Any]:
        row = self.sheet
        open_still = row.appraisal.state == AppraisalState.OPEN and row.excused_at is None
        return {
            "page_title": f"{row.appraisal.period_words}{row.appraisal.get_subject_display()}考核打分",
            "page_lead": f"每项 0 至 100 分，{row.appraisal.judge_until:%Y-%m-%d} 前提交。只有您看得到自己打的分。",
            "breadcrumbs": ((SHEETS, reverse("staff:own-sheets")), (str(row.appraisal), None)),
            "people": self.people, "sheet": row, "open": open_still, "page": self.page, "missing": row.scores.filter(points=None).count(),
        }  # fmt: skip

    people: list[dict[str, Any]]

    def show(self, form: forms.BaseForm, status: int = 200) -> HttpResponse:
        self.people = list(self._people(form))
        return super().show(form, status)

    def _people(self, form: forms.BaseForm) -> Iterator[dict[str, Any]]:
        """Everybody on the page with the inputs of their items."""
        scheme = scheme_of_appraisal(self.sheet.appraisal)
        for one in self.page.object_list:
            items = []
            for score in (score for score in self.scores if score.appraised_id == one.pk):
                bound = form[f"score_{score.pk}"]
                indicator = scheme.by_key(score.key)
                side = f"（{Side(score.side).label}）" if one.host_unit is not None else ""
                label = f"{indicator.label}{side}"
                bound.label = bound.field.label = f"{who(one)} {label}"  # an error above the form says whose
                bound.field.widget.attrs |= {"class": "form-control", "aria-label": f"{who(one)} {label}"}
                items.append({"bound": bound, "label": label, "guide": indicator.guide, "points": score.points})
            yield {"name": who(one), "unit": one.unit.name if one.worker else "", "one": one, "entries": items}


# --- results


class OwnAppraisals(SignedInMixin, View):
    """One's own published results."""

    def get(self, request: HttpRequest) -> HttpResponse:
        own_worker(request.user)
        rows = [
            {"row": row, "stars": star_words(row.stars), "url": reverse("staff:own-appraisal", args=[row.appraised_id])}
            for row in own_results(request.user)[:SHOWN]
        ]
        context = {
            "page_title": RESULTS, "breadcrumbs": ((OWN, reverse("staff:own")), (RESULTS, None)), "rows": rows,
            "waiting": own_sheets(request.user).filter(sent_at=None).count(),
        }  # fmt: skip
        return render(request, "staff/appraisal/own.html", context)


class OwnAppraisal(SignedInMixin, View):
    """One result of one's own, line by line, and the appeal."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        one = readable(request.user, pk)
        context = {
            **result_context(one),
            "page_title": f"{one.appraisal.period_words}考核",
            "breadcrumbs": (
                (OWN, reverse("staff:own")), (RESULTS, reverse("staff:own-appraisals")), (one.appraisal.period_words, None)
            ),
            "appeal_url": appeal_url(one, request.user),
            "own": True,
            "sees_appeals": True,
        }  # fmt: skip
        return render(request, "staff/appraisal/appraised.html", context)


class AskAppeal(ScopedFormView):
    form_class = AppealForm
    page_title = "申诉"
    page_lead = "由没有给您评过分的人处理，结果会发消息给您。"
    submit_label = "提交申诉"
    success_message = "申诉已提交。"
    kwargs: dict[str, Any]

    @cached_property
    def one(self) -> Appraised:
        return readable(self.request.user, self.kwargs["pk"])

    def get_form(self, bound: bool = False) -> forms.BaseForm:
        self.one  # noqa: B018  404 for a stranger, before anything is shown
        return super().get_form(bound)

    def perform(self, form: forms.BaseForm) -> Appeal:
        user: Any = self.request.user
        key = own_request_key(user.pk, self.submission)
        return appeal_ask(user=user, appraised=self.one, request_key=key, **form.cleaned_data)

    def next_url(self, result: Any) -> str:
        return result_url(self.one)

    def context(self) -> dict[str, Any]:
        back = result_url(self.one)
        return {"cancel_url": back, "breadcrumbs": ((who(self.one), back), ("申诉", None))}


def result_url(one: Appraised) -> str:
    """The page on which whoever is appraised reads the result."""
    return reverse("staff:own-appraisal", args=[one.pk]) if one.worker_id else one.get_absolute_url()


class TakeBackAppeal(SignedInMixin, View):
    model = Appeal

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = appeal_take_back(appeal=Appeal(pk=pk), user=request.user)
        messages.success(request, "申诉已撤回。")
        return HttpResponseRedirect(result_url(row.appraised))
