"""The keyed hash chain over the lines of an account (ADR 0013): what it covers and how it is reckoned.

Posting and proof both come here, so there is one definition.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b

from django.conf import settings

from common import events as history

HALF = 32  # bytes of a digest


def owner(kind: str, volunteer: int | None = None, unit: int | None = None, shop: int | None = None) -> str:
    """Whose account it is, as the hash covers it: an account given to somebody else is found."""
    return f"{kind}:{volunteer or unit or shop or ''}"


def line_text(
    account: int, owner: str, other: int | None, other_owner: str, amount: Decimal, seq: int, balance: Decimal,
    programme: int, kind: str, day: date, at: datetime, reason: str, key: str, actor: int | None, policy: int | None,
    reverses: int | None, record: int | None, redemption: int | None, request: int | None,
) -> str:  # fmt: skip
    """What a line's hash covers: the line, the other side, and the columns of its entry in their order.

    Free text comes last and says how long it is, so no two lines have the same text.
    """
    return (
        f"{account}|{owner}|{other}|{other_owner}|{amount:.2f}|{seq}|{balance:.2f}|{programme}|{kind}|{day}|"
        f"{history.plain(at)}|{actor}|{policy}|{reverses}|{record}|{redemption}|{request}|{len(reason)}|{reason}|{key}"
    )


def link(head: bytes, text: str) -> tuple[bytes, bytes]:
    """The hash of the next line, and the chain's new head: the account keeps it, the line after is chained to it.

    They are the two halves of one keyed digest, and without the key none tells anything about the other. So
    who cuts the chain short cannot make the account fit what is left. (Keyed BLAKE2 needs no HMAC, whose set-up
    takes longer than the digest.)
    """
    digest = blake2b(
        head + text.encode("utf-8", "surrogatepass"), key=settings.SEAL_KEY[: blake2b.MAX_KEY_SIZE]
    ).digest()
    return digest[:HALF], digest[HALF:]
