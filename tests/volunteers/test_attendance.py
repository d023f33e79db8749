"""The day of an activity and its hours: signing by code and by list, what was forgotten, hours to the hundredth, objections."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.http import Http404

from accounts.models import Notification
from common import events as history
from common.errors import Conflict, Invalid, Refused
from tests.factories.accounts import make_user
from tests.factories.activities import DAY_BEFORE, END, START, make_activity, make_participation
from tests.factories.volunteers import make_programme, make_service_rules, make_volunteer
from volunteers import sign_codes
from volunteers.choices import ActivityState, VolunteerState
from volunteers.models import Account, Activity, Participation, ServiceRecord, Volunteer
from volunteers.services.attendance import attendance_correct, mark_absent, sign_in, sign_out, sign_out_all
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


def at(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


@pytest.fixture
def worker(staff):
    make_service_rules()
    make_programme()
    return staff["community_worker"]


@pytest.fixture
def activity(tree, worker):
    return make_activity(tree.community)


@pytest.fixture
def join(tree, activity):
    """``join()``: somebody who joined the day before."""

    def joined(**fields):
        with at(DAY_BEFORE):
            return make_participation(activity, make_volunteer(tree.community, **fields))

    return joined


def fresh(row):
    return Participation.objects.select_related("activity", "volunteer").get(pk=row.pk)


def serve(row, start=START, end=END):
    with at(start):
        sign_in(participation=row)
    with at(end):
        sign_out(participation=row)
    return fresh(row)


def finish(activity):
    Activity.objects.filter(pk=activity.pk).update(state=ActivityState.ENDED)
    activity.refresh_from_db()


def confirm(activity, worker, given=None):
    finish(activity)
    with at(END + timedelta(hours=1)):
        return activity_confirm(activity=activity, actor=worker, given=given)


# --- the code of the screen


def test_a_code_lives_for_its_slot_and_the_next(activity):
    token = sign_codes.token(activity, "in", START)
    scan = sign_codes.parse(token)
    assert scan is not None
    assert (scan.activity_id, scan.kind) == (activity.pk, "in")
    second = timedelta(seconds=1)
    begin = datetime.fromtimestamp(START.timestamp() // 120 * 120, START.tzinfo)
    for moment, holds in ((begin, True), (begin + 240 * second - second, True), (begin + 240 * second, False)):
        assert sign_codes.holds(sign_codes.parse(sign_codes.token(activity, "in", begin)), activity, moment) is holds
    assert not sign_codes.holds(scan, activity, START - timedelta(seconds=121))  # not before its time
    out = sign_codes.Scan(activity.pk, "out", scan.code)
    assert not sign_codes.holds(out, activity, START)


def test_a_code_belongs_to_its_activity(tree, activity):
    other = make_activity(tree.community)
    scan = sign_codes.parse(sign_codes.token(activity, "in", START))
    assert not sign_codes.holds(scan, other, START)


@pytest.mark.parametrize(
    "text", ["", "x", "12", "12-in", "12-in-", "12-up-ABC", "-in-ABC", "²-in-ABC", "9" * 20 + "-in-A"]
)
def test_what_is_no_code_is_none(text):
    assert sign_codes.parse(text) is None


# --- signing


def test_in_and_out_with_the_times_of_the_server(join):
    row = serve(join(), START + 12 * MINUTE, END - 6 * MINUTE)
    assert (row.state, row.signed_in_at, row.signed_out_at) == ("served", START + 12 * MINUTE, END - 6 * MINUTE)
    assert proposed_hours(row) == Decimal("2.70")
    kinds = [(event.kind, event.data.get("late")) for event in history.timeline(row)]
    assert kinds == [
        ("participation.signed_out", None), ("participation.signed_in", "，迟到 12 分钟"), ("participation.joined", None),
    ]  # fmt: skip


def test_twice_or_from_two_phones_changes_nothing_and_says_so(join):
    row = join()
    with at(START):
        first = sign_in(participation=row)
    with at(START + 5 * MINUTE):
        again = sign_in(participation=row)
    assert (first.new, first.text) == (True, "签到成功，08:30。")
    assert (again.new, again.text) == (False, "已在 08:30 签到，不用再签。")
    with at(END):
        sign_out(participation=row)
    with at(END + MINUTE):
        assert sign_out(participation=row).text == "已在 11:30 签退，不用再签。"
        assert sign_in(participation=row).text == "已在 08:30 签到，不用再签。"
    assert (fresh(row).signed_in_at, fresh(row).signed_out_at, fresh(row).event_seq) == (START, END, 3)


def test_out_before_in_is_refused(join):
    row = join()
    with at(START + MINUTE):
        with pytest.raises(Refused, match="还没有签到，不能签退"):
            sign_out(participation=row)
        sign_in(participation=row)
        assert sign_out(participation=row).new
    assert fresh(row).state == "served"


@pytest.mark.parametrize(
    ("moment", "words"),
    [(START - 61 * MINUTE, "11-25 07:30 开始签到"), (END + MINUTE, "请组织者补签"), (START - 60 * MINUTE, ""), (END, "")],
)  # fmt: skip
def test_signing_in_opens_an_hour_before_and_closes_with_the_end(join, moment, words):
    row = join()
    with at(moment):
        if words:
            with pytest.raises(Refused, match=words):
                sign_in(participation=row)
        else:
            sign_in(participation=row)
    assert fresh(row).state == ("joined" if words else "present")


@pytest.mark.parametrize(
    ("moment", "words"),
    [(START - MINUTE, "还没有开始"), (END + 61 * MINUTE, "签退时间已过"), (START, ""), (END + 60 * MINUTE, "")],
)
def test_signing_out_is_possible_until_an_hour_after(join, moment, words):
    row = join()
    with at(START - 30 * MINUTE):
        sign_in(participation=row)
    with at(moment):
        if words:
            with pytest.raises(Refused, match=words):
                sign_out(participation=row)
        else:
            sign_out(participation=row)
    assert fresh(row).state == ("present" if words else "served")


def test_a_clock_that_was_put_back_writes_nothing_impossible(join):
    row = join()
    with at(START + 30 * MINUTE):
        sign_in(participation=row)
    with at(START + 29 * MINUTE):
        with pytest.raises(Conflict, match="系统时间早于签到时间"):
            sign_out(participation=row)
    assert (fresh(row).state, fresh(row).signed_out_at) == ("present", None)


def test_only_those_with_a_place_sign_in_but_the_organiser_may_let_somebody_in(tree, worker, activity, join):
    Activity.objects.update(capacity=1)
    holder, waits = join(), join()
    with at(START):
        with pytest.raises(Refused, match="候补名单第 1 位"):
            sign_in(participation=waits)
        with pytest.raises(Refused, match="名额已满"):
            sign_in(participation=waits, by=worker)
        mark_absent(participation=holder, by=worker)
        assert fresh(waits).state == "waiting"  # nobody is moved up unasked once it has begun
        assert sign_in(participation=waits, by=worker).new
        with pytest.raises(Refused, match="已记为未到"):
            sign_in(participation=holder)
    assert (fresh(holder).state, fresh(waits).state) == ("absent", "present")


def test_only_the_organiser_ticks_off(tree, worker, activity, join):
    row = join()
    neighbour = make_user("community_worker", tree.sister_community)
    Volunteer.objects.filter(pk=row.volunteer_id).update(unit=tree.sister_community)
    with at(START):
        for verb in (sign_in, sign_out, mark_absent):
            with pytest.raises(Http404):
                verb(participation=row, by=neighbour)
        assert fresh(row).state == "joined"
        assert sign_in(participation=row, by=worker).new
    assert history.timeline(row).first().actor == worker


def test_everybody_who_is_there_goes_at_once(worker, activity, join):
    here, gone, away = join(), join(), join()
    with at(START):
        sign_in(participation=here)
        sign_in(participation=gone)
    with at(END - MINUTE):
        sign_out(participation=gone)
    with at(END):
        assert (sign_out_all(activity=activity, by=worker), sign_out_all(activity=activity, by=worker)) == (1, 0)
    assert [fresh(row).state for row in (here, gone, away)] == ["served", "served", "joined"]
    assert fresh(gone).signed_out_at == END - MINUTE


def test_absent_only_after_the_start(worker, join):
    row = join()
    with at(START - MINUTE):
        with pytest.raises(Refused, match="还没有开始"):
            mark_absent(participation=row, by=worker)
    assert fresh(row).state == "joined"
    with at(START):
        assert mark_absent(participation=row, by=worker).state == "absent"


# --- corrections


def test_a_forgotten_sign_out_is_put_right_with_a_reason(worker, join):
    row = join()
    with at(START):
        sign_in(participation=row)
    times = {"signed_in_at": START, "signed_out_at": END - 15 * MINUTE}
    with at(END + timedelta(days=1)):
        with pytest.raises(Invalid, match="写明理由"):
            attendance_correct(participation=row, by=worker, reason=" ", **times)
        attendance_correct(participation=row, by=worker, reason="忘记签退，11:15 离开", **times)
    row = fresh(row)
    assert (row.state, row.correction, proposed_hours(row)) == ("served", "忘记签退，11:15 离开", Decimal("2.75"))
    event = history.timeline(row).first()
    assert history.kind_of(event.kind).audit
    assert event.data == {"summary": "签到 08:30，签退 11:15", "reason": "忘记签退，11:15 离开"}


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (None, END, "signed_in_at"), (START - 61 * MINUTE, END, "signed_in_at"), (END + MINUTE, None, "signed_in_at"),
        (START, START - MINUTE, "signed_out_at"), (START, END + timedelta(days=2), "signed_out_at"),
    ],
)  # fmt: skip
def test_times_that_cannot_be_are_refused_at_their_field(worker, join, start, end, field):
    row = join()
    with at(END + timedelta(hours=1)):
        with pytest.raises(Invalid) as refusal:
            attendance_correct(participation=row, by=worker, signed_in_at=start, signed_out_at=end, reason="补签")
        assert refusal.value.field == field
        assert fresh(row).state == "joined"
        attendance_correct(participation=row, by=worker, signed_in_at=START, signed_out_at=END, reason="补签")
    assert fresh(row).state == "served"


def test_a_wrong_tick_is_taken_back(worker, join):
    row = join()
    nothing = {"signed_in_at": None, "signed_out_at": None, "reason": "点错了人"}
    with at(START - 10 * MINUTE):
        sign_in(participation=row, by=worker)
        assert attendance_correct(participation=row, by=worker, **nothing).state == "joined"
    with at(START):
        sign_in(participation=row, by=worker)
        assert attendance_correct(participation=row, by=worker, **nothing).state == "absent"


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
        assert (hours_seen(volunteer=row.volunteer), hours_seen(volunteer=row.volunteer)) == (1, 0)
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
