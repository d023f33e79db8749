"""Progress and result of long work. The page asks again every second while the job runs."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from common.models import Job, JobStatus
from common.pages.details import ScopedObjectMixin
from common.pages.keyset import Ordering
from common.pages.lists import Empty, ScopedListView
from common.pages.tables import DateTimeColumn, LinkColumn, PageTable, StateColumn, TextColumn

JOB_COLOURS = {
    JobStatus.QUEUED: "grey",
    JobStatus.RUNNING: "blue",
    JobStatus.DONE: "green",
    JobStatus.FAILED: "red",
}


class JobView(ScopedObjectMixin, View):
    """One job of one's own; htmx is given only the part that changes."""

    model = Job
    not_found = "没有这个任务，或者它是别人发起的。"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = self.get_object()
        context = {
            "job": job,
            "colour": JOB_COLOURS[JobStatus(job.status)],
            "result_url": local_address(job.result.get("url", "")),
            "page_title": job.label,
            "breadcrumbs": [("我的任务", reverse("common:jobs")), (job.label, None)],
        }
        fragment = request.headers.get("HX-Target") == "gw-job"
        return render(request, "common/job_body.html" if fragment else "common/job.html", context)


def local_address(url: Any) -> str:
    """An address of this site; a result can lead nowhere else."""
    text = str(url or "")
    return text if text.startswith("/") and not text.startswith(("//", "/\\")) else ""


class JobFileView(ScopedObjectMixin, View):
    """The file a job of one's own has made."""

    model = Job
    not_found = JobView.not_found

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> FileResponse:
        job = self.get_object()
        if not job.result_file or not default_storage.exists(job.result_file):
            raise Http404("这个任务没有可下载的文件，或者文件已过保存期。请重新生成。")
        name = job.result_name or job.result_file.rpartition("/")[2]
        return FileResponse(default_storage.open(job.result_file), as_attachment=True, filename=name)


class JobTable(PageTable):
    label = LinkColumn(linkify=("common:job", [tables.A("pk")]))
    status = StateColumn(colours=JOB_COLOURS)
    message = TextColumn(clip=True)
    created_at = DateTimeColumn(verbose_name="提交时间")
    finished_at = DateTimeColumn(verbose_name="完成时间")

    class Meta(PageTable.Meta):
        model = Job
        fields = ("label", "status", "message", "created_at", "finished_at")


class JobListView(ScopedListView):
    model = Job
    page_title = "我的任务"
    page_lead = "导出、导入和统计等耗时较长的工作，完成后结果保留在这里。"
    table_class = JobTable
    orderings = (Ordering("created", "提交先后", "pk", descending=True),)
    empty = Empty("还没有任务", "导出列表或生成报表时，进度和结果会显示在这里。")
