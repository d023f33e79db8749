"""Monthly statistics of service orders (点单、派单、接单、评单): by unit, kind, provider or month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils import timezone

from common import profile
from common.reporting import Column, Meta, Rate, month_label, register
from grid.choices import Level
from grid.models import Unit
from reports.base import PageReport
from reports.comparison import months_before
from reports.divisions import DividedForm, Division, days_of, keyed
from reports.selectors import area_name
from volunteers import permissions
from volunteers.choices import OrderKind
from volunteers.selectors import order_figures as figures
from volunteers.selectors.order_figures import OrderFigures

MONTHS = 12
COLUMNS = (
    Column("placed", "下单", "integer", total="sum", help="当月下的订单，按现在的状态统计"),
    Column("ended", "未受理、撤回", "integer", total="sum"),
    Column("taken", "接单", "integer", total="sum", help="已有人承接的，含已完成的"),
    Column("done", "完成", "integer", total="sum"),
    Column("rate", "完成率", "rate", total="rate", help="完成 ÷（下单 − 未受理、撤回）"),
    Column("prompt", "接单及时率", "rate", total="rate", help="时限内接单 ÷ 有接单时限的接单"),
    Column("kept", "按期完成率", "rate", total="rate", help="时限内完成 ÷ 完成"),
    Column("reviews", "评价", "integer", total="sum", help="有星级的评价"),
    Column("stars", "平均星级", "decimal", help="五星为满"),
)


DIVISIONS = keyed(
    Division("street", level=Level.STREET),
    Division("community", level=Level.COMMUNITY),
    Division("kind", word="订单类型"),
    Division("provider", word="服务单位"),
    Division("month", word="月份"),
)


class OrdersForm(DividedForm):
    """Which month of placing, and by what it is divided."""

    divisions = DIVISIONS

    def __init__(self, data: Any = None, *, user: Any, **options: Any) -> None:
        super().__init__(data, user=user, **options)
        self.fields["month"].help_text = "按下单日期统计；本月未结束时统计到现在。"
        self.fields["division"].help_text = "按月份时列出到这个月为止的十二个月。"


@register
class OrderStatistics(PageReport):
    """Orders placed in a month and what became of them."""

    key = "reports.orders"
    label = "服务订单月度统计"
    about = "各单位下单、接单、完成、及时率和评价，也可按订单类型、服务单位统计，或列出十二个月的走势。"
    permission = permissions.VIEW
    form_class = OrdersForm

    def make_form(self, raw: Any, user: Any) -> forms.Form:
        return OrdersForm(raw, user=user)

    def columns(self, params: Mapping[str, Any]) -> list[Column]:
        division = DIVISIONS[params["division"]]
        above = [Column("parent", "上级单位", width=14)] if division.level == Level.COMMUNITY else []
        return [Column("name", division.label, width=18), *above, *COLUMNS]

    def rows(self, user: Any, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        division = DIVISIONS[params["division"]]
        orders = figures.placed_in(user, *_days(params))
        if division.level is not None:
            yield from _units(user, division.level, figures.orders_by_unit(orders, division.level))
        elif division.key == "kind":
            yield from _named(figures.orders_by_kind(orders), dict(OrderKind.choices))
        elif division.key == "provider":
            found = figures.orders_by_provider(orders)
            yield from _named(found, {name: name for name in sorted(filter(None, found))}, "志愿者或尚未接单")
        else:
            months = [months_before(params["month"], number) for number in reversed(range(MONTHS))]
            yield from _named(figures.orders_by_month(orders), {month: month for month in months})

    def meta(self, user: Any, params: Mapping[str, Any]) -> Meta:
        division, as_of = DIVISIONS[params["division"]], params["as_of"]
        year, month = (int(part) for part in params["month"].split("-"))
        note = f"数据截至 {timezone.localtime(as_of):%Y-%m-%d %H:%M}。按下单日期统计，办理情况为截至此时的情况。"
        return Meta(f"{self.label}（按{division.label}）", area_name(user), as_of, month_label(year, month), note)

    def link(self, row: Mapping[str, Any] | None, column: Column, params: Mapping[str, Any]) -> str | None:
        """The orders behind a street's or a kind's figure; the list has no other of these conditions."""
        if row is None or column.key != "placed" or not row["placed"] or not row.get("condition"):
            return None
        first, last = _days(params)
        dates = {"placed_after": f"{first:%Y-%m-%d}", "placed_before": f"{last:%Y-%m-%d}"}
        return f"{reverse('volunteers:orders')}?{urlencode({**row['condition'], **dates})}"


def _days(params: Mapping[str, Any]) -> tuple[date, date]:
    first, last = days_of(params["month"])
    if params["division"] == "month":
        first, _ = days_of(months_before(params["month"], MONTHS - 1))
    return first, last


def _row(name: str, found: OrderFigures, **more: Any) -> dict[str, Any]:
    return {
        "parent": "", **more, "name": name, "placed": found.placed, "ended": found.ended, "taken": found.taken,
        "done": found.done, "rate": Rate(found.done, found.placed - found.ended),
        "prompt": Rate(found.prompt, found.timed), "kept": Rate(found.kept, found.done), "reviews": found.reviews,
        "stars": found.stars,
    }  # fmt: skip


def _named(found: dict[Any, OrderFigures], labels: Mapping[str, str], other: str = "其他") -> Iterator[dict[str, Any]]:
    """Every known word in its order, zero rows kept, then what has another."""
    kinds = dict(OrderKind.choices)
    for key, label in labels.items():
        condition = {"condition": {"kind": key}} if key in kinds else {}
        yield _row(label, found.pop(key, OrderFigures()), **condition)
    yield from _rest(found, other)


def _units(user: Any, level: Level, found: dict[Any, OrderFigures]) -> Iterator[dict[str, Any]]:
    """Units in organisation order; closed ones only when there is something to show."""
    units = Unit.objects.visible_to(user, permissions.VIEW).filter(level=level).select_related("parent")
    for unit in units.order_by("path"):
        row = found.pop(unit.path, None)
        if row is None and not unit.is_active:
            continue
        name = unit.name if unit.is_active else f"{unit.name}（已撤并）"
        condition = {"condition": {"street": unit.pk}} if level == Level.STREET else {}
        yield _row(name, row or OrderFigures(), parent=unit.parent.name if unit.parent else "", **condition)
    yield from _rest(found, f"未落到{profile.current().level_label(level)}")


def _rest(found: Mapping[Any, OrderFigures], label: str) -> Iterator[dict[str, Any]]:
    left = OrderFigures()
    for other in found.values():
        left.merge(other)
    if left.placed:
        yield _row(label, left)
