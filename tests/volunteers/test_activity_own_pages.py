"""Activities for residents and on a volunteer's own phone: what is on, joining, signing by code, own hours."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.factories.activities import DAY_BEFORE, END, START, confirmed, make_activity, make_participation
from tests.factories.volunteers import make_volunteer
from tests.volunteers.activity_support import address, at
from tests.volunteers.own_support import phone_of
from volunteers import sign_codes
from volunteers.models import Participation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day_before(settings):
    settings.OWN_SESSION_HOURS = 30 * 24  # these tests travel days while a browser stays signed in
    settings.SESSION_COOKIE_AGE = 30 * 24 * 3600
    with at(DAY_BEFORE):
        yield


# --- residents


def test_everybody_sees_what_is_on_but_no_draft_and_no_name(tree, worker):
    on = make_activity(tree.community)
    make_participation(on, make_volunteer(tree.community, name="张晓明"))
    draft = make_activity(tree.community, title="还没定", state="draft")
    over = make_activity(tree.community, title="过去的", starts_at=DAY_BEFORE - timedelta(days=1))
    visitor = Client()
    page = visitor.get(address("open-activities"))
    assert [card["row"].pk for card in page.context["activities"]] == [on.pk]
    assert "还有 2 个名额" in page.content.decode()
    assert visitor.get(address("open-activities") + "?theme=health").context["activities"] == []
    shown = visitor.get(address("open-activity", on.pk)).content.decode()
    assert address("own-activity", on.pk) in shown
    assert f'<a href="{address("open-activities")}"' in shown
    assert "张" not in shown
    assert visitor.get(address("open-activity", draft.pk)).status_code == 404
    assert visitor.get(address("open-activity", over.pk)).status_code == 200


def test_own_pages_ask_for_the_code_first(tree, worker):
    activity = make_activity(tree.community)
    for name, args in (("own-activities", ()), ("own-joined", ()), ("own-hours", ()), ("own-activity", (activity.pk,))):
        answer = Client().get(address(name, *args))
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, address("own-enter"))


def test_what_is_near_can_be_chosen(tree, worker):
    own_one, street, sister, far = (
        make_activity(unit) for unit in (tree.grid, tree.street, tree.sister_community, tree.other_community)
    )
    phone = phone_of(make_volunteer(tree.community))

    def shown(area):
        return {card["row"].pk for card in phone.get(address("own-activities") + f"?area={area}").context["activities"]}

    assert shown("own") == {own_one.pk, street.pk}
    assert shown("near") == {own_one.pk, street.pk, sister.pk}
    assert shown("all") == shown("x") == {own_one.pk, street.pk, sister.pk, far.pk}


def test_one_joins_and_leaves_on_the_phone(tree, worker):
    activity = make_activity(tree.community, roles=(("清扫", 1, ""), ("急救", 2, "first_aid")))
    cleaning, aid = activity.roles.all()
    person = make_volunteer(tree.community)
    phone, target = phone_of(person), address("own-activity", activity.pk)
    assert phone.get(target).context["joinable"]
    assert list(phone.post(target, {}).context["form"].errors) == ["role"]
    refused = phone.post(target, {"role": aid.pk})
    assert refused.status_code == 403
    assert "应急救护" in refused.content.decode()
    assert not Participation.objects.exists()
    assert "报名成功" in phone.post(target, {"role": cleaning.pk}, follow=True).content.decode()
    row = Participation.objects.get()
    second = phone_of(make_volunteer(tree.community)).post(target, {"role": cleaning.pk}, follow=True)
    assert "候补名单第 1 位" in second.content.decode()
    other = phone_of(make_volunteer(tree.community))
    assert other.post(address("own-leave-activity", row.pk)).status_code == 404
    assert Participation.objects.get(pk=row.pk).state == "joined"
    phone.post(address("own-leave-activity", row.pk))
    assert list(Participation.objects.order_by("pk").values_list("state", flat=True)) == ["withdrawn", "joined"]


def test_a_notice_stays_until_it_is_read(tree, worker, office):
    activity = make_activity(tree.community)
    person = make_volunteer(tree.community)
    row, phone = make_participation(activity, person), phone_of(person)
    office.post(address("activity-act", activity.pk, "cancel"), {"reason": "大雨"})
    assert "活动已取消：大雨" in phone.get(address("own-joined")).content.decode()
    other = phone_of(make_volunteer(tree.community))
    assert other.post(address("own-notice-read", row.pk)).status_code == 404
    assert Participation.objects.get().notice
    phone.post(address("own-notice-read", row.pk))
    assert Participation.objects.get().notice == ""


# --- signing on the phone


def test_the_code_is_signed_by_a_button_not_by_opening_it(tree, worker):
    activity = make_activity(tree.community)
    person = make_volunteer(tree.community)
    row, phone = make_participation(activity, person), phone_of(person)
    with at(START):
        scan = address("own-sign", sign_codes.token(activity, "in", START))
        assert phone.get(scan).context["joined"]
        assert Participation.objects.get().state == "joined"
        assert "离开时再扫一次签退" in phone.get(address("own-activity", activity.pk)).content.decode()
        page = phone.post(scan, follow=True).content.decode()
        assert "签到成功，08:30" in page
        assert "离开时用手机扫签到屏上的二维码签退" in page
        assert "报名已截止" in page
        assert "个名额" not in page
        assert "已在 08:30 签到，不用再签" in phone_of(person).post(scan, follow=True).content.decode()
    row.refresh_from_db()
    assert (row.state, row.event_seq) == ("present", 2)


def test_an_old_code_is_refused_unless_it_was_fresh_when_opened(tree, worker):
    activity = make_activity(tree.community)
    person = make_volunteer(tree.community)
    make_participation(activity, person)
    scan = address("own-sign", sign_codes.token(activity, "in", START))
    opened, late = phone_of(person), phone_of(person)
    with at(START):
        opened.get(scan)
    with at(START + timedelta(minutes=9)):
        assert late.get(scan).status_code == 409
        assert late.post(scan).status_code == 409
        assert Participation.objects.get().state == "joined"
        assert opened.post(scan).status_code == 302
    assert Participation.objects.get().state == "present"
    with at(START + timedelta(minutes=21)):
        assert opened.get(scan).status_code == 409


def test_who_has_to_enter_first_comes_back_to_the_code(tree, worker):
    activity = make_activity(tree.community)
    with at(START):
        scan = address("own-sign", sign_codes.token(activity, "in", START))
        answer = Client().get(scan)
        assert answer["Location"].split("?")[0] == address("own-enter")
        assert "next=" in answer["Location"]


def test_signing_without_having_joined_or_with_nonsense(tree, worker):
    activity = make_activity(tree.community)
    phone = phone_of(make_volunteer(tree.community))
    with at(START):
        scan = address("own-sign", sign_codes.token(activity, "in", START))
        assert not phone.get(scan).context["joined"]
        assert "还没有报名" in phone.post(scan, follow=True).content.decode()
        assert phone.get(address("own-sign", "nonsense")).status_code == 404
        assert phone.get(address("own-sign", f"{activity.pk}-in-AAAAAAAAAAAA")).status_code == 409
        out = address("own-sign", sign_codes.token(activity, "out", START))
        make_participation(make_activity(tree.community), make_volunteer(tree.community), by=worker)
        assert "还没有报名" in phone.post(out, follow=True).content.decode()
    assert not Participation.objects.filter(activity=activity).exists()


# --- own hours


def test_own_hours_are_seen_and_objected_to(tree, worker, office):
    person, other = make_volunteer(tree.community), make_volunteer(tree.community)
    row = confirmed(make_activity(tree.community), person, worker)
    phone = phone_of(person)
    with at(END + timedelta(hours=1)):
        page = phone.get(address("own-hours"))
        assert [line["new"] for line in page.context["records"]] == [True]
        assert str(page.context["total"]) == "3.00"
        assert [line["new"] for line in phone.get(address("own-hours")).context["records"]] == [False]
        assert phone_of(other).get(address("own-hours")).context["records"] == []
        assert phone_of(other).post(address("own-object", row.pk), {"text": "不对"}).status_code == 404
        assert phone.post(address("own-object", row.pk), {"text": ""}).status_code == 400
        assert Participation.objects.get(pk=row.pk).objection == ""
        assert phone.post(address("own-object", row.pk), {"text": "我早到了半小时"}).status_code == 302
        assert "我早到了半小时" in office.get(address("activity", row.activity_id)).content.decode()
        found = office.get(address("activities") + "?flag=objected").context["page"].rows
        assert [one.pk for one in found] == [row.activity_id]
        assert office.post(address("participation-answer", row.pk), {"text": "活动时间之前的不计"}).status_code == 302
        assert "活动时间之前的不计" in phone.get(address("own-activity", row.activity_id)).content.decode()
    assert Participation.objects.get(pk=row.pk).seen_at is not None
