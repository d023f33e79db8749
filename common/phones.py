"""Telephone numbers as people in China give them."""

from __future__ import annotations

import re

from common.errors import Invalid

PHONE = re.compile(r"(\+?86)?1\d{10}|0\d{2,3}\d{7,8}|\d{7,8}|400\d{7}|\d{5}")


def check_phone(phone: str, field: str = "phone") -> str:
    """The number without spaces and dashes (an empty text stays empty), or ``Invalid``."""
    digits = re.sub(r"[\s\-()（）—]", "", phone)
    if digits and not PHONE.fullmatch(digits):
        raise Invalid("电话号码不正确，请填写 11 位手机号或带区号的座机号。", field)
    return digits
