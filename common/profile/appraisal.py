"""Schemes of appraisal in a profile: a sample of ``appraisal/`` for each rule, and what the district changes in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from common.profile.model import plain
from common.profile.reader import Reader, read_toml

SAMPLES = "appraisal"  # the folder with the sample schemes, beside the profiles
# Who is appraised, how often: each is a rule of its own, ``appraisal_worker_quarter``.
SCHEMES = ("worker_quarter", "worker_year", "community_quarter", "community_year")


def samples(folder: Path) -> dict[str, Path]:
    """The sample schemes that are shipped, by name; a name begins with that of its rule."""
    return {path.stem: path for path in sorted((folder / SAMPLES).glob("*.toml"))}


def appraisal_rules(top: Reader) -> dict[str, dict[str, Any]]:
    """First versions of the dated rules ``appraisal_<scheme>``."""
    table = top.table("appraisal")
    found = {f"appraisal_{key}": appraisal_data(table.table(key)) for key in SCHEMES}
    table.close()
    return found


def sample_data(path: Path) -> dict[str, Any]:
    """A sample scheme as the content of a rule, without a district."""
    found: dict[str, Any] = plain(appraisal_data(Reader(read_toml(path), path.name, {})))
    return found


def appraisal_data(reader: Reader) -> dict[str, Any]:
    """Weights, points and shares in percent; days are working days."""
    result: dict[str, Any] = {
        "demo": reader.flag("demo"),
        "label": reader.text("label"),
        "judge_days": reader.integer("judge_days", 1, 60),
        "appeal_days": reader.integer("appeal_days", 1, 60),
        "least_months": reader.integer("least_months", 0, 12, 0),
        "home": reader.decimal("home", "0", "100") if reader.has("home") else "50",
        "basic": reader.decimal("basic", "0", "1"),
        "indicators": [_indicator(key, table) for key, table in reader.table("indicators").tables()],
        "levels": [_level(table) for _, table in reader.table("levels").tables()],
    }
    if sum(row["weight"] for row in result["indicators"]) != 100:
        raise reader.fail("indicators", "各项权重之和应为 100")
    reader.close()
    return result


def _indicator(key: str, table: Reader) -> dict[str, Any]:
    indicator = {
        "key": key,
        "label": table.text("label"),
        "weight": table.decimal("weight", "0", "100"),
        "source": table.text("source"),
        "zero": table.decimal("zero") if table.has("zero") else "0",
        "full": table.decimal("full") if table.has("full") else "100",
        "missing": table.text("missing", "spread"),
        "guide": table.text("guide", ""),
    }
    table.close()
    return indicator


def _level(table: Reader) -> dict[str, Any]:
    level = {
        "label": table.text("label"),
        "lowest": table.decimal("lowest", "0", "100"),
        "stars": table.integer("stars", 0, 5, 0),
        "result": table.text("result", "none"),
        "percent": table.decimal("percent", "0", "300") if table.has("percent") else "100",
        "share": table.decimal("share", "0", "100") if table.has("share") else "100",
    }
    table.close()
    return level
