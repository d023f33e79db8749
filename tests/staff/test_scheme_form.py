"""A pay scheme in the generic form of rules: compact tables, samples, and every kind of hole and overlap named."""

from __future__ import annotations

import copy
import html
from collections.abc import Callable
from typing import Any

import pytest

from accounts.rule_forms import RuleForm
from common import policies
from common.models import Policy
from staff.pay.scheme import problems
from staff.policy_kinds import scheme_samples

pytestmark = pytest.mark.django_db
URL = "/rules/pay_scheme/new"
TODAY = "2099-01-01"


@pytest.fixture
def browser(rules: None, staff: Any, client_for: Any) -> Any:
    return client_for(staff["security_admin"])


def sent(form: RuleForm, **changes: Any) -> dict[str, Any]:
    """What a browser sends for the form as it is shown, with some fields changed (``None``: left out)."""
    data: dict[str, Any] = dict(form.counts)
    for bound in form:
        value = bound.value()
        if value is not None and value is not False:
            data[bound.name] = bound.field.prepare_value(value)
    data |= {"note": "江人社发〔2026〕8号", "valid_from": TODAY, **changes}
    return {name: value for name, value in data.items() if value is not None}


def open_form(browser: Any, query: str = "") -> RuleForm:
    return browser.get(URL + query).context["form"]


# --- holes and overlaps: the sentence, and that nothing is saved

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a grade is missing": ({"grades__4__remove": "on"}, "等级不连续：缺少 5 级。"),
    "two grades are missing": ({"grades__4__remove": "on", "grades__8__remove": "on"}, "等级不连续：缺少 5、9 级。"),
    "the first grade is missing": ({"grades__0__remove": "on"}, "等级不连续：缺少 1 级。"),
    "a grade stands twice": ({"grades__4__grade": "6"}, "等级重复：6 级各只能有一行。"),
    "a grade is worth no more than the one before": ({"grades__9__coefficient": "1.269"}, "10 级的系数应高于 9 级。"),
    "a grade is worth less": ({"grades__9__coefficient": "1.2"}, "10 级的系数应高于 9 级。"),
    "a rank belongs to two posts": (
        {"posts__1__ranks": ["deputy", "member", "worker"]}, "职务重复：工作人员只能归入一个岗位。"
    ),
    "a rank belongs to none": ({"posts__1__ranks": ["deputy"]}, "职务遗漏：两委委员还没有归入岗位。"),
    "a post goes beyond the grades": ({"grades__17__remove": "on"}, "“社区正职”的最高级是 18 级，等级表只到 17 级。"),
    "a post starts below its lowest": ({"posts__0__start": "3"}, "“社区正职”的等级应为：最低级 ≤ 起点级 ≤ 最高级。"),
    "a post is turned round": ({"posts__1__highest": "2"}, "“副职、两委委员”的等级应为：最低级 ≤ 起点级 ≤ 最高级。"),
    "there is no post": (
        {"posts__0__remove": "on", "posts__1__remove": "on", "posts__2__remove": "on"}, "至少要有一个岗位。"
    ),
    "there is no item": (
        {"items__0__remove": "on", "items__1__remove": "on", "items__2__remove": "on"}, "至少要有一个工资项目。"
    ),
    "two items have one name": ({"items__1__label": "基本报酬"}, "每个工资项目都要有名称，不超过 20 字，互不相同。"),
    "an item has nothing to take from": ({"items__0__source": "grade"}, "“基本报酬”取自“等级表的金额”，但表中没有金额。"),
    "the base is missing": ({"base": "0"}, "“基本报酬”取自“基数 × 地区系数 × 等级系数”，但表中没有金额。"),
    "a figure is out of range": ({"local": "0"}, "“地区系数”应在 0.1 与 10 之间。"),
    "a step of no years": ({"step_years": "0"}, "“满几年晋一级”应在 1 与 10 之间。"),
    "a scheme without a name": ({"label": ""}, "方案要有名称，不超过 30 字。"),
    "a factor out of range": ({"results__failed__factor": "301"}, "“不合格的绩效比例”应在 0 与 300 之间。"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_and_nothing_is_saved(browser, name):
    changes, sentence = WRONG[name]
    before = Policy.objects.count()
    answer = browser.post(URL, sent(open_form(browser), **changes))
    assert answer.status_code == 400
    assert sentence in answer.context["form"].non_field_errors()
    assert f"<li>{sentence}</li>" in html.unescape(answer.content.decode())
    assert Policy.objects.count() == before


def test_everything_wrong_at_once_is_a_list(browser):
    changes = {"grades__4__remove": "on", "grades__9__coefficient": "1.2", "local": "0", "items__1__label": "基本报酬"}
    answer = browser.post(URL, sent(open_form(browser), **changes))
    assert answer.context["form"].non_field_errors() == [
        "“地区系数”应在 0.1 与 10 之间。", "等级不连续：缺少 5 级。", "10 级的系数应高于 9 级。",
        "每个工资项目都要有名称，不超过 20 字，互不相同。",
    ]  # fmt: skip


def _drop(key: str, name: str) -> Callable[[dict[str, Any]], None]:
    return lambda data: data[key].pop(name)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_drop("education", "master"), "学历表不完整，请恢复全部各行。"),
        (_drop("certificates", "senior"), "证书表不完整，请恢复全部各行。"),
        (_drop("results", "basic"), "考核结果表不完整，请恢复全部各行。"),
        (lambda data: data["posts"][0]["ranks"].append("mayor"), "无法识别的职务：mayor。"),
        (lambda data: data["grades"].clear(), "至少要有一个等级。"),
    ],
)
def test_content_that_no_form_can_send_is_refused_too(spoil, sentence):
    data = copy.deepcopy(scheme_samples()["jilin"][1])
    assert problems(data) == []
    spoil(data)
    assert sentence in problems(data)


