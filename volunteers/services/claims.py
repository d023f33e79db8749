"""Taking an order, giving it back, serving it (抢单、退单、完成): one winner, whoever comes at the same moment.

Locks: the order first, then the volunteer, then what hangs on them.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from accounts.services.notifications import message, notify
from common import calendar
from common.decisions import Denied
from common.errors import Conflict, Invalid, Refused
from grid.choices import Level
from grid.models import Unit
from volunteers.choices import OrderState, RecordSource
from volunteers.models import Order, Provider, Volunteer
from volunteers.models.activities import MOST_HOURS
from volunteers.policies import orders as policies
from volunteers.rules import order_rule, order_rule_of
from volunteers.services.care import care_use
from volunteers.services.records import Service, record_services
from volunteers.services.texts import checked_line, checked_reason
from volunteers.workflow.orders import ORDER_FLOW

TAKEN = "这一单刚刚被别人接走了，请看看其他订单。"
MINUTE = timedelta(minutes=1)


def shown(at: datetime) -> str:
    """A moment as people here write it."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def server_name(order: Order) -> str:
    """Who serves the order, without a name of a person."""
    if order.provider is not None:
        return order.provider.name
    return f"志愿者 {order.volunteer.number}" if order.volunteer is not None else ""


# --- claiming


@ORDER_FLOW.service("claim")
def order_claim(*, order: Order, actor: Any) -> Order:
    """Take an open order, for the actor's provider or as the volunteer whose account it is. The first one wins."""
    try:
        with ORDER_FLOW.step("claim", order, actor) as step:
            found = policies.claimer_of(step.object, actor)
            if isinstance(found, Denied):  # the guard has asked already; rights may end in between
                raise Refused(found.reason)
            _take(step, found)
    except (Http404, Conflict):
        _explain(order)
        raise
    return step.object


def order_claim_as_volunteer(*, order: Order, volunteer: Volunteer) -> Order:
    """The same on the volunteer's own page, without account."""
    try:
        with transaction.atomic():
            locked = lock(order)
            with ORDER_FLOW.open_step("claim", locked) as step:
                _take(step, volunteer)
    except Conflict:
        _explain(order)
        raise
    return locked


def lock(order: Order) -> Order:
    return Order.objects.select_for_update(of=("self",)).select_related("policy", "unit").get(pk=order.pk)


def _explain(order: Order) -> None:
    """Whoever came second is told so, and not that the order is gone."""
    if Order.objects.filter(pk=order.pk, state=OrderState.CLAIMED).exists():
        raise Conflict(TAKEN)


def give_to(step: Any, provider: Provider | None, volunteer_number: str) -> None:
    """The order goes to one provider or one volunteer, as the community says."""
    number = volunteer_number.strip()
    if (provider is None) == (not number):
        raise Invalid("请选择一家服务单位，或填写一位志愿者的编号，只选一个。", "provider")
    if provider is not None:
        if not provider.is_active:
            raise Invalid(f"“{provider}”已停用，请另选。", "provider")
        _take(step, provider)
        return
    volunteer = Volunteer.objects.active().filter(number=number).first()
    if volunteer is None:
        raise Invalid(f"没有编号为“{number[:20]}”的在册志愿者，请核对。", "volunteer_number")
    _take(step, volunteer)


def _take(step: Any, server: Provider | Volunteer) -> None:
    order, rule = step.object, order_rule_of(step.object.policy)
    if isinstance(server, Volunteer):
        server = _locked_volunteer(order, server, ordinary=step.action.name == "claim")
        step.set(volunteer=server, provider=None)
    else:
        step.set(provider=server, volunteer=None)
    due = calendar.add_limit(step.at, rule.limits[order.kind].finish)
    step.set(claimed_at=step.at, finish_due_at=due, late_at=None)
    step.data.update(by=server_name(order), due=shown(due))


def _locked_volunteer(order: Order, volunteer: Volunteer, *, ordinary: bool) -> Volunteer:
    """The volunteer under lock, so that two claims at once cannot both be the last one allowed.

    ``ordinary``: claimed, and so bound to the rule of who may claim; the community may give an order to
    any active volunteer but the one who ordered it.
    """
    locked = Volunteer.objects.select_for_update(of=("self",)).select_related("person", "unit").get(pk=volunteer.pk)
    if ordinary:
        assert order.policy is not None  # every order keeps the version of its rule
        decision = policies.volunteer_may_claim(order, locked, order_rule_of(order.policy))
    else:
        decision = policies.volunteer_may_serve(order, locked)
    if isinstance(decision, Denied):
        raise Refused(decision.reason)
    most = order_rule(timezone.localdate()).most_open_claims
    held = Order.objects.filter(volunteer=locked, state=OrderState.CLAIMED).exclude(pk=order.pk).count()
    if held >= most:
        raise Refused(f"志愿者 {locked.number} 手上已有 {held} 单没有完成，最多同时接 {most} 单，请先完成再接。")
    return locked


# --- giving back


@ORDER_FLOW.service("give_back")
def order_give_back(*, order: Order, actor: Any, note: str) -> Order:
    """Whoever took the order cannot come: it is open again."""
    with ORDER_FLOW.step("give_back", order, actor) as step:
        step.data.update(by=server_name(step.object), note=note)
        released(step)
    return step.object


