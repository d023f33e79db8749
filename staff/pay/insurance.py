"""五险一金: social insurance (社会保险法 arts. 10–12, 33, 44) and housing fund (住房公积金管理条例 arts. 16–18)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from staff.pay.checking import between
from staff.pay.money import FEN, ZERO, share_of, short

MOST = "1000000"


class Insurance(NamedTuple):
    """One contribution. Rates as fractions; ``floor`` and ``ceiling`` of its base in yuan; paid from which month of work."""

    key: str
    label: str
    employer: Decimal
    employee: Decimal
    floor: Decimal
    ceiling: Decimal
    from_month: int


class Contribution(NamedTuple):
    """What both pay for one contribution, and the base it was reckoned on."""

    key: str
    label: str
    base: Decimal
    employer: Decimal
    employee: Decimal


def insurances_of(data: Mapping[str, Any]) -> tuple[Insurance, ...]:
    """The typed form of a table that has passed :func:`problems`."""
    return tuple(
        Insurance(
            row["key"], row["label"], share_of(row["employer"]), share_of(row["employee"]),
            Decimal(row["floor"]) or Decimal(data["floor"]), Decimal(row["ceiling"]) or Decimal(data["ceiling"]),
            int(row["from_month"]),
        )
        for row in data["items"]
    )  # fmt: skip


def contributions(table: tuple[Insurance, ...], base: Decimal, month_of_work: int) -> list[Contribution]:
    """Contributions of a month, each side to the fen.

    ``base``: last year's monthly mean, of a new worker the first month's full pay; it is lifted to the floor and cut at
    the ceiling.
    ``month_of_work`` counts from 1, the month of entry.
    """
    found = []
    for key, label, employer, employee, floor, ceiling, from_month in table:
        if month_of_work < from_month:
            found.append(Contribution(key, label, ZERO, ZERO, ZERO))
            continue
        used = floor if base < floor else ceiling if base > ceiling else base
        found.append(
            Contribution(
                key, label, used,
                (used * employer).quantize(FEN, ROUND_HALF_UP) if employer else ZERO,
                (used * employee).quantize(FEN, ROUND_HALF_UP) if employee else ZERO,
            )
        )  # fmt: skip
    return found


def base_words(since: date, base: Decimal) -> str:
    """Where a base comes from that nobody entered: a new worker's is the pay of the first month (劳社险中心函〔2006〕60号)."""
    return f"没有登记缴费基数：以 {since:%Y-%m} 的整月工资 {short(base)} 为基数，本缴费年度内不变，登记后按登记的基数"


def problems(data: Mapping[str, Any]) -> list[str]:
    """What is wrong with a table of rates, each as a sentence."""
    found = [
        *_figures(data["items"]),
        *between(data["floor"], "基数下限", "1", MOST),
        *between(data["ceiling"], "基数上限", "1", MOST),
    ]
    return found or [*_bounds("缴费基数", data["floor"], data["ceiling"]), *_rows(data)]


def _figures(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        label = row["label"]
        yield from between(row["employer"], f"{label}：单位比例", "0", "50")
        yield from between(row["employee"], f"{label}：个人比例", "0", "50")
        yield from between(row["floor"], f"{label}：基数下限", "0", MOST)
        yield from between(row["ceiling"], f"{label}：基数上限", "0", MOST)
        yield from between(row["from_month"], f"{label}：入职第几个月起缴", "1", "12", whole=True)


def _rows(data: Mapping[str, Any]) -> Iterator[str]:
    for column, word in (("label", "名称"), ("key", "代码")):
        words = [str(row[column]).strip() for row in data["items"]]
        if not words or not all(words) or len(words) != len(set(words)):
            yield f"每个险种都要有{word}，互不相同。"
    for row in data["items"]:
        floor = Decimal(str(row["floor"])) or Decimal(str(data["floor"]))
        ceiling = Decimal(str(row["ceiling"])) or Decimal(str(data["ceiling"]))
        yield from _bounds(row["label"], floor, ceiling)


def _bounds(label: str, floor: Any, ceiling: Any) -> Iterator[str]:
    if Decimal(str(floor)) > Decimal(str(ceiling)):
        yield f"“{label}”的基数下限高于上限。"
