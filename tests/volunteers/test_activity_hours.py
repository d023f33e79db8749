"""Hours of an activity: to the hundredth, confirmed for all at once, objected to, put right, voided."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import Http404

from accounts.models import Notification
from common import events as history
from common.errors import Conflict, Invalid, Refused
from tests.factories.accounts import make_user
from tests.factories.activities import DAY_BEFORE, END, START
from tests.volunteers.activity_support import at, fresh, serve
from volunteers.choices import ActivityState, VolunteerState
from volunteers.models import Account, Activity, ServiceRecord, Volunteer
from volunteers.services.attendance import sign_in
from volunteers.services.hours import (
    Given,
    activity_confirm,
    hours_correct,
    hours_object,
    hours_seen,
    objection_answer,
    proposed_hours,
    record_void,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def finish(activity):
    Activity.objects.filter(pk=activity.pk).update(state=ActivityState.ENDED)
    activity.refresh_from_db()


def confirm(activity, worker, given=None):
    finish(activity)
    with at(END + timedelta(hours=1)):
        return activity_confirm(activity=activity, actor=worker, given=given)


# --- hours


def test_hours_lie_inside_the_activity_and_are_exact(join):
    early_and_late = serve(join(), START - 45 * MINUTE, END + 50 * MINUTE)
    assert proposed_hours(early_and_late) == Decimal("3.00")
    seconds = serve(join(), START + timedelta(seconds=18), END)  # 2.995 h, half up
    assert proposed_hours(seconds) == Decimal("3.00")
    more = serve(join(), START + timedelta(seconds=19), END)
    assert proposed_hours(more) == Decimal("2.99")


def test_all_hours_are_confirmed_at_once_with_points(worker, activity, join):
    full, half, away = serve(join()), serve(join(), START, START + 90 * MINUTE), join()
    given = {full.pk: Given(Decimal("3.00")), half.pk: Given(Decimal("1.00"), "中途离开半小时")}
    assert confirm(activity, worker, given).state == "confirmed"
    assert [(row.hours, row.started_at, row.ended_at, row.what) for row in ServiceRecord.objects.order_by("pk")] == [
        (Decimal("3.00"), START, END, "楼道清洁"), (Decimal("1.00"), START, START + 90 * MINUTE, "楼道清洁"),
    ]  # fmt: skip
    assert [(fresh(row).state, fresh(row).hours, fresh(row).correction) for row in (full, half, away)] == [
        ("confirmed", Decimal("3.00"), ""), ("confirmed", Decimal("1.00"), "中途离开半小时"), ("absent", None, ""),
    ]  # fmt: skip
    balances = Account.objects.filter(volunteer__in=[full.volunteer, half.volunteer]).order_by("pk")
    assert [account.balance for account in balances] == [Decimal("3.00"), Decimal("1.00")]
    event = history.timeline(activity).first()
    assert history.kind_of(event.kind).describe(event.data) == "2 人，共 4.00 小时；未到 1 人"
    with pytest.raises(Conflict, match="已完成"):
        activity_confirm(activity=activity, actor=worker)
    assert list(history.verify()) == []


def test_nothing_is_confirmed_while_somebody_is_still_there(worker, activity, join):
    done, here = serve(join()), join()
    with at(START):
        sign_in(participation=here)
    with pytest.raises(Conflict, match=f"还有 1 人没有签退（{here.volunteer.number}）"):
        confirm(activity, worker)
    assert (fresh(done).state, ServiceRecord.objects.count()) == ("served", 0)
    assert Activity.objects.get(pk=activity.pk).state == "ended"


@pytest.mark.parametrize(
    ("hours", "reason", "words"),
    [("2.00", "", "写明理由"), ("3.01", "多算一点", "超过了签到签退之间的 3.00 小时"), ("1.005", "x", "最多两位小数"), ("-1", "x", "0 或正数")],
)  # fmt: skip
def test_hours_are_lowered_with_a_reason_only(worker, activity, join, hours, reason, words):
    row = serve(join())
    with pytest.raises(Invalid, match=words):
        confirm(activity, worker, {row.pk: Given(Decimal(hours), reason)})
    assert (fresh(row).state, fresh(row).hours, ServiceRecord.objects.count()) == ("served", None, 0)
    confirm(activity, worker, {row.pk: Given(Decimal("2.00"), "中途离开")})
    assert ServiceRecord.objects.get().hours == Decimal("2.00")


def test_hours_of_nought_count_as_absent(worker, activity, join):
    row = serve(join())
    confirm(activity, worker, {row.pk: Given(Decimal(0), "代签，本人没有来")})
    assert (fresh(row).state, fresh(row).correction) == ("absent", "代签，本人没有来")
    assert not ServiceRecord.objects.exists()


def test_a_list_that_has_changed_meanwhile_is_looked_at_again(worker, activity, join):
    seen, later = serve(join()), serve(join())
    with pytest.raises(Conflict, match="名单在您打开页面之后有变化"):
        confirm(activity, worker, {seen.pk: Given(Decimal("3.00"))})
    assert fresh(later).state == "served"


def test_an_overlap_with_other_records_confirms_nothing(tree, worker, activity, join):
    row, other = serve(join()), serve(join())
    ServiceRecord.objects.create(
        volunteer=row.volunteer, unit=tree.community, source="order", theme="civility", what="送餐", day=START.date(),
        started_at=END - MINUTE, ended_at=END + MINUTE, hours="0.03", confirmed_at=END,
        policy_id=_points_policy(),
    )  # fmt: skip
    with pytest.raises(Conflict, match=f"志愿者 {row.volunteer.number} 在这段时间已有服务记录“送餐”"):
        confirm(activity, worker)
    assert [fresh(one).state for one in (row, other)] == ["served", "served"]
    assert ServiceRecord.objects.count() == 1


def _points_policy():
    from common.models import Policy

    return Policy.objects.get(key="points").pk


def test_hours_before_leaving_count_and_nothing_of_the_erased_is_written(worker, activity, join):
    left, erased = serve(join()), serve(join())
    Volunteer.objects.filter(pk=left.volunteer_id).update(state=VolunteerState.LEFT, left_on=START.date())
    Volunteer.objects.filter(pk=erased.volunteer_id).update(state=VolunteerState.ERASED)
    confirm(activity, worker)
    assert [record.volunteer_id for record in ServiceRecord.objects.all()] == [left.volunteer_id]
    assert (fresh(erased).state, fresh(erased).correction) == ("absent", "志愿者已注销，不再记录")


def test_somebody_who_left_before_the_day_has_no_hours(worker, activity, join):
    row = serve(join())
    Volunteer.objects.filter(pk=row.volunteer_id).update(state=VolunteerState.LEFT, left_on=DAY_BEFORE.date())
    with pytest.raises(Invalid, match="不在册"):
        confirm(activity, worker)
    assert not ServiceRecord.objects.exists()


# --- after the confirmation


def test_the_volunteer_sees_and_objects_and_the_unit_is_told(worker, activity, join):
    row = serve(join(), START, START + 60 * MINUTE)
    with pytest.raises(Conflict, match="时长还没有确认"):
        hours_object(participation=row, text="我做到了最后")
    confirm(activity, worker)
    with at(END + timedelta(days=1)):
        shown = {"volunteer": row.volunteer, "records": list(row.records.all())}
        assert (hours_seen(**shown), hours_seen(**shown)) == (1, 0)
        hours_object(participation=row, text="我做到了最后")
        with pytest.raises(Conflict, match="等组织者答复"):
            hours_object(participation=row, text="再说一次")
    row = fresh(row)
    assert (row.seen_at, row.objection) == (END + timedelta(days=1), "我做到了最后")
    told = Notification.objects.get()
    assert (told.unit, told.url) == (activity.unit, activity.get_absolute_url())
    assert told.text == f"志愿者 {row.volunteer.number} 对“楼道清洁”的时长有异议，请核实答复。"
    objection_answer(participation=row, actor=worker, text="以签退为准")
    assert (fresh(row).objection_answer, fresh(row).notice) == ("以签退为准", "您的异议已答复：以签退为准")
    with pytest.raises(Conflict, match="没有待答复"):
        objection_answer(participation=row, actor=worker, text="再答一次")
    hours_object(participation=row, text="还是不对")  # a new one after the answer
    assert (fresh(row).objection, fresh(row).objection_answer) == ("还是不对", "")
    assert list(history.verify()) == []


def test_confirmed_hours_are_put_right_by_a_new_record(worker, activity, join):
    row = serve(join(), START, START + 60 * MINUTE)
    confirm(activity, worker)
    hours_object(participation=row, text="我做到了最后")
    with at(END + timedelta(days=1)):
        hours_correct(
            participation=row, actor=worker, signed_in_at=START, signed_out_at=END, reason="同组三人证明", hours=None
        )
    row = fresh(row)
    assert (row.state, row.hours, row.seen_at) == ("confirmed", Decimal("3.00"), None)
    assert row.objection_answer == "已更正为 3.00 小时：同组三人证明"
    assert [(record.hours, record.voided_at is None) for record in row.records.order_by("pk")] == [
        (Decimal("1.00"), False), (Decimal("3.00"), True),
    ]  # fmt: skip
    assert Account.objects.get(volunteer=row.volunteer).balance == Decimal("3.00")
    assert list(history.verify()) == []


def test_an_absent_person_who_was_there_gets_their_hours_and_the_other_way_round(worker, activity, join):
    there, away = join(), serve(join())
    confirm(activity, worker)
    with at(END + timedelta(days=1)):
        hours_correct(
            participation=there,
            actor=worker,
            signed_in_at=START,
            signed_out_at=END,
            reason="漏签",
            hours=Decimal("2.5"),
        )
        hours_correct(participation=away, actor=worker, signed_in_at=None, signed_out_at=None, reason="代签")
    assert (fresh(there).state, fresh(there).hours) == ("confirmed", Decimal("2.50"))
    assert (fresh(away).state, fresh(away).hours) == ("absent", None)
    assert [record.volunteer for record in ServiceRecord.objects.filter(voided_at=None)] == [there.volunteer]
    assert Account.objects.get(volunteer=away.volunteer).balance == Decimal("0.00")


def test_a_record_is_voided_by_the_unit_that_wrote_it(tree, worker, activity, join):
    row = serve(join())
    confirm(activity, worker)
    record = ServiceRecord.objects.get()
    Volunteer.objects.filter(pk=row.volunteer_id).update(unit=tree.sister_community)
    neighbour = make_user("community_worker", tree.sister_community)
    with pytest.raises(Refused, match="“江湾社区”登记"):
        record_void(record=record, actor=neighbour, reason="不对")
    with pytest.raises(Http404):
        record_void(record=record, actor=make_user("community_worker", tree.other_community), reason="不对")
    record.refresh_from_db()
    assert record.voided_at is None
    record_void(record=record, actor=worker, reason="记错了人")
    record.refresh_from_db()
    assert record.voided_at is not None
    assert (fresh(row).state, fresh(row).hours) == ("served", None)
    assert Account.objects.get(volunteer=row.volunteer).balance == Decimal("0.00")
