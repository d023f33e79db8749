"""The ticket as its page shows it: what the ORM would hand out, in few statements, and only inside the scope."""

from __future__ import annotations

import pytest

from petitions import selectors
from petitions.models import Assignment, Petition
from petitions.querysets import PLACES
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db

RELATED = (*selectors.SHOWN_WITH, *PLACES)


@pytest.fixture
def tickets(desk):
    """Two tickets of one lead."""
    return desk.bring_to("handling"), desk.bring_to("handling")


def shown(ticket: Petition, user) -> Petition | None:
    return selectors.as_shown(Petition.objects.visible_to(user).filter(pk=ticket.pk))


def test_it_is_what_the_orm_hands_out_and_all_at_once(desk, tickets, django_assert_num_queries):
    ticket, user = tickets[0], desk.user("community_worker")
    assert user.scope  # asked once per request
    with django_assert_num_queries(4):
        found = shown(ticket, user)
        related = {name: getattr(found, name.split("__")[0], None) for name in RELATED}
        given = [(row.body, row.role) for row in found.assignments.all()]
    plain = Petition.objects.get(pk=ticket.pk)
    for field in Petition._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(plain, field.attname), field.name
    assert related == {name: getattr(plain, name.split("__")[0], None) for name in RELATED}
    assert given == [(row.body, row.role) for row in plain.assignments.all()]


def test_what_was_fetched_stays_the_tickets_own(desk, tickets):
    """Whoever filters or changes the rows of this ticket must not reach those of another."""
    ticket, other = tickets
    found = shown(ticket, desk.user("community_worker"))
    assert {row.petition_id for row in found.assignments.filter(ended_at=None)} == {ticket.pk}
    assert found.assignments.filter(ended_at=None).update(reply="已办") == 1
    assert set(Assignment.objects.filter(reply="已办").values_list("petition", flat=True)) == {ticket.pk}
    assert not other.assignments.filter(reply="已办").exists()


def test_outside_the_scope_there_is_nothing(desk, tickets):
    assert shown(tickets[0], desk.user("street_officer")) == tickets[0]
    assert shown(tickets[0], make_user("street_officer", desk.tree.other_street)) is None
