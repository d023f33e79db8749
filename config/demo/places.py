"""Invented quarters, roads and doors inside real communities."""

# ruff: noqa: SIM905 (lists of words read better as running text)
from __future__ import annotations

import random

FRONT = (
    "江山 幸福 阳光 锦绣 和谐 祥和 金色 翠湖 滨河 森林 福临 嘉和 丽景 盛世 百合 紫荆 枫叶 松江 龙泉 长青 安康 "
    "民生 富民 兴华 新世纪 书香 水岸 佳和 御景 世纪 康乐 吉祥 如意 怡然 观澜 银河 天成 天润 万福 永安"
).split()
BACK = "花园 小区 家园 佳苑 新村 名邸 雅居 新城 华庭 公寓 苑 里".split()
OLD = "供销社家属楼 粮食局家属楼 林业局家属楼 矿务局家属楼 一中家属楼 医院家属楼 邮电家属楼 铁路家属楼 机械厂家属楼 水泥厂家属楼".split()
ROADS = (
    "建设街 人民路 解放路 站前街 育才路 和平街 文化路 江北路 滨江路 光明街 新华路 团结路 林海路 振兴大街 北环路 南环路 "
    "东风路 工农街 胜利路 健康路 商业街 桥头街 学府路 中心大街"
).split()
NUMERALS = "零一二三四五六七八九十"


def chinese(number: int) -> str:
    """1–99 in Chinese numerals."""
    if number <= 10:
        return NUMERALS[number]
    tens, ones = divmod(number, 10)
    return f"{NUMERALS[tens] if tens > 1 else ''}十{NUMERALS[ones] if ones else ''}"


def complex_names(chance: random.Random, count: int) -> list[str]:
    """``count`` different names of quarters for one community; about one in six is an old compound."""
    names: list[str] = []
    seen: set[str] = set()
    while len(names) < count:
        old = chance.random() < 1 / 6
        name = chance.choice(OLD) if old else chance.choice(FRONT) + chance.choice(BACK)
        if name in seen:
            name = f"{name}{chance.choice('东西南北')}区"
        if name not in seen:
            seen.add(name)
            names.append(name)
    return names


def doors(households: int, floors: int) -> list[str]:
    """Doors of one building: two to a landing, as many stairwells as it takes (``1单元302``)."""
    per_stair = floors * 2
    return [f"{index // per_stair + 1}单元{index % per_stair // 2 + 1}0{index % 2 + 1}" for index in range(households)]
