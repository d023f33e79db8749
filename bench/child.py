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
from importlib.abc import MetaPathFinder
from importlib.metadata import packages_distributions
from pathlib import Path
from time import perf_counter
from typing import Any

LOCK = Path(__file__).parent.parent / "requirements.lock"
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


def pay_run(people: str) -> dict[str, Any]:
    """Calculate a month for everybody, as the worker of the job does, and count what it asks the database."""
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from bench.people import person
    from staff.models import PayRun
    from staff.services.runs import run_calculate

    run = PayRun.objects.select_related("unit").get()
    start = perf_counter()
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        made = run_calculate(run=run, actor=person("payroll_officer"))
    seconds = perf_counter() - start
    if made.people != int(people):
        raise RuntimeError(f"{made.people} slips for {people} people")
    return {"seconds": seconds, "queries": len(queries), "net": str(made.net)}


def pay_forecast(people: str, months: str) -> dict[str, Any]:
    """What a forecast of everybody reckons, without writing its rows, and how often it tells how far it is."""
    from staff.models import Forecast
    from staff.services.forecast import reckon

    forecast = Forecast.objects.select_related("unit").get()
    told: list[tuple[int, int]] = []
    start = perf_counter()
    found = reckon(forecast, lambda done, total: told.append((done, total)))
    seconds = perf_counter() - start
    whole = int(people) * int(months)
    if found.people(forecast.first_month) != int(people) or told[-1] != (whole, whole):
        raise RuntimeError(f"{found.people(forecast.first_month)} people, {told[-1:]} of {whole}")
    return {"seconds": seconds, "told": len(told)}


def pay_arithmetic(people: str) -> dict[str, Any]:
    """The arithmetic of a month as the run does it, from facts to slips, without the database."""
    from grid.choices import Level
    from grid.models import Unit
    from staff.models import PayRun
    from staff.pay.slip import month_slip
    from staff.rules import pay_rules
    from staff.selectors.pay_facts import employed, facts
    from staff.services.calculation import collector_resting

    month = PayRun.objects.get().month
    used, workers = pay_rules(month), employed(Unit.objects.get(level=Level.DISTRICT), month)
    known = facts(month, [worker.pk for worker in workers], used)
    start, slips = perf_counter(), 0
    with collector_resting():
        for worker in workers:
            person = known.person(worker)
            if person is not None:
                month_slip(used.rules, person)
                slips += 1
    seconds = perf_counter() - start
    if slips != int(people):
        raise RuntimeError(f"{slips} slips for {people} people")
    return {"seconds": seconds}


def pay_bare(people: str) -> dict[str, Any]:
    """The same arithmetic in a loop over plain numbers, and the bulk INSERT of its rows."""
    from bench.bare_pay import calculate

    start = perf_counter()
    net = calculate(int(people))
    return {"seconds": perf_counter() - start, "net": str(net)}


WORK: dict[str, Callable[..., dict[str, Any]]] = {
    "export_job": export_job, "export_bare": export_bare, "import_file": import_file,
    "pay_run": pay_run, "pay_bare": pay_bare, "pay_forecast": pay_forecast, "pay_arithmetic": pay_arithmetic,
    "ledger_ground": ledger_ground, "ledger_post": ledger_post, "ledger_bare": ledger_bare,
}  # fmt: skip


def _peak_megabytes() -> float:
    """The largest resident size of this program; ``ru_maxrss`` would be that of the parent, if it was larger at the fork."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


class _OnlyInstalledForDevelopment(MetaPathFinder):
    """Hides what production does not install: some libraries load another one wherever they find it."""

    def __init__(self) -> None:
        kept = {_plain(line.split("==")[0]) for line in LOCK.read_text(encoding="utf-8").splitlines() if "==" in line}
        owners = packages_distributions().items()
        self.hidden = {module for module, names in owners if not kept & {_plain(name) for name in names}}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        if fullname in self.hidden:
            raise ModuleNotFoundError(f"{fullname} is not installed in production", name=fullname)


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(".", "-")


def main(arguments: list[str]) -> None:
    sys.meta_path.insert(0, _OnlyInstalledForDevelopment())
    import django

    django.setup()
    measured = WORK[arguments[0]](*arguments[1:])
    measured["megabytes"] = _peak_megabytes()
    print(json.dumps(measured))


if __name__ == "__main__":
    main(sys.argv[1:])
