"""Uses of pages without account, as :mod:`common.throttle` counts them."""

from __future__ import annotations

from django.db import models

from common.scope import ScopedQuerySet


class PublicAttempt(models.Model):
    """One use, under a keyed hash of where it came from; gone after a day.

    Holds no address and nothing of what was sent.
    """

    purpose = models.CharField(max_length=20)
    source = models.BinaryField()
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        db_table = "petitions_publicattempt"  # where it was born: a table is not moved under running processes
        indexes = [
            models.Index(fields=["purpose", "source", "at"], name="public_attempt"),
            models.Index(fields=["at"], name="public_attempt_at"),
        ]

    def __str__(self) -> str:
        return self.purpose
