"""抢单: five hundred volunteers press 接单 on fifty orders over HTTP at once; each order has one winner."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone

from bench.http import Request, load, server
from bench.result import Row
from bench.world import World

CLIENTS = 500
ORDERS = 50
TOKEN = "a" * 32  # of the form: the cookie carries the same


def measure(world: World) -> list[Row]:
    from common.models import Event
    from volunteers.models import Order

    orders, requests = _prepare()
    waiting = iter(requests)
    with server("config.wsgi") as port:
        load(port, lambda: next(waiting), requests=CLIENTS, expect=302, clients=CLIENTS)
    taken = Order.objects.filter(pk__in=orders, state="claimed")
    winners = Event.objects.filter(kind="order.claimed", object_id__in=orders).count()
    if not winners == taken.count() == taken.values("volunteer").distinct().count():
        raise RuntimeError(f"{winners} claims were written for {taken.count()} orders")
    return [
        Row(
            f"claim race: {CLIENTS} clients on {ORDERS} orders, winners", winners, ORDERS, "orders", 1.0, at_least=True
        ),
        Row("… none twice: claims written per order taken", winners, max(taken.count(), 1), "claims", 1.0),
    ]


def _prepare() -> tuple[list[int], list[Request]]:
    """Open orders, volunteers with their own pages open, and what each of their browsers sends."""
    from bench.people import person
    from volunteers.models import Volunteer, VolunteerPerson
    from volunteers.services.orders import order_place, order_publish

    worker = person("community_worker")
    unit = next(iter(worker.current_roles)).seat
    orders = []
    for number in range(ORDERS):
        order = order_place(actor=worker, unit=unit, title=f"上门服务 {number}", phone="13900000001").order
        orders.append(order_publish(order=order, actor=worker).pk)
    people = Volunteer.objects.bulk_create(
        Volunteer(number=f"B{number:06d}", unit=unit, joined_on=timezone.localdate(), access_hash=b"bench")
        for number in range(CLIENTS)
    )
    VolunteerPerson.objects.bulk_create(VolunteerPerson(volunteer=row, name="志愿者") for row in people)
    return orders, [_press(orders[number % ORDERS], row) for number, row in enumerate(people)]


def _press(order: int, volunteer: object) -> Request:
    from django.contrib.sessions.backends.db import SessionStore

    from volunteers.own import SESSION, _stamp

    session = SessionStore()
    session[SESSION] = [volunteer.pk, _stamp(volunteer), int(timezone.now().timestamp()) + 3600]
    session.create()
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    return "POST", f"/my/orders/{order}/claim/", urlencode({"csrfmiddlewaretoken": TOKEN}).encode(), headers
