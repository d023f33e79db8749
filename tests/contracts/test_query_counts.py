"""The exact number of queries of every page and API answer, in a baseline: an N+1 shows as a diff.

A changed number is looked at, and then written down with::

    make test ARGS="tests/contracts/test_query_counts.py --write-query-counts"
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.contracts import staff, volunteers
from tests.contracts.addresses import ADDRESSES
from tests.contracts.routes import PUBLIC, ROUTES
from tests.contracts.rows import ROWS
from tests.contracts.subjects import kwargs_of, visitor_of
from tests.contracts.world import World, make_party, reader_of

pytestmark = pytest.mark.django_db

BASELINE = Path(__file__).with_name("query_counts.json")
# Rows of each list beside what the world holds anyway: a query per row is three more.
EACH = 3
# Addresses that a GET answers otherwise than with 200, and why. Those that take a POST only are found by their 405.
ELSEWHERE = {
    "petitions:public-reported": "shows what was reported in the same visit only",
    "imports:rejected": "a file that had faults only",
    **volunteers.ELSEWHERE,
    **staff.ELSEWHERE,
}


@pytest.fixture(autouse=True)
def _a_working_morning(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is due today, or seen for the first time this month, depends on the hour: always the same one.

    What a process remembers for seconds stays remembered: else it is read anew by whichever page comes then.
    """
    monkeypatch.setattr("common.policies.CACHE_SECONDS", 3600)
    monkeypatch.setattr("common.calendar.store.CHECK_SECONDS", 3600)
    monkeypatch.setattr("staff.selectors.appraisal.JUDGES_SECONDS", 3600)
    with time_machine.travel(datetime(2026, 9, 16, 10, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        yield


def fill(world: World) -> None:
    make_party(world)
    for name, rows in ROWS.items():
        if name not in ("partyorgs:organisations", "accounts:audit"):
            for _ in range(EACH):
                rows.make(world, True)


def measured(world: World, client_for: Any) -> tuple[dict[str, int], dict[str, int]]:
    """Queries of every address that answers with 200, on the second visit; the statuses of the others."""
    counts, others = {}, {}
    for name, address in sorted(ADDRESSES.items()):
        user = None if ROUTES[name] == PUBLIC else world.user(reader_of(name))
        client = visitor_of(name, world) if user is None else client_for(user)
        # Functions with a row in their address take a POST only; their 405 needs no row.
        is_function = not isinstance(address.view, type) and "<" in address.pattern
        url = address.nowhere if is_function else address.at(**kwargs_of(name, world))
        answer = client.get(url)  # what a process remembers for a while is warm
        if answer.status_code != 200:
            others[name] = answer.status_code
            continue
        _closed(answer)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url)
        assert answer.status_code == 200
        counts[name] = len(queries)
        _closed(answer)
    return counts, others


def _closed(answer: Any) -> None:
    if answer.streaming:
        list(answer.streaming_content)  # closes the file


def test_every_page_makes_the_queries_of_the_baseline_and_no_more(world, client_for, request):
    fill(world)
    counts, others = measured(world, client_for)
    assert {name for name, status in others.items() if status != 405} == set(ELSEWHERE), {
        n: s for n, s in others.items() if s != 405
    }
    if request.config.getoption("--write-query-counts"):
        BASELINE.write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
    known = json.loads(BASELINE.read_text(encoding="utf-8"))
    changed = {
        name: (known.get(name), counts.get(name)) for name in {*known, *counts} if known.get(name) != counts.get(name)
    }
    assert changed == {}, "queries (before, now): look at each, then write the baseline anew with --write-query-counts"
