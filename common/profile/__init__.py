"""The rules and words of the district this installation serves, read from ``config/profiles``.

``current()`` is the profile named by ``settings.DISTRICT``; ``load(name)`` reads any of them. Rules
that change with time (limits, ladder, score, hours) are only the *first* version of a dated rule:
``Profile.policies()`` hands them to whoever fills the policy table of a new installation.
"""

from common.profile.load import available, current, load
from common.profile.model import (
    Clock,
    DemoSize,
    DepartmentEntry,
    Figure,
    GridSize,
    Lead,
    LevelLabel,
    Limit,
    PartyRules,
    PostTitle,
    Profile,
    ServiceDay,
    Target,
)
from common.profile.reader import ProfileError

__all__ = [
    "Clock",
    "DemoSize",
    "DepartmentEntry",
    "Figure",
    "GridSize",
    "Lead",
    "LevelLabel",
    "Limit",
    "PartyRules",
    "PostTitle",
    "Profile",
    "ProfileError",
    "ServiceDay",
    "Target",
    "available",
    "current",
    "load",
]
