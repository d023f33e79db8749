"""A piece of work in a process of its own, so that its peak memory is its own: ``python -m bench.child NAME …``.

Prints one line of JSON: ``{"seconds": …, "megabytes": …, …}``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

WARM = 200  # calls before anything is measured


def environment(url: str = "") -> dict[str, str]:
    """Of a child process: with another database when one is named."""
    return {**os.environ, **({"DATABASE_URL": url} if url else {})}


def run(name: str, *arguments: str, url: str = "") -> dict[str, Any]:
    """Run a piece of work in a child process and hand back what it measured."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.child", name, *arguments],
        env=environment(url),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def export_job(query: str, file_format: str) -> dict[str, Any]:
    """The export of the ticket list as its worker runs it."""
    from django.conf import settings

    from bench.people import person
    from common import jobs
    from common.models import Job
    from common.reporting.jobs import start_export

    job = start_export(
        report_key="petitions.list", actor=person("district_officer"), params={"query": query}, file_format=file_format
    )
    start = perf_counter()
    claimed = jobs.claim(job.pk)
    if claimed is None:
        raise RuntimeError("somebody else has taken the job")
    jobs.execute(claimed)
    seconds = perf_counter() - start
    job = Job.objects.get(pk=job.pk)
    if job.status != "done":
        raise RuntimeError(job.message)
    return {"seconds": seconds, "bytes": (Path(settings.MEDIA_ROOT) / job.result_file).stat().st_size}


def export_bare(query: str, path: str) -> dict[str, Any]:
    """The writer alone, fed by the same cursor."""
    from django.http import QueryDict
    from rustpy_xlsxwriter import write_worksheet

    from bench.people import person
    from common.reporting.jobs import reading_to_the_end
    from petitions.exports import CHUNK, COLUMNS, LEAD
    from petitions.views.lists import PetitionList

    rows = PetitionList.shown_to(person("district_officer"), QueryDict(query)).select_related(None)
    names = list(COLUMNS)
    cursor = rows.annotate(lead=LEAD).values_list(*(COLUMNS[name][0] for name in names)).iterator(CHUNK)
    start = perf_counter()
    with reading_to_the_end():
        write_worksheet((dict(zip(names, map(_naive, row), strict=True)) for row in cursor), path)
    return {"seconds": perf_counter() - start}


def _naive(value: Any) -> Any:
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value


def import_file(path: str) -> dict[str, Any]:
    """Dry run and commit of a file."""
    from bench.people import person
    from common.imports import run_import

    actor = person("district_officer")
    start = perf_counter()
    run_import("petitions.tickets", path, actor=actor, commit=False)
    result = run_import("petitions.tickets", path, actor=actor, commit=True)
    return {"seconds": perf_counter() - start, "imported": result.imported}


def ledger_ground() -> dict[str, Any]:
    """An empty ledger with a few hundred accounts, and a bare table of the shape of its lines."""
    from django.core.management import call_command
    from django.db import connection

    from grid.choices import Level, UnitKind
    from grid.models import Unit
    from volunteers.models import Programme, Volunteer
    from volunteers.services.ledger import person_accounts

    call_command("migrate", verbosity=0)
    unit = Unit.objects.create(code="1", name="区", level=Level.DISTRICT, kind=UnitKind.DISTRICT, path="1/")
    programme = Programme.objects.create(key="volunteer", name="志愿积分")
    people = Volunteer.objects.bulk_create(
        Volunteer(number=f"B{number}", unit=unit, joined_on=date(2024, 1, 1)) for number in range(400)
    )
    person_accounts([person.pk for person in people], programme)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_bare (LIKE volunteers_line INCLUDING ALL)")
        cursor.execute("ANALYZE")
    return {}


def ledger_post(client: str, count: str) -> dict[str, Any]:
    """Post entries, one a transaction, on the client's own accounts, when told to."""
    from django.db import transaction

    from volunteers.choices import AccountKind, EntryKind
    from volunteers.models import Account, Programme
    from volunteers.services.ledger import Movement, post, system_account

    issue = system_account(Programme.objects.get(), AccountKind.ISSUE)
    accounts = list(Account.objects.filter(kind=AccountKind.PERSON).order_by("pk"))[int(client) :: 4]
    points, day = Decimal("1.50"), date(2026, 11, 2)

    def one(number: int) -> None:
        account = accounts[number % len(accounts)]
        with transaction.atomic():
            post([Movement(issue, account, points, EntryKind.EARN, day, "社区巡逻", f"{client}:{number}")])

    return _when_told(one, int(count))


def ledger_bare(client: str, count: str) -> dict[str, Any]:
    """The two rows of an entry, one pair a transaction, with the driver alone."""
    import psycopg2

    database = psycopg2.connect(os.environ["DATABASE_URL"])
    cursor = database.cursor()
    points = Decimal("1.50")
    pair = (
        "INSERT INTO bench_bare (entry_id, account_id, amount, seq, balance_after, hash) "
        "VALUES (%s, %s, %s, NULL, NULL, NULL), (%s, %s, %s, %s, %s, %s)"
    )

    def one(number: int) -> None:
        entry = int(client) * 1_000_000_000 + number
        account, place = 10 + int(client) + 4 * (number % 100), number + 1
        cursor.execute(pair, [entry, 1, -points, entry, account, points, place, points * place, b"x" * 32])
        database.commit()

    return _when_told(one, int(count))


def _when_told(one: Callable[[int], None], count: int) -> dict[str, Any]:
    for number in range(WARM):
        one(number)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(WARM, WARM + count):
        one(number)
    return {}


WORK: dict[str, Callable[..., dict[str, Any]]] = {
    "export_job": export_job, "export_bare": export_bare, "import_file": import_file,
    "ledger_ground": ledger_ground, "ledger_post": ledger_post, "ledger_bare": ledger_bare,
}  # fmt: skip


def _peak_megabytes() -> float:
    """The largest resident size of this program; ``ru_maxrss`` would be that of the parent, if it was larger at the fork."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main(arguments: list[str]) -> None:
    import django

    django.setup()
    measured = WORK[arguments[0]](*arguments[1:])
    measured["megabytes"] = _peak_megabytes()
    print(json.dumps(measured))


if __name__ == "__main__":
    main(sys.argv[1:])
