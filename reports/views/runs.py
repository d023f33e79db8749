"""The catalogue of reports, the page of one report, and its results."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from common.errors import Conflict
from common.models import Job, JobStatus
from common.pages import ScopedFormView, SignedInMixin, require
from common.pages.details import ScopedObjectMixin
from common.pages.jobs import JOB_COLOURS
from common.reporting import Report, all_for, as_table, get
from common.reporting.files import file_response
from reports import permissions, runs
from reports.base import PageReport

CATALOGUE = "统计报表"
SHOWN = 20


def report_with_page(key: str) -> PageReport:
    report = get(key)
    if not isinstance(report, PageReport):
        raise Http404("这张报表没有自己的页面，请在对应的列表页点“导出”。")
    return report


class CatalogueView(SignedInMixin, View):
    """Every report this person may run, and the latest results."""

    permission = permissions.VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        mine = all_for(request.user)
        context = {
            "page_title": CATALOGUE,
            "page_lead": "选好条件即可生成，结果保留在这里，随时可以查看、打印和下载。",
            "breadcrumbs": [(CATALOGUE, None)],
            "reports": [report for report in mine if isinstance(report, PageReport)],
            "exports": [report for report in mine if not isinstance(report, PageReport)],
            "results": _results(request.user),
        }
        return render(request, "reports/catalogue.html", context)


def _results(user: Any, key: str = "") -> list[dict[str, Any]]:
    jobs = runs.results_of(user, key).defer("result")[:SHOWN]
    return [{"job": job, "colour": JOB_COLOURS[JobStatus(job.status)]} for job in jobs]


class ReportView(ScopedFormView):
    """Choose and start; earlier results below."""

    permission = permissions.VIEW
    template_name = "reports/report.html"
    submit_label = "开始统计"

    @cached_property
    def report(self) -> PageReport:
        return report_with_page(self.kwargs["key"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.page_title = self.report.label
        self.page_lead = self.report.about
        self.breadcrumbs = ((CATALOGUE, reverse("reports:catalogue")), (self.report.label, None))
        return super().dispatch(request, *args, **kwargs)

    def get_form(self, bound: bool = False) -> forms.Form:
        require(self.request.user, self.report.permission)
        return self.report.make_form(self.request.POST if bound else None, self.request.user)

    def perform(self, form: forms.BaseForm) -> Job:
        raw = {name: form.data.get(name, "") for name in form.fields}
        return runs.start(report=self.report, actor=self.request.user, raw=raw, submission=self.submission)

    def next_url(self, result: Job) -> str:
        return reverse("reports:result", args=[result.pk])

    def context(self) -> dict[str, Any]:
        return {"results": _results(self.request.user, self.report.key)}


class ResultMixin(ScopedObjectMixin):
    """A run of one's own, as long as one may still see reports."""

    model = Job
    permission = permissions.VIEW
    not_found = "没有这份统计结果，或者它是别人生成的。"

    def get_job(self) -> tuple[Job, Report]:
        job = self.get_object()
        if job.kind != runs.KIND:
            raise Http404(self.not_found)
        report = get(job.params["report"])
        require(self.request.user, report.permission)
        return job, report


class ResultView(ResultMixin, View):
    """The progress while the run goes on, then its table."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        job, report = self.get_job()
        if request.headers.get("HX-Target") == "gw-run":
            return self._progress(job)
        context = {
            "page_title": report.label,
            "breadcrumbs": [
                (CATALOGUE, reverse("reports:catalogue")),
                (report.label, reverse("reports:report", args=[report.key])),
                ("统计结果", None),
            ],
            "job": job,
            "colour": JOB_COLOURS[JobStatus(job.status)],
            "report": report,
        }
        if job.status == JobStatus.DONE:
            sheet = runs.sheet_of(job)
            context |= {"table": as_table(sheet), "page_title": f"{sheet.meta.period}{sheet.meta.title}"}
        return render(request, "reports/result.html", context)

    def _progress(self, job: Job) -> HttpResponse:
        """The part that changes; the whole page once there is something to see."""
        response = render(
            self.request, "reports/progress.html", {"job": job, "colour": JOB_COLOURS[JobStatus(job.status)]}
        )
        if not job.is_open:
            response["HX-Refresh"] = "true"
        return response


class ResultFileView(ResultMixin, View):
    """A finished run as a file."""

    def get(self, request: HttpRequest, pk: int, file_format: str) -> HttpResponse:
        job, _ = self.get_job()
        if job.status != JobStatus.DONE:
            raise Conflict("这份统计还没有完成，请稍后再下载。")
        return file_response(*runs.file_of(job, file_format), file_format)


class RepeatView(ResultMixin, View):
    """The same run again, with the data of now."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        job, _ = self.get_job()
        report = report_with_page(job.params["report"])
        fresh = runs.start(report=report, actor=request.user, raw=job.params["params"])
        return HttpResponseRedirect(reverse("reports:result", args=[fresh.pk]))
