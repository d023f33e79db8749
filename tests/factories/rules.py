"""The dated rules of a district's profile."""

from __future__ import annotations

from functools import cache
from typing import Any

from common import policies, profile
from common.models import Policy
from config.reference import FIRST_DAY


def make_rules(district: str = "", **changes: dict[str, Any]) -> None:
    """The rules of a profile (the current one by default); ``limits={"extensions_max": 1}`` changes keys of one.

    What is there already stays.
    """
    rows = [
        Policy(key=key, valid_from=FIRST_DAY, data={**data, **changes.get(key, {})})
        for key, data in _of(district or profile.current().key).items()
    ]
    Policy.objects.bulk_create(rows, ignore_conflicts=True)
    policies.forget()


@cache
def _of(district: str) -> dict[str, dict[str, Any]]:
    """Nearly every test begins with them; nobody changes what is inside."""
    return profile.load(district).policies()
