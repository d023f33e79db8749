"""Providers of services and their operators; the three lists; the quarterly visits of co-building groups."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from common import events as history
from common.codes import own_request_key
from common.errors import Conflict, Invalid, Refused
from common.models import HistoryModel
from common.scope import scope_of
from grid.choices import Level
from grid.models import Unit
from grid.querysets import covers
from volunteers import events, permissions
from volunteers.choices import OPEN_ORDER_STATES, OrderKind
from volunteers.models import MenuItem, Order, Provider, VisitDuty
from volunteers.rules import themes
from volunteers.selectors.providers import quarter_of
from volunteers.services.locks import lock_unit
from volunteers.services.orders import order_place
from volunteers.services.texts import checked_line

VISITS = uuid.UUID("3d9a6a0e-3f6a-4c2f-8f6e-9a3f6d1c7b42")
PROVIDER_FIELDS = ("name", "kind", "about", "phone", "visit_group", "is_active")
ITEM_FIELDS = ("list", "title", "about", "theme", "kind", "provider", "is_active")


# --- providers


def provider_create(*, actor: Any, unit: Unit, operators: Sequence[User] = (), **values: Any) -> Provider:
    """Enter a provider at a unit; ``operators`` are accounts with the role 服务单位."""
    _check_may_manage(actor, unit)
    provider = Provider(unit=unit, **_provider_values(values))
    with transaction.atomic():
        try:
            with transaction.atomic():
                history.record(provider, events.PROVIDER_CREATED, actor=actor, data={"name": provider.name})
        except IntegrityError:
            raise Conflict(f"“{unit}”已有名为“{provider.name}”的服务单位。") from None
        if operators:
            _set_operators(provider, operators, actor)
    return provider


def provider_change(*, provider: Provider, actor: Any, operators: Sequence[User] = (), **values: Any) -> Provider:
    """Change a provider; it is closed only when no order is in its hands."""
    with transaction.atomic():
        provider = _locked(Provider, provider, actor)
        fresh = _provider_values(values)
        if provider.is_active and not fresh["is_active"]:
            held = Order.objects.filter(provider=provider, state__in=OPEN_ORDER_STATES).count()
            if held:
                raise Conflict(f"“{provider}”手上还有 {held} 单没有完成，请先完成或改派再停用。")
        try:
            with transaction.atomic():
                _change(provider, fresh, events.PROVIDER_CHANGED, actor)
        except IntegrityError:
            raise Conflict(f"已有名为“{fresh['name']}”的服务单位。") from None
        _set_operators(provider, operators, actor)
    return provider


def _provider_values(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": checked_line(values["name"], "name", "名称", 60, required=True),
        "kind": values["kind"],
        "about": checked_line(values.get("about", ""), "about", "服务说明", 200),
        "phone": checked_line(values.get("phone", ""), "phone", "对外电话", 20),
        "visit_group": checked_line(values.get("visit_group", ""), "visit_group", "包联组", 20),
        "is_active": values.get("is_active", True),
    }


def _set_operators(provider: Provider, operators: Sequence[User], actor: Any) -> None:
    """Who acts for a provider: on the record, for it opens the orders' personal data to them."""
    before = set(provider.operators.values_list("pk", flat=True))
    if before == {user.pk for user in operators}:
        return
    for user in operators:
        if Role.PROVIDER not in {row.role for row in user.current_roles}:
            raise Invalid(f"“{user.display_name}”没有“{Role.PROVIDER.label}”角色，请系统管理员先授予。", "operators")
    provider.operators.set(operators)
    names = "、".join(user.display_name for user in operators) or "无"
    history.record(provider, events.PROVIDER_OPERATORS, actor=actor, data={"operators": names})


# --- the three lists


def menu_item_add(*, actor: Any, unit: Unit, **values: Any) -> MenuItem:
    """Put a line on one of the three lists (需求、资源、项目) of a unit; ``Conflict`` when it stands there."""
    _check_may_manage(actor, unit)
    item = MenuItem(unit=unit, **_item_values(values, unit))
    with transaction.atomic():
        lock_unit(unit)
        same = MenuItem.objects.filter(unit=unit, list=item.list, title=item.title, provider=item.provider)
        if same.filter(is_active=True).exists():
            raise Conflict(f"“{unit}”的{item.get_list_display()}里已有“{item.title}”，没有重复列入。")
        data = {"list": item.get_list_display(), "title": item.title}
        history.record(item, events.MENU_ADDED, actor=actor, data=data)
    return item


def menu_item_change(*, item: MenuItem, actor: Any, **values: Any) -> MenuItem:
    """Change a line or take it off (``is_active``); orders that came from it keep it."""
    with transaction.atomic():
        item = _locked(MenuItem, item, actor)
        _change(item, _item_values(values, item.unit), events.MENU_CHANGED, actor)
    return item


