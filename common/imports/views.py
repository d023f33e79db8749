"""Pages of an import: what can be imported, the file, its columns, what was found, what came in."""

from __future__ import annotations

import io
from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views import View

from common.errors import PlainError
from common.imports import registry, services
from common.imports.forms import MappingForm, UploadForm
from common.imports.jobs import said
from common.imports.spec import ImportSpec
from common.models.imports import BatchStatus, ImportBatch
from common.pages.access import SignedInMixin, require
from common.pages.details import ScopedObjectMixin
from common.pages.forms import ScopedFormView, add_error
from common.pages.keyset import Ordering
from common.pages.lists import Empty, ScopedListView
from common.pages.tables import DateTimeColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOT_FOUND = "没有这次导入，或者它是别人发起的。"
COLOURS = {
    BatchStatus.UPLOADED: "grey",
    BatchStatus.CHECKING: "blue",
    BatchStatus.CHECKED: "amber",
    BatchStatus.COMMITTING: "blue",
    BatchStatus.COMMITTED: "green",
    BatchStatus.UNDOING: "blue",
    BatchStatus.UNDONE: "grey",
    BatchStatus.FAILED: "red",
}
STEPS = ("选择文件", "核对列", "检查结果", "导入")
STEP_OF = {
    BatchStatus.UPLOADED: 2,
    BatchStatus.CHECKING: 3,
    BatchStatus.CHECKED: 3,
    BatchStatus.FAILED: 2,
}


