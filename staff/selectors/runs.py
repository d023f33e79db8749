"""Questions about runs and slips: what changed against the month before, a person's year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from common.crypto import lookup_hashes
from common.masks import mask_name
from common.months import written_month
from common.scope import scope_of
from staff import permissions
from staff.choices import Certificate, Period, Rank, RunState
from staff.models import PayRun, Slip
from staff.pay.money import HUNDRED, ZERO, short
from staff.querysets import SlipQuerySet

RANKS, CERTIFICATES = dict(Rank.choices), dict(Certificate.choices)
UNCHANGED = "没有变化"


@dataclass(frozen=True)
class Difference:
    """One worker against the month before; ``reasons`` as short sentences."""

    worker: int
    number: str
    name: str
    unit: str
    before: Decimal | None
    now: Decimal | None
    reasons: tuple[str, ...]

    @property
    def change(self) -> Decimal:
        return (self.now or ZERO) - (self.before or ZERO)


# What waits for somebody with a permission: runs in these states.
NEXT = (
    (permissions.PAY_PREPARE, (RunState.DRAFT,)), (permissions.PAY_CHECK, (RunState.CALCULATED,)),
    (permissions.PAY_APPROVE, (RunState.CHECKED,)), (permissions.PAY_OUT, (RunState.APPROVED,)),
)  # fmt: skip


def waiting_for(user: Any) -> QuerySet[PayRun]:
    """Runs whose next step the person may do, as far as it was not they who did the one before."""
    scope = scope_of(user)
    states = [state for permission, found in NEXT if scope.may(permission) for state in found]
    rows = PayRun.objects.visible_to(user).filter(state__in=states)
    mine = Q(state=RunState.CALCULATED, calculated_by=user.pk) | Q(state=RunState.APPROVED, approved_by=user.pk)
    return rows.exclude(mine | (Q(state=RunState.CHECKED) & (Q(calculated_by=user.pk) | Q(checked_by=user.pk))))


def search_runs(rows: QuerySet[PayRun], text: str) -> QuerySet[PayRun]:
    """Runs by the name of their unit, or by month as it is shown (``2026-09``)."""
    if month := written_month(text):
        return rows.filter(month=month)
    return rows.filter(unit__name__icontains=text)


def search_slips(rows: QuerySet[Slip], text: str) -> QuerySet[Slip]:
    """Slips by the worker's number or whole name."""
    by_number = rows.filter(worker__number__iexact=text)
    return by_number | rows.filter(worker__person__name_hash__in=lookup_hashes(text, "name"))


def differences(run: PayRun, user: Any) -> Iterator[Difference]:
    """Everybody whose net or gross pay differs from their last month below the unit, in organisation order; with reasons."""
    now = {row.worker_id: row for row in _rows(Slip.objects.visible_to(user).filter(run=run))}
    before = {row.worker_id: row for row in _rows(_month_before(run, user))}
    everybody = [*now.values(), *(row for key, row in before.items() if key not in now)]
    for row in sorted(everybody, key=lambda one: (one.unit.path, one.worker.number)):
        old, new = before.get(row.worker_id), now.get(row.worker_id)
        if old and new and (old.net, old.gross) == (new.net, new.gross):
            continue
        yield Difference(
            row.worker_id, row.worker.number, mask_name(row.worker.person.name), row.unit.name, old.net if old else None,
            new.net if new else None, tuple(_reasons(old, new)) or (UNCHANGED,),
        )  # fmt: skip


def _rows(rows: QuerySet[Slip]) -> QuerySet[Slip]:
    return rows.select_related("unit", "worker__person", "run").order_by("unit__path", "worker__number")


def _month_before(run: PayRun, user: Any) -> QuerySet[Slip]:
    earlier = Slip.objects.visible_to(user).filter(
        period=run.period, month__lt=run.month, unit__path__startswith=run.unit.path
    )
    last = earlier.order_by("-month").values_list("month", flat=True).first()
    return earlier.filter(month=last) if last else earlier.none()


