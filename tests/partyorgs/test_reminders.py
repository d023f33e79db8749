"""The end of a term is announced once, six months before, and once when it has passed."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection

from accounts.models import Notification
from common.schedule import SCHEDULE
from partyorgs.services import organisation_dissolve, organisation_elect, remind_terms
from partyorgs.tasks import remind
from tests.factories.grid import make_tree
from tests.factories.partyorgs import make_party_tree


def texts() -> list[tuple[str, str]]:
    return [(str(row.unit or row.user), row.text) for row in Notification.objects.order_by("id")]


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "number"), [(date(2026, 12, 29), 0), (date(2026, 12, 30), 2), (date(2027, 6, 30), 2)])
def test_the_seat_and_the_one_above_hear_six_months_before(party, day, number):
    """The branch's and the two street committees' terms end on 2027-06-30; only the branch has one above."""
    type(party.street).objects.filter(kind="committee").update(term_first_day=None, term_years=None, term_last_day=None)
    assert remind_terms(day) == number
    if number:
        text = "“江湾第一网格党支部”本届任期将于 2027-06-30 届满，请提前做好换届准备。"
        assert texts() == [("江湾第一网格", text), ("江湾社区", text)]
        assert {row.tone for row in Notification.objects.all()} == {"reminder"}
        assert {row.url for row in Notification.objects.all()} == {f"/party-organisations/{party.grid.pk}/"}


@pytest.mark.django_db
def test_a_reminder_comes_once_and_the_end_is_told_once_more(party):
    remind_terms(date(2027, 1, 5))
    first = Notification.objects.count()
    assert remind_terms(date(2027, 1, 6)) == 0
    assert Notification.objects.count() == first
    assert remind_terms(date(2027, 7, 1)) == first
    assert remind_terms(date(2027, 7, 2)) == 0
    assert Notification.objects.filter(tone="red").count() == first
    assert texts()[-1][1].endswith("届满，请尽快换届或报批延期。")


@pytest.mark.django_db
def test_the_secretary_hears_too_and_a_new_term_has_its_own_reminder(party, staff):
    secretary = staff["grid_worker"]
    organisation_elect(organisation=party.grid, actor=None, elected_on=date(2025, 1, 1), secretary=secretary)
    assert Notification.objects.count() == 0
    remind_terms(date(2027, 12, 31))
    mine = Notification.objects.filter(user=secretary)
    assert [row.tone for row in mine] == ["reminder"]
    organisation_elect(organisation=party.grid, actor=None, elected_on=date(2026, 1, 1), secretary=secretary)
    assert remind_terms(date(2027, 12, 31)) == 0
    remind_terms(date(2028, 12, 31))
    assert mine.all().count() == 2


@pytest.mark.django_db
def test_a_dissolved_organisation_is_silent(party):
    organisation_dissolve(organisation=party.group, actor=None)
    organisation_dissolve(organisation=party.grid, actor=None)
    remind_terms(date(2027, 1, 5))
    assert not Notification.objects.filter(text__contains="江湾第一网格党支部").exists()


@pytest.mark.django_db
def test_many_organisations_cost_few_queries(party, django_assert_max_num_queries):
    from tests.factories.partyorgs import TERM, make_organisation

    for number in range(30):
        make_organisation(party.grid.unit, "branch", f"支部{number}", parent=party.community, term_first_day=TERM)
    with django_assert_max_num_queries(6):
        assert remind_terms(date(2027, 1, 5)) >= 60


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_announce_once():
    party = make_party_tree(make_tree())
    gate = threading.Barrier(2)

    def work() -> None:
        try:
            gate.wait(10)
            remind_terms(date(2027, 1, 5))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert Notification.objects.filter(url=f"/party-organisations/{party.grid.pk}/").count() == 2


def test_the_beat_looks_every_hour():
    assert SCHEDULE["partyorgs.remind_terms"]["schedule"] == 3600
    assert remind.name == "partyorgs.remind_terms"
