"""Open tickets follow their unit when it moves or is merged; ended ones keep the place of their time."""

from __future__ import annotations

import pytest

from common import events as history
from grid.services import unit_merge, unit_move
from petitions.choices import State
from petitions.models import Petition
from petitions.policies import may_reveal
from petitions.workflow import FLOW
from tests.factories.accounts import make_user
from tests.factories.grid import make_unit

pytestmark = pytest.mark.django_db


def place(petition: Petition) -> tuple[str, str, str | None]:
    petition.refresh_from_db()
    return str(petition.street), str(petition.community), str(petition.grid) if petition.grid else None


def test_a_moved_community_takes_its_open_tickets_along(desk):
    open_one = desk.register(unit=desk.tree.group)
    ended = desk.bring_to(State.CLOSED)
    other = desk.register()
    desk.act(other, "refuse", "community_worker", reason="repeated", note="重复")
    unit_move(unit=desk.tree.community, actor=desk.user("district_officer"), parent=desk.tree.other_street)
    assert place(open_one) == ("孙家堡子街道", "江湾社区", "江湾第一网格")
    assert place(ended) == ("城墙街道", "江湾社区", None)
    assert place(other)[0] == "城墙街道"
    newest = history.timeline(open_one).first()
    assert history.kind_of(newest.kind).describe(newest.data) == "由“城墙街道”划入“孙家堡子街道”"
    assert list(history.verify()) == []


def test_who_could_see_an_open_ticket_changes_with_the_street(desk):
    petition = desk.register()
    street_officer = desk.user("street_officer")
    assert petition in Petition.objects.visible_to(street_officer)
    unit_move(unit=desk.tree.community, actor=desk.user("district_officer"), parent=desk.tree.other_street)
    assert petition not in Petition.objects.visible_to(desk.user("street_officer"))
    assert petition in Petition.objects.visible_to(desk.user("community_worker"))


def test_a_merged_community_hands_its_open_tickets_over(desk):
    petition = desk.register()
    unit_merge(unit=desk.tree.community, actor=desk.user("district_officer"), target=desk.tree.sister_community)
    petition.refresh_from_db()
    assert (petition.unit, petition.community) == (desk.tree.sister_community, desk.tree.sister_community)
    assert list(history.verify()) == []


def given(petition: Petition) -> list[tuple[str, str, bool]]:
    """Role, body, and whether it is over, of every assignment."""
    rows = petition.assignments.select_related("unit", "department")
    return [(row.role, str(row.body), row.ended_at is not None) for row in rows]


def led_by_a_department(desk, *co_handlers):
    petition = desk.act(desk.register(), "accept", "community_worker")
    return desk.act(petition, "dispatch", "community_worker", lead=desk.tree.housing, co_handlers=list(co_handlers))


def merge(desk, unit, target):
    return unit_merge(unit=unit, actor=desk.user("district_officer"), target=target)


def test_what_a_merged_unit_has_to_do_waits_at_the_target(desk, client_for):
    tree = desk.tree
    petition = led_by_a_department(desk, tree.community)
    merge(desk, tree.community, tree.sister_community)
    worker = desk.user("community_worker")  # now of the target
    assert given(petition) == [("lead", "区住建局", False), ("co_handler", "和平社区", False)]
    assert list(Petition.objects.co_handled_by(worker)) == [petition]
    assert may_reveal(Petition.objects.get(pk=petition.pk), worker)
    page = client_for(worker).get(petition.get_absolute_url()).content.decode()
    assert "<strong>和平社区</strong>" in page
    assert "<strong>江湾社区</strong>" not in page
    desk.act(petition, "co_reply", "community_worker", note="已派人到场")
    assert history.timeline(petition).first().data["body"] == "和平社区"
    assert list(history.verify()) == []


def test_an_answer_stays_with_the_unit_that_gave_it_and_what_is_over_stays_as_it_was(desk):
    tree = desk.tree
    answered = led_by_a_department(desk, tree.community)
    desk.act(answered, "co_reply", "community_worker", note="已派人到场")
    returned = desk.act(led_by_a_department(desk, tree.community), "object", "department_handler", note="不属于")
    desk.act(returned, "uphold_objection", "community_worker")
    before = given(answered), given(returned)
    merge(desk, tree.community, tree.sister_community)
    assert (given(answered), given(returned)) == before
    assert given(returned) == [("lead", "区住建局", True), ("co_handler", "江湾社区", True)]


def test_a_body_stands_on_a_ticket_once(desk):
    tree = desk.tree
    petition = desk.act(desk.register(unit=tree.grid), "accept", "community_worker")
    desk.act(petition, "dispatch", "community_worker", lead=tree.grid, co_handlers=[tree.community, tree.street])
    second = make_unit("江湾第二网格", parent=tree.community)
    petition.assignments.create(role="co_handler", unit=second, given_at=petition.received_at)
    merge(desk, second, tree.grid)
    assert given(petition) == [
        ("lead", "江湾第一网格", False), ("co_handler", "江湾社区", False), ("co_handler", "城墙街道", False),
        ("co_handler", "江湾第二网格", True),
    ]  # fmt: skip


def test_the_lead_follows_also_when_the_ticket_lies_further_down(desk):
    tree = desk.tree
    petition = desk.act(desk.register(unit=tree.group), "accept", "community_worker")
    desk.act(petition, "dispatch", "community_worker", lead=tree.grid)
    second = make_unit("江湾第二网格", parent=tree.community)
    merge(desk, tree.grid, second)
    petition.refresh_from_db()
    assert (petition.unit, petition.grid, petition.lead_unit) == (tree.group, second, second)
    assert given(petition) == [("lead", "江湾第二网格", False)]
    assert list(Petition.objects.led_by(desk.user("grid_worker"))) == [petition]
    kinds = [event.kind for event in history.timeline(petition)]
    assert kinds.count("petition.rehomed") == 1
    assert list(history.verify()) == []


def test_a_street_that_lost_the_ticket_hands_it_to_the_new_one(desk):
    tree = desk.tree
    petition = desk.act(desk.register(), "accept", "community_worker")
    desk.act(petition, "dispatch", "community_worker", lead=tree.street, co_handlers=[tree.community])
    unit_move(unit=tree.community, actor=desk.user("district_officer"), parent=tree.other_street)
    petition.refresh_from_db()
    assert petition.lead_unit == tree.other_street
    assert given(petition) == [("lead", "孙家堡子街道", False), ("co_handler", "江湾社区", False)]
    officer = make_user("street_officer", tree.other_street)
    assert FLOW.perform("sign", petition, officer).state == State.HANDLING


def test_a_worklist_of_co_handling_shows_only_what_its_reader_can_open(desk):
    outside = led_by_a_department(desk)
    outside.assignments.create(role="co_handler", unit=desk.tree.other_community, given_at=outside.received_at)
    neighbour = make_user("community_worker", desk.tree.other_community)
    assert not Petition.objects.visible_to(neighbour).filter(pk=outside.pk).exists()
    assert list(Petition.objects.co_handled_by(neighbour)) == []
