"""Setting up, changing, moving, merging and closing units (docs/rules/unit-move.md)."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from common import events as history
from common.errors import Invalid
from grid import events, guards, policies
from grid.choices import CODE_LENGTH, KINDS_OF_LEVEL, Level
from grid.models import Household, PostHolding, Unit
from grid.pinyin import sort_key, whole
from grid.services.households import DOOR_LENGTH, check_number
from grid.services.posts import end_post
from grid.services.tree import changes_tree, locked, refuse_unless, replant, require_over


@changes_tree
def unit_create(
    *,
    actor: Any,
    parent: Unit,
    name: str,
    code: str = "",
    kind: str = "",
    households: int = 0,
    aliases: str = "",
) -> Unit:
    """Set up a unit one level below ``parent``.

    ``code`` may be left out for grids and building groups: the next free one under the parent is
    taken; streets and communities have official codes. Raises ``Invalid`` with the field.
    """
    parent = _fresh(parent)
    require_over(actor, parent)
    if parent.level == Level.BUILDING_GROUP:
        raise Invalid(f"{policies.level_word(Level.BUILDING_GROUP)}是最低一级，不能再设下级。", "parent")
    level = Level(parent.level + 1)
    refuse_unless(policies.may_hang(level, parent), "parent")
    kind = kind or KINDS_OF_LEVEL[level][0]
    refuse_unless(policies.kind_fits(kind, level), "kind")
    unit = Unit(level=level, kind=kind, parent=parent, households=households, aliases=_line(aliases, 120))
    check_number(unit, households)
    unit.name = _name(name, parent)
    unit.code = _code(code.strip(), parent, level) if code.strip() else next_code(parent)
    unit.pinyin = sort_key(unit.name)
    unit.path = f"{parent.path}{unit.code}/"
    history.record(
        unit, events.UNIT_CREATED, actor=actor, data={"name": unit.name, "code": unit.code, "parent": parent.name}
    )
    return unit


@changes_tree
def unit_change(*, unit: Unit, actor: Any, **changes: Any) -> Unit:
    """Change ``name``, ``kind``, ``households``, ``aliases`` or ``code`` of a unit.

    A new code rewrites the paths of everything below. Nothing changed: no event.
    """
    unit = _fresh(unit)
    require_over(actor, unit)
    unknown = set(changes) - {"name", "kind", "households", "aliases", "code"}
    if unknown:
        raise TypeError(f"unit_change does not know {sorted(unknown)}")
    values = _checked_changes(unit, changes)
    said = [_said(unit, field, value) for field, value in values.items() if getattr(unit, field) != value]
    if not said:
        return unit
    summary = "；".join(said)
    if values.get("code", unit.code) != unit.code:
        path = f"{unit.parent.path if unit.parent else ''}{values['code']}/"
        replant(unit, path, f"上级“{unit}”代码调整", actor=actor)
        unit.path = path
    for field, value in values.items():
        setattr(unit, field, value)
    unit.pinyin = sort_key(unit.name)
    history.record(
        unit, events.UNIT_CHANGED, actor=actor, data={"summary": summary}, fields=[*values, "pinyin", "path"]
    )
    return unit


@changes_tree
def unit_move(*, unit: Unit, parent: Unit, actor: Any) -> Unit:
    """Put a unit with everything below it under another parent; its code stays.

    Raises ``Invalid`` for a cycle, a wrong level or a closed target. Subscribers of ``unit.moved`` run after the tree
    has changed, in the same transaction.
    """
    fresh = locked([unit.pk, parent.pk])
    unit, parent = fresh[unit.pk], fresh[parent.pk]
    require_over(actor, unit)
    require_over(actor, parent)
    refuse_unless(policies.may_move(unit, parent), "parent")
    _refuse_double_name(unit.name, parent, unit)
    _record_move(unit, _plant(unit, parent, actor), actor)
    return unit


@changes_tree
def unit_merge(*, unit: Unit, target: Unit, actor: Any) -> Unit:
    """Merge ``unit`` into ``target`` of the same level.

    Its children and doors go to the target (those whose name the target has already get the old
    unit's name in front), its post holders leave office today, its household
    number is added to the target's, and it stays as an inactive row that names the target.
    Raises ``Invalid`` when policy forbids it.
    """
    fresh = locked([unit.pk, target.pk])
    unit, target = fresh[unit.pk], fresh[target.pk]
    require_over(actor, unit)
    require_over(actor, target)
    refuse_unless(policies.may_merge(unit, target), "target")
    moved: list[tuple[Unit, dict[str, Any]]] = []
    for child in list(unit.children.select_for_update().order_by("path")):
        _tell_apart(child, target, actor)
        moved.append((child, _plant(child, target, actor)))
    _move_doors(unit, target)
    _end_posts(unit, actor)
    target.households += unit.households
    unit.is_active, unit.merged_into = False, target
    history.record(
        target,
        events.UNIT_ABSORBED,
        actor=actor,
        data={"source": unit.name, "source_id": unit.pk},
        fields=["households"],
    )
    history.record(
        unit, events.UNIT_MERGED, actor=actor, data={"target": target.name, "target_id": target.pk},
        fields=["is_active", "merged_into"],
    )  # fmt: skip
    for child, data in moved:  # after the merge itself, so that subscribers have followed that one first
        _record_move(child, data, actor)
    return unit


@changes_tree
def unit_close(*, unit: Unit, actor: Any) -> Unit:
    """Close a unit that has no active units below it; its post holders leave office today.

    Raises ``Invalid`` when something still hangs on it: units below, or what another app guards.
    """
    unit = _fresh(unit)
    require_over(actor, unit)
    if unit.level == Level.DISTRICT:
        raise Invalid("最上级单位不能撤销。")
    if not unit.is_active:
        raise Invalid(f"“{unit}”已经停用。")
    below = unit.children.filter(is_active=True).count()
    if below:
        raise Invalid(f"“{unit}”下面还有 {below} 个{policies.level_word(unit.level + 1)}，请先调整或并入别处。")
    refuse_unless(guards.may_close(unit))
    _end_posts(unit, actor)
    unit.is_active = False
    history.record(unit, events.UNIT_CLOSED, actor=actor, data={"name": unit.name}, fields=["is_active"])
    return unit


def next_code(parent: Unit) -> str:
    """The next free code below a community or grid. The caller holds the tree's lock."""
    level = Level(parent.level + 1)
    if level < Level.GRID:
        raise Invalid(f"请填写{policies.level_word(level)}的 {CODE_LENGTH[level]} 位统计用区划代码。", "code")
    width = CODE_LENGTH[level] - len(parent.code)
    taken = Unit.objects.filter(code__startswith=parent.code, level=level).values_list("code", flat=True)
    numbers = {int(code[-width:]) for code in taken}
    free = next((number for number in range(1, 10**width) if number not in numbers), None)
    if free is None:
        raise Invalid(f"“{parent}”之下的代码已经用完，请联系系统管理员。", "code")
    return f"{parent.code}{free:0{width}d}"


# --- parts


def _fresh(unit: Unit) -> Unit:
    return locked([unit.pk])[unit.pk]


def _plant(unit: Unit, parent: Unit, actor: Any) -> dict[str, Any]:
    """Put a locked unit and everything below it under ``parent``; the data of the event to come."""
    old_parent, path = unit.parent, f"{parent.path}{unit.code}/"
    assert old_parent is not None  # a root is never moved
    replant(unit, path, f"随“{unit}”由“{old_parent}”划入“{parent}”", actor=actor)
    unit.parent, unit.path = parent, path
    unit.save(update_fields=["parent", "path"])
    return {
        "old_parent": old_parent.name, "old_parent_id": old_parent.pk,
        "new_parent": parent.name, "new_parent_id": parent.pk,
    }  # fmt: skip


def _record_move(unit: Unit, data: dict[str, Any], actor: Any) -> None:
    history.record(unit, events.UNIT_MOVED, actor=actor, data=data)


def _tell_apart(child: Unit, target: Unit, actor: Any) -> None:
    """A child whose name the target has already (第一网格) gets its old parent's name in front."""
    if not (child.is_active and target.children.filter(name=child.name, is_active=True).exists()):
        return
    old = child.name
    child.name = _name(f"{child.parent}{old}", target)
    child.pinyin = sort_key(child.name)
    summary = f"名称由“{old}”改为“{child.name}”，与接收单位的同名单位区别"
    history.record(child, events.UNIT_CHANGED, actor=actor, data={"summary": summary}, fields=["name", "pinyin"])


def _move_doors(source: Unit, target: Unit) -> None:
    """Doors go to the target; one whose number the target has already gets the source's name in front."""
    taken = set(target.doors.values_list("door", flat=True))
    clashing = [door for door in source.doors.select_for_update().order_by("pk") if door.door in taken]
    for door in clashing:
        renamed = f"{source.name}{door.door}"
        if len(renamed) > DOOR_LENGTH or renamed in taken:
            raise Invalid(f"“{source}”与“{target}”都有门牌“{door.door}”，请先修改其中一个的门牌再合并。")
        door.door = renamed
        taken.add(renamed)
    Household.objects.bulk_update(clashing, ["door"])
    source.doors.update(unit=target)


def _end_posts(unit: Unit, actor: Any) -> None:
    today = timezone.localdate()
    for holding in PostHolding.objects.select_for_update(of=("self",)).filter(unit=unit, last_day=None).order_by("pk"):
        end_post(holding, max(today, holding.first_day), actor)


def _checked_changes(unit: Unit, changes: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "name" in changes:
        values["name"] = _name(changes["name"], unit.parent, unit)
    if "kind" in changes:
        refuse_unless(policies.kind_fits(changes["kind"], unit.level), "kind")
        values["kind"] = changes["kind"]
    if "households" in changes:
        check_number(unit, changes["households"])
        values["households"] = changes["households"]
    if "aliases" in changes:
        values["aliases"] = _line(changes["aliases"], 120)
    if "code" in changes and changes["code"].strip() != unit.code:
        values["code"] = _code(changes["code"].strip(), unit.parent, Level(unit.level))
    return values


def _said(unit: Unit, field: str, value: Any) -> str:
    column: Any = Unit._meta.get_field(field)
    old, new = getattr(unit, field), value
    if field == "kind":
        choices = dict(column.flatchoices)
        old, new = choices.get(old, old), choices.get(new, new)
    return f"{column.verbose_name}由“{old if old != '' else '空'}”改为“{new if new != '' else '空'}”"


def _line(text: str, limit: int) -> str:
    line = " ".join(whole(text.replace("\x00", "")).split())
    if len(line) > limit:
        raise Invalid(f"最多 {limit} 字，现有 {len(line)} 字。", "aliases")
    return line


def _name(name: str, parent: Unit | None, unit: Unit | None = None) -> str:
    name = "".join(whole(name.replace("\x00", "")).split())
    if not name:
        raise Invalid("请填写名称。", "name")
    if len(name) > 60:
        raise Invalid(f"名称最多 60 字，现有 {len(name)} 字。", "name")
    if parent is not None:
        _refuse_double_name(name, parent, unit)
    return name


def _refuse_double_name(name: str, parent: Unit, unit: Unit | None) -> None:
    twins = Unit.objects.filter(parent=parent, name=name, is_active=True)
    if unit is not None:
        twins = twins.exclude(pk=unit.pk)
    if twins.exists():
        raise Invalid(f"“{parent}”之下已经有“{name}”，请换一个名称。", "name")


def _code(code: str, parent: Unit | None, level: Level) -> str:
    length = CODE_LENGTH[level]
    if not (code.isascii() and code.isdigit() and len(code) == length):
        raise Invalid(f"{policies.level_word(level)}的代码应为 {length} 位数字。", "code")
    if parent is not None and level <= Level.COMMUNITY and code[:6] != parent.code[:6]:
        raise Invalid(f"代码应以本区划代码 {parent.code[:6]} 开头。", "code")
    other = Unit.objects.filter(code=code).first()
    if other is not None:
        raise Invalid(f"代码 {code} 已经由“{other}”使用。", "code")
    return code
