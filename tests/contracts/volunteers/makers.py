"""How rows of volunteer service come about, here and at a neighbour's: what the entries of this package are made of."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from common import policies
from common.jobs import enqueue
from common.models import Job, Policy
from tests.contracts.world import World
from tests.factories.activities import START, make_activity, make_participation
from tests.factories.shop import PNG, give_points
from tests.factories.volunteers import make_menu_item, make_programme, make_provider, make_volunteer
from tests.volunteers.activity_support import serve
from tests.volunteers.orders_support import served
from volunteers import sign_codes
from volunteers.choices import ActivityState, EntryKind, MenuList, ProductKind, RecordSource, RedemptionState
from volunteers.models import (
    Account,
    Activity,
    Agreement,
    CareRecipient,
    Certificate,
    Entry,
    Membership,
    MenuItem,
    Nomination,
    Order,
    Participation,
    PartnerService,
    PointsRequest,
    Product,
    Programme,
    Provider,
    Redemption,
    ServiceRecord,
    Settlement,
    Shop,
    StarAward,
    Team,
    VisitDuty,
    Volunteer,
)
from volunteers.services.care import care_start
from volunteers.services.certificates import certificate_issue
from volunteers.services.claims import order_done_as_volunteer
from volunteers.services.orders import order_place
from volunteers.services.people import number_of
from volunteers.services.points_requests import adjustment_propose
from volunteers.services.records import Service, record_services
from volunteers.services.redemptions import redeem
from volunteers.services.shop import product_create
from volunteers.workflow.orders import ORDER_FLOW

DESK = "community_worker"
OWN_NUMBER = 1
EARLIER = 900_000  # numbers of people that nobody signed up


# --- people


def person(world: World, here: bool = True) -> Volunteer:
    return make_volunteer(world.community(here), number=number_of(EARLIER + next(world.numbers)))


def own(world: World) -> Volunteer:
    """The volunteer whose own pages are tried."""
    found = Volunteer.objects.filter(number=number_of(OWN_NUMBER)).first()
    return found or make_volunteer(world.community(), number=number_of(OWN_NUMBER), name="李秀兰")


def team(world: World, here: bool) -> Team:
    """With a leader and two more."""
    leader = person(world, here)
    row = Team.objects.create(
        name=f"楼道服务第{next(world.numbers)}队", unit=world.community(here), founded_on=date(2026, 3, 5),
        leader=leader,
    )  # fmt: skip
    for volunteer in (leader, person(world, here), person(world, here)):
        Membership.objects.create(team=row, volunteer=volunteer, first_day=row.founded_on)
    return row


# --- activities and records


def activity(world: World, here: bool = True, **fields: Any) -> Activity:
    title = f"楼道清洁第{next(world.numbers)}次"
    return make_activity(world.community(here), title=title, created_by=world.user(DESK, here), **fields)


def joined_activity(world: World, here: bool) -> Activity:
    """With three people on its list."""
    row = activity(world, here)
    for _ in range(3):
        make_participation(row, person(world, here))
    return row


def participation(world: World, here: bool) -> Participation:
    return serve(make_participation(activity(world, here), person(world, here)))


def own_participation(world: World) -> dict[str, Any]:
    """Each on another day: nobody takes part in two activities at once."""
    day = START + timedelta(days=next(world.numbers))
    return {"pk": make_participation(activity(world, starts_at=day), own(world)).pk}


def sign_token(world: World) -> dict[str, Any]:
    row = activity(world, starts_at=timezone.now() + timedelta(minutes=10))
    return {"token": sign_codes.token(row, sign_codes.IN, timezone.now())}


def ended(world: World) -> dict[str, Any]:
    return {"pk": activity(world, state=ActivityState.ENDED, starts_at=timezone.now() - timedelta(days=1)).pk}


def record(world: World, here: bool, of: Volunteer | None = None) -> ServiceRecord:
    """Two hours in one morning, another one each time; with its points."""
    number = next(world.numbers)
    day = timezone.localdate() - timedelta(days=number)
    start = datetime.combine(day, time(8), timezone.get_default_timezone())
    service = Service(
        volunteer=of or person(world, here), unit=world.community(here), source=RecordSource.IMPORT, theme="civility",
        what=f"清扫积雪第{number}次", started_at=start, ended_at=start + timedelta(hours=2),
    )  # fmt: skip
    return record_services([service], actor=world.user(DESK, here))[0]


# --- honours and certificates


def star(world: World, here: bool) -> StarAward:
    return StarAward.objects.create(
        volunteer=person(world, here), stars=1, label="一星志愿者", measure=Decimal(100),
        policy=Policy.objects.get(key="stars"), on=timezone.localdate(),
    )  # fmt: skip


def nomination(world: World, here: bool) -> Nomination:
    return Nomination.objects.create(
        honour="最美志愿者", year=timezone.localdate().year, volunteer=person(world, here), deeds="多年为邻里义务理发。",
        nominated_by=world.user(DESK, here), nominated_at=timezone.now(),
    )  # fmt: skip


def certificate(world: World, here: bool, of: Volunteer | None = None) -> Certificate:
    served = record(world, here, of)
    return certificate_issue(
        actor=world.user(DESK, here), volunteer=served.volunteer, first_day=served.day, last_day=served.day,
        request_key=uuid.uuid4(),
    )  # fmt: skip


# --- points


def entry(world: World, here: bool, of: Volunteer | None = None) -> Entry:
    give_points(of or person(world, here), "5")
    return Entry.objects.latest("pk")


def account(world: World, here: bool) -> Account:
    return entry(world, here).lines.get(amount__gt=0).account


def programme(world: World, here: bool) -> Programme:
    number = next(world.numbers)
    return Programme.objects.create(key=f"extra-{number}", name=f"专项积分{number}")


def receiver(row: Entry) -> str:
    volunteer = row.lines.get(amount__gt=0).account.volunteer
    assert volunteer is not None
    return str(volunteer.number)


def points_request(world: World, here: bool) -> PointsRequest:
    return adjustment_propose(
        actor=world.user(DESK, here), volunteer=person(world, here), programme=make_programme(), amount=Decimal(3),
        day=timezone.localdate(), reason=f"漏记服务第{next(world.numbers)}次",
    )  # fmt: skip


def statement(world: World) -> dict[str, Any]:
    """A volunteer with points, and the file of them."""
    entry(world, True, own(world))
    return {"pk": own(world).pk, "file_format": "xlsx"}


# --- orders, menus, providers, care


def order(world: World, here: bool = True, **values: Any) -> Order:
    """Placed by telephone."""
    base = {
        "title": f"修第{next(world.numbers)}个水龙头", "unit": world.community(here), "name": "王建国", "phone": "13900000001",
        "address": "江南小区3号楼2单元101",
    }  # fmt: skip
    return order_place(**{"actor": None, **base, **values}).order


def act(world: World, row: Order, name: str, here: bool = True, **data: Any) -> Order:
    return ORDER_FLOW.perform(name, row, world.user(DESK, here), **data)


def opened(world: World, here: bool, **data: Any) -> Order:
    return act(world, order(world, here), "publish", here, **data)


def claimed(world: World, here: bool, by: Volunteer | None = None) -> Order:
    number = (by or person(world, here)).number
    return act(world, order(world, here), "assign", here, volunteer_number=number)


def done(world: World, here: bool) -> Order:
    """Taken three hours ago by a volunteer, who writes down what was done."""
    now, volunteer = timezone.now(), person(world, here)
    with time_machine.travel(now - timedelta(hours=3), tick=False):
        row = claimed(world, here, volunteer)
    return order_done_as_volunteer(order=row, volunteer=volunteer, **served())


def provider(world: World, here: bool = True) -> Provider:
    """Operated by the one who works in the community, so that one person sees both desks."""
    name = f"安居物业第{next(world.numbers)}分公司"
    return make_provider(world.community(here), world.user(DESK, here), name=name)


def menu_item(world: World, here: bool) -> MenuItem:
    return make_menu_item(world.community(here), title=f"上门理发第{next(world.numbers)}组", list=MenuList.RESOURCE)


def visit(world: World, here: bool) -> VisitDuty:
    """The community's group; the one before it has ended."""
    VisitDuty.objects.filter(unit=world.community(here), is_active=True).update(is_active=False)
    return VisitDuty.objects.create(unit=world.community(here), group=f"包联第{next(world.numbers)}组")


