"""``python -m bench [GROUP …]``: build the world, measure the rows, print and keep the table.

``BENCH_TICKETS`` sets the size of the large district (1,000,000).
"""

from __future__ import annotations

import importlib
import os
import sys

GROUPS = ("lists", "month", "export", "create", "imports", "weight", "sweep", "claims", "ledger", "pay")


def main(groups: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django

    django.setup()
    from bench import result, world

    built = world.build(int(os.environ.get("BENCH_TICKETS", "1000000")))
    rows = []
    for group in groups or GROUPS:
        measured = importlib.import_module(f"bench.rows.{group}").measure(built)
        print(result.table(measured), flush=True)
        rows += measured
    if not groups:
        result.save(rows)
        result.show(result.load())
    print(f"\n{sum(row.ok for row in rows)} of {len(rows)} rows inside their bounds")
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
