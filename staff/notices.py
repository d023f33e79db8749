"""Who is told of a step: whoever may take the next one, and whoever sent the row and waits for the answer.

The two tables are all there is to a notice: a new one is a new line. Messages are rows of the transaction that writes the
event, so they come with the commit or not at all. A step done again (a month calculated twice) is told only to those who
have read the request before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from accounts.models import Notification, User
from accounts.selectors import seated_over
from accounts.services.notifications import message, notify
from common import events as history
from common.models import Event
from common.workflow import Workflow
from grid.models import Unit
from staff import events
from staff import events_appraisal as appraisal
from staff.choices import FundEntryKind
from staff.models import Appeal, FundEntry
from staff.services.appraisal_appeals import name_of
from staff.workflow import APPEAL_FLOW, APPRAISAL_FLOW, BUDGET_FLOW, FUND_FLOW, RUN_FLOW


@dataclass(frozen=True)
class Ask:
    """After the event ``flow``'s action ``step`` waits: the nearest people who may take it are asked to.

    ``unit`` is where the row belongs: its street's office is nearer than the district's, which is asked when nobody
    of the street may.
    """

    event: str
    flow: Workflow
    step: str
    words: Callable[[Any], str]
    unit: Callable[[Any], Unit] = attrgetter("unit")


@dataclass(frozen=True)
class Answer:
    """The event is the answer for whoever did one of ``sent`` last. ``words``: of the row and the data of the event."""

    event: str
    sent: tuple[str, ...]
    words: Callable[[Any, Mapping[str, Any]], str]


# --- words


def _entry(row: FundEntry) -> str:
    """江湾社区 2026 年社区专项经费支出 1,280.00 元（设施维修）"""
    target = f"（给{row.other.unit}）" if row.other is not None else f"（{row.use}）" if row.use else ""
    return f"{row.account}{FundEntryKind(row.kind).label} {row.amount:,.2f} 元{target}"


def _appeal(row: Appeal) -> str:
    one = row.appraised
    return f"{name_of(one)}对{one.appraisal.period_words}考核结果提出申诉，请处理。"


def _opinion(data: Mapping[str, Any]) -> str:
    return f"，意见：{data['note']}" if data.get("note") else ""


# --- the tables

ASKS = (
    # --- community funds
    Ask(events.BUDGET_ENTERED, BUDGET_FLOW, "approve", lambda row: f"{row}（{row.amount:,.2f} 元）已编报，请审批。"),
    Ask(
        events.FUND_ENTERED, FUND_FLOW, "approve", lambda row: f"{_entry(row)}已登记，请审批。", attrgetter("account.unit")
    ),
    # --- pay
    Ask(events.RUN_CALCULATED, RUN_FLOW, "check", lambda row: f"{row}工资表已核算，请复核。"),
    Ask(events.RUN_CHECKED, RUN_FLOW, "approve", lambda row: f"{row}工资表已复核，请审批。"),
    Ask(events.RUN_APPROVED, RUN_FLOW, "pay", lambda row: f"{row}工资表已审批，请办理发放。"),
    # --- appraisal
    Ask(appraisal.RECKONED, APPRAISAL_FLOW, "publish", lambda row: f"{row}已汇总，请复核公示。"),
    Ask(appraisal.APPEAL_ASKED, APPEAL_FLOW, "uphold", _appeal, attrgetter("appraised.appraisal.unit")),
)  # fmt: skip
ANSWERS = (
    # --- community funds
    Answer(
        events.BUDGET_APPROVED, (events.BUDGET_ENTERED,), lambda row, data: f"您编报的{row}已审批通过{_opinion(data)}。"
    ),
    Answer(events.BUDGET_REFUSED, (events.BUDGET_ENTERED,), lambda row, data: f"您编报的{row}没有通过：{data['note']}"),
    Answer(
        events.FUND_APPROVED, (events.FUND_ENTERED,), lambda row, data: f"您登记的{_entry(row)}已审批入账{_opinion(data)}。"
    ),
    Answer(events.FUND_REFUSED, (events.FUND_ENTERED,), lambda row, data: f"您登记的{_entry(row)}没有通过：{data['note']}"),
    # --- pay
    Answer(
        events.RUN_SENT_BACK, (events.RUN_CALCULATED, events.RUN_CHECKED),
        lambda row, data: f"{row}工资表退回核算：{data['note']}",
    ),
    Answer(
        events.RUN_APPROVED, (events.RUN_CALCULATED, events.RUN_CHECKED), lambda row, data: f"{row}工资表已审批通过。"
    ),
    # --- appraisal
    Answer(
        appraisal.SENT_BACK, (appraisal.RECKONED,), lambda row, data: f"您汇总的{row}退回重新打分：{data['note']}"
    ),
    Answer(
        appraisal.PUBLISHED, (appraisal.RECKONED,), lambda row, data: f"您汇总的{row}已复核公示{_opinion(data)}。"
    ),
)  # fmt: skip


# --- telling


def tell(event: Event, row: Any) -> None:
    """Write the messages of an event; what was asked for before it is done by now. One message for each person."""
    _settle(event, row)
    asked = {user.pk: (user, words, key) for user, words, key in _asked(event, row)}
    answered = {user.pk: (user, words, key) for user, words, key in _answered(event, row)}
    notify(
        message(to=user, text=words, key=key, url=row.get_absolute_url(), at=event.at)
        for user, words, key in {**answered, **asked}.values()
    )


def _settle(event: Event, row: Any) -> None:
    """Nobody finds a request in their messages that somebody else has met."""
    asked = Notification.objects.filter(dedupe_key__startswith=_key(row), read_at=None)
    rows = asked.exclude(dedupe_key__startswith=f"{_key(row)}{event.kind}:")
    rows.update(read_at=event.at, read_by=event.actor)


def _asked(event: Event, row: Any) -> Iterator[tuple[User, str, str]]:
    for ask in ASKS:
        if ask.event == event.kind:
            words, prefix = ask.words(row), f"{_key(row)}{event.kind}:"
            unread = Notification.objects.filter(dedupe_key__startswith=prefix, read_at=None)
            known = set(unread.values_list("user", flat=True))
            for user in people_for(ask.flow, ask.step, row, ask.unit(row), but=event.actor_id):
                if user.pk not in known:
                    yield user, words, f"{prefix}{event.pk}:{user.pk}"


def _answered(event: Event, row: Any) -> Iterator[tuple[User, str, str]]:
    for answer in ANSWERS:
        if answer.event != event.kind:
            continue
        for kind in answer.sent:
            sent = Event.objects.filter(stream=event.stream, kind=kind).select_related("actor").order_by("-seq").first()
            if sent is not None and sent.actor is not None and sent.actor_id != event.actor_id:
                yield sent.actor, answer.words(row, event.data), f"answer:{event.pk}:{sent.actor_id}"


def people_for(flow: Workflow, step: str, row: Any, unit: Unit, but: int | None) -> list[User]:
    """The nearest people who may take a step as the row stands: those of the lowest seat at which anybody may.

    ``but``: who has just acted, by key, is told nothing.
    """
    action = flow.actions[step]
    for _, seats in groupby(seated_over(unit, action.permission), key=lambda seat: seat.unit_id):
        users = {seat.user_id: seat.user for seat in seats if seat.user_id != but}
        if found := [user for user in users.values() if flow.check_actor(action, row, user)]:
            return found
    return []


def _key(row: Any) -> str:
    return f"ask:{row._meta.label_lower}:{row.pk}:"


def register() -> None:
    """Called once, from ``StaffConfig.ready()``."""
    steps = {action.event for ask in ASKS for action in ask.flow.actions.values() if action.to_state is not None}
    for kind in sorted(steps | {ask.event for ask in ASKS} | {answer.event for answer in ANSWERS}):
        history.on(kind)(tell)
