"""Fill the site under test, in a process of its own: ``python -m tests.prepare_site [drip SECONDS | export N]``."""

from __future__ import annotations

import json
import sys
import threading
import time
from datetime import timedelta

import django


def main(arguments: list[str]) -> None:
    django.setup()
    if not arguments:
        sys.stdout.write(json.dumps(fill()))
    elif arguments[0] == "drip":
        sys.stdout.write(str(drip(float(arguments[1]))))
    elif arguments[0] == "export":
        export(int(arguments[1]))


def fill() -> dict[str, object]:
    """The small tree, its people, rules and a token of the community worker."""
    from accounts.services.tokens import api_token_create
    from tests.factories.accounts import PASSWORD, make_staff, make_user
    from tests.factories.grid import make_tree
    from tests.factories.petitions import make_category, make_rules

    tree = make_tree()
    staff = make_staff(tree)
    make_rules()
    make_category(tree.housing)
    make_user("community_worker", tree.sister_community, username="neighbour")
    _, token = api_token_create(user=staff["community_worker"], name="故障测试", days=1)
    return {"token": token, "unit": tree.community.pk, "password": PASSWORD}


def drip(seconds: float) -> int:
    """Register tickets that are long overdue, one after the other; the number of them."""
    from django.utils import timezone

    from accounts.models import User
    from grid.models import Unit
    from tests.factories.petitions import make_petition

    worker = User.objects.get(username="community_worker")
    unit = Unit.objects.get(name="江湾社区")
    end, count, pause = time.monotonic() + seconds, 0, threading.Event()
    while time.monotonic() < end:
        make_petition(worker, unit=unit, received_at=timezone.now() - timedelta(days=40))
        count += 1
        pause.wait(0.02)
    return count


def export(count: int) -> None:
    """Ask for as many exports of the community's tickets."""
    from accounts.models import User
    from common.reporting.jobs import start_export

    worker = User.objects.get(username="community_worker")
    for number in range(count):
        start_export(report_key="petitions.list", actor=worker, params={}, label=f"导出 {number}")


if __name__ == "__main__":
    main(sys.argv[1:])
