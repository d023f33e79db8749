"""Limits of a ticket, and the reminders and cards that they send."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.models import Policy
from petitions.choices import CardLevel, ClockKind
from petitions.models.ticket import Petition
from petitions.querysets import CardQuerySet, OfPetitionQuerySet


class Clock(models.Model):
    """One limit of a ticket. It runs until ``stopped_at`` and stands still while ``paused_at`` is set.

    ``next_step`` and ``next_at`` say which step of the ladder fires next, and when.
    """

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="clocks")
    kind = models.CharField("计时", max_length=10, choices=ClockKind.choices)
    limit = models.CharField("时限", max_length=10)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+", db_index=False)
    started_at = models.DateTimeField("起算")
    due_at = models.DateTimeField("到期")
    paused_at = models.DateTimeField("暂停", null=True)
    stopped_at = models.DateTimeField("停止", null=True)
    next_step = models.CharField(max_length=10, choices=CardLevel.choices, blank=True, default="")
    next_at = models.DateTimeField(null=True)

    objects = OfPetitionQuerySet.as_manager()

    class Meta:
        verbose_name = "时限"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["petition", "kind"], condition=Q(stopped_at=None), name="clock_runs_once")
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                name="clock_alarm",
                condition=Q(stopped_at=None, paused_at=None, next_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.due_at}"


class SupervisionCard(models.Model):
    """A reminder or card (督办) that a clock or a count of faults brought about: stored, sent once."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="cards")
    clock = models.ForeignKey(Clock, null=True, on_delete=models.PROTECT, related_name="cards", db_index=False)
    level = models.CharField("级别", max_length=10, choices=CardLevel.choices)
    reason = models.CharField("事由", max_length=120)
    due_at = models.DateTimeField("应发时间")
    issued_at = models.DateTimeField("发出时间")
    answer = models.CharField("整改说明", max_length=500, blank=True, default="")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField("说明时间", null=True)

    objects = CardQuerySet.as_manager()

    class Meta:
        verbose_name = "督办卡"
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["clock", "level"], name="card_once_per_clock"),
            models.UniqueConstraint(
                fields=["petition", "reason"], condition=Q(clock=None), name="card_once_per_reason"
            ),
        ]
        indexes = [models.Index(F("issued_at").desc(), F("id").desc(), name="card_issued")]

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.reason}"
