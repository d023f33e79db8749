"""Appraisal (考核): a period, who is appraised in it, what was measured, what judges gave, what came out, appeals.

Once the results are published, values, points and results never change: triggers refuse it. A correction is a new result.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.models import HistoryModel, Policy
from grid.models import Unit
from staff.appraisal.words import (
    AppealState,
    AppraisalState,
    Cycle,
    HonourLevel,
    Side,
    Subject,
)
from staff.choices import Rank, ReviewResult
from staff.models.roster import AnnualReview, Worker
from staff.querysets import OfWorkerQuerySet
from staff.querysets_appraisal import (
    AppealQuerySet,
    AppraisalQuerySet,
    AppraisedQuerySet,
    OfAppraisedQuerySet,
    ResultQuerySet,
    SheetQuerySet,
)


def somebody(label: str, **options: Any) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, on_delete=models.PROTECT, related_name="+", **options
    )


def points(label: str) -> models.DecimalField:
    return models.DecimalField(label, max_digits=5, decimal_places=2, null=True)


def in_range(name: str) -> Q:
    return Q(**{name: None}) | Q(**{f"{name}__gte": 0, f"{name}__lte": 100})


class Appraisal(HistoryModel):
    """One period of an appraisal, of everybody or every community below a unit, under one version of its rule.

    ``judge_until`` and ``appeal_until`` are last days; ``pay_month``: from which month its results are paid.
    """

    SEALED_FIELDS: ClassVar = (
        "unit", "subject", "cycle", "first_day", "last_day", "policy", "state", "reckoned_by", "published_by", "appeal_until",
        "finished_by", "digest", "pay_month",
    )  # fmt: skip

    unit = models.ForeignKey(Unit, verbose_name="组织单位", on_delete=models.PROTECT, related_name="appraisals")
    subject = models.CharField("考核对象", max_length=10, choices=Subject.choices)
    cycle = models.CharField("周期", max_length=8, choices=Cycle.choices)
    first_day = models.DateField("考核期第一天")
    last_day = models.DateField("考核期最后一天")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=10, choices=AppraisalState.choices, default=AppraisalState.OPEN)
    people = models.PositiveIntegerField("参加考核", default=0)
    judge_until = models.DateField("打分截止")
    opened_by = somebody("开始人", null=True)
    opened_at = models.DateTimeField("开始时间")
    measured_at = models.DateTimeField("测算时间", null=True)
    reckoned_by = somebody("汇总人", null=True)
    reckoned_at = models.DateTimeField("汇总时间", null=True)
    published_by = somebody("复核公示人", null=True)
    published_at = models.DateTimeField("公示时间", null=True)
    appeal_until = models.DateField("申诉截止", null=True)
    finished_by = somebody("定格人", null=True)
    finished_at = models.DateTimeField("定格时间", null=True)
    digest = models.BinaryField(null=True, editable=False)
    pay_month = models.DateField("从哪个月起计发绩效", null=True)

    objects = AppraisalQuerySet.as_manager()

    class Meta:
        verbose_name = "考核"
        ordering = ["-first_day", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=AppraisalState.values), name="appraisal_state"),
            models.CheckConstraint(condition=Q(subject__in=Subject.values), name="appraisal_subject"),
            models.CheckConstraint(condition=Q(cycle__in=Cycle.values), name="appraisal_cycle"),
            models.CheckConstraint(condition=Q(first_day__lt=F("last_day")), name="appraisal_days"),
            models.UniqueConstraint(fields=["unit", "subject", "cycle", "first_day"], name="appraisal_once"),
            # Published by somebody else than who added it up.
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=F("reckoned_by")), name="appraisal_two_people"
            ),
        ]
        indexes = [models.Index(F("first_day").desc(), F("id").desc(), name="appraisal_first_day")]

    def __str__(self) -> str:
        return f"{self.unit} {self.period_words}{self.get_subject_display()}考核"

    @property
    def period_words(self) -> str:
        """``2026 年第三季度`` or ``2026 年度``."""
        if self.cycle == Cycle.YEAR:
            return f"{self.first_day.year} 年度"
        return f"{self.first_day.year} 年第{'一二三四'[(self.first_day.month - 1) // 3]}季度"

    def get_absolute_url(self) -> str:
        return reverse("staff:appraisal", args=[self.pk])


class Appraised(models.Model):
    """Who, or which community, is appraised in a period. ``host_unit``: where a seconded worker works (双管双评)."""

    appraisal = models.ForeignKey(Appraisal, on_delete=models.PROTECT, related_name="appraised")
    worker = models.ForeignKey(Worker, null=True, on_delete=models.PROTECT, related_name="appraised")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    host_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    street = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    rank = models.CharField("职务", max_length=12, choices=Rank.choices, blank=True, default="")

    objects = AppraisedQuerySet.as_manager()

    class Meta:
        verbose_name = "考核对象"
        ordering = ["unit__path", "worker__number"]
        constraints = [
            models.UniqueConstraint(fields=["appraisal", "worker"], name="appraised_worker_once"),
            models.UniqueConstraint(
                fields=["appraisal", "unit"], condition=Q(worker=None), name="appraised_community_once"
            ),
            models.CheckConstraint(condition=Q(host_unit=None) | ~Q(host_unit=F("unit")), name="appraised_host"),
        ]

    def __str__(self) -> str:
        return self.worker.number if self.worker else self.unit.name

    def get_absolute_url(self) -> str:
        return reverse("staff:appraised", args=[self.pk])


class AppraisalMeasure(models.Model):
    """A value as it was counted; the rule is the period's. A figure that is no rate has no denominator."""

    appraised = models.ForeignKey(Appraised, on_delete=models.PROTECT, related_name="measures")
    side = models.CharField(max_length=4, choices=Side.choices, default=Side.HOME)
    key = models.CharField(max_length=40)
    numerator = models.DecimalField(max_digits=14, decimal_places=2)
    denominator = models.DecimalField(max_digits=14, decimal_places=2, null=True)

    objects = OfAppraisedQuerySet.as_manager()

    class Meta:
        verbose_name = "测算值"
        constraints = [
            models.UniqueConstraint(fields=["appraised", "side", "key"], name="appraisal_measure_once"),
            models.CheckConstraint(
                condition=Q(numerator__gte=0) & (Q(denominator=None) | Q(denominator__gte=0)),
                name="appraisal_measure_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.appraised} {self.key}"


class AppraisalSheet(models.Model):
    """Everything one judge has to score in a period. ``excused_at``: it does not count, for the reason given."""

    appraisal = models.ForeignKey(Appraisal, on_delete=models.PROTECT, related_name="sheets")
    judge = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="appraisal_sheets")
    sent_at = models.DateTimeField("提交时间", null=True)
    excused_at = models.DateTimeField("免评时间", null=True)
    excused_why = models.CharField("免评原因", max_length=100, blank=True, default="")

    objects = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = "打分表"
        ordering = ["appraisal", "id"]
        constraints = [
            models.UniqueConstraint(fields=["appraisal", "judge"], name="appraisal_sheet_once"),
            models.CheckConstraint(condition=Q(excused_at=None) | ~Q(excused_why=""), name="appraisal_sheet_excused"),
        ]
        indexes = [
            models.Index(fields=["judge"], condition=Q(sent_at=None, excused_at=None), name="appraisal_sheet_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.appraisal} {self.judge}"


class AppraisalScore(models.Model):
    """One item that one judge scores: 0 to 100, empty until entered."""

    sheet = models.ForeignKey(AppraisalSheet, on_delete=models.PROTECT, related_name="scores")
    appraised = models.ForeignKey(Appraised, on_delete=models.PROTECT, related_name="scores")
    side = models.CharField(max_length=4, choices=Side.choices, default=Side.HOME)
    key = models.CharField(max_length=40)
    points = points("得分")

    objects = OfAppraisedQuerySet.as_manager()

    class Meta:
        verbose_name = "评分"
        constraints = [
            models.UniqueConstraint(fields=["sheet", "appraised", "side", "key"], name="appraisal_score_once"),
            models.CheckConstraint(condition=in_range("points"), name="appraisal_score_range"),
        ]

    def __str__(self) -> str:
        return f"{self.appraised} {self.key}"


class AppraisalResult(models.Model):
    """What came out, with every line. A correction is the next one and names the one it ``corrects``, and why."""

    appraised = models.ForeignKey(Appraised, on_delete=models.PROTECT, related_name="results")
    appraisal = models.ForeignKey(Appraisal, on_delete=models.PROTECT, related_name="results")
    corrects = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="corrected_by", verbose_name="更正"
    )
    why = models.CharField("更正理由", max_length=200, blank=True, default="")
    score = points("得分")
    # For the order of lists: who has no score comes last.
    standing = models.DecimalField(max_digits=5, decimal_places=2, default=-1, editable=False)
    home_score = points("派出单位得分")
    host_score = points("所在单位得分")
    level = models.CharField("等次", max_length=30, blank=True, default="")
    stars = models.PositiveSmallIntegerField("星级", default=0)
    review = models.CharField("年度考核结果", max_length=10, choices=ReviewResult.choices, blank=True, default="")
    percent = models.DecimalField("绩效比例（%）", max_digits=6, decimal_places=2, default=100)
    lines = models.JSONField(default=list)
    set_by = somebody("确定人", null=True)
    set_at = models.DateTimeField("确定时间")

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = "考核结果"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["appraised"], condition=Q(corrects=None), name="appraisal_result_first"),
            models.CheckConstraint(condition=Q(corrects=None) | ~Q(why=""), name="appraisal_result_why"),
            models.CheckConstraint(
                condition=in_range("score") & in_range("home_score") & in_range("host_score"),
                name="appraisal_result_range",
            ),
        ]
        indexes = [models.Index(fields=["appraisal", "score"], name="appraisal_result_score")]

    def __str__(self) -> str:
        return f"{self.appraised} {self.level}"

    def get_absolute_url(self) -> str:
        return reverse("staff:appraised", args=[self.appraised_id])


