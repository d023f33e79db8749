"""Units from district to building group as one tree; departments; households; posts."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse

from common.models import HistoryModel
from grid.choices import Level, PostKind, UnitKind
from grid.querysets import DepartmentQuerySet, UnderUnitQuerySet, UnitQuerySet


class Unit(HistoryModel):
    """One node of the organisation tree.

    ``path`` is the chain of codes from the district down, ``220605/220605001/``, so that "all below"
    is one index range and the organisation order is its sort order. It changes only by
    ``grid.services.unit_move`` and ``unit_merge``, under a lock.
    """

    SEALED_FIELDS: ClassVar = ("code", "name", "level", "parent", "path", "is_active", "merged_into")

    code = models.CharField("代码", max_length=18, unique=True)
    name = models.CharField("名称", max_length=60)
    aliases = models.CharField(
        "其他写法", max_length=120, blank=True, default="", help_text="代码库里的全称、生僻字的拆写等，查找时同样能查到"
    )
    pinyin = models.CharField(max_length=200, blank=True, default="", editable=False)
    level = models.PositiveSmallIntegerField("层级", choices=Level.choices)
    kind = models.CharField("类型", max_length=20, choices=UnitKind.choices)
    parent = models.ForeignKey(
        "self", verbose_name="上级", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.CharField(max_length=120, unique=True, editable=False)
    households = models.PositiveIntegerField("户数", default=0, help_text="常住户数，按上报数填写")
    is_active = models.BooleanField("启用", default=True)
    merged_into = models.ForeignKey(
        "self", verbose_name="并入", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "单位"
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=Level.values), name="unit_level"),
            models.CheckConstraint(
                condition=Q(level=Level.DISTRICT, parent=None) | Q(level__gt=Level.DISTRICT, parent__isnull=False),
                name="unit_has_parent",
            ),
            models.CheckConstraint(condition=Q(path__endswith="/"), name="unit_path_ends"),
        ]
        indexes = [models.Index(fields=["level", "path"], name="unit_level_path")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("grid:unit", args=[self.pk])

    @property
    def path_codes(self) -> list[str]:
        """Codes of all ancestors and of the unit itself, from the district down."""
        return self.path.rstrip("/").split("/")


class Department(HistoryModel):
    """职能部门 or public company that can be given a ticket: belongs to the district, not to the tree."""

    SEALED_FIELDS: ClassVar = ("code", "name", "is_active")

    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=60, unique=True)
    short_name = models.CharField("简称", max_length=20, blank=True, default="")
    sort = models.PositiveSmallIntegerField("排序", default=100)
    is_active = models.BooleanField("启用", default=True)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = "职能部门"
        ordering = ["sort", "code"]

    def __str__(self) -> str:
        return self.name


class Household(models.Model):
    """One door. Holds no personal data: who lives there is asked only for a service (domain §9)."""

    unit = models.ForeignKey(Unit, verbose_name="楼栋", on_delete=models.PROTECT, related_name="doors")
    door = models.CharField("门牌", max_length=30)

    objects = UnderUnitQuerySet.as_manager()

    class Meta:
        verbose_name = "户"
        constraints = [models.UniqueConstraint(fields=["unit", "door"], name="household_door")]

    def __str__(self) -> str:
        return f"{self.unit.name}{self.door}"


class PostHolding(HistoryModel):
    """Who holds which post of a unit, from when to when; each post has two seats (双三长, 一职两备).

    ``last_day`` is the last day in office; none while it is open.
    """

    SEALED_FIELDS: ClassVar = ("unit", "post", "seat", "user", "name", "first_day", "last_day")

    unit = models.ForeignKey(Unit, verbose_name="单位", on_delete=models.PROTECT, related_name="posts")
    post = models.CharField("岗位", max_length=20, choices=PostKind.choices)
    seat = models.PositiveSmallIntegerField("席位", default=1)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="账号", null=True, blank=True, on_delete=models.PROTECT,
        related_name="posts",
    )  # fmt: skip
    name = models.CharField("姓名", max_length=40, help_text="岗位公示用名")
    first_day = models.DateField("任职日期")
    last_day = models.DateField("免职日期", null=True, blank=True)

    objects = UnderUnitQuerySet.as_manager()

    class Meta:
        verbose_name = "岗位人员"
        ordering = ["unit__path", "post", "seat", "-first_day"]
        constraints = [
            models.CheckConstraint(condition=Q(seat__in=(1, 2)), name="post_two_seats"),
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")), name="post_days_in_order"
            ),
            ExclusionConstraint(
                name="post_seat_held_once",
                expressions=[
                    ("unit", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    ("seat", RangeOperators.EQUAL),
                    (
                        Func(
                            F("first_day"),
                            F("last_day"),
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_post_display()} {self.name}"
