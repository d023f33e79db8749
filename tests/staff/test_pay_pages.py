"""The pages of pay: from a run to the worker's own slip; who sees nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from common import jobs
from common.models import Event, Job
from staff.models import InsuranceBase, PayAddition, PayRun, SpecialDeduction
from staff.services import runs
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.staff import make_worker

OCTOBER = date(2026, 10, 1)
D = Decimal


def work_off() -> None:
    """What a Celery worker does with the queued jobs."""
    while job := jobs.claim():
        jobs.execute(job)


@pytest.fixture
def worker(bureau):
    user = make_user("community_worker", bureau.tree.community, username="own")
    return make_worker(bureau.tree.community, grade=10, rank="head", name="林晓梅", user=user)


def test_from_an_empty_list_to_a_paid_month(bureau, worker, client_for):
    preparer, checker, chief = (client_for(user) for user in (bureau.preparer, bureau.checker, bureau.chief))
    assert "先登记人员、确定等级" in preparer.get(reverse("staff:runs")).content.decode()
    sent = {"unit": bureau.tree.district.pk, "month": "2026-10", "period": "month"}
    answer = preparer.post(reverse("staff:run-create"), sent)
    run = PayRun.objects.get()
    assert answer.url == run.get_absolute_url()
    act = lambda client, name, **data: client.post(reverse("staff:run-act", args=[run.pk, name]), data)  # noqa: E731
    job = act(preparer, "calculate").url
    assert job == reverse("common:job", args=[Job.objects.get(kind=runs.JOB).pk])
    work_off()
    assert "应发 4,712.40 元" in Job.objects.get(kind=runs.JOB).message
    page = checker.get(run.get_absolute_url()).content.decode()
    assert "4,712.40" in page
    assert "与上月的差异" in page
    assert "新进入工资表" in checker.get(reverse("staff:run-differences", args=[run.pk])).content.decode()
    assert act(preparer, "check").status_code == 403
    assert act(checker, "check", note="已核对").status_code == 302
    assert act(chief, "approve").status_code == 302
    assert act(checker, "pay", paid_on=f"{date.today()}").status_code == 302  # noqa: DTZ011
    run.refresh_from_db()
    assert (run.state, run.paid_by) == ("paid", bureau.checker)


def test_a_worker_sees_the_own_slip_and_no_other(bureau, worker, client_for):
    other_user = make_user("community_worker", bureau.tree.other_community, username="other")
    other = make_worker(bureau.tree.other_community, grade=3, user=other_user)
    run = bureau.frozen(OCTOBER)
    run = runs.run_pay(run=run, actor=bureau.checker, paid_on=date.today())  # noqa: DTZ011
    own, foreign = worker.slips.get(), other.slips.get()
    client = client_for(worker.user)
    page = client.get(reverse("staff:own")).content.decode()
    assert "10 级" in page
    assert "下一级" in page
    address = reverse("staff:own-slip", args=[own.pk])
    assert client.get(address).url == f"{reverse('staff:own-confirm')}?next={address}"
    wrong = client.post(f"{reverse('staff:own-confirm')}?next={address}", {"password": "wrong"})
    assert "密码不正确" in wrong.content.decode()
    assert client.get(address).status_code == 302
    assert client.post(f"{reverse('staff:own-confirm')}?next={address}", {"password": PASSWORD}).url == address
    page = client.get(address).content.decode()
    assert "基数 3600 × 10 级系数 1.309 × 70%" in page
    assert f"{own.net:,}" in page
    assert client.get(reverse("staff:own-slip", args=[foreign.pk])).status_code == 404
    assert client.get(foreign.get_absolute_url()).status_code == 403
    assert f"{own.net:,}" in client.get(reverse("staff:own-pay")).content.decode()
    assert f"{own.net:,}" in client.get(reverse("staff:own-year", args=[2026])).content.decode()


def test_a_slip_that_is_not_paid_is_not_shown_to_the_worker(bureau, worker, client_for):
    slip = bureau.frozen(OCTOBER).slips.get()
    client = client_for(worker.user)
    client.post(reverse("staff:own-confirm"), {"password": PASSWORD})
    assert client.get(reverse("staff:own-slip", args=[slip.pk])).status_code == 404


def test_the_password_is_tried_five_times(bureau, worker, client_for):
    client = client_for(worker.user)
    for _ in range(5):
        client.post(reverse("staff:own-confirm"), {"password": "wrong"})
    answer = client.post(reverse("staff:own-confirm"), {"password": PASSWORD})
    assert answer.status_code == 429
    assert client.get(reverse("staff:own-pay")).status_code == 302


def test_an_account_without_a_worker_has_no_own_page(bureau, client_for):
    answer = client_for(bureau.chief).get(reverse("staff:own"))
    assert answer.status_code == 404
    assert "没有关联社区工作者" in answer.content.decode()


@pytest.fixture
def sheet(bureau, worker):
    InsuranceBase.objects.create(worker=worker, valid_from=OCTOBER, amount=D("4500"))
    return bureau.frozen(OCTOBER)


@pytest.mark.parametrize("name", ["paysheet", "differences", "bank"])
def test_files_of_a_run(bureau, sheet, client_for, name):
    answer = client_for(bureau.preparer).post(reverse("staff:run-sheet", args=[sheet.pk, name]))
    work_off()
    job = Job.objects.get(pk=answer.url.rstrip("/").rsplit("/", 1)[-1])
    assert (job.status, job.message) == ("done", "共 1 行。")
    made = Event.objects.filter(kind__in=["pay_run.sheet", "pay_run.bank_file"]).values_list("kind", flat=True)
    assert list(made) == {"paysheet": ["pay_run.sheet"], "bank": ["pay_run.bank_file"]}.get(name, [])


def test_the_bank_file_needs_an_approved_run(bureau, worker, client_for):
    run = bureau.run(OCTOBER)
    answer = client_for(bureau.preparer).post(reverse("staff:run-sheet", args=[run.pk, "bank"]))
    assert answer.status_code == 400
    assert not Job.objects.exists()


def test_what_pay_depends_on(bureau, worker, client_for):
    client = client_for(bureau.preparer)
    pages = {
        "base": {"valid_from": "2026-10", "amount": "4500"},
        "deduction": {"kind": "children", "amount": "2000", "valid_from": "2026-10"},
        "factor": {"valid_from": "2026-10", "percent": "120", "why": "第三季度优秀"},
        "addition": {
            "month": "2026-10",
            "period": "month",
            "label": "加班补助",
            "amount": "300",
            "taxed": "on",
            "why": "防汛",
        },
    }
    for name, sent in pages.items():
        assert client.post(reverse(f"staff:worker-{name}", args=[worker.pk]), sent).status_code == 302, name
    slip = bureau.run(OCTOBER).slips.get()
    # 3,298.68 + 1,413.72 × 120 % + 300
    assert (slip.gross, slip.special) == (D("5295.14"), D("2000.00"))
    page = client.get(reverse("staff:worker-pay", args=[worker.pk])).content.decode()
    assert "加班补助" in page
    assert "120.00%" in page
    assert client.post(reverse("staff:addition-remove", args=[PayAddition.objects.get().pk])).status_code == 302
    assert not PayAddition.objects.exists()
    ended = {"kind": "children", "amount": "0", "valid_from": "2026-11"}
    client.post(reverse("staff:worker-deduction", args=[worker.pk]), ended)
    assert SpecialDeduction.objects.get().valid_to == date(2026, 11, 1)


def test_a_street_officer_sees_no_pay(bureau, worker, client_for):
    slip = bureau.run(OCTOBER).slips.get()
    client = client_for(make_user("street_officer", bureau.tree.street, username="street"))
    assert client.get(reverse("staff:runs")).status_code == 403
    assert client.get(slip.get_absolute_url()).status_code == 403
    assert (
        client.post(
            reverse("staff:worker-base", args=[worker.pk]), {"valid_from": "2026-10", "amount": "1"}
        ).status_code
        == 403
    )
    assert not InsuranceBase.objects.exists()
