"""The chain of events: what is written, and that no edit behind the application's back goes unseen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from common import events
from common.models import Event
from grid import events as grid_events
from grid.models import Unit

pytestmark = pytest.mark.django_db


def new_unit(code: str = "220605", name: str = "江源区") -> Unit:
    unit = Unit(code=code, name=name, level=1, kind="district", path=f"{code}/")
    with transaction.atomic():
        events.record(unit, grid_events.UNIT_CREATED, data={"name": name})
    return unit


def rename(unit: Unit, name: str) -> None:
    with transaction.atomic():
        unit.name = name
        events.record(unit, grid_events.UNIT_CHANGED, data={"summary": f"改名为{name}"}, fields=["name"])


def faults() -> list[str]:
    return [fault.what for fault in events.verify()]


def behind_the_back(sql: str, *params: object) -> None:
    """Somebody with the database password and no respect for triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, params)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_change_and_its_event_are_one():
    unit = new_unit()
    rename(unit, "江源新区")
    stored = Unit.objects.get()
    assert (stored.name, stored.event_seq) == ("江源新区", 2)
    chain = list(Event.objects.order_by("seq"))
    assert [(event.seq, event.kind, event.object_id) for event in chain] == [
        (1, "unit.created", unit.pk),
        (2, "unit.changed", unit.pk),
    ]
    assert bytes(chain[1].previous) == bytes(chain[0].hash)
    assert bytes(stored.event_head) == bytes(chain[1].hash)
    assert faults() == []


def test_an_event_outside_a_transaction_is_refused():
    unit = new_unit()

    class Idle:
        in_atomic_block = False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "get_connection", lambda: Idle())
        with pytest.raises(RuntimeError, match="inside the transaction"):
            events.record(unit, grid_events.UNIT_CHANGED)
    assert Event.objects.count() == 1


def test_an_unknown_kind_is_refused_and_writes_nothing():
    unit = new_unit()
    with pytest.raises(LookupError, match=r"unit\.painted"), transaction.atomic():
        events.record(unit, "unit.painted")
    assert Event.objects.count() == 1


@pytest.mark.parametrize("sql", ["UPDATE common_event SET kind = 'unit.moved'", "DELETE FROM common_event"])
def test_the_database_refuses_to_touch_events(sql):
    new_unit()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert faults() == []


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE grid_unit SET name = '别的区'", "数据行被绕过系统改动"),
        ("UPDATE common_event SET data = '{}' WHERE seq = 2", "第 2 条记录（unit.changed）被改动"),
        ("UPDATE common_event SET at = at - interval '1 day' WHERE seq = 1", "第 1 条记录（unit.created）被改动"),
        ("UPDATE common_event SET hash = previous WHERE seq = 2", "第 2 条记录（unit.changed）被改动"),
        ("UPDATE common_event SET object_id = object_id + 1 WHERE seq = 2", "第 2 条记录被挪到了别的对象"),
        ("DELETE FROM common_event WHERE seq = 1", "第 1 条记录缺失"),
        ("DELETE FROM common_event WHERE seq = 3", "末尾的记录缺失"),
        ("DELETE FROM grid_unit", "数据行被删除，只剩下记录"),
    ],
)
def test_every_edit_behind_the_back_is_found(sql, found):
    unit = new_unit()
    rename(unit, "江源新区")
    rename(unit, "江源区")
    assert faults() == []
    behind_the_back(sql)
    assert faults() == [found]


def test_an_event_forged_with_another_key_is_found(settings):
    unit = new_unit()
    settings.SEAL_KEY = b"a key that somebody else has got"
    rename(unit, "江源新区")
    settings.SEAL_KEY = b"demo-only-key-that-seals-history"
    assert faults() == ["第 2 条记录（unit.changed）被改动"]


def test_faults_beyond_the_first_chunk_are_found():
    for number in range(5):
        new_unit(f"22060{number}", f"第{number}区")
    Unit.objects.filter(code="220604").update(name="改")
    assert [fault.object_id for fault in events.verify(chunk=2)] == [Unit.objects.get(code="220604").pk]


def test_handlers_run_in_the_same_transaction(monkeypatch):
    seen: list[str] = []

    def fail(event: Event, unit: Unit) -> None:
        seen.append(event.kind)
        raise ValueError("the handler fails")

    monkeypatch.setitem(events._HANDLERS, grid_events.UNIT_CHANGED, [fail])
    unit = new_unit()
    with pytest.raises(ValueError, match="the handler fails"):
        rename(unit, "江源新区")
    assert seen == ["unit.changed"]
    assert Unit.objects.get().name == "江源区"
    assert Event.objects.count() == 1


def test_bulk_links_give_the_same_chain():
    unit = new_unit()
    at = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    with transaction.atomic():
        linked = [events.link(unit, grid_events.UNIT_CHANGED, data={"summary": str(n)}, at=at) for n in range(3)]
        Event.objects.bulk_create(linked)
        unit.save(update_fields=["event_seq", "event_head"])
    assert unit.event_seq == 4
    assert faults() == []


def test_the_timeline_speaks_chinese():
    user = User.objects.create(username="li", display_name="李明")
    unit = new_unit()
    with transaction.atomic():
        events.record(unit, grid_events.UNIT_CHANGED, actor=user, data={"summary": "户数 412"})
    newest = events.timeline(unit).first()
    kind = events.kind_of(newest.kind)
    assert (kind.label, kind.describe(newest.data), newest.actor.display_name) == ("修改资料", "户数 412", "李明")
    assert kind.describe({}) == ""
    dispatched = events.kind_of("petition.dispatched")
    data = {"lead": "区住建局", "co_handlers": "", "due": "2026-11-20 17:13", "note": ""}
    assert dispatched.describe(data) == "主办：区住建局；协办：—；办结时限 2026-11-20 17:13。"
    resumed = events.kind_of("petition.resumed")
    assert resumed.describe({"note": "", "due": "2026-11-20 17:13"}) == "新时限 2026-11-20 17:13"
