"""Pinyin of names: the sort key of lists, and a second way to search."""

from __future__ import annotations

import re

# Characters no pinyin table knows, by their sound. 𨟠 (柳树𨟠镇, 丰南) is read qú, like 瞿.
RARE = {"𨟠": "瞿"}
# A rare character that code tables write in two parts.
PARTS = {"瞿阝": "𨟠"}
PINYIN_LENGTH = 200


def sort_key(name: str) -> str:
    """``江南社区`` → ``jiang nan she qu``, cut to what the column holds."""
    # Its tables take 55 MB and 0.4 s: only a process that names units shall pay for them.
    from pypinyin import lazy_pinyin

    sounding = "".join(RARE.get(char, char) for char in whole(name))
    return " ".join(lazy_pinyin(sounding)).lower()[:PINYIN_LENGTH]


def whole(text: str) -> str:
    """The text with characters written in parts put together: ``柳树瞿阝镇`` → ``柳树𨟠镇``."""
    for parts, char in PARTS.items():
        text = text.replace(parts, char)
    return text


def initials_pattern(letters: str) -> str:
    """A PostgreSQL pattern for syllables that begin with these letters, ``jnsq`` → 江南社区."""
    return r"(^| )" + " ".join(f"{re.escape(letter)}[a-z0-9]*" for letter in letters)
