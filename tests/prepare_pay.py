"""Fill the site under test with a month's pay: ``python -m tests.prepare_pay [stop JOB]``."""

from __future__ import annotations

import json
import sys
import threading
from datetime import date
from decimal import Decimal
from typing import Any

import django

PEOPLE = 40


def main(arguments: list[str]) -> None:
    django.setup()
    if not arguments:
        sys.stdout.write(json.dumps(fill()))
    elif arguments[0] == "stop":
        stop_halfway(int(arguments[1]))


def fill() -> dict[str, int]:
    """Community workers with grades, and a run whose calculation waits for a worker."""
    from accounts.models import User
    from grid.models import Unit
    from staff.models import InsuranceBase
    from staff.services import runs
    from tests.factories.rules import make_rules
    from tests.factories.staff import make_worker

    make_rules("jiangyuan")
    community, district = Unit.objects.get(name="江湾社区"), Unit.objects.get(level=1)
    for number in range(PEOPLE):
        worker = make_worker(community, grade=number % 12 + 1)
        InsuranceBase.objects.create(worker=worker, valid_from=date(2026, 1, 1), amount=Decimal(4000 + number))
    officer = User.objects.get(username="payroll_officer")
    run = runs.run_create(actor=officer, unit=district, month=date(2026, 9, 1))
    return {"run": run.pk, "job": runs.calculation_start(run=run, actor=officer).pk}


def stop_halfway(job: int) -> None:
    """Take the job as a worker does, and stand still when the slips are written, before anything is committed."""
    from common import jobs
    from staff.services import calculation

    copy_rows = calculation.copy_rows

    def copy_and_stand_still(*args: Any) -> None:
        copy_rows(*args)
        sys.stdout.write("halfway\n")
        sys.stdout.flush()
        threading.Event().wait()

    calculation.copy_rows = copy_and_stand_still
    claimed = jobs.claim(job)
    if claimed is None:
        raise SystemExit("somebody else has taken the job")
    jobs.execute(claimed)


if __name__ == "__main__":
    main(sys.argv[1:])
