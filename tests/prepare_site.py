"""Fill the site under test, in a process of its own: ``python -m tests.prepare_site [drip SECONDS | export N | points | pay]``."""

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
    elif arguments[0] == "points":
        points()
    elif arguments[0] == "pay":
        sys.stdout.write(json.dumps(pay()))


def fill() -> dict[str, object]:
    """The small tree, its people, rules and a token of the community worker."""
    from accounts.services.tokens import api_token_create
    from tests.factories.accounts import PASSWORD, make_staff, make_user
    from tests.factories.grid import make_tree
    from tests.factories.petitions import make_category
    from tests.factories.rules import make_rules

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


def pay() -> dict[str, int]:
    """Rules of pay, a second payroll officer, and two workers: the account's own, a bachelor graded as none yet, and another."""
    from accounts.models import User
    from grid.models import Unit
    from tests.factories.accounts import make_user
    from tests.factories.rules import make_rules
    from tests.factories.staff import make_worker

    make_rules("jiangyuan")
    unit = Unit.objects.get(name="江湾社区")
    make_user("payroll_officer", Unit.objects.get(parent=None), username="payroll_checker")
    own = make_worker(unit, grade=1, education="bachelor", user=User.objects.get(username="community_worker"))
    other = make_worker(unit, grade=3, name="赵志远")
    return {"worker": own.pk, "other": other.pk}


def points() -> None:
    """Earn and spend points without end. Says the key of each entry that is committed, and before each commit
    ``open`` when ``hold`` was sent: then the entry is written, but not committed, until the next line comes."""
    import uuid
    from datetime import date
    from decimal import Decimal

    from django.db import transaction

    from grid.models import Unit
    from tests.factories.volunteers import make_programme, make_volunteer
    from volunteers.choices import AccountKind, EntryKind
    from volunteers.services.ledger import Movement, person_account, post, system_account

    unit = Unit.objects.get(name="江湾社区")
    programme = make_programme()
    number = uuid.uuid4().hex[:12]
    account = person_account(make_volunteer(unit, number=f"K{number}"), programme)
    issue = system_account(programme, AccountKind.ISSUE)
    hold = sys.stdin.readline().strip() == "hold"
    for step in range(1_000_000):
        earned = step % 3 != 2
        source, target = (issue, account) if earned else (account, issue)
        kind = EntryKind.EARN if earned else EntryKind.MANUAL
        key = f"{number}:{step}"
        with transaction.atomic():
            post([Movement(source, target, Decimal("1.50"), kind, date(2026, 11, 2), "社区巡逻", key)])
            if hold and step == 10:
                say("open")
                sys.stdin.readline()
        say(key)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def export(count: int) -> None:
    """Ask for as many exports of the community's tickets."""
    from accounts.models import User
    from common.reporting.jobs import start_export

    worker = User.objects.get(username="community_worker")
    for number in range(count):
        start_export(report_key="petitions.list", actor=worker, params={}, label=f"导出 {number}")


if __name__ == "__main__":
    main(sys.argv[1:])
