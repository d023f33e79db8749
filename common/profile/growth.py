"""Rules of training, rotation and attendance of community workers in a profile."""

from __future__ import annotations

from typing import Any

from common.profile.reader import Reader

WORKER_KINDS = ("committee", "post", "specialist", "part_time")


def growth_rules(top: Reader) -> dict[str, dict[str, Any]]:
    """First versions of the dated rules ``training rotation attendance``."""
    return {
        "training": _training(top.table("training")),
        "rotation": _rotation(top.table("rotation")),
        "attendance": _attendance(top.table("attendance")),
    }


def _training(reader: Reader) -> dict[str, Any]:
    owed = reader.table("owed")
    result = {
        "demo": reader.flag("demo"),
        "owed": {kind: owed.decimal(kind, "0", "400") for kind in WORKER_KINDS},
        "newcomer": reader.decimal("newcomer", "0", "400"),
        "pass_percent": reader.decimal("pass_percent", "1", "100"),
    }
    owed.close()
    reader.close()
    return result


def _rotation(reader: Reader) -> dict[str, Any]:
    result = {
        "demo": reader.flag("demo"),
        "per_site": reader.integer("per_site", 1, 20),
        "sites": reader.integer("sites", 1, 40),
        "gap": reader.integer("gap", 0, 24),
    }
    reader.close()
    return result


def _attendance(reader: Reader) -> dict[str, Any]:
    kinds = reader.table("kinds")
    result = {
        "demo": reader.flag("demo"),
        "start": reader.text("start", ""),
        "grace": reader.integer("grace", 0, 120),
        "code": reader.flag("code"),
        "close_day": reader.integer("close_day", 1, 28),
        "keep_months": reader.integer("keep_months", 24, 120),
        "kinds": {kind: kinds.flag(kind) for kind in WORKER_KINDS},
    }
    kinds.close()
    reader.close()
    return result
