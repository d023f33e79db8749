"""How a scope narrows the rows of staff; a worker's own rows are found by :meth:`OfWorkerQuerySet.own`."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.db.models import Q

from common.scope import Scope, ScopedQuerySet, any_of
from grid.querysets import UnderUnitQuerySet
from staff import permissions
from staff.choices import FROZEN, WorkerState


class WorkerQuerySet(UnderUnitQuerySet):
    view_permission = permissions.VIEW

    def active(self) -> Self:
        return self.filter(state=WorkerState.ACTIVE)

    def below(self, unit: Any) -> Self:
        return self.filter(unit__path__startswith=unit.path)

    def own(self, user: Any) -> Self:
        """The person's own row: no permission is needed for it."""
        return self.filter(user=user) if getattr(user, "is_active", False) else self.none()


class OfWorkerQuerySet(ScopedQuerySet):
    """Rows of a worker, seen where the worker belongs."""

    view_permission = permissions.VIEW
    place: ClassVar[str] = "worker__unit__path"

    def within(self, scope: Scope) -> Q:
        if scope.everything:
            return Q()
        return any_of(Q(**{f"{self.place}__startswith": path}) for path in scope.unit_paths)

    def own(self, user: Any) -> Self:
        return self.filter(worker__user=user) if getattr(user, "is_active", False) else self.none()


class DatedQuerySet(OfWorkerQuerySet):
    """Rows that hold from a first day until (without) a last one."""

    def on(self, day: date) -> Self:
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


class ResidentsQuerySet(UnderUnitQuerySet):
    view_permission = permissions.VIEW


class GrowthQuerySet(UnderUnitQuerySet):
    """What a unit organises for its people."""

    view_permission = permissions.GROWTH


class GrowthOfWorkerQuerySet(OfWorkerQuerySet):
    """Training, rotation, contests and promotion of one worker."""

    view_permission = permissions.GROWTH


class CheckInQuerySet(GrowthOfWorkerQuerySet):
    place = "pair__apprentice__unit__path"


class PairQuerySet(GrowthOfWorkerQuerySet):
    """A pair is seen where its apprentice belongs, and by the two themselves."""

    place = "apprentice__unit__path"

    def own(self, user: Any) -> Self:
        if not getattr(user, "is_active", False):
            return self.none()
        return self.filter(Q(mentor__user=user) | Q(apprentice__user=user))


class AttendanceQuerySet(UnderUnitQuerySet):
    view_permission = permissions.ATTEND


class AttendanceOfWorkerQuerySet(OfWorkerQuerySet):
    """Who came when: those who keep attendance; the head of a unit through a page of their own."""

    view_permission = permissions.ATTEND


class PayOfWorkerQuerySet(OfWorkerQuerySet):
    """What somebody earns: fewer may see it than the roster."""

    view_permission = permissions.PAY_VIEW


class PayRunQuerySet(UnderUnitQuerySet):
    view_permission = permissions.PAY_VIEW


class SlipQuerySet(PayOfWorkerQuerySet):
    place = "unit__path"

    def frozen(self) -> Self:
        return self.filter(run__state__in=FROZEN)


class ForecastQuerySet(UnderUnitQuerySet):
    view_permission = permissions.PAY_VIEW


class ForecastRowQuerySet(ScopedQuerySet):
    view_permission = permissions.PAY_VIEW

    def within(self, scope: Scope) -> Q:
        return _under(scope, "forecast__unit")


class FundBudgetQuerySet(UnderUnitQuerySet):
    view_permission = permissions.FUND_MANAGE


class FundAccountQuerySet(UnderUnitQuerySet):
    view_permission = permissions.FUND_VIEW


class FundEntryQuerySet(ScopedQuerySet):
    """Seen from both sides: who gives money on, and who is given it."""

    view_permission = permissions.FUND_VIEW

    def within(self, scope: Scope) -> Q:
        return _under(scope, "account__unit", "other__unit")


class FundVoucherQuerySet(ScopedQuerySet):
    view_permission = permissions.FUND_VIEW

    def within(self, scope: Scope) -> Q:
        return _under(scope, "entry__account__unit", "entry__other__unit")


def _under(scope: Scope, *units: str) -> Q:
    """Rows of which one of the units lies in the scope's area."""
    if scope.everything:
        return Q()
    return any_of(Q(**{f"{unit}__path__startswith": path}) for unit in units for path in scope.unit_paths)
