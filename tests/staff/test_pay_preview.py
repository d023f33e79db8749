"""``manage.py pay_preview``: the example of docs/pay-preview.md, rules from the database, and wrong input."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from common.errors import PlainError
from common.models import Policy
from common.profile import ProfileError
from staff.models import Slip, Worker
from staff.pay.preview import preview
from tests.contracts.world import contents
from tests.factories.rules import make_rules
from tests.staff.pay_rules import tables

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "examples" / "pay-preview.json"
SMALL = {
    "months": {"from": "2026-01", "to": "2026-02"},
    "rules": dict.fromkeys(("pay_scheme", "insurance", "income_tax", "leave"), "profile:jiangyuan"),
    "people": [{"name": "甲", "rank": "worker", "education": "college", "entered_on": "2020-01-01", "grade": 10}],
}


def run(path: Path) -> dict[str, Any]:
    out = StringIO()
    call_command("pay_preview", str(path), stdout=out)
    return json.loads(out.getvalue())


def run_data(tmp_path: Path, data: Any) -> dict[str, Any]:
    path = tmp_path / "case.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return run(path)


def changed(**given: Any) -> dict[str, Any]:
    """The small case with other values for its person."""
    data = deepcopy(SMALL)
    data["people"][0] |= given
    return data


def test_the_example(db):
    before = contents()
    found = run(EXAMPLE)
    assert contents() == before, "nothing is written"
    head, newcomer = found["people"]
    months = {slip["month"]: slip for slip in head["slips"] if slip["period"] == "month"}
    assert list(months) == [f"2026-{number:02}" for number in range(1, 13)]
    # excellent in 2025: 3298.68 + 1413.72 × 120 % = 4995.14; 4500 × (8 + 2 + 0.3 + 8) % = 823.50
    january = months["2026-01"]
    assert (january["gross"], january["insurance"], january["tax"]["tax"], january["net"]) == (
        "4995.14", "823.50", "0.00", "4171.64",
    )  # fmt: skip
    assert january["items"][0] == {
        "key": "basic", "label": "基本报酬", "amount": "3298.68", "why": "基数 3600 × 10 级系数 1.309 × 70%",
    }  # fmt: skip
    # elders from January, declared in April: 4 × 1500 + 2000
    assert [months[f"2026-{number:02}"]["facts"]["special"] for number in (3, 4, 5)] == [
        "2000.00",
        "8000.00",
        "3500.00",
    ]
    # three days sick: 4995.14 × 3 × 40 % ÷ 21.75 = 275.5939
    assert months["2026-03"]["items"][2]["amount"] == "-275.59"
    # from July unemployment 0.5 % of 4712.40: 376.99 + 94.25 + 23.56 + 0 + 376.99
    assert months["2026-07"]["insurance"] == "871.79"
    assert [one["employee"] for one in months["2026-07"]["contributions"]] == [
        "376.99",
        "94.25",
        "23.56",
        "0.00",
        "376.99",
    ]
    bonus = head["slips"][-1]
    assert (bonus["period"], bonus["tax"]["tax"], bonus["net"]) == ("bonus", "141.37", "4571.03")
    assert bonus["other_way"]["tax"] == "0.00", "together it would cost nothing"
    assert head["years"][0]["settlement"]["difference"] == "0.00"
    # 12 of March's days: 2880 × 12 ÷ 21.75; the first wage of the year: three months' allowance in March
    first = newcomer["slips"][0]
    assert (first["gross"], first["tax"]["months"], first["tax"]["allowance"]) == ("1588.97", 3, "15000.00")
    assert [slip["month"] for slip in newcomer["slips"]][-1] == "2026-10"


def test_the_page_shows_the_example():
    """What is documented is what is tested."""
    page = (DOCS / "pay-preview.md").read_text(encoding="utf-8")
    assert "examples/pay-preview.json" in page
    for key in json.loads(EXAMPLE.read_text(encoding="utf-8"))["people"][0]:
        assert f"`{key}`" in page


def test_rules_of_the_database_by_their_dates(db, tmp_path):
    make_rules("jiangyuan")
    later = tables("jiangyuan")["pay_scheme"] | {"base": "4000"}
    Policy.objects.create(key="pay_scheme", valid_from=date(2026, 2, 1), data=later)
    found = run_data(tmp_path, {key: value for key, value in SMALL.items() if key != "rules"})
    slips = found["people"][0]["slips"]
    # 3600 × 1.309 and 4000 × 1.309
    assert [slip["gross"] for slip in slips] == ["4712.40", "5236.00"]
    assert "数据库，2026-02-01 起" in slips[1]["rules"]["pay_scheme"]
    assert not Worker.objects.exists()
    assert not Slip.objects.exists()


def test_a_whole_table_in_the_file(tmp_path):
    data = deepcopy(SMALL)
    data["rules"]["pay_scheme"] = tables("post_grade_title")["pay_scheme"]
    data["rules"]["pay_scheme"] = json.loads(json.dumps(data["rules"]["pay_scheme"], default=str))
    # 2300 + grade 10 590 + 200
    assert run_data(tmp_path, data)["people"][0]["slips"][0]["gross"] == "3090.00"


def test_years_follow_each_other(tmp_path):
    """Back-pay in January is taxed in the new year; a year of little income starts the next with all its allowance."""
    data = changed(additions=[{"month": "2026-01", "label": "补发", "amount": "9000"}], insurance_base=5000)
    data["months"] = {"from": "2025-01", "to": "2026-01"}
    found = run_data(tmp_path, data)["people"][0]
    december, january = found["slips"][-2:]
    assert december["tax"]["months"] == 12
    # 12 × 4712.40 = 56548.80 ≤ 60000: 13712.40 − 60000 < 0 (公告2020年第19号)
    assert (january["tax"]["months"], january["tax"]["income"], january["tax"]["tax"]) == (12, "13712.40", "0.00")
    data["people"][0]["additions"].append({"month": "2025-06", "label": "奖励", "amount": "3451.21"})
    january = run_data(tmp_path, data)["people"][0]["slips"][-1]
    # 60000.01 last year: 13712.40 − 5000 − 915 = 7797.40; × 3 % = 233.922
    assert (january["tax"]["months"], january["tax"]["tax"]) == (1, "233.92")


def test_a_bonus_of_last_year_paid_in_january(tmp_path):
    data = changed(
        grade=5, bonuses=[{"year": 2026, "paid_on": "2027-01-20", "tax": "together"}], reviews={"2026": "excellent"}
    )
    data["months"] = {"from": "2026-01", "to": "2027-01"}
    data["rules"]["pay_scheme"] = "profile:jianou"
    slips = run_data(tmp_path, data)["people"][0]["slips"]
    # 12 × 712 × 120 %; January has begun to keep for the year after
    assert (slips[-1]["period"], slips[-1]["gross"]) == ("bonus", "10252.80")
    assert slips[-2]["held"] == {"bonus": "712.00"}


def test_a_deduction_declared_and_ended_late(tmp_path):
    """Elders 1,500 since January, declared in March; ended with April, told in July."""
    late = {"kind": "elders", "amount": "1500", "from": "2026-01", "declared": "2026-03"}
    late |= {"to": "2026-04", "end_declared": "2026-07"}
    data = changed(special_deductions=[late], insurance_base=5000)
    data["months"]["to"] = "2026-08"
    slips = run_data(tmp_path, data)["people"][0]["slips"]
    # 3 × 1500 in March; two months too many taken back in July
    assert [slip["facts"]["special"] for slip in slips] == [
        "0.00", "0.00", "4500.00", "1500.00", "1500.00", "1500.00", "-3000.00", "0.00",
    ]  # fmt: skip
    assert slips[2]["notes"] == ["专项附加扣除：本月 1500，补扣本年以前月份 3000，本次合计 4500"]
    assert slips[6]["notes"] == ["专项附加扣除：本月 0，冲回本年以前月份多扣的 3000，本次合计 -3000"]
    assert slips[7]["tax"]["special"] == "6000.00"


def test_what_a_file_says_of_a_new_worker_is_said_of_the_slip(tmp_path):
    data = changed(entered_on="2026-07-01", first_income_of_year=True, grade=10)
    data["months"] = {"from": "2026-08", "to": "2026-09"}
    data["people"][0]["year_to_date"] = dict.fromkeys(("income", "insurance", "special", "tax"), "0") | {"months": 1}
    august, september = run_data(tmp_path, data)["people"][0]["slips"]
    assert (august["tax"]["months"], september["tax"]["months"]) == (8, 9)
    assert september["notes"] == [
        "本年首次取得工资薪金：减除费用自 1 月起算，共 9 个月",
        "没有登记缴费基数：以 2026-08 的整月工资 4712.4 为基数，本缴费年度内不变，登记后按登记的基数",
    ]


def test_grades_in_words(tmp_path):
    reviews = {"2023": "qualified", "2024": "failed"}
    data = changed(reviews=reviews, entered_on="2022-01-01")
    del data["people"][0]["grade"]
    data["people"][0]["changes"] = [{"on": "2025-06-10", "education": "bachelor"}]
    data["months"] = {"from": "2025-06", "to": "2025-07"}
    found = run_data(tmp_path, data)["people"][0]
    steps = [(step["from"], step["grade"], step["reason"]) for step in found["grades"]]
    assert steps == [
        ("2022-01-01", 1, "入职定级"), ("2023-01-01", None, "未晋级"), ("2024-01-01", None, "未晋级"),
        ("2025-01-01", None, "未晋级"), ("2025-07-01", 2, "取得学历"),
    ]  # fmt: skip
    assert found["grades"][3]["why"] == ["2024 年度考核为不合格，当年不计入晋级年限，不晋级。"]
    assert found["grades"][-1]["why"][-1] == "由 1 级调整为 2 级。"
    assert [slip["facts"]["grade"] for slip in found["slips"]] == [1, 2], "from the month after"


ENDLESS = {
    "allowance": "5000",
    "bonus_until": "2027-12-31",
    "brackets": [{"up_to": "36000", "rate": "3", "quick": "0"}],
}
SHAPELESS = {"floor": "1", "ceiling": "2", "items": 3}
WRONG = {
    "no person": (lambda data: data.update(people=[]), "people：应有 1 至 200 人"),
    "no months": (lambda data: data.pop("months"), "months.from：缺少这一项"),
    "month backwards": (lambda data: data["months"].update(to="2025-12"), "months.to：应在 from 之后"),
    "month misspelt": (lambda data: data["months"].update({"from": "2026-13"}), "months.from：应为月份，如 2026-03，现为 '2026-13'"),
    "misspelt field": (lambda data: data["people"][0].update(garde=3), "people[1].garde：没有这样的设置，请检查拼写"),
    "unknown rank": (lambda data: data["people"][0].update(rank="boss"), "people[1].rank：应为 both_heads、head"),
    "no such day": (lambda data: data["people"][0].update(entered_on="2025-02-30"), "people[1].entered_on：应为日期"),
    "entry after exit": (lambda data: data["people"][0].update(left_on="2019-01-01"), "people[1].left_on：不能早于 entered_on"),
    "not employed": (lambda data: data["people"][0].update(entered_on="2027-01-01"), "people[1].entered_on：所选月份内不在岗"),
    "grade too high": (lambda data: data["people"][0].update(grade=19), "people[1].grade：2026-01 的方案没有 19 级"),
    "no number": (lambda data: data["people"][0].update(insurance_base="五千"), "people[1].insurance_base：应为数字，现为 '五千'"),
    "three decimals": (lambda data: data["people"][0].update(insurance_base="5000.125"), "people[1].insurance_base：最多 2 位小数"),
    "negative hours": (
        lambda data: data["people"][0].update(leave={"2026-01": {"sick": "-1"}}), "people[1].leave.2026-01.sick：应在 0 与 23 之间",
    ),
    "unknown leave": (lambda data: data["people"][0].update(leave={"2026-01": {"holiday": 1}}), "people[1].leave.2026-01.holiday：没有这种假别"),
    "leave elsewhere": (lambda data: data["people"][0].update(leave={"2026-05": {"sick": 1}}), "people[1].leave：2026-05 不在 months 之内"),
    "too much leave": (
        lambda data: data["people"][0].update(leave={"2026-01": {"sick": 20, "annual": 5}}), "people[1].leave.2026-01.annual：一个月的请假合计不能超过 23",
    ),
    "two bonuses apart": (
        lambda data: data["people"][0].update(bonuses=[{"year": 2025, "paid_on": "2026-01-20", "tax": "apart", "amount": 1}] * 2),
        "people[1].bonuses：单独计税在一个纳税年度内只能用一次",
    ),
    "bonus apart too late": (
        lambda data: (
            data["months"].update({"from": "2028-01", "to": "2028-01"}),
            data["people"][0].update(bonuses=[{"year": 2027, "paid_on": "2028-01-20", "tax": "apart", "amount": 1}]),
        ),
        "people[1].bonuses[1].tax：年终奖单独计税的政策执行到 2027-12-31",
    ),
    "unknown source": (lambda data: data["rules"].update(leave="sample:jilin"), "rules.leave：应为 database、profile:区县 或一张表"),
    "unknown sample": (lambda data: data["rules"].update(pay_scheme="sample:x"), "rules.pay_scheme：没有名为“x”的样例方案"),
    "unknown profile": (lambda data: data["rules"].update(leave="profile:x"), "rules.leave：没有名为“x”的区县配置"),
    "unknown rule": (lambda data: data["rules"].update(bonus="database"), "rules.bonus：没有这样的设置"),
    "table with a gap": (
        lambda data: data["rules"].update(income_tax=ENDLESS),
        "rules.income_tax：税率表最后一级的上限应为 0",
    ),
    "half a table": (lambda data: data["rules"].update(leave={"days": "21.75"}), "rules.leave：表中缺少 paid"),
    "table of another shape": (lambda data: data["rules"].update(insurance=SHAPELESS), "rules.insurance：表中有不是数字的内容"),
    "unknown row": (
        lambda data: data["rules"].update(insurance=[{"valid_from": "2026-01-01", "use": "profile:yanji", "set": {"items": {"x": {}}}}]),
        "rules.insurance[1].set.items.x：没有这一行，有的是 pension",
    ),
    "nothing in force": (
        lambda data: data["rules"].update(leave=[{"valid_from": "2026-02-01", "use": "profile:yanji"}]),
        "rules.leave：2026-01 没有生效的版本，最早的一版从 2026-02-01 起",
    ),
    "people no list": (lambda data: data.update(people="甲"), "people：应为表的数组"),
    "person no table": (lambda data: data.update(people=["甲"]), "people：每一项都应为一张表"),
    "an end declared without an end": (
        lambda data: data["people"][0].update(
            special_deductions=[{"kind": "rent", "amount": 800, "from": "2026-01", "end_declared": "2026-02"}]
        ),
        "people[1].special_deductions[1].end_declared：应晚于 to，并写明 to",
    ),
    "year to date in January": (
        lambda data: data["people"][0].update(year_to_date={"months": 1, "income": 1, "insurance": 0, "special": 0, "tax": 0}),
        "people[1].year_to_date：从 1 月起计算时没有本年度此前的累计",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_one_sentence_that_names_the_field(tmp_path, name):
    change, sentence = WRONG[name]
    run_data(tmp_path, SMALL)
    data = deepcopy(SMALL)
    change(data)
    with pytest.raises(CommandError) as refused:
        run_data(tmp_path, data)
    message = str(refused.value)
    assert sentence in message
    assert message.endswith("。")
    assert "\n" not in message
    assert refused.value.returncode == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "case.json：第 1 行第 2 列起不是有效的 JSON。"),
        ("[]", "case.json：最外层应为一个对象，含 months 和 people。"),
        ('{"months": NaN}', "NaN 不是数字，金额请写成 \"4712.40\"。"),
        ('{"months": {}, "months": {}}', "同一处写了两次 months。"),
        ("[" * 100_000, "case.json：嵌套层数过多。"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_case(tmp_path, text, sentence):
    with pytest.raises(CommandError, match=".") as refused:
        run_data(tmp_path, text)
    assert str(refused.value) == sentence


ODD = (None, [], {}, "", "x", -1, 0, True, "1e400", "2026-02-30", [1], {"x": 1}, 10**30)


def _places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of the file."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield (*path, key)
        yield from _places(value, (*path, key))


def _no_rules(kind: str) -> list[Any]:
    return []


def _refusal(data: Any) -> str | None:
    try:
        preview(data, "case.json", _no_rules)
    except (PlainError, ProfileError) as error:
        return str(error)
    return None


def test_whatever_stands_in_a_field_is_answered_with_a_sentence():
    """Every value of the example in turn is replaced by odd ones: it is reckoned, or refused in Chinese, never a traceback."""
    example = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    refused = 0
    for path in _places(example):
        for odd in ODD:
            data = deepcopy(example)
            holder = data
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = odd
            sentence = _refusal(data)
            refused += sentence is not None
            assert sentence is None or re.match(r"(case.json：)?[a-z_]+|规则", sentence), sentence
    assert refused > 500


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(CommandError, match="none.json：读不到这个文件，请检查路径。"):
        run(tmp_path / "none.json")
    path = tmp_path / "gbk.json"
    path.write_bytes('{"甲": 1}'.encode("gbk"))
    with pytest.raises(CommandError, match="gbk.json：应为 UTF-8 编码的文字。"):
        run(path)


def test_without_rules_in_the_database(db, tmp_path):
    data = deepcopy(SMALL)
    del data["rules"]["leave"]
    with pytest.raises(CommandError, match="rules.leave：数据库里没有这项规则，请写明来源"):
        run_data(tmp_path, data)
