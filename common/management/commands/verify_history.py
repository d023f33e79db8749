"""``manage.py verify_history``: prove that no record was changed behind the application's back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common import events


class Command(BaseCommand):
    help = "核对全部历史记录：每一条记录的链条、每一行受保护的数据。发现问题时返回 1。"

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        for fault in events.verify():
            faults += 1
            self.stdout.write(f"{fault.object_type} {fault.object_id}：{fault.what}")
        if faults:
            raise CommandError(f"发现 {faults} 处问题，历史记录不可信，请立即报告审计管理员。")
        self.stdout.write("历史记录核对无误。")
