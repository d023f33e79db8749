"""Pages of the roster: what is masked, what is offered to whom, filters, the panel of a unit, the home page."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from common import events as history
from staff import events
from staff.models import Leave, Worker, WorkerCertificate
from tests.factories.staff import make_grade, make_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(office, client_for):
    return client_for(office)


def page(client, name, *args, **params):
    answer = client.get(reverse(name, args=args), params)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def found(client, **params):
    answer = client.get(reverse("staff:workers"), params)
    return {row.pk for row in answer.context["page"].rows}


def test_a_worker_is_masked_and_revealed_one_field_at_a_time(browser, worker):
    text = page(browser, "staff:worker", worker.pk)
    assert "林晓梅" not in text
    assert worker.person.phone not in text
    assert "1988-**-**" in text
    url = reverse("staff:worker-reveal", args=[worker.pk, "phone"])
    answer = browser.post(url, {"reason": "通知开会"}, headers={"HX-Request": "true"})
    assert worker.person.phone in answer.content.decode()
    assert answer["Cache-Control"].startswith("no-store")
    assert browser.post(url, {"reason": ""}).status_code == 400
    assert (
        browser.post(reverse("staff:worker-reveal", args=[worker.pk, "grade"]), {"reason": "看看"}).status_code == 404
    )
    assert history.timeline(worker).count() == 1


def test_a_worker_of_the_community_sees_but_is_offered_nothing(office, staff, client_for, worker):
    client = client_for(staff["community_worker"])
    text = page(client, "staff:worker", worker.pk)
    assert reverse("staff:worker-transfer", args=[worker.pk]) not in text
    assert reverse("staff:worker-reveal", args=[worker.pk, "phone"]) not in text
    assert client.get(reverse("staff:worker-transfer", args=[worker.pk])).status_code == 403


def test_a_colleague_sees_neither_grade_nor_leave_nor_pay(office, staff, client_for, worker):
    with transaction.atomic():
        for kind, data in (
            (events.GRADED, {"since": "2026-01-01", "grade": 9, "reason": "更正", "old": "4 级"}),
            (events.BASE_SET, {"since": "2026-01", "amount": "5150.00"}),
        ):
            history.record(worker, kind, actor=office, data=data)
    Leave.objects.create(
        worker=worker, kind="sick", first_day=date(2026, 9, 1), last_day=date(2026, 9, 2), asked_at=timezone.now()
    )
    colleague = page(client_for(staff["community_worker"]), "staff:worker", worker.pk)
    district = page(client_for(staff["district_officer"]), "staff:worker", worker.pk)
    for text in ("9 级", "5150.00", "病假", reverse("staff:worker-pay", args=[worker.pk])):
        assert text in district, text
        assert text not in colleague, text


def test_the_page_says_why_the_grade_is_what_it_is(browser, tree):
    worker = make_worker(tree.community, grade=None)
    make_grade(worker, 6, why=["工作人员属于“工作人员”岗位，起点 1 级。", "合计 6 级。"])
    text = page(browser, "staff:worker", worker.pk)
    assert "6 级" in text
    assert "起点 1 级" in text


def test_only_those_in_service_until_others_are_asked_for(browser, tree, worker):
    gone = make_worker(tree.community, state="left", left_on=date(2026, 1, 31))
    assert found(browser) == {worker.pk}
    assert found(browser, state="left") == {gone.pk}
    assert found(browser, state="all") == {worker.pk, gone.pk}
    text = page(browser, "staff:worker", gone.pk)
    assert reverse("staff:worker-return", args=[gone.pk]) in text
    assert reverse("staff:worker-leave", args=[gone.pk]) not in text


def test_found_by_whole_name_phone_and_number(browser, tree):
    one = make_worker(tree.community, name="赵小满")
    make_worker(tree.community)
    for text in ("赵小满", one.person.phone, one.number):
        assert found(browser, q=text) == {one.pk}
    assert found(browser, q="赵小") == set()


def test_filters_name_exactly_their_people(browser, tree):
    today = timezone.localdate()
    plain = make_worker(tree.community)
    held = make_worker(tree.sister_community, education="master", party_role="member", kind="specialist")
    past = make_worker(tree.community, rank="both_heads", probation_until=today)
    for worker, days in ((held, 20), (past, -1)):
        WorkerCertificate.objects.create(
            worker=worker, level="senior", issued_on=date(2020, 1, 1), expires_on=today + timedelta(days=days)
        )
    WorkerCertificate.objects.create(worker=held, level="assistant", issued_on=date(2019, 1, 1))
    for params, people in (
        ({"certificate": "senior"}, {held}), ({"certificate": "assistant"}, set()), ({"certificate": "any"}, {held}),
        ({"certificate": "none"}, {plain, past}), ({"ending": "30"}, {held}), ({"ending": "past"}, {past}),
        ({"education": "bachelor_up"}, {held}), ({"party": "member"}, {held}), ({"party": "none"}, {plain, past}),
        ({"probation": "yes"}, {past}), ({"probation": "no"}, {plain, held}), ({"filed": "no"}, {past}), ({"filed": "yes"}, set()),
        ({"kind": "specialist"}, {held}), ({"community": str(tree.community.pk)}, {plain, past}),
    ):  # fmt: skip
        assert found(browser, **params) == {person.pk for person in people}, params


def test_the_list_of_posts_counts_who_stands_ready(browser, tree):
    head = make_worker(tree.community, rank="head")
    make_worker(tree.community)
    one, two = make_worker(tree.sister_community), make_worker(tree.sister_community)
    post = head.posts.get()

    def short():
        return [row.pk for row in browser.get(reverse("staff:posts"), {"reserves": "short"}).context["page"].rows]

    assert short() == [post.pk]
    url = reverse("staff:post-reserves", args=[post.pk])
    assert browser.post(url, {"first": one.number, "second": "S9999999"}).status_code == 400
    assert browser.post(url, {"first": one.number, "second": two.number}).status_code == 302
    assert short() == []


def test_the_list_of_posts_leads_where_one_may_go(browser, staff, client_for, tree):
    head = make_worker(tree.community, rank="head")
    names, read_only = reverse("staff:post-reserves", args=[head.posts.get().pk]), client_for(staff["community_worker"])
    assert names in page(browser, "staff:posts")
    text = page(read_only, "staff:posts")
    assert names not in text
    assert head.get_absolute_url() in text
    assert read_only.get(names).status_code == 403


def test_whoever_goes_to_another_street_is_found_no_more(staff, tree, office, client_for, worker):
    client = client_for(staff["district_officer"])
    data = {
        "unit": str(tree.other_community.pk),
        "rank": "worker",
        "valid_from": f"{timezone.localdate()}",
        "version": "0",
    }
    answer = client.post(reverse("staff:worker-transfer", args=[worker.pk]), data)
    assert (answer.status_code, answer["Location"]) == (302, reverse("staff:worker", args=[worker.pk]))
    assert Worker.objects.get(pk=worker.pk).unit == tree.other_community
    assert client_for(office).get(reverse("staff:worker", args=[worker.pk])).status_code == 404


def test_the_panel_of_a_unit(browser, tree, worker, staff, client_for):
    text = page(browser, "grid:unit", tree.community.pk)
    assert worker.number in text
    assert reverse("staff:unit-residents", args=[tree.community.pk]) in text
    text = page(client_for(staff["community_worker"]), "grid:unit", tree.community.pk)
    assert worker.number in text
    assert reverse("staff:unit-residents", args=[tree.community.pk]) not in text
    assert worker.number not in page(client_for(staff["grid_worker"]), "grid:unit", tree.grid.pk)


def test_the_home_page_of_the_payroll_officer_counts_its_lists(staff, tree, client_for):
    today = timezone.localdate()
    make_worker(tree.community, rank="both_heads", probation_until=today)
    ending = make_worker(tree.other_community)
    WorkerCertificate.objects.create(
        worker=ending, level="senior", issued_on=date(2020, 1, 1), expires_on=today + timedelta(days=90)
    )
    client = client_for(staff["payroll_officer"])
    tiles = {
        tile.label: tile for section in client.get("/").context["sections"] for tile in section.context.get("tiles", ())
    }
    assert {label: tile.number for label, tile in tiles.items()} == {
        "待我办理的工资表": 0, "还没有定级的人": 0, "在岗社区工作者": 2, "试用期内": 1, "证书 90 天内到期": 1, "书记未备案": 1,
    }  # fmt: skip
    for tile in tiles.values():
        assert len(client.get(tile.url).context["page"].rows) == tile.number, tile.label
