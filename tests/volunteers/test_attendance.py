"""The day of an activity: signing by code and by list, at what times, and what was forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.http import Http404

from common import events as history
from common.errors import Conflict, Invalid, Refused
from tests.factories.accounts import make_user
from tests.factories.activities import END, START, make_activity
from tests.volunteers.activity_support import at, fresh, serve
from volunteers import sign_codes
from volunteers.models import Activity, Volunteer
from volunteers.services.attendance import attendance_correct, mark_absent, sign_in, sign_out, sign_out_all
from volunteers.services.hours import (
    proposed_hours,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


# --- the code of the screen


def test_a_code_lives_for_its_slot_and_the_next(activity):
    token = sign_codes.token(activity, "in", START)
    scan = sign_codes.parse(token)
    assert scan is not None
    assert (scan.pk, scan.kind) == (activity.pk, "in")
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
