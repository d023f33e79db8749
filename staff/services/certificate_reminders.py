"""Reminders before a certificate's registration ends: 90 and 30 days ahead, each once."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from accounts.services.notifications import message, notify
from staff.choices import WorkerState
from staff.models import WorkerCertificate

DAYS = (90, 30)


def remind_of_certificates(on: date | None = None) -> int:
    """Tell the unit, and the worker who has an account, what ends soon; how many certificates there were. Repeatable.

    Whoever was away for weeks gets the nearest reminder only.
    """
    on = on or timezone.localdate()
    rows = WorkerCertificate.objects.filter(
        expires_on__gte=on, expires_on__lte=on + timedelta(days=max(DAYS)), worker__state=WorkerState.ACTIVE
    ).select_related("worker__unit", "worker__user")
    with transaction.atomic():
        found = [line for row in rows for line in _messages(row, on)]
        notify(found)
    return len({line.dedupe_key.split(":")[1] for line in found})


def _messages(row: WorkerCertificate, on: date) -> list[Notification]:
    assert row.expires_on is not None
    days = min(ahead for ahead in DAYS if row.expires_on <= on + timedelta(days=ahead))
    worker = row.worker
    ends = f"{row.get_level_display()}证书登记有效期至 {row.expires_on:%Y-%m-%d}，请在到期前办理续登。"
    # A changed last day is another limit: it is reminded of anew.
    key = f"certificate:{row.pk}:{row.expires_on:%Y%m%d}:{days}"
    tone = Notification.Tone.REMINDER
    lines = [
        message(to=worker.unit, text=f"{worker.number} 的{ends}", key=f"{key}:unit", tone=tone, url=reverse("staff:worker", args=[worker.pk]))
    ]  # fmt: skip
    if worker.user is not None and worker.user.is_active:
        lines.append(
            message(to=worker.user, text=f"您的{ends}", key=f"{key}:own", tone=tone, url=reverse("accounts:own"))
        )
    return lines
