"""Append-only events, chained by a keyed hash per object."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models


class HistoryModel(models.Model):
    """A row whose history can be proved.

    ``stream`` names its chain of events, ``event_seq`` and ``event_head`` are the chain's end, kept
    here so that a truncated chain shows. Every event also seals the values of ``SEALED_FIELDS``: a
    change of one of them without an event is found by ``manage.py verify_history``.
    """

    SEALED_FIELDS: ClassVar[tuple[str, ...]] = ()

    stream = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event_seq = models.PositiveIntegerField(default=0, editable=False)
    event_head = models.BinaryField(default=b"", editable=False)

    # Key of the form whose work is being done on this object right now (``Workflow.perform``); never stored here.
    submission: uuid.UUID | None = None

    class Meta:
        abstract = True


class Event(models.Model):
    """What happened to one object. Rows are never changed or deleted: a database trigger refuses it."""

    stream = models.UUIDField()
    seq = models.PositiveIntegerField()
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    data = models.JSONField(default=dict)
    seal = models.BinaryField()
    previous = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="event_stream_seq")]
        indexes = [
            models.Index(fields=["kind", "-at"], name="event_kind_at"),
            models.Index(fields=["actor", "-at"], name="event_actor_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}#{self.seq}"
