"""What may be done with a unit, each answer with a sentence a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from common import policies, profile
from common.decisions import ALLOWED, Decision, Denied
from common.errors import Invalid, PlainError
from grid.choices import KINDS_OF_LEVEL, POSTS_OF_LEVEL, Level
from grid.models import Unit

GRID_SIZE = "grid_size"


def level_word(level: int) -> str:
    """How this district calls a level: 社区, 网格, 楼栋（单元） …"""
    return profile.current().level_label(level)


def may_hang(level: int, parent: Unit) -> Decision:
    """Whether a unit of ``level`` may stand under ``parent``."""
    if not parent.is_active:
        return Denied(f"“{parent}”已经停用，不能再接收下级单位，请另选一个。")
    if parent.level != level - 1:
        return Denied(
            f"{level_word(level)}只能设在{level_word(level - 1)}之下，而“{parent}”是{level_word(parent.level)}。"
        )
    return ALLOWED


def may_move(unit: Unit, parent: Unit) -> Decision:
    """Whether ``unit`` may go under ``parent``: levels, activity, no cycle."""
    if unit.level == Level.DISTRICT:
        return Denied("最上级单位没有上级，不能调整隶属。")
    if not unit.is_active:
        return Denied(f"“{unit}”已经停用，不能调整隶属。")
    if parent.path.startswith(unit.path):
        return Denied(f"“{parent}”是“{unit}”自己或它的下级，不能作为上级。")
    if unit.parent_id == parent.pk:
        return Denied(f"“{unit}”已经在“{parent}”之下，无需调整。")
    return may_hang(unit.level, parent)


def may_merge(source: Unit, target: Unit) -> Decision:
    """Whether ``source`` may be merged into ``target``: two active units of one level."""
    if source.level == Level.DISTRICT:
        return Denied("最上级单位不能并入别的单位。")
    if source.pk == target.pk:
        return Denied("不能并入自己，请选择另一个单位。")
    if not source.is_active:
        return Denied(f"“{source}”已经停用，不能再并入别的单位。")
    if not target.is_active:
        return Denied(f"“{target}”已经停用，不能接收并入，请另选一个。")
    if source.level != target.level:
        return Denied(
            f"只能并入同一层级的单位：“{source}”是{level_word(source.level)}，“{target}”是{level_word(target.level)}。"
        )
    return ALLOWED


def kind_fits(kind: str, level: int) -> Decision:
    if kind in KINDS_OF_LEVEL[Level(level)]:
        return ALLOWED
    return Denied(f"所选类型不能用于{level_word(level)}。")


# --- size of grids


@dataclass(frozen=True)
class GridSizeRule:
    """Households a grid should have, and where the rule is from (``source`` is shown beside the flag)."""

    minimum: int
    maximum: int
    flag: bool
    source: str

    @property
    def text(self) -> str:
        """The rule with its source: ``300–500 户（依据：…）``."""
        return f"{self.minimum}–{self.maximum} 户（依据：{self.source}）"

    def fault(self, households: int) -> str:
        """What is wrong with the size, or an empty text."""
        if not self.flag or self.minimum <= households <= self.maximum:
            return ""
        if households < self.minimum:
            return f"{households} 户，少于 {self.minimum} 户"
        return f"{households} 户，多于 {self.maximum} 户"


def _check_grid_size(data: Mapping[str, Any]) -> None:
    minimum, maximum = data.get("minimum"), data.get("maximum")
    if not isinstance(minimum, int) or not isinstance(maximum, int) or not 0 <= minimum <= maximum:
        raise Invalid("网格户数的下限和上限应为整数，且下限不大于上限。")


policies.register(
    GRID_SIZE,
    "网格户数",
    _check_grid_size,
    "每个网格的户数范围，超出范围的网格会被标出",
    labels={"minimum": "下限（户）", "maximum": "上限（户）", "flag": "标出超出范围的网格", "source": "规定的出处"},
)


def grid_size(on: date) -> GridSizeRule:
    """The rule in force on a day; before one was entered, the profile's own."""
    try:
        data = policies.current(GRID_SIZE, on).data
    except PlainError:
        size = profile.current().grid_size
        data = {
            "minimum": size.minimum,
            "maximum": size.maximum,
            "flag": size.flag,
            "demo": size.demo,
            "source": size.source,
        }
    source = data.get("source") or ("演示" if data.get("demo") else "本地规定")
    return GridSizeRule(int(data["minimum"]), int(data["maximum"]), bool(data.get("flag", True)), source)


# --- posts


@dataclass(frozen=True)
class PostRule:
    """A post that exists in this district at one level, its title and number of seats."""

    key: str
    title: str
    seats: int


def posts_at(level: int) -> tuple[PostRule, ...]:
    """Posts of a level, by the profile: titles, and one or two seats (双三长, 一职两备)."""
    titles = profile.current().posts
    return tuple(
        PostRule(key, titles[key].title, titles[key].seats) for key in POSTS_OF_LEVEL[Level(level)] if key in titles
    )


def post_rule(level: int, key: str) -> PostRule | None:
    return next((rule for rule in posts_at(level) if rule.key == key), None)
