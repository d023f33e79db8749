"""Imports of grids and building groups, doors, and people in posts from a unit's own workbook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone

from common.imports import ImportColumn, ImportContext, ImportRow, ImportSpec, register
from common.imports import values as parse
from common.profile import current
from grid import permissions, policies
from grid.choices import Level
from grid.models import Household, PostHolding, Unit
from grid.pinyin import whole
from grid.services.bulk import NewHolder, NewUnit, doors_import, doors_remove, posts_import, units_import
from grid.services.households import DOOR_LENGTH, MAX_HOUSEHOLDS
from grid.services.posts import EARLIEST

NAME = parse.text_up_to(60)
STREET = ImportColumn(
    "street", "镇街", parse=NAME, aliases=("街道", "乡镇", "街道（镇）"), help="同名社区不止一个时填写"
)


def one_word(most: int) -> Any:
    """Text without any spaces, rare characters put together."""
    plain = parse.text_up_to(most)
    return lambda cell: whole("".join(plain(cell).split()))


class Places:
    """Units a person may write to, found by code or name, told apart by the names above them."""

    def __init__(self, actor: Any, permission: str, levels: Iterable[int]) -> None:
        mine = list(Unit.objects.visible_to(actor, permission).active().select_related("parent"))
        self.names = dict(Unit.objects.filter(level__lte=Level.GRID).values_list("code", "name"))
        self.by_word: dict[str, list[Unit]] = defaultdict(list)
        for unit in mine:
            if unit.level in set(levels):
                for word in {unit.code, unit.name, *unit.aliases.split()}:
                    self.by_word[word].append(unit)

    def find(self, row: ImportRow, column: str, *above: str) -> Unit | None:
        """The unit named in ``column``, below the units named in the columns ``above``; else an error on the row."""
        word = whole("".join(str(row.values[column]).split()))
        wanted = {whole(row.values[name]) for name in above if row.values.get(name)}
        found = [unit for unit in self.by_word.get(word, ()) if wanted <= self._above(unit)]
        if len(found) == 1:
            return found[0]
        if found:
            row.error(f"有 {len(found)} 个单位叫“{word}”，请填写它的上级，或改填单位代码。", column)
        else:
            place = "、".join(sorted(wanted))
            row.error(f"您的管辖范围内{f'“{place}”之下' if place else ''}没有“{word}”，请核对名称。", column)
        return None

    def _above(self, unit: Unit) -> set[str]:
        codes = unit.path_codes[:-1]
        return {*codes, *(self.names.get(code, "") for code in codes)}


def households(cell: Any) -> int:
    number = parse.integer(cell)
    if not 0 <= number <= MAX_HOUSEHOLDS:
        raise parse.CellError(f"户数应在 0 至 {MAX_HOUSEHOLDS} 之间。")
    return number


@register
class UnitImport(ImportSpec):
    """Grids, and building groups inside them."""

    key, label, permission = "grid.units", "网格和楼栋", permissions.UNIT_MANAGE
    done_url_name = "grid:units"
    help = "每行一个网格，或一个网格里的一个楼栋；楼栋所在的网格还没有的，会一并建立。代码自动编排。"
    columns = (
        STREET,
        ImportColumn("community", "社区", required=True, parse=NAME, aliases=("村/社区", "社区（村）", "所属社区"),
                     example="江南社区", help="名称或 12 位代码"),
        ImportColumn("grid", "网格", required=True, parse=one_word(60), aliases=("网格名称",), example="江南第一网格"),
        ImportColumn("building", "楼栋", parse=one_word(60), aliases=("楼栋名称", "楼号"), example="1号楼", default="",
                     help="不填则本行是网格"),
        ImportColumn("households", "户数", parse=households, aliases=("常住户数",), example="60", default=0),
    )  # fmt: skip

    def prepare(self, context: ImportContext) -> None:
        context.data.update(places=Places(context.actor, self.permission, (Level.COMMUNITY,)), made=set(), units={})

    def validate(self, row: ImportRow, context: ImportContext) -> None:
        community = context.data["places"].find(row, "community", "street")
        if community is not None:
            row.values["community_id"] = community.pk

    def validate_many(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        """Grids and building groups that exist already, save the grids this very import has made."""
        communities = {row.values["community_id"] for row in rows}
        known = Unit.objects.filter(is_active=True).filter(
            Q(level=Level.GRID, parent__in=communities) | Q(level=Level.BUILDING_GROUP, parent__parent__in=communities)
        )
        grids, buildings = set(), set()
        for unit in known.select_related("parent"):
            if unit.level == Level.GRID:
                grids.add((unit.parent_id, unit.name))
            elif unit.parent is not None:
                buildings.add((unit.parent.parent_id, unit.parent.name, unit.name))
        for row in rows:
            key = (row.values["community_id"], row.values["grid"])
            if row.values["building"]:
                if (*key, row.values["building"]) in buildings:
                    row.error("这个网格已经有同名的楼栋。", "building")
            elif key in grids and key not in context.data["made"]:
                row.error("这个社区已经有同名的网格。", "grid")

    def row_key(self, values: dict[str, Any]) -> str:
        return f"{values['community_id']}\x1f{values['grid']}\x1f{values['building']}"

    def commit(self, rows: Sequence[ImportRow], context: ImportContext) -> list[int]:
        new = [
            NewUnit(row.values["community_id"], row.values["grid"], row.values["building"], row.values["households"])
            for row in rows
        ]
        context.data["made"].update((unit.community_id, unit.grid) for unit in new)
        return units_import(rows=new, actor=context.actor)


@register
class DoorImport(ImportSpec):
    """Doors of building groups."""

    key, label, permission, undoable = "grid.households", "门牌", permissions.HOUSEHOLD_MANAGE, True
    done_url_name = "grid:units"
    help = "每行一户。只填门牌，不填住户姓名等个人信息。录入后楼栋的户数按门牌数自动计算。"
    columns = (
        STREET,
        ImportColumn("community", "社区", parse=NAME, aliases=("村/社区", "所属社区"), example="江南社区"),
        ImportColumn("grid", "网格", parse=NAME, aliases=("网格名称",), example="江南第一网格"),
        ImportColumn("building", "楼栋", required=True, parse=NAME, aliases=("楼栋名称", "楼号"), example="1号楼",
                     help="名称或 18 位代码"),
        ImportColumn("door", "门牌", required=True, parse=one_word(DOOR_LENGTH), aliases=("户号", "房号"), example="1单元101"),
    )  # fmt: skip

    def prepare(self, context: ImportContext) -> None:
        context.data["places"] = Places(context.actor, self.permission, (Level.BUILDING_GROUP,))

    def validate(self, row: ImportRow, context: ImportContext) -> None:
        building = context.data["places"].find(row, "building", "grid", "community", "street")
        if building is not None:
            row.values["unit_id"] = building.pk

    def validate_many(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        wanted = {row.values["unit_id"] for row in rows}
        known = set(Household.objects.filter(unit__in=wanted).values_list("unit", "door"))
        for row in rows:
            if (row.values["unit_id"], row.values["door"]) in known:
                row.error("这个门牌已经录入。", "door")

    def row_key(self, values: dict[str, Any]) -> str:
        return f"{values['unit_id']}\x1f{values['door']}"

    def commit(self, rows: Sequence[ImportRow], context: ImportContext) -> list[int]:
        return doors_import(rows=[(row.values["unit_id"], row.values["door"]) for row in rows], actor=context.actor)

    def undo(self, object_ids: Sequence[int], actor: Any) -> None:
        doors_remove(keys=object_ids, actor=actor)


def post_word(cell: Any) -> str:
    """The key of a post from the district's own title for it."""
    return parse.choice({post.title: post.key for post in current().posts.values()})(cell)


