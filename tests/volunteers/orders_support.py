"""A community ready for orders: rules, a property firm with its operator, volunteers, one order in any state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import time_machine
from django.utils import timezone

from accounts.models import User
from volunteers.models import Order, Provider, Volunteer
from volunteers.services.orders import order_place
from volunteers.workflow.orders import ORDER_FLOW

PHONE = "13900000001"


@dataclass
class Desk:
    """Short ways to bring orders about."""

    tree: Any
    staff: dict[str, User]
    firm: Provider
    volunteer: Volunteer

    def user(self, role: str) -> User:
        """The user as a fresh request would load it."""
        return User.objects.get(pk=self.staff[role].pk)

    def place(self, **values: Any) -> Order:
        """An order of a resident, made on the phone."""
        base = {"title": "修水龙头", "unit": self.tree.community, "name": "王建国", "phone": PHONE,
                "address": "江湾社区3号楼2单元101"}  # fmt: skip
        return order_place(**{"actor": None, **base, **values}).order

    def act(self, order: Order, name: str, role: str, **data: Any) -> Order:
        return ORDER_FLOW.perform(name, Order.objects.get(pk=order.pk), self.user(role), **data)

    def open(self, **values: Any) -> Order:
        return self.act(self.place(**values), "publish", "district_officer")

    def claimed(self, **values: Any) -> Order:
        """In the hands of the volunteer, since three hours."""
        with earlier():
            number = self.volunteer.number
            return self.act(self.place(**values), "assign", "district_officer", volunteer_number=number)

    def done(self, **values: Any) -> Order:
        """Reported as done by the volunteer; hours not confirmed."""
        from volunteers.services.claims import order_done_as_volunteer

        return order_done_as_volunteer(order=self.claimed(**values), volunteer=self.volunteer, **served())


def earlier(hours: float = 3) -> Any:
    """A time before now, so that there is a service to report."""
    return time_machine.travel(timezone.now() - timedelta(hours=hours), tick=False)


def served(hours: str = "1.5", ago: float = 2.5, result: str = "已换好阀芯，不再漏水。") -> dict[str, Any]:
    """What whoever served fills in: a service that began ``ago`` hours ago."""
    start = timezone.localtime(timezone.now() - timedelta(hours=ago)).replace(second=0, microsecond=0)
    return {"day": start.date(), "start": start.time(), "hours": Decimal(hours), "result": result}


def moment(text: str) -> datetime:
    return timezone.make_aware(datetime.strptime(text, "%Y-%m-%d %H:%M"))  # noqa: DTZ007
