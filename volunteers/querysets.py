"""How a scope narrows volunteer service: by the unit a row hangs on, by both ends, or by who operates a provider."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q

from common.scope import Scope, ScopedQuerySet, any_of, scope_of
from grid.querysets import UnderUnitQuerySet
from volunteers import permissions
from volunteers.choices import OPEN_ORDER_STATES, OrderState, VolunteerState


def under(scope: Scope, *places: str) -> Q:
    """Rows of which one of the named foreign keys to a unit lies inside the scope."""
    if scope.everything:
        return Q()
    return any_of(Q(**{f"{place}__path__startswith": path}) for place in places for path in scope.unit_paths)


class VolunteeringQuerySet(UnderUnitQuerySet):
    """Rows that hang on a unit."""

    view_permission = permissions.VIEW

    def below(self, unit: Any) -> Self:
        return self.filter(unit__path__startswith=unit.path)

    def active(self) -> Self:
        return self.filter(is_active=True)


class VolunteerQuerySet(VolunteeringQuerySet):
    def listed(self) -> Self:
        """Everybody but those who had themselves erased."""
        return self.exclude(state=VolunteerState.ERASED)

    def active(self) -> Self:
        return self.filter(state=VolunteerState.ACTIVE)


class ScopedByPlacesQuerySet(ScopedQuerySet):
    """Rows seen from several units; subclasses name the foreign keys."""

    view_permission = permissions.VIEW
    places: ClassVar[tuple[str, ...]] = ()

    def within(self, scope: Scope) -> Q:
        return under(scope, *self.places)


class OfVolunteerQuerySet(ScopedByPlacesQuerySet):
    places = ("volunteer__unit",)


class ParticipationQuerySet(ScopedByPlacesQuerySet):
    """Seen where the activity is held and where the volunteer is at home."""

    places = ("activity__unit", "volunteer__unit")

    def to_answer(self) -> Self:
        """Objections to hours that nobody has answered."""
        return self.exclude(objection="").filter(objection_answer="")


class OfActivityQuerySet(ScopedByPlacesQuerySet):
    places = ("activity__unit",)


class OfAgreementQuerySet(ScopedByPlacesQuerySet):
    places = ("agreement__unit",)


class MembershipQuerySet(ScopedByPlacesQuerySet):
    places = ("team__unit", "volunteer__unit")


class RecordQuerySet(ScopedByPlacesQuerySet):
    places = ("unit", "volunteer__unit")

    def to_answer(self) -> Self:
        """Objections to hours that nobody has answered."""
        return self.exclude(objection="").filter(objection_answer="")


class OperatedQuerySet(ScopedQuerySet):
    """Rows of a unit, and rows of the providers that a person operates (``operator`` is the path to them)."""

    view_permission = None
    unit_permission: ClassVar[str] = permissions.VIEW
    operator_permissions: ClassVar[tuple[str, ...]] = (permissions.SERVE, permissions.SHOPKEEP)
    place: ClassVar[str] = "unit"
    operator: ClassVar[str] = "operators"

    def visible_to(self, user: Any, permission: str | None = None) -> Self:
        """Rows that ``user`` may see, or, with ``permission``, may use it on."""
        scope = scope_of(user)
        held = scope.holding(permission)
        parts = [
            part for part in (self._by_place(scope, held), self._by_operator(scope, held, user)) if part is not None
        ]
        if not parts:
            return self.none()
        if not all(parts):  # somebody who sees everything: an empty condition would get lost in an OR
            return self.all()
        return self.filter(any_of(parts))

    def _by_place(self, scope: Scope, held: Scope) -> Q | None:
        seen = held.holding(self.unit_permission)
        return under(seen, self.place) if seen else None

    def _by_operator(self, scope: Scope, held: Scope, user: Any) -> Q | None:
        if not any(held.holding(code) for code in self.operator_permissions):
            return None
        providers: Any = self.model._meta.apps.get_model("volunteers", "Provider")
        operated = providers.objects.filter(operators=user, is_active=True).values("pk")
        return Q(**{f"{self.operator}__in": operated})


class ProviderQuerySet(OperatedQuerySet):
    operator = "pk"

    def active(self) -> Self:
        return self.filter(is_active=True)


class OrderQuerySet(OperatedQuerySet):
    """Seen by the area the order comes from, by whoever serves it or may claim it for a provider, and by who reported it."""

    def visible_to(self, user: Any, permission: str | None = None) -> Self:
        scope = scope_of(user)
        held = scope.holding(permission)
        by_place = self._by_place(scope, held)
        parts = [] if by_place is None else [by_place]
        if permission in (None, permissions.SERVE) and held.holding(permissions.SERVE):
            parts += [self._served_by(user), self._open_to(user)]
        if permission in (None, permissions.REPORT_ORDER) and held.holding(permissions.REPORT_ORDER):
            parts.append(Q(registered_by=user))
        return self.filter(any_of(parts)) if parts else self.none()

    def for_service_of(self, user: Any) -> Self:
        """The desk of whoever serves: what they have taken, and open orders that their provider may claim."""
        return self.filter(self._served_by(user) | self._open_to(user))

    def _served_by(self, user: Any) -> Q:
        return Q(provider__in=self._operated(user)) | Q(volunteer__in=self._volunteers(user))

    def _open_to(self, user: Any) -> Q:
        """Open orders, meant for no one else, below the unit of a provider that the person operates.

        A visit is open to the units of its own group only, wherever they sit.
        """
        place = ExpressionWrapper(OuterRef("unit__path"), output_field=CharField())
        near = self._operated(user).annotate(place=place).filter(place__startswith=F("unit__path"))
        group = self._operated(user).filter(visit_group=OuterRef("visit__group"))
        pool = Q(state=OrderState.OPEN, provider=None)
        return pool & ((Q(visit=None) & Q(Exists(near))) | (Q(visit__isnull=False) & Q(Exists(group))))

    def _operated(self, user: Any) -> Any:
        providers: Any = self.model._meta.get_field("provider").related_model
        return providers.objects.filter(operators=user, is_active=True)

    def _volunteers(self, user: Any) -> Any:
        volunteers: Any = self.model._meta.get_field("volunteer").related_model
        return volunteers.objects.filter(user=user)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_ORDER_STATES)

    def to_claim(self) -> Self:
        """Waiting for whoever takes them first: 抢单."""
        return self.filter(state=OrderState.OPEN, provider=None, visit=None)

    def late(self, now: Any) -> Self:
        """Not claimed, or not done, within the present limit."""
        return self.filter(
            Q(state=OrderState.OPEN, claim_due_at__lte=now) | Q(state=OrderState.CLAIMED, finish_due_at__lte=now)
        )

    def raised(self) -> Self:
        """Raised to the street and still without anybody."""
        return self.filter(state=OrderState.OPEN, raised_at__isnull=False)

    def below(self, unit: Any) -> Self:
        return self.filter(unit__path__startswith=unit.path)


class OfOrderQuerySet(ScopedQuerySet):
    """Rows that belong to an order: seen by whoever sees the order."""

    def visible_to(self, user: Any, permission: str | None = None) -> Self:
        orders: Any = self.model._meta.get_field("order").related_model
        return self.filter(order__in=orders.objects.visible_to(user, permission).values("pk"))


class ShopQuerySet(OperatedQuerySet):
    operator = "provider"
    operator_permissions = (permissions.SHOPKEEP,)

    def active(self) -> Self:
        return self.filter(is_active=True)


class OfShopQuerySet(OperatedQuerySet):
    place = "shop__unit"
    operator = "shop__provider"
    operator_permissions = (permissions.SHOPKEEP,)

    def active(self) -> Self:
        return self.filter(is_active=True)


class OfProductQuerySet(OfShopQuerySet):
    place = "product__shop__unit"
    operator = "product__shop__provider"


class OfProviderQuerySet(OperatedQuerySet):
    place = "provider__unit"
    operator = "provider"
    operator_permissions = (permissions.SHOPKEEP,)


class AccountQuerySet(ScopedByPlacesQuerySet):
    """Accounts of persons and pools by their unit; the other sides by those who see the whole district."""

    places = ("volunteer__unit", "unit", "shop__unit")


class OfAccountQuerySet(ScopedByPlacesQuerySet):
    places = ("account__volunteer__unit", "account__unit", "account__shop__unit")


class EntryQuerySet(ScopedQuerySet):
    """An entry is seen by whoever sees one of its two accounts."""

    view_permission = permissions.VIEW

    def within(self, scope: Scope) -> Q:
        if scope.everything:
            return Q()
        lines: Any = self.model._meta.get_field("lines").related_model
        return Q(pk__in=lines.objects.filter(lines.objects.within(scope)).values("entry"))
