"""Personal data at rest: encryption, keyed hashes for look-up, and masks.

AES-256-GCM with the ring ``settings.PERSONAL_KEYS`` (id → 32 bytes): the first key encrypts, all of
them decrypt. Each ring key is only the root of two derived keys (HKDF), one that encrypts and one
that hashes. A sealed value is text: ``g1.<key id>.<base64url of nonce, ciphertext and tag>``; it is
bound to its place (table and column) and cannot be read in another one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from common.errors import PlainError
from common.masks import mask_address, mask_id, mask_name, mask_phone, mask_text

__all__ = [
    "Unreadable",
    "current_prefix",
    "lookup_hash",
    "lookup_hashes",
    "mask_address",
    "mask_id",
    "mask_name",
    "mask_phone",
    "mask_text",
    "normalise",
    "seal",
    "unseal",
]

VERSION = "g1"
NONCE_BYTES = 12
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")


class Unreadable(PlainError):
    """A stored personal value cannot be decrypted: its key is missing, or somebody changed it."""

    status = 503
    code = "unreadable"


def seal(text: str, place: str) -> str:
    """Encrypt ``text`` for ``place`` (such as ``app.model.column``) with the first key of the ring."""
    key_id = _current_id()
    nonce = os.urandom(NONCE_BYTES)
    sealed = _cipher(_ring()[key_id]).encrypt(nonce, text.encode("utf-8", "surrogatepass"), _bound(key_id, place))
    return f"{VERSION}.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode().rstrip('=')}"


def unseal(token: str, place: str) -> str:
    """The text that was sealed for ``place``; raises :class:`Unreadable`."""
    version, _, rest = token.partition(".")
    key_id, _, payload = rest.partition(".")
    key = _ring().get(key_id)
    if version != VERSION or key is None:
        raise Unreadable("个人信息暂时无法读取：缺少对应的密钥，请联系系统管理员检查密钥设置。")
    try:
        raw = base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True)
        plain = _cipher(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(key_id, place))
    except (InvalidTag, ValueError):
        raise Unreadable("个人信息无法读取：存储的内容已损坏或被改动，请联系系统管理员。") from None
    return plain.decode("utf-8", "surrogatepass")


def current_prefix() -> str:
    """How every value starts that is sealed with the current key."""
    return f"{VERSION}.{_current_id()}."


def lookup_hash(value: str, purpose: str) -> bytes:
    """Keyed hash (32 bytes) for exact look-up of ``value`` under the current key.

    ``purpose`` (``phone``, ``name``, ``id_number`` or any other word) separates hashes of different
    columns and says how the value is normalised first.
    """
    return _hash(_ring()[_current_id()], value, purpose)


def lookup_hashes(value: str, purpose: str) -> list[bytes]:
    """The hashes under every key of the ring, for ``__in`` while keys are being rotated."""
    return [_hash(key, value, purpose) for key in _ring().values()]


def normalise(value: str, purpose: str) -> str:
    """The spelling under which equal values hash alike."""
    plain = "".join(unicodedata.normalize("NFKC", value).split())
    return _NORMALISERS.get(purpose, str.casefold)(plain)


def _phone(plain: str) -> str:
    """Digits as dialled within China: 13812345678, 04396221234. Text without digits stays text."""
    digits = re.sub(r"\D", "", plain)
    abroad = re.fullmatch(r"(?:00)?86(?:(1\d{10})|0?([2-9]\d{8,10}))", digits)
    if abroad:
        return abroad[1] or f"0{abroad[2]}"
    return digits or plain.casefold()


def _name(plain: str) -> str:
    return re.sub(r"[.．•・‧∙⋅●]", "·", plain).casefold()


def _id_number(plain: str) -> str:
    return plain.upper()


_NORMALISERS: dict[str, Callable[[str], str]] = {"phone": _phone, "name": _name, "id_number": _id_number}


def _hash(root: bytes, value: str, purpose: str) -> bytes:
    message = f"{purpose}\0{normalise(value, purpose)}".encode("utf-8", "surrogatepass")
    return hmac.new(_derived(root, b"gridwork personal look-up v1"), message, hashlib.sha256).digest()


def _ring() -> dict[str, bytes]:
    return settings.PERSONAL_KEYS


def _current_id() -> str:
    key_id = next(iter(_ring()))
    if not KEY_ID.fullmatch(key_id):
        raise ValueError(f"unusable id of a personal key: {key_id!r}")
    return key_id


def _bound(key_id: str, place: str) -> bytes:
    return f"{VERSION}\0{key_id}\0{place}".encode()


@lru_cache(maxsize=64)
def _derived(root: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(root)


@lru_cache(maxsize=64)
def _cipher(root: bytes) -> AESGCM:
    return AESGCM(_derived(root, b"gridwork personal encryption v1"))
