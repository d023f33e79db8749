"""The codes of an activity's sign-in screen (``common.sign_codes``), over the activity's own key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from common import sign_codes
from common.sign_codes import IN, KINDS, OUT, SLOT_SECONDS, Scan, parse
from volunteers.models import Activity

__all__ = ["IN", "KINDS", "OUT", "SLOT_SECONDS", "Scan", "holds", "parse", "token", "was_fresh"]


def token(activity: Activity, kind: str, at: datetime) -> str:
    """What the address of the scan page carries."""
    return sign_codes.token(activity.pk, _secret(activity), kind, at)


def holds(scan: Scan, activity: Activity, at: datetime) -> bool:
    """Whether the code is the activity's present one, or the one before it."""
    return sign_codes.holds(scan, _secret(activity), at)


def was_fresh(session: Any, scan: Scan, activity: Activity) -> bool:
    """Whether the code holds, or did when this browser opened it (some minutes ago)."""
    return sign_codes.was_fresh(session, "volunteers", scan, _secret(activity), timezone.now())


def _secret(activity: Activity) -> str:
    return f"activity-sign:{activity.sign_key.hex}"