def care(world: World, here: bool) -> CareRecipient:
    return care_start(
        actor=world.user(DESK, here), unit=world.community(here), name="赵桂英", hours=Decimal(40), needs="助浴",
        phone=f"1390001{next(world.numbers):04d}", address="江南小区1号楼", first_day=date(2026, 1, 1), last_day=date(2026, 12, 31),
    )  # fmt: skip


# --- shops, redemptions, partners


def shop(world: World, here: bool = True, run_by: Provider | None = None) -> Shop:
    return Shop.objects.create(
        name=f"积分超市第{next(world.numbers)}店",
        unit=world.community(here),
        programme=make_programme(),
        provider=run_by,
    )


def product(world: World, here: bool = True, run_by: Provider | None = None) -> Product:
    return product_create(
        actor=world.user(DESK, here), shop=shop(world, here, run_by), name=f"大米第{next(world.numbers)}号",
        kind=ProductKind.GOODS, points=Decimal(5), value=Decimal("16.80"), stock=10,
        picture=SimpleUploadedFile("大米.png", PNG, "image/png"),
    )  # fmt: skip


def redemption(world: World, here: bool, of: Volunteer | None = None, run_by: Provider | None = None) -> Redemption:
    volunteer = of or person(world, here)
    give_points(volunteer, "5")
    goods = product(world, here, run_by)
    return redeem(volunteer=volunteer, product=goods, request_key=uuid.uuid4()).redemption


