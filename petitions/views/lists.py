"""Worklists: everything in one's scope, and the boxes one works from."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from common.pages import BulkAction, Empty, Link, Ordering, PageFilterSet, ScopedListView
from common.scope import scope_of
from petitions import permissions, selectors
from petitions.choices import ENDED_STATES
from petitions.filters import PetitionFilter
from petitions.models import Petition
from petitions.services import petition_sign
from petitions.tables import PetitionTable

RECEIVED = Ordering("received", "接收时间", "received_at", descending=True)
DUE = Ordering("due", "时限", "due_at")
REGISTER = Link("登记诉求", "petitions:create", permissions.REGISTER)


def sign_all(*, rows: list[Petition], actor: Any) -> str:
    """Sign for each ticket; the caller's transaction makes it all or none."""
    for petition in rows:
        petition_sign(petition=petition, actor=actor)
    return f"已签收 {len(rows)} 件工单。"


class PetitionList(ScopedListView):
    """All tickets of one's scope, the newest first."""

    model = Petition
    permission = permissions.VIEW
    page_title = "全部工单"
    table_class = PetitionTable
    filterset_class = PetitionFilter
    orderings = (RECEIVED, DUE)
    search_hint = "内容、地点、编号或电话"
    create = REGISTER
    empty = Empty("还没有工单", "居民反映的问题登记后会显示在这里。", "登记诉求", "petitions:create")
    export_report_key = "petitions.list"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet) -> QuerySet:
        return selectors.for_lists(queryset)

    def filtered(self, user: Any, params: QueryDict, filterset: PageFilterSet | None) -> QuerySet:
        self.reader = user
        return super().filtered(user, params, filterset)

    def search(self, queryset: Any, text: str) -> QuerySet:
        return selectors.search(queryset, text, by_phone=scope_of(self.reader).may(permissions.REGISTER))


class MineList(PetitionList):
    """Tickets on which the next move is one's own desk's or department's."""

    export_report_key = "petitions.mine"
    page_title = "待我办理"
    page_lead = "下一步由您所在单位办理的工单，时限最近的在前。"
    orderings = (DUE, RECEIVED)
    empty = Empty("没有待办的工单", "需要您所在单位受理、派单、签收、答复或回访的工单会显示在这里。")
    bulk_actions = (
        BulkAction(
            "sign",
            "批量签收",
            permissions.HANDLE,
            service=sign_all,
            confirm="确定签收所选的工单吗？签收后由本单位办理。",
        ),
    )

    def visible(self, user: Any) -> QuerySet:
        return self.rows(Petition.objects.waiting_for(user))


class TodayList(PetitionList):
    """Open tickets whose nearest limit ends today."""

    export_report_key = "petitions.today"
    page_title = "今天到期"
    page_lead = "今天之内要完成受理、签收、联系、答复或回访的工单。"
    orderings = (DUE, RECEIVED)
    empty = Empty("今天没有到期的工单", "时限在今天的工单会显示在这里。")

    def visible(self, user: Any) -> QuerySet:
        return super().visible(user).due_today()


class OverdueList(PetitionList):
    """Open tickets whose nearest limit has passed."""

    export_report_key = "petitions.overdue"
    page_title = "已经超期"
    page_lead = "签收、联系、办结或回访超过时限、还没有完成的工单，超得最久的在前。"
    orderings = (DUE, RECEIVED)
    empty = Empty("没有超期的工单", "超过时限还没有完成的工单会显示在这里。")

    def visible(self, user: Any) -> QuerySet:
        return super().visible(user).overdue()


class UnitList(PetitionList):
    """Open tickets given to one's own unit or department."""

    export_report_key = "petitions.unit"
    page_title = "本单位主办"
    page_lead = "派给您所在单位或部门、还没有办结的工单。"
    orderings = (DUE, RECEIVED)
    empty = Empty("没有本单位主办的工单", "派给您所在单位或部门的工单会显示在这里。")

    def visible(self, user: Any) -> QuerySet:
        return self.rows(Petition.objects.led_by(user))


class CoHandledList(PetitionList):
    """Open tickets that wait for one's own unit's help."""

    export_report_key = "petitions.co_handled"
    page_title = "待我协办"
    page_lead = "由别的单位主办、等您所在单位协助答复的工单。"
    orderings = (DUE, RECEIVED)
    empty = Empty("没有待协办的工单", "派单时请您所在单位协办的工单会显示在这里。")

    def visible(self, user: Any) -> QuerySet:
        return self.rows(Petition.objects.co_handled_by(user))


class RegisteredList(PetitionList):
    """Tickets one has registered oneself."""

    export_report_key = "petitions.registered"
    page_title = "我登记的"
    page_lead = "由您登记的工单，可以随时查看办到哪一步。"
    empty = Empty("您还没有登记过诉求", "登记后在这里跟踪进展。", "登记诉求", "petitions:create")

    def visible(self, user: Any) -> QuerySet:
        return super().visible(user).filter(registered_by=user)


class ClosedList(PetitionList):
    """Tickets that have ended."""

    export_report_key = "petitions.closed"
    page_title = "已经办结"
    page_lead = "已办结、不予受理和已撤回的工单。"
    empty = Empty("还没有办结的工单", "走完全部流程的工单会显示在这里。")

    def visible(self, user: Any) -> QuerySet:
        return super().visible(user).filter(state__in=ENDED_STATES)


LISTS = (PetitionList, MineList, TodayList, OverdueList, UnitList, CoHandledList, RegisteredList, ClosedList)
