"""Tables of the roster: names are masked."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.urls import reverse

from common.masks import mask_name
from common.pages import DateColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn
from common.scope import scope_of
from grid.querysets import covers
from staff import permissions
from staff.choices import COLOURS, Certificate
from staff.models import StaffPost, Worker

CERTIFICATES = dict(Certificate.choices)


class WorkerTable(PageTable):
    number = LinkColumn(verbose_name="工号")
    name = tables.Column(verbose_name="姓名", accessor="person__name", orderable=False)
    unit = TextColumn(verbose_name="所属单位", accessor="unit__name")
    kind = TextColumn(verbose_name="用工类别", accessor="get_kind_display")
    rank = TextColumn(verbose_name="职务", accessor="get_rank_display")
    state = StateColumn(verbose_name="状态", colours=COLOURS)
    education = TextColumn(verbose_name="学历", accessor="get_education_display")
    certificate = TextColumn(verbose_name="证书", empty_values=())
    party_role = TextColumn(verbose_name="党内职务", accessor="get_party_role_display")
    entered_on = DateColumn(verbose_name="入职日期")
    community_since = DateColumn(verbose_name="从事社区工作起始日")
    probation_until = DateColumn(verbose_name="试用期至")
    filed_on = DateColumn(verbose_name="县级备案日期")

    optional = ("community_since", "probation_until", "filed_on")

    class Meta(PageTable.Meta):
        model = Worker
        fields = (
            "number", "name", "unit", "kind", "rank", "state", "education", "certificate", "party_role", "entered_on",
            "community_since", "probation_until", "filed_on",
        )  # fmt: skip

    def render_name(self, value: str) -> str:
        return mask_name(value)

    def render_certificate(self, record: Worker) -> str:
        return CERTIFICATES.get(record.certificate, "—")  # type: ignore[attr-defined]


def who(worker: Worker) -> str:
    """A masked name and the number."""
    return f"{mask_name(worker.person.name)} {worker.number}".strip()


def post_url(post: StaffPost, user: Any) -> str:
    """Where the reserves are named, for who may; else the page of who holds the post."""
    if covers(scope_of(user).holding(permissions.MANAGE), post.unit):
        return reverse("staff:post-reserves", args=[post.pk])
    return post.worker.get_absolute_url()


class PostTable(PageTable):
    unit = LinkColumn(
        verbose_name="单位", accessor="unit__name", linkify=lambda record, table: post_url(record, table.request.user)
    )
    rank = TextColumn(verbose_name="职务", accessor="get_rank_display")
    worker = TextColumn(verbose_name="任职人员")
    valid_from = DateColumn(verbose_name="任职日期")
    reserve_count = NumberColumn(verbose_name="备选人数")

    class Meta(PageTable.Meta):
        model = StaffPost
        fields = ("unit", "rank", "worker", "valid_from", "reserve_count")

    def render_worker(self, value: Worker) -> str:
        return who(value)
