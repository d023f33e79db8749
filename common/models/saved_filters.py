"""A person's own named filters of a list."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from common.scope import ScopedQuerySet, scope_of


class SavedFilterQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any, permission: str | None = None) -> SavedFilterQuerySet:
        """Everybody has their own, nobody sees another's."""
        return self.filter(owner=user) if scope_of(user) else self.none()


class SavedFilter(models.Model):
    """Conditions of one list under a name: the part of the address after the question mark."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    list_key = models.CharField(max_length=120)
    name = models.CharField("名称", max_length=30)
    query = models.CharField(max_length=2000)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = "常用筛选"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "list_key", "name"], name="saved_filter_name")]

    def __str__(self) -> str:
        return self.name
