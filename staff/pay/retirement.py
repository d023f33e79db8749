"""When somebody reaches 法定退休年龄 (全国人大常委会关于实施渐进式延迟法定退休年龄的决定, 2024)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from common.months import last_day
from staff.pay.checking import between

MEN, WOMEN = "men", "women"
WORDS = {MEN: "男", WOMEN: "女"}
YEAR = 12


class Ages(NamedTuple):
    """``age`` in years; one month later for every ``step`` months that it is reached after the delay began, ``most`` in all."""

    age: int
    step: int
    most: int


class Retirement(NamedTuple):
    """The rule: the month in which the delay began, and the ages of men and women."""

    delay_from: date
    ages: Mapping[str, Ages]


def retirement_of(data: Mapping[str, Any]) -> Retirement:
    """The typed form of a table that has passed :func:`problems`."""
    ages = {sex: Ages(*(int(data[sex][key]) for key in Ages._fields)) for sex in (MEN, WOMEN)}
    return Retirement(date.fromisoformat(f"{data['delay_from']}-01"), ages)


def last_day_of_work(rule: Retirement, born: date, sex: str) -> date:
    """The last day of the month in which the age is reached; of an unknown ``sex`` the later one of both."""
    if sex not in rule.ages:
        return max(last_day_of_work(rule, born, known) for known in rule.ages)
    age, step, most = rule.ages[sex]
    reached = _number(born) + age * YEAR
    late = reached - _number(rule.delay_from)
    if step and late >= 0:
        reached += min(late // step + 1, most)
    return last_day(date(reached // YEAR, reached % YEAR + 1, 1))


def sex_of(id_number: str) -> str:
    """From the identity number (GB 11643: the seventeenth digit is odd for men); empty without one."""
    if len(id_number) != 18 or not id_number[16].isdigit():
        return ""
    return MEN if int(id_number[16]) % 2 else WOMEN


def _number(day: date) -> int:
    return day.year * YEAR + day.month - 1


def problems(data: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the table, each as a sentence."""
    try:
        date.fromisoformat(f"{data['delay_from']}-01")
    except ValueError:
        yield "“延迟退休起始月份”应为 2025-01 这样的月份。"
    for sex, word in WORDS.items():
        yield from between(data[sex]["age"], f"{word}：原退休年龄", "45", "70", whole=True)
        yield from between(data[sex]["step"], f"{word}：每几个月延迟一个月", "0", "60", whole=True)
        yield from between(data[sex]["most"], f"{word}：最多延迟几个月", "0", "120", whole=True)
