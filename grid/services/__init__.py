"""Business verbs of the hierarchy."""

from grid.services.departments import department_change, department_close, department_create, department_reopen
from grid.services.geography import import_geography, read_geography
from grid.services.households import households_add, households_report
from grid.services.posts import post_leave, post_take
from grid.services.units import unit_change, unit_close, unit_create, unit_merge, unit_move

__all__ = [
    "department_change",
    "department_close",
    "department_create",
    "department_reopen",
    "households_add",
    "households_report",
    "import_geography",
    "post_leave",
    "post_take",
    "read_geography",
    "unit_change",
    "unit_close",
    "unit_create",
    "unit_merge",
    "unit_move",
]
