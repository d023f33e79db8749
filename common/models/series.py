"""Running numbers without gaps."""

from __future__ import annotations

from django.db import models

from common.scope import ScopedQuerySet


class NumberSeries(models.Model):
    """The last number given out under a key; changed only by :func:`common.series.next_number`."""

    key = models.CharField(max_length=60, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "编号"

    def __str__(self) -> str:
        return f"{self.key} {self.last}"
