"""What stands in the QR codes of a sign-in screen: a code that changes with the server's clock.

Each is an HMAC over the activity's own key, the kind (in or out) and the time slot, so a photograph sent
to somebody at home is worth nothing a few minutes later. The code of the slot before is taken as well:
nobody is refused because the screen turned while they were aiming.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from volunteers.models import Activity

SLOT_SECONDS = 120
LENGTH = 12
IN, OUT = "in", "out"
KINDS = (IN, OUT)


@dataclass(frozen=True)
class Scan:
    """A scanned address taken apart."""

    activity_id: int
    kind: str
    code: str


def token(activity: Activity, kind: str, at: datetime) -> str:
    """``12-in-K3J5…``: what the address of the scan page carries."""
    return f"{activity.pk}-{kind}-{_code(activity, kind, _slot(at))}"


def parse(text: str) -> Scan | None:
    """The parts of a token; ``None`` for anything that is not one."""
    pk, _, rest = text[:60].partition("-")
    kind, _, code = rest.partition("-")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 18 and kind in KINDS and code):
        return None
    return Scan(int(pk), kind, code)


def holds(scan: Scan, activity: Activity, at: datetime) -> bool:
    """Whether the code is the present one, or the one before it."""
    slot = _slot(at)
    return any(
        hmac.compare_digest(scan.code.encode(), _code(activity, scan.kind, one).encode()) for one in (slot, slot - 1)
    )


def _slot(at: datetime) -> int:
    return int(at.timestamp()) // SLOT_SECONDS


def _code(activity: Activity, kind: str, slot: int) -> str:
    content = f"activity-sign:{activity.sign_key.hex}:{kind}:{slot}".encode()
    digest = hmac.digest(settings.SECRET_KEY.encode(), content, "sha256")
    return base64.b32encode(digest).decode()[:LENGTH]
