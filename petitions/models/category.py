"""What petitions are about."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.models import HistoryModel
from grid.choices import Level
from grid.models import Department
from petitions.querysets import CategoryQuerySet


class Category(HistoryModel):
    """Two-level tree of what petitions are about, with lead and limit of the second level.

    The lead is a department, or a level of the tree (the street or community of the ticket).
    ``limit`` is a number and a unit: h hour, wh working hour, wd working day, d day.
    """

    SEALED_FIELDS: ClassVar = ("code", "name", "parent", "lead_level", "lead_department", "limit", "is_active")

    code = models.CharField("编号", max_length=10, unique=True)
    name = models.CharField("名称", max_length=40)
    parent = models.ForeignKey(
        "self", verbose_name="大类", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    lead_level = models.PositiveSmallIntegerField(
        "主办层级", null=True, blank=True, choices=[(Level.STREET, "街道"), (Level.COMMUNITY, "社区")]
    )
    lead_department = models.ForeignKey(
        Department, verbose_name="主办部门", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    co_departments = models.ManyToManyField(Department, verbose_name="协办部门", blank=True, related_name="+")
    limit = models.CharField("办结时限", max_length=10, blank=True, default="")
    is_active = models.BooleanField("启用", default=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = "诉求分类"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(lead_level=None) | Q(lead_department=None), name="category_one_lead")
        ]

    def __str__(self) -> str:
        return self.name
