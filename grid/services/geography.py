"""Setting up the tree from a file of official codes (统计用区划代码); repeatable."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from common import events as history
from common.errors import Invalid, PlainError
from common.models import Event
from grid import events
from grid.choices import CODE_LENGTH, Level, UnitKind
from grid.models import Unit
from grid.pinyin import sort_key, whole
from grid.services.tree import lock_tree

KIND_WORDS = {
    "街道": UnitKind.SUBDISTRICT, "镇": UnitKind.TOWN, "乡": UnitKind.TOWNSHIP, "农林场": UnitKind.FARM, "园区": UnitKind.ZONE,
    "社区": UnitKind.RESIDENTIAL, "村": UnitKind.VILLAGE, "其他": UnitKind.OTHER,
}  # fmt: skip
FARM = re.compile("农场|林场|牧场|渔场|养殖场|原种场|良种场|林业局")
ZONE = re.compile("开发区|工业区|园区|新区|新城|集中区|旅游岛|特殊乡镇")
REMARK = re.compile("（[^）]*）")
# How the national code list spells out what people call 江南社区, 赵庄村.
LONG_ENDINGS = (
    (re.compile("特殊(乡镇|社区|村委会)$"), ""),
    (re.compile("社区居民?委员?会$"), "社区"),
    (re.compile("村村民?委员?会$"), "村"),
    (re.compile("村民?委员?会$"), "村"),
    (re.compile("居民?委员?会$"), "社区"),
)


@dataclass(frozen=True)
class Place:
    """One unit as the file names it."""

    code: str
    name: str
    kind: str
    level: Level
    parent: str
    aliases: str = ""


@dataclass
class Outcome:
    """What an import did. ``kept``: Chinese sentences on units the file sees differently."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)


def read_geography(path: Path) -> list[Place]:
    """Places of a file, parents first: the shipped format or the plain list it was made from.

    Raises ``Invalid`` with the place of the fault.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise Invalid(f"找不到文件 {path}。") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise Invalid(f"{path.name} 读不出来：应为 UTF-8 编码的 JSON 文件（{error}）。") from error
    places = list(_places(data if isinstance(data, dict) else {}))
    _check(places, path.name)
    return places


def import_geography(*, places: list[Place]) -> Outcome:
    """Create what is missing and follow new names of what is there; nothing is deleted or moved.

    A name that somebody changed here since the last import stays. One transaction.
    """
    outcome = Outcome()
    with transaction.atomic():
        lock_tree()
        _refuse_other_district(places[0])
        known = {unit.code: unit for unit in Unit.objects.select_for_update(of=("self",)).order_by("path")}
        changed = [(known[place.code], place) for place in places if place.code in known]
        _update(changed, known, outcome)
        for level in (Level.DISTRICT, Level.STREET, Level.COMMUNITY):
            new = [place for place in places if place.level == level and place.code not in known]
            known.update({unit.code: unit for unit in _create(new, known)})
            outcome.created += len(new)
    return outcome


# --- reading


def _places(data: Mapping[str, Any]) -> Iterator[Place]:
    head = data.get("district")
    head = head if isinstance(head, Mapping) else data
    code, name = _text(head, "code"), _text(head, "name")
    yield Place(code, name, UnitKind.DISTRICT, Level.DISTRICT, "")
    for street in _entries(data, "streets"):
        yield _place(street, Level.STREET, code)
        for community in _entries(street, "communities") or _entries(street, "villages"):
            yield _place(community, Level.COMMUNITY, _text(street, "code"))


def _entries(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The list under a key; what is no object in it becomes an empty one, which fails the check by name."""
    found = data.get(key)
    return [entry if isinstance(entry, Mapping) else {} for entry in found] if isinstance(found, list) else []


def _place(entry: Mapping[str, Any], level: Level, parent: str) -> Place:
    official = _text(entry, "name")
    name = "".join((str(entry.get("short") or "") or short_name(official)).split())
    spellings = [official, str(entry.get("coded_name") or "")]
    if whole(official) != official:
        official, name = whole(official), whole(name)
        spellings.append(official)
    aliases = " ".join(dict.fromkeys(text for text in spellings if text and text != name))
    kind = _kind(official, str(entry.get("kind") or ""), level)
    return Place(_text(entry, "code"), name, kind, level, parent, aliases[:120])


def _text(entry: Mapping[str, Any], key: str) -> str:
    return "".join(str(entry.get(key) or "").split())


def short_name(official: str) -> str:
    """``三友社区居委会`` → ``三友社区``, remarks in brackets dropped; any other name stays."""
    official = REMARK.sub("", official) or official
    for ending, short in LONG_ENDINGS:
        cut = ending.sub(short, official)
        if cut != official:
            return cut
    return official


def _kind(name: str, word: str, level: Level) -> str:
    if level == Level.STREET:
        return KIND_WORDS[word] if word in KIND_WORDS else _street_kind(name)
    if word == "其他" or name.endswith("生活区"):
        return UnitKind.OTHER
    return KIND_WORDS.get(word) or (UnitKind.VILLAGE if short_name(name).endswith("村") else UnitKind.RESIDENTIAL)


