"""Party organisations, seated on the units of the hierarchy."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.models import HistoryModel
from grid.models import Household, Unit
from partyorgs.choices import ELECTED_KINDS, OrganisationKind, SetUpMode
from partyorgs.querysets import OrganisationQuerySet


class PartyOrganisation(HistoryModel):
    """One organisation, from the street committee down to a member household (domain §7).

    ``term_last_day`` is the last day of the current term; groups and member households have no term.
    Members are a number with the day it was counted on; their names are not kept here.
    """

    SEALED_FIELDS: ClassVar = (
        "name", "kind", "mode", "parent", "unit", "household", "secretary_name", "secretary",
        "members_count", "members_on", "term_first_day", "term_last_day", "is_active",
    )  # fmt: skip

    name = models.CharField("名称", max_length=80)
    kind = models.CharField("类别", max_length=20, choices=OrganisationKind.choices)
    mode = models.CharField("组建方式", max_length=10, choices=SetUpMode.choices, default=SetUpMode.SINGLE)
    partners = models.CharField(
        "联建单位或派驻人", max_length=120, blank=True, default="",
        help_text="联合组建填写参加单位，指导派驻填写党建指导员及派出单位",
    )  # fmt: skip
    parent = models.ForeignKey(
        "self", verbose_name="上级党组织", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    unit = models.ForeignKey(
        Unit, verbose_name="所在单位", on_delete=models.PROTECT, related_name="party_organisations"
    )
    household = models.ForeignKey(
        Household, verbose_name="中心户", null=True, blank=True, on_delete=models.PROTECT,
        related_name="party_organisations",
    )  # fmt: skip
    secretary_name = models.CharField("书记（负责人）", max_length=40, blank=True, default="", help_text="公示用名")
    secretary = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="书记账号", null=True, blank=True, on_delete=models.PROTECT,
        related_name="party_posts",
    )  # fmt: skip
    members_count = models.PositiveIntegerField("党员数", default=0)
    members_on = models.DateField("党员数统计日期", null=True, blank=True)
    term_first_day = models.DateField("本届起始日期", null=True, blank=True)
    term_years = models.PositiveSmallIntegerField("任期（年）", null=True, blank=True)
    term_last_day = models.DateField("本届届满日期", null=True, blank=True)
    is_active = models.BooleanField("在册", default=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = "党组织"
        ordering = ["unit__path", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=OrganisationKind.values), name="partyorg_kind"),
            models.CheckConstraint(condition=Q(mode__in=SetUpMode.values), name="partyorg_mode"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="partyorg_not_own_parent"),
            models.CheckConstraint(
                condition=Q(kind=OrganisationKind.MEMBER_HOUSEHOLD, household__isnull=False)
                | (~Q(kind=OrganisationKind.MEMBER_HOUSEHOLD) & Q(household=None)),
                name="partyorg_household",
            ),
            models.CheckConstraint(
                condition=Q(term_first_day=None, term_years=None, term_last_day=None)
                | Q(
                    kind__in=[str(kind) for kind in ELECTED_KINDS],
                    term_years__gte=1,
                    term_last_day__gte=F("term_first_day"),
                    term_first_day__isnull=False,
                ),
                name="partyorg_term",
            ),
            models.UniqueConstraint(fields=["unit", "name"], condition=Q(is_active=True), name="partyorg_name_in_unit"),
            models.UniqueConstraint(
                fields=["household"], condition=Q(is_active=True), name="partyorg_one_per_household"
            ),
        ]
        indexes = [
            models.Index(fields=["term_last_day"], name="partyorg_term_end", condition=Q(is_active=True)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("partyorgs:organisation", args=[self.pk])
