"""What residents do without an account: report, and follow by number and code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from common import events as history
from common import throttle
from common.codes import code_fits
from common.errors import Invalid
from common.masks import mask_text
from petitions import events
from petitions.choices import Channel, State
from petitions.models import Petition
from petitions.services.intake import QUERY_CODE, Registered, petition_register

WRONG = "工单编号或查询码不正确。请核对登记时给出的编号和查询码，注意区分字母和数字。"
REPORTS = throttle.Rule(
    "report", 20, timedelta(hours=1), "您所在的网络一小时内提交得太多，请稍后再试，或拨打热线反映。"
)
GUESSES = throttle.Rule("guess", 10, timedelta(minutes=15), "查询失败次数太多，请 15 分钟后再试。")
GUESSES_AT_ONE = throttle.Rule("guess-one", 20, timedelta(hours=1), "这件工单查询失败次数太多，请一小时后再试。")


@dataclass(frozen=True)
class Progress:
    """What whoever holds the code may know: no names of people, nothing personal."""

    petition: Petition
    entries: tuple[dict[str, Any], ...]


def petition_report(*, source: str, **values: Any) -> Registered:
    """Register what a resident reports (随手拍); ``source`` is where the request comes from.

    Raises ``throttle.TooMany`` past the limit, else as :func:`petition_register`.
    """
    throttle.check(REPORTS, source)
    registered = petition_register(actor=None, channel=Channel.SNAP, **values)
    if not registered.repeated:
        throttle.note(REPORTS, source)
    return registered


def petition_progress(*, source: str, number: str, code: str) -> Progress:
    """The public progress of a ticket, by its number and query code.

    A wrong number and a wrong code answer alike and take as long. Raises ``Invalid`` for them and
    ``throttle.TooMany`` past the limits.
    """
    number = number.strip()[:24]
    throttle.check(GUESSES, source)
    throttle.check(GUESSES_AT_ONE, number)
    petition = (
        Petition.objects.counted()
        .filter(number=number)
        .select_related("lead_unit", "lead_department", "category")
        .first()
    )
    stored = petition.query_hash if petition is not None else None
    if not code_fits(code, QUERY_CODE, stored) or petition is None:
        throttle.note(GUESSES, source)
        throttle.note(GUESSES_AT_ONE, number)
        raise Invalid(WRONG)
    return Progress(petition, tuple(_entries(petition)))


def _entries(petition: Petition) -> Iterator[dict[str, Any]]:
    """Public events, the newest first: their names, when, and what is meant for the petitioner."""
    for event in history.timeline(petition):
        kind = history.kind_of(event.kind)
        if kind.public:
            yield {"at": event.at, "title": kind.label, "text": mask_text(_told(event, petition)), "icon": kind.icon}


def _told(event: Any, petition: Petition) -> str:
    """The part of an event that is addressed to the petitioner."""
    data = event.data
    if event.kind == events.DISPATCHED:
        return f"由{data.get('lead', '')}办理，办结时限 {data.get('due', '')}"
    if event.kind == events.REPLIED:
        return str(data.get("reply", ""))
    if event.kind == events.REFUSED:
        return str(data.get("reason", ""))
    if event.kind == events.REWORKED:
        return f"已要求重新办理，新的时限 {data.get('due', '')}"
    return ""


def state_words(petition: Petition) -> str:
    """The state in a resident's words."""
    return {
        State.REGISTERED: "已收到，等待受理",
        State.ACCEPTED: "已受理，正在安排办理单位",
        State.DISPATCHED: "已派给办理单位",
        State.OBJECTED: "正在核实办理单位",
        State.HANDLING: "正在办理",
        State.SUSPENDED: "条件暂不具备，已列入后续办理",
        State.REPLIED: "已答复，正在核查",
        State.VERIFIED: "已答复，等待回访",
        State.CALLED_BACK: "已回访",
    }.get(State(petition.state), State(petition.state).label)
