"""The loop through the services, with exact states, times, clocks and events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from petitions import services
from petitions.choices import AssignmentRole, State
from petitions.models import Assignment, Clock, Petition, SupervisionCard
from petitions.workflow import FLOW
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db

# A Monday at 09:00 in Beijing; the profile works 08:00-11:30 and 13:30-17:00.
MONDAY = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)


def local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%m-%d %H:%M}"


def kinds(petition: Petition) -> list[str]:
    return [event.kind.removeprefix("petition.") for event in reversed(history.timeline(petition))]


def test_the_whole_loop_with_its_clocks(desk):
    with time_machine.travel(MONDAY, tick=False) as clock:
        petition = desk.register()
        assert (petition.state, local(petition.due_at)) == (State.REGISTERED, "11-16 15:00")
        clock.shift(timedelta(minutes=10))
        petition = desk.act(petition, "accept", "community_worker")
        petition = desk.act(petition, "dispatch", "community_worker", co_handlers=[desk.tree.enforcement])
        assert petition.lead == desk.tree.housing
        assert (local(petition.sign_due_at), local(petition.finish_due_at)) == ("11-16 15:10", "11-23 17:00")
        assert local(petition.due_at) == "11-16 15:10"
        clock.shift(timedelta(hours=1))
        petition = desk.act(petition, "sign", "department_handler")
        assert (petition.sign_in_time, local(petition.due_at)) == (True, "11-17 17:00")
        petition = desk.act(petition, "contact", "department_handler", way="phone", note="了解情况")
        assert (petition.contact_in_time, local(petition.due_at)) == (True, "11-23 17:00")
        clock.shift(timedelta(days=2))
        petition = desk.act(petition, "reply", "department_handler", reply="已整改。")
        assert (petition.finish_in_time, petition.reply, petition.due_at) == (True, "已整改。", None)
        petition = desk.act(petition, "verify", "community_worker")
        assert local(petition.due_at) == "11-23 17:00"
        petition = desk.act(petition, "callback", "community_worker", solved=True, satisfaction="basically")
        petition = desk.act(petition, "close", "community_worker", note="归档")
    assert (petition.state, petition.solved, petition.satisfaction) == (State.CLOSED, True, "basically")
    assert (local(petition.ended_at), petition.due_at) == ("11-18 10:10", None)
    assert kinds(petition) == [
        "registered", "accepted", "dispatched", "signed", "contacted", "replied", "verified", "called_back", "closed",
    ]  # fmt: skip
    assert not Clock.objects.filter(petition=petition, stopped_at=None).exists()
    assert list(history.verify()) == []


def test_dispatch_writes_lead_and_co_handlers_once_each(desk):
    petition = desk.bring_to(State.ACCEPTED)
    housing, enforcement = desk.tree.housing, desk.tree.enforcement
    desk.act(petition, "dispatch", "community_worker", co_handlers=[enforcement, housing, enforcement])
    rows = Assignment.objects.filter(petition=petition).values_list("role", "department", "limit")
    assert list(rows) == [
        (AssignmentRole.LEAD, housing.pk, "5wd"),
        (AssignmentRole.CO_HANDLER, enforcement.pk, "5wd"),
    ]


def test_a_limit_set_by_hand_replaces_the_categorys(desk):
    with time_machine.travel(MONDAY, tick=False):
        petition = desk.bring_to(State.ACCEPTED)
        petition = desk.act(petition, "dispatch", "community_worker", limit="2wd")
    assert local(petition.finish_due_at) == "11-18 17:00"


def test_a_short_limit_shrinks_the_other_clocks(desk):
    desk.category.limit = "2h"
    desk.category.save()
    with time_machine.travel(MONDAY, tick=False):
        petition = desk.bring_to(State.DISPATCHED)
    assert [local(petition.sign_due_at), local(petition.contact_due_at), local(petition.finish_due_at)] == [
        "11-16 10:00", "11-16 10:00", "11-16 11:00",
    ]  # fmt: skip


@pytest.mark.parametrize("limit", ["5", "wd", "-1wd", "5 fortnights", "999999999999wd", "１x"])
def test_an_unusable_limit_is_refused_and_nothing_changes(desk, row_of, limit):
    petition = desk.bring_to(State.ACCEPTED)
    before = row_of(petition)
    with pytest.raises(Invalid, match="时限"):
        desk.act(petition, "dispatch", "community_worker", limit=limit)
    assert row_of(petition) == before
    assert not Assignment.objects.exists()


def test_an_upheld_objection_takes_the_ticket_back(desk):
    petition = desk.bring_to(State.DISPATCHED)
    petition = desk.act(petition, "object", "department_handler", note="不属于住建职责")
    assert (petition.state, petition.lead) == (State.OBJECTED, desk.tree.housing)
    petition = desk.act(petition, "uphold_objection", "community_worker")
    assert (petition.state, petition.lead, petition.returns) == (State.ACCEPTED, None, 1)
    assert (petition.sign_due_at, petition.finish_due_at, petition.sign_in_time) == (None, None, None)
    assert (
        not Petition.objects.visible_to(desk.user("department_handler"), "petitions.handle")
        .filter(assignments__ended_at=None, pk=petition.pk)
        .exists()
    )
    petition = desk.act(petition, "dispatch", "community_worker", lead=desk.tree.enforcement)
    assert petition.lead == desk.tree.enforcement


def test_a_rejected_objection_keeps_the_limits(desk):
    petition = desk.bring_to(State.DISPATCHED)
    due = petition.sign_due_at
    petition = desk.act(petition, "object", "department_handler", note="不属于住建职责")
    petition = desk.act(petition, "reject_objection", "community_worker", note="三定方案明确为住建职责")
    assert (petition.state, petition.sign_due_at, petition.returns) == (State.DISPATCHED, due, 0)


def test_a_reply_needs_the_first_contact_unless_nobody_can_be_called(desk, row_of):
    petition = desk.bring_to(State.HANDLING)
    before = row_of(petition)
    with pytest.raises(Refused, match="首次联系"):
        desk.act(petition, "reply", "department_handler", reply="已处理")
    assert row_of(petition) == before

    nobody = desk.bring_to(State.HANDLING, name="", phone="")
    assert nobody.contact_due_at is None
    nobody = desk.act(nobody, "reply", "department_handler", reply="已处理")
    assert (nobody.state, nobody.contact_in_time) == (State.REPLIED, None)


def test_an_anonymous_ticket_is_closed_without_callback(desk):
    petition = desk.bring_to(State.HANDLING, name="", phone="")
    petition = desk.act(petition, "reply", "department_handler", reply="已处理")
    petition = desk.act(petition, "verify", "community_worker")
    assert petition.due_at is None
    with pytest.raises(Refused, match="无法回访"):
        desk.act(petition, "callback", "community_worker", solved=True, satisfaction="satisfied")
    petition = desk.act(petition, "close_uncalled", "community_worker", note="匿名")
    assert (petition.state, petition.solved) == (State.CLOSED, None)


def test_a_ticket_with_a_phone_is_not_closed_without_callback(desk, row_of):
    petition = desk.bring_to(State.VERIFIED)
    before = row_of(petition)
    with pytest.raises(Refused, match="请先回访"):
        desk.act(petition, "close_uncalled", "community_worker", note="不想打")
    assert row_of(petition) == before


def test_rework_starts_a_new_limit_and_late_stays_late(desk):
    with time_machine.travel(MONDAY, tick=False) as clock:
        petition = desk.bring_to(State.HANDLING)
        desk.act(petition, "contact", "department_handler", way="phone", note="联系")
        clock.shift(timedelta(days=9))
        petition = desk.act(petition, "reply", "department_handler", reply="迟到的答复")
        assert petition.finish_in_time is False
        petition = desk.act(petition, "rework", "community_worker", note="未到现场")
        assert (petition.state, petition.reworks, petition.replied_at) == (State.HANDLING, 1, None)
        assert local(petition.finish_due_at) == "12-02 17:00"
        petition = desk.act(petition, "reply", "department_handler", reply="已到现场")
    assert petition.finish_in_time is False


def test_a_second_dissatisfaction_is_red_at_once(desk):
    petition = desk.bring_to(State.VERIFIED)
    for count in (1, 2):
        petition = desk.act(petition, "callback", "community_worker", solved=False, satisfaction="dissatisfied")
        assert SupervisionCard.objects.filter(level="red").count() == count - 1
        if count == 1:
            petition = desk.act(petition, "rework", "community_worker", note="不满意")
            petition = desk.act(petition, "reply", "department_handler", reply="再次整改")
            petition = desk.act(petition, "verify", "community_worker")
    card = SupervisionCard.objects.get()
    assert (card.level, card.reason, card.petition_id) == ("red", "第 2 次回访不满意", petition.pk)
    assert list(history.verify()) == []


def test_extension_at_most_twice_by_the_street(desk, row_of):
    with time_machine.travel(MONDAY, tick=False):
        petition = desk.bring_to(State.HANDLING)
        with pytest.raises(Refused, match="没有“批准延期”的权限"):
            desk.act(petition, "extend", "community_worker", limit="3wd", note="等材料")
        for day in ("11-26 17:00", "12-01 17:00"):
            petition = desk.act(petition, "extend", "street_officer", limit="3wd", note="等材料")
            assert local(petition.finish_due_at) == day
        before = row_of(petition)
        with pytest.raises(Refused, match="已延期 2 次"):
            desk.act(petition, "extend", "street_officer", limit="3wd", note="还要等")
    assert row_of(petition) == before


def test_a_suspended_tickets_clocks_stand_still(desk):
    with time_machine.travel(MONDAY, tick=False) as clock:
        petition = desk.bring_to(State.HANDLING)
        until = timezone.localdate() + timedelta(days=7)
        petition = desk.act(petition, "suspend", "street_officer", note="等天暖施工", until=until)
        assert (petition.state, petition.due_at) == (State.SUSPENDED, None)
        clock.shift(timedelta(days=7))
        assert not Petition.objects.overdue().exists()
        petition = desk.act(petition, "resume", "street_officer")
    assert (petition.state, local(petition.finish_due_at)) == (State.HANDLING, "11-30 17:00")


def test_exclusion_takes_two_people(desk, row_of):
    petition = desk.bring_to(State.CLOSED)
    petition = desk.act(petition, "propose_exclusion", "street_officer", reason="no_basis", note="附政策文件")
    before = row_of(petition)
    with pytest.raises(Refused, match="不同的人"):
        desk.act(petition, "exclude", "street_officer")
    assert row_of(petition) == before
    petition = desk.act(petition, "exclude", "district_officer")
    assert petition.excluded_at is not None
    assert petition.state == State.CLOSED


def test_refusal_names_its_reason_and_stops_the_clock(desk):
    petition = desk.register()
    petition = desk.act(petition, "refuse", "community_worker", reason="legal_path", note="已在诉讼中")
    assert (petition.state, petition.refusal_reason, petition.due_at) == (State.REFUSED, "legal_path", None)
    assert petition.ended_at is not None


def test_outside_the_area_it_is_not_found_and_nothing_changes(desk, row_of):
    petition = desk.register()
    stranger = make_user("community_worker", desk.tree.sister_community)
    before = row_of(petition)
    with pytest.raises(Http404):
        services.petition_accept(petition=petition, actor=stranger, category=desk.category)
    assert row_of(petition) == before


def test_a_stale_copy_cannot_act_twice(desk, row_of):
    petition = desk.register()
    stale = Petition.objects.get(pk=petition.pk)
    desk.act(petition, "accept", "community_worker")
    before = row_of(petition)
    with pytest.raises(Conflict, match="当前状态为“待派单”，不能受理"):
        desk.act(stale, "accept", "community_worker")
    assert row_of(petition) == before


def test_a_unit_outside_the_area_cannot_be_given_the_ticket(desk, row_of):
    petition = desk.bring_to(State.ACCEPTED)
    before = row_of(petition)
    with pytest.raises(Refused, match="辖区以外"):
        desk.act(petition, "dispatch", "community_worker", lead=desk.tree.other_community)
    assert row_of(petition) == before


def test_a_report_is_not_given_to_whom_it_accuses(desk, row_of):
    petition = desk.bring_to(State.ACCEPTED, kind="report", about_department=desk.tree.housing)
    before = row_of(petition)
    with pytest.raises(Refused, match="第三十条"):
        desk.act(petition, "dispatch", "community_worker")
    assert row_of(petition) == before


def test_a_co_handler_answers_once(desk):
    petition = desk.bring_to(State.ACCEPTED)
    petition = desk.act(petition, "dispatch", "community_worker", co_handlers=[desk.tree.enforcement])
    helper = make_user("department_handler", desk.tree.enforcement)
    petition = FLOW.perform("co_reply", petition, helper, note="已巡查，无违停")
    row = petition.assignments.get(role=AssignmentRole.CO_HANDLER)
    assert row.reply == "已巡查，无违停"
    assert "co_reply" not in [action.name for action in FLOW.available(petition, helper)]


def test_every_action_has_its_service():
    assert FLOW.missing_services() == set()
