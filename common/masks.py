"""What is left of a personal value where the full one is nobody's business."""

from __future__ import annotations

import re
import unicodedata

COMPOUND_SURNAMES = frozenset(
    re.findall(
        "..",
        "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马"
        "公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生公户公玉公仪梁丘公仲公上公门公山公坚左丘公伯西门公祖第五公乘贯丘公皙"
        "南荣东里东宫仲长子书子桑即墨达奚褚师纳兰",
    )
)
MOST_STARS = 2
HIDDEN = "****"

_DIGIT = "[0-9０-９]"
_APART = f"(?<!{_DIGIT})(?<![0-9A-Za-z])"
_ID = re.compile(rf"{_APART}(?:{_DIGIT}{{17}}[0-9０-９XxＸｘ]|{_DIGIT}{{15}})(?![0-9０-９A-Za-z])")
_OLD_ID = re.compile(r"[1-8]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}")
_MOBILE = re.compile(
    rf"(?<!{_DIGIT})(?:(?:\+|00)?86[-\s]?)?[1１][3-9３-９]{_DIGIT}[-\s]?{_DIGIT}{{4}}[-\s]?{_DIGIT}{{4}}(?!{_DIGIT})"
)
_LANDLINE = re.compile(rf"(?<!{_DIGIT})[（(]?[0０]{_DIGIT}{{2,3}}[)）]?[-—－\s]?[2-9２-９]{_DIGIT}{{6,7}}(?!{_DIGIT})")
_PLACE_END = re.compile(r"[省市区县旗盟州镇乡村社路街道巷弄园苑]|小区|街道|社区|大街|胡同")


def mask_name(name: str) -> str:
    """张* · 张** · 欧阳** · J**; at most two stars, so that the length is not told."""
    name = name.strip()
    if not name:
        return ""
    if len(name) == 1:
        return "*"
    kept = name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[0]
    return kept + "*" * min(len(name) - len(kept), MOST_STARS)


def mask_phone(phone: str) -> str:
    """138****1234; a landline keeps its area code and the last two digits; anything short is hidden."""
    phone = phone.strip()
    if not phone:
        return ""
    digits = re.sub(r"\D", "", phone)
    if len(digits) > 11 and digits.startswith(("86", "0086")):
        digits = digits.removeprefix("00").removeprefix("86")
    if len(digits) < 7:
        return HIDDEN
    if digits.startswith("0") and len(digits) >= 10:
        area = 3 if digits[1] in "12" else 4
        return f"{digits[:area]}-{HIDDEN}{digits[-2:]}"
    if len(digits) >= 11:
        return f"{digits[:3]}{HIDDEN}{digits[-4:]}"
    return f"{digits[:2]}{HIDDEN}{digits[-2:]}"


def mask_id(number: str) -> str:
    """220***********123X: the province and the last four; numbers of another kind keep their ends only."""
    number = "".join(number.split())
    if not number:
        return ""
    if len(number) in (15, 18):
        return number[:3] + "*" * (len(number) - 7) + number[-4:]
    if len(number) < 5:
        return HIDDEN
    return number[0] + "*" * (len(number) - 2) + number[-1]


def mask_address(address: str) -> str:
    """Down to the street, community or estate; house, flat and everything after are hidden."""
    address = address.strip()
    if not address:
        return ""
    first_digit = re.search(r"[\d０-９一二三四五六七八九十]+(?:号|栋|幢|楼|单元|室|组|户|弄|门|-|—)", address)
    public = address[: first_digit.start()] if first_digit else address
    ends = [match.end() for match in _PLACE_END.finditer(public)]
    return (public[: ends[-1]] if ends else address[:2] if len(address) > 4 else "") + HIDDEN


def mask_text(text: str) -> str:
    """Phone and identity-card numbers inside a free text are masked, all else stays.

    Any 18 digits count as a card number; 15 digits only where an old card has its date of birth, for
    many ticket numbers are as long.
    """
    text = _ID.sub(_mask_number, text)
    text = _MOBILE.sub(lambda match: mask_phone(match[0]), text)
    return _LANDLINE.sub(lambda match: mask_phone(match[0]), text)


def _mask_number(match: re.Match[str]) -> str:
    digits = unicodedata.normalize("NFKC", match[0])
    if len(digits) == 15 and not _OLD_ID.fullmatch(digits):
        return match[0]
    return mask_id(match[0])
