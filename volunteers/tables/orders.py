"""Tables of orders, providers, the three lists, visits and care recipients."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from common.masks import mask_name, mask_text
from common.pages import DateColumn, DateTimeColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn
from common.templatetags import gridwork
from volunteers.choices import COLOURS, OrderState
from volunteers.models import CareRecipient, MenuItem, Order, Provider, VisitDuty
from volunteers.services.claims import server_name


class MaskedTitle(LinkColumn):
    """What is wanted, without numbers of people in it, linked to the order."""

    def render(self, value: Any) -> str:
        return mask_text(str(value))


class MaskedText(TextColumn):
    def render(self, value: Any) -> Any:
        return super().render(mask_text(value))


class OrderTable(PageTable):
    """What a worklist shows; the rest of the columns can be switched on."""

    always = ("number", "state")
    optional = ("place", "wanted_on", "claimed_at", "done_at", "hours", "stars", "raised_at")

    title = MaskedTitle(verbose_name="需要什么")
    number = TextColumn(verbose_name="订单编号", attrs={"td": {"class": "gw-nowrap"}})
    state = StateColumn(colours=COLOURS)
    due = tables.Column(verbose_name="时限", empty_values=(), accessor="pk", attrs={"td": {"class": "gw-nowrap"}})
    kind = TextColumn()
    unit = TextColumn(accessor="unit__name", verbose_name="所属单位")
    server = tables.Column(verbose_name="承接", empty_values=(), accessor="pk")
    submitted_at = DateTimeColumn()
    place = MaskedText(clip=True)
    wanted_on = DateColumn()
    claimed_at = DateTimeColumn()
    done_at = DateTimeColumn()
    hours = NumberColumn(verbose_name="时长（小时）")
    stars = NumberColumn(verbose_name="评价（星）")
    raised_at = DateTimeColumn()

    class Meta(PageTable.Meta):
        model = Order
        fields: tuple[str, ...] = ()

    def render_due(self, record: Order) -> Any:
        return standing(record)

    def render_server(self, record: Order) -> str:
        return server_name(record) or "—"


def standing(order: Order) -> Any:
    """The limit that runs now, or how the service was done."""
    if order.state == OrderState.OPEN:
        return gridwork.deadline(order.claim_due_at)
    if order.state == OrderState.CLAIMED:
        return gridwork.deadline(order.finish_due_at)
    return gridwork.deadline(order.finish_due_at, order.done_at) if order.done_at else "—"


class ProviderTable(PageTable):
    optional = ("phone",)

    name = LinkColumn()
    kind = TextColumn()
    unit = TextColumn(accessor="unit__name", verbose_name="所在单位")
    visit_group = TextColumn()
    taken = NumberColumn(verbose_name="接单")
    done = NumberColumn(verbose_name="完成")
    stars = NumberColumn(verbose_name="平均星级", accessor="average")
    phone = TextColumn()
    is_active = tables.BooleanColumn(verbose_name="状态", yesno="在用,停用")

    class Meta(PageTable.Meta):
        model = Provider
        fields: tuple[str, ...] = ()

    def render_is_active(self, value: bool) -> Any:
        return gridwork.state_badge("在用", "green") if value else gridwork.state_badge("停用", "grey")

    def render_stars(self, value: Any) -> str:
        return f"{value:.2f}"


class MenuTable(PageTable):
    title = LinkColumn()
    list = TextColumn()
    kind = TextColumn()
    unit = TextColumn(accessor="unit__name", verbose_name="所属单位")
    provider = TextColumn(accessor="provider__name", verbose_name="服务单位")
    orders = NumberColumn(verbose_name="下单次数", accessor="ordered")
    is_active = tables.BooleanColumn(verbose_name="状态", yesno="上架,下架")

    class Meta(PageTable.Meta):
        model = MenuItem
        fields: tuple[str, ...] = ()

    def render_is_active(self, value: bool) -> Any:
        return gridwork.state_badge("上架", "green") if value else gridwork.state_badge("下架", "grey")


class CareTable(PageTable):
    """Names are masked; hours bought, used and left are the point of the list."""

    number = LinkColumn()
    name = tables.Column(verbose_name="姓名", accessor="name")
    unit = TextColumn(accessor="unit__name", verbose_name="所属单位")
    provider = TextColumn(accessor="provider__name", verbose_name="承接单位")
    bought_hours = NumberColumn(verbose_name="购买（小时）")
    used = NumberColumn(verbose_name="已用（小时）", accessor="used_hours")
    left_hours = NumberColumn(verbose_name="剩余（小时）")
    last_day = DateColumn()
    is_active = tables.BooleanColumn(verbose_name="状态", yesno="在享,已停止")

    class Meta(PageTable.Meta):
        model = CareRecipient
        fields: tuple[str, ...] = ()

    def render_name(self, value: str) -> str:
        return mask_name(value)

    def render_is_active(self, value: bool) -> Any:
        return gridwork.state_badge("在享", "green") if value else gridwork.state_badge("已停止", "grey")


class VisitTable(PageTable):
    """Who visits which community, and whether this quarter's visit was made."""

    unit = LinkColumn(accessor="unit__name", verbose_name="社区", linkify=lambda record: record.get_absolute_url())
    group = TextColumn()
    units = NumberColumn(verbose_name="组内单位", accessor="units")
    visit = tables.Column(verbose_name="本季度走访", empty_values=(), accessor="pk")
    is_active = tables.BooleanColumn(verbose_name="状态", yesno="在包联,已停止")

    class Meta(PageTable.Meta):
        model = VisitDuty
        fields: tuple[str, ...] = ()

    def render_visit(self, record: Any) -> Any:
        if not record.visit_state:
            return gridwork.state_badge("未生成", "grey")
        return gridwork.state_badge(OrderState(record.visit_state).label, COLOURS.get(record.visit_state, "grey"))

    def render_is_active(self, value: bool) -> Any:
        return gridwork.state_badge("在包联", "green") if value else gridwork.state_badge("已停止", "grey")
