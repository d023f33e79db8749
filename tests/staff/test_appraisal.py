"""A period of appraisal: opened, measured, scored, added up, published by another, appealed, made final."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.http import Http404

from accounts.models import Notification
from common.errors import Conflict, Invalid, Refused
from common.models import Event
from staff.appraisal.score import ranks_of
from staff.models import Appraisal, AppraisalMeasure, AppraisalResult, AppraisalScore, Leave, StaffPost
from staff.selectors.appraisal import with_ranks
from staff.services.appraisal import appraisal_close, appraisal_measure, appraisal_open, appraisal_publish
from staff.services.appraisal_appeals import appeal_ask, appeal_take_back, result_correct
from staff.services.appraisal_reckoning import proof
from staff.services.appraisal_sheets import sheet_excuse, sheet_save, sheet_send
from staff.workflow import APPEAL_FLOW, APPRAISAL_FLOW
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_user
from tests.factories.staff import make_worker
from tests.staff.appraisal_support import JULY, Office, give, give_all, indicator, level, make_office, result_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_october() -> Any:
    with time_machine.travel("2026-10-09T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def office(tree: Any, staff: Any) -> Office:
    return make_office(tree, staff["street_officer"])


@pytest.fixture
def worker(tree: Any, staff: Any) -> Any:
    return make_worker(tree.community, user=staff["community_worker"])


class TestOpening:
    def test_everybody_in_office_takes_part_and_judges_get_sheets(self, tree, office, worker):
        other = make_worker(tree.other_community)
        make_worker(tree.community, entered_on=date(2026, 10, 1))
        make_worker(tree.community, state="left", left_on=date(2026, 5, 1))
        row = office.open()
        assert (row.first_day, row.last_day, row.judge_until) == (JULY, date(2026, 9, 30), date(2026, 10, 15))
        assert set(row.appraised.values_list("worker", flat=True)) == {worker.pk, other.pk}
        sheet = row.sheets.get()
        assert (sheet.judge, sheet.scores.count()) == (office.street, 1)
        told = Notification.objects.get(user=office.street)
        assert told.text == f"请为{row}打分，2026-10-15 前提交。"
        assert str(row).endswith("2026 年第三季度社区工作者考核")
        data = Event.objects.get(stream=row.stream).data
        assert (data["people"], data["judges"]) == (2, 1)

    def test_nobody_judges_himself(self, tree, office):
        officer = make_worker(tree.street, user=office.street)
        row = office.open()
        assert not AppraisalScore.objects.filter(appraised__worker=officer, sheet__judge=office.street).exists()
        assert not row.sheets.exists()

    @pytest.mark.parametrize(
        ("values", "error", "words"),
        [
            ({"first": date(2026, 10, 10)}, None, ""), ({"first": date(2027, 1, 1)}, Invalid, "还没有开始"),
            ({"subject": "community", "first": JULY}, None, ""),
        ],
    )  # fmt: skip
    def test_days(self, office, worker, values, error, words):
        if error is None:
            assert office.open(**values).pk
            return
        with pytest.raises(error, match=words):
            office.open(**values)
        assert Appraisal.objects.count() == 0

    def test_not_twice_for_the_same_people(self, tree, office, worker):
        office.open()
        with pytest.raises(Conflict, match="已经开始"):
            appraisal_open(
                actor=office.street, unit=tree.street, subject="worker", cycle="quarter", first_day=date(2026, 8, 1)
            )
        office.open(cycle="year", first=JULY)
        assert Appraisal.objects.count() == 2

    def test_only_by_whoever_organises_there(self, tree, staff, office, worker):
        before = contents()
        for user, unit in ((office.street, tree.district), (staff["community_worker"], tree.community)):
            with pytest.raises(Refused):
                appraisal_open(actor=user, unit=unit, subject="worker", cycle="quarter", first_day=JULY)
        assert changed_since(before) == set()

    def test_newcomers_are_left_out_by_the_rule(self, tree, staff, worker):
        office = make_office(tree, staff["street_officer"], least_months=6)
        make_worker(tree.community, entered_on=date(2026, 4, 1))
        early = make_worker(tree.community, entered_on=date(2026, 3, 30))
        assert set(office.open().appraised.values_list("worker", flat=True)) == {worker.pk, early.pk}


class TestMeasuring:
    def test_attendance_by_approved_leave_again_and_again_the_same(self, office, worker):
        for kind, state in (("personal", "approved"), ("annual", "approved")):
            Leave.objects.create(
                worker=worker, kind=kind, state=state, asked_at="2026-07-01T00:00Z",
                first_day=date(2026, 7, 6) if kind == "personal" else date(2026, 7, 13),
                last_day=date(2026, 7, 10) if kind == "personal" else date(2026, 7, 17),
            )  # fmt: skip
        row = office.open()
        seen = []
        for _ in range(2):
            row = appraisal_measure(appraisal=row, actor=office.one)
            seen.append(list(AppraisalMeasure.objects.values_list("key", "side", "numerator", "denominator")))
        # Working days of July to September 2026: 23 + 21 + 23, with the make-up day of 20 September.
        assert seen[0] == seen[1] == [("attendance", "home", Decimal("61.00"), Decimal("66.00"))]
        give_all(row, "90")
        row = appraisal_close(appraisal=row, actor=office.one)
        result = result_of(row, worker)
        line = next(line for line in result.lines if line["key"] == "attendance")
        # 61 ÷ 66 = 92.42 %; from 80 to 100: 62.10 points.
        assert (line["points"], line["numerator"], line["denominator"]) == ("62.10", "61.00", "66.00")
        assert line["why"] == "本人出勤率 92.42%（61/66）；80% 为零分，100% 为满分"
        # (90 × 60 + 62.10 × 40) ÷ 100
        assert (result.score, result.level) == (Decimal("78.84"), "合格")


class TestSheets:
    def test_bounded_complete_and_only_ones_own(self, tree, staff, office, worker):
        row = office.open()
        sheet = row.sheets.get()
        item = sheet.scores.get()
        with pytest.raises(Conflict, match="还有 1 项没有打分"):
            sheet_send(sheet=sheet, user=office.street)
        for wrong in ("-0.01", "100.01"):
            with pytest.raises(Invalid, match="0 至 100"):
                sheet_save(sheet=sheet, user=office.street, points={item.pk: Decimal(wrong)})
        with pytest.raises(IntegrityError), transaction.atomic():
            AppraisalScore.objects.filter(pk=item.pk).update(points=101)
        with pytest.raises(Invalid, match="没有这一项"):
            sheet_save(sheet=sheet, user=office.street, points={item.pk + 1000: Decimal(90)})
        for other in (office.one, staff["community_worker"]):
            with pytest.raises(Http404):
                sheet_save(sheet=sheet, user=other, points={item.pk: Decimal(90)})
        item.refresh_from_db()
        assert item.points is None

    def test_what_is_changed_after_sending_is_sent_again(self, office, worker):
        row = office.open()
        sheet = row.sheets.get()
        give(sheet, "88.5")
        sheet.refresh_from_db()
        assert sheet.sent_at is not None
        sheet_save(sheet=sheet, user=office.street, points={sheet.scores.get().pk: Decimal(90)})
        sheet.refresh_from_db()
        assert sheet.sent_at is None
        with pytest.raises(Refused, match="还有打分表没有提交"):
            appraisal_close(appraisal=row, actor=office.one)

    def test_an_excused_judge_does_not_count(self, tree, office, worker):
        second = make_user("street_officer", tree.street, username="street2")
        row = office.open()
        first, late = (row.sheets.get(judge=user) for user in (office.street, second))
        give(first, "80")
        sheet_save(sheet=late, user=second, points={late.scores.get().pk: Decimal(0)})
        sheet_excuse(sheet=late, actor=office.one, why="出差")
        with pytest.raises(Conflict, match="免评"):
            sheet_send(sheet=late, user=second)
        row = appraisal_close(appraisal=row, actor=office.one)
        assert next(line["points"] for line in result_of(row, worker).lines if line["key"] == "judge_street") == "80.00"

    def test_nobody_excuses_himself_nor_somebody_elsewhere(self, tree, office, worker):
        row = office.open(unit=tree.street)
        sheet = row.sheets.get()
        with pytest.raises(Refused, match="不能免去自己"):
            sheet_excuse(sheet=sheet, actor=office.street, why="忙")
        with pytest.raises(Http404):
            sheet_excuse(sheet=sheet, actor=make_user("street_officer", tree.other_street), why="忙")


class TestPublishing:
    def test_by_somebody_else_and_then_nothing_changes(self, office, worker):
        row = office.closed("90")
        before = contents()
        with pytest.raises(Refused, match="由您汇总"):
            appraisal_publish(appraisal=row, actor=office.one)
        assert changed_since(before) == set()
        row = appraisal_publish(appraisal=row, actor=office.two)
        assert (row.state, row.appeal_until) == ("published", date(2026, 10, 13))
        assert proof(row) == []
        told = Notification.objects.get(user=worker.user, text__contains="已公示")
        assert told.text == "2026 年第三季度考核结果已公示：优秀。有异议的请在 2026-10-13 前申诉。"
        for change in (
            lambda: AppraisalScore.objects.update(points=1), lambda: AppraisalMeasure.objects.all().delete(),
            lambda: AppraisalResult.objects.update(score=1), lambda: AppraisalResult.objects.all().delete(),
            lambda: AppraisalResult.objects.create(
                appraised=row.appraised.get(), appraisal=row, score=1, set_at="2026-10-09T00:00Z"
            ),
            lambda: Appraisal.objects.update(state="open"), lambda: Appraisal.objects.update(people=7),
        ):  # fmt: skip
            with pytest.raises(IntegrityError), transaction.atomic():
                change()
        with pytest.raises(Conflict):
            appraisal_measure(appraisal=row, actor=office.one)

    def test_sent_back_it_is_open_again(self, office, worker):
        row = APPRAISAL_FLOW.perform("send_back", office.closed(), office.two, note="出勤有误")
        assert (row.state, row.reckoned_by, row.results.count()) == ("open", None, 0)
        assert row.sheets.filter(sent_at=None).count() == 1


class TestProof:
    def test_the_command_finds_a_result_that_was_changed_past_the_triggers(self, office, worker, capsys):
        row = office.published("90")
        call_command("verify_appraisals")
        out = capsys.readouterr()
        assert (out.out, out.err) == ("1 次考核一致。\n", "")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("UPDATE staff_appraisalresult SET score = score + 5")
            cursor.execute("SET LOCAL session_replication_role = origin")
        with pytest.raises(CommandError, match=r"^1 处不一致。$") as error:
            call_command("verify_appraisals")
        assert error.value.returncode == 1
        out = capsys.readouterr()
        assert (out.out, out.err) == ("", f"{row}：考核结果与公示时不一致\n")


class TestAppeals:
    def ask(self, row: Any, worker: Any, **values: Any) -> Any:
        one = row.appraised.get(worker=worker)
        return appeal_ask(
            **{"user": worker.user, "appraised": one, "text": "出勤少算一天", "request_key": uuid4(), **values}
        )

    def test_upheld_by_somebody_who_did_not_score_the_old_result_stays(self, office, worker):
        row = office.published("85")
        appeal = self.ask(row, worker)
        data = {"line": "home:judge_street", "points": "95", "note": "核实属实"}
        appeal = APPEAL_FLOW.perform("uphold", appeal, office.two, **data)
        assert (appeal.state, appeal.decided_by, appeal.answer) == ("upheld", office.two, "核实属实")
        old, new = AppraisalResult.objects.order_by("pk")
        assert (old.score, new.score, new.level, new.corrects) == (Decimal("91.00"), Decimal("97.00"), "优秀", old)
        assert new.why == "申诉成立：核实属实"
        assert proof(row) == []
        text = Notification.objects.filter(user=worker.user).latest("pk").text
        assert text == "您的申诉成立，得分由 91.00 改为 97.00：核实属实"

    def test_never_by_a_judge_nor_by_oneself(self, tree, staff, worker):
        office = make_office(tree, staff["street_officer"], indicators=[indicator("评价", "100", "judge_district")])
        own = make_worker(tree.street, user=office.two)
        third = make_user("district_officer", tree.district, username="third")
        row = office.published("85")
        appeal, of_two = self.ask(row, worker), self.ask(row, own)
        before = contents()
        with pytest.raises(Refused, match="评过分"):
            APPEAL_FLOW.perform("reject", appeal, office.one, note="维持")
        with pytest.raises(Refused, match="自己的考核"):
            APPEAL_FLOW.perform("reject", of_two, office.two, note="维持")
        with pytest.raises(Refused, match="不由您所在的单位"):
            APPEAL_FLOW.perform("reject", appeal, office.street, note="维持")
        with pytest.raises(Refused):
            APPEAL_FLOW.perform("reject", appeal, third, note="维持")
        assert changed_since(before) == set()

    def test_once_inside_the_days_and_only_ones_own(self, tree, office, worker):
        row = office.published()
        key = uuid4()
        first = self.ask(row, worker, request_key=key)
        assert self.ask(row, worker, request_key=key) == first
        with pytest.raises(Conflict, match="只能申诉一次"):
            self.ask(row, worker)
        appeal_take_back(appeal=first, user=worker.user)
        second = self.ask(row, worker)
        stranger = make_user("community_worker", tree.community)
        make_worker(tree.community, user=stranger)
        with pytest.raises(Http404):
            self.ask(row, worker, user=stranger)
        with pytest.raises(Http404):
            appeal_take_back(appeal=second, user=stranger)
        with time_machine.travel("2026-10-14T09:00:00+08:00", tick=False), pytest.raises(Conflict, match="已经过期"):
            self.ask(row, worker)

    def test_final_only_after_the_days_and_all_answers(self, office, worker):
        row = office.published()
        with pytest.raises(Refused, match="申诉期到 2026-10-13"):
            APPRAISAL_FLOW.perform("finish", row, office.one)
        appeal = self.ask(row, worker)
        with time_machine.travel("2026-10-14T09:00:00+08:00", tick=False):
            with pytest.raises(Refused, match="还有 1 件申诉"):
                APPRAISAL_FLOW.perform("finish", row, office.one)
            APPEAL_FLOW.perform("reject", appeal, office.one, note="核对无误")
            row = APPRAISAL_FLOW.perform("finish", row, office.one)
        assert (row.state, row.finished_by) == ("final", office.one)

    def test_a_community_appeals_through_its_own_people(self, tree, staff, office):
        row = office.published("70", subject="community")
        one = row.appraised.get(unit=tree.community)
        user = staff["community_worker"]
        with pytest.raises(Http404):
            appeal_ask(user=office.street, appraised=one, text="有误", request_key=uuid4())
        other = row.appraised.get(unit=tree.sister_community)
        with pytest.raises(Http404):
            appeal_ask(user=user, appraised=other, text="有误", request_key=uuid4())
        assert appeal_ask(user=user, appraised=one, text="有误", request_key=uuid4()).appraised == one


class TestFinal:
    @pytest.fixture
    def final(self, office: Office, worker: Any) -> Any:
        row = office.published("90", cycle="year", first=date(2025, 1, 1))
        with time_machine.travel("2026-10-14T09:00:00+08:00", tick=False):
            yield APPRAISAL_FLOW.perform("finish", row, office.one)

    def test_a_years_result_is_the_annual_review(self, final, worker):
        review = worker.reviews.get(year=2025)
        assert (review.result, review.source.result) == ("excellent", result_of(final, worker))
        event = Event.objects.filter(stream=worker.stream).latest("seq")
        assert event.data["source"] == f"，{final}"

    def test_a_correction_is_a_new_result_with_a_reason_and_reaches_the_review(self, office, final, worker):
        one = final.appraised.get(worker=worker)
        with pytest.raises(Invalid, match="更正理由"):
            result_correct(appraised=one, actor=office.two, line="home:judge_street", points="10", why=" ")
        with pytest.raises(Refused, match="评过分|不由您组织"):
            result_correct(appraised=one, actor=office.street, line="home:judge_street", points="10", why="核查")
        fresh = result_correct(appraised=one, actor=office.two, line="home:judge_street", points="10", why="弄虚作假")
        # (10 × 60 + 100 × 40) ÷ 100
        assert (fresh.score, fresh.level, fresh.why) == (Decimal("46.00"), "不合格", "弄虚作假")
        assert worker.reviews.get(year=2025).result == "failed"
        assert AppraisalResult.objects.count() == 2
        with pytest.raises(IntegrityError), transaction.atomic():
            AppraisalResult.objects.filter(pk=fresh.pk).update(score=99)


class TestTwoSides:
    """双管双评: both units' judges, by the shares of the rule."""

    def test_home_and_host_each_score(self, tree, office, worker):
        host = make_user("street_officer", tree.other_street, username="host")
        StaffPost.objects.create(
            worker=worker, unit=tree.other_community, rank="worker", kind="seconded", valid_from=date(2026, 8, 1)
        )
        row = office.open()
        give(row.sheets.get(judge=office.street), "80")
        give(row.sheets.get(judge=host), "100")
        row = appraisal_close(appraisal=row, actor=office.one)
        result = result_of(row, worker)
        # Home (80 × 60 + 100 × 40) ÷ 100 = 88, host 100; 60 % and 40 %.
        assert (result.home_score, result.host_score, result.score) == (Decimal(88), Decimal(100), Decimal("92.80"))
        assert [line["side"] for line in result.lines] == ["home", "home", "host", "host"]


