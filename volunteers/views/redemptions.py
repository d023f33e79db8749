"""Pages of redemptions for staff and shop keepers: the list, one redemption, its actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from common.masks import mask_id, mask_name
from common.pages import ActionView, Empty, Link, Ordering, ScopedDetailView, ScopedListView
from common.timeline import timeline_of
from volunteers import permissions
from volunteers.choices import COLOURS
from volunteers.filters.shop import RedemptionFilter
from volunteers.models import Redemption
from volunteers.selectors.shop import search_redemptions
from volunteers.tables.shop import RedemptionTable
from volunteers.views.shop import SEEN_BY
from volunteers.workflow import REDEMPTION_FLOW

REDEMPTIONS = "积分兑换"
RELATED = ("shop__unit", "shop__provider", "product", "volunteer__person", "volunteer__unit", "collected_by")


class RedemptionList(ScopedListView):
    model = Redemption
    permission = SEEN_BY
    page_title = REDEMPTIONS
    table_class = RedemptionTable
    filterset_class = RedemptionFilter
    orderings = (
        Ordering("reserved", "兑换时间", "reserved_at", descending=True),
        Ordering("keep", "保留至", "keep_until"),
        Ordering("points", "积分", "points", descending=True),
    )
    search_hint = "兑换编号、商品、志愿者编号"
    links = (Link("兑换台", "volunteers:counter", permissions.SHOPKEEP, icon="ticket"),)
    empty = Empty(
        "还没有兑换", "志愿者在自己的页面兑换，或到兑换台办理，都会显示在这里。", "积分超市", "volunteers:shops"
    )
    export_report_key = "volunteers.redemptions"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Redemption]) -> QuerySet[Redemption]:
        return queryset.select_related(*RELATED)

    def search(self, queryset: QuerySet[Redemption], text: str) -> QuerySet[Redemption]:
        return search_redemptions(queryset, text)


class RedemptionPage(ScopedDetailView):
    model = Redemption
    permission = SEEN_BY
    template_name = "volunteers/shop/redemption.html"
    object: Redemption

    def rows(self, queryset: QuerySet[Redemption]) -> QuerySet[Redemption]:
        return queryset.select_related(*RELATED)

    def trail(self) -> list[tuple[str, str | None]]:
        return [(REDEMPTIONS, reverse("volunteers:redemptions"))]

    def context(self) -> dict[str, Any]:
        row = self.object
        return {
            "colour": COLOURS[row.state],
            "facts": list(facts(row)),
            "buttons": [
                {"action": action, "url": reverse("volunteers:redemption-act", args=[row.pk, action.name])}
                for action in REDEMPTION_FLOW.available(row, self.request.user)
            ],
            "timeline": timeline_of(row),
        }


def facts(row: Redemption) -> Iterator[tuple[Any, ...]]:
    """What was redeemed, by whom (masked), and how it stands."""
    yield "商品", format_html('<a href="{}">{}</a> × {}', row.product.get_absolute_url(), row.product, row.quantity)
    yield "类型", row.product.get_kind_display()
    yield "积分", f"{row.points:f}"
    yield "结算金额", f"{row.value:f} 元"
    yield "志愿者", f"{mask_name(row.volunteer.person.name)}（{row.volunteer.number}，{row.volunteer.unit.name}）"
    if row.account_number:
        yield "物业费户号", mask_id(row.account_number)
    yield "积分超市", f"{row.shop.name}（{row.shop.provider or '社区自营'}）"
    yield "兑换时间", _moment(row.reserved_at)
    yield "保留至", _moment(row.keep_until)
    for label, at in (("领取时间", row.collected_at), ("取消或退回时间", row.ended_at)):
        if at:
            yield label, _moment(at)
    if row.collected_by:
        yield "核销人", row.collected_by
    if row.settled_on:
        yield "结算日期", f"{row.settled_on:%Y-%m-%d}"


def _moment(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


class RedemptionActionView(ActionView):
    """A row of the table as a dialog or a page."""

    model = Redemption
    permission = SEEN_BY
    workflow = REDEMPTION_FLOW

    def rows(self, queryset: QuerySet[Redemption]) -> QuerySet[Redemption]:
        return queryset.select_related(*RELATED)
