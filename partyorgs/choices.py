"""Kinds and set-up modes of party organisations, and where each kind may be seated."""

from django.db import models

from grid.choices import Level


class OrganisationKind(models.TextChoices):
    """What an organisation is, the largest first."""

    COMMITTEE = "committee", "党委（党工委）"
    GENERAL_BRANCH = "general_branch", "党总支"
    BRANCH = "branch", "党支部"
    GROUP = "group", "党小组"
    MEMBER_HOUSEHOLD = "member_household", "党员中心户"


class SetUpMode(models.TextChoices):
    """How an organisation was set up (domain §7)."""

    SINGLE = "single", "单独组建"
    JOINT = "joint", "联合组建"
    SENT = "sent", "指导派驻"


# Street committee → community organisation → grid branch → building group → member household (domain §2, §7);
# 蛟河 and 建瓯 have groups at the grid, 古冶 and 丰南 branches over one compound.
KINDS_OF_LEVEL: dict[int, tuple[str, ...]] = {
    Level.DISTRICT: (OrganisationKind.COMMITTEE,),
    Level.STREET: (OrganisationKind.COMMITTEE,),
    Level.COMMUNITY: (OrganisationKind.COMMITTEE, OrganisationKind.GENERAL_BRANCH, OrganisationKind.BRANCH),
    Level.GRID: (OrganisationKind.GENERAL_BRANCH, OrganisationKind.BRANCH, OrganisationKind.GROUP),
    Level.BUILDING_GROUP: (
        OrganisationKind.BRANCH, OrganisationKind.GROUP, OrganisationKind.MEMBER_HOUSEHOLD,
    ),
}  # fmt: skip

# What is usually set up at a level: suggested in forms.
USUAL_KIND: dict[int, str] = {
    Level.DISTRICT: OrganisationKind.COMMITTEE,
    Level.STREET: OrganisationKind.COMMITTEE,
    Level.COMMUNITY: OrganisationKind.GENERAL_BRANCH,
    Level.GRID: OrganisationKind.BRANCH,
    Level.BUILDING_GROUP: OrganisationKind.GROUP,
}

# Organisations with a term and an election; a group or a member household has none.
ELECTED_KINDS = (OrganisationKind.COMMITTEE, OrganisationKind.GENERAL_BRANCH, OrganisationKind.BRANCH)

# Smaller number = larger organisation; an organisation stands under one of the same or a larger kind.
RANK = {kind: rank for rank, kind in enumerate(OrganisationKind.values)}
