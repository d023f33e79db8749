"""What the limits of the pages without account count."""

from __future__ import annotations

from django.db import models

from common.scope import ScopedQuerySet


class PublicAttempt(models.Model):
    """One use of a page without account, under a keyed hash of where it came from; gone after a day.

    What the limits of the public pages count. Holds no address and nothing of what was sent.
    """

    purpose = models.CharField(max_length=20)
    source = models.BinaryField()
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["purpose", "source", "at"], name="public_attempt"),
            models.Index(fields=["at"], name="public_attempt_at"),
        ]

    def __str__(self) -> str:
        return self.purpose
