"""Funds of communities: accounts of a year, entries that two people make, vouchers.

An account's columns change only with an approved entry, and triggers keep approved entries as they are.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.models import HistoryModel
from common.reporting.columns import Rate
from grid.models import Unit
from staff.choices import BY_RULE, MOVES, FundEntryKind, FundState
from staff.models.pay import actor, money
from staff.querysets import FundAccountQuerySet, FundBudgetQuerySet, FundEntryQuerySet, FundVoucherQuerySet

TWO_PEOPLE = Q(decided_by=None) | ~Q(decided_by=F("entered_by"))


class FundBudget(HistoryModel):
    """A year's budget of a fund: when it is approved, ``each`` goes to every community at once.

    ``fund`` is the key of the rule 社区经费, ``label`` its name then.
    """

    SEALED_FIELDS: ClassVar = ("unit", "fund", "label", "year", "amount", "each", "state", "entered_by", "decided_by")

    unit = models.ForeignKey(Unit, verbose_name="单位", on_delete=models.PROTECT, related_name="fund_budgets")
    fund = models.CharField("经费代码", max_length=30)
    label = models.CharField("经费", max_length=40)
    year = models.PositiveSmallIntegerField("年度")
    amount = money("预算金额")
    each = money("每个社区下达", default=0)
    note = models.CharField("依据", max_length=120)
    state = models.CharField("状态", max_length=10, choices=FundState.choices, default=FundState.PROPOSED)
    entered_by = actor("编报人")
    entered_at = models.DateTimeField("编报时间")
    decided_by = actor("审批人")
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = FundBudgetQuerySet.as_manager()

    class Meta:
        verbose_name = "经费预算"
        ordering = ["-year", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=FundState.values), name="fund_budget_state"),
            models.CheckConstraint(condition=Q(amount__gt=0, each__gte=0), name="fund_budget_amount"),
            models.CheckConstraint(condition=TWO_PEOPLE, name="fund_budget_two_people"),
            models.UniqueConstraint(
                fields=["unit", "fund", "year"], condition=Q(state=FundState.PROPOSED), name="fund_budget_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} 年{self.label}预算"

    def get_absolute_url(self) -> str:
        return reverse("staff:fund-budget", args=[self.pk])


class FundAccount(models.Model):
    """A unit's money of a fund in a year: ``received`` − ``given`` on − ``spent`` − ``carried`` at the year's end = ``balance``.

    ``is_closed``: the year has been carried over; nothing is entered any more.
    """

    unit = models.ForeignKey(Unit, verbose_name="单位", on_delete=models.PROTECT, related_name="fund_accounts")
    fund = models.CharField("经费代码", max_length=30)
    label = models.CharField("经费", max_length=40)
    year = models.PositiveSmallIntegerField("年度")
    received = money("经费", default=0)
    given = money("下达下级", default=0)
    spent = money("支出", default=0)
    carried = money("年末转出", default=0)
    balance = money("余额", default=0)
    is_closed = models.BooleanField("已结转", default=False)

    objects = FundAccountQuerySet.as_manager()

    class Meta:
        verbose_name = "经费账"
        ordering = ["-year", "unit__path", "fund"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "fund", "year"], name="fund_account_once"),
            # Never overspent, whoever approves at the same moment.
            models.CheckConstraint(
                condition=Q(balance=F("received") - F("given") - F("spent") - F("carried"), balance__gte=0),
                name="fund_account_balance",
            ),
            models.CheckConstraint(condition=Q(spent__gte=0, given__gte=0, carried__gte=0), name="fund_account_spent"),
        ]
        indexes = [models.Index(fields=["year", "fund", "unit"], name="fund_account_year")]

    def __str__(self) -> str:
        return f"{self.unit} {self.year} 年{self.label}"

    @property
    def budget(self) -> Any:
        """What the unit itself may spend in the year."""
        return self.received - self.given

    @property
    def rate(self) -> Rate:
        """执行率: spent of what may be spent."""
        return Rate(self.spent, self.budget)

    def get_absolute_url(self) -> str:
        return f"{reverse('staff:fund-unit', args=[self.unit_id])}?year={self.year}"


class FundEntry(HistoryModel):
    """Money that comes in, goes on or is spent. ``other``: the account it goes on to.

    Of spending ``payee``, ``use`` and ``voucher`` number; a wrong one is undone by a ``REVERSAL`` that ``reverses`` it.
    """

    SEALED_FIELDS: ClassVar = (
        "account", "other", "kind", "amount", "day", "payee", "use", "voucher", "reverses", "is_reversed", "state",
        "entered_by", "decided_by",
    )  # fmt: skip

    account = models.ForeignKey(FundAccount, verbose_name="经费账", on_delete=models.PROTECT, related_name="entries")
    other = models.ForeignKey(
        FundAccount, verbose_name="转入", null=True, on_delete=models.PROTECT, related_name="incoming"
    )
    budget = models.ForeignKey(FundBudget, null=True, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField("类型", max_length=10, choices=FundEntryKind.choices)
    amount = money("金额")
    day = models.DateField("日期")
    payee = models.CharField("收款单位", max_length=60, blank=True, default="")
    use = models.CharField("用途", max_length=20, blank=True, default="")
    voucher = models.CharField("凭证号", max_length=30, blank=True, default="")
    note = models.CharField("说明", max_length=120, blank=True, default="")
    reverses = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="reversals")
    is_reversed = models.BooleanField("已冲销", default=False)
    state = models.CharField("状态", max_length=10, choices=FundState.choices, default=FundState.PROPOSED)
    entered_by = actor("经办人")
    entered_at = models.DateTimeField("登记时间")
    decided_by = actor("审批人")
    decided_at = models.DateTimeField("审批时间", null=True)
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = FundEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "经费收支"
        ordering = ["-day", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=FundEntryKind.values), name="fund_entry_kind"),
            models.CheckConstraint(condition=Q(state__in=FundState.values), name="fund_entry_state"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="fund_entry_amount"),
            models.CheckConstraint(condition=TWO_PEOPLE | Q(kind__in=BY_RULE), name="fund_entry_two_people"),
            models.CheckConstraint(
                condition=~Q(kind=FundEntryKind.SPENDING) | (~Q(payee="") & ~Q(use="") & ~Q(voucher="")),
                name="fund_entry_spending",
            ),
            models.CheckConstraint(
                condition=Q(kind=FundEntryKind.REVERSAL, reverses__isnull=False)
                | (~Q(kind=FundEntryKind.REVERSAL) & Q(reverses=None)),
                name="fund_entry_reversal",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=MOVES, other__isnull=False) | (~Q(kind__in=MOVES) & Q(other=None)),
                name="fund_entry_other",
            ),
            models.UniqueConstraint(
                fields=["reverses"], condition=Q(state__in=[FundState.PROPOSED, FundState.APPROVED]),
                name="fund_entry_reversed_once",
            ),
            # A voucher is paid once; after a reversal it may be entered anew.
            models.UniqueConstraint(
                fields=["account", "voucher"], name="fund_entry_voucher",
                condition=Q(
                    kind=FundEntryKind.SPENDING, is_reversed=False, state__in=[FundState.PROPOSED, FundState.APPROVED]
                ),
            ),
            models.UniqueConstraint(
                fields=["account", "kind"], condition=Q(kind__in=BY_RULE), name="fund_entry_year_end_once"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(F("day").desc(), F("id").desc(), name="fund_entry_day"),
            models.Index(fields=["account"], name="fund_entry_open", condition=Q(state=FundState.PROPOSED)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount:,} 元"

    def get_absolute_url(self) -> str:
        return reverse("staff:fund-entry", args=[self.pk])


class FundVoucher(models.Model):
    """A picture or PDF of a voucher. ``file`` is a key in private storage; it leaves only through the scope."""

    entry = models.ForeignKey(FundEntry, on_delete=models.PROTECT, related_name="vouchers")
    file = models.CharField(max_length=200)
    name = models.CharField("文件名", max_length=120)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField("大小")
    sha256 = models.CharField(max_length=64)
    uploaded_by = actor("上传人")
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)

    objects = FundVoucherQuerySet.as_manager()

    class Meta:
        verbose_name = "凭证附件"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