class TestRanks:
    def test_equal_scores_share_a_place_in_the_street_and_in_all(self, tree, office):
        row = office.open(subject="community")
        other = make_user("street_officer", tree.other_street)
        assert not row.sheets.filter(judge=other).exists()
        row.sheets.all()
        for sheet in row.sheets.select_related("judge"):
            for score in sheet.scores.select_related("appraised__unit"):
                given = {tree.community.pk: 90, tree.sister_community.pk: 80}.get(score.appraised.unit_id, 90)
                sheet_save(sheet=sheet, user=sheet.judge, points={score.pk: Decimal(given)})
            sheet_send(sheet=sheet, user=sheet.judge)
        row = appraisal_close(appraisal=row, actor=office.one)
        ranked = {
            one.appraised.unit_id: (one.place, one.street_place)
            for one in with_ranks(row.results.all()).select_related("appraised")
        }
        # The other street has nobody who judges: its community has no score, and no place.
        assert ranked == {
            tree.community.pk: (1, 1), tree.sister_community.pk: (2, 2), tree.other_community.pk: (None, None),
        }  # fmt: skip
        scores = dict(row.results.values_list("appraised__unit", "score"))
        assert ranks_of(scores) == {key: place for key, (place, _) in ranked.items() if place}


def test_shares_of_a_level(tree, staff):
    levels = [level("优秀", "90", share="20"), level("合格", "0")]
    office = make_office(tree, staff["street_officer"], levels=levels)
    for _ in range(10):
        make_worker(tree.community)
    row = office.open()
    sheet = row.sheets.get()
    scores = dict(
        zip(sheet.scores.order_by("pk").values_list("pk", flat=True), [99, 98, 98, 97, *[91] * 6], strict=True)
    )
    sheet_save(sheet=sheet, user=office.street, points={key: Decimal(value) for key, value in scores.items()})
    sheet_send(sheet=sheet, user=office.street)
    row = appraisal_close(appraisal=row, actor=office.one)
    # Two places: the first takes one, the two with 98 would be too many and go down together.
    assert row.results.filter(level="优秀").count() == 1
    assert row.results.filter(level="合格").count() == 9
