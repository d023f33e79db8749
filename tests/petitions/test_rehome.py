"""Open tickets follow their unit when it moves or is merged; ended ones keep the place of their time."""

from __future__ import annotations

import pytest

from common import events as history
from grid.services import unit_merge, unit_move
from petitions.choices import State
from petitions.models import Petition

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
