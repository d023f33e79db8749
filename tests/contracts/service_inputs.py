"""How the forms of orders and points are filled in: a part of ``inputs.py``, one block per field."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from common import policies
from common.models import Policy
from tests.contracts.filling import Fill, Sent, about, act, plain, today
from tests.contracts.volunteers_inputs import DESK, in_days, volunteer
from tests.contracts.world import World
from tests.factories.rules import make_rules
from tests.factories.shop import give_points
from tests.factories.volunteers import make_programme, make_provider
from tests.volunteers.orders_support import Desk, earlier, served
from volunteers.choices import OrderRefusal, ProviderKind
from volunteers.models import (
    CareRecipient,
    Entry,
    MenuItem,
    Order,
    PointsRequest,
    Provider,
    VisitDuty,
    Volunteer,
)
from volunteers.services.care import care_start
from volunteers.services.donations import donate
from volunteers.services.points_requests import adjustment_propose
from volunteers.services.providers import menu_item_add, visit_duty_agree

GROUP = "第 3 组"
ITEMS = {"programme": "volunteer", "items": [{"key": "study", "label": "参加主题党日", "points": "5", "most": 2}]}


# --- orders, lists, providers, care


def _desk(world: World) -> Desk:
    """The community with rules, a firm whose operator is the provider, and a volunteer."""
    person = volunteer(world)
    firm = make_provider(world.tree.community, world.staff["provider"])
    return Desk(world.tree, world.staff, firm, person)


def _order(state: str, **values: Any) -> Any:
    """``place``, ``open``, ``claimed`` or ``done``: how far the order has come."""
    return lambda world: getattr(_desk(world), state)(**values)


def _of_firm(world: World) -> Order:
    """In the hands of the firm, since three hours."""
    desk = _desk(world)
    with earlier():
        return desk.act(desk.open(), "claim", "provider")


def _served_words(world: World) -> dict[str, str]:
    values = served()
    return {
        "day": f"{values['day']:%Y-%m-%d}", "start": f"{values['start']:%H:%M}", "hours": "1.5", "result": "已换好阀芯。",
    }  # fmt: skip


def _done(world: World) -> Sent:
    return Sent("provider", _served_words(world), {"pk": _of_firm(world).pk, "action": "done"})


def _complete(world: World) -> Sent:
    return Sent(DESK, _served_words(world), {"pk": _order("claimed")(world).pk, "action": "complete"})


def _of_volunteer(data: Any) -> Fill:
    def fill(world: World) -> Sent:
        desk = _desk(world)
        return Sent("", data(world), {"pk": desk.claimed().pk}, volunteer=desk.volunteer)

    return fill


def _firm(world: World) -> Provider:
    return _desk(world).firm


def _item(world: World) -> MenuItem:
    make_rules()
    return menu_item_add(
        actor=world.user(DESK), unit=world.tree.community, list="resource", title="上门理发", kind="service"
    )


def _co_builder(world: World) -> None:
    make_rules()
    Provider.objects.create(
        name="区供电公司", kind=ProviderKind.CO_BUILDING_UNIT, unit=world.tree.street, visit_group=GROUP
    )


def _visit(world: World) -> VisitDuty:
    _co_builder(world)
    return visit_duty_agree(actor=world.user(DESK), unit=world.tree.community, group=GROUP)


def _new_visit(world: World) -> Sent:
    _co_builder(world)
    return Sent(DESK, {"unit": str(world.tree.community.pk), "group": GROUP})


def _elder(world: World) -> CareRecipient:
    make_rules()
    day = timezone.localdate()
    return care_start(
        actor=world.user(DESK), unit=world.tree.community, name="李桂兰", phone="13900000002", address="5号楼1单元301",
        hours=Decimal(40), first_day=day - timedelta(days=30), last_day=day + timedelta(days=300),
    )  # fmt: skip


def with_rules(role: str, **data: Any) -> Fill:
    def fill(world: World) -> Sent:
        make_rules()
        make_programme()
        return Sent(role, {name: value(world) if callable(value) else value for name, value in data.items()})

    return fill


def community(world: World) -> str:
    return str(world.tree.community.pk)


def _public_order(world: World) -> Sent:
    make_rules()
    return Sent("", {
        "title": "帮忙修水龙头", "kind": "service", "name": "王阿姨", "phone": "13900000002", "address": "3号楼2单元101",
        "consent": "on",
    }, query={"community": community(world)})  # fmt: skip


def _own_order(world: World) -> Sent:
    return Sent(
        "", {"title": "帮忙修水龙头", "kind": "service", "address": "3号楼2单元101"}, volunteer=volunteer(world)
    )


ORDERS: dict[str, Fill] = {
    "volunteers:order-new": with_rules(
        DESK, unit=community, title="上门理发", kind="service", address="3号楼2单元101", name="王阿姨", phone="13900000002"
    ),
    "volunteers:order-report": with_rules(
        "grid_worker", unit=lambda world: str(world.tree.grid.pk), title="独居老人需要买药", kind="report"
    ),
    "volunteers:order-act": act("publish", _order("place")),
    "volunteers:order-act assign": act(
        "assign", _order("place"), volunteer_number=lambda world: Volunteer.objects.get().number
    ),
    "volunteers:order-act claim": act("claim", _order("open"), "provider"),
    "volunteers:order-act raise": act("raise", _order("open"), note="社区没有会修的人"),
    "volunteers:order-act done": _done,
    "volunteers:order-act complete": _complete,
    "volunteers:order-act take_back": act("take_back", _order("claimed"), note="联系不上"),
    "volunteers:order-act reassign": act(
        "reassign", _order("claimed"), provider=lambda world: str(Provider.objects.get().pk)
    ),
    "volunteers:order-act review": act("review", _order("done"), stars="5", note="很好"),
    "volunteers:order-act confirm": act("confirm", _order("done"), hours="1.25"),
    "volunteers:order-act return": act("return", _order("done"), note="下单人反映没有修好"),
    "volunteers:order-act refuse": act("refuse", _order("place"), reason=OrderRefusal.values[0], note="不属于志愿服务"),
    "volunteers:order-act withdraw": act("withdraw", _order("place"), note="已经自己修好"),
    "volunteers:menu-new": with_rules(DESK, unit=community, list="resource", title="上门理发", kind="service"),
    "volunteers:menu-change": about(DESK, _item, lambda world: {"KEEP": True, "about": "每月第一个周六"}),
    "volunteers:provider-new": with_rules(DESK, unit=community, name="惠民超市", kind="shop", phone="0439-3720000"),
    "volunteers:provider-change": about(DESK, _firm, lambda world: {"KEEP": True, "about": "水电维修"}),
    "volunteers:visit-new": _new_visit,
    "volunteers:visit-change": about(DESK, _visit, plain(group=GROUP)),
    "volunteers:care-new": with_rules(
        DESK, unit=community, name="李桂兰", phone="13900000002", hours="40", first_day=lambda world: today(),
        last_day=lambda world: in_days(300),
    ),
    "volunteers:care-hours": about(DESK, _elder, plain(hours="10", note="第二季度购买")),
    "volunteers:care-change": about(DESK, _elder, lambda world: {"needs": "助浴", "last_day": in_days(200)}),
    "volunteers:care-end": about(DESK, _elder, plain(note="搬到女儿家")),
    "volunteers:care-visit": about(DESK, _elder, plain(title="助浴")),
    "volunteers:public-order": _public_order,
    "volunteers:own-order-new": _own_order,
    "volunteers:own-order-done": _of_volunteer(_served_words),
    "volunteers:own-order-give-back": _of_volunteer(plain(note="临时有事")),
}  # fmt: skip


# --- points


def _rich(world: World) -> Volunteer:
    """A volunteer with twenty points."""
    person = volunteer(world)
    give_points(person, "20")
    return person


def programme(world: World) -> str:
    return str(make_programme().pk)


def _entry(world: World) -> Entry:
    _rich(world)
    return Entry.objects.get()


def _request(world: World) -> PointsRequest:
    return adjustment_propose(
        actor=world.user(DESK), volunteer=volunteer(world), programme=make_programme(), amount=Decimal("2.5"),
        day=timezone.localdate(), reason="漏记一次服务",
    )  # fmt: skip


def _adjusted(world: World) -> Sent:
    return Sent(DESK, {
        "volunteer": volunteer(world).number, "programme": programme(world), "amount": "2.5", "day": today(),
        "reason": "漏记一次服务",
    })  # fmt: skip


def _member_item(world: World) -> Sent:
    person = volunteer(world)
    rule = Policy.objects.get(key="member_items")
    Policy.objects.filter(pk=rule.pk).update(data={**rule.data, **ITEMS})
    policies.forget()
    return Sent(DESK, {"volunteer": person.number, "item": "study", "day": today(), "reason": "七月主题党日"})


def _granted(world: World) -> Sent:
    donate(volunteer=_rich(world), programme=make_programme(), amount=Decimal(10), request_key=uuid4())
    return Sent(DESK, {
        "pool": community(world), "volunteer": Volunteer.objects.get().number, "programme": programme(world),
        "amount": "5", "reason": "家中有困难",
    })  # fmt: skip


def _statements(world: World) -> Sent:
    make_programme()
    return Sent(DESK, {"unit": community(world), "year": str(timezone.localdate().year)})


def _donated(world: World) -> Sent:
    return Sent("", {"programme": programme(world), "amount": "5", "note": "加油"}, volunteer=_rich(world))


POINTS: dict[str, Fill] = {
    "volunteers:points-adjust": _adjusted,
    "volunteers:points-item": _member_item,
    "volunteers:points-grant": _granted,
    "volunteers:points-reverse": about(DESK, _entry, plain(reason="记错了人")),
    "volunteers:points-request-act": act("approve", _request, "street_officer", note="属实"),
    "volunteers:points-request-act deny": act("deny", _request, "street_officer", note="已经记过"),
    "volunteers:points-request-act withdraw": act("withdraw", _request, note="填错了人"),
    "volunteers:points-statements": _statements,
    "volunteers:own-points-donate": _donated,
}


FORMS: dict[str, Fill] = {**ORDERS, **POINTS}
