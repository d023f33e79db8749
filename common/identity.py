"""The citizen's identity number (GB 11643-1999): eighteen characters with a birth date and a check character."""

from __future__ import annotations

import unicodedata
from datetime import date

from common.errors import Invalid

LENGTH = 18
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
# The first two digits: provinces, and residence permits of people from Hong Kong, Macao and Taiwan.
PLACES = frozenset({
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83,
})  # fmt: skip
OLDEST = 120
OF_AGE = 18  # 民法典 art. 17


def id_number(text: str) -> str:
    """The number without spaces and in one spelling; ``Invalid`` says what is wrong with it."""
    number = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if len(number) != LENGTH or not (number[:17].isascii() and number[:17].isdigit()):
        raise Invalid(f"身份证号应为 {LENGTH} 位，前 17 位是数字，请核对后重新填写。", "id_number")
    if int(number[:2]) not in PLACES or birth_date_of(number) is None or number[17] != check_character(number):
        raise Invalid("身份证号不正确，校验没有通过，请对照证件逐位核对。", "id_number")
    return number


def check_character(number: str) -> str:
    """The last character that belongs to the first seventeen."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return CHECK_CHARACTERS[total % 11]


def birth_date_of(number: str) -> date | None:
    """The day of birth inside the number, ``None`` when there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def age_on(born: date, day: date) -> int:
    """Full years; somebody born on 29 February is a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def check_birth_date(born: date, today: date) -> date:
    """``Invalid`` for a day in the future or more than a lifetime ago."""
    if born > today or age_on(born, today) > OLDEST:
        raise Invalid("出生日期不正确，请核对后重新填写。", "birth_date")
    return born
