"""Events as lines of the audit table."""

from __future__ import annotations

from django.apps import apps

from common import events as history
from common.models import Event

DAY_LOG = "accounts.accesslog"


def event_text(row: Event) -> str:
    """What happened, in one line."""
    return history.kind_of(row.kind).describe(row.data) or "—"


def event_object(row: Event) -> str:
    """What it happened to: the kind of row and its number; the day's log stands for no thing of its own."""
    if row.object_type == DAY_LOG:
        return "—"
    try:
        model = apps.get_model(row.object_type)
    except LookupError:
        return f"{row.object_type} {row.object_id}"
    return f"{model._meta.verbose_name} {row.object_id}"
