"""What a slip keeps as plain JSON, so that it can be explained years later."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from staff.pay.slip import PersonMonth
from staff.pay.tax import YearToDate

_SUMS = ("income", "insurance", "special", "tax")


def year_data(year: YearToDate) -> dict[str, Any]:
    """The tax year as plain JSON: what :func:`year_from` reads."""
    return {"months": year.months, **{key: str(getattr(year, key)) for key in _SUMS}}


def year_from(data: Mapping[str, Any]) -> YearToDate:
    return YearToDate(int(data["months"]), *(Decimal(data[key]) for key in _SUMS))


def person_data(person: PersonMonth) -> dict[str, Any]:
    """What went into a slip: all but the additions and what came before."""
    return {
        "rank": person.rank, "grade": person.grade, "education": person.education, "certificate": person.certificate,
        "years": person.years, "newcomer": person.newcomer, "worked": _text(person.worked),
        "leave": {kind: str(days) for kind, days in sorted(person.leave.items())}, "factor": str(person.factor),
        "insurance_base": _text(person.insurance_base), "month_of_work": person.month_of_work,
        "special": str(person.special), "last": person.last,
    }  # fmt: skip


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
