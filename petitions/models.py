"""The ticket and what hangs on it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q

from common.fields import EncryptedTextField
from common.models import HistoryModel, Policy
from common.scope import ScopedQuerySet
from grid.choices import Level
from grid.models import Department, Unit
from petitions.choices import (
    OPEN_STATES,
    AssignmentRole,
    CardLevel,
    Channel,
    ClockKind,
    ContactWay,
    ExclusionReason,
    Kind,
    RefusalReason,
    Satisfaction,
    State,
    Urgency,
)  # fmt: skip
from petitions.querysets import CardQuerySet, CategoryQuerySet, OfPetitionQuerySet, PetitionQuerySet

IS_OPEN = Q(state__in=OPEN_STATES)
ONE_LEAD = Q(lead_unit=None) | Q(lead_department=None)
MAX_TEXT = 10_000


class CjkBigram(Func):
    """The immutable SQL function that splits Chinese text for the search index (first migration of common)."""

    function = "cjk_bigram"
    output_field = ArrayField(models.TextField())


class SearchText(Func):
    """Columns joined by spaces: the text that is searched. The index uses the same expression."""

    template = "(%(expressions)s)"
    arg_joiner = " || ' ' || "
    output_field = models.TextField()


class Category(HistoryModel):
    """Two-level tree of what petitions are about, with lead and limit of the second level.

    The lead is a department, or a level of the tree (the street or community of the ticket).
    ``limit`` is a number and a unit: h hour, wh working hour, wd working day, d day.
    """

    SEALED_FIELDS: ClassVar = ("code", "name", "parent", "lead_level", "lead_department", "limit", "is_active")

    code = models.CharField("编号", max_length=10, unique=True)
    name = models.CharField("名称", max_length=40)
    parent = models.ForeignKey(
        "self", verbose_name="大类", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    lead_level = models.PositiveSmallIntegerField(
        "主办层级", null=True, blank=True, choices=[(Level.STREET, "街道"), (Level.COMMUNITY, "社区")]
    )
    lead_department = models.ForeignKey(
        Department, verbose_name="主办部门", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    co_departments = models.ManyToManyField(Department, verbose_name="协办部门", blank=True, related_name="+")
    limit = models.CharField("办结时限", max_length=10, blank=True, default="")
    is_active = models.BooleanField("启用", default=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = "诉求分类"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(lead_level=None) | Q(lead_department=None), name="category_one_lead")
        ]

    def __str__(self) -> str:
        return self.name


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


class Petitioner(models.Model):
    """Who asked: in a row of its own, encrypted, masked everywhere, revealed one field at a time.

    An anonymous ticket has no such row. Erasure empties the row and leaves the ticket.
    """

    petition = models.OneToOneField(Petition, on_delete=models.PROTECT, related_name="petitioner")
    name = EncryptedTextField("姓名", purpose="联系诉求人、回访", retention="办结后三年", blank=True, default="")
    phone = EncryptedTextField(
        "电话", purpose="联系诉求人、回访", retention="办结后三年", blank=True, default="",
        hash_field="phone_hash", hash_purpose="phone",
    )  # fmt: skip
    address = EncryptedTextField("住址", purpose="上门核实", retention="办结后三年", blank=True, default="")
    phone_hash = models.BinaryField(null=True, editable=False)

    objects = OfPetitionQuerySet.as_manager()

    class Meta:
        verbose_name = "诉求人"
        indexes = [models.Index(fields=["phone_hash"], name="petitioner_phone")]

    def __str__(self) -> str:
        return f"诉求人 {self.petition_id}"


class Assignment(models.Model):
    """The ticket given to a lead or co-handler, with its own limit and answer. Old rows stay."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField("角色", max_length=12, choices=AssignmentRole.choices)
    unit = models.ForeignKey(Unit, verbose_name="单位", null=True, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(
        Department, verbose_name="部门", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    limit = models.CharField("时限", max_length=10, blank=True, default="")
    due_at = models.DateTimeField("时限", null=True)
    given_at = models.DateTimeField("派单时间")
    signed_at = models.DateTimeField("签收时间", null=True)
    replied_at = models.DateTimeField("答复时间", null=True)
    reply = models.TextField("办理情况", blank=True, default="")
    ended_at = models.DateTimeField("结束时间", null=True)

    objects = OfPetitionQuerySet.as_manager()

    class Meta:
        verbose_name = "承办"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, department=None) | Q(unit=None, department__isnull=False),
                name="assignment_one_body",
            ),
            models.UniqueConstraint(
                fields=["petition"], condition=Q(role=AssignmentRole.LEAD, ended_at=None), name="assignment_lead_once"
            ),
        ]
        indexes = [
            models.Index(fields=["department", "-petition"], name="assignment_department"),
            models.Index(
                fields=["department", "petition"],
                name="assignment_co_waiting",
                condition=Q(role=AssignmentRole.CO_HANDLER, ended_at=None, replied_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.body}"

    @property
    def body(self) -> Unit | Department | None:
        return self.department or self.unit


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


class Contact(models.Model):
    """Every contact with the petitioner while the ticket is handled; the first one stops a clock."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="contacts")
    way = models.CharField("方式", max_length=10, choices=ContactWay.choices)
    note = models.CharField("情况", max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    objects = OfPetitionQuerySet.as_manager()

    class Meta:
        verbose_name = "联系记录"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.note


class Attachment(models.Model):
    """A file of a ticket. ``file`` is a key in private storage; it leaves only through the scope."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="attachments")
    file = models.CharField(max_length=200)
    name = models.CharField("文件名", max_length=120)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField("大小")
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)

    objects = OfPetitionQuerySet.as_manager()

    class Meta:
        verbose_name = "附件"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class PublicAttempt(models.Model):
    """One use of a page without account, under a keyed hash of where it came from; gone after a day.

    What the limits of the public pages count. Holds no address and nothing of what was sent.
    """

    purpose = models.CharField(max_length=20)
    source = models.BinaryField()
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["purpose", "source", "at"], name="public_attempt"),
            models.Index(fields=["at"], name="public_attempt_at"),
        ]

    def __str__(self) -> str:
        return self.purpose
