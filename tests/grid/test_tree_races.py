"""Two people change the tree at the same moment; random sequences of changes keep it a tree."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from common import events as history
from common.errors import PlainError
from common.models import Event
from grid.models import PostHolding, Unit
from grid.services import post_take, unit_create, unit_merge, unit_move
from grid.services.tree import lock_tree
from tests.factories.grid import make_tree, make_unit
from tests.together import together


def assert_tree_holds() -> None:
    units = {unit.pk: unit for unit in Unit.objects.all()}
    for unit in units.values():
        parent = units[unit.parent_id] if unit.parent_id else None
        assert unit.path == f"{parent.path if parent else ''}{unit.code}/"
        assert unit.level == (parent.level + 1 if parent else 1)
        if unit.is_active and parent:
            assert parent.is_active
        if unit.merged_into_id:
            assert not unit.is_active
    assert list(history.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_a_unit_and_its_parent_move_at_once():
    tree = make_tree()
    for _ in range(3):
        results = together(
            lambda: unit_move(unit=tree.grid, parent=tree.other_community, actor=None),
            lambda: unit_move(unit=tree.community, parent=tree.other_street, actor=None),
        )
        assert [type(result) for result in results] == [Unit, Unit]
        assert_tree_holds()
        unit_move(unit=tree.grid, parent=tree.community, actor=None)
        unit_move(unit=tree.community, parent=tree.street, actor=None)


@pytest.mark.django_db(transaction=True)
def test_one_of_two_opposite_merges_wins():
    tree = make_tree()
    results = together(
        lambda: unit_merge(unit=tree.community, target=tree.sister_community, actor=None),
        lambda: unit_merge(unit=tree.sister_community, target=tree.community, actor=None),
    )
    assert sorted(isinstance(result, Unit) for result in results) == [False, True]
    refusal = next(result for result in results if not isinstance(result, Unit))
    assert isinstance(refusal, PlainError)
    assert "已经停用" in refusal.message
    assert Event.objects.filter(kind="unit.merged").count() == 1
    assert_tree_holds()


@pytest.mark.django_db(transaction=True)
def test_ten_new_grids_at_once_get_ten_codes():
    tree = make_tree()
    results = together(
        *(lambda n=n: unit_create(parent=tree.community, actor=None, name=f"新网格{n}") for n in range(10))
    )
    assert sorted(unit.code[-3:] for unit in results) == [f"{n:03d}" for n in range(2, 12)]
    assert_tree_holds()


@pytest.mark.django_db(transaction=True)
def test_one_seat_is_taken_once():
    tree = make_tree()
    results = together(
        *(
            lambda name=name: post_take(
                unit=tree.grid, actor=None, post="grid_chief", name=name, first_day=date(2025, 1, 1), seat=1
            )
            for name in ("王芳", "李强", "赵敏")
        )
    )
    assert sorted(isinstance(result, PostHolding) for result in results) == [False, False, True]
    assert PostHolding.objects.count() == 1
    assert_tree_holds()


@pytest.mark.django_db(transaction=True)
def test_a_move_gives_way_to_a_registration_and_then_goes_on():
    """Whoever holds a share of a row that moves is not chosen as the victim of a deadlock."""
    tree = make_tree()
    holds, release = threading.Event(), threading.Event()

    def register() -> str:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM grid_unit WHERE id = %s FOR KEY SHARE", [tree.group.pk])
                holds.set()
                release.wait(10)
                cursor.execute("SELECT 1 FROM grid_unit WHERE id = %s FOR KEY SHARE", [tree.community.pk])
        return "registered"

    def move() -> Unit:
        holds.wait(10)
        threading.Timer(1.2, release.set).start()
        return unit_move(unit=tree.community, parent=tree.other_street, actor=None)

    registered, moved = together(register, move)
    assert registered == "registered"
    assert isinstance(moved, Unit)
    assert Event.objects.filter(kind="unit.moved").count() == 1
    assert_tree_holds()


@pytest.mark.django_db(transaction=True)
def test_rows_that_never_come_free_get_a_clear_sentence(monkeypatch):
    from grid.services import tree as locks

    monkeypatch.setattr(locks, "PATIENCE", "50ms")
    monkeypatch.setattr(locks, "ATTEMPTS", 2)
    tree = make_tree()
    before = list(Unit.objects.order_by("pk").values())
    holds, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Unit.objects.select_for_update().get(pk=tree.grid.pk)
            holds.set()
            release.wait(10)

    def move() -> Unit:
        holds.wait(10)
        try:
            return unit_move(unit=tree.community, parent=tree.other_street, actor=None)
        finally:
            release.set()

    _, refusal = together(hold, move)
    assert str(refusal) == "这些单位正有人在办理业务，请过一分钟再试。"
    assert list(Unit.objects.order_by("pk").values()) == before


@pytest.mark.django_db(transaction=True)
def test_the_tree_lock_is_held_until_the_end_of_the_transaction():
    make_tree()

    def taken() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(220605)")
            return not cursor.fetchone()[0]

    with transaction.atomic():
        lock_tree()
        assert together(taken) == [True]
    assert together(taken) == [False]


@pytest.mark.django_db
@settings(max_examples=25)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["move", "merge", "create"]), st.integers(0, 40), st.integers(0, 40)), max_size=12
    )
)
def test_any_sequence_of_changes_keeps_a_tree_with_a_true_history(steps):
    with transaction.atomic():
        tree = make_tree()
        for parent in (tree.sister_community, tree.other_community):
            make_unit(f"{parent.name}第二网格", parent=parent)
        done = 0
        for number, (verb, first, second) in enumerate(steps):
            units = list(Unit.objects.order_by("pk"))
            one, other = units[first % len(units)], units[second % len(units)]
            try:
                if verb == "move":
                    unit_move(unit=one, parent=other, actor=None)
                elif verb == "merge":
                    unit_merge(unit=one, target=other, actor=None)
                else:
                    unit_create(parent=one, actor=None, name=f"新单位{number}")
                done += 1
            except PlainError:
                continue
        assert_tree_holds()
        assert Event.objects.filter(kind__in=["unit.created", "unit.moved", "unit.merged"]).count() >= done
        transaction.set_rollback(True)
