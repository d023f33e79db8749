"""Files of a ticket: checked by content, kept in private storage, handed out only through the scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import Http404

from common import events as history
from common.errors import Invalid
from common.uploads import check_file, store
from petitions import events
from petitions.models import Attachment, Petition

MAX_FILES = 9


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


def _store(petition: Petition, actor: Any, file: Any, content_type: str) -> Attachment:
    kept = store(file, "petitions", content_type)
    return Attachment(
        petition=petition, file=kept.key, name=kept.name, content_type=kept.content_type, size=kept.size,
        sha256=kept.sha256, uploaded_by=actor,
    )  # fmt: skip
