"""Personal values in the database: what is stored, and what a change of keys does."""

from __future__ import annotations

from io import StringIO
from itertools import count

import pytest
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from common.crypto import Unreadable, lookup_hash
from common.rotation import outdated
from common.rotation import rotate as batches
from petitions.models import Petition, Petitioner

pytestmark = pytest.mark.django_db
numbers = count(1)
OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def ring(settings):
    settings.PERSONAL_KEYS = {"2025": OLD}
    return settings


@pytest.fixture
def row(ring, tree):
    return Petitioner.objects.create(
        petition=a_petition(tree), name="𠮷野 㐱😀", phone="13812345678", phone_hash=lookup_hash("13812345678", "phone")
    )


def a_petition(tree) -> Petition:
    return Petition.objects.create(
        number=f"T{next(numbers)}",
        title="题",
        text="文",
        channel="counter",
        unit=tree.district,
        received_at=timezone.now(),
    )


def stored(row: Petitioner) -> tuple[str, str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone, address FROM petitions_petitioner WHERE id = %s", [row.pk])
        return cursor.fetchone()


def rotate(*options: str) -> str:
    out = StringIO()
    call_command("rotate_personal_keys", *options, stdout=out)
    return out.getvalue()


def test_stored_sealed_read_plain(row):
    name, phone, address = stored(row)
    assert name.startswith("g1.2025.")
    assert phone.startswith("g1.2025.")
    assert address == ""
    fresh = Petitioner.objects.get(pk=row.pk)
    assert (fresh.name, fresh.phone, fresh.address) == ("𠮷野 㐱😀", "13812345678", "")


def test_a_value_moved_to_another_column_is_unreadable(row):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE petitions_petitioner SET name = phone WHERE id = %s", [row.pk])
    with pytest.raises(Unreadable):
        Petitioner.objects.get(pk=row.pk)


def test_empty_is_found_and_a_value_is_not_searched(row):
    assert Petitioner.objects.filter(address="").get() == row
    assert not Petitioner.objects.filter(phone="").exists()
    assert not Petitioner.objects.filter(phone__isnull=True).exists()
    assert Petitioner.objects.filter(phone_hash=lookup_hash("138 1234 5678", "phone")).get() == row
    for condition in ({"phone": "13812345678"}, {"phone__contains": "138"}, {"phone__in": ["13812345678"]}):
        with pytest.raises(FieldError):
            Petitioner.objects.filter(**condition).exists()


def test_rotation_moves_every_value_and_then_the_old_key_can_go(row, ring):
    before = stored(row)
    ring.PERSONAL_KEYS = {"2026": NEW, "2025": OLD}
    assert rotate("--check") == "由旧密钥加密的记录：1 行。\n"
    assert stored(row) == before
    assert "全部完成" in rotate()
    assert [value.startswith("g1.2026.") for value in stored(row)[:2]] == [True, True]
    assert stored(row)[2] == ""
    assert rotate() == "由旧密钥加密的记录：0 行。\n"
    row.refresh_from_db()
    assert bytes(row.phone_hash) == lookup_hash("13812345678", "phone")
    ring.PERSONAL_KEYS = {"2026": NEW}
    assert Petitioner.objects.get(pk=row.pk).name == "𠮷野 㐱😀"


def test_rotation_goes_on_where_it_was_stopped(row, ring, tree):
    second = Petitioner.objects.create(petition=a_petition(tree), name="李四")
    ring.PERSONAL_KEYS = {"2026": NEW, "2025": OLD}
    assert next(batches(batch=1)) == 1
    assert [query.count() for query in outdated() if query.model is Petitioner] == [1]
    assert list(batches(batch=1)) == [1]
    assert Petitioner.objects.get(pk=second.pk).name == "李四"
