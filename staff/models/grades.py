"""Grades: each row keeps the rule that gave it, and why (domain §6)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from common.models import Policy
from staff.choices import GradeReason, Rank
from staff.models.roster import Worker, days
from staff.querysets import DatedQuerySet


class Grade(models.Model):
    """A grade from a day to another. ``why``: the steps that led to it, as sentences."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="grades")
    grade = models.PositiveSmallIntegerField("等级")
    rank = models.CharField("职务", max_length=12, choices=Rank.choices)
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("截止日期", null=True, blank=True)
    reason = models.CharField("原因", max_length=12, choices=GradeReason.choices)
    why = models.JSONField("理由", default=list)
    policy = models.ForeignKey(Policy, null=True, on_delete=models.PROTECT, related_name="+")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField("确定时间")

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "等级"
        ordering = ["-valid_from", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(grade__gte=1, grade__lte=40), name="grade_number"),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="grade_days"),
            ExclusionConstraint(
                name="grade_one_at_a_time",
                expressions=[
                    ("worker", RangeOperators.EQUAL),
                    (days("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.grade} 级"
