"""Certificates: from confirmed records only, numbered without gaps, checked by anybody with a masked name."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from accounts.roles import Role
from common.errors import Conflict, Invalid
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from tests.volunteers.own_support import phone_of
from volunteers.choices import RecordSource
from volunteers.models import Certificate
from volunteers.services.certificates import certificate_issue, certificate_revoke, check_code
from volunteers.services.records import Service, record_services, void_record

pytestmark = pytest.mark.django_db
START = datetime(2026, 9, 1, 9, 0, tzinfo=timezone.get_default_timezone())
FIRST, LAST = date(2026, 1, 1), date(2026, 10, 31)


@pytest.fixture
def served(tree, staff):
    """A volunteer with 2 + 3 hours of two themes, and one hour that was voided."""
    make_rules()
    make_programme()
    volunteer = make_volunteer(tree.community, name="欧阳晓明")
    services = [
        Service(volunteer, tree.community, RecordSource.ACTIVITY, theme, what, start, start + timedelta(hours=hours))
        for theme, what, start, hours in (
            ("civility", "楼道清洁", START, 2),
            ("elderly", "看望老人", START + timedelta(days=1), 3),
            ("elderly", "记错的", START + timedelta(days=2), 1),
        )
    ]
    records = record_services(services, actor=staff["community_worker"])
    void_record(record=records[2], actor=staff["community_worker"], reason="记错了")
    return volunteer


@pytest.fixture
def certificate(served, staff):
    return certificate_issue(
        actor=staff["community_worker"], volunteer=served, first_day=FIRST, last_day=LAST, request_key=uuid.uuid4()
    )


def test_a_certificate_says_what_was_confirmed(certificate, tree):
    assert (certificate.hours, certificate.times, certificate.unit) == (Decimal("5.00"), 2, tree.community)
    assert certificate.summary == [["敬老助残", "3.00", 1], ["文明实践", "2.00", 1]]
    assert certificate.number == f"220605Z{timezone.localdate().year}000001"
    assert certificate.name == "欧阳晓明"


def test_the_same_request_gives_the_same_certificate(served, staff):
    key, worker = uuid.uuid4(), staff["community_worker"]
    made = [
        certificate_issue(actor=worker, volunteer=served, first_day=FIRST, last_day=LAST, request_key=key).pk
        for _ in range(2)
    ]
    assert (made[0] == made[1], Certificate.objects.count()) == (True, 1)


def test_nothing_to_certify_takes_no_number(served, staff):
    worker = staff["community_worker"]
    for first, last, words in (
        (date(2026, 1, 1), date(2026, 8, 31), "没有已确认的服务时长"),
        (LAST, FIRST, "截止日期"),
        (FIRST, timezone.localdate() + timedelta(days=1), "截止日期"),
    ):
        with pytest.raises(Invalid, match=words):
            certificate_issue(actor=worker, volunteer=served, first_day=first, last_day=last, request_key=uuid.uuid4())
    row = certificate_issue(actor=worker, volunteer=served, first_day=FIRST, last_day=LAST, request_key=uuid.uuid4())
    assert row.number.endswith("000001")


def test_another_community_can_neither_issue_nor_see(served, certificate, tree, client_for):
    neighbour = make_user(Role.COMMUNITY_WORKER, tree.other_community)
    with pytest.raises(Http404):
        certificate_issue(actor=neighbour, volunteer=served, first_day=FIRST, last_day=LAST, request_key=uuid.uuid4())
    assert Certificate.objects.count() == 1
    assert client_for(neighbour).get(certificate.get_absolute_url()).status_code == 404


def test_anybody_can_check_with_number_and_code_and_sees_a_masked_name(certificate, client):
    url, code = reverse("volunteers:certificate-check"), check_code(certificate.request_key)
    page = client.get(url, {"number": certificate.number, "code": code.lower()})
    text = page.content.decode()
    assert page.status_code == 200
    assert "真实有效" in text
    assert "欧阳**" in text
    assert "欧阳晓明" not in text
    wrong = client.post(url, {"number": certificate.number, "code": "AAAAAAAAAA"})
    assert (wrong.status_code, "真实有效" in wrong.content.decode()) == (400, False)
    assert "没有查到这份证明" in wrong.content.decode()


def test_guessing_is_stopped(certificate, client):
    url = reverse("volunteers:certificate-check")
    answers = [client.post(url, {"number": certificate.number, "code": f"A{n}"}).status_code for n in range(21)]
    assert answers == [400] * 20 + [429]


def test_a_revoked_certificate_says_so(certificate, staff, client):
    certificate_revoke(certificate=certificate, actor=staff["community_worker"], reason="信息有误")
    with pytest.raises(Conflict, match="已经撤销"):
        certificate_revoke(certificate=certificate, actor=staff["community_worker"], reason="再来")
    query = {"number": certificate.number, "code": check_code(certificate.request_key)}
    text = client.get(reverse("volunteers:certificate-check"), query).content.decode()
    assert "已撤销，不再有效" in text


def test_the_page_shows_the_name_to_issuers_only(certificate, staff, client_for):
    issuer = client_for(staff["community_worker"]).get(certificate.get_absolute_url()).content.decode()
    assert "欧阳晓明" in issuer
    assert check_code(certificate.request_key) in issuer
    grid = client_for(staff["grid_worker"])  # sees volunteers of the grid only
    assert grid.get(certificate.get_absolute_url()).status_code == 404


def test_a_worker_issues_on_the_page(served, staff, client_for):
    client = client_for(staff["community_worker"])
    form = {"volunteer": served.number, "first_day": "2026-01-01", "last_day": "2026-10-31"}
    answer = client.post(reverse("volunteers:certificate-new"), {**form, "submission": str(uuid.uuid4())})
    assert answer.status_code == 302
    assert Certificate.objects.get().hours == Decimal("5.00")
    bad = client.post(reverse("volunteers:certificate-new"), {**form, "volunteer": "NOBODY"})
    assert (bad.status_code, "没有这个编号的志愿者" in bad.content.decode()) == (400, True)


def test_a_volunteer_asks_and_sees_only_their_own(served, certificate, tree):
    client = phone_of(served)
    url = reverse("volunteers:own-certificate-want")
    for _ in range(2):
        assert client.post(url, {"first_day": "2026-01-01", "last_day": "2026-10-31"}).status_code == 302
    assert Notification.objects.filter(unit=tree.community, text__contains=served.number).count() == 1
    page = client.get(reverse("volunteers:own-certificate", args=[certificate.pk]))
    assert "欧阳晓明" in page.content.decode()
    assert "二星" not in client.get(reverse("volunteers:own-honours")).content.decode()
    client = phone_of(make_volunteer(tree.community))
    assert client.get(reverse("volunteers:own-certificate", args=[certificate.pk])).status_code == 404
