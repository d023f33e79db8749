"""What stands in the QR codes of a sign-in screen: a code that changes with the server's clock.

Each is an HMAC over a secret of whatever is signed for, the kind (in or out) and the time slot, so a photograph sent
to somebody at home is worth nothing a few minutes later. The code of the slot before is taken as well:
nobody is refused because the screen turned while they were aiming.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

SLOT_SECONDS = 120
LENGTH = 12
IN, OUT = "in", "out"
KINDS = (IN, OUT)
KEPT_SECONDS = 600  # how long a code that was fresh when it was opened stays good in that browser
SESSION = "scans"
WORDS = {IN: "签到", OUT: "签退"}


@dataclass(frozen=True)
class Scan:
    """A scanned address taken apart: the key of what is signed for, the kind and the code."""

    pk: int
    kind: str
    code: str


def token(pk: int, secret: str, kind: str, at: datetime) -> str:
    """``12-in-K3J5…``: what the address of the scan page carries. ``secret`` belongs to what is signed for."""
    return f"{pk}-{kind}-{_code(secret, kind, _slot(at))}"


def parse(text: str) -> Scan | None:
    """The parts of a token; ``None`` for anything that is not one."""
    pk, _, rest = text[:60].partition("-")
    kind, _, code = rest.partition("-")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 18 and kind in KINDS and code):
        return None
    return Scan(int(pk), kind, code)


def holds(scan: Scan, secret: str, at: datetime) -> bool:
    """Whether the code is the present one, or the one before it."""
    slot = _slot(at)
    return any(
        hmac.compare_digest(scan.code.encode(), _code(secret, scan.kind, one).encode()) for one in (slot, slot - 1)
    )


def was_fresh(session: Any, purpose: str, scan: Scan, secret: str, at: datetime) -> bool:
    """Whether the code holds, or held when this browser opened it: whoever signs in first may take ten minutes."""
    known = session.get(f"{purpose}_{SESSION}", {})
    kept = {token: moment for token, moment in known.items() if at.timestamp() - moment < KEPT_SECONDS}
    key = f"{scan.pk}-{scan.kind}-{scan.code}"
    if key in kept:
        return True
    if not holds(scan, secret, at):
        return False
    session[f"{purpose}_{SESSION}"] = {**kept, key: int(at.timestamp())}
    return True


def _slot(at: datetime) -> int:
    return int(at.timestamp()) // SLOT_SECONDS


def _code(secret: str, kind: str, slot: int) -> str:
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"{secret}:{kind}:{slot}".encode(), "sha256")
    return base64.b32encode(digest).decode()[:LENGTH]
