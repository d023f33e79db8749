"""The ticket itself."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from common.models import HistoryModel
from grid.models import Department, Unit
from petitions.choices import (
    OPEN_STATES,
    Channel,
    ExclusionReason,
    Kind,
    RefusalReason,
    Satisfaction,
    State,
    Urgency,
)  # fmt: skip
from petitions.models.category import Category
from petitions.models.search import CjkBigram, SearchText
from petitions.querysets import PetitionQuerySet

IS_OPEN = Q(state__in=OPEN_STATES)
ONE_LEAD = Q(lead_unit=None) | Q(lead_department=None)
MAX_TEXT = 10_000


class Petition(HistoryModel):
    """One ticket.

    ``street``, ``community`` and ``grid`` are frozen at intake, so that a scoped page is one index
    range and history stays true when a unit moves (design §2.1). ``*_due_at`` and ``*_in_time`` repeat
    the end of the ticket's clocks for lists and rates; ``due_at`` is the nearest open limit.
    """

    SEALED_FIELDS: ClassVar = (
        "number", "external_number", "title", "text", "place", "kind", "channel", "urgency", "category", "state",
        "unit", "street", "community", "grid", "lead_unit", "lead_department", "about_department", "is_anonymous",
        "received_at", "accepted_at", "dispatched_at", "signed_at", "contacted_at", "replied_at", "called_back_at",
        "ended_at", "due_at", "sign_due_at", "contact_due_at", "finish_due_at", "sign_in_time", "contact_in_time",
        "finish_in_time", "solved", "satisfaction", "refusal_reason", "returns", "reworks", "extensions",
        "dissatisfactions", "exclusion_reason", "exclusion_proposed_by", "excluded_at", "registered_by",
    )  # fmt: skip

    number = models.CharField("工单编号", max_length=24, unique=True)
    external_number = models.CharField("来源编号", max_length=40, null=True, blank=True)
    query_hash = models.BinaryField(null=True, editable=False)
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    title = models.CharField("标题", max_length=100)
    text = models.TextField("诉求内容", max_length=MAX_TEXT)
    place = models.CharField("问题地点", max_length=120, blank=True, default="")
    kind = models.CharField("诉求类型", max_length=20, choices=Kind.choices, default=Kind.HELP)
    channel = models.CharField("来源", max_length=20, choices=Channel.choices)
    urgency = models.CharField("紧急程度", max_length=10, choices=Urgency.choices, default=Urgency.NORMAL)
    category = models.ForeignKey(
        Category, verbose_name="诉求分类", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_anonymous = models.BooleanField("匿名", default=False)
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.REGISTERED)

    unit = models.ForeignKey(Unit, verbose_name="所属单位", on_delete=models.PROTECT, related_name="+")
    street = models.ForeignKey(
        Unit, verbose_name="街道", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    community = models.ForeignKey(
        Unit, verbose_name="社区", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    grid = models.ForeignKey(
        Unit, verbose_name="网格", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    lead_unit = models.ForeignKey(
        Unit, verbose_name="主办单位", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    lead_department = models.ForeignKey(
        Department, verbose_name="主办部门", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        db_index=False,
    )  # fmt: skip
    # Whoever is complained about never sees who complained (信访工作条例 art. 30).
    about_department = models.ForeignKey(
        Department, verbose_name="被反映部门", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField("接收时间")
    accepted_at = models.DateTimeField("受理时间", null=True)
    dispatched_at = models.DateTimeField("派单时间", null=True)
    signed_at = models.DateTimeField("签收时间", null=True)
    contacted_at = models.DateTimeField("首次联系时间", null=True)
    replied_at = models.DateTimeField("答复时间", null=True)
    called_back_at = models.DateTimeField("回访时间", null=True)
    ended_at = models.DateTimeField("办结时间", null=True)

    due_at = models.DateTimeField("最近时限", null=True)
    sign_due_at = models.DateTimeField("签收时限", null=True)
    contact_due_at = models.DateTimeField("联系时限", null=True)
    finish_due_at = models.DateTimeField("办结时限", null=True)
    sign_in_time = models.BooleanField("按时签收", null=True)
    contact_in_time = models.BooleanField("按时联系", null=True)
    finish_in_time = models.BooleanField("按时办结", null=True)

    reply = models.TextField("答复内容", blank=True, default="")
    solved = models.BooleanField("是否解决", null=True)
    satisfaction = models.CharField("满意度", max_length=12, choices=Satisfaction.choices, blank=True, default="")
    refusal_reason = models.CharField(
        "不予受理原因", max_length=20, choices=RefusalReason.choices, blank=True, default=""
    )
    returns = models.PositiveSmallIntegerField("退单次数", default=0)
    reworks = models.PositiveSmallIntegerField("返工次数", default=0)
    extensions = models.PositiveSmallIntegerField("延期次数", default=0)
    dissatisfactions = models.PositiveSmallIntegerField("不满意次数", default=0)
    exclusion_reason = models.CharField(
        "剔除原因", max_length=20, choices=ExclusionReason.choices, blank=True, default=""
    )
    exclusion_proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    excluded_at = models.DateTimeField("剔除时间", null=True)

    objects = PetitionQuerySet.as_manager()

    class Meta:
        verbose_name = "工单"
        ordering = ["-received_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="petition_state"),
            models.CheckConstraint(condition=ONE_LEAD, name="petition_one_lead"),
            models.UniqueConstraint(
                fields=["external_number"],
                condition=Q(external_number__isnull=False) & ~Q(state=State.VOIDED),
                name="petition_external_number",
            ),
        ]
        indexes = [
            # First pages of the lists, one for each level of a grant.
            models.Index(F("received_at").desc(), F("id").desc(), name="petition_received"),
            models.Index(F("street"), F("received_at").desc(), F("id").desc(), name="petition_street"),
            models.Index(F("community"), F("received_at").desc(), F("id").desc(), name="petition_community"),
            models.Index(F("grid"), F("received_at").desc(), F("id").desc(), name="petition_grid"),
            # One open state of the whole district, and of a department's list.
            models.Index(
                F("state"), F("received_at").desc(), F("id").desc(), name="petition_open_state", condition=IS_OPEN
            ),
            # Worklists: only what is open, the nearest limit first.
            models.Index(fields=["street", "due_at"], name="petition_street_due", condition=IS_OPEN),
            models.Index(fields=["community", "due_at"], name="petition_community_due", condition=IS_OPEN),
            models.Index(fields=["lead_department", "due_at"], name="petition_dept_due", condition=IS_OPEN),
            models.Index(fields=["lead_unit", "due_at"], name="petition_unit_due", condition=IS_OPEN),
            models.Index(fields=["due_at"], name="petition_due", condition=IS_OPEN),
            GinIndex(CjkBigram(SearchText("title", "text", "place")), name="petition_search"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """The ticket's page; its pattern never changes, so no look-up per row of a long list."""
        return f"/petitions/{self.pk}/"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def lead(self) -> Unit | Department | None:
        """The body that is responsible now (首接负责)."""
        return self.lead_department or self.lead_unit
