"""Entries of volunteer service: rows of every list, what addresses are about, lists of the API, reports of its pages.

``rows.py``, ``subjects.py``, ``test_api.py``, ``test_query_counts.py``, ``test_reports.py`` and ``test_jobs.py``
merge them in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.utils import timezone

from tests.contracts.volunteers import makers
from tests.contracts.volunteers.makers import EXPIRED, LEDGER, expired, expiring
from tests.contracts.world import PageOfReport, Rows, World
from tests.factories.volunteers import make_programme
from tests.volunteers.own_support import phone_of
from volunteers.choices import OrderState
from volunteers.models import Order, Team

__all__ = [
    "API_LISTS",
    "API_ROWS",
    "ELSEWHERE",
    "EXPIRED",
    "LEDGER",
    "MODEL_OF",
    "OF_MODEL",
    "PAGES_OF_REPORTS",
    "ROWS",
    "SPECIAL",
    "expired",
    "expiring",
    "visitor",
]


def number(row: Any) -> str:
    return str(row.number)


def of_volunteer(row: Any) -> str:
    return str(row.volunteer.number)


ROWS: dict[str, Rows] = {
    # people, teams
    "volunteers:volunteers": Rows(makers.person, number),
    "volunteers:teams": Rows(makers.team, lambda row: row.name),
    # activities, records
    "volunteers:activities": Rows(makers.activity, lambda row: row.title),
    "volunteers:records": Rows(makers.record, lambda row: row.what),
    # honours, certificates
    "volunteers:stars": Rows(makers.star, of_volunteer),
    "volunteers:nominations": Rows(makers.nomination, of_volunteer),
    "volunteers:certificates": Rows(makers.certificate, number),
    # points
    "volunteers:points-entries": Rows(makers.entry, makers.receiver),
    "volunteers:points-requests": Rows(makers.points_request, of_volunteer),
    # orders, menus, providers, care
    "volunteers:orders": Rows(makers.order, number),
    "volunteers:orders-to-dispatch": Rows(makers.order, number),
    "volunteers:orders-open": Rows(makers.opened, number),
    "volunteers:orders-in-service": Rows(makers.claimed, number),
    "volunteers:orders-to-review": Rows(makers.done, number),
    "volunteers:orders-raised": Rows(
        lambda world, here: makers.act(world, makers.opened(world, here), "raise", here, note="社区没有人会修。"), number
    ),
    "volunteers:orders-served": Rows(
        lambda world, here: makers.opened(world, here, provider=makers.provider(world, here)), number
    ),
    "volunteers:menu": Rows(makers.menu_item, lambda row: row.title),
    "volunteers:providers": Rows(makers.provider, lambda row: row.name),
    "volunteers:visits": Rows(makers.visit, lambda row: row.group),
    "volunteers:care": Rows(makers.care, number),
    # shops, redemptions, partners
    "volunteers:shops": Rows(makers.shop, lambda row: row.name),
    "volunteers:products": Rows(makers.product, lambda row: row.name),
    "volunteers:redemptions": Rows(makers.redemption, number),
    "volunteers:settlements": Rows(makers.settlement, lambda row: row.provider.name),
    "volunteers:agreements": Rows(makers.agreement, lambda row: row.room),
}  # fmt: skip

OF_MODEL: dict[str, Callable[[World, bool], Any]] = {
    "Volunteer": makers.person,
    "Team": makers.team,
    "Activity": makers.joined_activity,
    "Participation": makers.participation,
    "ServiceRecord": makers.record,
    "Nomination": makers.nomination,
    "Certificate": makers.certificate,
    "Account": makers.account,
    "Entry": makers.entry,
    "PointsRequest": makers.points_request,
    "Order": makers.order,
    "MenuItem": makers.menu_item,
    "Provider": makers.provider,
    "VisitDuty": makers.visit,
    "CareRecipient": makers.care,
    "Shop": makers.shop,
    "Product": makers.product,
    "Redemption": makers.redemption,
    "Agreement": makers.agreement,
    "PartnerService": makers.partner_service,
}

MODEL_OF = {
    "volunteers-api:volunteer": "Volunteer", "volunteers-api:team": "Team", "volunteers-api:activity": "Activity",
    "volunteers-api:order": "Order", "volunteers-api:order-timeline": "Order", "volunteers-api:order-claim": "Order",
    "volunteers:open-activity": "Activity",
    "volunteers-api:account": "Account", "volunteers-api:statement": "Account",
    "volunteers-api:points-request": "PointsRequest", "volunteers-api:shop": "Shop", "volunteers-api:product": "Product",
    "volunteers-api:redemption": "Redemption", "volunteers-api:redemption-collect": "Redemption",
    "volunteers-api:nomination": "Nomination", "volunteers-api:certificate": "Certificate",
}  # fmt: skip

SPECIAL: dict[str, Callable[[World], dict[str, Any]]] = {
    # people, teams
    "volunteers:volunteer-reveal": lambda world: {"pk": makers.person(world).pk, "field": "phone"},
    "volunteers:volunteer-act": lambda world: {"pk": makers.person(world).pk, "action": "leave"},
    "volunteers:team-remove": lambda world: _member_of(makers.team(world, True)),
    # activities, records
    "volunteers:activity-act": lambda world: {"pk": makers.activity(world).pk, "action": "cancel"},
    "volunteers:activity-confirm": makers.ended,
    "volunteers:participation-mark": lambda world: {"pk": makers.participation(world, True).pk, "verb": "in"},
    "volunteers:own-activity": lambda world: {"pk": makers.joined_activity(world, True).pk},
    "volunteers:own-leave-activity": makers.own_participation,
    "volunteers:own-notice-read": makers.own_participation,
    "volunteers:own-object": makers.own_participation,
    "volunteers:own-record-object": lambda world: {"pk": makers.record(world, True, makers.own(world)).pk},
    "volunteers:own-sign": makers.sign_token,
    # honours, certificates
    "volunteers:nomination-act": lambda world: {"pk": makers.nomination(world, True).pk, "action": "recommend"},
    "volunteers:own-certificate": lambda world: {"pk": makers.certificate(world, True, makers.own(world)).pk},
    # points
    "volunteers:points-request-act": lambda world: {"pk": makers.points_request(world, True).pk, "action": "withdraw"},
    "volunteers:points-statement-file": makers.statement,
    "volunteers:own-points-file": lambda world: {"file_format": makers.statement(world)["file_format"]},
    # orders, menus, providers, care
    "volunteers:order-act": lambda world: {"pk": makers.order(world).pk, "action": "publish"},
    "volunteers:order-reveal": lambda world: {"pk": makers.order(world).pk, "field": "phone"},
    "volunteers:care-reveal": lambda world: {"pk": makers.care(world, True).pk, "field": "phone"},
    "volunteers:own-order-claim": lambda world: {"pk": makers.opened(world, True).pk},
    "volunteers:own-order-reveal": lambda world: {**_own_claimed(world), "field": "phone"},
    **dict.fromkeys(
        ("volunteers:own-order", "volunteers:own-order-done", "volunteers:own-order-give-back"),
        lambda world: _own_claimed(world),
    ),
    **dict.fromkeys(
        ("volunteers:own-order-review", "volunteers:own-order-withdraw"),
        lambda world: {"pk": makers.order(world, ordered_by=makers.own(world)).pk},
    ),
    # shops, redemptions, partners
    "volunteers:redemption-act": lambda world: {"pk": makers.redemption(world, True).pk, "action": "cancel"},
    "volunteers:agreement-act": lambda world: {"pk": makers.agreement(world, True).pk, "action": "serve"},
    **dict.fromkeys(
        ("volunteers:own-product", "volunteers:own-product-picture"), lambda world: {"pk": makers.product(world).pk}
    ),
    **dict.fromkeys(
        ("volunteers:own-redemption", "volunteers:own-redemption-cancel"),
        lambda world: {"pk": makers.redemption(world, True, makers.own(world)).pk},
    ),
}  # fmt: skip


def _member_of(row: Team) -> dict[str, Any]:
    return {"pk": row.pk, "membership": row.memberships.latest("pk").pk}


def _own_claimed(world: World) -> dict[str, Any]:
    """One order in hand serves every page about it: a volunteer takes only a few at a time."""
    mine = makers.own(world)
    found = Order.objects.filter(volunteer=mine, state=OrderState.CLAIMED).first()
    return {"pk": (found or makers.claimed(world, True, mine)).pk}


# Own pages: whoever opens them has entered the code of a volunteer.
WITHOUT_CODE = {"volunteers:own-enter", "volunteers:own-sign-up", "volunteers:own-signed-up"}


def visitor(name: str, world: World) -> Client | None:
    is_own = name.startswith("volunteers:own-") and name not in WITHOUT_CODE
    return phone_of(makers.own(world)) if is_own else None


# Lists of the API that no page has, and how a row of them comes about.
API_ROWS = {
    "volunteers-api:accounts": Rows(makers.account),
    "volunteers-api:programmes": Rows(makers.programme, shared="积分项目属于全区"),
}
API_LISTS = {
    "volunteers-api:volunteers": "volunteers:volunteers",
    "volunteers-api:teams": "volunteers:teams",
    "volunteers-api:activities": "volunteers:activities",
    "volunteers-api:orders": "volunteers:orders",
    "volunteers-api:points-requests": "volunteers:points-requests",
    "volunteers-api:shops": "volunteers:shops",
    "volunteers-api:products": "volunteers:products",
    "volunteers-api:redemptions": "volunteers:redemptions",
    "volunteers-api:stars": "volunteers:stars",
    "volunteers-api:nominations": "volunteers:nominations",
    "volunteers-api:certificates": "volunteers:certificates",
    **dict.fromkeys(API_ROWS, ""),
}

# Addresses that a GET answers otherwise than with 200, and why.
ELSEWHERE = {
    "volunteers:own-signed-up": "shows the code in the visit that signed up only",
    "volunteers:volunteer-code": "shows a code in the visit that issued it only",
    "volunteers:public-placed": "shows what was ordered in the same visit only",
}

# Reports that a page other than a list starts, with what is chosen there and what they count.
PAGES_OF_REPORTS: dict[str, PageOfReport] = {
    "volunteers.points_statement": PageOfReport(
        "volunteers:points-statement-file",
        Rows(lambda world, here: makers.entry(world, here, makers.own(world) if here else None)),
        lambda world: {
            "volunteer": makers.own(world).pk,
            "programme": make_programme().pk,
            "year": timezone.localdate().year,
        },
    ),
    "volunteers.points_yearly": PageOfReport(
        "volunteers:points-statements",
        Rows(makers.entry),
        lambda world: {"unit": world.community().pk, "programme": "", "year": timezone.localdate().year},
    ),
    **dict.fromkeys(
        ("volunteers.settlement", "volunteers.settlement_lines"),
        PageOfReport(
            "volunteers:settlement",
            Rows(makers.collected),
            lambda world: {"provider": makers.supplier(world).pk},
        ),
    ),
}
