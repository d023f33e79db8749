"""How an order comes into being, and what the community does with it (点单、报单、派单、评单)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from common import calendar, codes, profile, throttle
from common import events as history
from common.crypto import lookup_hash
from common.errors import Invalid, Refused
from common.phones import check_phone
from common.scope import scope_of
from common.series import next_number
from grid.models import Unit
from grid.querysets import covers
from volunteers import events, permissions
from volunteers.choices import MenuList, OrderKind, OrderRefusal
from volunteers.models import CareRecipient, MenuItem, Order, OrderPerson, Provider, VisitDuty, Volunteer
from volunteers.rules import order_rule, order_rule_of, themes
from volunteers.services.care import care_give_back
from volunteers.services.claims import give_to, hand_over, released, server_name, shown
from volunteers.services.texts import checked_line
from volunteers.workflow.orders import ORDER_FLOW

QUERY_CODE = "order-code"
USUAL_THEME = "convenience"
LENGTHS = {
    "title": ("需要什么", 60),
    "text": ("具体说明", 1000),
    "place": ("服务地点", 120),
    "address": ("住址", 120),
    "name": ("称呼", 40),
}
# Residents order services, wishes and what property firms offer; grid workers report; the rest is the community's.
PUBLIC_KINDS = (OrderKind.SERVICE, OrderKind.WISH, OrderKind.PROPERTY)
REPORT_KINDS = (OrderKind.REPORT, OrderKind.WISH)
PLACED = throttle.Rule("order", 20, timedelta(hours=1), "您所在的网络一小时内下单太多，请稍后再试，或联系所在社区。")


@dataclass(frozen=True)
class Placed:
    """A new order (or, for a repeated request, the one made before) and the code to follow it with."""

    order: Order
    code: str
    repeated: bool = False


def order_place(
    *,
    actor: Any,
    unit: Unit,
    title: str = "",
    kind: str = OrderKind.SERVICE,
    text: str = "",
    place: str = "",
    theme: str = "",
    menu_item: MenuItem | None = None,
    wanted_on: date | None = None,
    name: str = "",
    phone: str = "",
    address: str = "",
    ordered_by: Volunteer | None = None,
    care_recipient: CareRecipient | None = None,
    visit: VisitDuty | None = None,
    placed_at: datetime | None = None,
    request_key: uuid.UUID | None = None,
) -> Placed:
    """Place an order in a unit.

    ``actor`` is ``None`` for residents, volunteers on their own pages (``ordered_by``) and the system. What a
    menu item says (kind, title, theme) goes before the rest; one of a property firm goes straight to it
    (直通车). Raises ``Invalid`` for unusable input, ``Refused`` when the actor may not order for the unit.
    """
    if menu_item is not None:
        kind, title, theme = menu_item.kind, title.strip() or menu_item.title, theme or menu_item.theme
    texts = {"title": title, "text": text, "place": place, "address": address, "name": name}
    values = {
        key: checked_line(value, key, *LENGTHS[key], required=key == "title") for key, value in texts.items()
    }  # fmt: skip
    phone = check_phone(phone.strip())
    _check_wanted(wanted_on)
    _check_item(menu_item, unit)
    _check_may_order(actor, unit, kind)
    _check_care(kind, care_recipient)
    now = placed_at or timezone.now()
    request_key = request_key or uuid.uuid4()
    code = query_code(request_key)
    rule = order_rule(timezone.localdate(now))
    order = Order(
        kind=kind, unit=unit, title=values["title"], text=values["text"], place=values["place"],
        theme=theme or _usual_theme(now), menu_item=menu_item, wanted_on=wanted_on, care_recipient=care_recipient,
        visit=visit, policy=rule.policy, ordered_by=ordered_by, registered_by=actor, submitted_at=now,
        query_hash=codes.code_hash(code, QUERY_CODE), request_key=request_key,
    )  # fmt: skip
    person = OrderPerson(order=order, name=values["name"], phone=phone, address=values["address"])
    try:
        with transaction.atomic():
            _insert(order, person, actor)
    except IntegrityError as error:
        earlier = Order.objects.filter(request_key=request_key).first()
        if earlier is None:
            raise error
        return Placed(earlier, code, repeated=True)
    return Placed(order, code)


def order_place_public(*, source: str, **values: Any) -> Placed:
    """What a resident orders without account; ``source`` is where the request comes from.

    A telephone number is needed: somebody comes to the door. Raises ``throttle.TooMany`` past the limit.
    """
    if not values.get("phone", "").strip():
        raise Invalid("请填写电话，志愿者上门前要与您联系。", "phone")
    _check_public_kind(values)
    throttle.check(PLACED, source)
    placed = order_place(actor=None, **values)
    if not placed.repeated:
        throttle.note(PLACED, source)
    return placed


def query_code(request_key: uuid.UUID) -> str:
    """The code that belongs to an order's request: whoever placed it by hand tells it to the caller."""
    return codes.code_of(request_key, QUERY_CODE)


