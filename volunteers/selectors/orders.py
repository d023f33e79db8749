"""Questions about orders that more than one place asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Avg, Case, Count, IntegerField, Q, QuerySet, Value, When

from common.crypto import lookup_hashes
from grid.choices import Level
from grid.models import Unit
from grid.selectors import units_at
from volunteers import permissions
from volunteers.choices import SERVED_ORDER_STATES, MenuList, OrderKind, OrderState
from volunteers.models import MenuItem, Order, OrderPerson, Volunteer
from volunteers.policies.orders import volunteer_may_claim
from volunteers.querysets import OrderQuerySet
from volunteers.rules import order_rule_of

NEAR = 30


def for_lists(rows: QuerySet[Order]) -> QuerySet[Order]:
    """With the names that lists, exports and the API show."""
    return rows.select_related("unit", "provider", "volunteer")


BOXES: dict[str, Callable[[OrderQuerySet], OrderQuerySet]] = {
    "to_dispatch": lambda rows: rows.filter(state=OrderState.SUBMITTED),
    "open": lambda rows: rows.filter(state=OrderState.OPEN),
    "in_service": lambda rows: rows.filter(state=OrderState.CLAIMED),
    "to_review": lambda rows: rows.filter(state=OrderState.DONE),
    "raised": lambda rows: rows.raised(),
}


def box(user: Any, key: str) -> OrderQuerySet:
    """Orders of the user's own area that wait for the same thing."""
    return BOXES[key](Order.objects.visible_to(user, permissions.ORDERS))


def search(rows: QuerySet[Order], text: str, *, by_phone: bool = False) -> QuerySet[Order]:
    """Number, title, place; with ``by_phone`` a telephone number finds the orders of whoever has it."""
    for word in text.split()[:5]:
        found = Q(number__iexact=word) | Q(title__icontains=word) | Q(place__icontains=word)
        if by_phone and word.isascii() and word.isdigit() and 7 <= len(word) <= 12:
            same = OrderPerson.objects.filter(phone_hash__in=lookup_hashes(word, "phone"))
            found |= Q(pk__in=same.values("order"))
        rows = rows.filter(found)
    return rows


def community_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """All communities by street, for the public page."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for unit in units_at(Level.COMMUNITY).select_related("parent"):
        groups.setdefault(unit.parent.name if unit.parent else "", []).append((str(unit.pk), unit.name))
    return list(groups.items())


def community_of(key: Any) -> Unit | None:
    """The active community behind a key from an address, if there is one."""
    text = str(key or "")
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        return None
    return units_at(Level.COMMUNITY).filter(pk=int(text)).first()


def menu_for(unit: Unit) -> QuerySet[MenuItem]:
    """What a resident of a unit may order: the resources of the unit and of those above it."""
    above = Unit.objects.filter(code__in=unit.path_codes).values("pk")
    rows = MenuItem.objects.active().filter(list=MenuList.RESOURCE, unit__in=above)
    return rows.select_related("unit", "provider").order_by("theme", "title")


def near(volunteer: Volunteer) -> list[Order]:
    """Open orders that the volunteer may claim, those of the own grid, community and street first."""
    places = [
        When(unit__path__startswith="".join(f"{code}/" for code in codes), then=Value(distance))
        for distance, codes in enumerate(_shorter(volunteer.unit.path_codes))
    ]
    rows = Order.objects.to_claim().select_related("unit", "policy", "person")
    rows = rows.alias(distance=Case(*places, default=Value(len(places)), output_field=IntegerField()))
    found: Iterable[Order] = rows.order_by("distance", "claim_due_at", "pk")[: NEAR * 3]
    return [order for order in found if _may(order, volunteer)][:NEAR]


@dataclass(frozen=True)
class KindFigures:
    """Orders of one kind: how many were placed, taken, done, and how they were reviewed."""

    label: str
    placed: int
    taken: int
    done: int
    stars: Decimal | None


def kind_figures(rows: QuerySet[Order]) -> list[KindFigures]:
    """Figures by kind, in the order of the kinds; kinds without an order are left out."""
    taken, done = (OrderState.CLAIMED, *SERVED_ORDER_STATES), SERVED_ORDER_STATES
    counted = {
        row["kind"]: row
        for row in rows.order_by().values("kind").annotate(
            placed=Count("pk"), taken=Count("pk", filter=Q(state__in=taken)),
            done=Count("pk", filter=Q(state__in=done)), average=Avg("stars"),
        )
    }  # fmt: skip
    return [
        KindFigures(label, row["placed"], row["taken"], row["done"], stars_of(row["average"]))
        for kind, label in OrderKind.choices
        if (row := counted.get(kind)) is not None
    ]


def stars_of(average: Any) -> Decimal | None:
    """An average of stars with two decimals, half up."""
    return None if average is None else Decimal(str(average)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _shorter(codes: Any) -> list[list[str]]:
    codes = list(codes)
    return [codes[:length] for length in range(len(codes), 0, -1)]


def _may(order: Order, volunteer: Volunteer) -> bool:
    rule = order_rule_of(order.policy) if order.policy is not None else None
    return bool(volunteer_may_claim(order, volunteer, rule))


def claimable(pk: int) -> Order | None:
    """An order behind an address, for whoever tries to claim it; the service decides who may."""
    return (
        Order.objects.to_claim().filter(pk=pk).first() or Order.objects.filter(pk=pk, volunteer__isnull=False).first()
    )


def for_volunteer(volunteer: Volunteer, pk: int) -> Order | None:
    """The order, when it is the volunteer's to serve, their own, or open for them to claim."""
    order = (
        Order.objects.filter(pk=pk).filter(Q(volunteer=volunteer) | Q(ordered_by=volunteer) | Q(state=OrderState.OPEN))
        .select_related("unit", "provider", "volunteer", "policy", "person").first()
    )  # fmt: skip
    if order is None or order.volunteer_id == volunteer.pk or order.ordered_by_id == volunteer.pk:
        return order
    return order if _may(order, volunteer) else None


def held_by(volunteer: Volunteer) -> QuerySet[Order]:
    """What the volunteer has taken and not done."""
    return for_lists(Order.objects.filter(volunteer=volunteer, state=OrderState.CLAIMED)).order_by("finish_due_at")


def served_by(volunteer: Volunteer) -> QuerySet[Order]:
    """What the volunteer has done, the latest first."""
    return for_lists(Order.objects.filter(volunteer=volunteer, done_at__isnull=False)).order_by("-done_at")


def ordered_by(volunteer: Volunteer) -> QuerySet[Order]:
    """What the volunteer has ordered, the latest first."""
    return for_lists(Order.objects.filter(ordered_by=volunteer)).order_by("-submitted_at", "-pk")
