"""Grading in bulk: a new scheme, first grades, the January step; the page, the job, and the grade at the entry.

Figures by hand from 三岗十八级 (config/profiles/pay/jilin.toml), then 三档十二级 (three_bands.toml) from 1 October 2026: six full
years since 1 March 2020.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from accounts.services.rules import rule_add_version
from common import events as history
from common import jobs, policies
from common.errors import Conflict, Invalid
from common.imports import run_import
from common.models import Event, Job, Policy
from staff import events
from staff.choices import GradeReason, Rank
from staff.models import AnnualReview, Grade, PayChange, StaffPost, Worker, WorkerCertificate
from staff.policy_kinds import scheme_samples
from staff.selectors.grading import Batch, batch_of, batches, plans
from staff.services import grading
from staff.services.grades import grade_entered, grade_initial
from staff.services.grading import grade_in_bulk, start_grading
from staff.services.roster import worker_enter
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.staff import make_frozen_slip, make_grade, make_worker
from tests.factories.volunteers import make_id_number

pytestmark = pytest.mark.django_db
TODAY, SINCE = date(2026, 9, 16), date(2026, 10, 1)
URL = "/staff/grades/batch/"
FIRST = Batch(GradeReason.INITIAL)


@pytest.fixture(autouse=True)
def _september() -> Iterator[None]:
    with time_machine.travel(f"{TODAY} 10:00+08:00", tick=False):
        yield


def scheme(since: date = SINCE, **changes: Any) -> Policy:
    """三档十二级 from a day on, with some keys changed."""
    data = {**scheme_samples()["three_bands"][1], **changes}
    version = Policy.objects.create(key="pay_scheme", valid_from=since, data=data, note="通政发〔2026〕6号")
    policies.forget()
    return version


@pytest.fixture
def bands(payroll: Any) -> Batch:
    return Batch(GradeReason.SCHEME, version=scheme())


def grades_of(worker: Worker) -> list[tuple[int, str, date, date | None]]:
    found = Grade.objects.filter(worker=worker).order_by("valid_from")
    return [(row.grade, row.reason, row.valid_from, row.valid_to) for row in found]


def certify(worker: Worker, level: str = "assistant") -> None:
    WorkerCertificate.objects.create(worker=worker, level=level, issued_on=date(2021, 5, 1))


@pytest.fixture
def people(tree: Any, rules: None) -> dict[str, Worker]:
    """One for everything that a new scheme can mean to somebody."""
    unit = tree.community
    made = {
        "same": make_worker(unit, grade=3), "certified": make_worker(unit, grade=3),
        "old hand": make_worker(unit, grade=7, community_since=date(2006, 3, 1)),
        "head": make_worker(unit, grade=9, rank=Rank.HEAD), "renamed": make_worker(unit, grade=3),
        "ungraded": make_worker(unit, grade=None), "later": make_worker(unit, grade=3),
        "corrected": make_worker(unit, grade=3), "without post": make_worker(unit, grade=3),
        "to come": make_worker(unit, grade=None, entered_on=date(2026, 11, 2)),
        "elsewhere": make_worker(tree.other_community, grade=7, community_since=date(2006, 3, 1)),
    }  # fmt: skip
    certify(made["certified"])
    StaffPost.objects.filter(worker=made["renamed"]).update(rank=Rank.SPECIALIST)
    for name, since, reason in (("later", date(2026, 11, 1), "rank"), ("corrected", SINCE, "correction")):
        Grade.objects.filter(worker=made[name]).update(valid_to=since)
        make_grade(made[name], 5, since, reason=reason)
    StaffPost.objects.filter(worker=made["without post"]).update(valid_to=date(2026, 9, 30))
    return made


class TestNewScheme:
    def test_everybody_is_graded_anew_from_its_day(self, tree, payroll, people, bands):
        done = grade_in_bulk(batch=bands, unit=tree.street, actor=payroll)
        assert dict(done.outcomes) == {"rises": 2, "falls": 1, "renewed": 1, "stays": 2, "blocked": 4}
        assert dict(done.causes) == {
            "等级不变": 1, "入职在新方案之后": 1, "还没有定级": 1, "之后已有等级": 1, "当天已由人工更正": 1, "没有任职": 1,
        }  # fmt: skip
        first = (date(2020, 3, 1), SINCE)
        # 1 + ⌊6 ÷ 3⌋ + 助理 1; 1 + ⌊20 ÷ 3⌋ with a highest grade of 4; 9 + ⌊6 ÷ 3⌋
        assert grades_of(people["certified"]) == [(3, "initial", *first), (4, "scheme", SINCE, None)]
        assert grades_of(people["old hand"]) == [(7, "initial", *first), (4, "scheme", SINCE, None)]
        assert grades_of(people["head"]) == [(9, "initial", *first), (11, "scheme", SINCE, None)]
        assert grades_of(people["renamed"]) == [(3, "initial", *first), (3, "scheme", SINCE, None)]
        for name in ("same", "without post", "elsewhere"):
            assert len(grades_of(people[name])) == 1, name
        row = Grade.objects.get(worker=people["old hand"], valid_from=SINCE)
        assert (row.policy, row.set_by, row.rank) == (bands.version, payroll, "worker")
        assert row.why == [
            "工作人员属于“三档：工作人员”岗位，起点 1 级。", "社区工作 20 年；每满 3 年一级，20 年加 6 级。",
            "合计 7 级，超过本岗位最高级，按 4 级。",
        ]  # fmt: skip
        event = history.timeline(people["old hand"])[0]
        words = "自 2026-10-01 起 4 级（执行新方案），原 7 级"
        assert (event.actor, history.kind_of(event.kind).describe(event.data)) == (payroll, words)
        assert list(history.verify()) == []

    def test_a_second_time_changes_nothing(self, tree, payroll, people, bands):
        grade_in_bulk(batch=bands, unit=None, actor=payroll)
        before = contents()
        again = grade_in_bulk(batch=bands, unit=None, actor=payroll)
        assert dict(again.outcomes) == {"stays": 7, "blocked": 4}
        assert changed_since(before) == set()

    def test_a_scheme_that_grades_alike_is_not_offered(self, payroll, people):
        alike = scheme(**{**scheme_samples()["jilin"][1], "base": "3900"})
        assert [batch.key for batch in batches(TODAY)] == ["step:2026", "step:2025", "initial"]
        with pytest.raises(Invalid, match="没有这种批量定级"):
            batch_of(f"scheme:{alike.pk}", TODAY)

    def test_a_rank_without_a_post_is_left_with_the_reason(self, tree, payroll):
        head = make_worker(tree.community, grade=9, rank=Rank.HEAD)
        posts = [post for post in scheme_samples()["three_bands"][1]["posts"] if "head" not in post["ranks"]]
        batch = Batch(GradeReason.SCHEME, version=scheme(posts=posts))
        (plan,) = plans(batch, Worker.objects.all())
        assert (plan.outcome, plan.cause) == ("blocked", "薪酬方案没有这个职务")
        assert "正职（书记或主任）" in plan.why
        grade_in_bulk(batch=batch, unit=None, actor=payroll)
        assert len(grades_of(head)) == 1

    def test_frozen_months_are_noted_for_back_pay(self, tree, payroll):
        worker, other = (make_worker(tree.community, grade=7, community_since=date(2006, 3, 1)) for _ in range(2))
        make_frozen_slip(worker, date(2026, 8, 1))
        batch = Batch(GradeReason.SCHEME, version=scheme(date(2026, 8, 1)))
        grade_in_bulk(batch=batch, unit=None, actor=payroll)
        change = PayChange.objects.get()
        assert (change.worker, change.since, change.cause) == (worker, date(2026, 8, 1), "执行新方案：7 级改为 4 级")
        assert grades_of(other)[-1][0] == 4

    def test_the_queries_do_not_grow_with_the_people(self, tree, payroll, bands):
        counts = []
        for people in (1, 2, 30):  # after the first, what a process remembers for a while is warm
            for _ in range(people):
                make_worker(tree.community, grade=7, community_since=date(2006, 3, 1))
            with CaptureQueriesContext(connection) as queries:
                done = grade_in_bulk(batch=bands, unit=None, actor=payroll)
            assert done.outcomes["falls"] == people
            counts.append(len(queries))
        assert counts[1] == counts[2] <= 20, counts


class TestFirstGrades:
    def test_each_from_the_own_day_of_entry(self, tree, payroll, bands):
        known = make_worker(tree.community, grade=5)
        early = make_worker(tree.community, grade=None, education="bachelor", community_since=date(2013, 2, 1))
        fresh = make_worker(
            tree.sister_community, grade=None, entered_on=date(2026, 10, 8), education="bachelor",
            probation_until=date(2027, 4, 7),
        )  # fmt: skip
        lost = make_worker(tree.community, grade=None)
        StaffPost.objects.filter(worker=lost).delete()
        done = grade_in_bulk(batch=FIRST, unit=tree.street, actor=payroll)
        assert (dict(done.outcomes), dict(done.causes)) == ({"first": 2, "blocked": 1}, {"入职那天没有任职": 1})
        # 1 + ⌊7 ÷ 3⌋ + bachelor 1; three bands: 1 + ⌊(0 + 3) ÷ 3⌋ - 1 on probation
        assert grades_of(early) == [(4, "initial", date(2020, 3, 1), None)]
        assert grades_of(fresh) == [(1, "initial", date(2026, 10, 8), None)]
        assert "试用期低 1 级，执行 1 级。" in fresh.grades.get().why
        assert (len(grades_of(known)), grades_of(lost)) == (1, [])

    def test_an_entry_before_the_first_scheme_says_so(self, tree, payroll):
        worker = make_worker(tree.community, grade=None)
        Policy.objects.filter(key="pay_scheme").update(valid_from=date(2021, 1, 1))
        policies.forget()
        assert [plan.cause for plan in plans(FIRST, Worker.objects.all())] == ["入职那天没有薪酬方案"]
        with pytest.raises(Invalid, match="没有薪酬方案"):
            grade_initial(worker=worker, actor=payroll)


class TestJob:
    @pytest.fixture
    def five(self, tree: Any, payroll: Any, bands: Batch) -> list[Worker]:
        return [make_worker(tree.community, grade=7, community_since=date(2006, 3, 1)) for _ in range(5)]

    def run(self, job: Job) -> Job:
        jobs.execute(jobs.claim(job.pk))
        job.refresh_from_db()
        return job

    def test_a_dead_worker_is_followed_by_one_that_goes_on(self, tree, payroll, bands, five, monkeypatch):
        class Died(BaseException):
            pass

        monkeypatch.setattr(grading, "BATCH", 2)
        job = start_grading(kind=bands.key, unit=tree.street, actor=payroll, key="one")
        give, calls = grading.give_plans, []

        def dies(*args: Any) -> Any:
            calls.append(args)
            made = give(*args)
            if len(calls) == 2:
                raise Died
            return made

        first = jobs.claim(job.pk)
        with monkeypatch.context() as patch:
            patch.setattr(grading, "give_plans", dies)
            with pytest.raises(Died):
                jobs.execute(first)
        assert [len(grades_of(worker)) for worker in five] == [2, 2, 1, 1, 1], "the second batch is taken back whole"
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        self.run(job)
        assert job.message == "共 5 人：降级 5 人。"
        assert [grades_of(worker)[-1] for worker in five] == [(4, "scheme", SINCE, None)] * 5
        assert set(Counter(Event.objects.filter(kind=events.GRADED).values_list("stream", flat=True)).values()) == {1}
        assert list(history.verify()) == []

    def test_a_worker_that_comes_late_takes_its_batch_back(self, tree, payroll, bands, five):
        job = start_grading(kind=bands.key, unit=None, actor=payroll, key="one")
        late = jobs.claim(job.pk)
        Job.objects.filter(pk=job.pk).update(lease=late.lease + 1)
        before = contents()
        jobs.execute(late)
        assert changed_since(before) == set()

    def test_the_same_form_twice_is_one_job_and_nobody_is_no_job(self, tree, payroll, bands, five):
        first, second = (start_grading(kind=bands.key, unit=None, actor=payroll, key="one") for _ in range(2))
        assert first.pk == second.pk
        with pytest.raises(Conflict, match="没有要办理的人"):
            start_grading(kind="initial", unit=None, actor=payroll, key="two")
        with pytest.raises(Invalid, match="没有这种批量定级"):
            start_grading(kind="step:2024", unit=None, actor=payroll, key="three")

    def test_only_where_one_keeps_the_grades(self, tree, staff, bands, five):
        actors = (staff["street_officer"], make_user("payroll_officer", tree.other_street))
        before = contents()
        for actor in actors:
            with pytest.raises(Http404):
                start_grading(kind=bands.key, unit=tree.street, actor=actor, key="x")
            assert grade_in_bulk(batch=bands, unit=tree.street, actor=actor).looked_at == 0
        with pytest.raises(Http404):
            start_grading(kind=bands.key, unit=None, actor=staff["street_officer"], key="x")
        assert changed_since(before) == set()

    def test_who_has_lost_the_area_meanwhile_is_told(self, tree, bands, five):
        officer = make_user("payroll_officer", tree.street)
        job = start_grading(kind=bands.key, unit=tree.street, actor=officer, key="one")
        officer.assignments.update(unit=tree.other_street)
        self.run(job)
        assert (job.status, job.message) == ("failed", "您已不能办理这个单位的定级，请联系系统管理员。")
        assert Grade.objects.filter(reason="scheme").count() == 0


class TestPage:
    @pytest.fixture
    def desk(self, payroll: Any, client_for: Any) -> Any:
        return client_for(payroll)

    def test_the_list_first_then_the_job(self, tree, desk, people, bands):
        before = contents()
        page = desk.get(URL, {"kind": bands.key, "unit": tree.street.pk})
        text = page.content.decode()
        assert page.context["graded"] == 4
        assert {label: count for label, count, *_ in page.context["figures"]} == {
            "升级": 2, "降级": 1, "仅更新职务": 1, "不变": 2, "不能办理": 4,
        }  # fmt: skip
        assert "确认定级 4 人" in text
        assert "自 2026-10-01 起执行" in text
        assert "合计 7 级，超过本岗位最高级，按 4 级。" in text
        assert "林晓梅" not in text
        falling = desk.get(URL, {"kind": bands.key, "unit": tree.street.pk, "outcome": "falls"})
        assert [row.pk for row in falling.context["page"].rows] == [people["old hand"].pk]
        assert falling.context["graded"] == 4, "the button is for all of the kind and the unit"
        assert changed_since(before) == set()

        data = {"do": "grade", "kind": bands.key, "unit": tree.street.pk, "submission": str(page.context["submission"])}
        first, second = (desk.post(URL, data) for _ in range(2))
        assert first.url == second.url
        job = Job.objects.get()
        jobs.execute(jobs.claim(job.pk))
        job.refresh_from_db()
        assert job.label == "城墙街道：执行新方案“三档十二级”（2026-10-01 起）"
        assert job.message == (
            "共 10 人：升级 2 人，降级 1 人，仅更新职务 1 人，不变 2 人，不能办理 4 人。\n"
            "没有变动的原因：等级不变 1 人；还没有定级 1 人；之后已有等级 1 人；当天已由人工更正 1 人；没有任职 1 人；入职在新方案之后 1 人。"
        )
        again = desk.get(job.result["url"])
        assert again.context["graded"] == 0
        assert "确认定级" not in again.content.decode()

    def test_a_changed_filter_brings_the_figures_and_the_button_along(self, tree, desk, people, bands):
        answer = desk.get(URL, {"kind": bands.key, "unit": tree.other_street.pk}, HTTP_HX_TARGET="gw-list")
        text = answer.content.decode()
        assert "<html" not in text
        assert 'id="sg-batch" hx-swap-oob="true"' in text
        assert "确认定级 1 人" in text

    def test_january_is_one_of_the_kinds(self, tree, desk):
        risen = make_worker(tree.community, grade=1)
        AnnualReview.objects.create(worker=risen, year=2025, result="qualified", set_at=timezone.now())
        make_worker(tree.sister_community, grade=1, name="王芳")
        page = desk.get(URL)
        assert page.context["batch"].label == "2026 年度晋级"
        assert page.context["reasons"] == [("不变", [("2025 年度考核结果还没有登记", 1)])]
        assert "由 1 级晋为 2 级" in page.content.decode()

    def test_those_without_a_grade_lead_to_the_first_grades(self, tree, desk, people):
        assert 'href="/staff/grades/batch/?kind=initial"' in desk.get(reverse("staff:ungraded")).content.decode()
        page = desk.get(URL, {"kind": "initial"})
        assert {row.pk for row in page.context["page"].rows} == {people["ungraded"].pk, people["to come"].pk}

    def test_what_is_shown_is_what_is_exported(self, tree, desk, people, bands, settings):
        answer = desk.post(f"{URL}?kind={bands.key}&outcome=falls", {"do": "export", "format": "csv"})
        assert answer.status_code == 302
        job = Job.objects.get()
        jobs.execute(jobs.claim(job.pk))
        job.refresh_from_db()
        assert (job.status, job.result["rows"]) == ("done", 2)

    @pytest.mark.parametrize("data", [{"kind": "step:2020"}, {"kind": "scheme:999999"}, {"submission": "x"}])
    def test_nonsense_starts_nothing(self, tree, desk, people, data):
        values = {"do": "grade", "kind": "step:2026", "unit": "", "submission": "0" * 32, **data}
        assert desk.post(URL, values).status_code == 400
        assert Job.objects.count() == 0

    def test_another_area_is_not_found_and_other_hands_are_refused(self, tree, staff, people, bands, client_for):
        data = {"do": "grade", "kind": bands.key, "unit": tree.street.pk, "submission": "0" * 32}
        elsewhere = client_for(make_user("payroll_officer", tree.other_street))
        street = client_for(staff["street_officer"])
        before = contents()
        assert elsewhere.post(URL, data).status_code == 404
        assert elsewhere.post(URL, {**data, "unit": "999999"}).status_code == 404
        shown = elsewhere.get(URL, {"kind": bands.key}).context["page"].rows
        assert [row.pk for row in shown] == [people["elsewhere"].pk]
        assert (street.get(URL).status_code, street.post(URL, data).status_code) == (403, 403)
        assert changed_since(before) == set()


class TestEntry:
    @pytest.fixture
    def chief(self, staff: Any, rules: None) -> Any:
        """The organisation department: it keeps roster and grades."""
        return staff["district_officer"]

    def enter(self, actor: Any, tree: Any, **fields: Any) -> Worker:
        values = {
            "rank": "worker", "name": "王芳", "entered_on": date(2026, 9, 1), "education": "bachelor",
            "community_since": date(2019, 5, 1), "id_number": make_id_number(date(1990, 2, 3)), **fields,
        }  # fmt: skip
        return worker_enter(actor=actor, unit=tree.community, **values)

    def test_who_keeps_the_grades_gives_the_first_one_with_the_entry(self, tree, chief):
        row = self.enter(chief, tree)
        # 1 + ⌊7 ÷ 3⌋ + bachelor 1 - probation 1
        assert grades_of(row) == [(3, "initial", date(2026, 9, 1), None)]
        assert [event.kind for event in history.timeline(row)] == [events.GRADED, events.WORKER_ENTERED]
        assert row.grades.get().set_by == chief
        assert list(history.verify()) == []

    def test_a_certificate_that_comes_along_counts(self, tree, chief):
        scheme(date(2026, 9, 1))
        row = self.enter(chief, tree, certificate="assistant", issued_on=date(2021, 5, 1))
        # 1 + ⌊(7 + 3) ÷ 3⌋ + 助理 1, highest grade 4; probation 1
        assert grades_of(row) == [(3, "initial", date(2026, 9, 1), None)]
        assert "助理社会工作师证书加 1 级。" in row.grades.get().why
        assert row.certificates.get().issued_on == date(2021, 5, 1)
        with pytest.raises(Invalid, match="取证时间"):
            self.enter(chief, tree, id_number=make_id_number(serial=2), certificate="assistant")
        assert Worker.objects.count() == 1

    def test_others_leave_it_to_the_list(self, tree, office):
        row = self.enter(office, tree)
        assert grades_of(row) == []
        assert [plan.worker.pk for plan in plans(FIRST, Worker.objects.filter(state="active"))] == [row.pk]

    def test_an_entry_stands_where_the_scheme_cannot_grade(self, tree, chief, client_for):
        posts = [post for post in scheme_samples()["three_bands"][1]["posts"] if "worker" not in post["ranks"]]
        scheme(date(2026, 9, 1), posts=posts)
        assert grades_of(self.enter(chief, tree)) == []
        page = self.send(client_for(chief), tree, id_number=make_id_number(date(1990, 2, 3), 2))
        assert "已登记入册，还没有定级。薪酬方案没有这个职务" in page.content.decode()
        assert Grade.objects.count() == 0

    def test_the_page_says_what_came_of_it(self, tree, chief, office, client_for):
        page = self.send(client_for(chief), tree, id_number=make_id_number(date(1990, 2, 3), 2))
        assert "已登记入册，定为 1 级，自 2026-09-01 起执行。" in page.content.decode()
        page = self.send(client_for(office), tree, id_number=make_id_number(date(1990, 2, 3), 3))
        assert "等级由定级人员在“还没有定级的人”里评定" in page.content.decode()

    def send(self, client: Any, tree: Any, **fields: Any) -> Any:
        data = {
            "unit": tree.community.pk, "rank": "worker", "kind": "post", "name": "李敏", "education": "college",
            "party_role": "none", "entered_on": "2026-09-01", **fields,
        }  # fmt: skip
        return client.post(reverse("staff:worker-create"), data, follow=True)

    def test_the_queries_do_not_grow_with_those_who_come_in(self, tree, chief):
        counts = []
        for number in (1, 2, 12):  # after the first, what a process remembers for a while is warm
            made = [make_worker(tree.community, grade=None, entered_on=date(2020, n, 1)) for n in range(1, number + 1)]
            with CaptureQueriesContext(connection) as queries:
                assert len(grade_entered(workers=made, actor=chief)) == number
            counts.append(len(queries))
        assert counts[1] == counts[2] <= 12, counts

    def test_an_import_grades_all_at_once(self, tree, chief, tmp_path):
        head = ("姓名", "出生日期", "单位", "职务", "学历", "入职日期", "证书", "取证时间")
        lines = [
            [
                f"社工{n}",
                "1990-02-03",
                "江湾社区",
                "社工",
                "本科",
                f"2021-0{n}-01",
                "中级" if n == 1 else "",
                "2020-06-01",
            ]
            for n in range(1, 9)
        ]
        path = tmp_path / "roster.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows((head, *lines))
        result = run_import("staff.roster", path, actor=chief, commit=True)
        assert (result.imported, result.errors) == (8, [])
        found = Grade.objects.order_by("valid_from").values_list("grade", "reason", "valid_from")
        # 1 + bachelor 1; the certificate is paid, not graded
        assert list(found) == [(2, "initial", date(2021, n, 1)) for n in range(1, 9)]
        assert list(history.verify()) == []


class TestRulePage:
    @pytest.fixture
    def keeper(self, staff: Any, rules: None) -> Any:
        return staff["security_admin"]

    def test_it_says_how_many_grades_a_version_changes(self, tree, keeper, people, client_for):
        version = scheme()
        text = client_for(keeper).get(f"/rules/pay_scheme?version={version.pk}").content.decode()
        assert "自 2026-10-01 起按这个方案，在岗 11 人中有 5 人的等级会变（升级 2 人，降级 2 人，" in text
        assert "林" not in text.split("定级规则与上一版不同")[1].split("</div>")[0]
        first = Policy.objects.get(key="pay_scheme", valid_from__lt=SINCE)
        text = client_for(keeper).get(f"/rules/pay_scheme?version={first.pk}").content.decode()
        assert "的等级会变" not in text

    def test_those_who_keep_grades_are_told_where(self, tree, staff, keeper, client_for):
        data = scheme_samples()["three_bands"][1]
        version = rule_add_version(
            key="pay_scheme", actor=keeper, data=data, valid_from=SINCE, note="通政发〔2026〕6号"
        )
        told = Notification.objects.filter(dedupe_key__startswith=f"pay_scheme:{version.pk}:")
        assert {row.user for row in told} == {staff["district_officer"], staff["payroll_officer"]}
        row = told.first()
        assert row.text.startswith("薪酬方案“三档十二级”自 2026-10-01 起生效，定级规则有变化。")
        assert client_for(row.user).get(row.url).status_code == 200

    def test_a_version_that_grades_alike_tells_nobody(self, keeper):
        data = {**scheme_samples()["jilin"][1], "base": "3900"}
        rule_add_version(key="pay_scheme", actor=keeper, data=data, valid_from=SINCE, note="江人社发〔2026〕8号")
        assert not Notification.objects.filter(dedupe_key__startswith="pay_scheme:").exists()


def test_the_rules_of_the_district_are_those_of_the_figures(rules):
    """The first version is 三岗十八级."""
    make_rules()
    assert Policy.objects.get(key="pay_scheme").data["label"] == "三岗十八级"