def _item_values(values: dict[str, Any], unit: Unit) -> dict[str, Any]:
    provider = values.get("provider")
    if provider is not None and not unit.path.startswith(provider.unit.path):
        raise Invalid(f"“{provider}”不在“{unit}”及其上级，请重新选择。", "provider")
    if values["kind"] == OrderKind.CARE:
        raise Invalid("照料服务从照料对象页面下单，不列入清单。", "kind")
    if values["kind"] == OrderKind.PROPERTY and provider is None:
        raise Invalid("物业直通车项目须选择承接的物业企业。", "provider")
    theme = values.get("theme", "")
    if theme and theme not in {row.key for row in themes(timezone.localdate())}:
        raise Invalid("请从列表中选择主题。", "theme")
    return {
        "list": values["list"],
        "title": checked_line(values["title"], "title", "项目", 60, required=True),
        "about": checked_line(values.get("about", ""), "about", "说明", 300),
        "theme": theme,
        "kind": values["kind"],
        "provider": provider,
        "is_active": values.get("is_active", True),
    }


# --- quarterly visits


def visit_duty_agree(*, actor: Any, unit: Unit, group: str) -> VisitDuty:
    """A group of co-building units takes on a community: one visit a quarter (古冶)."""
    _check_may_manage(actor, unit)
    if unit.level != Level.COMMUNITY:
        raise Invalid("包联到社区，请选择社区。", "unit")
    group = _group(group)
    duty = VisitDuty(unit=unit, group=group)
    try:
        with transaction.atomic():
            history.record(duty, events.VISIT_AGREED, actor=actor, data={"group": group, "unit": unit.name})
    except IntegrityError:
        raise Conflict(f"“{unit}”已有包联组，请在原来的一行修改。") from None
    return duty


def visit_duty_change(*, duty: VisitDuty, actor: Any, group: str, is_active: bool) -> VisitDuty:
    with transaction.atomic():
        duty = _locked(VisitDuty, duty, actor)
        try:
            with transaction.atomic():
                _change(duty, {"group": _group(group), "is_active": is_active}, events.VISIT_CHANGED, actor)
        except IntegrityError:
            raise Conflict(f"“{duty.unit}”已有包联组。") from None
    return duty


def _group(group: str) -> str:
    group = checked_line(group, "group", "包联组", 20, required=True)
    if not Provider.objects.active().filter(visit_group=group).exists():
        raise Invalid(f"没有服务单位属于“{group}”，请先在服务单位里填写包联组。", "group")
    return group


def plan_visits(day: date) -> int:
    """One order for each community's visit of the quarter; made once, however often this runs. The number made."""
    first = quarter_of(day)
    number = (first.month + 2) // 3
    planned = VisitDuty.objects.filter(orders__submitted_at__date__gte=first).values("pk")
    made = 0
    for duty in VisitDuty.objects.active().exclude(pk__in=planned).select_related("unit").order_by("pk"):
        placed = order_place(
            actor=None, unit=duty.unit, kind=OrderKind.PROJECT, visit=duty,
            title=f"{first.year} 年第 {number} 季度包联走访", request_key=own_request_key(f"{VISITS}:{duty.pk}", first.isoformat()),
        )  # fmt: skip
        made += not placed.repeated
    return made


# --- what they share


def _check_may_manage(actor: Any, unit: Unit) -> None:
    if not unit.is_active:
        raise Invalid(f"“{unit}”已停用，请选择其他单位。", "unit")
    if not covers(scope_of(actor).holding(permissions.MENU), unit):
        raise Refused(f"您不能为“{unit}”维护清单和服务单位，请选择本人所在的单位。")


def _locked(model: Any, row: Any, actor: Any) -> Any:
    rows = model.objects.visible_to(actor, permissions.MENU).select_for_update(of=("self",))
    found = rows.filter(pk=row.pk).select_related("unit").first()
    if found is None:
        raise Http404
    return found


def _change(row: HistoryModel, fresh: dict[str, Any], kind: str, actor: Any) -> None:
    """Set what differs, with one event that names it; nothing differs: no event."""
    said = []
    for name, value in fresh.items():
        if getattr(row, name) == value:
            continue
        setattr(row, name, value)
        said.append(f"{row._meta.get_field(name).verbose_name}改为“{_said(row, name, value)}”")  # type: ignore[union-attr]
    if said:
        history.record(row, kind, actor=actor, data={"summary": "；".join(said)}, fields=list(fresh))


def _said(row: Any, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    shown = getattr(row, f"get_{name}_display", None)
    return str(shown() if shown is not None else value or "无")
