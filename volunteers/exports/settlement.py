"""The settlement sheet of a supplier's month (蛟河): by product, and line by line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms

from common.reporting import Column, Meta, Report, month_label, register
from volunteers import permissions
from volunteers.choices import ProductKind
from volunteers.forms.shop import SettlementForm
from volunteers.models import Redemption
from volunteers.selectors.settlement import HANDED_OUT, SettlementLine, add_up, settlement_lines

KINDS = dict(ProductKind.choices)
KIND_ORDER = {ProductKind.PROPERTY_FEE: 0, ProductKind.SERVICE: 1, ProductKind.GOODS: 2}


class SettlementReport(Report):
    """One provider and month, through the scope of whoever asks; shop keepers see their own."""

    permission = permissions.SHOPKEEP
    style = "official"
    form_class: ClassVar[type[forms.Form] | None] = SettlementForm

    def make_form(self, raw: Any, user: Any) -> forms.Form:
        return SettlementForm(raw, user=user)

    def lines(self, user: Any, params: Any) -> list[SettlementLine]:
        return settlement_lines(Redemption.objects.visible_to(user), params["provider"], params["month"])

    def meta(self, user: Any, params: Any) -> Meta:
        month = params["month"]
        return Meta(
            self.label, params["provider"].name, params["as_of"], month_label(month.year, month.month), self.note
        )


@register
class SettlementSheet(SettlementReport):
    key, label = "volunteers.settlement", "积分兑换结算单"
    note = "按领取月份统计；退货在退货当月扣减；积分不是报酬，不得买卖。"

    def columns(self, params: Any) -> list[Column]:
        return [
            Column("kind", "类型", choices=KINDS, width=14),
            Column("product", "商品或服务", width=24),
            Column("what", "摘要", width=12),
            Column("lines", "笔数", "integer", total="sum"),
            Column("quantity", "数量", "integer", total="sum"),
            Column("points", "积分", "decimal", width=12, total="sum"),
            Column("value", "结算金额（元）", "decimal", width=16, total="sum"),
        ]

    def rows(self, user: Any, params: Any) -> Iterator[dict[str, Any]]:
        groups: dict[tuple[int, str, bool, int], list[SettlementLine]] = {}
        for line in self.lines(user, params):
            product = line.redemption.product
            key = (KIND_ORDER[ProductKind(product.kind)], product.name, line.what != HANDED_OUT, product.pk)
            groups.setdefault(key, []).append(line)
        for _, lines in sorted(groups.items()):
            total, product = add_up(lines), lines[0].redemption.product
            yield {
                "kind": product.kind, "product": product.name, "what": lines[0].what, "lines": total.lines,
                "quantity": total.quantity, "points": total.points, "value": total.value,
            }  # fmt: skip


@register
class SettlementLines(SettlementReport):
    key, label = "volunteers.settlement_lines", "积分兑换结算明细"
    note = "物业费户号仅用于抵扣物业费。"

    def columns(self, params: Any) -> list[Column]:
        return [
            Column("number", "兑换编号", "id_text", width=18),
            Column("at", "日期", "date"),
            Column("what", "摘要", width=10),
            Column("kind", "类型", choices=KINDS, width=14),
            Column("product", "商品或服务", width=22),
            Column("quantity", "数量", "integer", total="sum"),
            Column("points", "积分", "decimal", total="sum"),
            Column("value", "结算金额（元）", "decimal", width=15, total="sum"),
            Column("account_number", "物业费户号", "id_text", width=18),
            Column("shop", "积分超市", width=18),
            Column("unit", "所属单位", width=18),
        ]

    def rows(self, user: Any, params: Any) -> Iterator[dict[str, Any]]:
        for line in self.lines(user, params):
            row = line.redemption
            yield {
                "number": row.number, "at": line.at, "what": line.what, "kind": row.product.kind,
                "product": row.product.name, "quantity": line.quantity, "points": line.points, "value": line.value,
                "account_number": row.account_number, "shop": row.shop.name, "unit": row.shop.unit.name,
            }  # fmt: skip
