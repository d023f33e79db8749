"""The loop of a ticket, one function per row of ``petitions.workflow`` (北京市接诉即办工作条例 arts. 11–17).

Every function raises ``Http404`` outside the actor's scope, ``Refused`` without the right, ``Conflict``
when the ticket has moved on, and writes nothing in any of these cases. It hands back the ticket as saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from common import calendar
from common.errors import Invalid, Refused
from common.scope import scope_of
from grid.bodies import Body, as_columns, body_key
from grid.choices import Level
from grid.models import Unit
from petitions import clocks, permissions
from petitions.choices import AssignmentRole, ClockKind, ContactWay, Kind, RefusalReason, Satisfaction
from petitions.models import Assignment, Category, Contact, Petition
from petitions.services.attachments import attach_all
from petitions.services.cards import red_card_if_dissatisfied
from petitions.workflow import FLOW


@FLOW.service("accept")
def petition_accept(*, petition: Petition, actor: Any, category: Category) -> Petition:
    """Take the ticket on and settle what it is about."""
    with FLOW.step("accept", petition, actor) as step:
        step.set(category=category, accepted_at=step.at)
        step.data.update(category=category.name)
    return step.object


@FLOW.service("refuse")
def petition_refuse(*, petition: Petition, actor: Any, reason: str, note: str) -> Petition:
    """Refuse with a reason of art. 11; the petitioner is told another way."""
    with FLOW.step("refuse", petition, actor) as step:
        step.set(refusal_reason=RefusalReason(reason), ended_at=step.at)
        step.data.update(reason=RefusalReason(reason).label, note=note)
    return step.object


@FLOW.service("dispatch")
def petition_dispatch(
    *,
    petition: Petition,
    actor: Any,
    lead: Body,
    co_handlers: Sequence[Body] = (),
    limit: str = "",
    note: str = "",
) -> Petition:
    """Give the ticket to a lead and co-handlers; ``limit`` as ``5wd`` replaces the category's."""
    with FLOW.step("dispatch", petition, actor) as step:
        ticket = step.object
        _check_may_be_given(ticket, lead, may_take_place=True)
        for body in co_handlers:
            _check_may_be_given(ticket, body)
        others = _others(lead, co_handlers)
        step.limits[ClockKind.FINISH] = checked_limit(limit)
        step.set(**as_columns(lead, "lead_unit", "lead_department"), dispatched_at=step.at)
        if isinstance(lead, Unit) and _gives_a_grid(lead, ticket):
            step.set(grid=lead)  # now it is known which grid it is about, and its people see it
        due_at = _finish_due(ticket, step.at, limit)
        limit_text = limit or clocks.finish_limit(ticket.category, clocks.limits_policy(step.at).data)
        Assignment.objects.bulk_create(
            [_given(ticket, lead, AssignmentRole.LEAD, step.at, limit_text, due_at)]
            + [_given(ticket, body, AssignmentRole.CO_HANDLER, step.at, limit_text, due_at) for body in others]
        )
        step.data.update(
            lead=lead.name,
            lead_key=body_key(lead),
            co_handlers="、".join(body.name for body in others),
            due=shown(due_at),
            note=note,
        )
    return step.object


def _others(lead: Body, co_handlers: Iterable[Body]) -> list[Body]:
    """Co-handlers without the lead and without repeats."""
    seen = {body_key(lead)}
    others = []
    for body in co_handlers:
        if body_key(body) not in seen:
            seen.add(body_key(body))
            others.append(body)
    return others


