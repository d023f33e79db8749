"""Files of a ticket."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from petitions.models.ticket import Petition
from petitions.querysets import OfPetitionQuerySet


class Attachment(models.Model):
    """A file of a ticket. ``file`` is a key in private storage; it leaves only through the scope."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="attachments")
    file = models.CharField(max_length=200)
    name = models.CharField("文件名", max_length=120)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField("大小")
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)

    objects = OfPetitionQuerySet.as_manager()

    class Meta:
        verbose_name = "附件"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
