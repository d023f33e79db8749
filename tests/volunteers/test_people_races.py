"""Sign-ups at once, on a real database: one person, one number; numbers without gaps."""

from __future__ import annotations

import uuid

import pytest

from tests.factories.rules import make_rules
from tests.factories.volunteers import make_id_number, make_programme
from tests.petitions.test_races import together
from volunteers.models import Volunteer
from volunteers.services.people import AlreadySignedUp, SignedUp, volunteer_sign_up

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sign_up(tree):
    make_rules("jiangyuan")
    make_programme()

    def call(**values):
        return volunteer_sign_up(
            actor=None, unit=tree.community, **{"name": "张晓明", "phone": "13800001234", **values}
        )

    return call


def test_one_person_at_eight_phones_is_signed_up_once(sign_up):
    results = together(*(lambda: sign_up(id_number=make_id_number()) for _ in range(8)))
    assert sorted(type(result).__name__ for result in results) == ["AlreadySignedUp"] * 7 + ["SignedUp"]
    assert Volunteer.objects.get().number == "220605V000001"
    assert {error.volunteer.number for error in results if isinstance(error, AlreadySignedUp)} == {"220605V000001"}


def test_different_people_at_once_have_numbers_without_gaps(sign_up):
    tasks = [
        lambda n=n: sign_up(name=f"甲{n}", phone=f"1390000000{n}", id_number=make_id_number(serial=n + 1)) for n in range(8)
    ]  # fmt: skip
    results = together(*tasks, lambda: sign_up(id_number="1"))
    assert all(isinstance(result, SignedUp) for result in results[:8])
    numbers = sorted(Volunteer.objects.values_list("number", flat=True))
    assert numbers == [f"220605V00000{n}" for n in range(1, 9)]


def test_a_form_sent_four_times_at_once_is_one_sign_up(sign_up):
    key = uuid.uuid4()
    results = together(*(lambda: sign_up(id_number=make_id_number(), request_key=key) for _ in range(4)))
    assert [type(result) for result in results] == [SignedUp] * 4
    assert {(result.volunteer.number, result.code) for result in results} == {("220605V000001", results[0].code)}
    assert sum(result.repeated for result in results) == 3
