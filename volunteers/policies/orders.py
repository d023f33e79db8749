"""Who may do what with an order: the community of its place, whoever serves it, whoever may claim it."""

from __future__ import annotations

from typing import Any

from common.decisions import ALLOWED, Decision, Denied
from common.scope import Scope, scope_of
from volunteers import permissions
from volunteers.choices import Group, OrderState, VolunteerState
from volunteers.models import Order, Provider, Volunteer
from volunteers.policy_kinds import CLAIMERS
from volunteers.rules import OrderRule, order_rule_of

OWN = "不能接自己下的单，请留给其他人。"
NOT_FOR_YOU = "这一单不由您接：按规则，本类订单由{who}接单。"


def in_area(order: Any, scope: Scope) -> bool:
    """The order comes from a place inside the scope: the rule of ``OrderQuerySet`` for one row."""
    return scope.everything or any(order.unit.path.startswith(path) for path in scope.unit_paths)


def is_server(order: Any, scope: Scope) -> bool:
    """Whether it is this very person is a question of the account: the guards ask it."""
    return bool(scope)


RELATIONS = {"area": in_area, "claimer": is_server}


# --- who serves


def operated(user: Any) -> list[Provider]:
    """Active providers that an account acts for."""
    return list(Provider.objects.active().filter(operators=user).select_related("unit").order_by("unit__path", "pk"))


def volunteer_of(user: Any) -> Volunteer | None:
    """The active volunteer whose working account this is."""
    return Volunteer.objects.active().filter(user=user).select_related("unit").first()


def serves(order: Order, actor: Any) -> Decision:
    """The order is in the hands of the actor's provider, or of the actor as a volunteer."""
    if order.volunteer is not None and order.volunteer.user_id == actor.pk:
        return ALLOWED
    if (
        order.provider is not None
        and order.provider.is_active
        and order.provider.operators.filter(pk=actor.pk).exists()
    ):
        return ALLOWED
    return Denied("这一单不在您手上，只有承接的志愿者或服务单位可以办理。")


# --- who may claim


def claimer_of(order: Order, actor: Any) -> Provider | Volunteer | Denied:
    """As whom an account claims an order: for its provider first, else as the volunteer that it belongs to."""
    rule = order_rule_of(order.policy)
    refused: Denied = Denied("您的账号没有关联服务单位，也没有关联志愿者，不能接单。请联系所在社区办理。")
    for provider in operated(actor):
        decision = provider_may_claim(order, provider, rule)
        if not isinstance(decision, Denied):
            return provider
        refused = decision
    volunteer = volunteer_of(actor)
    if volunteer is None:
        return refused
    decision = volunteer_may_claim(order, volunteer, rule)
    return decision if isinstance(decision, Denied) else volunteer


def may_claim(order: Order, actor: Any) -> Decision:
    found = claimer_of(order, actor)
    return found if isinstance(found, Denied) else ALLOWED


def provider_may_claim(order: Order, provider: Provider, rule: OrderRule) -> Decision:
    """Meant for this provider; or for all, and the order lies in the provider's area (a visit: in its group)."""
    if order.provider_id is not None:
        return ALLOWED if order.provider_id == provider.pk else Denied("这一单已指定由其他服务单位接单。")
    if order.visit is not None:
        return ALLOWED if order.visit.group == provider.visit_group else Denied("这次走访由其他包联组承担。")
    if "provider" not in rule.claimers_of(order.kind):
        return Denied(_not_for_you(rule, order))
    if not order.unit.path.startswith(provider.unit.path):
        return Denied(f"这一单不在“{provider}”的服务范围内。")
    return ALLOWED


def volunteer_may_serve(order: Order, volunteer: Volunteer) -> Decision:
    """Whoever serves is active and not the orderer."""
    if volunteer.state != VolunteerState.ACTIVE:
        return Denied("您还不是在册志愿者，不能接单。")
    return Denied(OWN) if is_own(order, volunteer) else ALLOWED


def volunteer_may_claim(order: Order, volunteer: Volunteer, rule: OrderRule) -> Decision:
    """Fit to serve, and of the circle that the district's rule lets claim orders of the kind."""
    if order.provider_id is not None or order.visit_id is not None:
        return Denied("这一单已指定由服务单位接单。")
    decision = volunteer_may_serve(order, volunteer)
    if isinstance(decision, Denied):
        return decision
    circles = rule.claimers_of(order.kind)
    if "volunteer" in circles or ("party_member" in circles and volunteer.group == Group.PARTY_MEMBER):
        return ALLOWED
    return Denied(_not_for_you(rule, order))


def _not_for_you(rule: OrderRule, order: Order) -> str:
    return NOT_FOR_YOU.format(who="、".join(CLAIMERS[key] for key in rule.claimers_of(order.kind)))


def is_own(order: Order, volunteer: Volunteer) -> bool:
    """Ordered by the volunteer on the own page, or with the volunteer's telephone number."""
    if order.ordered_by_id == volunteer.pk:
        return True
    person, own = getattr(order, "person", None), getattr(volunteer, "person", None)
    if person is None or own is None or not (person.phone_hash and own.phone_hash):
        return False
    return bytes(person.phone_hash) == bytes(own.phone_hash)


# --- guards


def not_raised(order: Order, actor: Any) -> Decision:
    return Denied("这一单已经提交街道。") if order.raised_at is not None else ALLOWED


def not_confirmed(order: Order, actor: Any) -> Decision:
    if order.confirmed_at is not None:
        return Denied("服务时长已经确认，不能退回；有误的，请先作废服务记录。")
    return ALLOWED


def has_hours_to_confirm(order: Order, actor: Any) -> Decision:
    if order.volunteer_id is None:
        return Denied("服务单位承接的订单不计志愿服务时长。")
    return not_confirmed_yet(order)


def not_confirmed_yet(order: Order) -> Decision:
    return Denied("服务时长已经确认过了。") if order.confirmed_at is not None else ALLOWED


# --- personal data


def may_reveal(order: Order, actor: Any) -> Decision:
    """Who ordered is shown to the community that handles the order, and to whoever serves it while it is theirs.

    个人信息保护法 arts. 6, 51; domain §9.
    """
    scope = scope_of(actor)
    area = scope.holding(permissions.REVEAL)
    if area and in_area(order, area):
        return ALLOWED
    if order.state != OrderState.CLAIMED:
        return Denied("接单以后才能查看下单人信息；完成后不再显示。")
    if not scope.may(permissions.SERVE):
        return Denied("您的岗位没有查看下单人信息的权限。")
    return serves(order, actor)
