"""The points ledger: append-only double entry (ADR 0013).

An *entry* moves points from one account to another and has two lines whose sum is zero. Accounts of
persons and pools are *guarded*: they carry their balance, which no statement can bring below zero, and
the end of a keyed hash chain over their lines. The other sides (issue, shop, expiry, correction) carry
neither; their totals are sums over lines. The database refuses to change or delete entries and lines
(migration ``0002_ledger_guards``), and to insert any but a whole entry with both its lines (``0004_ledger_door``).
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Sign
from django.urls import reverse

from common.models import HistoryModel, Policy
from common.scope import PublicQuerySet
from grid.models import Unit
from volunteers.choices import GUARDED_KINDS, AccountKind, EntryKind, RequestState
from volunteers.models.activities import ServiceRecord
from volunteers.models.people import Volunteer
from volunteers.querysets import AccountQuerySet, EntryQuerySet, OfAccountQuerySet, OfVolunteerQuerySet

GUARDED = [str(kind) for kind in GUARDED_KINDS]
DIGITS, PLACES = 12, 2


class Programme(HistoryModel):
    """A kind of points with rules and accounts of its own: 志愿积分, 三长积分, 党员积分.

    ``key`` finds its rules in the dated rule ``points``.
    """

    SEALED_FIELDS: ClassVar = ("key", "name", "is_active")

    key = models.SlugField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=20, unique=True)
    is_active = models.BooleanField("在用", default=True)

    objects = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = "积分项目"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """One side of entries. ``balance``, ``seq`` and ``head`` (chain end) only of guarded accounts.

    That a person's account has a volunteer and no other owner, and so on for each kind, is kept by a trigger
    (migration 0003): a check constraint would be read anew at each posting, which never changes the owner.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="accounts")
    kind = models.CharField("账户", max_length=10, choices=AccountKind.choices)
    volunteer = models.ForeignKey(Volunteer, null=True, on_delete=models.PROTECT, related_name="accounts")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="point_pools")
    shop = models.ForeignKey("volunteers.Shop", null=True, on_delete=models.PROTECT, related_name="accounts")
    balance = models.DecimalField("余额", max_digits=DIGITS, decimal_places=PLACES, null=True)
    seq = models.PositiveIntegerField(default=0)
    head = models.BinaryField(default=b"")

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = "积分账户"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=GUARDED, balance__gte=0) | (~Q(kind__in=GUARDED) & Q(balance=None)),
                name="account_never_owes",
            ),
            models.UniqueConstraint(
                fields=["programme", "kind", "volunteer", "unit", "shop"], name="account_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.get_kind_display()}"


class Entry(models.Model):
    """One movement of points. ``key`` makes it happen once; ``reverses`` is undone by it, at most once.

    ``day`` is the day the movement belongs to (the service, the redemption), ``at`` when it was posted.
    ``policy`` is the rule version it was computed with: a later change of the rule leaves it alone.

    ``programme`` has no foreign key in the database, nor has what a line points to: each check would lock the
    row it finds, and every posting finds the same programme and issue account. A trigger looks without locking.
    """

    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    kind = models.CharField("类型", max_length=10, choices=EntryKind.choices)
    day = models.DateField("所属日期")
    at = models.DateTimeField("入账时间")
    reason = models.CharField("摘要", max_length=120)
    key = models.CharField(max_length=80)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+",
        db_index=False,
    )  # fmt: skip
    policy = models.ForeignKey(Policy, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    record = models.ForeignKey(
        ServiceRecord, null=True, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    redemption = models.ForeignKey(
        "volunteers.Redemption", null=True, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    request = models.ForeignKey(
        "volunteers.PointsRequest", null=True, on_delete=models.PROTECT, related_name="entries", db_index=False
    )

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = "积分分录"
        ordering = ["-id"]
        constraints = [
            # One pattern: a list of ten values takes many times as long to be read, and that is done at each posting.
            models.CheckConstraint(condition=Q(kind__regex=f"^({'|'.join(EntryKind.values)})$"), name="entry_kind"),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.REVERSE, reverses__isnull=False)
                | (~Q(kind=EntryKind.REVERSE) & Q(reverses=None)),
                name="entry_reverses",
            ),
            # Not ``unique=True``, which would add a second index for patterns.
            models.UniqueConstraint(fields=["key"], name="entry_key"),
        ]
        indexes = [
            models.Index(fields=["programme", "day"], name="entry_programme_day"),
            *(  # each entry has at most one of them
                models.Index(fields=[name], name=f"entry_{name}", condition=Q(**{f"{name}__isnull": False}))
                for name in ("record", "redemption", "request")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reason}"


class Line(models.Model):
    """One side of an entry: what the account gains (+) or gives (−).

    Of a guarded account also its place in the account's chain, the balance after it, and the keyed hash
    over its content and its predecessor's hash.
    """

    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    amount = models.DecimalField("积分", max_digits=DIGITS, decimal_places=PLACES)
    seq = models.PositiveIntegerField(null=True)
    balance_after = models.DecimalField("余额", max_digits=DIGITS, decimal_places=PLACES, null=True)
    hash = models.BinaryField(null=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        verbose_name = "积分明细"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="line_amount"),
            models.CheckConstraint(
                condition=Q(seq=None, balance_after=None, hash=None)
                | Q(seq__gte=1, balance_after__gte=0, hash__isnull=False),
                name="line_chain",
            ),
            # One side gives, one gains: an entry never gets a third line.
            models.UniqueConstraint(F("entry"), Sign("amount"), name="line_two_sides"),
            # Also the index of an account's lines; open sides have no place.
            models.UniqueConstraint(fields=["account", "seq"], name="line_seq"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount:+}"


class PointsRequest(HistoryModel):
    """A manual entry, or one above the limit, that waits for a second person (domain §5).

    ``amount`` > 0 gives points to the volunteer, < 0 takes them back; ``reverses`` undoes an entry, ``pool``
    is whose donated points are given. ``key`` is the key of the entry to come: the same points are asked
    for once, and posted once.
    """

    SEALED_FIELDS: ClassVar = (
        "programme", "volunteer", "amount", "kind", "item", "day", "reason", "reverses", "record", "pool", "key",
        "state", "proposed_by", "decided_by",
    )  # fmt: skip

    programme = models.ForeignKey(Programme, verbose_name="积分项目", on_delete=models.PROTECT, related_name="+")
    volunteer = models.ForeignKey(Volunteer, verbose_name="志愿者", on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField("类型", max_length=10, choices=EntryKind.choices, default=EntryKind.MANUAL)
    item = models.CharField("加分项目", max_length=30, blank=True, default="")
    amount = models.DecimalField("积分", max_digits=DIGITS, decimal_places=PLACES)
    day = models.DateField("所属日期")
    reason = models.CharField("理由", max_length=120)
    reverses = models.ForeignKey(Entry, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    record = models.ForeignKey(ServiceRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    pool = models.ForeignKey(
        Unit, verbose_name="爱心积分池", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    key = models.CharField(max_length=80, null=True, unique=True, editable=False)
    state = models.CharField("状态", max_length=10, choices=RequestState.choices, default=RequestState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="提出人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="复核人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("复核时间", null=True)
    decision = models.CharField("复核意见", max_length=120, blank=True, default="")

    objects = OfVolunteerQuerySet.as_manager()

    class Meta:
        verbose_name = "积分调整"
        ordering = ["-proposed_at", "-id"]
        indexes = [
            models.Index(F("proposed_at").desc(), F("id").desc(), name="points_request_proposed"),
            models.Index(
                F("proposed_at").desc(),
                F("id").desc(),
                name="points_request_waiting",
                condition=Q(state=RequestState.PROPOSED),
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RequestState.values), name="points_request_state"),
            models.CheckConstraint(condition=~Q(amount=0), name="points_request_amount"),
            # 两人办理: whoever proposed never decides.
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(proposed_by=None) | ~Q(decided_by=F("proposed_by")),
                name="points_request_two_people",
            ),
            models.CheckConstraint(
                condition=(Q(kind=EntryKind.REVERSE) & Q(reverses__isnull=False))
                | (~Q(kind=EntryKind.REVERSE) & Q(reverses=None)),
                name="points_request_reverses",
            ),
            models.CheckConstraint(
                condition=(Q(kind=EntryKind.DONATE) & Q(pool__isnull=False, amount__gt=0))
                | (~Q(kind=EntryKind.DONATE) & Q(pool=None)),
                name="points_request_pool",
            ),
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(state__in=[RequestState.PROPOSED, RequestState.POSTED]),
                name="points_request_reversal_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.volunteer} {self.amount:+}"

    def get_absolute_url(self) -> str:
        return reverse("volunteers:points-request", args=[self.pk])
