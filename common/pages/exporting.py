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
    """Set what starts an export: ``starter(report_key=, actor=, params=, label=, file_format=) -> Job``.

    It is set once, when the reports are there (``common/apps.py``): reporting uses the access rules of
    the pages, so the pages cannot import it.
    """
    _starter[:] = [starter]


def start(
    report_key: str, actor: Any, query: QueryDict, columns: Sequence[str], label: str, file_format: str = "xlsx"
) -> Job:
    """Queue the report with ``{"query": "state=open&sort=due", "columns": ["number", …]}`` as parameters.

    The report reads its rows with ``TheListView.shown_to(actor, QueryDict(params["query"]))``: the rows
    of the list, in its order, through the scope that the person has when the job runs. Raises
    ``Refused`` or ``Invalid`` as the starter does.
    """
    params = {"query": saved.storable(query), "columns": list(columns)}
    starter = _starter[0]
    return starter(report_key=report_key, actor=actor, params=params, label=label, file_format=file_format)