def _check_public_kind(values: dict[str, Any]) -> None:
    item = values.get("menu_item")
    kind = item.kind if item is not None else values.get("kind", OrderKind.SERVICE)
    if kind not in PUBLIC_KINDS:
        raise Invalid("这一类服务请联系所在社区登记。", "kind")


def _insert(order: Order, person: OrderPerson, actor: Any) -> None:
    data = {"kind": order.get_kind_display(), "unit": order.unit.name}
    order.number = _number(order.submitted_at)
    history.record(order, events.ORDERED, actor=actor, data=data, at=order.submitted_at)
    if person.name or person.phone or person.address:
        person.order = order
        person.phone_hash = lookup_hash(person.phone, "phone") if person.phone else None
        person.save(force_insert=True)
    item = order.menu_item
    if order.kind == OrderKind.PROPERTY and item is not None and item.provider is not None:
        _send_straight(order, item.provider)
    elif order.visit is not None:
        _send_straight(order, None)


def _send_straight(order: Order, provider: Provider | None) -> None:
    """直通车: no desk in between; the firm's clock runs at once. A visit goes to the units of its group."""
    with ORDER_FLOW.open_step("publish", order) as step:
        to = str(provider) if provider is not None else f"{order.visit.group if order.visit else ''}各单位"
        _open(step, provider, "", to, "")


def _number(at: datetime) -> str:
    """District code, year and a running number without gaps."""
    code, year = profile.current().code, timezone.localtime(at).year
    return f"DD{code}{year}{next_number(f'order:{code}:{year}'):06d}"


def _usual_theme(at: datetime) -> str:
    keys = [theme.key for theme in themes(timezone.localdate(at))]
    return USUAL_THEME if USUAL_THEME in keys or not keys else keys[0]


def _check_wanted(day: date | None) -> None:
    if day is not None and day < timezone.localdate():
        raise Invalid("希望服务日期不能早于今天。", "wanted_on")


def _check_item(item: MenuItem | None, unit: Unit) -> None:
    if item is None:
        return
    if not item.is_active or item.list != MenuList.RESOURCE or not unit.path.startswith(item.unit.path):
        raise Invalid("所选的项目已经下架，或不为这个社区服务，请重新选择。", "menu_item")


def _check_may_order(actor: Any, unit: Unit, kind: str) -> None:
    if not unit.is_active:
        raise Invalid(f"“{unit.name}”已停用，请选择其他单位。", "unit")
    if actor is None:
        return
    scope = scope_of(actor)
    if covers(scope.holding(permissions.ORDERS), unit):
        return
    if not covers(scope.holding(permissions.REPORT_ORDER), unit):
        raise Refused(f"您不能为“{unit.name}”登记订单，请选择本人所在的单位。")
    if kind not in REPORT_KINDS:
        raise Refused("网格报单只能登记网格报单和微心愿，其他订单请由社区登记。")


def _check_care(kind: str, recipient: CareRecipient | None) -> None:
    if kind != OrderKind.CARE:
        if recipient is not None:
            raise Invalid("只有照料服务订单才能选择照料对象。", "care_recipient")
        return
    if recipient is None:
        raise Invalid("照料服务须选择照料对象，从照料对象页面下单。", "care_recipient")
    recipient.refresh_from_db(fields=["is_active", "left_hours"])
    if not recipient.is_active or recipient.left_hours <= 0:
        raise Invalid(f"照料对象 {recipient.number} 已没有剩余时长，请先购买。", "care_recipient")


