"""Monthly statistics of service orders: exact figures by unit, kind, provider and month, in the reader's scope."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from accounts.roles import Role
from common.errors import Invalid, Refused
from common.reporting import Rate, get, prepare
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_provider, make_volunteer
from tests.volunteers.orders_support import Desk, moment, served
from volunteers.choices import OrderKind
from volunteers.models import Order

pytestmark = pytest.mark.django_db
MONTH = "2026-09"


@pytest.fixture
def desk(tree, staff):
    """September: five orders here (one withdrawn, one waiting, three done: five, four and no stars), one next door."""
    make_rules()
    make_programme()
    desk = Desk(tree, staff, make_provider(tree.community, staff["provider"]), make_volunteer(tree.community))
    with time_machine.travel(moment("2026-09-16 10:00"), tick=False) as clock:
        desk.act(desk.place(), "withdraw", "community_worker", note="不需要了")
        desk.place()
        taken = [desk.act(desk.place(), "publish", "community_worker", provider=desk.firm) for _ in range(3)]
        desk.place(unit=tree.sister_community)
        for order in taken:
            desk.act(order, "claim", "provider")
        clock.shift(timedelta(hours=3))
        for order in taken:
            desk.act(order, "done", "provider", **served())
        for order, stars in zip(taken, (5, 4), strict=False):
            desk.act(order, "review", "community_worker", stars=stars)
    Order.objects.filter(pk=taken[2].pk).update(done_at=taken[2].submitted_at + timedelta(days=60))
    with time_machine.travel(moment("2026-08-31 23:59"), tick=False):
        desk.place()
    with time_machine.travel(moment("2026-10-01 00:00"), tick=False):
        desk.place()
    return desk


def run(user, division="community", month=MONTH) -> dict:
    sheet = prepare(get("reports.orders"), user, {"month": month, "division": division}, timezone.now())
    return {row["name"]: row for row in sheet.rows}


def test_figures_of_a_community(desk, staff):
    row = run(staff["district_officer"])["江湾社区"]
    assert [row[name] for name in ("placed", "ended", "taken", "done", "reviews")] == [5, 1, 3, 3, 2]
    assert [row[name] for name in ("rate", "prompt", "kept")] == [Rate(3, 4), Rate(3, 3), Rate(2, 3)]
    assert row["stars"] == Decimal("4.50")


def test_every_unit_has_its_row_and_rates_are_totalled_from_their_parts(desk, staff):
    officer = staff["district_officer"]
    rows = run(officer)
    assert {name: row["placed"] for name, row in rows.items()} == {"江湾社区": 5, "和平社区": 1, "新建社区": 0}
    assert rows["新建社区"]["rate"] == Rate(0, 0)
    streets = run(officer, "street")
    assert (streets["城墙街道"]["placed"], streets["城墙街道"]["rate"]) == (6, Rate(3, 5))


def test_by_kind_and_by_provider(desk, staff):
    kinds = run(staff["district_officer"], "kind")
    assert {name: row["placed"] for name, row in kinds.items()} == {
        label: 6 if kind == OrderKind.SERVICE else 0 for kind, label in OrderKind.choices
    }
    providers = run(staff["district_officer"], "provider")
    assert {name: (row["placed"], row["done"]) for name, row in providers.items()} == {
        "安居物业": (3, 3), "志愿者或尚未接单": (3, 0),
    }  # fmt: skip


def test_twelve_months_end_with_the_chosen_one(desk, staff):
    months = run(staff["district_officer"], "month")
    assert (len(months), next(iter(months)), list(months)[-1]) == (12, "2025-10", "2026-09")
    assert [months[month]["placed"] for month in ("2026-07", "2026-08", "2026-09")] == [0, 1, 6]


def test_only_the_readers_area(desk, staff, tree):
    assert set(run(staff["community_worker"])) == {"江湾社区"}
    neighbour = make_user(Role.COMMUNITY_WORKER, tree.other_community)
    assert {name: row["placed"] for name, row in run(neighbour).items()} == {"新建社区": 0}
    assert sum(row["placed"] for row in run(neighbour, "month").values()) == 0
    with pytest.raises(Invalid):
        run(staff["community_worker"], "street")
    with pytest.raises(Refused):
        run(staff["provider"])


def test_a_street_leads_to_its_orders(desk, staff, client_for):
    officer, report = staff["district_officer"], get("reports.orders")
    params = {"month": MONTH, "division": "street"}
    row = run(officer, "street")["城墙街道"]
    placed = next(column for column in report.columns(params) if column.key == "placed")
    address = report.link(row, placed, params)
    assert len(client_for(officer).get(address).context["page"].rows) == row["placed"] == 6
