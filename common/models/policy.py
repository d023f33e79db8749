"""Rules with a date (design §2.5): limits, ladders, weights. Loaded from the profile, edited in the browser."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from common.scope import PublicQuerySet


class Policy(models.Model):
    """One version of one rule; rows computed with it keep its key."""

    key = models.CharField("规则", max_length=60)
    valid_from = models.DateField("生效日期")
    data = models.JSONField("内容")
    note = models.CharField("依据", max_length=200, blank=True, default="")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = "规则"
        ordering = ["key", "-valid_from"]
        constraints = [models.UniqueConstraint(fields=["key", "valid_from"], name="policy_version")]

    def __str__(self) -> str:
        return f"{self.key} {self.valid_from}"