# --- the page


def test_grades_stand_in_one_table_whose_inputs_are_named(browser):
    page = browser.get(URL).content.decode()
    assert page.count('name="grades__') == 18 * 4  # grade, coefficient, amount, removed
    assert 'aria-label="等级：10，系数"' in page
    assert 'aria-label="硕士加几级"' in page


def test_another_grade_has_the_next_number(browser):
    form = browser.post(URL, sent(open_form(browser), add="grades")).context["form"]
    assert form["grades__18__grade"].value() == "19"
    values = {"grades__18__coefficient": "1.75", "posts__0__highest": "19"}
    answer = browser.post(URL, sent(form, **values))
    assert answer.status_code == 302, answer.context["form"].errors
    policies.forget()
    new = Policy.objects.latest("pk").data
    assert new["grades"][-1] == {"grade": 19, "coefficient": "1.75", "amount": "0"}


def test_saved_as_it_stands_nothing_changes_but_the_mark(browser):
    old = Policy.objects.get(key="pay_scheme").data
    assert browser.post(URL, sent(open_form(browser))).status_code == 302
    assert Policy.objects.latest("pk").data == {**old, "demo": False}


@pytest.mark.parametrize("name", ["jilin", "three_bands", "post_grade_title", "base_performance", "reference_grades"])
def test_a_sample_is_loaded_and_saved(browser, name):
    label, data = scheme_samples()[name]
    page = browser.get(f"{URL}?sample={name}")
    assert f"正在使用样板“{label}”。" in page.content.decode()
    answer = browser.post(f"{URL}?sample={name}", sent(page.context["form"]))
    assert answer.status_code == 302, answer.context["form"].errors
    assert Policy.objects.latest("pk").data == {**data, "demo": False}


def test_a_list_of_a_sample_grows_too(browser):
    url = f"{URL}?sample=three_bands"
    form = browser.post(url, sent(browser.get(url).context["form"], add="grades")).context["form"]
    assert form["grades__12__grade"].value() == "13"


def test_an_unknown_sample_is_not_found_and_other_rules_have_none(browser):
    assert browser.get(f"{URL}?sample=nonsense").status_code == 404
    assert "从样板开始" not in browser.get("/rules/leave/new").content.decode()


@pytest.mark.parametrize("key", ["pay_scheme", "insurance", "income_tax"])
def test_the_page_of_the_rule_reads_as_tables(browser, key):
    page = browser.get(f"/rules/{key}").content.decode()
    assert "gw-grid-table" in page
    words = {"pay_scheme": "1.309", "insurance": "住房公积金", "income_tax": "85920"}
    assert f"<td>{words[key]}</td>" in page
