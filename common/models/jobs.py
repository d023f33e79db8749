"""Long work as rows: what to do, how far it is, what came out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.scope import ScopedQuerySet, scope_of


class JobStatus(models.TextChoices):
    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "未完成"


OPEN_JOB_STATUSES = (JobStatus.QUEUED, JobStatus.RUNNING)


class JobQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any, permission: str | None = None) -> JobQuerySet:
        """A job and its result belong to whoever started it, as long as they may sign in."""
        if not scope_of(user):
            return self.none()
        return self.filter(actor=user)

    def due(self, now: Any) -> JobQuerySet:
        """Queued jobs whose time has come, and running ones whose worker has fallen silent."""
        return self.filter(
            Q(status=JobStatus.QUEUED, run_after__lte=now) | Q(status=JobStatus.RUNNING, lease_until__lt=now)
        )


class Job(models.Model):
    """One piece of background work.

    A worker owns the job while ``lease`` equals the number it was given and ``lease_until`` lies in
    the future; whoever comes later gets a higher number, so a worker that was thought dead cannot
    finish a job that another has taken over.
    """

    kind = models.CharField("种类", max_length=60)
    label = models.CharField("名称", max_length=120)
    params = models.JSONField(default=dict)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="发起人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField("状态", max_length=10, choices=JobStatus.choices, default=JobStatus.QUEUED)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    message = models.TextField("说明", blank=True, default="")
    result = models.JSONField(default=dict)
    result_file = models.CharField(max_length=255, blank=True, default="")
    result_name = models.CharField(max_length=255, blank=True, default="")
    unique_key = models.CharField(max_length=120, null=True, blank=True)
    run_after = models.DateTimeField()
    lease = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "任务"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["unique_key"], name="job_unique_key"),
            models.CheckConstraint(condition=Q(status__in=JobStatus.values), name="job_status"),
        ]
        indexes = [
            models.Index(fields=["run_after"], name="job_open", condition=Q(status__in=OPEN_JOB_STATUSES)),
            models.Index(fields=["actor", "-id"], name="job_actor"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_JOB_STATUSES

    @property
    def percent(self) -> int:
        """Progress in whole percent, 100 only when done."""
        if self.status == JobStatus.DONE:
            return 100
        if not self.progress_total:
            return 0
        return min(99, self.progress_done * 100 // self.progress_total)
