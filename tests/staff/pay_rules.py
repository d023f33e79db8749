"""Rules of pay for tests, read from the files that are shipped; no database."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from common import profile
from common.profile import pay as profile_pay
from staff.pay.parts import Rules, rules_of
from staff.pay.slip import PersonMonth, Slip

JUNE = date(2026, 6, 1)  # 22 days of pay


def tables(name: str) -> dict[str, Any]:
    """The four rules of a district, or of a sample scheme with the insurance, tax and leave of 江源."""
    if name in profile.available():
        found = profile.load(name).policies()
    else:
        path = profile_pay.samples(Path(settings.PROFILE_DIR))[name]
        found = {**profile.load("jiangyuan").policies(), "pay_scheme": profile_pay.sample_data(path)}
    return deepcopy({key: found[key] for key in ("pay_scheme", "insurance", "income_tax", "leave")})


@cache
def rules(name: str = "jiangyuan") -> Rules:
    return rules_of(tables(name))


def somebody(**given: Any) -> PersonMonth:
    """A worker of grade 10 without experience of anything special; contributions on 5,000 (915.00 of the worker's own)."""
    values = {
        "month": JUNE, "rank": "worker", "grade": 10, "education": "college", "certificate": "", "years": 7,
        "insurance_base": Decimal(5000), **given,
    }  # fmt: skip
    return PersonMonth(**values)


def amounts(slip: Slip) -> dict[str, str]:
    """Lines by their names."""
    return {line.label: str(line.amount) for line in slip.lines}


def d(text: str | int) -> Decimal:
    return Decimal(text)
