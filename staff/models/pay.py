"""Runs, slips and what they depend on. A slip of an approved run never changes: a trigger refuses it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.models import HistoryModel
from grid.models import Unit
from staff.choices import BonusTax, Deduction, Period, Rank, RunState
from staff.models.roster import Worker
from staff.querysets import PayOfWorkerQuerySet, PayRunQuerySet, SlipQuerySet


def money(label: str, **options: Any) -> models.DecimalField:
    return models.DecimalField(label, max_digits=14, decimal_places=2, **options)


def actor(label: str) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, null=True, on_delete=models.PROTECT, related_name="+"
    )


class PayRun(HistoryModel):
    """A month's pay of everybody below a unit. ``digest``: over all slips, sealed with the approval.

    ``rules``: keys of the rule versions it was calculated with.
    """

    SEALED_FIELDS: ClassVar = (
        "unit", "month", "period", "state", "people", "gross", "insurance", "tax", "net", "employer", "digest",
        "calculated_by", "checked_by", "approved_by", "paid_by",
    )  # fmt: skip

    unit = models.ForeignKey(Unit, verbose_name="单位", on_delete=models.PROTECT, related_name="pay_runs")
    month = models.DateField("月份")
    period = models.CharField("类型", max_length=6, choices=Period.choices, default=Period.MONTH)
    bonus_tax = models.CharField("年终奖计税", max_length=8, choices=BonusTax.choices, default=BonusTax.APART)
    state = models.CharField("状态", max_length=10, choices=RunState.choices, default=RunState.DRAFT)
    rules = models.JSONField("规则版本", default=dict)
    people = models.PositiveIntegerField("人数", default=0)
    gross = money("应发合计", default=0)
    insurance = money("个人五险一金", default=0)
    tax = money("个人所得税", default=0)
    net = money("实发合计", default=0)
    employer = money("单位成本", default=0)
    left_out = models.JSONField("没有算出工资的人", default=list)
    digest = models.BinaryField(null=True, editable=False)
    calculated_by = actor("核算人")
    calculated_at = models.DateTimeField("核算时间", null=True)
    checked_by = actor("复核人")
    approved_by = actor("审批人")
    approved_at = models.DateTimeField("审批时间", null=True)
    paid_by = actor("发放人")
    paid_on = models.DateField("发放日期", null=True)

    objects = PayRunQuerySet.as_manager()

    class Meta:
        verbose_name = "工资表"
        ordering = ["-month", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="pay_run_state"),
            models.CheckConstraint(condition=Q(month__day=1), name="pay_run_month"),
            models.UniqueConstraint(fields=["unit", "month", "period"], name="pay_run_once"),
            # Each step by somebody else (domain §6).
            models.CheckConstraint(
                condition=(Q(checked_by=None) | ~Q(checked_by=F("calculated_by")))
                & (Q(approved_by=None) | (~Q(approved_by=F("checked_by")) & ~Q(approved_by=F("calculated_by"))))
                & (Q(paid_by=None) | ~Q(paid_by=F("approved_by"))),
                name="pay_run_different_people",
            ),
        ]
        indexes = [models.Index(F("month").desc(), F("id").desc(), name="pay_run_month_id")]

    def __str__(self) -> str:
        return f"{self.unit} {self.month:%Y年%m月}"

    def get_absolute_url(self) -> str:
        return reverse("staff:run", args=[self.pk])


class Slip(models.Model):
    """A person's pay in a run (工资条): the figures, every line with its reason, and the facts it depends on.

    ``lines``: ``[key, name, yuan, why]``; ``contributions``: ``[key, name, base, employer, employee]``; ``facts``: rank,
    grade and all else that went in; ``year``: months, income, insurance, special deductions and tax of the tax year after
    it; ``held``: what is earned but not yet paid, by item.
    """

    run = models.ForeignKey(PayRun, on_delete=models.PROTECT, related_name="slips")
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="slips")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    month = models.DateField("月份")
    period = models.CharField("类型", max_length=6, choices=Period.choices)
    rank = models.CharField("职务", max_length=12, choices=Rank.choices)
    grade = models.PositiveSmallIntegerField("等级")
    gross = money("应发")
    insurance = money("个人五险一金")
    special = money("专项附加扣除")
    tax = money("个人所得税")
    net = money("实发")
    employer = money("单位成本")
    lines = models.JSONField()
    contributions = models.JSONField()
    facts = models.JSONField()
    year = models.JSONField()
    held = models.JSONField(default=dict)

    objects = SlipQuerySet.as_manager()

    class Meta:
        verbose_name = "工资条"
        ordering = ["run", "id"]
        constraints = [
            # Nobody is paid twice for a month, whatever runs there are.
            models.UniqueConstraint(fields=["worker", "month", "period"], name="slip_once"),
        ]
        indexes = [models.Index(fields=["run", "id"], name="slip_run")]

    def __str__(self) -> str:
        return f"{self.worker} {self.month:%Y-%m}"

    def get_absolute_url(self) -> str:
        return reverse("staff:slip", args=[self.pk])


class PayChange(models.Model):
    """Something that changes months already frozen: the next run pays the difference (补发)."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="pay_changes")
    since = models.DateField("从哪个月起")
    cause = models.CharField("原因", max_length=120)
    noted_at = models.DateTimeField("登记时间")
    settled_by = models.ForeignKey(PayRun, null=True, on_delete=models.PROTECT, related_name="settles")

    objects = PayOfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "补发补扣事项"
        ordering = ["worker", "since"]
        indexes = [models.Index(fields=["worker"], name="pay_change_open", condition=Q(settled_by=None))]

    def __str__(self) -> str:
        return f"{self.worker} {self.since:%Y-%m} {self.cause}"


