"""Pages of leave: asking on one's own page, deciding, entering, the calendar, and what is not shown to whom."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from staff.models import Leave, Worker
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_user
from tests.factories.staff import make_worker

pytestmark = pytest.mark.django_db
DAYS = {"kind": "sick", "first_day": "2026-07-06", "last_day": "2026-07-08", "reason": "住院复查"}


@pytest.fixture(autouse=True)
def _in_july() -> Any:
    with time_machine.travel("2026-07-01T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def worker(tree: Any, staff: Any, rules: None) -> Worker:
    make_worker(tree.community, name="王芳")
    return make_worker(tree.community, user=staff["community_worker"])


@pytest.fixture
def own(worker: Worker, client_for: Any) -> Any:
    return client_for(worker.user)


@pytest.fixture
def office(staff: Any, worker: Worker, client_for: Any) -> Any:
    return client_for(staff["street_officer"])


def test_before_asking_the_days_and_who_stands_in_are_shown(own, worker):
    before = contents()
    look = reverse("staff:own-leave-look")
    text = own.get(look, {"first_day": "2026-07-06", "last_day": "2026-07-12"}).content.decode()
    assert "共 5 个工作日。" in text
    assert "代班人：王*" in text
    assert (
        "共 0.5 个工作日。"
        in own.get(look, {"first_day": "2026-07-06", "last_day": "2026-07-06", "half": "on"}).content.decode()
    )
    assert "都是休息日" in own.get(look, {"first_day": "2026-07-11", "last_day": "2026-07-12"}).content.decode()
    assert own.get(look, {"first_day": "x"}).content.decode().strip() == ""
    assert own.get(look, {"first_day": "2026-07-12", "last_day": "2026-07-06"}).content.decode().strip() == ""
    assert changed_since(before) == set()


def test_it_is_asked_decided_and_told(own, office, worker):
    page = own.get(reverse("staff:own-leave-ask"))
    answer = own.post(
        reverse("staff:own-leave-ask"), {**DAYS, "submission": str(page.context["submission"])}, follow=True
    )
    text = answer.content.decode()
    assert "已提交，等待街道审批。" in text
    assert "2026-07-06 至 2026-07-08，3 个工作日" in text
    row = Leave.objects.get()
    assert (
        "与已有的病假（2026-07-06 至 2026-07-08）重叠"
        in own.get(
            reverse("staff:own-leave-look"), {"first_day": "2026-07-08", "last_day": "2026-07-08"}
        ).content.decode()
    )

    listed = office.get(reverse("staff:leaves"), {"state": "asked"}).content.decode()
    assert worker.number in listed
    detail = office.get(reverse("staff:leave", args=[row.pk])).content.decode()
    for words in ("住院复查", "代班人", "王*", "3 天", "批准", "不批准"):
        assert words in detail
    office.post(reverse("staff:leave-act", args=[row.pk, "approve"]), {"note": "注意休息"})
    row.refresh_from_db()
    assert row.state == "approved"
    assert "已批准" in own.get(reverse("staff:own-leave")).content.decode()
    assert "您的病假" in own.get("/messages").content.decode()
    own.post(reverse("staff:own-leave-withdraw", args=[row.pk]))
    row.refresh_from_db()
    assert row.state == "cancelled"


def test_overlapping_days_are_named_in_the_form_and_nothing_is_written(own, worker):
    Leave.objects.create(
        worker=worker, kind="annual", first_day=date(2026, 7, 8), last_day=date(2026, 7, 9),
        asked_at="2026-07-01T00:00Z",
    )  # fmt: skip
    before = contents()
    answer = own.post(reverse("staff:own-leave-ask"), DAYS)
    assert answer.status_code == 409
    assert "与已有的年休假（2026-07-08 至 2026-07-09，待审批）重叠" in answer.content.decode()
    assert changed_since(before) == set()


def test_it_is_entered_for_somebody_by_number(office, worker):
    url = reverse("staff:leave-enter")
    answer = office.post(url, {**DAYS, "worker": worker.number.lower()}, follow=True)
    assert "已登记，代班人：王*" in answer.content.decode()
    assert Leave.objects.get().state == "approved"
    answer = office.post(url, {**DAYS, "worker": "S999999"})
    assert "没有这个工号" in answer.content.decode()


class TestNothingOfOthers:
    def test_reasons_and_kinds_are_for_those_who_decide(self, tree, staff, worker, client_for):
        row = Leave.objects.create(
            worker=worker, kind="sick", first_day=date(2026, 7, 6), last_day=date(2026, 7, 8), reason="住院复查",
            asked_at="2026-07-01T00:00Z",
        )  # fmt: skip
        colleague = make_user("community_worker", tree.community)
        browser = client_for(colleague)
        for name, kwargs in (("leave", {"pk": row.pk}), ("leaves", {}), ("leave-enter", {})):
            assert browser.get(reverse(f"staff:{name}", kwargs=kwargs)).status_code == 403
        text = browser.get(reverse("staff:leave-calendar"), {"month": "2026-07"}).content.decode()
        assert "林**" in text
        assert "7 日 不在岗（待审批）" in text
        assert "病" not in text
        assert "住院" not in text

    def test_the_own_page_shows_ones_own_and_a_stranger_takes_nothing_back(self, tree, worker, own, client_for):
        user = make_user("community_worker", tree.community)
        other = make_worker(tree.community, name="赵敏", user=user)
        row = Leave.objects.create(
            worker=other, kind="marriage", first_day=date(2026, 7, 6), last_day=date(2026, 7, 8),
            asked_at="2026-07-01T00:00Z",
        )  # fmt: skip
        assert "婚假" not in own.get(reverse("staff:own-leave")).content.decode()
        assert own.post(reverse("staff:own-leave-withdraw", args=[row.pk])).status_code == 404
        row.refresh_from_db()
        assert row.state == "asked"
        assert "婚假" in client_for(user).get(reverse("staff:own-leave")).content.decode()

    @pytest.mark.parametrize("name", ["own-leave", "own-leave-ask", "own-leave-look"])
    def test_somebody_who_is_no_worker_is_told_so(self, office, name):
        answer = office.get(reverse(f"staff:{name}"))
        assert answer.status_code == 404
        assert "没有关联社区工作者" in answer.content.decode()


def test_the_calendar_marks_days_and_stands_nonsense(office, worker):
    Leave.objects.create(
        worker=worker, kind="sick", first_day=date(2026, 7, 6), last_day=date(2026, 7, 8), state="approved",
        asked_at="2026-07-01T00:00Z",
    )  # fmt: skip
    page = office.get(reverse("staff:leave-calendar"), {"month": "2026-07"})
    assert [cell["mark"] for cell in page.context["rows"][0]["cells"]][4:9] == ["", "病", "病", "病", ""]
    assert [day["number"] for day in page.context["days"] if day["off"]][:4] == [4, 5, 11, 12]
    empty = office.get(reverse("staff:leave-calendar"), {"month": "2026-08"})
    assert "这个月没有人请假" in empty.content.decode()
    for query in ({"month": "x"}, {"month": "9999-99"}, {"unit": "x"}, {"unit": "99999999999999999999"}):
        assert office.get(reverse("staff:leave-calendar"), query).status_code == 200
