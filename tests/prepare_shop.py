"""Fill the site under test with a point shop: ``python -m tests.prepare_shop [stop PRODUCT VOLUNTEER KEY]``."""

from __future__ import annotations

import json
import sys
import threading
import uuid
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import django

STOCK = 100_000


def main(arguments: list[str]) -> None:
    django.setup()
    if not arguments:
        sys.stdout.write(json.dumps(fill()))
    elif arguments[0] == "stop":
        stop_halfway(int(arguments[1]), int(arguments[2]), uuid.UUID(arguments[3]))


def fill() -> dict[str, Any]:
    """A shop with one product, and volunteers with open own pages (their session keys)."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth.models import AnonymousUser
    from django.test import RequestFactory

    from accounts.models import User
    from grid.models import Unit
    from tests.factories.shop import make_market
    from volunteers import own

    staff = {user.username: user for user in User.objects.all()}
    tree = SimpleNamespace(community=Unit.objects.get(name="江湾社区"), grid=Unit.objects.filter(level=4).first())
    market = make_market(tree, staff)
    product = market.product(stock=STOCK, points=Decimal(1), name="纸巾")
    engine = import_module(settings.SESSION_ENGINE)
    sessions = {}
    for _ in range(4):
        volunteer = market.neighbour("100000")
        request = RequestFactory().get("/")
        request.session, request.user = engine.SessionStore(), AnonymousUser()
        own.enter(request, volunteer)
        request.session.save()
        sessions[volunteer.pk] = request.session.session_key
    return {"product": product.pk, "sessions": sessions, "cookie": settings.SESSION_COOKIE_NAME,
            "csrf": settings.CSRF_COOKIE_NAME}  # fmt: skip


def stop_halfway(product: int, volunteer: int, key: uuid.UUID) -> None:
    """Begin a redemption and stand still when stock and points have moved, before anything is committed."""
    from volunteers.models import Product, Volunteer
    from volunteers.services import redemptions

    post = redemptions.post

    def post_and_stand_still(movements: Any) -> None:
        post(movements)
        sys.stdout.write("halfway\n")
        sys.stdout.flush()
        threading.Event().wait()

    redemptions.post = post_and_stand_still
    redemptions.redeem(
        volunteer=Volunteer.objects.get(pk=volunteer), product=Product.objects.get(pk=product), request_key=key
    )


if __name__ == "__main__":
    main(sys.argv[1:])
