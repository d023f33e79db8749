"""Roles at a merged unit go to the unit that took it in: no gap, nothing twice, all told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification, RoleAssignment, User
from accounts.roles import Role
from common import events as history
from grid.selectors import merge_preview, move_preview
from grid.services import unit_merge, unit_move
from tests.factories.accounts import make_assignment, make_user

pytestmark = pytest.mark.django_db


def roles(user: User) -> list[tuple[str, str]]:
    """Current roles and seats of the account as stored now."""
    return [(row.role, row.seat.name) for row in User.objects.get(pk=user.pk).current_roles]


def test_people_of_a_merged_unit_go_on_working_at_the_target(tree, staff):
    worker, officer = staff["community_worker"], staff["district_officer"]
    unit_merge(unit=tree.community, target=tree.sister_community, actor=officer)
    assert roles(worker) == [("community_worker", "和平社区")]
    assert User.objects.get(pk=worker.pk).scope.unit_paths == (tree.sister_community.path,)
    old, new = RoleAssignment.objects.filter(user=worker).order_by("pk")
    assert history.timeline(old).first().data["last_day"] == "随单位并入“和平社区”转任"
    assert [event.kind for event in history.timeline(new)] == ["role.given"]
    assert history.timeline(new).first().actor == officer
    assert list(history.verify()) == []


def test_unread_messages_are_read_at_the_target_and_read_ones_stay(tree, staff):
    unread, read = (
        Notification.objects.create(unit=tree.community, text=text, dedupe_key=text, created_at=timezone.now())
        for text in ("新工单", "旧工单")
    )
    Notification.objects.filter(pk=read.pk).update(read_at=timezone.now())
    unit_merge(unit=tree.community, target=tree.sister_community, actor=None)
    worker = User.objects.get(pk=staff["community_worker"].pk)
    assert list(Notification.objects.visible_to(worker)) == [unread]


def test_who_has_the_role_there_already_keeps_that_one(tree, staff):
    worker = staff["community_worker"]
    make_assignment(worker, Role.COMMUNITY_WORKER, tree.sister_community)
    unit_merge(unit=tree.community, target=tree.sister_community, actor=None)
    assert roles(worker) == [("community_worker", "和平社区")]
    assert RoleAssignment.objects.filter(user=worker).count() == 2


def test_ended_roles_stay_ended_and_dated_ones_keep_their_end(tree):
    today = timezone.localdate()
    gone = make_user(Role.COMMUNITY_WORKER, tree.community)
    gone.assignments.update(last_day=today - timedelta(days=1))
    leaving = make_user(Role.COMMUNITY_WORKER, tree.community)
    leaving.assignments.update(last_day=today + timedelta(days=30))
    unit_merge(unit=tree.community, target=tree.sister_community, actor=None)
    assert roles(gone) == []
    assert gone.assignments.count() == 1
    assert leaving.assignments.get(unit=tree.sister_community).last_day == today + timedelta(days=30)


def test_the_preview_of_a_merge_counts_them_and_a_move_changes_no_seat(tree, staff):
    assert "1 个账号的角色转到“和平社区”" in merge_preview(tree.community, tree.sister_community)
    assert not any("账号的角色" in line for line in move_preview(tree.community, tree.other_street))
    unit_move(unit=tree.community, parent=tree.other_street, actor=None)
    assert roles(staff["community_worker"]) == [("community_worker", "江湾社区")]