def _street_kind(name: str) -> str:
    """What a unit of township rank is. The ending decides first: 农场街道 is a street, 一农场 a farm."""
    if name.endswith("街道"):
        return UnitKind.SUBDISTRICT
    if name.endswith("镇") and not name.endswith("特殊乡镇"):
        return UnitKind.TOWN
    if name.endswith("乡"):
        return UnitKind.TOWNSHIP
    if FARM.search(name):
        return UnitKind.FARM
    return UnitKind.ZONE if ZONE.search(name) else UnitKind.OTHER


def _check(places: list[Place], file: str) -> None:
    seen: dict[str, Place] = {}
    for place in places:
        if len(place.code) != CODE_LENGTH[place.level] or not (place.code.isascii() and place.code.isdigit()):
            raise Invalid(
                f"{file}：“{place.name or '（无名称）'}”的代码“{place.code}”应为 {CODE_LENGTH[place.level]} 位数字。"
            )
        if not place.name or len(place.name) > 60:
            raise Invalid(f"{file}：代码 {place.code} 的名称为空或超过 60 字。")
        if place.code in seen:
            raise Invalid(f"{file}：代码 {place.code} 出现了两次（{seen[place.code].name}、{place.name}）。")
        seen[place.code] = place
    if len(places) == 1:
        raise Invalid(f"{file}：没有任何镇街，请检查文件内容。")


# --- writing


def _refuse_other_district(place: Place) -> None:
    root = Unit.objects.filter(level=Level.DISTRICT).first()
    if root is not None and root.code != place.code:
        raise PlainError(f"本系统已是“{root}”（{root.code}），不能再导入“{place.name}”（{place.code}）。")


def _create(places: list[Place], known: Mapping[str, Unit]) -> list[Unit]:
    units, linked = [], []
    for place in places:
        parent = known[place.parent] if place.parent else None
        unit = Unit(
            code=place.code, name=place.name, aliases=place.aliases, pinyin=sort_key(place.name), level=place.level,
            kind=place.kind, parent=parent, path=f"{parent.path if parent else ''}{place.code}/",
        )  # fmt: skip
        data = {"name": place.name, "code": place.code, "imported": place.name}
        units.append(unit)
        linked.append(history.link(unit, events.UNIT_CREATED, data=data))
    Unit.objects.bulk_create(units, batch_size=1000)
    for unit, event in zip(units, linked, strict=True):
        event.object_id = unit.pk
    Event.objects.bulk_create(linked, batch_size=1000)
    return units


def _update(pairs: list[tuple[Unit, Place]], known: Mapping[str, Unit], outcome: Outcome) -> None:
    imported = _imported_names([unit for unit, place in pairs if unit.name != place.name])
    parents = {unit.pk: unit for unit in known.values()}
    changed: list[Unit] = []
    linked: list[Event] = []
    for unit, place in pairs:
        event = _follow(unit, place, imported, parents, outcome)
        if event is None:
            outcome.unchanged += 1
            continue
        changed.append(unit)
        linked.append(event)
    columns = ["name", "aliases", "pinyin", "kind", "event_seq", "event_head"]
    Unit.objects.bulk_update(changed, columns, batch_size=500)
    Event.objects.bulk_create(linked, batch_size=1000)
    outcome.updated += len(changed)


def _follow(
    unit: Unit, place: Place, imported: Mapping[Any, str], parents: Mapping[int, Unit], outcome: Outcome
) -> Event | None:
    """Give the unit what the file says; its event, or ``None`` when nothing is to be done."""
    if not unit.is_active:
        outcome.kept.append(f"“{unit}”（{unit.code}）在本系统已停用，保持不变。")
        return None
    if unit.parent_id is not None and parents[unit.parent_id].code != place.parent:
        outcome.kept.append(f"“{unit}”（{unit.code}）在本系统隶属“{parents[unit.parent_id]}”，与文件不同，保持不变。")
    said = []
    if unit.name != place.name:
        if imported.get(unit.stream) == place.name:
            outcome.kept.append(f"代码 {unit.code} 在本系统已改名为“{unit}”，文件为“{place.name}”，保持不变。")
        else:
            said.append(f"名称由“{unit.name}”改为“{place.name}”")
            unit.name, unit.aliases, unit.pinyin = place.name, place.aliases, sort_key(place.name)
    if unit.kind != place.kind:
        said.append(f"类型由“{unit.get_kind_display()}”改为“{UnitKind(place.kind).label}”")
        unit.kind = place.kind
    if not said:
        return None
    return history.link(unit, events.UNIT_CHANGED, data={"summary": "；".join(said), "imported": place.name})


def _imported_names(units: list[Unit]) -> dict[Any, str]:
    """By stream, the name each unit was given by the last import."""
    rows = Event.objects.filter(stream__in=[unit.stream for unit in units], data__has_key="imported").order_by("seq")
    return {row.stream: row.data["imported"] for row in rows}
