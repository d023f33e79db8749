"""From a list to the report that writes it: what is shown, as parameters of a job."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import QueryDict

from common.models import Job
from common.pages import saved

Starter = Callable[..., Job]
_starter: list[Starter] = []


def use(starter: Starter) -> None:
    """Set what starts an export: ``starter(report_key=…, actor=…, params=…, label=…) -> Job``.

    ``params`` is JSON: ``{"query": "state=open&sort=due", "columns": ["number", …]}``; the report reads
    its rows with ``TheListView.shown_to(actor, QueryDict(params["query"]))``.
    """
    _starter[:] = [starter]


def start(report_key: str, actor: Any, query: QueryDict, columns: Sequence[str], label: str) -> Job:
    params = {"query": saved.storable(query), "columns": list(columns)}
    if not _starter:
        raise LookupError("no export starter is set: see common.pages.exporting.use")
    return _starter[0](report_key=report_key, actor=actor, params=params, label=label)
