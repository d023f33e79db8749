"""Prepared statements do what the ORM does, with the values of each call."""

from __future__ import annotations

import threading
import uuid
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Count, F
from django.db.models.signals import post_save, pre_save

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from common.events import history_models
from common.models import Event
from common.prepared import Among, Prepared, insert, update
from grid.models import Unit
from petitions.models import Category, Petitioner
from tests.factories.accounts import make_user
from tests.factories.petitions import make_petition
from tests.factories.rules import make_rules

pytestmark = pytest.mark.django_db

BY_KEY = Prepared(lambda key: Unit.objects.filter(pk=key))
BY_CODE = Prepared(lambda codes: Unit.objects.filter(Among(F("code"), codes)).order_by("path"))
SEATS = Prepared(
    lambda user, day: (
        RoleAssignment.objects.filter(user=user, first_day__lte=day).select_related("unit", "department").order_by("id")
    )
)


def columns(row) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


class TestPrepared:
    def test_each_call_asks_for_its_own_values_in_one_statement(self, tree, django_assert_num_queries):
        for unit in (tree.street, tree.other_community):
            with django_assert_num_queries(1):
                found = BY_KEY.get(key=unit.pk)
            assert columns(found) == columns(Unit.objects.get(pk=unit.pk))
        assert BY_KEY.get(key=0) is None
        assert BY_KEY.get(key=10**30) is None

    def test_what_it_finds_is_saved_as_an_existing_row(self, tree):
        found = BY_KEY.get(key=tree.street.pk)
        found.households = 7
        found.save(update_fields=["households"])
        assert list(Unit.objects.filter(households=7)) == [tree.street]

    def test_a_list_of_any_length(self, tree):
        wanted = [tree.grid.code, tree.street.code]
        assert BY_CODE.all(codes=wanted) == [tree.street, tree.grid]
        assert BY_CODE.all(codes=wanted[:1]) == [tree.grid]
        assert BY_CODE.all(codes=["%s' OR true --"]) == []

    def test_joined_rows_come_along_where_there_are_any(self, tree, django_assert_num_queries):
        user = make_user("community_worker", tree.community)
        RoleAssignment.objects.create(
            user=user, role="department_handler", department=tree.housing, first_day=date(2030, 1, 1)
        )
        with django_assert_num_queries(1):
            one, two = SEATS.all(user=user.pk, day=date(2030, 1, 1))
            assert (one.unit, one.department, two.unit, two.department) == (tree.community, None, None, tree.housing)
        assert [row.pk for row in SEATS.all(user=user.pk, day=date(2029, 12, 31))] == [one.pk]

    def test_values_are_turned_back_as_the_field_says(self, tree):
        make_rules()
        make_petition(
            make_user("community_worker", tree.community), unit=tree.community, name="张晓明", phone="13800000001"
        )
        sealed = Petitioner.objects.get()
        found = Prepared(lambda key: Petitioner.objects.filter(petition=key)).get(key=sealed.petition_id)
        assert (found.name, found.phone) == ("张晓明", "13800000001")
        events = Prepared(lambda stream: Event.objects.filter(stream=stream).order_by("seq"))
        (event,) = events.all(stream=sealed.petition.stream)
        assert event.data == Event.objects.get(pk=event.pk).data != {}

    def test_one_statement_serves_all_threads(self, tree):
        seen: list[object] = []

        def ask() -> None:
            try:
                seen.append(BY_KEY.get(key=-1))
            finally:
                connection.close()

        BY_KEY.get(key=tree.street.pk)
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        assert seen == [None]

    @pytest.mark.parametrize(
        "rows", [lambda: Unit.objects.annotate(n=Count("children")), lambda: Unit.objects.values("pk")]
    )
    def test_it_refuses_what_it_cannot_hand_out(self, rows):
        with pytest.raises(TypeError, match="whole objects"):
            Prepared(rows).all()


class TestInsert:
    def test_it_writes_what_save_writes(self, tree, monkeypatch):
        monkeypatch.setattr(uuid, "uuid4", lambda: pytest.fail("the values are those of the object"))
        stream = uuid.UUID(int=5)
        row = Category(code="0101", name="路灯", stream=stream, limit="5wd", lead_department=tree.housing)
        insert(row)
        stored = Category.objects.get(code="0101")
        assert columns(stored) == columns(row)
        assert (stored.pk, stored.lead_department_id) == (row.pk, tree.housing.pk)
        row.name = "照明"
        row.save()
        assert [category.name for category in Category.objects.all()] == ["照明"]

    def test_fields_that_fill_themselves_do(self, db):
        user = User(username="li", display_name="李")
        insert(user)
        assert User.objects.get().created_at == user.created_at is not None

    def test_a_second_row_of_the_same_key_is_refused_by_the_database(self, tree):
        before = Unit.objects.count()
        twin = Unit(code=tree.street.code, name="重号", level=2, kind="street", path="x/", parent=tree.district)
        with pytest.raises(IntegrityError), transaction.atomic():
            insert(twin)
        assert twin.pk is None
        assert Unit.objects.count() == before

    @pytest.mark.parametrize(
        "values",
        [
            {"name": "甲"},
            {"name": Role.PROVIDER},
            {"limit": 5},
            {"is_active": 0},
            {"lead_department": None, "code": "9"},
        ],
    )
    def test_a_value_of_another_type_is_written_as_the_field_says(self, values):
        """Text, a choice, a number for a text, a number for yes or no, nothing."""
        row = Category(**{"code": "0101", "name": "路灯", "limit": "5wd", **values})
        twin = Category(**{**columns(row), "stream": uuid.uuid4(), "code": "twin"})
        insert(row)
        twin.save(force_insert=True)
        same = {"id", "stream", "code"}
        one, other = (columns(Category.objects.get(pk=made.pk)) for made in (row, twin))
        assert {key: one[key] for key in one.keys() - same} == {key: other[key] for key in other.keys() - same}
        assert one["code"] == row.code

    @pytest.mark.parametrize("model", [Event, *history_models()], ids=lambda model: model.__name__)
    def test_nobody_listens_to_the_signals_it_leaves_out(self, model):
        assert not pre_save.has_listeners(model)
        assert not post_save.has_listeners(model)


class TestUpdate:
    def test_it_writes_the_named_fields_and_no_others(self, tree, django_assert_num_queries):
        unit, before = tree.street, columns(Unit.objects.get(pk=tree.street.pk))
        unit.name, unit.households, unit.aliases, unit.parent = "新名街道", 7, "旧名街道", tree.other_street
        with django_assert_num_queries(1):
            update(unit, ["name", "aliases", "parent"])
        after = columns(Unit.objects.get(pk=unit.pk))
        changed = {"name": "新名街道", "aliases": "旧名街道", "parent_id": tree.other_street.pk}
        assert after == {**before, **changed}
        assert columns(Unit.objects.get(pk=tree.other_street.pk))["name"] == "孙家堡子街道"

    def test_encrypted_values_are_sealed(self, tree):
        make_rules()
        make_petition(make_user("community_worker", tree.community), unit=tree.community)
        person = Petitioner.objects.get()
        person.phone = "13900000002"
        update(person, ["phone"])
        assert Petitioner.objects.get().phone == "13900000002"
        with connection.cursor() as cursor:
            cursor.execute("SELECT phone FROM petitions_petitioner")
            assert "13900000002" not in cursor.fetchone()[0]

    def test_a_row_that_is_gone_is_an_error(self, tree):
        gone = Unit(pk=0, name="无此单位")
        with pytest.raises(DatabaseError, match=r"grid\.Unit 0 is gone"):
            update(gone, ["name"])
