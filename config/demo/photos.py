"""Small drawn pictures that stand for photographs of a place: sky, buildings, ground."""

from __future__ import annotations

import hashlib
import random
import struct
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from petitions.models import Attachment, Petition

WIDTH, HEIGHT, GROUND = 320, 200, 150
SKIES = ((188, 214, 235), (214, 222, 228), (170, 190, 214), (226, 214, 200))
WALLS = ((198, 156, 120), (170, 170, 176), (210, 196, 170), (150, 120, 110))
GROUNDS = ((120, 120, 118), (146, 136, 118), (226, 230, 234))
WINDOW = (90, 110, 130)


@dataclass(frozen=True)
class Photo:
    """A picture to be kept in private storage under ``key``."""

    key: str
    content: bytes


def photo_of(petition: Petition, number: int, name: str, at: datetime, actor: Any, chance: random.Random) -> Any:
    """An attachment row and its picture."""
    content = draw(chance)
    key = f"petitions/demo/{petition.stream.hex}-{number}.png"
    row = Attachment(
        petition=petition, file=key, name=name, content_type="image/png", size=len(content),
        sha256=hashlib.sha256(content).hexdigest(), uploaded_by=actor, uploaded_at=at,
    )  # fmt: skip
    return row, Photo(key, content)


def draw(chance: random.Random) -> bytes:
    """One picture as PNG; nothing but the standard library draws it."""
    sky, wall, ground = chance.choice(SKIES), chance.choice(WALLS), chance.choice(GROUNDS)
    blocks = [(chance.randrange(10, 230), chance.randrange(40, 110), chance.randrange(40, 80)) for _ in range(3)]
    rows = []
    for y in range(HEIGHT):
        shade = y // 6 % 24
        base = tuple(min(255, part + shade) for part in sky) if y < GROUND else ground
        row = bytearray(bytes(base) * WIDTH)
        for left, top, width in blocks:
            if top <= y < GROUND:
                row[left * 3 : (left + width) * 3] = _facade(y - top, width, wall)
        rows.append(b"\x00" + bytes(row))
    return _png(b"".join(rows))


def _facade(depth: int, width: int, wall: tuple[int, int, int]) -> bytes:
    """One line of a wall, with windows every twelve pixels."""
    if 4 <= depth % 16 < 11:
        return b"".join(bytes(WINDOW if 3 <= x % 12 < 9 else wall) for x in range(width))
    return bytes(wall) * width


def _png(raw: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def keep(photo: Photo) -> None:
    """Write the picture, in place of one that an earlier load left."""
    if default_storage.exists(photo.key):
        default_storage.delete(photo.key)
    default_storage.save(photo.key, ContentFile(photo.content))
