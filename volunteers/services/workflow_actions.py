"""Every module that performs actions of a workflow: importing it lets the actions register themselves."""

from volunteers.services import (  # noqa: F401
    activities,
    claims,
    giving_back,
    handing_out,
    honours,
    hours,
    order_reviews,
    orders,
    partners,
    people,
    people_changes,
    people_leaving,
    points_requests,
)
