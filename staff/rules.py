"""The dated rules of pay as typed values; every reader keeps the versions it used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from common import policies
from common.models import Policy
from staff import policy_kinds
from staff.pay.money import share_of
from staff.pay.parts import Rules, rules_of
from staff.pay.retirement import Retirement, retirement_of
from staff.pay.scheme import Scheme, same_grading, scheme_of

__all__ = ["KINDS", "PayRules", "pay_rules", "pay_scheme", "rules_of"]

KINDS = (policy_kinds.SCHEME, policy_kinds.INSURANCE, policy_kinds.INCOME_TAX, policy_kinds.LEAVE)


@dataclass(frozen=True)
class PayRules:
    """The rules of a month and the versions they come from."""

    rules: Rules
    versions: Mapping[str, Policy]

    @property
    def keys(self) -> dict[str, int]:
        """Primary keys of the versions, as a run keeps them."""
        return {key: version.pk for key, version in self.versions.items()}


def pay_rules(on: date) -> PayRules:
    """Rules in force on a day (the first of a month)."""
    versions = {key: policies.current(key, on) for key in KINDS}
    return PayRules(rules_of({key: version.data for key, version in versions.items()}), versions)


def pay_scheme(on: date) -> tuple[Policy, Scheme]:
    """The scheme in force on a day."""
    version = policies.current(policy_kinds.SCHEME, on)
    return version, _scheme(version.pk, version.valid_from)


def scheme_versions() -> list[Policy]:
    """Every version of the scheme, the latest first."""
    return list(Policy.objects.filter(key=policy_kinds.SCHEME).order_by("-valid_from"))


def regrading_versions(since: date) -> list[Policy]:
    """Versions of the scheme from a day on that grade otherwise than the version before; the latest first.

    Not the first one: nobody was graded before it.
    """
    versions = policies.all_versions(policy_kinds.SCHEME)
    return [
        version
        for version, former in pairwise(versions)
        if version.valid_from >= since and not same_grading(scheme_of(former.data), scheme_of(version.data))
    ]


@lru_cache(maxsize=16)
def _scheme(pk: int, valid_from: date) -> Scheme:
    return scheme_of(Policy.objects.get(pk=pk).data)


# --- funds of communities, forecast of pay


@dataclass(frozen=True)
class Fund:
    """A fund of the rule 社区经费: yuan a year for each unit of its level; ``carry`` as a fraction of a year's money."""

    key: str
    label: str
    level: str
    amount: Decimal
    carry: Decimal
    uses: tuple[str, ...]


def funds_on(day: date) -> dict[str, Fund]:
    """The funds in force on a day, by key, in the rule's order."""
    data = policies.current(policy_kinds.FUNDS, day).data
    return {
        row["key"]: Fund(
            row["key"], row["label"], row["level"], Decimal(row["amount"]), share_of(row["carry"]), tuple(row["uses"])
        )
        for row in data["kinds"]
    }


def retirement_rule(on: date) -> tuple[Retirement, int]:
    """When people retire, and the month in which 缴费基数 are set anew (0: never)."""
    data = policies.current(policy_kinds.FORECAST, on).data
    return retirement_of(data["retirement"]), int(data["base_month"])


def insurance_year(month: date) -> date:
    """The month in which the 缴费年度 of a month began; the earliest of all days when bases are never set anew."""
    begins = retirement_rule(month)[1]
    if not begins:
        return date.min
    return date(month.year if begins <= month.month else month.year - 1, begins, 1)