def trail(*more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [("导入", reverse("imports:list")), *more]


class BatchTable(PageTable):
    original_name = LinkColumn(linkify=("imports:batch", [tables.A("pk")]))
    spec = TextColumn()
    status = StateColumn(colours=COLOURS)
    total = NumberColumn()
    valid = NumberColumn()
    rejected = NumberColumn()
    created_at = DateTimeColumn()

    class Meta(PageTable.Meta):
        model = ImportBatch
        fields = ("original_name", "spec", "status", "total", "valid", "rejected", "created_at")

    def render_spec(self, value: str) -> str:
        return next((spec.label for spec in registry.all_specs() if spec.key == value), value)


class BatchListView(ScopedListView):
    """What the person may import, and the files handed in so far."""

    model = ImportBatch
    template_name = "common/imports/list.html"
    page_title = "导入"
    page_lead = "先检查、再确认：文件中的错误会逐行列出，确认之前不会写入任何内容。"
    table_class = BatchTable
    orderings = (Ordering("created", "上传先后", "pk", descending=True),)
    empty = Empty("还没有导入过文件", "从上面选择要导入的内容，下载模板填写后上传。")

    def extra_context(self) -> dict[str, Any]:
        return {"specs": registry.all_for(self.request.user)}


class SpecMixin(SignedInMixin):
    """Finds the kind of import of the address; 403 without its permission."""

    kwargs: dict[str, Any]
    request: HttpRequest

    @property
    def spec(self) -> ImportSpec:
        spec = registry.get(self.kwargs["spec"])
        require(self.request.user, spec.permission)
        return spec


class TemplateView(SpecMixin, View):
    """The workbook to fill in."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> FileResponse:
        # The library of workbooks is not for every web process: only for one that is asked for a template.
        from common.imports.template import write_template

        spec, out = self.spec, io.BytesIO()
        write_template(spec, out)
        out.seek(0)
        return FileResponse(out, as_attachment=True, filename=f"{spec.label}_导入模板.xlsx", content_type=XLSX)


class UploadView(SpecMixin, ScopedFormView):
    """Hand in a file."""

    form_class = UploadForm
    template_name = "common/imports/upload.html"
    submit_label = "上传并核对列"
    cancel_url = "imports:list"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request.user, "is_authenticated", False):
            self.page_title = f"导入{self.spec.label}"
            self.breadcrumbs = tuple(trail((self.spec.label, None)))
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: Any) -> ImportBatch:
        return services.upload(spec_key=self.spec.key, actor=self.request.user, file=form.cleaned_data["file"])

    def next_url(self, result: ImportBatch) -> str:
        return reverse("imports:batch", args=[result.pk])

    def context(self) -> dict[str, Any]:
        return {"spec": self.spec, "steps": steps(1)}


class BatchMixin(ScopedObjectMixin):
    """Finds one's own batch and its kind; 404 for another's, 403 once the permission is gone."""

    model = ImportBatch
    not_found = NOT_FOUND

    def rows(self, queryset: Any) -> Any:
        return queryset.select_related("job")

    def open(self) -> tuple[ImportBatch, ImportSpec]:
        batch = self.get_object()
        spec = registry.get(batch.spec)
        require(self.request.user, spec.permission)
        return batch, spec


class BatchView(BatchMixin, View):
    """One file, at whatever step it is; while a job works on it htmx asks again for the part that changes."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        batch, spec = self.open()
        form = MappingForm(
            spec=spec, head=batch.head, sample=batch.sample, initial=MappingForm.initial_of(batch.mapping)
        )
        return self._show(batch, spec, form)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Columns as the person matched them: start the dry run."""
        batch, spec = self.open()
        form = MappingForm(request.POST, spec=spec, head=batch.head, sample=batch.sample)
        if not form.is_valid():
            return self._show(batch, spec, form, 400)
        try:
            services.start_check(batch_id=batch.pk, actor=request.user, mapping=form.mapping)
        except PlainError as error:
            add_error(form, error)
            return self._show(batch, spec, form, error.status)
        return redirect("imports:batch", batch.pk)

    def _show(self, batch: ImportBatch, spec: ImportSpec, form: MappingForm, status: int = 200) -> HttpResponse:
        state = BatchStatus(services.state_of(batch))
        matching_open = state in (BatchStatus.UPLOADED, BatchStatus.FAILED) or "columns" in self.request.GET
        context = {
            "batch": batch,
            "spec": spec,
            "form": form,
            "state": state,
            "colour": COLOURS[state],
            "matching": (matching_open or form.is_bound) and not batch.is_busy,
            "busy": state in (BatchStatus.CHECKING, BatchStatus.COMMITTING, BatchStatus.UNDOING),
            "sentence": said(batch, "已导入" if batch.committed_at else "可以导入") if batch.total else "",
            "problem": batch.message or (batch.job.message if batch.job and state != batch.status else ""),
            "earlier": services.earlier(batch) if state == BatchStatus.UPLOADED else None,
            "steps": steps(STEP_OF.get(state, 4)),
            "can_undo": state == BatchStatus.COMMITTED and spec.undoable,
            "done_url": reverse(spec.done_url_name) if spec.done_url_name else "",
            "unused": [heading for place, heading in enumerate(batch.head) if place not in batch.mapping.values()],
            "page_title": batch.original_name,
            "breadcrumbs": trail((spec.label, reverse("imports:upload", args=[spec.key])), (batch.original_name, None)),
        }
        fragment = self.request.headers.get("HX-Target") == "gw-import"
        template = "common/imports/batch_body.html" if fragment else "common/imports/batch.html"
        return render(self.request, template, context, status=status)


class RejectedView(BatchMixin, View):
    """The rejected rows with what is wrong with each, to correct and upload again."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> FileResponse:
        batch, _ = self.open()
        if not batch.rejected_file or not default_storage.exists(batch.rejected_file):
            raise Http404("没有有误的行，或者文件已过保存期。请重新上传检查。")
        stem = batch.original_name.rpartition(".")[0] or batch.original_name
        content = default_storage.open(batch.rejected_file)
        return FileResponse(content, as_attachment=True, filename=f"{stem}_有误的行.xlsx", content_type=XLSX)


class CommitView(BatchMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        services.start_commit(batch_id=self.open()[0].pk, actor=request.user)
        return redirect("imports:batch", self.kwargs["pk"])


class UndoView(BatchMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        services.start_undo(batch_id=self.open()[0].pk, actor=request.user)
        return redirect("imports:batch", self.kwargs["pk"])


class DiscardView(BatchMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        services.discard(batch_id=self.open()[0].pk, actor=request.user)
        messages.success(request, "已放弃这次导入，文件已删除。")
        return redirect("imports:list")


def steps(current: int) -> list[dict[str, Any]]:
    """The way from file to import, for the top of the page."""
    return [
        {"label": label, "done": number < current, "current": number == current}
        for number, label in enumerate(STEPS, 1)
    ]
