"""Who may organise: asked by every service of activities."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from common.errors import Invalid, Refused
from common.scope import scope_of
from grid.models import Unit
from volunteers import permissions
from volunteers.models import Activity
from volunteers.policies.activities import over_unit


def require_unit(unit: Unit, actor: Any) -> None:
    """The actor organises activities for this unit: 404 outside the scope, ``Refused`` without the right."""
    if not Unit.objects.visible_to(actor).filter(pk=unit.pk).exists():
        raise Http404
    if not Unit.objects.visible_to(actor, permissions.ACTIVITIES).filter(pk=unit.pk).exists():
        raise Refused(f"“{unit}”的志愿活动不由您组织，如有需要请联系系统管理员。")
    if not unit.is_active:
        raise Invalid(f"“{unit}”已经停用，请另选单位。", "unit")


def require_organiser(activity: Activity, actor: Any) -> None:
    """The same for an activity that exists."""
    if not Activity.objects.visible_to(actor).filter(pk=activity.pk).exists():
        raise Http404
    scope = scope_of(actor).holding(permissions.ACTIVITIES)
    if not scope or not over_unit(activity, scope):
        raise Refused(f"这项活动由“{activity.unit}”组织，不在您负责的范围内。")
