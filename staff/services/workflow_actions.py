"""Every module that performs actions of a workflow: importing it lets the actions register themselves."""

from staff.services import (  # noqa: F401
    appraisal,
    appraisal_appeals,
    attendance_months,
    fund_years,
    funds,
    leave,
    mentoring,
    runs,
    training,
)
