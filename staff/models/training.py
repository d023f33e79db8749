"""Training: plans, sessions with places, who took part, exams with their scores (domain §6)."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.models import HistoryModel
from grid.models import Unit
from staff.choices_growth import EnrolmentState, SessionState, Subject
from staff.models.roster import Worker
from staff.querysets import GrowthOfWorkerQuerySet, GrowthQuerySet


class TrainingPlan(HistoryModel):
    """A year's training of a street or the district: what it is to bring. The hours owed are a dated rule."""

    SEALED_FIELDS: ClassVar = ("unit", "year", "title", "about")

    unit = models.ForeignKey(Unit, verbose_name="组织单位", on_delete=models.PROTECT, related_name="training_plans")
    year = models.PositiveSmallIntegerField("年度")
    title = models.CharField("名称", max_length=60)
    about = models.TextField("目标和要求", max_length=2000, blank=True, default="")
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = GrowthQuerySet.as_manager()

    class Meta:
        verbose_name = "培训计划"
        ordering = ["-year", "unit__path", "id"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "title"], name="training_plan_once"),
            models.CheckConstraint(condition=Q(year__gte=2000, year__lte=2100), name="training_plan_year"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("staff:training-plan", args=[self.pk])


class TrainingSession(HistoryModel):
    """One training with a place, a time and so many places. ``hours``: what it counts for whoever was there."""

    SEALED_FIELDS: ClassVar = (
        "plan", "unit", "title", "subject", "starts_at", "ends_at", "place", "hours", "capacity", "state",
    )  # fmt: skip

    plan = models.ForeignKey(TrainingPlan, on_delete=models.PROTECT, related_name="sessions")
    unit = models.ForeignKey(Unit, verbose_name="组织单位", on_delete=models.PROTECT, related_name="training_sessions")
    title = models.CharField("名称", max_length=60)
    subject = models.CharField("类别", max_length=10, choices=Subject.choices)
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    place = models.CharField("地点", max_length=120)
    teacher = models.CharField("授课人", max_length=60, blank=True, default="")
    hours = models.DecimalField("学时", max_digits=4, decimal_places=1)
    capacity = models.PositiveSmallIntegerField("名额")
    state = models.CharField("状态", max_length=10, choices=SessionState.choices, default=SessionState.OPEN)
    sign_key = models.UUIDField(default=uuid.uuid4, editable=False)
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = GrowthQuerySet.as_manager()

    class Meta:
        verbose_name = "培训"
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=SessionState.values), name="training_state"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="training_times"),
            models.CheckConstraint(condition=Q(hours__gt=0, capacity__gte=1), name="training_size"),
        ]
        indexes = [models.Index(fields=["starts_at"], name="training_starts")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("staff:training", args=[self.pk])


class Enrolment(HistoryModel):
    """Somebody's place in a training, or the wait for one since ``queued_at``. ``hours``: those counted, once it has ended."""

    SEALED_FIELDS: ClassVar = ("session", "worker", "state", "hours", "signed_in_at", "signed_out_at")

    session = models.ForeignKey(TrainingSession, on_delete=models.PROTECT, related_name="enrolments")
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="enrolments")
    state = models.CharField("状态", max_length=10, choices=EnrolmentState.choices, default=EnrolmentState.JOINED)
    queued_at = models.DateTimeField("候补时间", null=True)
    signed_in_at = models.DateTimeField("签到", null=True)
    signed_out_at = models.DateTimeField("签退", null=True)
    hours = models.DecimalField("计入学时", max_digits=4, decimal_places=1, default=Decimal(0))

    objects = GrowthOfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "培训报名"
        ordering = ["session", "worker__unit__path", "worker__number"]
        constraints = [
            models.UniqueConstraint(fields=["session", "worker"], name="enrolment_once"),
            models.CheckConstraint(condition=Q(state__in=EnrolmentState.values), name="enrolment_state"),
            models.CheckConstraint(
                condition=Q(state=EnrolmentState.WAITING, queued_at__isnull=False)
                | (~Q(state=EnrolmentState.WAITING) & Q(queued_at=None)),
                name="enrolment_waits",
            ),
            models.CheckConstraint(
                condition=Q(hours=0) | Q(state=EnrolmentState.PRESENT, hours__gt=0), name="enrolment_hours"
            ),
            models.CheckConstraint(
                condition=Q(signed_out_at=None) | Q(signed_out_at__gte=F("signed_in_at")), name="enrolment_times"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.session}"


class Exam(HistoryModel):
    """A paper that is marked elsewhere; here stand its scores. ``resit_of``: the exam whose failures sit it again."""

    SEALED_FIELDS: ClassVar = ("number", "plan", "unit", "title", "held_on", "full_marks", "pass_mark", "resit_of")

    number = models.CharField("考试编号", max_length=20, unique=True)
    plan = models.ForeignKey(TrainingPlan, on_delete=models.PROTECT, related_name="exams")
    unit = models.ForeignKey(Unit, verbose_name="组织单位", on_delete=models.PROTECT, related_name="exams")
    title = models.CharField("名称", max_length=60)
    held_on = models.DateField("考试日期")
    full_marks = models.DecimalField("满分", max_digits=5, decimal_places=1)
    pass_mark = models.DecimalField("合格线", max_digits=5, decimal_places=1)
    resit_of = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="resit")
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = GrowthQuerySet.as_manager()

    class Meta:
        verbose_name = "考试"
        ordering = ["-held_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(full_marks__gt=0, pass_mark__gt=0, pass_mark__lte=F("full_marks")), name="exam_marks"
            ),
            models.CheckConstraint(condition=Q(resit_of=None) | ~Q(resit_of=F("id")), name="exam_resit"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("staff:exam", args=[self.pk])


class ExamScore(HistoryModel):
    """Somebody's score; without one they did not come (缺考)."""

    SEALED_FIELDS: ClassVar = ("exam", "worker", "score")

    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="scores")
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="exam_scores")
    score = models.DecimalField("成绩", max_digits=5, decimal_places=1, null=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = GrowthOfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "考试成绩"
        ordering = ["exam", "worker__unit__path", "worker__number"]
        constraints = [
            models.UniqueConstraint(fields=["exam", "worker"], name="exam_score_once"),
            models.CheckConstraint(condition=Q(score=None) | Q(score__gte=0), name="exam_score_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.exam}"

    @property
    def passed(self) -> bool:
        return self.score is not None and self.score >= self.exam.pass_mark
