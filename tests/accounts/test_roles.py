"""Giving and taking roles: separation of the three administrators, areas, levels, dates."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import events
from accounts.models import RoleAssignment, User
from accounts.roles import SEPARATE_ROLES, Role
from accounts.scope import current_assignments
from accounts.services.roles import role_end, role_give
from accounts.services.users import user_deactivate
from common.errors import Conflict, Invalid, PlainError, Refused
from common.events import verify
from common.models import Event
from tests.factories.accounts import make_assignment, make_user
from tests.factories.grid import make_unit

pytestmark = pytest.mark.django_db
WORKING = [role for role in Role if role not in SEPARATE_ROLES]


@pytest.fixture
def admin(tree):
    return make_user(Role.SYSTEM_ADMIN, tree.district)


@pytest.fixture
def street_admin(tree):
    return make_user(Role.SYSTEM_ADMIN, tree.street)


@pytest.fixture
def newcomer(tree):
    """Seated in the first street by an assignment that has ended, so that both administrators see the account."""
    user = make_user(display_name="周新")
    make_assignment(user, Role.COMMUNITY_WORKER, tree.community, last_day=date(2024, 12, 31))
    return user


def seat_of(role: Role, tree):
    seats = {
        Role.DISTRICT_OFFICER: tree.district, Role.STREET_OFFICER: tree.street, Role.COMMUNITY_WORKER: tree.community,
        Role.GRID_WORKER: tree.grid, Role.BUILDING_CHIEF: tree.group, Role.DEPARTMENT_HANDLER: tree.housing,
    }  # fmt: skip
    return seats.get(role, tree.district)


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def state() -> list[tuple]:
    """Everything a refused attempt must leave as it was."""
    rows = RoleAssignment.objects.order_by("pk").values_list("user", "role", "first_day", "last_day", "revoked_at")
    return [*rows, Event.objects.count()]


class TestGiving:
    @pytest.mark.parametrize("role", list(Role))
    def test_takes_effect_with_the_next_request(self, tree, admin, newcomer, role):
        assert not fresh(newcomer).scope
        given = role_give(user=newcomer, actor=admin, role=role, seat=seat_of(role, tree))
        assert [grant.role for grant in fresh(newcomer).scope.grants] == [role]
        event = Event.objects.get(kind=events.ROLE_GIVEN)
        assert (event.object_id, event.actor) == (given.pk, admin)
        assert event.data == {
            "user": "周新", "username": newcomer.username, "role": role.label, "seat": seat_of(role, tree).name,
            "first_day": timezone.localdate().isoformat(), "last_day": "长期",
        }  # fmt: skip
        assert list(verify()) == []

    def test_from_a_later_day_it_grants_nothing_yet(self, tree, admin, newcomer):
        tomorrow = timezone.localdate() + timedelta(days=1)
        role_give(user=newcomer, actor=admin, role=Role.GRID_WORKER, seat=tree.grid, first_day=tomorrow)
        assert not fresh(newcomer).scope

    @pytest.mark.parametrize("role", list(Role))
    def test_a_role_has_its_level(self, tree, admin, newcomer, role):
        """A seat where the role does not exist is refused, the right one next to it accepted."""
        wrong = tree.housing if role != Role.DEPARTMENT_HANDLER else tree.street
        before = state()
        with pytest.raises(PlainError) as refused:
            role_give(user=newcomer, actor=admin, role=role, seat=wrong)
        assert role.label in refused.value.message
        assert state() == before
        role_give(user=newcomer, actor=admin, role=role, seat=seat_of(role, tree))

    def test_nobody_changes_the_own_roles(self, tree, admin):
        before = state()
        with pytest.raises(Refused, match="自己的账号"):
            role_give(user=admin, actor=admin, role=Role.SYSTEM_ADMIN, seat=tree.street)
        with pytest.raises(Refused, match="自己的账号"):
            role_end(assignment=admin.assignments.get(), actor=admin)
        assert state() == before

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM_ADMIN])
    def test_only_a_system_administrator_gives_roles(self, tree, staff, newcomer, role):
        before = state()
        with pytest.raises(Refused, match="管理账号和角色"):
            role_give(user=newcomer, actor=staff[role], role=Role.GRID_WORKER, seat=tree.grid)
        assert state() == before
        role_give(user=newcomer, actor=staff["system_admin"], role=Role.GRID_WORKER, seat=tree.grid)

    def test_a_closed_account_or_unit_gets_none(self, tree, admin, newcomer):
        tree.grid.is_active = False
        tree.grid.save()
        before = state()
        with pytest.raises(PlainError, match="已停用"):
            role_give(user=newcomer, actor=admin, role=Role.GRID_WORKER, seat=tree.grid)
        newcomer.is_active = False
        newcomer.save()
        with pytest.raises(Invalid, match="已停用"):
            role_give(user=newcomer, actor=admin, role=Role.GRID_WORKER, seat=tree.other_grid)
        assert state() == before

    def test_the_same_role_twice(self, tree, admin, newcomer):
        role_give(user=newcomer, actor=admin, role=Role.GRID_WORKER, seat=tree.grid)
        before = state()
        with pytest.raises(Conflict, match="不必重复"):
            role_give(user=newcomer, actor=admin, role=Role.GRID_WORKER, seat=tree.grid)
        assert state() == before
        role_give(user=newcomer, actor=admin, role=Role.GRID_WORKER, seat=tree.other_grid)

    @pytest.mark.parametrize(
        ("first", "last", "field"), [(0, -1, "last_day"), (-10, -1, "last_day"), (5, 4, "last_day"), (-20_000, None, "first_day"), (9_000, None, "first_day")]
    )  # fmt: skip
    def test_days_out_of_order(self, tree, admin, newcomer, first, last, field):
        today = timezone.localdate()
        before = state()
        with pytest.raises(Invalid) as refused:
            role_give(
                user=newcomer, actor=admin, role=Role.GRID_WORKER, seat=tree.grid,
                first_day=today + timedelta(days=first),
                last_day=None if last is None else today + timedelta(days=last),
            )  # fmt: skip
        assert refused.value.field == field
        assert state() == before


class TestSeparation:
    """三员分立: the three administrators are three people, and none of them has a working role."""

    @pytest.mark.parametrize("held", sorted(SEPARATE_ROLES))
    @pytest.mark.parametrize("wanted", list(Role))
    def test_an_administrator_gets_no_other_role(self, tree, admin, newcomer, held, wanted):
        make_assignment(newcomer, held, tree.district)
        before = state()
        reason = "不同的人担任" if wanted != held else "不必重复"
        with pytest.raises(Conflict, match=reason):
            role_give(user=newcomer, actor=admin, role=wanted, seat=seat_of(wanted, tree))
        assert state() == before

    @pytest.mark.parametrize("held", WORKING)
    @pytest.mark.parametrize("wanted", sorted(SEPARATE_ROLES))
    def test_a_worker_becomes_no_administrator(self, tree, admin, newcomer, held, wanted):
        make_assignment(newcomer, held, seat_of(held, tree))
        before = state()
        with pytest.raises(Conflict, match="不同的人担任"):
            role_give(user=newcomer, actor=admin, role=wanted, seat=tree.district)
        assert state() == before

    def test_working_roles_combine(self, tree, admin, newcomer):
        role_give(user=newcomer, actor=admin, role=Role.COMMUNITY_WORKER, seat=tree.community)
        role_give(user=newcomer, actor=admin, role=Role.GRID_WORKER, seat=tree.grid)
        assert len(fresh(newcomer).scope.grants) == 2

    def test_one_after_the_other_is_allowed_one_day_together_is_not(self, tree, admin, newcomer):
        today = timezone.localdate()
        role_give(
            user=newcomer, actor=admin, role=Role.COMMUNITY_WORKER, seat=tree.community,
            last_day=today + timedelta(days=10),
        )  # fmt: skip
        before = state()
        with pytest.raises(Conflict, match="不同的人担任"):
            role_give(
                user=newcomer, actor=admin, role=Role.AUDIT_ADMIN, seat=tree.district,
                first_day=today + timedelta(days=10),
            )  # fmt: skip
        assert state() == before
        role_give(
            user=newcomer, actor=admin, role=Role.AUDIT_ADMIN, seat=tree.district, first_day=today + timedelta(days=11)
        )

    def test_a_role_taken_back_does_not_stand_in_the_way(self, tree, admin, newcomer):
        row = role_give(user=newcomer, actor=admin, role=Role.COMMUNITY_WORKER, seat=tree.community)
        role_end(assignment=row, actor=admin)
        role_give(user=newcomer, actor=admin, role=Role.AUDIT_ADMIN, seat=tree.district)
        assert fresh(newcomer).scope.permissions == {"accounts.audit"}


class TestArea:
    """A street's administrator works inside the own street only."""

    def test_inside(self, tree, street_admin, newcomer):
        role_give(user=newcomer, actor=street_admin, role=Role.GRID_WORKER, seat=tree.grid)
        role_give(user=newcomer, actor=street_admin, role=Role.STREET_OFFICER, seat=tree.street)

    @pytest.mark.parametrize(
        ("role", "where"),
        [
            (Role.COMMUNITY_WORKER, "other_community"),
            (Role.STREET_OFFICER, "other_street"),
            (Role.DISTRICT_OFFICER, "district"),
            (Role.SYSTEM_ADMIN, "district"),
            (Role.DEPARTMENT_HANDLER, "housing"),
        ],
    )
    def test_seats_outside(self, tree, admin, street_admin, newcomer, role, where):
        seat = getattr(tree, where)
        before = state()
        with pytest.raises(Refused, match="管理范围"):
            role_give(user=newcomer, actor=street_admin, role=role, seat=seat)
        assert state() == before
        role_give(user=newcomer, actor=admin, role=role, seat=seat)

    def test_a_person_seated_elsewhere_as_well(self, tree, admin, street_admin, newcomer):
        make_assignment(newcomer, Role.COMMUNITY_WORKER, tree.other_community)
        before = state()
        with pytest.raises(Refused, match="范围以外任职"):
            role_give(user=newcomer, actor=street_admin, role=Role.GRID_WORKER, seat=tree.grid)
        with pytest.raises(Refused, match="范围以外任职"):
            user_deactivate(user=newcomer, actor=street_admin, reason="试")
        assert state() == before

    def test_a_paths_start_is_not_a_code_s_start(self, tree, street_admin, newcomer):
        """Street 220605001 does not contain 2206050011…: paths end in a slash."""
        near = make_unit("近名社区", parent=tree.district, level=3, code="220605001900")
        with pytest.raises(Refused):
            role_give(user=newcomer, actor=street_admin, role=Role.COMMUNITY_WORKER, seat=near)


