"""Exports of staff: importing this package registers them."""

from staff.exports import (  # noqa: F401
    appraisal,
    forecast,
    funds,
    grades,
    growth,
    leave,
    pay,
    roster,
)
