"""Uploaded files: checked by their content, kept in private storage under names that tell nothing.

Who may see a stored file is decided by the row it belongs to; ``common.pages.files`` hands it out.
"""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage

from common.errors import Invalid

# Extension: the content type handed out, and the extensions its content may be recognised as.
Types = Mapping[str, tuple[str, frozenset[str]]]
_JPEG = ("image/jpeg", frozenset({".jpg", ".jpeg", ".jfif", ".jpe"}))
_PICTURES: Types = {
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".png": ("image/png", frozenset({".png"})),
    ".gif": ("image/gif", frozenset({".gif"})),
    ".webp": ("image/webp", frozenset({".webp"})),
}
_DOCUMENTS: Types = {
    **_PICTURES,
    ".pdf": ("application/pdf", frozenset({".pdf"})),
    ".mp4": ("video/mp4", frozenset({".mp4", ".m4v", ".mov", ".3gp"})),
    ".mp3": ("audio/mpeg", frozenset({".mp3"})),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", frozenset({".docx"})),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", frozenset({".xlsx"})),
}
OFFICE_PARTS = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
HEAD_BYTES = 64 * 1024
NAME_LENGTH = 120


@dataclass(frozen=True)
class Accepted:
    """What may be uploaded somewhere; ``words`` tell a person what to send instead."""

    types: Types
    words: str


DOCUMENTS = Accepted(_DOCUMENTS, "可以上传图片、PDF、Word、Excel、录音和短视频。")
PICTURES = Accepted(_PICTURES, "可以上传 JPG、PNG、GIF、WebP 格式的图片。")


@dataclass(frozen=True)
class Stored:
    """A file in private storage: its key there, and what is known of it."""

    key: str
    name: str
    content_type: str
    size: int
    sha256: str


def check_file(file: Any, accepted: Accepted = DOCUMENTS, field: str = "files") -> str:
    """The content type of an acceptable upload, found by its content; ``Invalid`` otherwise."""
    name = safe_name(file.name)
    suffix = PurePath(name).suffix.lower()
    if suffix not in accepted.types:
        raise Invalid(f"“{name}”的类型不能上传。{accepted.words}", field)
    if file.size > settings.ATTACHMENT_LIMIT_BYTES:
        limit = settings.ATTACHMENT_LIMIT_BYTES // (1024 * 1024)
        raise Invalid(f"“{name}”太大，每个附件不超过 {limit} MB，请压缩后再上传。", field)
    if not file.size:
        raise Invalid(f"“{name}”是空文件，请重新选择。", field)
    content_type, recognised_as = accepted.types[suffix]
    if not _recognised(file, name) & recognised_as:
        raise Invalid(f"“{name}”的内容与文件类型不符，可能被改过扩展名，不能上传。", field)
    return content_type


def store(file: Any, folder: str, content_type: str) -> Stored:
    """Keep a checked file in a folder of the private storage."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    name = safe_name(file.name)
    suffix = PurePath(name).suffix.lower()
    key = default_storage.save(f"{folder}/{uuid.uuid4().hex[:2]}/{uuid.uuid4().hex}{suffix}", file)
    return Stored(key, name, content_type, file.size, digest.hexdigest())


def type_of(key: str) -> str:
    """The content type under which a stored file is handed out: its name was chosen by :func:`store`."""
    found = _DOCUMENTS.get(PurePath(key).suffix.lower())
    return found[0] if found else "application/octet-stream"


def safe_name(name: str) -> str:
    """The bare file name: no folders, no control characters, at most 120 characters."""
    bare = PurePath(name.replace("\\", "/")).name
    clean = "".join(char for char in bare if unicodedata.category(char) not in {"Cc", "Cf"}).strip() or "附件"
    stem, suffix = PurePath(clean).stem, PurePath(clean).suffix
    return f"{stem[: NAME_LENGTH - len(suffix)]}{suffix}"


def _recognised(file: Any, name: str) -> set[str]:
    """Extensions that the file's content speaks for."""
    suffix = PurePath(name).suffix.lower()
    if suffix in OFFICE_PARTS:
        return _office(file, OFFICE_PARTS[suffix], suffix)
    import puremagic  # a long table of file types: loaded with the first upload

    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    try:
        matches = puremagic.magic_string(head, filename=name)
    except (puremagic.PureError, ValueError):
        return set()
    best = max((match.confidence for match in matches), default=0)
    return {match.extension for match in matches if match.confidence >= min(best, 0.8)}


def _office(file: Any, part: str, suffix: str) -> set[str]:
    """A Word or Excel file is a zip archive with its main part in it; only the directory is read."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        names = set()
    file.seek(0)
    return {suffix} if {"[Content_Types].xml", part} <= names else set()
