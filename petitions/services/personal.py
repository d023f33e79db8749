"""Personal data of the petitioner: one field at a time, with a reason, on the record."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404

from common import events as history
from common.decisions import Denied
from common.errors import Invalid, Refused
from petitions import events
from petitions.models import Petition
from petitions.policies import may_reveal

# ``text`` is the wording as it was given: lists and pages hide the numbers in it.
FIELDS = {"name": "姓名", "phone": "电话", "address": "住址", "text": "诉求原文"}
MIN_REASON = 2
MAX_REASON = 200


def petition_reveal(*, petition: Petition, actor: Any, field: str, reason: str, source: str) -> str:
    """The clear text of ``field`` (name, phone or address) of the petitioner, or the ticket's own words.

    The reveal is written to the ticket's history, with the network address it was asked from (``source``),
    before anything is shown (个人信息保护法 art. 51).
    Raises ``Invalid`` without a reason, ``Refused`` outside the handling chain.
    """
    if field not in FIELDS:
        raise Invalid("没有这一项信息。", "field")
    reason = reason.strip()
    if not MIN_REASON <= len(reason) <= MAX_REASON:
        raise Invalid(f"请写明查看理由（{MIN_REASON} 至 {MAX_REASON} 字），例如“回访”。", "reason")
    with transaction.atomic():
        locked = Petition.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=petition.pk).first()
        if locked is None:
            raise Http404
        decision = may_reveal(locked, actor)
        if isinstance(decision, Denied):
            raise Refused(decision.reason)
        if field != "text" and locked.is_anonymous:
            raise Invalid("本件为匿名诉求，没有诉求人信息。")
        value = locked.text if field == "text" else getattr(locked.petitioner, field)
        data = {"field": FIELDS[field], "reason": reason, "ip": source}
        history.record(locked, events.REVEALED, actor=actor, data=data)
    return value
