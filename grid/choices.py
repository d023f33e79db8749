"""Levels and kinds of the hierarchy."""

from django.db import models


class Level(models.IntegerChoices):
    """Depth in the tree. The words a district uses for them come from its profile."""

    DISTRICT = 1, "区"
    STREET = 2, "街道"
    COMMUNITY = 3, "社区"
    GRID = 4, "网格"
    BUILDING_GROUP = 5, "楼栋"


# Length of the official code at each level (national statistics codes; grid and below: domain §2).
CODE_LENGTH = {
    Level.DISTRICT: 6,
    Level.STREET: 9,
    Level.COMMUNITY: 12,
    Level.GRID: 15,
    Level.BUILDING_GROUP: 18,
}


class UnitKind(models.TextChoices):
    """What a unit is by law; peer groups of a ranking are made of it."""

    DISTRICT = "district", "区县"
    SUBDISTRICT = "subdistrict", "街道"
    TOWN = "town", "镇"
    TOWNSHIP = "township", "乡"
    FARM = "farm", "农林牧渔场"
    ZONE = "zone", "园区"
    RESIDENTIAL = "residential", "社区"
    VILLAGE = "village", "村"
    GRID = "grid", "网格"
    BUILDING_GROUP = "building_group", "楼栋"
    OTHER = "other", "其他"


# Kinds that fit each level; the first is suggested.
KINDS_OF_LEVEL: dict[int, tuple[str, ...]] = {
    Level.DISTRICT: (UnitKind.DISTRICT,),
    Level.STREET: (
        UnitKind.SUBDISTRICT, UnitKind.TOWN, UnitKind.TOWNSHIP, UnitKind.FARM, UnitKind.ZONE, UnitKind.OTHER,
    ),
    Level.COMMUNITY: (UnitKind.RESIDENTIAL, UnitKind.VILLAGE, UnitKind.OTHER),
    Level.GRID: (UnitKind.GRID,),
    Level.BUILDING_GROUP: (UnitKind.BUILDING_GROUP,),
}  # fmt: skip


class PostKind(models.TextChoices):
    """Posts of the 双三长 system and of the community's own staff (domain §2)."""

    SECRETARY = "secretary", "党组织书记"
    DIRECTOR = "director", "主任"
    GRID_CHIEF = "grid_chief", "网格长"
    GRID_WORKER = "grid_worker", "网格员"
    BUILDING_CHIEF = "building_chief", "楼栋长"
    UNIT_CHIEF = "unit_chief", "单元长"


# Posts that fit each level.
POSTS_OF_LEVEL = {
    Level.DISTRICT: (),
    Level.STREET: (PostKind.SECRETARY, PostKind.DIRECTOR),
    Level.COMMUNITY: (PostKind.SECRETARY, PostKind.DIRECTOR),
    Level.GRID: (PostKind.GRID_CHIEF, PostKind.GRID_WORKER),
    Level.BUILDING_GROUP: (PostKind.BUILDING_CHIEF, PostKind.UNIT_CHIEF),
}
