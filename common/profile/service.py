"""Rules of volunteer service in a profile: points, stars, member items, orders, themes, honours."""

from __future__ import annotations

from typing import Any

from common.profile.model import Limit
from common.profile.reader import Reader


def service_rules(top: Reader) -> dict[str, dict[str, Any]]:
    """First versions of the dated rules ``points stars member_items orders themes honours``."""
    return {
        "points": _points(top.table("points")),
        "stars": _stars(top.table("stars")),
        "member_items": _member_items(top.table("member_items")),
        "orders": _orders(top.table("orders")),
        "themes": _themes(top.table("themes")),
        "honours": _honours(top.table("honours")),
    }


def _points(reader: Reader) -> dict[str, Any]:
    result = {
        "demo": reader.flag("demo"),
        "approval_above": reader.decimal("approval_above"),
        "keep_days": reader.integer("keep_days", 1, 90),
        "programmes": [_programme(key, table) for key, table in reader.table("programmes").tables()],
    }
    reader.close()
    return result


def _programme(key: str, table: Reader) -> dict[str, Any]:
    """How points of one kind come, what they need to be used, and when they end.

    ``groups`` empty: everybody. ``activity_cap_hours`` 0: no cap; ``ceiling`` 0: none; ``valid_years`` 0:
    points do not lapse, n: those of year Y lapse at the end of year Y + n.
    """
    programme = {
        "key": key,
        "label": table.text("label"),
        "groups": table.texts("groups", []),
        "per_hour": table.decimal("per_hour"),
        "activity_cap_hours": table.decimal("activity_cap_hours", "0", "24"),
        "joining": table.decimal("joining"),
        "redeem_after_hours": table.decimal("redeem_after_hours"),
        "ceiling": table.decimal("ceiling"),
        "valid_years": table.integer("valid_years", 0, 20),
    }
    table.close()
    return programme


def _stars(reader: Reader) -> dict[str, Any]:
    """志愿服务记录与证明出具办法: 100, 300, 600, 1000, 1500 hours; a district may have its own names."""
    levels = [_level(table, "hours") for _, table in reader.table("levels").tables()]
    _rising(reader, levels, "hours")
    result = {"demo": reader.flag("demo"), "levels": levels}
    reader.close()
    return result


def _level(table: Reader, measure: str) -> dict[str, Any]:
    level = {"label": table.text("label"), measure: table.decimal(measure)}
    table.close()
    return level


def _rising(reader: Reader, levels: list[dict[str, Any]], measure: str) -> None:
    values = [level[measure] for level in levels]
    if values != sorted(set(values)):
        raise reader.fail("levels", "各星级应从低到高排列")


def _member_items(reader: Reader) -> dict[str, Any]:
    """丰南: items that give points to party members each half-year, and the stars of a half-year."""
    levels = [_level(table, "points") for _, table in reader.table("levels").tables()]
    _rising(reader, levels, "points")
    result = {
        "demo": reader.flag("demo"),
        "programme": reader.text("programme"),
        "items": [_item(key, table) for key, table in reader.table("items").tables()],
        "levels": levels,
    }
    reader.close()
    return result


def _item(key: str, table: Reader) -> dict[str, Any]:
    item = {
        "key": key,
        "label": table.text("label"),
        "points": table.decimal("points", "-100", "100"),
        "most": table.integer("most", 1, 100),
    }
    table.close()
    return item


def _orders(reader: Reader) -> dict[str, Any]:
    """``claim`` and ``finish`` per kind of order; who may claim (a kind may have its own); where unclaimed ones go."""
    limits = reader.table("limits")
    result: dict[str, Any] = {
        "demo": reader.flag("demo"),
        "limits": {kind: _order_limits(table) for kind, table in limits.tables()},
        "claimers": reader.texts("claimers"),
        "raise_unclaimed": reader.flag("raise_unclaimed"),
        "most_open_claims": reader.integer("most_open_claims", 1, 100),
    }
    reader.close()
    return result


def _order_limits(table: Reader) -> dict[str, Any]:
    limits: dict[str, Any] = {
        key: Limit.parse(table.matching(key, r"\d{1,4}(h|wh|wd|d)", "数字加单位，如 2d")) for key in ("claim", "finish")
    }
    limits["claimers"] = table.texts("claimers", [])
    table.close()
    return limits


def _themes(reader: Reader) -> dict[str, Any]:
    """一节一活动、一月一主题: ``months`` empty means the whole year; ``festival`` names the feast."""
    result = {
        "demo": reader.flag("demo"),
        "themes": [_theme(key, table) for key, table in reader.table("list").tables()],
    }
    reader.close()
    return result


def _theme(key: str, table: Reader) -> dict[str, Any]:
    theme = {
        "key": key,
        "label": table.text("label"),
        "months": sorted(int(month) for month in table.texts("months", [])),
        "festival": table.text("festival", ""),
    }
    table.close()
    return theme


def _honours(reader: Reader) -> dict[str, Any]:
    result = {"demo": reader.flag("demo"), "names": list(reader.texts("names"))}
    reader.close()
    return result
