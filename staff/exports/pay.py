"""Exports of pay: runs, slips, the official sheet (工资表), the bank's file, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms

from common.errors import Invalid, Refused
from common.masks import mask_name
from common.reporting import Column, Meta, Report, register
from common.reporting.lists import ListExport
from common.scope import scope_of
from staff import permissions
from staff.choices import FROZEN, Period, Rank, RunState
from staff.forms.pay import RunChoiceForm
from staff.models import PayRun, Slip
from staff.pay.money import ZERO
from staff.selectors.runs import differences, label_of
from staff.views.runs import RunList
from staff.views.slips import SlipList

RANKS = dict(Rank.choices)


@register
class RunExport(ListExport):
    key, label, permission = "staff.runs", "工资表清单", permissions.PAY_VIEW
    view = RunList
    table = (
        Column("month", "月份", width=10),
        Column("period", "类型", choices=dict(Period.choices), width=16),
        Column("unit", "单位", width=20),
        Column("state", "状态", choices=dict(RunState.choices), width=10),
        Column("people", "人数", "integer", total="sum"),
        Column("gross", "应发合计", "decimal", width=14, total="sum"),
        Column("insurance", "个人五险一金", "decimal", width=14, total="sum"),
        Column("tax", "个人所得税", "decimal", width=13, total="sum"),
        Column("net", "实发合计", "decimal", width=14, total="sum"),
        Column("employer", "单位成本", "decimal", width=14, total="sum"),
        Column("paid_on", "发放日期", "date"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "month": lambda row: f"{row.month:%Y-%m}",
        "unit": lambda row: row.unit.name,
    }


@register
class SlipExport(ListExport):
    key, label, permission = "staff.slips", "工资条清单", permissions.PAY_VIEW
    view = SlipList
    table = (
        Column("number", "工号", "id_text", width=14),
        Column("name", "姓名", width=12),
        Column("unit", "单位", width=20),
        Column("month", "月份", width=14),
        Column("rank", "职务", choices=RANKS, width=18),
        Column("grade", "等级", "integer"),
        Column("gross", "应发", "decimal", width=12, total="sum"),
        Column("insurance", "个人五险一金", "decimal", width=14, total="sum"),
        Column("tax", "个人所得税", "decimal", width=12, total="sum"),
        Column("net", "实发", "decimal", width=12, total="sum"),
        Column("employer", "单位成本", "decimal", width=12, total="sum"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "number": lambda row: row.worker.number,
        "name": lambda row: mask_name(row.worker.person.name),
        "unit": lambda row: row.unit.name,
        "month": label_of,
    }


class OfRun(Report):
    """A report about one run; full names only for those who may see them."""

    style = "official"
    permission = permissions.PAY_VIEW
    form_class: ClassVar[type[forms.Form] | None] = RunChoiceForm

    def make_form(self, raw: Any, user: Any) -> forms.Form:
        return RunChoiceForm(raw, user=user)

    def meta(self, user: Any, params: Any) -> Meta:
        run = params["run"]
        period = f"{run.month.year}年{run.month.month}月" + ("年终奖" if run.period == Period.BONUS else "")
        return Meta(self.label, run.unit.name, params["as_of"], period, self.note)

    def slips(self, user: Any, run: PayRun) -> Any:
        rows = Slip.objects.visible_to(user).filter(run=run).select_related("worker__person", "unit")
        return rows.order_by("unit__path", "worker__number")


@register
class PaySheet(OfRun):
    """工资表: fixed columns in front and behind, the scheme's items and the contributions between them."""

    key, label = "staff.paysheet", "社区工作者工资表"
    note = "应发合计＝各工资项目之和；实发＝应发－个人五险一金－个人所得税＋不计税项目。"

    def clean(self, raw: Any, user: Any) -> dict[str, Any]:
        if not scope_of(user).may(permissions.REVEAL):
            raise Refused("工资表列出全名，您的岗位没有“查看社区工作者个人信息”的权限。")
        found = super().clean(raw, user)
        run: PayRun = found["run"]
        first = self.slips(user, run)
        found["items"] = list(dict.fromkeys(label for slip in first.iterator(500) for label in _labels(slip)))
        found["funds"] = list(dict.fromkeys(row[1] for slip in first[:1] for row in slip.contributions))
        return found

    def columns(self, params: Any) -> list[Column]:
        return [
            Column("place", "序号", "integer", width=5),
            Column("unit", "单位", width=14),
            Column("number", "工号", "id_text", width=14),
            Column("name", "姓名", width=9),
            Column("rank", "职务", choices=RANKS, width=17),
            Column("grade", "等级", "integer", width=5),
            *(_money(f"item{place}", label) for place, label in enumerate(params["items"])),
            _money("gross", "应发合计"),
            *(_money(f"fund{place}", label) for place, label in enumerate(params["funds"])),
            _money("insurance", "五险一金小计"),
            _money("tax", "个人所得税"),
            _money("untaxed", "不计税项目"),
            _money("net", "实发金额"),
            _money("employer", "单位成本"),
        ]

    def rows(self, user: Any, params: Any) -> Iterator[dict[str, Any]]:
        for place, slip in enumerate(self.slips(user, params["run"]).iterator(500), start=1):
            amounts = {"untaxed": ZERO, **{f"item{at}": ZERO for at in range(len(params["items"]))}}
            for key, label, amount, _ in slip.lines:
                name = "untaxed" if key == "untaxed" else f"item{params['items'].index(label)}"
                amounts[name] += Decimal(amount)
            paid = {row[1]: Decimal(row[4]) for row in slip.contributions}
            amounts |= {f"fund{at}": paid.get(label, ZERO) for at, label in enumerate(params["funds"])}
            yield {
                "place": place, "unit": slip.unit.name, "number": slip.worker.number, "name": slip.worker.person.name,
                "rank": slip.rank, "grade": slip.grade, "gross": slip.gross, "insurance": slip.insurance,
                "tax": slip.tax, "net": slip.net, "employer": slip.employer, **amounts,
            }  # fmt: skip


