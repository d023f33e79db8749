"""A piece of work in a process of its own, so that its peak memory is its own: ``python -m bench.child NAME …``.

Prints one line of JSON: ``{"seconds": …, "megabytes": …, …}``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any


def run(name: str, *arguments: str, url: str = "") -> dict[str, Any]:
    """Run a piece of work in a child process and hand back what it measured."""
    env = {**os.environ, **({"DATABASE_URL": url} if url else {})}
    done = subprocess.run(
        [sys.executable, "-m", "bench.child", name, *arguments], env=env, capture_output=True, text=True, check=False
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


WORK: dict[str, Callable[..., dict[str, Any]]] = {
    "export_job": export_job, "export_bare": export_bare, "import_file": import_file,
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
