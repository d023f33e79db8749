"""Monthly statistics by unit (domain §8): one class, one registration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils import timezone

from common import profile
from common.reporting import Column, Meta, Rate, month_label, register
from grid.choices import Level
from grid.models import Department, Unit
from petitions.measures import ADJUSTED, COUNTS, EXCLUDED, month_bounds
from petitions.models import Petition
from reports import permissions, selectors
from reports.base import PageReport
from reports.choices import SPANS, Span
from reports.comparison import comparison_note
from reports.forms import MonthlyForm
from reports.score import RATES, ScoreRules, Standing, points, ranked, rules_on, score_of
from reports.selectors import Tally

DEPARTMENTS = "部门组"
COUNTED = tuple(measure for measure in COUNTS if measure.key != "forecast")
# The tickets behind a rate are those of its denominator.
DENOMINATORS = {"response": "response_due", "resolution": "assessed", "satisfaction": "assessed"}
HELP = {
    "received": "当月接收的全部诉求",
    "finished_in_time": "时限内答复且没有退回返工的",
    "overdue": "答复晚于时限，或已过时限还没有答复的",
    "response": "时限内首次联系 ÷ 应联系",
    "resolution": "回访已解决 ÷ 已回访",
    "satisfaction": "回访满意（基本满意折算）÷ 已回访",
    "deduction": "当月发出的督办卡按规则扣分",
    "bonus": "网格主动上报按规则加分",
}


def month_end(month: str) -> date:
    """Last day of a month ``2026-09``: the score follows the rule in force on it."""
    return timezone.localdate(month_bounds(month)[1] - timedelta(seconds=1))


@register
class MonthlyStatistics(PageReport):
    """Counts, rates, score and rank of each unit for the tickets received in a month."""

    key = "reports.monthly"
    label = "诉求办理月度统计"
    about = "各单位接收、按时签收、按时办结、超期、三率、得分和名次，每个数字都能点开看到工单。"
    permission = permissions.VIEW
    form_class = MonthlyForm

    def make_form(self, raw: Any, user: Any) -> forms.Form:
        return MonthlyForm(raw, user=user)

    def clean(self, raw: Any, user: Any) -> dict[str, Any]:
        params = super().clean(raw, user)
        whole_rows = SPANS[params["level"]].level is not None or selectors.report_scope(user).everything
        return {**params, "whole": whole_rows and selectors.counts_all_it_sees(user)}

    def columns(self, params: Mapping[str, Any]) -> list[Column]:
        span = SPANS[params["level"]]
        above = [Column("parent", "上级单位", width=14)] if span.level and span.level > Level.STREET else []
        return [
            Column("unit", span.label, width=16),
            *above,
            *(_count(measure.key, measure.label) for measure in (*COUNTED, EXCLUDED)),
            *(column for key, label in RATES.items() for column in _rate_pair(key, label)),
            Column("bonus", "加分", "decimal", width=7, help=HELP["bonus"]),
            Column("deduction", "扣分", "decimal", width=7, help=HELP["deduction"]),
            Column("score", "得分", "decimal", width=8),
            Column("group", "比较组", width=9),
            Column("rank", "名次", "integer", width=6),
        ]

    def rows(self, user: Any, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        span, month, as_of = SPANS[params["level"]], params["month"], params["as_of"]
        rules = rules_on(month_end(month))
        counted = selectors.tally(selectors.tickets_of(user, span), span.column, month, as_of)
        standings = self._standings(user, span, month, as_of, rules, counted)
        for body in selectors.bodies(user, span):
            found = counted.pop(body.pk, None)
            if found is not None or body.is_active:
                yield _row(body, found or Tally(), rules, standings.get(body.pk))
        yield from self._rest(span, counted, rules)

    def count(self, user: Any, params: Mapping[str, Any]) -> int:
        return len(selectors.bodies(user, SPANS[params["level"]]))

    def _standings(
        self, user: Any, span: Span, month: str, as_of: datetime, rules: ScoreRules, counted: Mapping[int | None, Tally]
    ) -> dict[int, Standing]:
        """Score and rank of every peer: a fact about a unit, the same whoever looks, so all of them are counted."""
        everyone = counted
        if not selectors.report_scope(user).everything:
            everyone = selectors.tally(Petition.objects.all(), span.column, month, as_of)
        return standings(selectors.peers(span), everyone, selectors.cards(span.column, month, as_of), rules)

    def _rest(self, span: Span, counted: Mapping[int | None, Tally], rules: ScoreRules) -> Iterator[dict[str, Any]]:
        """Tickets that no row above has, so that the total is all of them."""
        left = Tally()
        for other in counted.values():
            left.merge(other)
        if left["received"]:
            linked = set(counted) == {None}
            label = f"未落到{span.label}" if span.level else "不由部门主办"
            yield {**_figures(left, rules), "key": None, "unit": label, "linked": linked}

    def meta(self, user: Any, params: Mapping[str, Any]) -> Meta:
        month, span = params["month"], SPANS[params["level"]]
        year, number = (int(part) for part in month.split("-"))
        title = f"{self.label}（按{span.label}）"
        note = _note(rules_on(month_end(month)), params["as_of"])
        return Meta(title, selectors.area_name(user), params["as_of"], month_label(year, number), note)

    def remark(self, user: Any, params: Mapping[str, Any]) -> str:
        tickets = selectors.tickets_of(user, SPANS[params["level"]])
        return comparison_note(tickets, params["month"], params["as_of"])

    def link(self, row: Mapping[str, Any] | None, column: Column, params: Mapping[str, Any]) -> str | None:
        measure = _measure_behind(column.key)
        if measure is None:
            return None
        if row is None:
            return _list_url(params["month"], measure) if params["whole"] else None
        if not row["linked"] or not _something(row.get(column.key)):
            return None
        return _list_url(params["month"], measure, SPANS[params["level"]], row["key"])


def standings(
    kinds: Mapping[int, str],
    counted: Mapping[int | None, Tally],
    cards: Mapping[int | None, Counter[str]],
    rules: ScoreRules,
) -> dict[int, Standing]:
    """Score of every body by its key, and the rank of those that have a score and enough tickets."""
    found: dict[int, Standing] = {}
    for key, kind in kinds.items():
        counts = counted.get(key) or Tally()
        bonus = points(rules.bonuses, counts.all)
        deduction = points(rules.deductions, cards.get(key, Counter()))
        score = score_of(rules, counts.rates(rules.basic, ADJUSTED), bonus, deduction)
        found[key] = Standing(rules.group_of(kind) if kind else DEPARTMENTS, bonus, deduction, score)
    enough = (
        (key, standing.group, standing.score)
        for key, standing in found.items()
        if standing.score is not None and (counted.get(key) or Tally())["received"] >= rules.minimum
    )
    for key, rank in ranked(enough).items():
        known = found[key]
        found[key] = Standing(known.group, known.bonus, known.deduction, known.score, rank)
    return found


# --- rows


def _row(body: Unit | Department, counts: Tally, rules: ScoreRules, standing: Standing | None) -> dict[str, Any]:
    is_unit = isinstance(body, Unit)
    row = {
        **_figures(counts, rules),
        "key": body.pk,
        "unit": body.name if body.is_active else f"{body.name}（已撤并）",
        "parent": body.parent.name if isinstance(body, Unit) and body.parent else "",
        "linked": is_unit or body.is_active,
    }
    if standing is not None:
        row.update(
            bonus=standing.bonus, deduction=standing.deduction, score=standing.score, group=standing.group,
            rank=standing.rank,
        )  # fmt: skip
    return row


def _figures(counts: Tally, rules: ScoreRules) -> dict[str, Any]:
    adjusted = counts.rates(rules.basic, ADJUSTED)
    return {
        **{measure.key: counts[measure.key] for measure in (*COUNTED, EXCLUDED)},
        **counts.rates(rules.basic),
        **{key + ADJUSTED: rate for key, rate in adjusted.items()},
    }


def _count(key: str, label: str) -> Column:
    return Column(key, label, "integer", width=6, total="sum", help=HELP.get(key, ""))


def _rate_pair(key: str, label: str) -> Iterable[Column]:
    yield Column(key, label, "rate", total="rate", help=HELP[key])
    yield Column(key + ADJUSTED, f"剔除后{label}", "rate", total="rate", help="不计经终审剔除的工单")


def _note(rules: ScoreRules, as_of: datetime) -> str:
    weights = "、".join(f"{label} {(rules.weights[key] * 100).normalize():f}%" for key, label in RATES.items())
    return (
        f"数据截至 {timezone.localtime(as_of):%Y-%m-%d %H:%M}。得分 = 剔除后三率加权（{weights}）＋ 加分 － 扣分，"
        f"基本满意按 {rules.basic} 折算；评分规则为 {rules.version:%Y-%m-%d} 起执行的版本{'（演示）' if rules.demo else ''}。"
        f"接收不足 {rules.minimum} 件的，以及缺少某一率的，列出但不排名；名次为全{profile.current().place_word}同组名次，得分相同名次相同。"
    )


# --- links


def _measure_behind(column: str) -> str | None:
    """The measure whose tickets a column counts; a rate leads to its denominator."""
    if column in {measure.key for measure in (*COUNTED, EXCLUDED)}:
        return column
    base = column.removesuffix(ADJUSTED)
    if base not in DENOMINATORS:
        return "forecast" if column == "bonus" else None
    return DENOMINATORS[base] + (ADJUSTED if column != base else "")


def _something(value: Any) -> bool:
    """Whether there is a ticket behind a number."""
    return bool(value.denominator if isinstance(value, Rate) else value)


def _list_url(month: str, measure: str, span: Span | None = None, key: int | None = None) -> str:
    query = {"month": month, "measure": measure}
    if span is not None and key is None:
        query["missing"] = span.column
    elif span is not None and span.level is None:
        query["lead"] = f"d{key}"
    elif span is not None:
        query["unit"] = str(key)
    return f"{reverse('petitions:list')}?{urlencode(query)}"
