"""What each item of a scheme is worth to somebody in a full month."""

from __future__ import annotations

from decimal import Decimal

from staff.choices import Source
from staff.pay.money import HUNDRED, fen, short
from staff.pay.parts import Line, PersonMonth, Rules, Worth
from staff.pay.scheme import NOTHING, Item, Scheme


def worth_of(rules: Rules, person: PersonMonth) -> list[Worth]:
    """All items; reckoned once for people who are alike."""
    alike = (person.rank, person.grade, person.education, person.certificate, person.years, person.newcomer)
    found = rules.worth.get(alike)
    if found is None:
        items = rules.scheme.items
        found = [Worth(item, Line(item.key, item.label, *monthly(rules.scheme, item, person))) for item in items]
        rules.worth[alike] = found
    return found


def monthly(scheme: Scheme, item: Item, person: PersonMonth) -> tuple[Decimal, str]:
    """What an item is worth in a full month, to the fen, and how."""
    share, sharing = item.share, ""
    if item.source == Source.COEFFICIENT:
        amount, word = _by_coefficient(scheme, person)
    elif item.source == Source.GRADE:
        amount, word = _by_grade(scheme, person)
    elif item.source == Source.POST:
        post = scheme.post_of(person.rank)
        amount, word = post.amount, f"{post.label} {short(post.amount)}"
    elif item.source == Source.EDUCATION:
        amount = scheme.education.get(person.education, NOTHING).amount
        word = f"学历津贴 {short(amount)}"
    elif item.source == Source.CERTIFICATE:
        amount = scheme.certificates.get(person.certificate, NOTHING).amount
        word = f"持证津贴 {short(amount)}"
    elif item.source == Source.YEARS:
        amount, word = item.amount * person.years, f"{short(item.amount)} × {person.years} 年"
    else:
        amount, word = item.amount, f"定额 {short(item.amount)}"
    if share != 1:
        sharing = f" × {short(share * HUNDRED)}%"
    return fen(amount * share), f"{word}{sharing}"


def _by_coefficient(scheme: Scheme, person: PersonMonth) -> tuple[Decimal, str]:
    """Jilin: a newcomer without experience is paid a share of the mean during probation, whatever the grade."""
    if person.newcomer:
        part, word = scheme.newcomer_share, f"新人试用期 {short(scheme.newcomer_share * HUNDRED)}%"
    else:
        part = scheme.grade_line(person.grade).coefficient
        word = f"{person.grade} 级系数 {short(part)}"
    local = "" if scheme.local == 1 else f" × 地区系数 {short(scheme.local)}"
    return scheme.base * scheme.local * part, f"基数 {short(scheme.base)}{local} × {word}"


def _by_grade(scheme: Scheme, person: PersonMonth) -> tuple[Decimal, str]:
    """Where grades are amounts there is no mean: a newcomer is paid a share of the grade (劳动合同法 art. 20: 80 % at least)."""
    amount = scheme.grade_line(person.grade).amount
    word = f"{person.grade} 级 {short(amount)}"
    if not person.newcomer or scheme.newcomer_share == 1:
        return amount, word
    return amount * scheme.newcomer_share, f"{word} × 新人试用期 {short(scheme.newcomer_share * HUNDRED)}%"
