"""Questions about shops and redemptions that pages, forms and services ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from common.decisions import Denied
from volunteers import permissions
from volunteers.choices import AccountKind, ProviderKind, RedemptionState
from volunteers.models import Account, Product, Programme, Provider, Redemption, Shop, Volunteer
from volunteers.services.points import may_redeem

# --- a volunteer's own pages


def offered_to(volunteer: Volunteer) -> QuerySet[Product]:
    """What the volunteer can redeem: of the own community and of everything above it."""
    return (
        Product.objects.active()
        .filter(shop__is_active=True, shop__programme__is_active=True, shop__unit__code__in=volunteer.unit.path_codes)
        .filter(Q(shop__provider=None) | Q(shop__provider__is_active=True))
        .select_related("shop__unit", "shop__programme")
        .order_by("points", "pk")
    )


def own_redemptions(volunteer: Volunteer) -> QuerySet[Redemption]:
    rows = Redemption.objects.filter(volunteer=volunteer)
    return rows.select_related("product", "shop__unit", "shop__programme", "volunteer__unit")


def pictured_for(volunteer: Volunteer) -> QuerySet[Product]:
    """Products whose picture the volunteer may see: those on offer and those redeemed before."""
    return Product.objects.filter(
        Q(pk__in=offered_to(volunteer).order_by().values("pk"))
        | Q(pk__in=own_redemptions(volunteer).order_by().values("product"))
    )


@dataclass(frozen=True)
class Purse:
    """The points of one programme, and why they cannot be used yet."""

    programme: Programme
    balance: Decimal
    denied: str


def purses(volunteer: Volunteer, on: date) -> list[Purse]:
    """The volunteer's points by programme: those with an account, and those the shops in reach take."""
    accounts = {
        row.programme_id: row.balance or Decimal(0)
        for row in Account.objects.filter(volunteer=volunteer, kind=AccountKind.PERSON)
    }
    taken = Shop.objects.active().filter(unit__code__in=volunteer.unit.path_codes).order_by().values("programme")
    programmes = Programme.objects.filter(Q(pk__in=list(accounts)) | Q(pk__in=taken)).order_by("pk")
    return [Purse(row, accounts.get(row.pk, Decimal(0)), _why_not(volunteer, row, on)) for row in programmes]


def _why_not(volunteer: Volunteer, programme: Programme, on: date) -> str:
    decision = may_redeem(volunteer, programme, on)
    return decision.reason if isinstance(decision, Denied) else ""


def last_account_number(volunteer: Volunteer) -> str:
    """The household's number with the property firm, as given last time."""
    row = own_redemptions(volunteer).exclude(account_number="").order_by("-reserved_at").first()
    return row.account_number if row else ""


# --- staff


def kept_shops(user: Any) -> QuerySet[Shop]:
    """Shops whose counter this person serves."""
    rows = Shop.objects.visible_to(user, permissions.SHOPKEEP).active()
    return rows.select_related("unit").order_by("unit__path", "name")


def on_the_counter(user: Any) -> QuerySet[Product]:
    """What can be redeemed at this person's counter."""
    rows = Product.objects.visible_to(user, permissions.SHOPKEEP).active().filter(shop__is_active=True)
    return rows.select_related("shop").order_by("shop__unit__path", "shop__name", "points", "name")


def waiting_for(user: Any) -> QuerySet[Redemption]:
    """Reservations to be handed out at this person's counter."""
    return Redemption.objects.visible_to(user, permissions.SHOPKEEP).filter(state=RedemptionState.RESERVED)


def suppliers(user: Any) -> QuerySet[Provider]:
    """Providers that run a shop in sight of this person."""
    shops = Shop.objects.visible_to(user).exclude(provider=None).order_by().values("provider")
    return Provider.objects.filter(pk__in=shops).order_by("unit__path", "name")


def shop_runners(user: Any) -> QuerySet[Provider]:
    """Providers that may be given a shop to run."""
    return Provider.objects.visible_to(user, permissions.SHOP).active().order_by("unit__path", "name")


def programmes() -> QuerySet[Programme]:
    return Programme.objects.filter(is_active=True).order_by("pk")


def search_shops(rows: QuerySet[Shop], text: str) -> QuerySet[Shop]:
    return rows.filter(Q(name__icontains=text) | Q(unit__name__icontains=text) | Q(provider__name__icontains=text))


def search_products(rows: QuerySet[Product], text: str) -> QuerySet[Product]:
    return rows.filter(Q(name__icontains=text) | Q(shop__name__icontains=text) | Q(shop__unit__name__icontains=text))


def search_redemptions(rows: QuerySet[Redemption], text: str) -> QuerySet[Redemption]:
    return rows.filter(
        Q(number__istartswith=text) | Q(product__name__icontains=text) | Q(volunteer__number__iexact=text)
    )


# --- everybody


def alliance_shops(text: str = "") -> QuerySet[Provider]:
    """Shops of the alliance (江源: 129 of them), by place; ``text`` looks in name, place and what they offer."""
    rows = (
        Provider.objects.active().filter(kind=ProviderKind.SHOP).select_related("unit").order_by("unit__path", "name")
    )
    if not text:
        return rows
    return rows.filter(Q(name__icontains=text) | Q(unit__name__icontains=text) | Q(about__icontains=text))