def order_give_back_as_volunteer(*, order: Order, volunteer: Volunteer, note: str) -> Order:
    note = checked_reason(note, "note")
    with transaction.atomic():
        locked = _own(order, volunteer)
        with ORDER_FLOW.open_step("give_back", locked) as step:
            step.data.update(by=server_name(locked), note=note)
            released(step)
    return locked


def _own(order: Order, volunteer: Volunteer) -> Order:
    """The locked order, when it is in the volunteer's hands; else it is not there."""
    locked = lock(order)
    if locked.volunteer_id != volunteer.pk:
        raise Http404
    return locked


def released(step: Any) -> None:
    """Open again for whoever may claim, with a fresh limit; it may be raised once more."""
    order = step.object
    due = calendar.add_limit(step.at, order_rule_of(order.policy).limits[order.kind].claim)
    step.set(
        provider=None, volunteer=None, claimed_at=None, finish_due_at=None, claim_due_at=due, raised_at=None,
        late_at=None,
    )  # fmt: skip


# --- done


@ORDER_FLOW.service("done")
def order_done(*, order: Order, actor: Any, day: date, start: time, hours: Decimal, result: str) -> Order:
    """Reported by whoever served. A volunteer's hours wait for the community or a good review: nobody confirms their own."""
    with ORDER_FLOW.step("done", order, actor) as step:
        _serve(step, day, start, hours, result, earliest=step.object.claimed_at)
    return step.object


def order_done_as_volunteer(
    *, order: Order, volunteer: Volunteer, day: date, start: time, hours: Decimal, result: str
) -> Order:
    with transaction.atomic():
        locked = _own(order, volunteer)
        with ORDER_FLOW.open_step("done", locked) as step:
            _serve(step, day, start, hours, result, earliest=locked.claimed_at)
    return locked


@ORDER_FLOW.service("complete")
def order_complete(*, order: Order, actor: Any, day: date, start: time, hours: Decimal, result: str) -> Order:
    """Entered by the community, the organiser (志愿服务条例 art. 19): a volunteer's hours are confirmed at once."""
    with ORDER_FLOW.step("complete", order, actor) as step:
        _serve(step, day, start, hours, result, earliest=None)
        if step.object.volunteer is not None:
            confirm_hours(step, hours)
    return step.object


def _serve(step: Any, day: date, start: time, hours: Decimal, result: str, *, earliest: datetime | None) -> None:
    result = checked_line(result, "result", "服务情况", 1000, required=True)
    started = timezone.make_aware(datetime.combine(day, start))
    ended = _ended(started, hours, step.at)
    if earliest is not None and started < earliest.replace(second=0, microsecond=0):
        raise Invalid(f"服务开始时间不能早于接单时间 {shown(earliest)}；接单前已经服务的，请由社区登记。", "start")
    step.set(done_at=step.at, started_at=started, ended_at=ended, hours=hours, result=result, late_at=None)
    if step.object.care_recipient_id is not None:
        care_use(step.object, hours, day, step.actor)
    step.data.update(by=server_name(step.object), day=f"{day:%Y-%m-%d}", hours=f"{hours:.2f}", result=result)


def _ended(started: datetime, hours: Decimal, now: datetime) -> datetime:
    if not 0 < hours <= MOST_HOURS:
        raise Invalid(f"服务时长应大于 0、不超过 {MOST_HOURS} 小时，超过一天的请分开登记。", "hours")
    ended = started + timedelta(seconds=int(hours * 3600))
    if ended > now:
        raise Invalid("服务还没有结束，不能提前登记完成；请核对日期、时间和时长。", "hours")
    return ended


# --- hours


@ORDER_FLOW.service("confirm")
def order_confirm(*, order: Order, actor: Any, hours: Decimal | None = None) -> Order:
    """The community confirms what a volunteer reported, or fewer hours of it."""
    with ORDER_FLOW.step("confirm", order, actor) as step:
        hours = hours or step.object.hours
        if step.object.care_recipient_id is not None and hours != step.object.hours:
            raise Invalid("照料时长已按申报扣除，不能只确认一部分；有误的请退回重做。", "hours")
        confirm_hours(step, hours)
        step.data.update(by=server_name(step.object), hours=f"{hours:.2f}")
    return step.object


def confirm_hours(step: Any, hours: Decimal) -> None:
    """Write the record of service with its points and stars, in the transaction of the step."""
    order = step.object
    if step.actor is not None and order.volunteer.user_id == step.actor.pk:
        raise Refused("本人的服务时长须由别人确认，请由另一位同事办理。")
    service = Service(
        order.volunteer, order.unit, RecordSource.ORDER, order.theme, order.title, order.started_at, order.ended_at,
        hours, order=order,
    )  # fmt: skip
    record_services([service], actor=step.actor)
    step.set(confirmed_at=step.at, hours=hours)


# --- raising to the street


def hand_over(order: Order, at: datetime) -> None:
    """Tell the street that an order needs it."""
    street = Unit.objects.filter(code__in=order.unit.path_codes, level=Level.STREET).first() or order.unit
    notify([street_message(order, street, at)])


def street_message(order: Order, street: Unit, at: datetime) -> Any:
    return message(
        to=street, text=f"订单 {order.number}“{order.title}”无人接单，请街道协调。", url=order.get_absolute_url(),
        key=f"order:{order.pk}:raised:{at.isoformat()}", tone="amber", at=at,
    )  # fmt: skip
