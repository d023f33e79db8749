"""Grading in bulk: who is graded, from what to what and why, looked at before it is done."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from common.errors import Invalid
from common.pages import Empty, Ordering, ScopedListView
from grid.models import Unit
from staff import permissions
from staff.choices import COLOURS, NOT_GRADED, GradeReason, GradingOutcome
from staff.filters.grades import GradingFilter
from staff.models import Worker
from staff.selectors.grades import of_worker
from staff.selectors.grading import Batch, reasons_of
from staff.services.grading import start_grading
from staff.tables.grades import GradingTable
from staff.views.grades import LIST

HELP = {
    GradeReason.STEP: "上年度考核计入晋级、年限达到的，1 月 1 日起晋一级。",
    GradeReason.SCHEME: "按新方案重新定级，从方案生效之日起执行，可能升也可能降；当天由人工更正过的不动。",
    GradeReason.INITIAL: "还没有定级和返岗后没有等级的人，按各自入职（返岗）当天的职务、年限、学历、证书和当时的方案定级。",
}
ICONS = {
    GradingOutcome.FIRST: "user-check", GradingOutcome.RISES: "trending-up", GradingOutcome.FALLS: "arrow-down",
    GradingOutcome.RENEWED: "refresh", GradingOutcome.STAYS: "minus", GradingOutcome.BLOCKED: "alert-triangle",
}  # fmt: skip


class BatchGrading(ScopedListView):
    """The list is the dry look; the button below the figures starts the job for everybody of the kind and the unit."""

    model = Worker
    permission = permissions.GRADE
    page_title = "批量定级"
    page_lead = "选好类型和单位，先看名单，确认后执行；已经办理的不会重复。"
    breadcrumbs = (LIST, ("批量定级", None))
    template_name = "staff/grades/grading.html"
    body_template_name = "staff/grades/grading_body.html"
    table_class = GradingTable
    filterset_class = GradingFilter
    orderings = (
        Ordering("unit", "组织顺序", "unit__path"),
        Ordering("number", "工号", "number"),
        Ordering("entered_on", "入职日期", "entered_on", descending=True),
    )
    search_hint = "工号，或完整的姓名"
    empty = Empty("没有要办理的人", "这个单位没有在岗人员，或者都已经定级。请换一个单位或类型。")
    export_report_key = "staff.grading"
    export_permission = permissions.EXPORT
    chosen: GradingFilter

    def rows(self, queryset: QuerySet[Worker]) -> QuerySet[Worker]:
        return queryset.select_related("unit", "person")

    def search(self, queryset: QuerySet[Worker], text: str) -> QuerySet[Worker]:
        return queryset.filter(of_worker(text))

    def visible(self, user: Any) -> QuerySet[Worker]:
        """Only where the person keeps the grades: seeing the roster is not enough."""
        return self.rows(Worker.objects.visible_to(user, permissions.GRADE))

    def filterset(self, user: Any, params: Any) -> GradingFilter:
        found = super().filterset(user, params)
        assert isinstance(found, GradingFilter)
        self.chosen = found
        return found

    def table(self, page: Any, ordering: Ordering) -> GradingTable:
        for row in page.rows:
            row.plan = self.chosen.plans[row.pk]
        table = super().table(page, ordering)
        assert isinstance(table, GradingTable)
        return table

    def extra_context(self) -> dict[str, Any]:
        batch, plans = self.chosen.batch, self.chosen.plans.values()
        count = Counter(plan.outcome for plan in plans)
        return {
            "batch": batch,
            "batch_help": HELP[GradeReason(batch.reason)],
            "batch_unit": self.chosen.chosen_unit,
            "figures": [
                (label, count[key], self._address(outcome=key), ICONS[GradingOutcome(key)], COLOURS[key])
                for key, label in GradingOutcome.choices
                if count[key]
            ],
            "reasons": [(GradingOutcome(key).label, reasons_of(plans, key)) for key in NOT_GRADED if count[key]],
            "graded": sum(1 for plan in plans if plan.grading is not None),
            "since": _since(batch),
            "submission": uuid4(),
        }

    # --- doing it

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("do") != "grade":
            return super().post(request, *args, **kwargs)
        try:
            key = str(UUID(request.POST.get("submission", "")))
        except ValueError:
            raise Invalid("页面已过期，请刷新后再确认。") from None
        job = start_grading(
            kind=request.POST.get("kind", ""),
            unit=self._unit(request.POST.get("unit", "")),
            actor=request.user,
            key=key,
        )
        return HttpResponseRedirect(reverse("common:job", args=[job.pk]))

    def _unit(self, key: str) -> Unit | None:
        """The unit that was sent, none for all of them; 404 for one where the person keeps no grades."""
        if not key:
            return None
        rows = Unit.objects.visible_to(self.request.user, permissions.GRADE)
        found = rows.filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 18 else None
        if found is None:
            raise Http404("没有这个单位，或者它不在您的管辖范围。")
        return found


def _since(batch: Batch) -> str:
    return f"自 {batch.day:%Y-%m-%d} 起执行" if batch.day else "自各人入职（返岗）之日起执行"