def _check_may_be_given(ticket: Petition, body: Body, may_take_place: bool = False) -> None:
    """Units that see the ticket; never the body complained about in a report.

    ``may_take_place``: a grid of the ticket's community may lead a ticket that has no grid yet.
    """
    if not body.is_active:
        raise Invalid(f"“{body.name}”已停用，请选择其他单位。", "lead")
    if isinstance(body, Unit):
        if not (_sees(body, ticket) or (may_take_place and _gives_a_grid(body, ticket))):
            raise Refused(f"不能把工单派给辖区以外的“{body.name}”，请选择本件所在的街道、社区或网格。")
        return
    if ticket.kind == Kind.REPORT and ticket.about_department_id == body.pk:
        raise Refused("举报件不能交给被举报的部门办理（信访工作条例第三十条），请另选承办单位。")


def _sees(unit: Unit, ticket: Petition) -> bool:
    """The unit is above the ticket's place, or is it."""
    own = (ticket.unit_id, ticket.street_id, ticket.community_id, ticket.grid_id)
    return unit.level == Level.DISTRICT or unit.pk in own


def _gives_a_grid(unit: Unit, ticket: Petition) -> bool:
    return unit.level == Level.GRID and ticket.grid_id is None and unit.parent_id == ticket.community_id


def _given(ticket: Petition, body: Body, role: str, at: datetime, limit: str, due_at: datetime) -> Assignment:
    return Assignment(petition=ticket, role=role, given_at=at, limit=limit, due_at=due_at, **as_columns(body))


def _finish_due(ticket: Petition, at: datetime, limit: str) -> datetime:
    text = clocks.limit_of(ClockKind.FINISH, ticket, clocks.limits_policy(at), limit)
    return calendar.add_limit(at, calendar.Limit.parse(text))


def checked_limit(limit: str) -> str:
    """The limit as typed (``5wd``), or ``Invalid``; empty stays empty."""
    limit = limit.strip().lower()
    if limit:
        try:
            calendar.Limit.parse(limit)
        except ValueError:
            raise Invalid("时限应为数字加单位，如 5 个工作日、24 小时。", "limit") from None
    return limit


