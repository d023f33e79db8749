"""Results: the list, the board of communities (赛马榜), one result with its lines, its correction, appeals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from common.pages import (
    ActionView,
    Empty,
    Ordering,
    ScopedDetailView,
    ScopedListView,
    UpdateView,
)
from common.timeline import timeline_of
from common.workflow import Action
from staff import permissions
from staff.appraisal.score import Line
from staff.appraisal.words import COLOURS, AppealState, AppraisalState, Side
from staff.filters.appraisal import AppealFilter, BoardFilter, ResultFilter
from staff.forms.appraisal import CorrectForm
from staff.models import Appeal, AppraisalResult, Appraised
from staff.policies.appraisal import took_no_part
from staff.selectors.appraisal import (
    before_of,
    current_result,
    latest_board,
    line_choices,
    lines_of,
    listed,
    may_organise,
    scheme_of_appraisal,
    search_results,
    with_ranks,
)
from staff.selectors.appraisal_people import speaks_for
from staff.selectors.grades import of_worker
from staff.services.appraisal_appeals import result_correct
from staff.tables.appraisal import AppealTable, BoardTable, ResultTable, star_words, who
from staff.views.appraisal import LIST
from staff.workflow.appraisal import APPEAL_FLOW

APPEALS = ("考核申诉", "/staff/appraisals/appeals/")
PEOPLE = ("appraisal__unit", "appraisal__policy", "unit", "host_unit", "street", "worker__person", "worker__unit")


class ResultList(ScopedListView):
    model = AppraisalResult
    permission = permissions.APPRAISAL_VIEW
    page_title = "考核结果"
    page_lead = "只列现行结果；更正过的原结果在每个对象的页面里。"
    breadcrumbs = (LIST, ("考核结果", None))
    table_class = ResultTable
    filterset_class = ResultFilter
    orderings = (
        Ordering("score", "得分", "standing", descending=True),
        Ordering("period", "考核期", "appraisal__first_day", descending=True),
        Ordering("unit", "组织顺序", "appraised__unit__path"),
    )
    search_hint = "工号、完整的姓名，或单位名称"
    empty = Empty(
        "还没有考核结果", "打分结束并汇总后，每个对象的得分、等次和名次显示在这里。", "查看考核", "staff:appraisals"
    )
    export_report_key = "staff.appraisal_results"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[AppraisalResult]) -> QuerySet[AppraisalResult]:
        return listed(queryset)

    def search(self, queryset: QuerySet[AppraisalResult], text: str) -> QuerySet[AppraisalResult]:
        return search_results(queryset, text)


class Board(ScopedListView):
    """赛马榜: published results of communities, for everybody who sees the roster."""

    model = AppraisalResult
    permission = permissions.VIEW
    page_title = "赛马榜"
    page_lead = "已公示的社区考核，按得分排名；同分同名次，没有得分的列在最后、不排名。"
    breadcrumbs = (("社区队伍", None), ("赛马榜", None))
    table_class = BoardTable
    filterset_class = BoardFilter
    orderings = (
        Ordering("score", "得分", "standing", descending=True),
        Ordering("unit", "组织顺序", "appraised__unit__path"),
    )
    search_hint = "社区名称"
    page_size = 50
    empty = Empty("还没有公示的社区考核", "社区的季度或年度考核公示后，名次和星级显示在这里。")
    export_report_key = "staff.board"
    export_permission = permissions.EXPORT

    def visible(self, user: Any) -> Any:
        return self.rows(AppraisalResult.objects.on_board(user))

    def rows(self, queryset: QuerySet[AppraisalResult]) -> QuerySet[AppraisalResult]:
        return listed(queryset)

    def filtered(self, user: Any, params: Any, filterset: Any) -> QuerySet:
        """The last one, unless another is asked for."""
        rows = super().filtered(user, params, filterset)
        latest = latest_board()
        if params.get("appraisal") or latest is None:
            return rows
        return rows.filter(appraisal__cycle=latest.cycle, appraisal__first_day=latest.first_day)

    def search(self, queryset: QuerySet[AppraisalResult], text: str) -> QuerySet[AppraisalResult]:
        return queryset.filter(appraised__unit__name__icontains=text)

    def table(self, page: Any, ordering: Ordering) -> Any:
        moved = before_of(page.rows)
        for row in page.rows:
            row.before = moved.get(row.pk)
        return super().table(page, ordering)

    def extra_context(self) -> dict[str, Any]:
        latest = latest_board()
        if latest is None or self.request.GET.get("appraisal"):
            return {}
        return {"page_lead": f"{latest.period_words}。{self.page_lead}"}


# --- one result


class AppraisedPage(ScopedDetailView):
    """Every line with its reason, both sides of a seconded worker, corrections and appeals."""

    model = Appraised
    permission = permissions.VIEW
    template_name = "staff/appraisal/appraised.html"
    object: Appraised

    def get_object(self) -> Appraised:
        """In the reader's area, or a community on the board."""
        user = self.request.user
        for rows in (Appraised.objects.visible_to(user), Appraised.objects.on_board(user)):
            found = rows.select_related(*PEOPLE).filter(pk=self.kwargs["pk"]).first()
            if found is not None:
                return found
        raise Http404(self.not_found)

    def title(self) -> str:
        return f"{who(self.object)} {self.object.appraisal.period_words}考核"

    def trail(self) -> list[tuple[str, str | None]]:
        return [("赛马榜", "/staff/board/")] if self.object.worker is None else [LIST]

    def context(self) -> dict[str, Any]:
        one, user = self.object, self.request.user
        final = one.appraisal.state == AppraisalState.FINAL
        may_correct = final and may_organise(user, one.appraisal) and bool(took_no_part(one, user))
        return {
            **result_context(one),
            "may_correct": may_correct,
            "appeal_url": appeal_url(one, user),
            "may_see_worker": one.worker is not None,
            "sees_appeals": Appraised.objects.visible_to(user).filter(pk=one.pk).exists() or speaks_for(user, one),
        }


