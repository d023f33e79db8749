"""Invented people. Names are textbook names, numbers come from ranges nobody was given."""

# ruff: noqa: SIM905 (lists of words read better as running text)
from __future__ import annotations

import random
from dataclasses import dataclass

from config.demo.seeds import Weighted

SURNAMES = Weighted(
    [(name, weight) for weight, names in (
        (8, "王李张刘"), (5, "陈杨赵孙"), (3, "周吴徐马朱胡郭林何高"), (2, "罗郑梁谢宋唐许韩冯邓曹彭曾"),
        (1, "肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵"),
    ) for name in names]
)  # fmt: skip
GIVEN = (
    "建国 建华 国强 志强 志刚 文军 永福 德山 振兴 玉山 春生 海涛 立新 长林 宝贵 明远 晓东 晓峰 俊杰 浩然 子涵 宇轩 一鸣 思远 "
    "秀英 桂兰 玉兰 淑珍 凤英 秀兰 春梅 丽华 丽娟 晓红 晓燕 雪梅 海燕 敏 静 丽 婷婷 佳怡 雨欣 梦瑶 欣怡 文静 红霞 艳玲 "
    "伟 强 磊 军 勇 杰 涛 超 鹏 斌 波 辉 刚 健 明 亮 平 东 飞 博"
).split()
# 㐱 and 𠮷 are rare characters that some systems break: two families of the demo bear them.
RARE_NAMES = ("陈㐱", "𠮷建国", "李㼆", "王𬀩")
TITLES = ("先生", "女士")


@dataclass(frozen=True)
class Person:
    name: str
    phone: str
    address: str


def name_of(chance: random.Random) -> str:
    if chance.random() < 0.002:
        return chance.choice(RARE_NAMES)
    return SURNAMES.draw(chance) + chance.choice(GIVEN)


def phone_of(chance: random.Random) -> str:
    """A number from 1380000xxxx or 199000xxxxx: ranges in which no subscriber was assigned."""
    if chance.random() < 0.3:
        return f"1380000{chance.randrange(10_000):04d}"
    return f"199000{chance.randrange(100_000):05d}"
