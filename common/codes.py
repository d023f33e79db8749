"""Codes that open something without an account: a ticket's progress, an order, one's own page, a redemption.

A code is derived from the key of the request that asked for it, so a repeated request shows the same
one; only its hash is stored. ``purpose`` keeps codes of different things apart.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid

from django.conf import settings

LENGTH = 10
_REQUESTS = uuid.UUID("6f2c0a55-4f0e-4c1c-9a3c-0d8d2f3b7c11")
_NONE = bytes(32)


def own_request_key(owner: object, key: uuid.UUID | str) -> uuid.UUID:
    """The idempotency key of one person's request: nobody gets at another's row by repeating a key."""
    return uuid.uuid5(_REQUESTS, f"{owner}:{key}")


def code_of(request_key: uuid.UUID, purpose: str, length: int = LENGTH) -> str:
    """Letters and digits that are not mistaken for each other, 50 bits for ten of them."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), purpose.encode() + request_key.bytes, "sha256")
    return base64.b32encode(digest).decode().replace("O", "8").replace("I", "9")[:length]


def code_hash(code: str, purpose: str) -> bytes:
    """What is stored of a code."""
    return hashlib.sha256(purpose.encode() + code.strip().upper().encode()).digest()


def code_fits(code: str, purpose: str, stored: bytes | memoryview | None) -> bool:
    """Whether a typed code is the stored one; takes as long when nothing is stored."""
    known = bytes(stored) if stored else _NONE
    return hmac.compare_digest(known, code_hash(code.strip()[:40], purpose)) and bool(stored)
