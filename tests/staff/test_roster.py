"""Entry, changes, certificates, education, filing, account, looking: exact results, refusals with nothing written."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
import time_machine
from django.http import Http404

from common import events as history
from common.errors import Conflict, Invalid, Refused
from staff import events
from staff.models import StaffPost, Worker, WorkerPerson
from staff.services.roster import months_later, worker_enter
from staff.services.roster_changes import (
    account_link,
    certificate_add,
    certificate_remove,
    certificate_renew,
    education_change,
    person_reveal,
    secretary_file,
    worker_change,
)
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.staff import make_frozen_slip, make_grade, make_worker
from tests.factories.volunteers import make_id_number

pytestmark = pytest.mark.django_db
TODAY = date(2026, 9, 16)


@pytest.fixture(autouse=True)
def _september():
    with time_machine.travel(f"{TODAY} 10:00+08:00", tick=False):
        yield


def enter(office, tree, **fields):
    values = {
        "actor": office, "unit": tree.community, "rank": "worker", "name": "王芳", "entered_on": date(2026, 9, 1),
        "id_number": make_id_number(date(1990, 2, 3)), "phone": "139 0000 0001", **fields,
    }  # fmt: skip
    return worker_enter(**values)


def refused(error, call, *words):
    """The call is refused with a sentence that holds the words, and writes nothing."""
    before = contents()
    with pytest.raises(error) as caught:
        call()
    assert all(word in caught.value.message for word in words), caught.value.message
    assert changed_since(before) == set()


# --- entry


def test_a_newcomer_gets_number_post_and_probation(office, tree):
    row = enter(office, tree)
    assert (row.number, row.unit, row.rank, row.kind, row.newcomer) == (
        "220605S00001", tree.community, "worker", "post", True,
    )  # fmt: skip
    assert (row.community_since, row.probation_until) == (date(2026, 9, 1), date(2027, 2, 28))  # six months
    assert (row.person.birth_date, row.person.phone) == ("1990-02-03", "13900000001")
    post = row.posts.get()
    assert (post.unit, post.rank, post.kind, post.valid_from, post.valid_to) == (
        tree.community, "worker", "main", date(2026, 9, 1), None,
    )  # fmt: skip
    (event,) = history.timeline(row)
    assert (event.kind, event.data["since"]) == (events.WORKER_ENTERED, "2026-09-01")
    assert "王芳" not in str(event.data)
    assert list(history.verify()) == []


def test_who_has_worked_in_communities_is_no_newcomer(office, tree):
    row = enter(office, tree, community_since=date(2019, 5, 1))
    assert (row.newcomer, row.community_since) == (False, date(2019, 5, 1))


def test_probation_as_agreed_none_by_the_scheme_or_long_over(office, tree):
    agreed = enter(office, tree, probation_until=date(2026, 11, 30))
    assert agreed.probation_until == date(2026, 11, 30)
    old = enter(office, tree, entered_on=date(2015, 3, 1), id_number=make_id_number(serial=2))
    assert old.probation_until is None


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 9, 1), 6, date(2027, 3, 1)), (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 6, 30), 6, date(2026, 12, 30)), (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
    ],
)  # fmt: skip
def test_months_later(day, months, later):
    assert months_later(day, months) == later


@pytest.mark.parametrize(
    ("fields", "field", "word"),
    [
        ({"id_number": "220605199002030010"}, "id_number", "校验没有通过"),
        ({"id_number": ""}, "id_number", "请填写身份证号"),
        ({"birth_date": date(1990, 2, 4)}, "birth_date", "与身份证号不一致"),
        ({"id_number": "", "birth_date": date(1890, 1, 1)}, "birth_date", "出生日期不正确"),
        ({"id_number": make_id_number(date(2008, 9, 2))}, "entered_on", "未满 18 周岁"),
        ({"community_since": date(2026, 9, 2)}, "community_since", "不能晚于入职日期"),
        ({"community_since": date(2005, 1, 1)}, "community_since", "早于本人满 16 周岁"),
        ({"entered_on": date(2027, 3, 1)}, "entered_on", "最多提前"),
        ({"probation_until": date(2028, 9, 1)}, "probation_until", "最长一年"),
        ({"name": "  "}, "name", "请填写姓名"),
        ({"phone": "12"}, "phone", "电话号码不正确"),
        ({"bank_account": "62x"}, "bank_account", "12 至 24 位"),
        ({"rank": "king"}, "rank", "请从列表中选择"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(office, tree, fields, field, word):
    before = contents()
    with pytest.raises(Invalid) as caught:
        enter(office, tree, **fields)
    assert caught.value.field == field
    assert word in caught.value.message
    assert changed_since(before) == set()


def test_somebody_who_turns_eighteen_on_the_day_may_enter(office, tree):
    assert enter(office, tree, id_number=make_id_number(date(2008, 9, 1))).pk


def test_one_person_one_number(office, tree):
    first = enter(office, tree)
    refused(Conflict, lambda: enter(office, tree, name="王芳芳"), first.number, "在岗")
    second = enter(office, tree, id_number=make_id_number(serial=3))
    assert second.number == "220605S00002"  # the refused one left no gap


def test_a_repeated_request_hands_the_first_one_back(office, tree):
    key = uuid.uuid4()
    first = enter(office, tree, request_key=key)
    assert enter(office, tree, request_key=key) == first
    assert Worker.objects.count() == 1
    assert enter(office, tree, id_number=make_id_number(serial=3)).number == "220605S00002"


def test_only_into_units_one_manages_and_that_take_people(office, tree, staff):
    refused(Refused, lambda: enter(office, tree, unit=tree.other_community), "不在您的管辖范围内")
    refused(Refused, lambda: enter(staff["community_worker"], tree), "管辖范围")
    refused(Invalid, lambda: enter(office, tree, unit=tree.group), "不能安排")
    tree.sister_community.is_active = False
    tree.sister_community.save()
    refused(Invalid, lambda: enter(office, tree, unit=tree.sister_community), "不能安排")


# --- changes


def test_a_change_names_fields_and_never_what_stands_in_them(office, worker):
    worker_change(
        worker=worker, actor=office, phone="13911112222", kind="specialist", party_role="member", bank_account="6217000000001234",
    )  # fmt: skip
    worker.refresh_from_db()
    assert (worker.kind, worker.party_role) == ("specialist", "member")
    assert (worker.person.phone, worker.person.bank_account) == ("13911112222", "6217000000001234")
    (event,) = history.timeline(worker)
    assert event.data["fields"] == "手机、工资卡号、用工类别、党内职务"
    assert "13911112222" not in str(event.data)
    worker_change(worker=worker, actor=office, phone="13911112222")
    assert history.timeline(worker).count() == 1


def test_a_new_identity_number_brings_its_birth_date_and_belongs_to_one(office, worker, tree):
    number = make_id_number(date(1991, 7, 8))
    worker_change(worker=worker, actor=office, id_number=number)
    assert WorkerPerson.objects.get(worker=worker).birth_date == "1991-07-08"
    other = make_worker(tree.community)
    refused(Conflict, lambda: worker_change(worker=other, actor=office, id_number=number), worker.number)
    child = make_id_number(date(2010, 1, 1))
    refused(Invalid, lambda: worker_change(worker=other, actor=office, id_number=child), "未满 18 周岁")


def test_a_corrected_entry_moves_the_first_post_and_the_first_grade(office, staff, tree):
    fresh = make_worker(tree.community, grade=None)
    worker_change(worker=fresh, actor=office, entered_on=date(2020, 4, 1))
    assert fresh.posts.get().valid_from == date(2020, 4, 1)
    graded = make_worker(tree.community)
    moved = {"worker": graded, "entered_on": date(2019, 1, 1), "community_since": date(2013, 1, 1)}
    refused(Refused, lambda: worker_change(actor=office, **moved), "已经定级")
    worker_change(actor=staff["district_officer"], **moved)
    # 1 + ⌊6 ÷ 3⌋
    assert [(row.grade, row.valid_from, row.reason) for row in graded.grades.all()] == [
        (3, date(2019, 1, 1), "initial")
    ]
    assert list(history.verify()) == []


def test_an_entry_before_other_grades_or_a_slip_stays(staff, office, tree):
    stepped, paid = make_worker(tree.community), make_worker(tree.community)
    stepped.grades.update(valid_to=date(2021, 1, 1))
    make_grade(stepped, 5, date(2021, 1, 1), reason="step")
    make_frozen_slip(paid, date(2026, 8, 1))
    for row in (stepped, paid):
        moved = {"worker": row, "actor": staff["district_officer"], "entered_on": date(2020, 4, 1)}
        refused(
            Conflict, lambda moved=moved: worker_change(**moved, community_since=date(2020, 3, 1)), "不能更正入职日期"
        )


def test_nobody_changes_what_is_not_theirs(office, tree, staff, worker):
    other = make_worker(tree.other_community)
    before = contents()
    with pytest.raises(Http404):
        worker_change(worker=other, actor=office, phone="13911112222")
    refused(Refused, lambda: worker_change(worker=worker, actor=staff["community_worker"], phone="13911112222"), "权限")
    assert changed_since(before) == set()


# --- education, certificates, filing


def test_a_degree_counts_from_its_day(office, worker):
    education_change(worker=worker, actor=office, education="bachelor", since=date(2026, 6, 30))
    (event,) = history.timeline(worker)
    assert (worker.education, event.data["old"], event.data["new"], event.data["since"]) == (
        "college", "大专", "本科", "2026-06-30",
    )  # fmt: skip
    education_change(worker=worker, actor=office, education="bachelor", since=date(2026, 6, 30))
    assert history.timeline(worker).count() == 1
    refused(
        Invalid,
        lambda: education_change(worker=worker, actor=office, education="master", since=date(2026, 9, 17)),
        "不能晚于今天",
    )


def test_certificates_come_once_are_renewed_and_taken_away_with_a_reason(office, worker):
    row = certificate_add(
        worker=worker, actor=office, level="assistant", issued_on=date(2023, 6, 1), expires_on=date(2026, 6, 1)
    )
    refused(
        Conflict,
        lambda: certificate_add(worker=worker, actor=office, level="assistant", issued_on=date(2024, 6, 1)),
        "办理续登",
    )
    refused(
        Invalid,
        lambda: certificate_renew(certificate=row, actor=office, expires_on=date(2023, 6, 1)),
        "在取得日期之后",
    )
    assert certificate_renew(certificate=row, actor=office, expires_on=date(2029, 6, 1)).expires_on == date(2029, 6, 1)
    refused(Invalid, lambda: certificate_remove(certificate=row, actor=office, reason=" "), "理由")
    certificate_remove(certificate=row, actor=office, reason="登记有误")
    assert not worker.certificates.exists()
    assert [event.data["since"] for event in history.timeline(worker)] == ["2023-06-01", "2026-06-01", "2023-06-01"]


def test_only_secretaries_are_filed(office, worker, tree):
    refused(Invalid, lambda: secretary_file(worker=worker, actor=office, filed_on=TODAY), "只有社区党组织书记")
    head = make_worker(tree.community, rank="both_heads")
    assert secretary_file(worker=head, actor=office, filed_on=date(2026, 9, 10)).filed_on == date(2026, 9, 10)
    refused(Invalid, lambda: secretary_file(worker=head, actor=office, filed_on=date(2019, 1, 1)), "不能早于入职日期")


# --- account, looking


def test_an_account_belongs_to_one_worker(office, worker, tree, staff):
    account_link(worker=worker, actor=office, user=staff["community_worker"])
    worker.refresh_from_db()
    assert worker.user == staff["community_worker"]
    other = make_worker(tree.community)
    refused(
        Conflict, lambda: account_link(worker=other, actor=office, user=staff["community_worker"].pk), worker.number
    )
    stranger = make_user("community_worker", tree.other_community)
    refused(Invalid, lambda: account_link(worker=other, actor=office, user=stranger.pk), "不在其所属单位")
    account_link(worker=worker, actor=office, user=None)
    assert Worker.objects.get(pk=worker.pk).user is None


def test_a_look_at_a_field_is_on_the_record_with_its_reason(office, worker, staff):
    assert person_reveal(worker=worker, actor=office, field="name", reason="核对社保") == "林晓梅"
    (event,) = history.timeline(worker)
    assert (event.kind, event.data) == (events.WORKER_REVEALED, {"field": "姓名", "reason": "核对社保"})
    refused(Invalid, lambda: person_reveal(worker=worker, actor=office, field="name", reason=""), "理由")
    refused(Invalid, lambda: person_reveal(worker=worker, actor=office, field="grade", reason="核对社保"), "没有这一项")
    refused(
        Refused,
        lambda: person_reveal(worker=worker, actor=staff["community_worker"], field="name", reason="看看"),
        "权限",
    )


def test_posts_never_overlap_in_the_table_either(worker, tree):
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="staff_post_one_at_a_time"):
        StaffPost.objects.create(worker=worker, unit=tree.grid, rank="worker", valid_from=date(2025, 1, 1))


def test_a_scheme_without_probation_gives_none(staff, tree):
    from common import profile

    scheme = {**profile.current().policies()["pay_scheme"], "probation_months": 0}
    make_rules(pay_scheme=scheme)
    assert enter(staff["street_officer"], tree).probation_until is None
