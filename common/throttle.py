"""Limits for pages without account. They stop programs, not neighbours: many households share one address."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from common.errors import PlainError
from common.models import PublicAttempt

KEPT = timedelta(days=1)


class TooMany(PlainError):
    """Too many attempts from one place, or at one thing."""

    status = 429
    code = "throttled"


@dataclass(frozen=True)
class Rule:
    """At most ``most`` attempts within ``within``; ``message`` says when to try again."""

    purpose: str
    most: int
    within: timedelta
    message: str


def check(rule: Rule, source: str, now: datetime | None = None) -> None:
    """Raise :class:`TooMany` when ``source`` has used up what the rule allows."""
    now = now or timezone.now()
    rows = PublicAttempt.objects.filter(purpose=rule.purpose, source=_key(source), at__gt=now - rule.within)
    if rows[: rule.most].count() >= rule.most:
        raise TooMany(rule.message)


def note(rule: Rule, source: str) -> None:
    """Count one attempt of ``source``; forget those of yesterday."""
    now = timezone.now()
    PublicAttempt.objects.create(purpose=rule.purpose, source=_key(source), at=now)
    PublicAttempt.objects.filter(at__lt=now - KEPT).delete()


def _key(text: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"public-attempt" + text.encode("utf-8", "replace"), "sha256")
