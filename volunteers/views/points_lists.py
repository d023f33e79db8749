"""Lists of entries and of requests."""

from __future__ import annotations

from django.db.models import QuerySet

from common.pages import Empty, Link, Ordering, ScopedListView
from volunteers import permissions
from volunteers.filters.points import EntryFilter, RequestFilter
from volunteers.models import Entry, PointsRequest
from volunteers.selectors.points import search_entries, search_requests, with_sides
from volunteers.tables.points import EntryTable, RequestTable


class EntryList(ScopedListView):
    """Everything that was posted in one's area, the latest first."""

    model = Entry
    permission = permissions.VIEW
    page_title = "积分明细"
    page_lead = "每一笔都有付出方和收入方，入账后不能修改，只能冲正。"
    table_class = EntryTable
    filterset_class = EntryFilter
    orderings = (Ordering("at", "入账先后", "pk", descending=True),)
    search_hint = "志愿者编号、摘要"
    empty = Empty("还没有积分明细", "确认服务时长后，积分按规则自动入账。")
    export_report_key = "volunteers.points_entries"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return with_sides(queryset).select_related("reversed_by")

    def search(self, queryset: QuerySet[Entry], text: str) -> QuerySet[Entry]:
        return search_entries(queryset, text)


class RequestList(ScopedListView):
    """Requests of one's area; the menu leads to those that wait."""

    model = PointsRequest
    permission = permissions.VIEW
    page_title = "积分调整"
    page_lead = "人工调整、项目加分、冲正、积分池发放和超过限额的得分，须由两人办理：一人提出，另一人复核后入账。"
    table_class = RequestTable
    filterset_class = RequestFilter
    orderings = (Ordering("proposed", "提出时间", "proposed_at", descending=True),)
    search_hint = "志愿者编号、理由"
    create = Link("提出调整", "volunteers:points-adjust", permissions.POINTS)
    links = (
        Link("项目加分", "volunteers:points-item", permissions.POINTS, icon="list-check"),
        Link("积分池发放", "volunteers:points-grant", permissions.POINTS, icon="heart-handshake"),
    )
    empty = Empty(
        "没有待复核的积分调整", "提出后由另一位同事复核，通过即入账。", "提出调整", "volunteers:points-adjust"
    )
    export_report_key = "volunteers.points_requests"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[PointsRequest]) -> QuerySet[PointsRequest]:
        return queryset.select_related("volunteer__unit", "programme", "proposed_by", "decided_by")

    def search(self, queryset: QuerySet[PointsRequest], text: str) -> QuerySet[PointsRequest]:
        return search_requests(queryset, text)