def shown(at: datetime) -> str:
    """A moment as people here write it."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


@FLOW.service("object")
def petition_object(*, petition: Petition, actor: Any, note: str) -> Petition:
    """The lead says it is not theirs; they stay responsible until it is upheld (art. 14)."""
    with FLOW.step("object", petition, actor) as step:
        step.data.update(note=note)
    return step.object


@FLOW.service("uphold_objection")
def petition_uphold_objection(*, petition: Petition, actor: Any, note: str = "") -> Petition:
    """Take the ticket back from its lead; it waits for another dispatch."""
    with FLOW.step("uphold_objection", petition, actor) as step:
        step.object.assignments.filter(ended_at=None).update(ended_at=step.at)
        step.set(lead_unit=None, lead_department=None, returns=step.object.returns + 1)
        step.data.update(note=note)
    return step.object


@FLOW.service("reject_objection")
def petition_reject_objection(*, petition: Petition, actor: Any, note: str) -> Petition:
    """The dispatch stands, and so do its limits."""
    with FLOW.step("reject_objection", petition, actor) as step:
        step.data.update(note=note)
    return step.object


@FLOW.service("sign")
def petition_sign(*, petition: Petition, actor: Any) -> Petition:
    """The lead takes the ticket over."""
    with FLOW.step("sign", petition, actor) as step:
        ticket = step.object
        ticket.assignments.filter(role=AssignmentRole.LEAD, ended_at=None).update(signed_at=step.at)
        step.set(signed_at=step.at)
        step.data.update(lead=ticket.lead.name if ticket.lead else "")
    return step.object


@FLOW.service("contact")
def petition_contact(*, petition: Petition, actor: Any, way: str, note: str) -> Petition:
    """Note a contact with the petitioner; the first one stops its clock (art. 15 (一))."""
    with FLOW.step("contact", petition, actor) as step:
        ticket = step.object
        Contact.objects.create(petition=ticket, way=ContactWay(way), note=note, by=actor, at=step.at)
        if ticket.contacted_at is None:
            step.set(contacted_at=step.at)
        step.data.update(way=ContactWay(way).label, note=note)
    return step.object


@FLOW.service("co_reply")
def petition_co_reply(*, petition: Petition, actor: Any, note: str) -> Petition:
    """A co-handler reports to the lead (art. 14)."""
    with FLOW.step("co_reply", petition, actor) as step:
        scope = scope_of(actor).holding(permissions.HANDLE)
        open_rows = step.object.assignments.filter(
            role=AssignmentRole.CO_HANDLER, ended_at=None, replied_at=None
        ).select_related("unit", "department")
        row = next(
            row for row in open_rows if row.department_id in scope.department_ids or row.unit_id in scope.unit_ids()
        )
        row.replied_at, row.reply = step.at, note
        row.save(update_fields=["replied_at", "reply"])
        step.data.update(body=row.body.name if row.body else "", note=note)
    return step.object


@FLOW.service("reply")
def petition_reply(*, petition: Petition, actor: Any, reply: str, files: Sequence[Any] = ()) -> Petition:
    """Answer the petitioner (art. 15 (三)); ``files`` are uploaded files."""
    with FLOW.step("reply", petition, actor) as step:
        ticket = step.object
        ticket.assignments.filter(role=AssignmentRole.LEAD, ended_at=None).update(replied_at=step.at, reply=reply)
        names = attach_all(petition=ticket, actor=actor, files=files)
        step.set(replied_at=step.at, reply=reply)
        step.data.update(reply=reply, files=names)
    return step.object


@FLOW.service("verify")
def petition_verify(*, petition: Petition, actor: Any, note: str = "") -> Petition:
    """The answer holds: on to the callback."""
    with FLOW.step("verify", petition, actor) as step:
        step.data.update(note=note)
    return step.object


@FLOW.service("rework")
def petition_rework(*, petition: Petition, actor: Any, note: str, limit: str = "") -> Petition:
    """Back to the lead, with a new finish limit."""
    with FLOW.step("rework", petition, actor) as step:
        ticket = step.object
        step.limits[ClockKind.FINISH] = checked_limit(limit)
        step.set(reworks=ticket.reworks + 1, replied_at=None)
        step.data.update(note=note, due=shown(_finish_due(ticket, step.at, limit)))
    return step.object


@FLOW.service("callback")
def petition_callback(*, petition: Petition, actor: Any, solved: bool, satisfaction: str, note: str = "") -> Petition:
    """What the petitioner says: solved? satisfied? A second 不满意 is a red card at once."""
    with transaction.atomic():
        with FLOW.step("callback", petition, actor) as step:
            verdict = Satisfaction(satisfaction)
            step.set(solved=solved, satisfaction=verdict, called_back_at=step.at)
            if verdict == Satisfaction.DISSATISFIED:
                step.set(dissatisfactions=step.object.dissatisfactions + 1)
            step.data.update(solved="已解决" if solved else "未解决", satisfaction=verdict.label, note=note)
        red_card_if_dissatisfied(step.object)
    return step.object


@FLOW.service("close")
def petition_close(*, petition: Petition, actor: Any, note: str = "") -> Petition:
    """The end of the loop."""
    return _end("close", petition, actor, note)


@FLOW.service("close_uncalled")
def petition_close_uncalled(*, petition: Petition, actor: Any, note: str) -> Petition:
    """The end for a ticket whose petitioner cannot be called."""
    return _end("close_uncalled", petition, actor, note)


@FLOW.service("withdraw")
def petition_withdraw(*, petition: Petition, actor: Any, note: str) -> Petition:
    """The petitioner takes it back."""
    return _end("withdraw", petition, actor, note)


def _end(name: str, petition: Petition, actor: Any, note: str) -> Petition:
    with FLOW.step(name, petition, actor) as step:
        step.object.assignments.filter(ended_at=None).update(ended_at=step.at)
        step.set(ended_at=step.at)
        step.data.update(note=note)
    return step.object