def appeal_url(one: Appraised, user: Any) -> str:
    """Where whoever is appraised may appeal, while they may."""
    period = one.appraisal
    in_time = period.appeal_until is not None and timezone.localdate() <= period.appeal_until
    if period.state != AppraisalState.PUBLISHED or not in_time or not speaks_for(user, one):
        return ""
    if one.appeals.exclude(state=AppealState.WITHDRAWN).exists():
        return ""
    return reverse("staff:own-appeal", args=[one.pk])


def result_context(one: Appraised) -> dict[str, Any]:
    """What came out, for the office and for whoever is appraised."""
    results = list(one.results.select_related("set_by").order_by("-pk"))
    current = next(iter(with_ranks(one.results.filter(corrected_by=None))), None)
    return {
        "one": one,
        "result": current,
        "stars": star_words(current.stars) if current else "",
        "sides": list(_sides(one, current)) if current else [],
        "earlier": [row for row in results if current is not None and row.pk != current.pk],
        "results": results,
        "appeals": [(row, COLOURS[AppealState(row.state)]) for row in one.appeals.order_by("pk")],
        "state_colour": COLOURS[AppraisalState(one.appraisal.state)],
        "scheme": scheme_of_appraisal(one.appraisal),
    }


def _sides(one: Appraised, result: AppraisalResult) -> Iterator[dict[str, Any]]:
    """The lines of each side, with its share and its own total."""
    home = scheme_of_appraisal(one.appraisal).home
    two = one.host_unit is not None
    for side, unit, total, share in (
        (Side.HOME, one.unit, result.home_score, home), (Side.HOST, one.host_unit, result.host_score, 100 - home)
    ):  # fmt: skip
        lines = [line for line in lines_of(result) if line.side == side]
        if lines:
            title = f"{side.label}：{unit}（占 {share.normalize():f}%）" if two and unit else "得分明细"
            yield {"title": title, "total": total, "lines": list(map(_shown, lines))}


def _shown(line: Line) -> dict[str, Any]:
    return {
        "label": line.label, "weight": f"{line.weight.normalize():f}", "why": line.why,
        "points": "—" if line.points is None else f"{line.points}",
    }  # fmt: skip


