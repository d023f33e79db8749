"""What a new version of the pay scheme asks of those who keep the grades: they are told as soon as it is saved."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Notification, RoleAssignment, User
from accounts.roles import ROLE_RULES
from accounts.scope import current_assignments
from accounts.services.notifications import message, notify
from common.models import Policy
from staff import permissions
from staff.choices import GradeReason
from staff.pay.scheme import same_grading, scheme_of
from staff.selectors.grading import Batch


def tell_graders(version: Policy, actor: Any) -> None:
    """A message to everybody who keeps grades, when the version grades otherwise than the one before; in its transaction."""
    former = Policy.objects.filter(key=version.key, valid_from__lt=version.valid_from).order_by("-valid_from").first()
    if former is None or same_grading(scheme_of(former.data), scheme_of(version.data)):
        return
    text = (
        f"薪酬方案“{version.data['label']}”自 {version.valid_from:%Y-%m-%d} 起生效，定级规则有变化。"
        "请在“批量定级”里按新方案重新定级。"
    )
    url = f"{reverse('staff:grading')}?{urlencode({'kind': Batch(GradeReason.SCHEME, version=version).key})}"
    tone = Notification.Tone.REMINDER
    notify(
        message(to=user, text=text, key=f"pay_scheme:{version.pk}:{user.pk}", tone=tone, url=url) for user in graders()
    )


def graders() -> Any:
    """Accounts that keep grades today."""
    roles = [role for role, rule in ROLE_RULES.items() if permissions.GRADE in rule.permissions]
    holding = RoleAssignment.objects.filter(current_assignments(), role__in=roles)
    return User.objects.filter(is_active=True, pk__in=holding.values("user")).order_by("pk")
