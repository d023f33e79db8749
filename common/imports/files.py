"""Uploaded files and their results in private storage. They leave only through their batch, to their owner."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

from common.errors import Conflict

FOLDER = "imports"


def keep_upload(upload: UploadedFile) -> tuple[str, str]:
    """Store an upload; its key in storage and its SHA-256."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return default_storage.save(f"{FOLDER}/{uuid.uuid4().hex}.upload", upload), digest.hexdigest()


def keep_result(path: str | Path) -> str:
    with open(path, "rb") as content:
        return default_storage.save(f"{FOLDER}/{uuid.uuid4().hex}.xlsx", File(content))


def remove(*keys: str) -> None:
    for key in filter(None, keys):
        default_storage.delete(key)


@contextlib.contextmanager
def on_disk(key: str) -> Iterator[str]:
    """A stored file as a path: itself where storage is a folder, else a copy for as long as needed."""
    if not key or not default_storage.exists(key):
        raise Conflict("上传的文件已过保存期，请重新上传。")
    try:
        yield default_storage.path(key)
        return
    except NotImplementedError:  # storage that is no folder
        pass
    with tempfile.TemporaryDirectory(prefix="gridwork-import-") as folder:
        path = os.path.join(folder, "upload")
        with default_storage.open(key) as stored, open(path, "wb") as copy:
            shutil.copyfileobj(stored, copy)
        yield path
