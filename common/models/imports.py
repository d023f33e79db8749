"""Files that people hand in, what became of them, and which rows are already in the system."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from common.models.jobs import Job
from common.scope import ScopedQuerySet, scope_of


class BatchStatus(models.TextChoices):
    UPLOADED = "uploaded", "待核对列"
    CHECKING = "checking", "正在检查"
    CHECKED = "checked", "待确认"
    COMMITTING = "committing", "正在导入"
    COMMITTED = "committed", "已导入"
    UNDOING = "undoing", "正在撤销"
    UNDONE = "undone", "已撤销"
    FAILED = "failed", "未完成"


BUSY_STATUSES = (BatchStatus.CHECKING, BatchStatus.COMMITTING, BatchStatus.UNDOING)


class ImportBatchQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any, permission: str | None = None) -> ImportBatchQuerySet:
        """A file and what was found in it are shown to whoever handed it in, as long as they may sign in."""
        if not scope_of(user):
            return self.none()
        return self.filter(actor=user)


class ImportBatch(models.Model):
    """One uploaded file on its way: columns matched → checked → confirmed → in, perhaps undone.

    ``mapping`` is ``{column name: place in the file, from 0}``. ``errors`` holds the first faults for
    the page; all rejected rows are in ``rejected_file``, a workbook to correct and upload again.
    """

    spec = models.CharField("导入内容", max_length=60)
    file = models.CharField(max_length=255)
    original_name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField("大小")
    head = models.JSONField(default=list)
    sample_text = EncryptedTextField(
        "前几行", purpose="核对文件的列", retention="导入完成即删除", place="import.sample", blank=True, default=""
    )
    mapping = models.JSONField(default=dict)
    status = models.CharField("状态", max_length=12, choices=BatchStatus.choices, default=BatchStatus.UPLOADED)
    total = models.PositiveIntegerField("总行数", default=0)
    valid = models.PositiveIntegerField("可导入", default=0)
    rejected = models.PositiveIntegerField("有误", default=0)
    duplicate = models.PositiveIntegerField("重复", default=0)
    errors_text = EncryptedTextField(
        "错误", purpose="说明哪些内容有误", retention="上传后三十日", place="import.errors", blank=True, default=""
    )
    summary = models.JSONField(default=list)
    rejected_file = models.CharField(max_length=255, blank=True, default="")
    message = models.TextField("说明", blank=True, default="")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="导入人", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    created_at = models.DateTimeField("上传时间", auto_now_add=True)
    committed_at = models.DateTimeField("导入时间", null=True)
    undone_at = models.DateTimeField("撤销时间", null=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "导入批次"
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(status__in=BatchStatus.values), name="import_batch_status")]
        indexes = [
            models.Index(fields=["actor", "-id"], name="import_batch_actor"),
            models.Index(fields=["sha256"], name="import_batch_sha256"),
            models.Index(fields=["created_at"], name="import_batch_files", condition=~Q(file="")),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def sample(self) -> list[list[str]]:
        """The first rows as text, for the page on which columns are matched."""
        return json.loads(self.sample_text) if self.sample_text else []

    @sample.setter
    def sample(self, rows: list[list[str]]) -> None:
        self.sample_text = json.dumps(rows, ensure_ascii=False) if rows else ""

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The first faults: ``row``, ``column``, ``value``, ``message``."""
        return json.loads(self.errors_text) if self.errors_text else []

    @errors.setter
    def errors(self, found: list[dict[str, Any]]) -> None:
        self.errors_text = json.dumps(found, ensure_ascii=False) if found else ""

    @property
    def is_busy(self) -> bool:
        return self.status in BUSY_STATUSES


class ImportedRow(models.Model):
    """A row of a file that is in the system. The same row is never taken twice for one kind of import.

    ``key`` is a keyed hash of what makes the row itself; ``object_id`` is what was made of it.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="rows")
    spec = models.CharField(max_length=60)
    key = models.BinaryField()
    object_id = models.BigIntegerField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["spec", "key"], name="imported_row_once")]

    def __str__(self) -> str:
        return f"{self.spec} {self.object_id}"