# --- the community's part


def _open(step: Any, provider: Provider | None, limit: str, to: str, note: str) -> None:
    """Let the order be claimed; its clock starts now."""
    order = step.object
    claim = limit.strip().lower() or str(order_rule_of(order.policy).limits[order.kind].claim)
    try:
        due = calendar.add_limit(step.at, calendar.Limit.parse(claim))
    except ValueError:
        raise Invalid("时限应为数字加单位，如 2 日、4 小时。", "limit") from None
    step.set(provider=provider, volunteer=None, dispatched_at=step.at, claim_due_at=due, late_at=None)
    step.data.update(to=to, due=shown(due), note=note)


@ORDER_FLOW.service("publish")
def order_publish(
    *, order: Order, actor: Any, provider: Provider | None = None, limit: str = "", note: str = ""
) -> Order:
    """Put the order up for claiming: for everybody whom the rule lets claim, or for one provider."""
    with ORDER_FLOW.step("publish", order, actor) as step:
        to = str(provider) if provider is not None else "符合条件的志愿者和服务单位"
        _open(step, provider, limit, to, note)
    return step.object


@ORDER_FLOW.service("assign")
def order_assign(
    *, order: Order, actor: Any, provider: Provider | None = None, volunteer_number: str = "", note: str = ""
) -> Order:
    """Give the order to a provider or a volunteer who has already said yes."""
    with ORDER_FLOW.step("assign", order, actor) as step:
        if step.object.dispatched_at is None:
            step.set(dispatched_at=step.at)
        give_to(step, provider, volunteer_number)
        step.data.update(note=note)
    return step.object


@ORDER_FLOW.service("reassign")
def order_reassign(
    *, order: Order, actor: Any, provider: Provider | None = None, volunteer_number: str = "", note: str = ""
) -> Order:
    """Another provider or volunteer takes over; the limit starts again."""
    with ORDER_FLOW.step("reassign", order, actor) as step:
        step.data.update(old=server_name(step.object), note=note)
        give_to(step, provider, volunteer_number)
    return step.object


@ORDER_FLOW.service("raise")
def order_raise(*, order: Order, actor: Any, note: str) -> Order:
    """The community asks the street to find somebody; the order stays open."""
    with ORDER_FLOW.step("raise", order, actor) as step:
        step.set(raised_at=step.at)
        step.data.update(note=note)
        hand_over(step.object, step.at)
    return step.object


@ORDER_FLOW.service("take_back")
def order_take_back(*, order: Order, actor: Any, note: str) -> Order:
    """Free an order whose server cannot be reached; the limit to claim starts again."""
    with ORDER_FLOW.step("take_back", order, actor) as step:
        step.data.update(by=server_name(step.object), note=note)
        released(step)
    return step.object


@ORDER_FLOW.service("return")
def order_return(*, order: Order, actor: Any, note: str) -> Order:
    """What was reported as done was not: back to whoever took it; bought hours are given back too."""
    with ORDER_FLOW.step("return", order, actor) as step:
        care_give_back(step.object, actor)
        due = calendar.add_limit(step.at, order_rule_of(step.object.policy).limits[step.object.kind].finish)
        step.set(
            done_at=None, started_at=None, ended_at=None, hours=None, result="", finish_due_at=due, late_at=None
        )  # fmt: skip
        step.data.update(note=note)
    return step.object


@ORDER_FLOW.service("refuse")
def order_refuse(*, order: Order, actor: Any, reason: str, note: str) -> Order:
    with ORDER_FLOW.step("refuse", order, actor) as step:
        step.data.update(reason=OrderRefusal(reason).label, note=note)
    return step.object


@ORDER_FLOW.service("withdraw")
def order_withdraw(*, order: Order, actor: Any, note: str) -> Order:
    with ORDER_FLOW.step("withdraw", order, actor) as step:
        step.data.update(note=note)
    return step.object
