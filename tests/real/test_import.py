"""The real messages and replies through the importer that a user has, and the month checked by hand."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from common import events as history
from common.imports import run_import
from common.reporting import get, prepare
from petitions import selectors
from petitions.choices import State
from petitions.models import MAX_TEXT, Petition
from tests.real.conftest import rows_of

pytestmark = pytest.mark.django_db

BEIJING = ZoneInfo("Asia/Shanghai")
MAPPING = {"id": "external_number", "title": "title", "text": "text", "received_at": "received_at"}
REPLIED = {**MAPPING, "reply": "reply", "replied_at": "replied_at"}


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)


def importing(desk, file: Path, mapping: dict[str, str], commit: bool = True):
    return run_import("petitions.tickets", file, mapping=mapping, actor=desk.user("district_officer"), commit=commit)


def test_all_messages_come_in_or_are_rejected_with_a_reason(desk, real_data):
    file = real_data / "messages.csv"
    rows = rows_of(file)
    assert len(rows) == 2536
    dry = importing(desk, file, MAPPING, commit=False)
    assert not Petition.objects.exists()
    result = importing(desk, file, MAPPING)
    assert (result.imported, result.rejected, result.duplicate) == (dry.valid, dry.rejected, dry.duplicate)
    assert result.imported + result.rejected == len(rows)
    fits = [row for row in rows if len(row["text"].strip()) <= MAX_TEXT and row["text"].strip()]
    assert result.imported == len(fits)
    stored = {p.external_number: p for p in Petition.objects.all()}
    assert set(stored) == {row["id"] for row in fits}
    for row in fits:
        ticket = stored[row["id"]]
        assert (ticket.title, ticket.text) == (row["title"].strip(), row["text"].strip())
        assert ticket.received_at == moment(row["received_at"])
        assert ticket.state == State.REGISTERED
    assert list(history.verify()) == []


def test_a_second_import_of_the_same_file_adds_nothing(desk, real_data):
    file = real_data / "messages.csv"
    first = importing(desk, file, MAPPING)
    again = importing(desk, file, MAPPING)
    assert again.imported == 0
    assert again.duplicate + again.rejected == 2536
    assert Petition.objects.count() == first.imported


def test_replied_messages_keep_their_real_reply_times(desk, real_data):
    file = real_data / "replied.csv"
    rows = rows_of(file)
    result = importing(desk, file, REPLIED)
    assert result.imported + result.rejected == len(rows) == 1735
    stored = {p.external_number: p for p in Petition.objects.all()}
    for row in rows:
        ticket = stored[row["id"]]
        assert ticket.replied_at == moment(row["replied_at"])
        assert ticket.reply == row["reply"].strip()
        assert ticket.state == State.CLOSED
    assert list(history.verify()) == []


def test_the_command_says_what_would_be_and_was_imported(desk, real_data):
    arguments = [str(real_data / "replied.csv"), *(f"--map={heading}={column}" for heading, column in REPLIED.items())]
    out = StringIO()
    call_command("import_petitions", *arguments, stdout=out)
    assert "共 1735 行，可以导入 1735 件，拒绝 0 行，重复 0 行。" in out.getvalue()
    assert not Petition.objects.exists()
    out = StringIO()
    call_command("import_petitions", *arguments, "--commit", stdout=out)
    assert "共 1735 行，已导入 1735 件，拒绝 0 行，重复 0 行。" in out.getvalue()
    assert Petition.objects.count() == 1735


@pytest.mark.parametrize(("year", "month"), [(2018, 11), (2019, 5)])
def test_the_month_agrees_with_plain_python_over_the_file(desk, real_data, year, month):
    """received, finished in time, overdue, open: counted anew from the CSV, limits reckoned day by day."""
    importing(desk, real_data / "replied.csv", REPLIED)
    importing(desk, real_data / "messages.csv", MAPPING)
    sheet = prepare(
        get("reports.monthly"), desk.user("district_officer"), {"month": f"{year}-{month:02d}", "level": "community"}
    )
    figures: Counter[str] = Counter()
    for line in sheet.rows:
        figures.update({key: line[key] for key in ("received", "finished_in_time", "overdue", "open")})
    expected = Counter(received=0, finished_in_time=0, overdue=0, open=0)
    seen: set[str] = set()
    for name in ("replied", "messages"):
        for row in rows_of(real_data / f"{name}.csv"):
            received = moment(row["received_at"])
            if row["id"] in seen or (received.year, received.month) != (year, month):
                continue
            seen.add(row["id"])
            expected["received"] += 1
            if name == "messages":
                expected["open"] += 1
                continue
            in_time = moment(row["replied_at"]) <= five_working_days(received)
            expected["finished_in_time" if in_time else "overdue"] += 1
    assert {key: figures[key] for key in expected} == dict(expected)
    assert expected["received"] > 0


def five_working_days(received: datetime) -> datetime:
    """The profile's general limit, counted on the calendar of the day in question, not by our own code."""
    from chinese_calendar import is_workday

    day, left = received.date(), 5
    while left:
        day += timedelta(days=1)
        left -= is_workday(day)
    return datetime(day.year, day.month, day.day, 17, 0, tzinfo=BEIJING)


def test_search_finds_exactly_what_is_there(desk, real_data):
    importing(desk, real_data / "messages.csv", MAPPING)
    rows = [row for row in rows_of(real_data / "messages.csv") if len(row["text"].strip()) <= MAX_TEXT]
    visible = Petition.objects.visible_to(desk.user("district_officer"))
    for words in ("停车", "业主 物业", "地铁", "噪音 扰民"):
        wanted = {
            row["id"]
            for row in rows
            if all(word in f"{row['title'].strip()} {row['text'].strip()} " for word in words.split())
        }
        found = selectors.search(visible, words)
        assert set(found.values_list("external_number", flat=True)) == wanted != set(), words
