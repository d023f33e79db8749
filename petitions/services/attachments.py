"""Files of a ticket: checked by content, kept in private storage, handed out only through the scope."""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
import zipfile
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404

from common import events as history
from common.errors import Invalid
from petitions import events
from petitions.models import Attachment, Petition

# What may be uploaded: extension, content type handed out, extensions its content may be recognised as.
ACCEPTED = {
    ".jpg": ("image/jpeg", {".jpg", ".jpeg", ".jfif", ".jpe"}),
    ".jpeg": ("image/jpeg", {".jpg", ".jpeg", ".jfif", ".jpe"}),
    ".png": ("image/png", {".png"}),
    ".gif": ("image/gif", {".gif"}),
    ".webp": ("image/webp", {".webp"}),
    ".pdf": ("application/pdf", {".pdf"}),
    ".mp4": ("video/mp4", {".mp4", ".m4v", ".mov", ".3gp"}),
    ".mp3": ("audio/mpeg", {".mp3"}),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", {".docx"}),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", {".xlsx"}),
}
OFFICE_PARTS = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
MAX_FILES = 9
HEAD_BYTES = 64 * 1024


def attach_all(*, petition: Petition, actor: Any, files: Sequence[Any]) -> list[str]:
    """Keep uploaded files with a ticket whose lock the caller holds; their names.

    All are checked before the first is stored. Raises ``Invalid`` with the name of the unusable file.
    """
    if not files:
        return []
    if petition.attachments.count() + len(files) > MAX_FILES:
        raise Invalid(f"每件工单最多 {MAX_FILES} 个附件。", "files")
    types = [check_file(file) for file in files]
    rows = [_store(petition, actor, file, kind) for file, kind in zip(files, types, strict=True)]
    Attachment.objects.bulk_create(rows)
    return [row.name for row in rows]


def petition_attach(*, petition: Petition, actor: Any, files: Sequence[Any]) -> Petition:
    """Add files to a ticket of the actor's scope."""
    with transaction.atomic():
        locked = Petition.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=petition.pk).first()
        if locked is None:
            raise Http404
        names = attach_all(petition=locked, actor=actor, files=files)
        if names:
            history.record(locked, events.ATTACHED, actor=actor, data={"name": "、".join(names)})
    return locked


def check_file(file: Any) -> str:
    """The content type of an acceptable upload, found by its content; ``Invalid`` otherwise."""
    name = safe_name(file.name)
    suffix = PurePath(name).suffix.lower()
    if suffix not in ACCEPTED:
        raise Invalid(f"“{name}”的类型不能上传。可以上传图片、PDF、Word、Excel、录音和短视频。", "files")
    if file.size > settings.ATTACHMENT_LIMIT_BYTES:
        limit = settings.ATTACHMENT_LIMIT_BYTES // (1024 * 1024)
        raise Invalid(f"“{name}”太大，每个附件不超过 {limit} MB，请压缩后再上传。", "files")
    if not file.size:
        raise Invalid(f"“{name}”是空文件，请重新选择。", "files")
    content_type, recognised_as = ACCEPTED[suffix]
    if not _recognised(file, name) & recognised_as:
        raise Invalid(f"“{name}”的内容与文件类型不符，可能被改过扩展名，不能上传。", "files")
    return content_type


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


def safe_name(name: str) -> str:
    """The bare file name: no folders, no control characters, at most 120 characters."""
    bare = PurePath(name.replace("\\", "/")).name
    clean = "".join(char for char in bare if unicodedata.category(char) not in {"Cc", "Cf"}).strip() or "附件"
    stem, suffix = PurePath(clean).stem, PurePath(clean).suffix
    return f"{stem[: 120 - len(suffix)]}{suffix}"


def _store(petition: Petition, actor: Any, file: Any, content_type: str) -> Attachment:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    name = safe_name(file.name)
    key = default_storage.save(
        f"petitions/{uuid.uuid4().hex[:2]}/{uuid.uuid4().hex}{PurePath(name).suffix.lower()}", file
    )
    return Attachment(
        petition=petition, file=key, name=name, content_type=content_type, size=file.size,
        sha256=digest.hexdigest(), uploaded_by=actor,
    )  # fmt: skip
