"""Who was given a ticket."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from grid.models import Department, Unit
from petitions.choices import AssignmentRole
from petitions.models.ticket import Petition
from petitions.querysets import OfPetitionQuerySet


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