class TestEnding:
    @pytest.fixture
    def given(self, tree, admin, newcomer):
        return role_give(user=newcomer, actor=admin, role=Role.COMMUNITY_WORKER, seat=tree.community)

    def test_at_once(self, admin, newcomer, given):
        role_end(assignment=given, actor=admin)
        assert not fresh(newcomer).scope
        event = Event.objects.get(kind=events.ROLE_ENDED)
        assert event.data["last_day"] == "即时收回"
        assert list(verify()) == []

    def test_on_a_day(self, admin, newcomer, given):
        today = timezone.localdate()
        row = role_end(assignment=given, actor=admin, last_day=today)
        assert row.last_day == today
        assert fresh(newcomer).scope
        assert not newcomer.assignments.filter(current_assignments(today + timedelta(days=1))).exists()

    @pytest.mark.parametrize("days", [-1, -400])
    def test_not_in_the_past(self, admin, given, days):
        before = state()
        with pytest.raises(Invalid, match="截止日期"):
            role_end(assignment=given, actor=admin, last_day=timezone.localdate() + timedelta(days=days))
        assert state() == before

    def test_not_as_a_way_to_prolong(self, admin, given):
        today = timezone.localdate()
        role_end(assignment=given, actor=admin, last_day=today + timedelta(days=5))
        before = state()
        with pytest.raises(Invalid, match="延长"):
            role_end(assignment=given, actor=admin, last_day=today + timedelta(days=6))
        assert state() == before

    def test_not_twice(self, admin, given):
        role_end(assignment=given, actor=admin)
        before = state()
        with pytest.raises(Conflict, match="已经结束"):
            role_end(assignment=given, actor=admin)
        assert state() == before

    def test_the_last_administrator_stays(self, tree, admin):
        other = make_user(Role.SYSTEM_ADMIN, tree.district)
        role_end(assignment=admin.assignments.get(), actor=other)
        before = state()
        # ``admin`` still holds a page that was opened before: its grant is remembered in this request.
        assert admin.scope is not None
        stale = fresh(admin)
        stale.__dict__["scope"] = other.scope
        with pytest.raises(Conflict, match="唯一在任"):
            role_end(assignment=other.assignments.get(), actor=stale)
        with pytest.raises(Conflict, match="唯一在任"):
            user_deactivate(user=other, actor=stale, reason="误操作")
        assert state() == before


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_roles_at_the_same_moment(self, tree, admin, newcomer):
        """Two administrators give a working and a separate role at once: one of them is refused."""
        other = make_user(Role.SYSTEM_ADMIN, tree.district)
        outcomes: list[str] = []
        gate = threading.Barrier(2)

        def give(actor: User, role: str, seat: object) -> None:
            try:
                gate.wait(10)
                role_give(user=newcomer, actor=actor, role=role, seat=seat)
                outcomes.append("given")
            except Conflict:
                outcomes.append("refused")
            finally:
                connection.close()

        threads = [
            threading.Thread(target=give, args=(admin, Role.COMMUNITY_WORKER, tree.community)),
            threading.Thread(target=give, args=(other, Role.AUDIT_ADMIN, tree.district)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(outcomes) == ["given", "refused"]
        assert newcomer.assignments.filter(last_day=None).count() == 1
        assert list(verify()) == []

    def test_two_administrators_remove_each_other(self, tree, admin):
        other = make_user(Role.SYSTEM_ADMIN, tree.district)
        outcomes: list[str] = []
        gate = threading.Barrier(2)
        assert admin.scope
        assert other.scope

        def remove(actor: User, row: RoleAssignment) -> None:
            try:
                gate.wait(10)
                role_end(assignment=row, actor=actor)
                outcomes.append("ended")
            except Conflict:
                outcomes.append("refused")
            finally:
                connection.close()

        pairs = [(admin, other.assignments.get()), (other, admin.assignments.get())]
        threads = [threading.Thread(target=remove, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(outcomes) == ["ended", "refused"]
        assert RoleAssignment.objects.filter(role=Role.SYSTEM_ADMIN, revoked_at=None).count() == 1
