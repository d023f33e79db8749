"""Users, what they may do where and when, and the messages they get."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from knox.models import AbstractAuthToken

from accounts.querysets import AssignmentQuerySet, NotificationQuerySet, UserManager
from accounts.roles import Role
from accounts.scope import build_scope, usable_assignments
from common.models import HistoryModel
from common.scope import Scope
from grid.models import Department, Unit


class User(HistoryModel, AbstractBaseUser):  # type: ignore[django-manager-missing]
    """Somebody who signs in. What they may do is in their role assignments, nowhere else."""

    SEALED_FIELDS: ClassVar = ("username", "display_name", "is_active")

    username = models.CharField(
        "用户名", max_length=40, unique=True, validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "该用户名已被使用，请换一个。"},
    )  # fmt: skip
    display_name = models.CharField("姓名", max_length=40)
    is_active = models.BooleanField("启用", default=True)
    is_demo = models.BooleanField("演示账号", default=False, editable=False)
    must_change_password = models.BooleanField("下次登录须改密码", default=True)
    password_changed_at = models.DateTimeField("密码更改时间", null=True, editable=False)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["display_name"]
    objects = UserManager()

    class Meta:
        verbose_name = "账号"
        ordering = ["username"]

    def __str__(self) -> str:
        return self.display_name

    def get_absolute_url(self) -> str:
        return reverse("accounts:user", args=[self.pk])

    @cached_property
    def current_roles(self) -> list[RoleAssignment]:
        """Role assignments that grant something today; looked up once per request."""
        return usable_assignments(self)

    @property
    def caption(self) -> str:
        """What the person is, for the top of the page: the first role and its seat."""
        return next((f"{row.get_role_display()} · {row.seat}" for row in self.current_roles), "尚无岗位")

    @cached_property
    def scope(self) -> Scope:
        return build_scope(self)

    def may(self, permission: str) -> bool:
        return self.is_active and self.scope.may(permission)


class RoleAssignment(HistoryModel):
    """A role at a unit or department, from a first to a last day (open when none).

    ``revoked_at`` takes it back at once, whatever its days say.
    """

    SEALED_FIELDS: ClassVar = ("user", "role", "unit", "department", "first_day", "last_day", "revoked_at")

    user = models.ForeignKey(User, verbose_name="账号", on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField("角色", max_length=30, choices=Role.choices)
    unit = models.ForeignKey(
        Unit, verbose_name="单位", null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    department = models.ForeignKey(
        Department, verbose_name="职能部门", null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    first_day = models.DateField("起始日期")
    last_day = models.DateField("截止日期", null=True, blank=True)
    revoked_at = models.DateTimeField("收回时间", null=True, editable=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = "角色"
        ordering = ["user", "-first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, department=None) | Q(unit=None, department__isnull=False),
                name="assignment_one_seat",
            ),
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")), name="assignment_days_in_order"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="assignment_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()} {self.seat}"

    @property
    def seat(self) -> Unit | Department:
        """The unit or department at which the role is held."""
        seat = self.unit or self.department
        assert seat is not None  # the constraint assignment_one_seat
        return seat


class PasswordHistory(models.Model):
    """Hashes of earlier passwords, so that the last ones are not used again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="old_passwords")
    password = models.CharField(max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.user} {self.created_at:%Y-%m-%d}"


class ApiToken(AbstractAuthToken):
    """A key with which another system acts as its owner. Only its hash is stored."""

    name = models.CharField("用途", max_length=40)

    class Meta:
        verbose_name = "接口令牌"
        ordering = ["-created"]


class AccessLog(HistoryModel):
    """One day's chain of sign-ins, failures, lock-outs and edits of rules: the events hang on this row."""

    SEALED_FIELDS: ClassVar = ("day",)

    day = models.DateField(unique=True)

    class Meta:
        verbose_name = "登录与规则日志"

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class Notification(models.Model):
    """A message to one person, unit or department; ``dedupe_key`` makes it come once.

    ``level`` is a word for the badge, ``url`` the page to open.
    """

    class Tone(models.TextChoices):
        INFO = "info", "提示"
        REMINDER = "reminder", "提醒"
        BLUE = "blue", "蓝色督办"
        AMBER = "amber", "黄色督办"
        RED = "red", "红色督办"

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="notifications")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    department = models.ForeignKey(Department, null=True, on_delete=models.CASCADE, related_name="+")
    tone = models.CharField(max_length=10, choices=Tone.choices, default=Tone.INFO)
    text = models.CharField("内容", max_length=300)
    url = models.CharField(max_length=200, blank=True, default="")
    dedupe_key = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = "消息"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, unit=None, department=None)
                | Q(user=None, unit__isnull=False, department=None)
                | Q(user=None, unit=None, department__isnull=False),
                name="notification_one_recipient",
            )
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_user", condition=Q(read_at=None)),
            models.Index(fields=["unit", "-id"], name="notification_unit", condition=Q(read_at=None)),
            models.Index(fields=["department", "-id"], name="notification_dept", condition=Q(read_at=None)),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def colour(self) -> str:
        """Colour of the badge beside the word."""
        known = {self.Tone.REMINDER: "purple", self.Tone.BLUE: "blue", self.Tone.AMBER: "amber", self.Tone.RED: "red"}
        return known.get(self.Tone(self.tone), "grey")