def _labels(slip: Slip) -> Iterator[str]:
    return (label for key, label, _, _ in slip.lines if key != "untaxed")


def _money(key: str, label: str) -> Column:
    return Column(key, label, "decimal", width=max(10, 2 * len(label) + 1), total="sum")


@register
class BankFile(OfRun):
    """What the bank pays out: whole names and accounts. Only of an approved run, and only what is above zero."""

    key, label, permission = "staff.bank", "工资发放明细（银行）", permissions.PAY_OUT
    note = ""

    def clean(self, raw: Any, user: Any) -> dict[str, Any]:
        found = super().clean(raw, user)
        if found["run"].state not in FROZEN:
            raise Invalid("审批通过以后才能生成银行发放文件。", "run")
        return found

    def columns(self, params: Any) -> list[Column]:
        return [
            Column("place", "序号", "integer", width=6),
            Column("name", "户名", width=12),
            Column("account", "账号", "id_text", width=26),
            Column("net", "金额", "decimal", width=14, total="sum"),
            Column("remark", "摘要", width=28),
        ]

    def rows(self, user: Any, params: Any) -> Iterator[dict[str, Any]]:
        place = 0
        for slip in self.slips(user, params["run"]).iterator(500):
            if slip.net <= 0:
                continue
            place += 1
            person = slip.worker.person
            yield {
                "place": place, "name": person.name, "account": person.bank_account, "net": slip.net,
                "remark": f"{label_of(slip)}工资 {slip.worker.number}",
            }  # fmt: skip


@register
class DifferenceSheet(OfRun):
    key, label = "staff.differences", "工资差异表"
    note = "与上一个已发月份逐人比较，没有变化的不列。"

    def columns(self, params: Any) -> list[Column]:
        return [
            Column("number", "工号", "id_text", width=14),
            Column("name", "姓名", width=12),
            Column("unit", "单位", width=18),
            Column("before", "上月实发", "decimal", width=12, total="sum"),
            Column("now", "本月实发", "decimal", width=12, total="sum"),
            Column("change", "增减", "decimal", width=12, total="sum"),
            Column("reasons", "原因", width=70),
        ]

    def rows(self, user: Any, params: Any) -> Iterator[dict[str, Any]]:
        for row in differences(params["run"], user):
            yield {
                "number": row.number, "name": row.name, "unit": row.unit, "before": row.before, "now": row.now,
                "change": row.change, "reasons": "；".join(row.reasons),
            }  # fmt: skip
