"""How a ticket comes into being: what it holds, what is refused, and that a repeat makes no second one."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from common.errors import Conflict, Invalid, Refused
from common.models import Event
from common.phones import check_phone
from petitions import selectors, services
from petitions.choices import Channel, State
from petitions.models import Clock, Petition, Petitioner
from petitions.services.intake import code_hash, title_from
from tests.factories.petitions import TEXT, make_petition

pytestmark = pytest.mark.django_db


def nothing_written() -> bool:
    return not (Petition.objects.exists() or Petitioner.objects.exists() or Clock.objects.exists())


def test_a_ticket_freezes_its_place(desk):
    petition = desk.register(unit=desk.tree.group)
    assert (petition.street, petition.community, petition.grid) == (
        desk.tree.street, desk.tree.community, desk.tree.grid,
    )  # fmt: skip
    assert (petition.state, petition.title) == (State.REGISTERED, "物业停车费一年涨了三次，没有公示")
    assert petition.number.startswith(f"220605{timezone.localdate():%Y%m%d}")
    assert (petition.registered_by, petition.is_anonymous) == (desk.staff["community_worker"], False)


def test_the_petitioner_is_encrypted_at_rest(desk):
    petition = desk.register(name="欧阳𠮷", phone="138 0000-0001", address="幸福小区3号楼2单元502")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone, address FROM petitions_petitioner")
        stored = " ".join(cursor.fetchone())
    assert all(clear not in stored for clear in ("欧阳", "138", "0001", "幸福小区"))
    read = Petitioner.objects.get(petition=petition)
    assert (read.name, read.phone, read.address) == ("欧阳𠮷", "13800000001", "幸福小区3号楼2单元502")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"text": "  "}, "请填写诉求内容"),
        ({"text": "长" * 10_001}, "最多 10000 字，现有 10001 字"),
        ({"text": "停水\x00了"}, "无法保存的字符"),
        ({"phone": "12345678901234"}, "电话号码不正确"),
        ({"phone": "call me"}, "电话号码不正确"),
    ],
)
def test_unusable_input_is_refused_and_nothing_is_written(desk, values, sentence):
    with pytest.raises(Invalid, match=sentence):
        desk.register(**values)
    assert nothing_written()


def test_another_units_ticket_is_refused_and_nothing_is_written(desk):
    with pytest.raises(Refused, match="不能为“和平社区”登记"):
        desk.register(unit=desk.tree.sister_community)
    assert nothing_written()


@pytest.mark.parametrize("text", ["㐱姓居民反映𠮷祥里停水🚰，请处理", "长" * 3145, "第一行\r\n第二行"])
def test_rare_characters_emoji_and_long_texts_are_kept_to_the_letter(desk, text):
    assert Petition.objects.get(pk=desk.register(text=text).pk).text == text


@pytest.mark.parametrize(
    ("raw", "kept"),
    [("", ""), ("138 0000 0001", "13800000001"), ("+86 13800000001", "+8613800000001"),
     ("0439-3721234", "04393721234"), ("12345", "12345")],
)  # fmt: skip
def test_telephone_numbers_as_people_write_them(raw, kept):
    assert check_phone(raw) == kept


@pytest.mark.parametrize(
    ("text", "title"),
    [("停水。急！", "停水"), ("一" * 40, "一" * 29 + "…"), ("楼道灯坏了", "楼道灯坏了"), ("。", "。")],
)
def test_the_title_is_the_first_sentence(text, title):
    assert title_from(text) == title


def test_a_repeated_request_hands_back_the_first_ticket_and_code(desk):
    values = {
        "actor": None, "text": TEXT, "channel": Channel.SNAP, "unit": desk.tree.community, "request_key": uuid.uuid4(),
    }  # fmt: skip
    first = services.petition_register(**values)
    again = services.petition_register(**values)
    assert (again.petition.pk, again.query_code, again.repeated) == (first.petition.pk, first.query_code, True)
    assert Petition.objects.count() == 1
    assert Event.objects.filter(kind="petition.registered").count() == 1
    assert bytes(first.petition.query_hash) == code_hash(first.query_code.lower())


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_ticket(desk):
    key, worker = uuid.uuid4(), desk.user("community_worker")
    made: list[int] = []

    def click() -> None:
        made.append(make_petition(worker, unit=desk.tree.community, request_key=key).pk)
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert (Petition.objects.count(), Clock.objects.count(), Petitioner.objects.count()) == (1, 1, 1)


def test_a_source_number_is_taken_once(desk):
    desk.register(external_number="FS20260901")
    with pytest.raises(Conflict, match="“FS20260901”已经登记过"):
        desk.register(external_number="FS20260901")
    assert Petition.objects.count() == 1


def test_registering_and_dispatching_is_one_step(desk):
    registered = services.petition_register_and_dispatch(
        actor=desk.user("community_worker"), text=TEXT, channel=Channel.COUNTER, unit=desk.tree.community,
        category=desk.category, phone="13800000001",
    )  # fmt: skip
    petition = Petition.objects.get(pk=registered.petition.pk)
    assert (petition.state, petition.lead) == (State.DISPATCHED, desk.tree.housing)
    assert petition.event_seq == 3


def test_a_time_in_the_future_becomes_now(desk):
    petition = desk.register(received_at=timezone.now() + timedelta(days=3))
    assert petition.received_at <= timezone.now()


def test_registering_takes_few_statements(desk, django_assert_num_queries):
    worker = desk.user("community_worker")
    make_petition(worker, unit=desk.tree.community)  # rules and calendar are in memory from now on
    with django_assert_num_queries(8):
        make_petition(worker, unit=desk.tree.community)


def test_earlier_tickets_of_the_caller_are_found_inside_the_area_only(desk):
    mine = desk.register(phone="13800000009")
    make_petition(desk.user("district_officer"), unit=desk.tree.other_community, phone="138-0000-0009")
    assert selectors.earlier_of_caller(desk.user("community_worker"), "+86 138 0000 0009") == [mine]
    assert len(selectors.earlier_of_caller(desk.user("district_officer"), "13800000009")) == 2
    assert selectors.earlier_of_caller(desk.user("building_chief"), "13800000009") == []


def test_units_are_suggested_from_the_address(desk):
    worker = desk.user("community_worker")
    assert selectors.suggest_units(worker, "江湾社区幸福路3号")[0] == desk.tree.community
    assert selectors.suggest_units(worker, "和平社区幸福路3号") == []
    assert selectors.own_unit(worker) == desk.tree.community


@pytest.mark.parametrize("words", ["停车费", "物业 公示", "车", "WIFI"])
def test_search_in_chinese_text(desk, words):
    hit = desk.register(text="物业停车费没有公示，门口wifi也断了")
    desk.register(text="楼道灯坏了")
    rows = selectors.search(Petition.objects.visible_to(desk.user("community_worker")), words)
    assert list(rows) == [hit]
