"""Reminders before the limit, cards after it, to ever higher levels: each stored, each sent once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.models import Notification
from common import events as history
from common.models import Event
from petitions.choices import State
from petitions.models import Clock, Petition, SupervisionCard
from petitions.services import chase

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)  # 09:00 in Beijing


def cards() -> list[tuple[str, str, str]]:
    rows = SupervisionCard.objects.order_by("due_at", "id")
    return [(card.level, card.reason, f"{timezone.localtime(card.due_at):%m-%d %H:%M}") for card in rows]


def recipients(level: str) -> set[str]:
    rows = Notification.objects.filter(tone=level).select_related("unit", "department")
    return {str(row.unit or row.department) for row in rows}


def handled(desk, **values):
    """A ticket that is being handled, contacted, and due on Monday the 23rd at 17:00."""
    petition = desk.bring_to(State.HANDLING, **values)
    return desk.act(petition, "contact", "department_handler", way="phone", note="已联系")


def test_nothing_is_due_yet(desk):
    with time_machine.travel(MONDAY, tick=False):
        handled(desk)
        assert chase.sweep() == 0
    assert cards() == []


def test_the_ladder_of_the_finish_limit(desk):
    with time_machine.travel(MONDAY, tick=False) as clock:
        petition = handled(desk)
        clock.move_to(datetime(2026, 11, 23, 5, 0, tzinfo=UTC))  # Monday 13:00, half an hour of work before it
        assert chase.sweep() == 1
        assert cards() == [("reminder", "办结即将到期", "11-23 11:00")]
        assert recipients("reminder") == {"区住建局"}
        clock.move_to(datetime(2026, 11, 23, 9, 0, 1, tzinfo=UTC))
        assert chase.sweep() == 1
        assert recipients("blue") == {"区住建局", "江湾社区"}
        clock.move_to(datetime(2026, 11, 27, 12, 0, tzinfo=UTC))
        assert chase.sweep() == 2
        assert [card[:2] for card in cards()] == [
            ("reminder", "办结即将到期"), ("blue", "办结超期"), ("amber", "办结超期"), ("red", "办结超期"),
        ]  # fmt: skip
        assert [card[2] for card in cards()[1:]] == ["11-23 17:00", "11-24 17:00", "11-26 17:00"]
        assert recipients("amber") == {"区住建局", "城墙街道"}
        assert recipients("red") == {"区住建局", "城墙街道", "江源区"}
        assert chase.sweep() == 0
    petition.refresh_from_db()
    assert [event.kind for event in history.timeline(petition)[:4]] == ["petition.card"] * 4
    assert list(history.verify()) == []


def test_a_ticket_nobody_took_goes_to_its_own_desk(desk):
    with time_machine.travel(MONDAY, tick=False) as clock:
        desk.register()
        clock.shift(timedelta(days=1))
        chase.sweep()
    assert [card[:2] for card in cards()] == [("reminder", "受理派单即将到期"), ("blue", "受理派单超期")]
    assert recipients("blue") == {"江湾社区"}


def test_a_stopped_or_suspended_clock_is_silent(desk):
    with time_machine.travel(MONDAY, tick=False) as clock:
        done = handled(desk)
        desk.act(done, "reply", "department_handler", reply="已整改")
        paused = handled(desk)
        until = timezone.localdate() + timedelta(days=60)
        desk.act(paused, "suspend", "street_officer", note="冬季停工", until=until)
        clock.shift(timedelta(days=30))
        assert chase.sweep() == 0


def test_an_extended_clock_goes_on_from_the_last_card(desk):
    with time_machine.travel(MONDAY, tick=False) as clock:
        petition = handled(desk)
        clock.move_to(datetime(2026, 11, 23, 6, 0, tzinfo=UTC))
        assert chase.sweep() == 1
        desk.act(petition, "extend", "street_officer", limit="2wd", note="等配件")
        clock.move_to(datetime(2026, 11, 25, 8, 0, tzinfo=UTC))
        assert chase.sweep() == 0
        clock.move_to(datetime(2026, 11, 25, 9, 1, tzinfo=UTC))
        assert chase.sweep() == 1
    assert [card[0] for card in cards()] == ["reminder", "blue"]


def test_batches_smaller_than_the_work_finish_it(desk):
    with time_machine.travel(MONDAY, tick=False) as clock:
        for _ in range(5):
            desk.register()
        clock.shift(timedelta(days=1))
        assert chase.sweep(batch=2) == 10
    assert SupervisionCard.objects.count() == 10


def test_a_sweep_costs_the_same_number_of_statements_for_one_or_many(desk, django_assert_max_num_queries):
    with time_machine.travel(MONDAY, tick=False) as clock:
        for _ in range(8):
            desk.register()
        clock.shift(timedelta(days=1))
        with django_assert_max_num_queries(14):
            assert chase.sweep() == 16


def test_a_sweep_that_dies_in_the_middle_leaves_nothing_and_is_done_again(desk, monkeypatch):
    with time_machine.travel(MONDAY, tick=False) as clock:
        desk.register()
        clock.shift(timedelta(days=1))
        before = Event.objects.count()

        def die(*args: object) -> None:
            raise MemoryError

        with monkeypatch.context() as patch:
            patch.setattr(chase, "_save_heads", die)
            with pytest.raises(MemoryError):
                chase.sweep()
        assert (SupervisionCard.objects.count(), Notification.objects.count()) == (0, 0)
        assert Event.objects.count() == before
        assert chase.sweep() == 2
    assert list(history.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_each_card_once(desk):
    with time_machine.travel(MONDAY, tick=False) as clock:
        for _ in range(12):
            desk.register()
        clock.shift(timedelta(days=1))
        now = timezone.now()
    sent: list[int] = []

    def run() -> None:
        sent.append(chase.sweep(now, batch=3))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chase.sweep(now)
    assert SupervisionCard.objects.count() == 24
    assert not Clock.objects.filter(next_at__lte=now, stopped_at=None).exists()
    assert list(history.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_a_sweep_and_a_handler_at_the_same_ticket_do_not_lock_each_other_up(desk):
    with time_machine.travel(MONDAY, tick=False):
        tickets = [handled(desk) for _ in range(6)]
    now = MONDAY + timedelta(days=30)
    handler = desk.user("department_handler")
    errors: list[BaseException] = []

    def reply() -> None:
        from petitions import services

        try:
            for ticket in tickets:
                services.petition_reply(petition=ticket, actor=handler, reply="已整改")
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    def run() -> None:
        try:
            chase.sweep(now, batch=2)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=reply), threading.Thread(target=run)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert set(Petition.objects.values_list("state", flat=True)) == {State.REPLIED}
    assert list(history.verify()) == []
