"""Rules of money in a profile: what a forecast of pay assumes, and the funds of communities."""

from __future__ import annotations

from typing import Any

from common.profile.reader import Reader

LEVELS = ("community", "district")
SEXES = ("men", "women")


def budget_rules(top: Reader) -> dict[str, dict[str, Any]]:
    """First versions of the dated rules ``pay_forecast community_funds``."""
    return {"pay_forecast": _forecast(top.table("pay_forecast")), "community_funds": _funds(top.table("funds"))}


def _forecast(reader: Reader) -> dict[str, Any]:
    """``base_month``: the month in which 缴费基数 are set anew (0: never); retirement by 法定退休年龄 with its delay."""
    retirement = reader.table("retirement")
    result = {
        "demo": reader.flag("demo"),
        "base_month": reader.integer("base_month", 0, 12),
        "retirement": {
            "delay_from": retirement.matching("delay_from", r"\d{4}-\d\d", "月份，如 2025-01"),
            **{sex: _ages(retirement.table(sex)) for sex in SEXES},
        },
    }
    retirement.close()
    reader.close()
    return result


def _ages(table: Reader) -> dict[str, int]:
    ages = {
        "age": table.integer("age", 45, 70),
        "step": table.integer("step", 0, 60),
        "most": table.integer("most", 0, 120),
    }
    table.close()
    return ages


def _funds(reader: Reader) -> dict[str, Any]:
    result = {
        "demo": reader.flag("demo"),
        "kinds": [_fund(key, table) for key, table in reader.table("kinds").tables()],
    }
    reader.close()
    return result


def _fund(key: str, table: Reader) -> dict[str, Any]:
    """``amount`` in yuan a year for each unit of the ``level``; ``carry``: percent of a year's money that may stay."""
    fund = {
        "key": key,
        "label": table.text("label"),
        "level": table.one_of("level", LEVELS),
        "amount": table.decimal("amount"),
        "carry": table.decimal("carry", "0", "100"),
        "uses": list(table.texts("uses")),
    }
    table.close()
    return fund
