"""Kinds of points (积分项目) follow the dated rule ``points``: who adds one there, adds it here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from common import events as history
from common.errors import Invalid
from common.models import Policy
from volunteers import events
from volunteers.models import Programme


def programmes_follow(data: Mapping[str, Any], *, actor: Any = None) -> None:
    """A programme for each kind of points that the rule names, under the name it has there.

    One that the rule no longer names earns nothing more; its accounts stay, to be used up. Raises
    ``Invalid`` when a name is already another programme's.
    """
    with transaction.atomic():
        known = {row.key: row for row in Programme.objects.select_for_update().order_by("pk")}
        for rule in data["programmes"]:
            row, name = known.get(rule["key"]), rule["label"]
            taken = {other.name for other in known.values() if other is not row}
            if name in taken:
                raise Invalid(f"已有名为“{name}”的积分项目，请换一个名称。")
            if row is None:
                row = known[rule["key"]] = Programme(key=rule["key"], name=name)
                history.record(row, events.PROGRAMME_CREATED, actor=actor, data={"name": name})
            elif row.name != name:
                data_of_event = {"old": row.name, "name": name}
                row.name = name
                history.record(row, events.PROGRAMME_RENAMED, actor=actor, data=data_of_event, fields=["name"])


def follow_version(version: Policy, actor: Any) -> None:
    programmes_follow(version.data, actor=actor)
