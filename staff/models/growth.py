"""师徒结对, 技能比武, 晋升通道: who teaches whom, who won what, who rose from where to where (domain §6)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.models import HistoryModel
from grid.models import Unit
from staff.choices_growth import Award, PairResult, PairState, PathPost
from staff.models.roster import Worker
from staff.querysets import CheckInQuerySet, GrowthOfWorkerQuerySet, GrowthQuerySet, PairQuerySet


class MentorPair(HistoryModel):
    """A mentor and an apprentice with goals, from a day until it is evaluated. One at a time for an apprentice."""

    SEALED_FIELDS: ClassVar = (
        "mentor", "apprentice", "goals", "started_on", "planned_end", "state", "ended_on", "result",
    )  # fmt: skip

    mentor = models.ForeignKey(Worker, verbose_name="师傅", on_delete=models.PROTECT, related_name="apprentices")
    apprentice = models.ForeignKey(Worker, verbose_name="徒弟", on_delete=models.PROTECT, related_name="mentors")
    goals = models.TextField("带教目标", max_length=500)
    started_on = models.DateField("结对日期")
    planned_end = models.DateField("计划出师日期")
    state = models.CharField("状态", max_length=8, choices=PairState.choices, default=PairState.ACTIVE)
    ended_on = models.DateField("出师日期", null=True)
    result = models.CharField("结果", max_length=10, choices=PairResult.choices, blank=True, default="")
    evaluation = models.TextField("评价", max_length=500, blank=True, default="")
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = PairQuerySet.as_manager()

    class Meta:
        verbose_name = "师徒结对"
        ordering = ["-started_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(mentor=F("apprentice")), name="pair_two_people"),
            models.CheckConstraint(condition=Q(planned_end__gt=F("started_on")), name="pair_days"),
            models.CheckConstraint(
                condition=Q(state=PairState.ACTIVE, ended_on=None, result="")
                | Q(state=PairState.ENDED, ended_on__gte=F("started_on"), result__in=PairResult.values),
                name="pair_state",
            ),
            models.UniqueConstraint(fields=["apprentice"], condition=Q(state=PairState.ACTIVE), name="pair_one_mentor"),
        ]

    def __str__(self) -> str:
        return f"{self.mentor} → {self.apprentice}"

    def get_absolute_url(self) -> str:
        return reverse("staff:pair", args=[self.pk])


class MentorCheckIn(models.Model):
    """What mentor and apprentice (or the office) noted on a day."""

    pair = models.ForeignKey(MentorPair, on_delete=models.PROTECT, related_name="check_ins")
    day = models.DateField("日期")
    note = models.CharField("内容", max_length=300)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField("登记时间")

    objects = CheckInQuerySet.as_manager()

    class Meta:
        verbose_name = "带教记录"
        ordering = ["-day", "-id"]
        indexes = [models.Index(fields=["pair", "-day"], name="check_in_pair")]

    def __str__(self) -> str:
        return f"{self.pair} {self.day}"


class Contest(HistoryModel):
    """技能比武 of a unit's people."""

    SEALED_FIELDS: ClassVar = ("unit", "title", "held_on")

    unit = models.ForeignKey(Unit, verbose_name="组织单位", on_delete=models.PROTECT, related_name="contests")
    title = models.CharField("名称", max_length=60)
    held_on = models.DateField("日期")
    about = models.TextField("项目和规则", max_length=1000, blank=True, default="")
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = GrowthQuerySet.as_manager()

    class Meta:
        verbose_name = "技能比武"
        ordering = ["-held_on", "-id"]
        constraints = [models.UniqueConstraint(fields=["unit", "title", "held_on"], name="contest_once")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("staff:contest", args=[self.pk])


class ContestResult(models.Model):
    """Somebody's score and award; the rank is reckoned from the scores, ties share one."""

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="results")
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="contest_results")
    score = models.DecimalField("得分", max_digits=6, decimal_places=2)
    award = models.CharField("奖项", max_length=8, choices=Award.choices, default=Award.NONE)

    objects = GrowthOfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "比武成绩"
        ordering = ["contest", "-score", "worker__number"]
        constraints = [
            models.UniqueConstraint(fields=["contest", "worker"], name="contest_result_once"),
            models.CheckConstraint(condition=Q(award__in=Award.values, score__gte=0), name="contest_result_award"),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.contest}"


class Promotion(HistoryModel):
    """晋升通道: somebody rose from one kind of post to another, by a document."""

    SEALED_FIELDS: ClassVar = ("worker", "from_post", "to_post", "promoted_on", "document", "note", "is_void")

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="promotions")
    from_post = models.CharField("原岗位", max_length=14, choices=PathPost.choices)
    to_post = models.CharField("晋升到", max_length=14, choices=PathPost.choices)
    promoted_on = models.DateField("日期")
    document = models.CharField("文号", max_length=60)
    note = models.CharField("说明", max_length=120, blank=True, default="")
    is_void = models.BooleanField("已作废", default=False)
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = GrowthOfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "晋升记录"
        ordering = ["-promoted_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(from_post=F("to_post")), name="promotion_two_posts"),
            models.UniqueConstraint(
                fields=["worker", "to_post", "promoted_on"], condition=Q(is_void=False), name="promotion_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.get_to_post_display()}"
