"""New versions of dated rules, and the table of holidays. Each edit is an event of the day's chain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from accounts import events
from accounts.policies import may_keep_rules
from accounts.services.access import log_access
from accounts.services.checks import insist
from common import calendar, policies
from common.errors import Conflict, Invalid
from common.models import Policy
from common.models.calendar import Holiday

MOST_DAYS = 15  # the longest holiday that a notice ever gave, and a little


def rule_add_version(*, key: str, actor: Any, data: Mapping[str, Any], valid_from: date, note: str) -> Policy:
    """A new version of a rule from a day on, today at the earliest: what was reckoned before stays as it was.

    Raises ``Refused``, ``Invalid`` for unusable content, ``Conflict`` when the day has a version already.
    """
    insist(may_keep_rules(actor))
    kind = policies.kind_of(key)
    kind.check(data)
    if valid_from < timezone.localdate():
        raise Invalid("生效日期不能早于今天：已经过去的日子按当时的规则计算。", "valid_from")
    if not note.strip():
        raise Invalid("请写明依据。", "note")
    try:
        with transaction.atomic():
            row = Policy.objects.create(
                key=key, valid_from=valid_from, data=dict(data), note=note.strip(), created_by=actor
            )
            _log(events.RULE_CHANGED, actor, kind, row)
            policies.tell_followers(row, actor)
    except IntegrityError:
        raise Conflict(
            f"“{kind.label}”在 {valid_from:%Y-%m-%d} 已有一个版本，请另选生效日期，或先撤回那个版本。"
        ) from None
    transaction.on_commit(_forget)
    return row


def rule_withdraw_version(*, policy: Policy, actor: Any) -> None:
    """Take back a version that is not in force yet. Raises ``Conflict`` for any other."""
    insist(may_keep_rules(actor))
    kind = policies.kind_of(policy.key)
    with transaction.atomic():
        row = Policy.objects.select_for_update().filter(pk=policy.pk).first()
        if row is None:
            raise Conflict("这个版本已经撤回。")
        if row.valid_from <= timezone.localdate():
            raise Conflict("已经生效的版本不能撤回，只能另立新的版本。")
        _log(events.RULE_WITHDRAWN, actor, kind, row)
        try:
            row.delete()
        except ProtectedError:
            raise Conflict("已有办理中的事项按这个版本计算，不能撤回。") from None
    transaction.on_commit(_forget)


def _log(event: str, actor: Any, kind: policies.PolicyKind, row: Policy) -> None:
    data = {"key": row.key, "rule": kind.label, "valid_from": row.valid_from.isoformat(), "note": row.note}
    log_access(event, actor=actor, data=data)


def _forget() -> None:
    policies.forget()
    calendar.forget()


def holiday_set(
    *, actor: Any, first: date, last: date | None = None, is_workday: bool, name: str, source: str
) -> list[Holiday]:
    """Days off, or weekend days worked, from ``first`` to ``last``. Limits that run already are not moved.

    Only days that differ from the weekly rhythm are kept: of a holiday the weekdays, of make-up work
    the weekend days. Raises ``Invalid`` when none is left.
    """
    insist(may_keep_rules(actor))
    last = last or first
    if not first <= last <= first + timedelta(days=MOST_DAYS):
        raise Invalid(f"“至”不能早于起始日期，一次最多 {MOST_DAYS} 天。", "last")
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    days = [day for day in days if (day.isoweekday() > 5) == is_workday]
    if not days:
        raise Invalid("所选日期本来就上班，不必登记。" if is_workday else "所选日期本来就是周末，不必登记。", "first")
    values = {"is_workday": is_workday, "name": name.strip(), "source": source.strip()}
    with transaction.atomic():
        # A day that is registered just so already: nothing to change, nothing to log.
        rows = {row.date: row for row in Holiday.objects.select_for_update().filter(date__in=days, **values)}
        for day in days:
            if day in rows:
                continue
            rows[day], _ = Holiday.objects.update_or_create(date=day, defaults=values)
            row = rows[day]
            data = {
                "date": row.date.isoformat(), "name": row.name, "what": "上班" if is_workday else "放假",
                "source": row.source,
            }  # fmt: skip
            log_access(events.HOLIDAY_SET, actor=actor, data=data)
    transaction.on_commit(_forget)
    return [rows[day] for day in days]


def holiday_remove(*, holiday: Holiday, actor: Any) -> None:
    """The day follows the weekly rhythm again."""
    insist(may_keep_rules(actor))
    with transaction.atomic():
        deleted, _ = Holiday.objects.filter(pk=holiday.pk).delete()
        if not deleted:
            raise Conflict("这一天已经删除。")
        data = {"date": holiday.date.isoformat(), "name": holiday.name}
        log_access(events.HOLIDAY_REMOVED, actor=actor, data=data)
    transaction.on_commit(_forget)