class Appeal(HistoryModel):
    """申诉 of whoever is appraised against the published result; once, inside the days of the rule."""

    SEALED_FIELDS: ClassVar = ("appraised", "result", "text", "state", "asked_by", "decided_by", "answer")

    appraised = models.ForeignKey(Appraised, on_delete=models.PROTECT, related_name="appeals")
    result = models.ForeignKey(AppraisalResult, on_delete=models.PROTECT, related_name="appeals")
    text = models.CharField("申诉理由", max_length=500)
    state = models.CharField("状态", max_length=10, choices=AppealState.choices, default=AppealState.ASKED)
    asked_by = somebody("申诉人")
    asked_at = models.DateTimeField("申诉时间")
    decided_by = somebody("处理人", null=True)
    decided_at = models.DateTimeField("处理时间", null=True)
    answer = models.CharField("答复", max_length=200, blank=True, default="")
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = "考核申诉"
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=AppealState.values), name="appeal_state"),
            models.UniqueConstraint(
                fields=["appraised"], condition=~Q(state=AppealState.WITHDRAWN), name="appeal_once"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[AppealState.UPHELD, AppealState.REJECTED])
                | (Q(decided_by__isnull=False) & ~Q(answer="")),
                name="appeal_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.appraised} 申诉"

    def get_absolute_url(self) -> str:
        return reverse("staff:appeal", args=[self.pk])


