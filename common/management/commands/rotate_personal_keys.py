"""Encrypt all personal values with the first key of PERSONAL_KEYS, so that an older key can be dropped.

Put the new key first in PERSONAL_KEYS, restart all processes, run this command, then remove the old
key. It may be stopped and started again at any time: values already done are passed over.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from common.rotation import outdated, rotate


class Command(BaseCommand):
    help = "用 PERSONAL_KEYS 中的第一个密钥重新加密全部个人信息，可随时中断后重新运行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="只统计还有多少条由旧密钥加密，不改动")
        parser.add_argument("--batch", type=int, default=500, help="每批处理的行数")

    def handle(self, *args: Any, **options: Any) -> None:
        total = sum(query.count() for query in outdated())
        self.stdout.write(f"由旧密钥加密的记录：{total} 行。")
        if options["check"] or not total:
            return
        done = 0
        for count in rotate(batch=options["batch"]):
            done += count
            self.stdout.write(f"已重新加密 {done} 行。")
        self.stdout.write(self.style.SUCCESS("全部完成，旧密钥可以从 PERSONAL_KEYS 中移除。"))
