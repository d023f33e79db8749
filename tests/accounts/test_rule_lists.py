"""Lists of a rule grow and shrink in the browser; what hangs on a new kind of points follows in the same transaction."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.rule_forms import RuleForm
from accounts.rules import changed, grown, sections
from common import policies
from common.models import Event, Policy
from common.policies import kind_of
from tests.factories.rules import make_rules
from volunteers.models import Programme
from volunteers.rules import member_rule, points_rule, star_levels, themes
from volunteers.services.programmes import programmes_follow

pytestmark = pytest.mark.django_db
DAY = "2026-12-01"
ITEMS = {
    "demo": True,
    "programme": "volunteer",
    "items": [{"key": "study", "label": "参加主题党日", "points": "-2.5", "most": 2}],
    "levels": [{"label": "一星党员", "points": "20"}],
}


@pytest.fixture
def browser(staff, client_for):
    """The security administrator on a Friday in November, in a district with one kind of points."""
    make_rules("tonghua")
    programmes_follow(Policy.objects.get(key="points").data)
    with time_machine.travel("2026-11-20 10:00 +0800", tick=False):
        yield client_for(staff["security_admin"])


def sent_by(form: RuleForm, **changes: Any) -> dict[str, Any]:
    """What the browser would send for the form as it is shown, with some fields changed."""
    data: dict[str, Any] = dict(form.counts)
    for bound in form:
        value = bound.value()
        if hasattr(bound.field.widget, "decompress"):
            parts = value if isinstance(value, list) else bound.field.widget.decompress(value)
            data |= {f"{bound.name}_{place}": str(part) for place, part in enumerate(parts)}
        elif value is not None and value is not False:
            data[bound.name] = bound.field.prepare_value(value)
    return {**data, "note": "区民发〔2026〕3号", "valid_from": DAY, **changes}


def open_form(browser: Client, key: str) -> RuleForm:
    return browser.get(f"/rules/{key}/new").context["form"]


def add(browser: Client, key: str, form: RuleForm, name: str, **changes: Any) -> RuleForm:
    """Press “再加一项” of a list; the form that comes back."""
    before = Policy.objects.count()
    response = browser.post(f"/rules/{key}/new", sent_by(form, add=name, **changes))
    assert (response.status_code, Policy.objects.count()) == (200, before)
    assert "gw-alert-error" not in response.content.decode()
    return response.context["form"]


def save(browser: Client, key: str, form: RuleForm, **changes: Any) -> Policy:
    response = browser.post(f"/rules/{key}/new", sent_by(form, **changes))
    assert response.status_code == 302, response.context["form"].errors
    policies.forget()
    return Policy.objects.latest("pk")


@pytest.mark.parametrize("key", ["points", "stars", "member_items", "orders", "themes", "honours"])
def test_saving_a_form_as_it_stands_changes_nothing_but_the_mark(browser, key):
    if key == "member_items":
        Policy.objects.filter(key=key).update(data=ITEMS)
    old = Policy.objects.get(key=key).data
    new = save(browser, key, open_form(browser, key))
    assert new.data == {**old, **({"demo": False} if "demo" in old else {})}


@pytest.mark.parametrize("key", ["points", "stars", "member_items", "orders", "themes", "honours"])
def test_pages_read_like_a_document(browser, key):
    page = browser.get(f"/rules/{key}").content.decode()
    for code in ("per_hour", "approval_above", "valid_years", "most_open_claims", "claimers", "festival", "None", "[]"):
        assert code not in page
    words = {
        "points": "每次活动最多计几小时", "stars": "各星级：三星志愿者", "member_items": "没有。立新版本时可以添加。",
        "orders": "居民点单", "themes": "4 月、5 月", "honours": "最美志愿者、最美三长",
    }  # fmt: skip
    assert words[key] in page


def test_a_kind_of_points_is_added_and_its_programme_with_it(browser, staff):
    form = add(browser, "points", open_form(browser, "points"), "programmes", approval_above="80")
    assert form["programmes__1__per_hour"].value() == "1"
    assert form["approval_above"].value() == "80"  # what was entered so far stays
    new = save(
        browser, "points", form, programmes__1__label="三长积分", programmes__1__groups=["chief"],
        programmes__1__per_hour="2", programmes__1__activity_cap_hours="2", programmes__1__ceiling="15000",
    )  # fmt: skip
    volunteer, chief = new.data["programmes"]
    assert (new.data["approval_above"], volunteer["key"], volunteer["label"]) == ("80", "volunteer", "志愿积分")
    assert chief == {
        "key": chief["key"], "label": "三长积分", "groups": ["chief"], "per_hour": "2", "activity_cap_hours": "2",
        "joining": "0", "redeem_after_hours": "0", "ceiling": "15000", "valid_years": 0,
    }  # fmt: skip
    programme = Programme.objects.get(key=chief["key"])
    assert (programme.name, len(chief["key"])) == ("三长积分", 13)
    event = Event.objects.get(stream=programme.stream)
    assert (event.kind, event.actor, event.data) == ("programme.created", staff["security_admin"], {"name": "三长积分"})
    assert [rule.key for rule in points_rule(date(2026, 12, 1)).for_group("chief")] == ["volunteer", chief["key"]]
    assert [rule.key for rule in points_rule(date(2026, 11, 30)).for_group("chief")] == ["volunteer"]


def test_a_programme_is_renamed_with_its_rule(browser):
    save(browser, "points", open_form(browser, "points"), programmes__0__label="公益积分")
    assert list(Programme.objects.values_list("key", "name")) == [("volunteer", "公益积分")]


def test_two_kinds_of_points_never_have_one_name(browser):
    form = add(browser, "points", open_form(browser, "points"), "programmes")
    response = browser.post("/rules/points/new", sent_by(form, programmes__1__label="志愿积分"))
    assert (response.status_code, Policy.objects.filter(key="points").count()) == (400, 1)
    assert "积分项目的名称不能相同" in response.content.decode()
    assert Programme.objects.count() == 1


def test_a_new_star_stands_where_its_hours_belong(browser):
    form = add(browser, "stars", open_form(browser, "stars"), "levels")
    new = save(browser, "stars", form, levels__5__label="启明星", levels__5__hours="200")
    assert [(level["label"], level["hours"]) for level in new.data["levels"]][:3] == [
        ("一星志愿者", "100"), ("启明星", "200"), ("二星志愿者", "300"),
    ]  # fmt: skip
    assert [level.stars for level in star_levels(date(2026, 12, 1))[1]] == [1, 2, 3, 4, 5, 6]


def test_an_empty_list_is_filled(browser):
    form = open_form(browser, "member_items")
    for count in range(2):
        form = add(browser, "member_items", form, "items")
        assert dict(form.counts)["more__items"] == count + 1
    form = add(browser, "member_items", form, "levels")
    new = save(
        browser, "member_items", form, items__0__label="参加主题党日", items__0__points="5", items__0__most="6",
        items__1__label="无故缺席", items__1__points="-2.5", items__1__most="6", levels__0__label="一星党员",
        levels__0__points="20",
    )  # fmt: skip
    rule = member_rule(date(2026, 12, 1))
    assert [(item.label, f"{item.points:f}", item.most) for item in rule.items] == [
        ("参加主题党日", "5", 6), ("无故缺席", "-2.5", 6),
    ]  # fmt: skip
    assert len({item.key for item in rule.items}) == 2
    assert new.data["levels"] == [{"label": "一星党员", "points": "20"}]


def test_entries_are_removed_also_those_never_filled_in(browser):
    form = add(browser, "themes", open_form(browser, "themes"), "themes")
    last = len(themes(date(2026, 11, 20)))
    new = save(browser, "themes", form, **{"themes__0__remove": "on", f"themes__{last}__remove": "on"})
    old = Policy.objects.get(key="themes", valid_from__lt=date(2026, 1, 1)).data["themes"]
    assert new.data["themes"] == old[1:]


def test_the_last_kind_of_points_cannot_be_removed(browser):
    response = browser.post("/rules/points/new", sent_by(open_form(browser, "points"), programmes__0__remove="on"))
    assert (response.status_code, Policy.objects.filter(key="points").count()) == (400, 1)
    assert "至少要有一个积分项目" in response.content.decode()


def test_names_one_a_line(browser):
    new = save(
        browser, "honours", open_form(browser, "honours"), names="最美三长\r\n\r\n 最美志愿者 \r\n最美三长\r\n好邻居"
    )
    assert new.data["names"] == ["最美三长", "最美志愿者", "好邻居"]


def test_a_version_that_came_meanwhile_is_not_overwritten(browser):
    stale = open_form(browser, "stars")
    save(browser, "stars", open_form(browser, "stars"), levels__0__hours="90")
    response = browser.post("/rules/stars/new", sent_by(stale, valid_from="2026-12-02"))
    assert (response.status_code, Policy.objects.filter(key="stars").count()) == (400, 2)
    assert "又有了新版本" in response.content.decode()


def test_a_list_does_not_grow_without_end(browser):
    form = open_form(browser, "stars")
    response = browser.post("/rules/stars/new", sent_by(form, add="levels", more__levels="999"))
    assert dict(response.context["form"].counts) == {"more__levels": 50}
    assert browser.post("/rules/stars/new", sent_by(form, add="nothing")).status_code == 302


def test_sections_of_lists():
    kind = kind_of("member_items")
    make_rules()
    found = sections(kind, {**ITEMS, "items": []})
    assert [(section.title, section.list_name) for section in found] == [
        ("", ""), ("项目", "items"), ("星级：一星党员", ""), ("星级", "levels"),
    ]  # fmt: skip
    content = grown(kind, ITEMS, {("items",): 1})
    assert content["items"][1] == {"key": "", "label": "", "points": "1", "most": 1}
    assert ITEMS["items"][0]["label"] == "参加主题党日"
    assert len(ITEMS["items"]) == 1
    fresh = changed(kind, content, {}, [("items", 0)])
    assert [entry["key"][:1] for entry in fresh["items"]] == ["n"]