def supplier(world: World) -> Provider:
    """The one with shops here and at the neighbour's."""
    found = Provider.objects.filter(name="惠民超市").first()
    if found is None:
        found = make_provider(world.community(), name="惠民超市", kind="shop")
        shop(world, run_by=found)
    return found


def collected(world: World, here: bool) -> Redemption:
    row = redemption(world, here, run_by=supplier(world))
    Redemption.objects.filter(pk=row.pk).update(state=RedemptionState.COLLECTED, collected_at=timezone.now())
    return row


def settlement(world: World, here: bool) -> Settlement:
    return Settlement.objects.create(
        provider=provider(world, here), month=date(2026, 8, 1), lines=3, quantity=3, points=Decimal(15),
        value=Decimal("50.40"), settled_on=timezone.localdate(), settled_by=world.user(DESK, here),
    )  # fmt: skip


def agreement(world: World, here: bool) -> Agreement:
    return Agreement.objects.create(
        unit=world.community(here), provider=provider(world, here), room=f"党群中心{next(world.numbers)}室",
        rent=Decimal(12000), owed_hours=Decimal(120), service="为老人理发", first_day=date(2026, 1, 1),
        last_day=date(2026, 12, 31),
    )  # fmt: skip


def partner_service(world: World, here: bool) -> PartnerService:
    return PartnerService.objects.create(
        agreement=agreement(world, here), day=timezone.localdate(), hours=Decimal(6), people=2, what="义务理发"
    )


# --- the job that lets points lapse


LEDGER = ("volunteers_account", "volunteers_entry", "volunteers_line")
EXPIRED = [Decimal("5.00"), Decimal("5.00")]


def expiring(world: World) -> Job:
    """Two people hold points of a year whose end they lapse at, a third one points of this year."""
    year = timezone.localdate().year
    rule = Policy.objects.get(key="points")
    for programme in rule.data["programmes"]:
        programme["valid_years"] = 1
    rule.save()
    policies.forget()
    with time_machine.travel(timezone.now().replace(year=year - 2), tick=False):
        for _ in EXPIRED:
            entry(world, True)
    entry(world, True)
    return enqueue("volunteers.expire_points", actor=None, params={"year": year - 1}, label="积分到期清零")


def expired(world: World) -> list[Decimal]:
    rows = Entry.objects.filter(kind=EntryKind.EXPIRE)
    return [row.lines.get(amount__gt=0).amount for row in rows]
