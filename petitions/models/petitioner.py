"""Who asked, and how they were reached."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from common.fields import EncryptedTextField
from petitions.choices import ContactWay
from petitions.models.ticket import Petition
from petitions.querysets import OfPetitionQuerySet


class Petitioner(models.Model):
    """Who asked: in a row of its own, encrypted, masked everywhere, revealed one field at a time.

    An anonymous ticket has no such row. Erasure empties the row and leaves the ticket.
    """

    petition = models.OneToOneField(Petition, on_delete=models.PROTECT, related_name="petitioner")
    name = EncryptedTextField("姓名", purpose="联系诉求人、回访", retention="办结后三年", blank=True, default="")
    phone = EncryptedTextField(
        "电话", purpose="联系诉求人、回访", retention="办结后三年", blank=True, default="",
        hash_field="phone_hash", hash_purpose="phone",
    )  # fmt: skip
    address = EncryptedTextField("住址", purpose="上门核实", retention="办结后三年", blank=True, default="")
    phone_hash = models.BinaryField(null=True, editable=False)

    objects = OfPetitionQuerySet.as_manager()

    class Meta:
        verbose_name = "诉求人"
        indexes = [models.Index(fields=["phone_hash"], name="petitioner_phone")]

    def __str__(self) -> str:
        return f"诉求人 {self.petition_id}"


class Contact(models.Model):
    """Every contact with the petitioner while the ticket is handled; the first one stops a clock."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="contacts")
    way = models.CharField("方式", max_length=10, choices=ContactWay.choices)
    note = models.CharField("情况", max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    objects = OfPetitionQuerySet.as_manager()

    class Meta:
        verbose_name = "联系记录"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.note
