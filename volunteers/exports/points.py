"""Exports of points: entries, requests, one person's statement, and the yearly statements of a unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.http import Http404

from common.reporting import Column, Meta, Report, Sheet, register
from common.reporting.lists import ListExport
from volunteers import permissions
from volunteers.choices import EntryKind, Group, RequestState
from volunteers.forms.points import YearlyForm
from volunteers.models import Entry, Programme, Volunteer
from volunteers.selectors.points import COUNTED, Sides, Statement, sides_of, statement, yearly
from volunteers.views.points_lists import EntryList, RequestList

CHUNK = 5_000
NO_WAGE = "积分不是报酬，不得买卖。"


@register
class EntryExport(ListExport):
    key, label, permission = "volunteers.points_entries", "积分分录", permissions.EXPORT
    style = "list"
    view = EntryList
    table = (
        Column("reason", "摘要", width=36),
        Column("kind", "类型", choices=dict(EntryKind.choices), width=10),
        Column("amount", "积分", "decimal"),
        Column("source", "付出方", width=20),
        Column("target", "收入方", width=20),
        Column("programme", "积分项目", width=12),
        Column("at", "入账时间", "datetime"),
        Column("day", "所属日期", "date"),
        Column("actor", "经办人", width=12),
        Column("standing", "状态", width=8),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "reason": lambda row: row.reason,
        "kind": lambda row: row.kind,
        "amount": lambda row: _sides(row).amount,
        "source": lambda row: _sides(row).source,
        "target": lambda row: _sides(row).target,
        "programme": lambda row: row.programme.name,
        "at": lambda row: row.at,
        "day": lambda row: row.day,
        "actor": lambda row: str(row.actor or ""),
        "standing": lambda row: "已冲正" if hasattr(row, "reversed_by") else "已入账",
    }


def _sides(entry: Entry) -> Sides:
    return sides_of(entry)


@register
class RequestExport(ListExport):
    key, label, permission = "volunteers.points_requests", "积分调整", permissions.EXPORT
    view = RequestList
    table = (
        Column("reason", "理由", width=36),
        Column("state", "状态", choices=dict(RequestState.choices), width=10),
        Column("amount", "积分", "decimal"),
        Column("volunteer", "志愿者编号", "id_text"),
        Column("unit", "所属单位", width=20),
        Column("kind", "类型", choices=dict(EntryKind.choices), width=10),
        Column("programme", "积分项目", width=12),
        Column("proposed_by", "提出人", width=12),
        Column("proposed_at", "提出时间", "datetime"),
        Column("decided_by", "复核人", width=12),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "reason": lambda row: row.reason,
        "state": lambda row: row.state,
        "amount": lambda row: row.amount,
        "volunteer": lambda row: row.volunteer.number,
        "unit": lambda row: row.volunteer.unit.name,
        "kind": lambda row: row.kind,
        "programme": lambda row: row.programme.name,
        "proposed_by": lambda row: str(row.proposed_by or ""),
        "proposed_at": lambda row: row.proposed_at,
        "decided_by": lambda row: str(row.decided_by or ""),
    }


class StatementForm(forms.Form):
    volunteer = forms.IntegerField()
    programme = forms.ModelChoiceField(queryset=Programme.objects.all())
    year = forms.IntegerField(min_value=2000, max_value=2100)


@register
class StatementExport(Report):
    """One person's points of a year: opening, every movement, closing."""

    key, label, permission = "volunteers.points_statement", "积分对账单", permissions.EXPORT
    form_class = StatementForm
    note = NO_WAGE

    def columns(self, params: Any) -> list[Column]:
        return [
            Column("at", "入账时间", "datetime"),
            Column("day", "所属日期", "date"),
            Column("kind", "类型", width=10),
            Column("reason", "摘要", width=40),
            Column("gained", "收入", "decimal", total="sum"),
            Column("spent", "支出", "decimal", total="sum"),
            Column("balance", "余额", "decimal"),
        ]

    def rows(self, user: Any, params: Any) -> Iterator[dict[str, Any]]:
        volunteer = Volunteer.objects.visible_to(user, permissions.EXPORT).filter(pk=params["volunteer"]).first()
        if volunteer is None:
            raise Http404("您的辖区内没有这位志愿者。")
        return statement_rows(statement(volunteer, params["programme"], params["year"]))


NO_MOVEMENT: dict[str, Any] = dict.fromkeys(("at", "day", "kind", "gained", "spent"))


def statement_rows(found: Statement) -> Iterator[dict[str, Any]]:
    yield {**NO_MOVEMENT, "reason": "年初余额", "balance": found.opening}
    for row in found.movements:
        gained = row.amount if row.amount > 0 else None
        yield {
            "at": row.at, "day": row.day, "kind": row.kind, "reason": row.reason, "gained": gained,
            "spent": None if gained else -row.amount, "balance": row.balance,
        }  # fmt: skip
    yield {**NO_MOVEMENT, "reason": "年末余额", "balance": found.closing}


def statement_sheet(found: Statement, as_of: datetime) -> Sheet:
    """A statement ready to be written: the same for the office and for the person's own page."""
    report = StatementExport()
    meta = Meta(
        f"{found.programme.name}对账单", f"志愿者 {found.volunteer.number}", as_of, f"{found.year}年", note=NO_WAGE
    )
    return Sheet(report, {}, meta, report.columns({}), statement_rows(found), len(found.movements) + 2)


@register
class YearlyStatements(Report):
    """The yearly statements of everybody below a unit, one line each, in one statement."""

    key, label, permission = "volunteers.points_yearly", "积分年度对账单", permissions.EXPORT
    form_class = YearlyForm
    note = f"按入账时间统计，冲正的已扣除：年初余额 + 各项 = 年末余额。{NO_WAGE}"

    def make_form(self, raw: Any, user: Any) -> forms.Form:
        return YearlyForm(raw, user=user)

    def columns(self, params: Any) -> list[Column]:
        return [
            Column("number", "志愿者编号", "id_text"),
            Column("unit", "所属单位", width=18),
            Column("group", "类别", choices=dict(Group.choices), width=28),
            Column("programme", "积分项目", width=12),
            Column("opening", "年初余额", "decimal", total="sum"),
            Column("earned", "服务得分", "decimal", total="sum"),
            Column("added", "奖励和项目加分", "decimal", total="sum", width=14),
            Column("given", "捐赠（受赠为正）", "decimal", total="sum", width=15),
            Column("corrected", "人工调整", "decimal", total="sum"),
            Column("redeemed", "兑换", "decimal", total="sum"),
            Column("expired", "到期清零", "decimal", total="sum"),
            Column("closing", "年末余额", "decimal", total="sum"),
        ]

    def rows(self, user: Any, params: Any) -> Iterator[dict[str, Any]]:
        names = ("number", "unit", "group", "programme", "opening", *COUNTED, "closing")
        paths = ("volunteer__number", "volunteer__unit__name", "volunteer__group", "programme__name", *names[4:])
        found = yearly(user, params["unit"], params["programme"], params["year"])
        for row in found.values_list(*paths).iterator(CHUNK):
            yield dict(zip(names, row, strict=True))

    def meta(self, user: Any, params: Any) -> Meta:
        return Meta(self.label, params["unit"].name, params["as_of"], f"{params['year']}年", note=self.note)