class CorrectResult(UpdateView):
    """A correction of a final result: a new result, with the reason."""

    model = Appraised
    permission = permissions.APPRAISE
    object_permission = permissions.APPRAISE
    form_class = CorrectForm
    page_title = "更正结果"
    page_lead = "定格的结果不修改：更正一项得分，另立一条新结果并写明理由，原结果保留。"
    submit_label = "更正"
    success_message = "已更正。"

    def rows(self, queryset: QuerySet[Appraised]) -> QuerySet[Appraised]:
        return queryset.select_related(*PEOPLE)

    def form_arguments(self) -> dict[str, Any]:
        return {"lines": line_choices(current_result(self.object))}

    def perform(self, form: forms.BaseForm) -> Any:
        seen = self.request.POST.get("version", "")
        return result_correct(
            appraised=self.object, actor=self.request.user, current=int(seen) if seen.isdecimal() else None,
            **form.cleaned_data,
        )  # fmt: skip

    def context(self) -> dict[str, Any]:
        back = self.object.get_absolute_url()
        trail = [LIST, (who(self.object), back), (self.page_title, None)]
        current = current_result(self.object)
        seen = self.request.POST.get("version", "") if self.request.method == "POST" else ""
        version = seen or (str(current.pk) if current else "")
        return {"object": self.object, "version": version, "cancel_url": back, "breadcrumbs": trail}


# --- appeals


class AppealList(ScopedListView):
    model = Appeal
    permission = permissions.APPRAISAL_VIEW
    page_title = "考核申诉"
    page_lead = "由没有给申诉人评过分的人处理。"
    breadcrumbs = (LIST, ("申诉", None))
    table_class = AppealTable
    filterset_class = AppealFilter
    orderings = (Ordering("asked_at", "申诉时间", "asked_at", descending=True),)
    search_hint = "工号、完整的姓名，或单位名称"
    empty = Empty("没有申诉", "结果公示后，考核对象在申诉期内提出的申诉显示在这里。")
    export_report_key = "staff.appeals"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Appeal]) -> QuerySet[Appeal]:
        return queryset.select_related(
            "appraised__worker__person", "appraised__unit", "appraised__appraisal", "decided_by"
        )

    def search(self, queryset: QuerySet[Appeal], text: str) -> QuerySet[Appeal]:
        found = of_worker(text, "appraised__worker__")
        return queryset.filter(found) | queryset.filter(appraised__unit__name__icontains=text)


class AppealPage(ScopedDetailView):
    model = Appeal
    permission = permissions.APPRAISAL_VIEW
    template_name = "staff/appraisal/appeal.html"
    object: Appeal

    def rows(self, queryset: QuerySet[Appeal]) -> QuerySet[Appeal]:
        related = [f"appraised__{name}" for name in PEOPLE]
        return queryset.select_related(*related, "result", "asked_by", "decided_by")

    def title(self) -> str:
        return f"{who(self.object.appraised)} 的申诉"

    def trail(self) -> list[tuple[str, str | None]]:
        return [APPEALS]

    def context(self) -> dict[str, Any]:
        row = self.object
        return {
            **result_context(row.appraised),
            "appeal": row,
            "appeal_colour": COLOURS[AppealState(row.state)],
            "buttons": [_button(row, action) for action in APPEAL_FLOW.available(row, self.request.user)],
            "facts": list(_facts(row)),
            "timeline": timeline_of(row),
        }


def _button(row: Appeal, action: Action) -> dict[str, Any]:
    return {"action": action, "url": reverse("staff:appeal-act", args=[row.pk, action.name])}


def _facts(row: Appeal) -> Iterator[tuple[Any, ...]]:
    yield "考核", str(row.appraised.appraisal)
    yield "申诉人", who(row.appraised)
    yield "申诉时间", f"{timezone.localtime(row.asked_at):%Y-%m-%d %H:%M}"
    yield (
        "申诉的结果",
        f"{row.result.score if row.result.score is not None else '—'} 分，{row.result.level or '无等次'}",
    )
    yield "申诉理由", row.text, "wide"
    if row.answer:
        yield "处理人", row.decided_by
        yield "答复", row.answer, "wide"


class AppealAction(ActionView):
    model = Appeal
    permission = permissions.APPRAISAL_VIEW
    workflow = APPEAL_FLOW
    detail_view = AppealPage

    def rows(self, queryset: QuerySet[Appeal]) -> QuerySet[Appeal]:
        return queryset.select_related("appraised__appraisal__unit", "appraised__worker")