class ReviewSource(models.Model):
    """Where the result of an annual review came from: an appraisal, or a person's reason."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="+")
    review = models.OneToOneField(AnnualReview, on_delete=models.PROTECT, related_name="source")
    result = models.ForeignKey(AppraisalResult, null=True, on_delete=models.PROTECT, related_name="reviews")
    why = models.CharField("依据", max_length=120, blank=True, default="")

    objects = OfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "年度考核依据"
        constraints = [
            models.CheckConstraint(condition=Q(result__isnull=False) | ~Q(why=""), name="review_source_given")
        ]

    def __str__(self) -> str:
        return f"{self.review}"


class WorkerHonour(models.Model):
    """表彰奖励 of a worker, for the promotion record (晋升档案)."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="honours")
    name = models.CharField("荣誉名称", max_length=60)
    level = models.CharField("级别", max_length=10, choices=HonourLevel.choices)
    given_by = models.CharField("授予单位", max_length=60)
    given_on = models.DateField("授予日期")
    document = models.CharField("文号", max_length=60, blank=True, default="")

    objects = OfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "表彰奖励"
        ordering = ["worker", "-given_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=HonourLevel.values), name="worker_honour_level"),
            models.UniqueConstraint(fields=["worker", "name", "given_on"], name="worker_honour_once"),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.name}"
