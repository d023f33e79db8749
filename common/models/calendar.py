"""Days on which the weekly rhythm does not hold: statutory holidays and make-up workdays (调休)."""

from __future__ import annotations

from django.db import models

from common.scope import PublicQuerySet


class Holiday(models.Model):
    """One day that is off although it is a weekday, or worked although it is a weekend.

    Seeded from the State Council's yearly notices, editable by an administrator; the notice of a new
    year is entered as soon as it is published. Days that follow the weekly rhythm have no row.
    """

    date = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("上班", default=False)
    name = models.CharField("名称", max_length=40)
    source = models.CharField("依据", max_length=200)
    changed_at = models.DateTimeField("修改时间", auto_now=True)

    objects = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = "节假日与调休"
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name}{'（上班）' if self.is_workday else ''}"
