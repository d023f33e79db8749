"""Pages of grades: the words, the dry look that writes nothing, January from list to job, and who is kept out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from staff.models import Grade
from tests.contracts.world import changed_since, contents
from tests.factories.staff import make_worker

pytestmark = pytest.mark.django_db
DAY = date(2026, 7, 1)


@pytest.fixture
def desk(payroll: Any, client_for: Any) -> Any:
    return client_for(payroll)


def test_a_worker_without_a_grade_is_graded_by_a_button_and_the_page_says_why(tree, desk):
    worker = make_worker(tree.community, grade=None, education="bachelor")
    page = desk.get(reverse("staff:worker-grades", args=[worker.pk]))
    assert "还没有定级" in page.content.decode()
    answer = desk.post(reverse("staff:grade-first", args=[worker.pk]), follow=True)
    text = answer.content.decode()
    assert "已定为 2 级，自 2020-03-01 起执行。" in text
    assert "工作人员属于“工作人员”岗位，起点 1 级。" in text
    assert "本科学历加 1 级。" in text
    assert "林*" in text
    assert "林晓梅" not in text


def test_the_dry_look_shows_the_result_and_writes_nothing(tree, desk):
    worker = make_worker(tree.community, grade=1, education="bachelor")
    url = reverse("staff:regrade", args=[worker.pk])
    before = contents()
    answer = desk.post(url, {"do": "preview", "reason": "scheme", "on": "2026-07-01"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "试算结果（还没有执行）" in text
    # 1 + ⌊6 ÷ 3⌋ + 1
    assert "<strong>4</strong> 级" in text
    assert changed_since(before) == set()
    answer = desk.post(url, {"reason": "scheme", "on": "2026-07-01"}, follow=True)
    assert "已执行：自 2026-07-01 起 4 级。" in answer.content.decode()
    assert Grade.objects.get(worker=worker, valid_to=None).grade == 4


def test_a_dry_look_at_a_day_without_a_post_says_so(tree, desk):
    worker = make_worker(tree.community)
    answer = desk.post(
        reverse("staff:regrade", args=[worker.pk]), {"do": "preview", "reason": "rank", "on": "2019-01-01"}
    )
    assert answer.status_code == 400
    assert "没有任职" in answer.content.decode()


def test_when_nothing_changes_it_says_so(tree, desk):
    worker = make_worker(tree.community, grade=3)
    answer = desk.post(
        reverse("staff:regrade", args=[worker.pk]), {"reason": "scheme", "on": "2026-07-01"}, follow=True
    )
    assert "等级和岗位都没有变化，没有改动。" in answer.content.decode()
    assert Grade.objects.filter(worker=worker).count() == 1


@pytest.mark.parametrize("name", ["regrade", "grade-correct", "grade-first"])
def test_who_does_not_keep_grades_changes_none(tree, staff, payroll, client_for, name):
    worker = make_worker(tree.community, grade=None)
    client = client_for(staff["street_officer"])
    before = contents()
    url = reverse(f"staff:{name}", args=[worker.pk])
    assert client.post(url, {"reason": "scheme", "on": "2026-07-01"}).status_code == 403
    assert changed_since(before) == set()
    assert client_for(payroll).get(reverse("staff:worker-grades", args=[worker.pk])).status_code == 200


def test_a_colleague_does_not_see_grades(tree, staff, rules, client_for):
    worker = make_worker(tree.community)
    client = client_for(staff["community_worker"])
    assert client.get(reverse("staff:worker-grades", args=[worker.pk])).status_code == 403
    assert client.get(reverse("staff:grades")).status_code == 403


def test_the_home_page_of_who_keeps_grades(tree, desk):
    make_worker(tree.community, grade=None)
    text = desk.get("/").content.decode()
    assert "还没有定级的人" in text
