"""Volunteers and their teams (志愿服务条例 arts. 7, 12, 19, 20, 25)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.crypto import lookup_hash
from common.fields import EncryptedTextField
from common.models import HistoryModel
from grid.models import Unit
from volunteers.choices import Group, Skill, TimeSlot, VolunteerState
from volunteers.querysets import MembershipQuerySet, OfVolunteerQuerySet, VolunteeringQuerySet, VolunteerQuerySet

FOR_SERVICE = "组织志愿服务、出具志愿服务证明"
AS_LONG_AS = "注销时立即清除"


class Volunteer(HistoryModel):
    """One volunteer, from sign-up to erasure. Who it is stands in :class:`VolunteerPerson`.

    ``number`` runs without gaps (``common.series``). ``access_hash`` is what is kept of the code with
    which the volunteer opens their own page. ``display_consent_at``: when the volunteer agreed to be
    shown by ``nickname`` in public rankings (art. 20); without it nobody is shown.
    """

    SEALED_FIELDS: ClassVar = (
        "number", "unit", "group", "state", "is_minor", "guardian_agreed_at", "display_consent_at", "joined_on",
        "left_on", "erasure_asked_at", "insured_until",
    )  # fmt: skip

    number = models.CharField("志愿者编号", max_length=20, unique=True)
    unit = models.ForeignKey(Unit, verbose_name="所属单位", on_delete=models.PROTECT, related_name="volunteers")
    group = models.CharField("类别", max_length=20, choices=Group.choices, default=Group.RESIDENT)
    state = models.CharField("状态", max_length=12, choices=VolunteerState.choices, default=VolunteerState.ACTIVE)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name="工作账号", null=True, blank=True, on_delete=models.PROTECT,
        related_name="volunteer",
    )  # fmt: skip
    nickname = models.CharField(
        "昵称", max_length=20, blank=True, default="", help_text="排行榜上显示的名字，不要用真名"
    )
    skills = ArrayField(models.CharField(max_length=20, choices=Skill.choices), verbose_name="服务技能", default=list)
    times = ArrayField(models.CharField(max_length=20, choices=TimeSlot.choices), verbose_name="服务时间", default=list)
    areas = models.CharField("愿意服务的地方", max_length=120, blank=True, default="")
    is_minor = models.BooleanField("未成年", default=False)
    guardian_agreed_at = models.DateTimeField("监护人同意时间", null=True, editable=False)
    display_consent_at = models.DateTimeField("同意公开展示的时间", null=True, editable=False)
    insured_until = models.DateField("保险有效期至", null=True, blank=True)
    insurance = models.CharField("保险说明", max_length=80, blank=True, default="")
    joined_on = models.DateField("注册日期")
    left_on = models.DateField("退出日期", null=True, blank=True)
    erasure_asked_at = models.DateTimeField("本人申请注销的时间", null=True, editable=False)
    access_hash = models.BinaryField(null=True, editable=False)
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = VolunteerQuerySet.as_manager()

    class Meta:
        verbose_name = "志愿者"
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=VolunteerState.values), name="volunteer_state"),
            models.CheckConstraint(
                condition=Q(is_minor=False) | ~Q(state=VolunteerState.ACTIVE) | Q(guardian_agreed_at__isnull=False),
                name="volunteer_minor_with_consent",
            ),
            models.CheckConstraint(condition=Q(left_on=None) | Q(left_on__gte=F("joined_on")), name="volunteer_days"),
        ]
        indexes = [
            models.Index(fields=["unit", "number"], name="volunteer_unit"),
            models.Index(fields=["joined_on"], name="volunteer_joined"),
            models.Index(
                fields=["unit"],
                name="volunteer_to_do",
                condition=Q(state=VolunteerState.WAITING) | Q(erasure_asked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("volunteers:volunteer", args=[self.pk])


class VolunteerPerson(models.Model):
    """Who a volunteer is: encrypted, masked everywhere, revealed one field at a time. Erasure empties the row."""

    volunteer = models.OneToOneField(Volunteer, on_delete=models.PROTECT, related_name="person")
    name = EncryptedTextField(
        "姓名", purpose=FOR_SERVICE, retention=AS_LONG_AS, blank=True, default="",
        hash_field="name_hash", hash_purpose="name",
    )  # fmt: skip
    phone = EncryptedTextField(
        "手机", purpose="联系志愿者、本人登录", retention=AS_LONG_AS, blank=True, default="",
        hash_field="phone_hash", hash_purpose="phone",
    )  # fmt: skip
    id_number = EncryptedTextField(
        "身份证号", purpose="核实身份、出具志愿服务证明、办理保险", retention=AS_LONG_AS, blank=True, default="",
        hash_field="id_hash", hash_purpose="id_number",
    )  # fmt: skip
    birth_date = EncryptedTextField(
        "出生日期", purpose="核对活动的年龄要求", retention=AS_LONG_AS, blank=True, default=""
    )
    address = EncryptedTextField(
        "住址", purpose="物业费抵扣、就近安排服务", retention=AS_LONG_AS, blank=True, default=""
    )
    guardian_name = EncryptedTextField(
        "监护人姓名", purpose="未成年人志愿服务的监护人同意", retention=AS_LONG_AS, blank=True, default=""
    )
    guardian_phone = EncryptedTextField(
        "监护人手机", purpose="未成年人志愿服务的监护人同意", retention=AS_LONG_AS, blank=True, default=""
    )
    name_hash = models.BinaryField(null=True, editable=False)
    phone_hash = models.BinaryField(null=True, editable=False)
    id_hash = models.BinaryField(null=True, editable=False)

    objects = OfVolunteerQuerySet.as_manager()

    class Meta:
        verbose_name = "志愿者个人信息"
        constraints = [
            # One person, one number: whoever signs up twice is shown the first one.
            models.UniqueConstraint(fields=["id_hash"], condition=Q(id_hash__isnull=False), name="volunteer_id_once")
        ]
        indexes = [
            models.Index(fields=["phone_hash"], name="volunteer_phone"),
            models.Index(fields=["name_hash"], name="volunteer_name"),
        ]

    def __str__(self) -> str:
        return f"志愿者 {self.volunteer_id}"

    def set_hashes(self) -> Self:
        """Put the look-up hashes of name, phone and identity number beside their values."""
        self.name_hash = lookup_hash(self.name, "name") if self.name else None
        self.phone_hash = lookup_hash(self.phone, "phone") if self.phone else None
        self.id_hash = lookup_hash(self.id_number, "id_number") if self.id_number else None
        return self

    @property
    def born(self) -> date | None:
        return date.fromisoformat(self.birth_date) if self.birth_date else None


class Team(HistoryModel):
    """A volunteer team of a unit, with its leader."""

    SEALED_FIELDS: ClassVar = ("name", "unit", "leader", "is_active")

    name = models.CharField("队伍名称", max_length=40)
    unit = models.ForeignKey(Unit, verbose_name="所属单位", on_delete=models.PROTECT, related_name="volunteer_teams")
    leader = models.ForeignKey(
        Volunteer, verbose_name="队长", null=True, blank=True, on_delete=models.PROTECT, related_name="led_teams"
    )
    theme = models.CharField("服务主题", max_length=20, blank=True, default="")
    about = models.CharField("服务内容", max_length=200, blank=True, default="")
    founded_on = models.DateField("成立日期")
    is_active = models.BooleanField("在册", default=True)

    objects = VolunteeringQuerySet.as_manager()

    class Meta:
        verbose_name = "志愿队伍"
        ordering = ["unit__path", "name"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "name"], condition=Q(is_active=True), name="team_name_in_unit")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("volunteers:team", args=[self.pk])


class Membership(models.Model):
    """A volunteer in a team, from a first to a last day. The events hang on the team."""

    team = models.ForeignKey(Team, verbose_name="队伍", on_delete=models.PROTECT, related_name="memberships")
    volunteer = models.ForeignKey(
        Volunteer, verbose_name="志愿者", on_delete=models.PROTECT, related_name="memberships"
    )
    first_day = models.DateField("加入日期")
    last_day = models.DateField("离开日期", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "队员"
        ordering = ["team", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "volunteer"], condition=Q(last_day=None), name="membership_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")), name="membership_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} {self.volunteer}"
