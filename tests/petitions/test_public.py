"""The pages without an account: report, number and code, progress, limits."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from common import events as history
from common.models import PublicAttempt
from petitions.models import Attachment, Petition, Petitioner
from petitions.services.public import GUESSES, GUESSES_AT_ONE, REPORTS

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(200) + b"\xff\xd9"


@pytest.fixture
def resident() -> Client:
    return Client(enforce_csrf_checks=False)


@pytest.fixture
def report(desk, resident):
    def send(**changes):
        data = {
            "street": desk.tree.street.pk, "community": desk.tree.community.pk, "place": "3号楼前", "kind": "help",
            "text": "路灯坏了一周", "name": "", "phone": "", "website": "",
        }  # fmt: skip
        return resident.post("/report/", {**data, **changes})

    return send


def reported(resident: Client) -> tuple[str, str]:
    page = resident.get("/report/done/")
    return page.context["number"], page.context["code"]


def test_report_without_a_name_is_anonymous_and_can_be_followed(desk, resident, report):
    answer = report(files=[SimpleUploadedFile("灯.jpg", JPEG, "image/jpeg")])
    assert answer.status_code == 302
    number, code = reported(resident)
    petition = Petition.objects.get(number=number)
    assert (petition.is_anonymous, petition.channel, petition.unit) == (True, "snap", desk.tree.community)
    assert (petition.street, petition.registered_by) == (desk.tree.street, None)
    assert Attachment.objects.get().petition == petition
    page = resident.post("/query/", {"number": number, "code": code.lower()})
    assert page.status_code == 200
    assert [entry["title"] for entry in page.context["progress"].entries] == ["登记"]


def test_name_or_phone_needs_consent(resident, report):
    answer = report(phone="13912345678")
    assert answer.status_code == 400
    assert "consent" in answer.context["form"].errors
    assert not Petition.objects.exists()
    assert report(phone="13912345678", name="李女士", consent="on").status_code == 302
    assert Petitioner.objects.get().phone == "13912345678"


def test_street_alone_is_enough_and_units_of_other_levels_are_refused(desk, report):
    assert report(community="").status_code == 302
    assert Petition.objects.get().unit == desk.tree.street
    for key in (desk.tree.grid.pk, desk.tree.district.pk, "x", "9" * 30):
        assert report(street=key).status_code == 400
        assert report(community=key).status_code == 400
    assert report(community=desk.tree.other_community.pk).status_code == 400  # of another street
    assert Petition.objects.count() == 1


def test_a_program_in_the_trap_learns_nothing_and_leaves_nothing(resident, report):
    answer = report(website="http://spam.example")
    assert (answer.status_code, answer["Location"]) == (302, "/report/")
    assert not Petition.objects.exists()
    assert resident.get("/report/done/").status_code == 302


def test_the_same_form_twice_is_one_ticket_with_the_same_code(resident, report):
    key = "0b1e6c3e-5d1a-4a58-9d0e-0b44b6f5f111"
    report(submission=key)
    first = reported(resident)
    report(submission=key)
    assert reported(resident) == first
    assert Petition.objects.count() == 1


def test_too_many_reports_from_one_place_are_told_to_wait(report, resident):
    for number in range(REPORTS.most):
        assert report(text=f"问题{number}").status_code == 302
    answer = report(text="再来一件")
    assert answer.status_code == 429
    assert REPORTS.message in answer.content.decode()
    assert Petition.objects.count() == REPORTS.most
    assert "127.0.0.1" not in str(list(PublicAttempt.objects.values()))


def test_progress_shows_no_people_and_no_internal_step(desk, resident):
    petition = desk.register(phone="13912345678", name="欧阳明")
    code = "TESTCODE22"
    from petitions.services.intake import code_hash

    Petition.objects.filter(pk=petition.pk).update(query_hash=code_hash(code))
    petition.refresh_from_db()
    for name, role, data in (
        ("accept", "community_worker", {}),
        ("dispatch", "community_worker", {"note": "内部备注：此人多次投诉"}),
        ("sign", "department_handler", {}),
        ("contact", "department_handler", {"way": "phone", "note": "语气激动"}),
        ("reply", "department_handler", {"reply": "已退费，经办人电话 13700001111。"}),
    ):
        petition = desk.act(petition, name, role, **data)
    page = resident.post("/query/", {"number": petition.number, "code": code})
    text = page.content.decode()
    titles = [entry["title"] for entry in page.context["progress"].entries]
    assert titles == ["答复", "签收", "派单", "受理", "登记"]
    for secret in (
        "内部备注",
        "语气激动",
        "13912345678",
        "欧阳",
        "13700001111",
        desk.staff["community_worker"].display_name,
    ):
        assert secret not in text, secret
    assert "已退费" in text


def test_wrong_number_and_wrong_code_answer_alike(desk, resident):
    petition = desk.register()
    wrong = [
        resident.post("/query/", {"number": petition.number, "code": "AAAAAAAAAA"}),
        resident.post("/query/", {"number": "22060520990101000001", "code": "AAAAAAAAAA"}),
    ]
    assert [answer.status_code for answer in wrong] == [400, 400]
    assert len({str(answer.context["form"].errors) for answer in wrong}) == 1
    seq = Petition.objects.get(pk=petition.pk).event_seq
    assert len(history.timeline(petition)) == seq == 1


def test_guessing_is_locked_out_by_place_and_by_ticket(desk, resident):
    from petitions.services.intake import code_hash

    petition = desk.register()
    Petition.objects.filter(pk=petition.pk).update(query_hash=code_hash("RIGHTCODE2"))
    for _ in range(GUESSES.most):
        assert resident.post("/query/", {"number": petition.number, "code": "WRONGCODE2"}).status_code == 400
    locked = resident.post("/query/", {"number": petition.number, "code": "RIGHTCODE2"})
    assert locked.status_code == 429
    assert "progress" not in locked.context
    elsewhere = {"REMOTE_ADDR": "10.1.2.3"}
    assert resident.post("/query/", {"number": petition.number, "code": "RIGHTCODE2"}, **elsewhere).status_code == 200
    for number in range(GUESSES_AT_ONE.most - GUESSES.most):
        resident.post("/query/", {"number": petition.number, "code": "WRONGCODE2"}, REMOTE_ADDR=f"10.9.0.{number}")
    answer = resident.post("/query/", {"number": petition.number, "code": "RIGHTCODE2"}, REMOTE_ADDR="10.7.7.7")
    assert answer.status_code == 429


@pytest.mark.parametrize(
    "data",
    [
        {}, {"number": "", "code": ""}, {"number": "1" * 500, "code": "x" * 500}, {"number": "a\x00b", "code": "c"},
        {"number": "𠮷", "code": "😀"}, {"number": ["1", "2"], "code": ["3"]},
    ],
)  # fmt: skip
def test_senseless_queries_get_a_page_not_an_error(desk, resident, data):
    assert resident.post("/query/", data).status_code == 400


def test_communities_of_a_street_are_names_only(desk, resident):
    page = resident.get("/report/communities", {"street": desk.tree.street.pk})
    names = [label for _, label in page.context["choices"]]
    assert names == ["不清楚", "江湾社区", "和平社区"]
    assert resident.get("/report/communities", {"street": "x" * 300}).status_code == 200
