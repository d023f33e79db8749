"""师徒结对, 技能比武 and 晋升通道 for those who keep them."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from common.masks import mask_name
from common.pages import ActionView, Empty, Link, Ordering, ScopedDetailView, ScopedListView, UpdateView
from common.scope import scope_of
from common.timeline import timeline_of
from grid.querysets import covers
from staff import permissions
from staff.choices_growth import COLOURS, Award, PairState
from staff.filters.growth import ContestFilter, PairFilter, PromotionFilter
from staff.forms import growth as growth_forms
from staff.models import Contest, MentorPair, Promotion
from staff.selectors.training import ranks
from staff.services import contests, mentoring
from staff.tables.growth import ContestTable, PairTable, PromotionTable
from staff.views.growth_base import TEAM, AboutView, CreatesView, buttons, found_by_worker
from staff.workflow import PAIR_FLOW

PAIRS = ("师徒结对", "/staff/mentoring/")
CONTESTS = ("技能比武", "/staff/contests/")
PROMOTIONS = ("晋升通道", "/staff/promotions/")


# --- pairs


class PairList(ScopedListView):
    model = MentorPair
    permission = permissions.GROWTH
    page_title = "师徒结对"
    breadcrumbs = (TEAM, ("师徒结对", None))
    table_class = PairTable
    filterset_class = PairFilter
    orderings = (
        Ordering("started_on", "结对日期", "started_on", descending=True), Ordering("planned_end", "计划出师", "planned_end"),
    )  # fmt: skip
    search_hint = "徒弟工号，或完整的姓名"
    create = Link("新结对", "staff:pair-create", permissions.GROWTH)
    empty = Empty("还没有师徒结对", "为新到岗的人员指定师傅，写明带教目标。", "新结对", "staff:pair-create")
    export_report_key = "staff.pairs"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[MentorPair]) -> QuerySet[MentorPair]:
        people = ("apprentice__unit", "apprentice__person", "mentor__person")
        return queryset.select_related(*people).annotate(note_count=Count("check_ins"))

    def search(self, queryset: QuerySet[MentorPair], text: str) -> QuerySet[MentorPair]:
        return found_by_worker(queryset, text, "apprentice__")


class PairCreate(CreatesView):
    form_class = growth_forms.PairForm
    service = staticmethod(mentoring.pair_create)
    page_title = "新结对"
    page_lead = "一个徒弟同时只有一位师傅。两人会收到消息，可以在自己的页面写带教记录。"
    breadcrumbs = (PAIRS, ("新结对", None))
    cancel_url = "staff:pairs"
    success_message = "已结对。"


class PairPage(ScopedDetailView):
    model = MentorPair
    permission = permissions.GROWTH
    template_name = "staff/growth/pair.html"
    object: MentorPair

    def rows(self, queryset: QuerySet[MentorPair]) -> QuerySet[MentorPair]:
        return queryset.select_related("mentor__unit", "mentor__person", "apprentice__unit", "apprentice__person")

    def title(self) -> str:
        row = self.object
        return f"{mask_name(row.mentor.person.name)} 带 {mask_name(row.apprentice.person.name)}"

    def trail(self) -> list[tuple[str, str | None]]:
        return [PAIRS]

    def context(self) -> dict[str, Any]:
        row = self.object
        facts: list[tuple[Any, ...]] = [
            ("师傅", f"{mask_name(row.mentor.person.name)}（{row.mentor.number}，{row.mentor.unit.name}）"),
            ("徒弟", f"{mask_name(row.apprentice.person.name)}（{row.apprentice.number}，{row.apprentice.unit.name}）"),
            ("结对日期", f"{row.started_on:%Y-%m-%d}"), ("计划出师", f"{row.planned_end:%Y-%m-%d}"),
            ("带教目标", row.goals, "wide"),
        ]  # fmt: skip
        if row.state == PairState.ENDED:
            facts += [
                ("出师日期", f"{row.ended_on:%Y-%m-%d}"),
                ("结果", row.get_result_display()),
                ("评价", row.evaluation, "wide"),
            ]
        return {
            "state_colour": COLOURS[PairState(row.state)],
            "late": row.state == PairState.ACTIVE and row.planned_end < timezone.localdate(),
            "buttons": buttons(PAIR_FLOW, row, self.request.user, "staff:pair-act"),
            "facts": facts,
            "notes": list(row.check_ins.select_related("written_by")[:30]),
            "timeline": timeline_of(row),
        }


class PairAct(ActionView):
    model = MentorPair
    permission = permissions.GROWTH
    workflow = PAIR_FLOW
    detail_view = PairPage

    def rows(self, queryset: QuerySet[MentorPair]) -> QuerySet[MentorPair]:
        return queryset.select_related("apprentice__unit", "apprentice__person", "mentor__unit", "mentor__person")


# --- contests


class ContestList(ScopedListView):
    model = Contest
    permission = permissions.GROWTH
    page_title = "技能比武"
    breadcrumbs = (TEAM, ("技能比武", None))
    table_class = ContestTable
    filterset_class = ContestFilter
    orderings = (Ordering("held_on", "日期", "held_on", descending=True), Ordering("title", "名称", "title"))
    search_hint = "名称"
    create = Link("登记比武", "staff:contest-create", permissions.GROWTH)
    empty = Empty(
        "还没有技能比武", "登记比武，再逐人登记得分和奖项，名次自动排出。", "登记比武", "staff:contest-create"
    )
    export_report_key = "staff.contests"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Contest]) -> QuerySet[Contest]:
        awards = Count("results", filter=~Q(results__award=Award.NONE))
        return queryset.select_related("unit").annotate(people_count=Count("results"), award_count=awards)

    def search(self, queryset: QuerySet[Contest], text: str) -> QuerySet[Contest]:
        return queryset.filter(title__icontains=text)


class ContestCreate(CreatesView):
    form_class = growth_forms.ContestForm
    service = staticmethod(contests.contest_create)
    page_title = "登记比武"
    breadcrumbs = (CONTESTS, ("登记", None))
    cancel_url = "staff:contests"
    success_message = "已登记，请逐人登记成绩。"


class ContestPage(ScopedDetailView):
    model = Contest
    permission = permissions.GROWTH
    template_name = "staff/growth/contest.html"
    object: Contest

    def rows(self, queryset: QuerySet[Contest]) -> QuerySet[Contest]:
        return queryset.select_related("unit")

    def trail(self) -> list[tuple[str, str | None]]:
        return [CONTESTS]

    def context(self) -> dict[str, Any]:
        row = self.object
        results = list(
            row.results.select_related("worker__unit", "worker__person").order_by("-score", "worker__number")
        )
        places = ranks([one.score for one in results])
        return {
            "facts": [("组织单位", row.unit.name), ("日期", f"{row.held_on:%Y-%m-%d}"), ("项目和规则", row.about or "—", "wide")],
            "people": [
                (place, one, mask_name(one.worker.person.name)) for place, one in zip(places, results, strict=True)
            ],
            "may_change": covers(scope_of(self.request.user).holding(permissions.GROWTH), row.unit),
            "timeline": timeline_of(row),
        }  # fmt: skip


class ContestResultView(AboutView):
    model = Contest
    form_class = growth_forms.ContestResultForm
    service = staticmethod(contests.result_set)
    object_name = "contest"
    page_title = "登记成绩"
    page_lead = "已有成绩的，再登记就是更正；得分相同的名次并列。"
    list_entry = CONTESTS
    success_message = "已登记。"
    for_user = True


# --- promotion


class PromotionList(ScopedListView):
    model = Promotion
    permission = permissions.GROWTH
    page_title = "晋升通道"
    page_lead = "社区工作者晋升、考录的记录，凭文件登记；岗位和等级的变动仍在花名册和等级里办理。"
    breadcrumbs = (TEAM, ("晋升通道", None))
    table_class = PromotionTable
    filterset_class = PromotionFilter
    orderings = (
        Ordering("promoted_on", "日期", "promoted_on", descending=True),
        Ordering("number", "工号", "worker__number"),
    )
    search_hint = "工号，或完整的姓名"
    create = Link("登记晋升", "staff:promotion-create", permissions.GROWTH)
    links = (Link("岗位备选", "staff:posts", permissions.VIEW, icon="star"),)
    empty = Empty("还没有晋升记录", "按任职、聘用或录用文件登记。", "登记晋升", "staff:promotion-create")
    export_report_key = "staff.promotions"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Promotion]) -> QuerySet[Promotion]:
        return queryset.select_related("worker__unit", "worker__person")

    def search(self, queryset: QuerySet[Promotion], text: str) -> QuerySet[Promotion]:
        return found_by_worker(queryset, text)


class PromotionCreate(CreatesView):
    form_class = growth_forms.PromotionForm
    service = staticmethod(contests.promotion_record)
    page_title = "登记晋升"
    breadcrumbs = (PROMOTIONS, ("登记", None))
    cancel_url = "staff:promotions"
    success_url = "staff:promotions"
    success_message = "已登记。"


class PromotionVoid(UpdateView):
    model = Promotion
    permission = permissions.GROWTH
    object_permission = permissions.GROWTH
    form_class = growth_forms.ReasonForm
    service = staticmethod(contests.promotion_void)
    object_name = "promotion"
    page_title = "作废晋升记录"
    submit_label = "作废"
    cancel_url = "staff:promotions"
    success_url = "staff:promotions"
    success_message = "已作废，记录保留在历史中。"

    def rows(self, queryset: QuerySet[Promotion]) -> QuerySet[Promotion]:
        return queryset.select_related("worker__unit")

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def context(self) -> dict[str, Any]:
        return {**super().context(), "breadcrumbs": (PROMOTIONS, (str(self.object), None), (self.page_title, None))}
