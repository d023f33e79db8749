"""Teams: set up, members, leader, close."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.models import Event
from grid.services import unit_merge
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_volunteer
from volunteers.models import Membership, Team, Volunteer
from volunteers.services import teams as service

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def made(tree, staff):
    make_rules("jiangyuan")
    return service.team_create(actor=staff["community_worker"], unit=tree.community, name=" 先锋  队 ", about="巡逻")


def test_a_team_is_set_up_once_under_a_name(made, tree, staff):
    assert (made.name, made.founded_on, made.leader) == ("先锋 队", TODAY(), None)
    before = Event.objects.count()
    for wrong, error in (
        ({"name": "先锋 队"}, Invalid),
        ({"name": ""}, Invalid),
        ({"name": "长" * 41}, Invalid),
        ({"founded_on": TODAY() + timedelta(days=1)}, Invalid),
        ({"theme": "nothing"}, Invalid),
        ({"unit": tree.other_community}, Refused),
    ):
        with pytest.raises(error):
            service.team_create(**{"actor": staff["community_worker"], "unit": tree.community, "name": "乙队", **wrong})
    assert (Team.objects.count(), Event.objects.count()) == (1, before)


def test_members_come_and_go_and_the_leader_is_one_of_them(made, tree, staff):
    worker = staff["community_worker"]
    one, two = make_volunteer(tree.community), make_volunteer(tree.community, name="王芳")
    membership = service.team_join(team=made, actor=worker, volunteer=one)
    with pytest.raises(Conflict):
        service.team_join(team=made, actor=worker, volunteer=one)
    with pytest.raises(Invalid):
        service.team_lead(team=made, actor=worker, leader=two)
    assert service.team_lead(team=made, actor=worker, leader=one).leader == one
    assert service.team_remove(team=made, actor=worker, membership=membership).leader is None
    with pytest.raises(Conflict):
        service.team_remove(team=made, actor=worker, membership=membership)
    again = service.team_join(team=made, actor=worker, volunteer=one)
    assert [(row.pk, row.last_day) for row in made.memberships.order_by("pk")] == [
        (membership.pk, TODAY()), (again.pk, None)
    ]  # fmt: skip
    assert list(history.verify()) == []


def test_only_active_volunteers_join(made, tree, staff):
    gone = make_volunteer(tree.community, state="left", left_on=TODAY())
    with pytest.raises(Invalid):
        service.team_join(team=made, actor=staff["community_worker"], volunteer=gone)
    assert not Membership.objects.exists()


def test_others_change_nothing(made, tree, staff):
    one = make_volunteer(tree.community)
    for role, error in (("grid_worker", Http404), ("hotline_operator", Http404)):
        for act in (
            lambda actor: service.team_join(team=made, actor=actor, volunteer=one),
            lambda actor: service.team_change(team=made, actor=actor, name="甲"),
            lambda actor: service.team_close(team=made, actor=actor),
        ):
            with pytest.raises(error):
                act(staff[role])
    made.refresh_from_db()
    assert (made.name, made.is_active, made.event_seq) == ("先锋 队", True, 1)
    assert not Membership.objects.exists()


def test_a_change_without_difference_leaves_no_event(made, staff):
    worker = staff["community_worker"]
    service.team_change(team=made, actor=worker, name="先锋 队", about="巡逻")
    changed = service.team_change(team=made, actor=worker, about="夜间巡逻")
    assert (changed.event_seq, history.timeline(changed)[0].data) == (2, {"summary": "服务内容"})


def test_a_closed_team_frees_its_name(made, tree, staff):
    worker = staff["community_worker"]
    service.team_join(team=made, actor=worker, volunteer=make_volunteer(tree.community))
    closed = service.team_close(team=made, actor=worker)
    assert not closed.is_active
    assert closed.memberships.get().last_day == TODAY()
    with pytest.raises(Conflict):
        service.team_change(team=made, actor=worker, about="x")
    assert service.team_create(actor=worker, unit=tree.community, name="先锋 队").pk != made.pk


def test_a_merged_unit_hands_over_people_and_teams(made, tree, staff):
    one = make_volunteer(tree.community)
    Team.objects.create(name="先锋 队", unit=tree.sister_community, founded_on=TODAY())
    unit_merge(unit=tree.community, target=tree.sister_community, actor=staff["district_officer"])
    assert Volunteer.objects.get(pk=one.pk).unit == tree.sister_community
    made.refresh_from_db()
    assert (made.unit, made.name) == (tree.sister_community, "先锋 队（原江湾社区）")
