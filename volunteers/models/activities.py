"""Activities, who takes part, and the record of service hours (志愿服务条例 arts. 15, 17, 19)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse

from common.models import HistoryModel, Policy
from grid.models import Unit
from volunteers.choices import (
    HOLDS_A_PLACE,
    ActivityState,
    ParticipationState,
    RecordSource,
    Skill,
)  # fmt: skip
from volunteers.models.people import Team, Volunteer
from volunteers.querysets import OfActivityQuerySet, ParticipationQuerySet, RecordQuerySet, VolunteeringQuerySet

MOST_HOURS = 24


class Activity(HistoryModel):
    """A planned piece of service of a unit. ``sign_key`` is what its QR codes are made of.

    ``series`` names the regular day it belongs to (社区工作日, 红色星期五), ``theme`` the theme of the
    rule in force. ``risks`` are told to whoever thinks of joining (art. 12); a risky activity takes only
    volunteers insured on the day (art. 17).
    """

    SEALED_FIELDS: ClassVar = (
        "title", "unit", "team", "theme", "place", "starts_at", "ends_at", "capacity", "is_risky", "state",
    )  # fmt: skip

    title = models.CharField("活动名称", max_length=60)
    unit = models.ForeignKey(Unit, verbose_name="组织单位", on_delete=models.PROTECT, related_name="activities")
    team = models.ForeignKey(
        Team, verbose_name="承办队伍", null=True, blank=True, on_delete=models.PROTECT, related_name="activities"
    )
    theme = models.CharField("主题", max_length=20)
    series = models.CharField("固定服务日", max_length=20, blank=True, default="")
    about = models.TextField("活动内容", max_length=2000, blank=True, default="")
    place = models.CharField("地点", max_length=120)
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    signup_until = models.DateTimeField("报名截止")
    capacity = models.PositiveIntegerField("招募人数")
    min_age = models.PositiveSmallIntegerField("最小年龄", null=True, blank=True)
    max_age = models.PositiveSmallIntegerField("最大年龄", null=True, blank=True)
    is_risky = models.BooleanField(
        "有人身危险", default=False, help_text="须先为志愿者购买保险（志愿服务条例第十七条）"
    )
    risks = models.CharField("可能的风险", max_length=200, blank=True, default="")
    state = models.CharField("状态", max_length=12, choices=ActivityState.choices, default=ActivityState.DRAFT)
    cancel_reason = models.CharField("取消原因", max_length=200, blank=True, default="")
    sign_key = models.UUIDField(default=uuid.uuid4, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="发起人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = VolunteeringQuerySet.as_manager()

    class Meta:
        verbose_name = "志愿活动"
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ActivityState.values), name="activity_state"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="activity_times"),
            models.CheckConstraint(condition=Q(signup_until__lte=F("ends_at")), name="activity_signup"),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="activity_capacity"),
            models.CheckConstraint(
                condition=Q(min_age=None) | Q(max_age=None) | Q(max_age__gte=F("min_age")), name="activity_ages"
            ),
        ]
        indexes = [
            models.Index(F("unit"), F("starts_at").desc(), F("id").desc(), name="activity_unit"),
            models.Index(F("starts_at").desc(), F("id").desc(), name="activity_starts"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("volunteers:activity", args=[self.pk])


class ActivityRole(models.Model):
    """A task inside an activity with its own number of places and, maybe, a skill it needs."""

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="roles")
    name = models.CharField("岗位", max_length=30)
    places = models.PositiveIntegerField("人数")
    skill = models.CharField("所需技能", max_length=20, choices=Skill.choices, blank=True, default="")

    objects = OfActivityQuerySet.as_manager()

    class Meta:
        verbose_name = "活动岗位"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["activity", "name"], name="activity_role_once"),
            models.CheckConstraint(condition=Q(places__gte=1), name="activity_role_places"),
        ]

    def __str__(self) -> str:
        return self.name


class Participation(HistoryModel):
    """A volunteer in an activity: from joining (or waiting) to the hours that were confirmed.

    ``notice`` is what the volunteer's own page says until they have read it (moved up, changed, cancelled);
    ``objection`` what they say against the hours, with the organiser's answer.
    """

    SEALED_FIELDS: ClassVar = (
        "activity", "volunteer", "role", "state", "signed_in_at", "signed_out_at", "hours", "correction", "objection",
        "objection_answer",
    )  # fmt: skip

    activity = models.ForeignKey(Activity, verbose_name="活动", on_delete=models.PROTECT, related_name="participations")
    volunteer = models.ForeignKey(
        Volunteer, verbose_name="志愿者", on_delete=models.PROTECT, related_name="participations"
    )
    role = models.ForeignKey(
        ActivityRole,
        verbose_name="岗位",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="participations",
    )
    state = models.CharField(
        "状态", max_length=12, choices=ParticipationState.choices, default=ParticipationState.JOINED
    )
    joined_at = models.DateTimeField("报名时间")
    signed_in_at = models.DateTimeField("签到时间", null=True)
    signed_out_at = models.DateTimeField("签退时间", null=True)
    hours = models.DecimalField("服务时长（小时）", max_digits=4, decimal_places=2, null=True)
    correction = models.CharField("补签、更正的理由", max_length=200, blank=True, default="")
    seen_at = models.DateTimeField("本人查看时间", null=True)
    notice = models.CharField("给本人的通知", max_length=300, blank=True, default="")
    objection = models.CharField("本人的异议", max_length=200, blank=True, default="")
    objected_at = models.DateTimeField("提出异议的时间", null=True)
    objection_answer = models.CharField("异议的答复", max_length=200, blank=True, default="")

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        verbose_name = "参加记录"
        ordering = ["activity", "joined_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ParticipationState.values), name="participation_state"),
            models.UniqueConstraint(fields=["activity", "volunteer"], name="participation_once"),
            models.CheckConstraint(
                condition=Q(signed_out_at=None)
                | (Q(signed_in_at__isnull=False) & Q(signed_out_at__gte=F("signed_in_at"))),
                name="participation_out_after_in",
            ),
            models.CheckConstraint(
                condition=Q(hours=None) | (Q(hours__gt=0) & Q(hours__lte=MOST_HOURS)), name="participation_hours"
            ),
        ]
        indexes = [
            models.Index(fields=["volunteer", "-joined_at"], name="participation_volunteer"),
            models.Index(
                fields=["activity"],
                name="participation_places",
                condition=Q(state__in=[str(state) for state in HOLDS_A_PLACE]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity} {self.volunteer}"


class ServiceRecord(HistoryModel):
    """Confirmed hours of one volunteer (志愿服务记录与证明出具办法): the one place hours are counted from.

    Two records of a volunteer never overlap, so a day never has more than 24 hours. A wrong record is
    voided, never changed: ``voided_at`` frees its time. ``objection`` is what the volunteer says against hours
    that come from no activity, with the unit's answer; for an activity's, the participation has it.
    """

    SEALED_FIELDS: ClassVar = (
        "volunteer", "unit", "source", "theme", "started_at", "ended_at", "hours", "day", "voided_at", "objection",
        "objection_answer",
    )  # fmt: skip

    volunteer = models.ForeignKey(Volunteer, verbose_name="志愿者", on_delete=models.PROTECT, related_name="records")
    unit = models.ForeignKey(Unit, verbose_name="组织单位", on_delete=models.PROTECT, related_name="service_records")
    source = models.CharField("来源", max_length=10, choices=RecordSource.choices)
    theme = models.CharField("主题", max_length=20)
    what = models.CharField("服务内容", max_length=100)
    day = models.DateField("服务日期")
    started_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间")
    hours = models.DecimalField("时长（小时）", max_digits=4, decimal_places=2)
    participation = models.ForeignKey(
        Participation, null=True, on_delete=models.PROTECT, related_name="records", editable=False
    )
    order = models.ForeignKey(
        "volunteers.Order", null=True, on_delete=models.PROTECT, related_name="records", editable=False
    )
    agreement = models.ForeignKey(
        "volunteers.Agreement", null=True, on_delete=models.PROTECT, related_name="records", editable=False
    )
    policy = models.ForeignKey(
        Policy, verbose_name="积分规则版本", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="确认人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField("确认时间")
    voided_at = models.DateTimeField("作废时间", null=True)
    objection = models.CharField("本人的异议", max_length=200, blank=True, default="", db_default="")
    objected_at = models.DateTimeField("提出异议的时间", null=True)
    objection_answer = models.CharField("异议的答复", max_length=200, blank=True, default="", db_default="")

    objects = RecordQuerySet.as_manager()

    @property
    def has_open_objection(self) -> bool:
        return bool(self.objection and not self.objection_answer)

    class Meta:
        verbose_name = "服务记录"
        ordering = ["-day", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(source__in=RecordSource.values), name="record_source"),
            models.CheckConstraint(condition=Q(ended_at__gt=F("started_at")), name="record_times"),
            models.CheckConstraint(condition=Q(hours__gt=0) & Q(hours__lte=MOST_HOURS), name="record_hours"),
            # A corrected participation gets a new record; the wrong one stays, voided.
            models.UniqueConstraint(
                fields=["participation"], condition=Q(voided_at=None), name="record_of_participation_once"
            ),
            ExclusionConstraint(
                name="record_no_overlap",
                expressions=[
                    ("volunteer", RangeOperators.EQUAL),
                    (
                        Func(
                            F("started_at"),
                            F("ended_at"),
                            RangeBoundary(inclusive_lower=True, inclusive_upper=False),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(voided_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["volunteer", "-day"], name="record_volunteer"),
            models.Index(fields=["unit", "day"], name="record_unit"),
            models.Index(fields=["day"], name="record_day"),
        ]

    def __str__(self) -> str:
        return f"{self.volunteer} {self.day:%Y-%m-%d} {self.hours} 小时"
