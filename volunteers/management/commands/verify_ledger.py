"""``manage.py verify_ledger``: prove that no point appeared, vanished or changed hands behind the application's back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from volunteers.services import ledger_proof


class Command(BaseCommand):
    help = "核对积分账：每笔分录收付相等，每个账户的链条、余额、兑换和库存相符。发现问题时返回 1。"

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        for fault in ledger_proof.verify():
            faults += 1
            self.stdout.write(fault.what)
        if faults:
            raise CommandError(f"发现 {faults} 处问题，积分账不可信，请停止兑换，立即报告审计管理员。")
        self.stdout.write(f"积分账核对无误。{ledger_proof.summary()}")
