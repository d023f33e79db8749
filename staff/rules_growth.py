"""The dated rules of training, rotation and attendance as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from common import policies
from staff.policy_kinds_growth import ATTENDANCE, ROTATION, TRAINING

YEAR = 12
HALF = Decimal("0.5")


@dataclass(frozen=True)
class TrainingRule:
    """``owed``: hours of a whole year by kind of worker; ``newcomer``: more in the year of entry."""

    owed: Mapping[str, Decimal]
    newcomer: Decimal
    pass_percent: Decimal

    def owed_by(self, kind: str, entered_on: date, left_on: date | None, newcomer: bool, year: int) -> Decimal:
        """Hours of a year: by the months in office (begun ones count), up to the next half hour."""
        first = entered_on.month if entered_on.year == year else 1 if entered_on.year < year else YEAR + 1
        last = YEAR if left_on is None or left_on.year > year else left_on.month if left_on.year == year else 0
        months = max(last - first + 1, 0)
        whole = self.owed[kind] + (self.newcomer if newcomer and entered_on.year == year else 0)
        return (whole * months / YEAR / HALF).to_integral_value(ROUND_CEILING) * HALF


@dataclass(frozen=True)
class RotationRule:
    """``gap``: half months that lie between two turns of one person at least."""

    per_site: int
    sites: int
    gap: int


@dataclass(frozen=True)
class AttendanceRule:
    """``start``: the first day that counts (none: on trial); ``grace``: how late is not late yet; ``code``: only by the
    code on the unit's screen; ``close_day``: of the next month, by which a month is closed; ``kinds``: who signs."""

    start: date | None
    grace: timedelta
    code: bool
    close_day: int
    keep_months: int
    kinds: frozenset[str]

    def counts(self, day: date) -> bool:
        """Whether a day without a signature counts as one without excuse."""
        return self.start is not None and day >= self.start


def training_rule(on: date) -> TrainingRule:
    data = policies.current(TRAINING, on).data
    owed = {kind: Decimal(hours) for kind, hours in data["owed"].items()}
    return TrainingRule(owed, Decimal(data["newcomer"]), Decimal(data["pass_percent"]))


def rotation_rule(on: date) -> RotationRule:
    data = policies.current(ROTATION, on).data
    return RotationRule(int(data["per_site"]), int(data["sites"]), int(data["gap"]))


def attendance_rule(on: date) -> AttendanceRule:
    data = policies.current(ATTENDANCE, on).data
    kinds = frozenset(kind for kind, signs in data["kinds"].items() if signs)
    start = date.fromisoformat(data["start"]) if data["start"] else None
    return AttendanceRule(
        start,
        timedelta(minutes=int(data["grace"])),
        bool(data["code"]),
        int(data["close_day"]),
        int(data["keep_months"]),
        kinds,
    )