def _reasons(old: Slip | None, new: Slip | None) -> Iterator[str]:
    if old is None:
        yield "新进入工资表"
        return
    if new is None:
        yield "本月没有工资（离岗或调出）"
        return
    yield from _of_facts(old.facts, new.facts)
    if old.run.rules != new.run.rules:
        yield from _of_rules(old.run.rules, new.run.rules)
    yield from _of_lines(old.lines, new.lines)
    if old.insurance != new.insurance:
        yield f"个人五险一金 {old.insurance} → {new.insurance}"
    if old.tax != new.tax:
        yield f"个人所得税 {old.tax} → {new.tax}"


def _of_facts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if "rank" not in old or "rank" not in new:  # an annual bonus has no month
        return
    if old["rank"] != new["rank"]:
        yield f"职务 {RANKS[old['rank']]} → {RANKS[new['rank']]}"
    if old["grade"] != new["grade"]:
        yield f"等级 {old['grade']} → {new['grade']}"
    if old["certificate"] != new["certificate"]:
        yield f"证书 {CERTIFICATES.get(old['certificate'], '无')} → {CERTIFICATES.get(new['certificate'], '无')}"
    if old["factor"] != new["factor"]:
        yield f"绩效比例 {_percent(old['factor'])} → {_percent(new['factor'])}"
    if old["worked"] != new["worked"]:
        yield "上月或本月在岗不满整月"
    if old["newcomer"] and not new["newcomer"]:
        yield "试用期满"
    if old["special"] != new["special"]:
        yield f"专项附加扣除 {old['special']} → {new['special']}"


def _percent(factor: str) -> str:
    return f"{short(Decimal(factor) * HUNDRED)}%"


RULES = {"pay_scheme": "薪酬方案", "insurance": "五险一金比例", "income_tax": "个人所得税税率", "leave": "假期工资比例"}


def _of_rules(old: Mapping[str, int], new: Mapping[str, int]) -> Iterator[str]:
    for key, label in RULES.items():
        if old.get(key) != new.get(key):
            yield f"{label}换了新版本"


def _of_lines(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> Iterator[str]:
    then, now = _by_label(old), _by_label(new)
    for label in dict.fromkeys([*then, *now]):
        if then.get(label) != now.get(label):
            yield f"{label} {then.get(label, ZERO)} → {now.get(label, ZERO)}"


def _by_label(lines: Sequence[Sequence[str]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for _, label, amount, _ in lines:
        found[label] = found.get(label, ZERO) + Decimal(amount)
    return found


@dataclass(frozen=True)
class YearStatement:
    """A person's year: each slip, and the sums."""

    year: int
    slips: list[Slip]
    sums: dict[str, Decimal]


SUMMED = ("gross", "insurance", "special", "tax", "net")


def year_statement(rows: SlipQuerySet, year: int) -> YearStatement:
    """Frozen slips of a year out of rows that belong to one worker."""
    own = rows.frozen().filter(month__year=year).select_related("run").order_by("month", "-period")
    sums = own.order_by().aggregate(**{name: Sum(name) for name in SUMMED})
    return YearStatement(year, list(own), {name: sums[name] or ZERO for name in SUMMED})


def years_of(rows: SlipQuerySet) -> list[int]:
    """Years in which there are frozen slips, the last one first."""
    return sorted({day.year for day in rows.frozen().dates("month", "year")}, reverse=True)


def paid_slips(rows: QuerySet[Slip]) -> QuerySet[Slip]:
    """What a worker sees of their own: approved and paid out."""
    return rows.filter(run__paid_on__isnull=False).order_by("-month", "period")


def label_of(slip: Slip) -> str:
    return f"{slip.month:%Y年%-m月}" + ("年终奖" if slip.period == Period.BONUS else "")