def seat(cell: Any) -> int:
    words = {"1": 1, "2": 2, "第1席": 1, "第2席": 2, "第一席": 1, "第二席": 2, "正": 1, "备": 2, "A": 1, "B": 2}
    return parse.choice(words)(cell)


@register
class PostImport(ImportSpec):
    """People who hold posts of units (双三长, 社区书记、主任)."""

    key, label, permission = "grid.posts", "岗位人员", permissions.POST_MANAGE
    done_url_name = "grid:posts"
    help = "每行一人一岗。席位不填时自动安排空着的席位；任职日期不填时为导入当天。"
    columns = (
        STREET,
        ImportColumn("community", "社区", parse=NAME, aliases=("村/社区", "所属社区"), example="江南社区"),
        ImportColumn("grid", "网格", parse=NAME, aliases=("所属网格",), help="单位是楼栋时填写"),
        ImportColumn("unit", "单位", required=True, parse=NAME, aliases=("任职单位", "所在单位"), example="江南第一网格",
                     help="社区、网格、楼栋的名称或代码"),
        ImportColumn("post", "岗位", required=True, parse=post_word, aliases=("职务",), example="网格长"),
        ImportColumn("name", "姓名", required=True, parse=parse.text_up_to(40), example="王芳"),
        ImportColumn("seat", "席位", parse=seat, example="1", help="1 或 2"),
        ImportColumn("first_day", "任职日期", parse=parse.past_day(EARLIEST), aliases=("任职时间",), example="2026-01-01"),
    )  # fmt: skip

    def prepare(self, context: ImportContext) -> None:
        levels = (Level.STREET, Level.COMMUNITY, Level.GRID, Level.BUILDING_GROUP)
        places = Places(context.actor, self.permission, levels)
        held: dict[tuple[int, str], dict[int, str]] = defaultdict(dict)
        scope = PostHolding.objects.visible_to(context.actor, self.permission)
        for row in scope.filter(last_day=None):
            held[row.unit_id, row.post][row.seat] = row.name
        context.data.update(places=places, held=held, today=timezone.localdate())

    def validate(self, row: ImportRow, context: ImportContext) -> None:
        values = row.values
        values["first_day"] = values["first_day"] or context.data["today"]
        unit = context.data["places"].find(row, "unit", "grid", "community", "street")
        if unit is None:
            return
        values["unit_id"] = unit.pk
        rule = policies.post_rule(unit.level, values["post"])
        if rule is None:
            row.error(f"{policies.level_word(unit.level)}没有设这个岗位。", "post")
        elif values["seat"] and values["seat"] > rule.seats:
            row.error(f"“{rule.title}”只设 {rule.seats} 个席位。", "seat")
        else:
            values["seats"] = rule.seats

    def validate_many(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        """Give each row a seat that is free in the system and in the rows above it."""
        ended = self._ended(rows)
        for row in rows:
            values = row.values
            held = context.data["held"][values["unit_id"], values["post"]]
            seat = values["seat"] or next((n for n in range(1, values["seats"] + 1) if n not in held), 0)
            if values["name"] in held.values():
                row.error("这个人已经担任这个岗位；同名的另一个人请在姓名后注明。", "name")
            elif not seat or seat in held:
                names = "、".join(held.values())
                row.error(f"{'这个席位' if seat else '席位'}已由 {names} 任职，请先办理免职。", "seat")
            elif (values["unit_id"], values["post"], seat) in ended and values["first_day"] <= ended[
                values["unit_id"], values["post"], seat
            ]:
                row.error("任职日期与这个席位上一任的任期重叠。", "first_day")
            else:
                held[seat] = values["name"]
                values["seat"] = seat

    def _ended(self, rows: Sequence[ImportRow]) -> dict[tuple[int, str, int], Any]:
        """The latest last day of former holders, by unit, post and seat."""
        keys = {row.values["unit_id"] for row in rows}
        former = PostHolding.objects.filter(unit__in=keys, last_day__isnull=False).order_by("last_day")
        return {(row.unit_id, row.post, row.seat): row.last_day for row in former}

    def row_key(self, values: dict[str, Any]) -> str:
        return f"{values['unit_id']}\x1f{values['post']}\x1f{values['name']}\x1f{values['first_day']}"

    def commit(self, rows: Sequence[ImportRow], context: ImportContext) -> list[int]:
        new = [
            NewHolder(
                row.values["unit_id"],
                row.values["post"],
                row.values["name"],
                row.values["seat"],
                row.values["first_day"],
            )
            for row in rows
        ]
        return posts_import(rows=new, actor=context.actor)