class InsuranceBase(models.Model):
    """缴费基数: last year's monthly mean, in yuan, from a month on."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="insurance_bases")
    valid_from = models.DateField("从哪个月起")
    amount = money("缴费基数")

    objects = PayOfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "缴费基数"
        ordering = ["worker", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["worker", "valid_from"], name="insurance_base_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="insurance_base_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.amount}"


class SpecialDeduction(models.Model):
    """专项附加扣除, as the worker declared it: yuan a month, from a month to another."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="special_deductions")
    kind = models.CharField("项目", max_length=10, choices=Deduction.choices)
    amount = money("每月金额")
    valid_from = models.DateField("起始月份")
    valid_to = models.DateField("截止月份", null=True, blank=True, help_text="这个月起不再扣除")

    objects = PayOfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "专项附加扣除"
        ordering = ["worker", "kind"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="special_deduction_positive"),
            models.UniqueConstraint(
                fields=["worker", "kind"], condition=Q(valid_to=None), name="special_deduction_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.get_kind_display()}"


class FirstWage(models.Model):
    """Declared: no wage of the tax year before the entry here, so its allowance counts from January on (公告2020年第13号)."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="first_wages")
    year = models.PositiveSmallIntegerField("纳税年度")
    declared_on = models.DateField("申报日期")

    objects = PayOfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "首次取得工资申报"
        ordering = ["worker", "-year"]
        constraints = [models.UniqueConstraint(fields=["worker", "year"], name="first_wage_once")]

    def __str__(self) -> str:
        return f"{self.worker} {self.year}"


class PayAddition(models.Model):
    """A one-off line of a month: an award, a deduction. ``taxed``: part of the taxable income."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="pay_additions")
    month = models.DateField("月份")
    period = models.CharField("类型", max_length=6, choices=Period.choices, default=Period.MONTH)
    label = models.CharField("名称", max_length=20)
    amount = money("金额")
    taxed = models.BooleanField("计税", default=True)
    why = models.CharField("依据", max_length=120)
    entered_by = actor("录入人")
    entered_at = models.DateTimeField("录入时间")

    objects = PayOfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "一次性项目"
        ordering = ["-month", "worker"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="pay_addition_amount"),
            models.UniqueConstraint(fields=["worker", "month", "period", "label"], name="pay_addition_once"),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.label} {self.amount}"


class PerformanceFactor(models.Model):
    """What share of performance pay a worker gets from a month on, from the last appraisal."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="performance_factors")
    valid_from = models.DateField("从哪个月起")
    percent = models.DecimalField("比例（%）", max_digits=6, decimal_places=2)
    why = models.CharField("依据", max_length=120)

    objects = PayOfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "绩效比例"
        ordering = ["worker", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["worker", "valid_from"], name="performance_factor_once"),
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=300), name="performance_factor_range"),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.percent}%"
