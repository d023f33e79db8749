"""``manage.py verify_pay``: every approved run still has the slips that were approved, and its sums."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from staff.choices import FROZEN
from staff.models import PayRun
from staff.services.runs import proof


class Command(BaseCommand):
    help = "核对已审批的工资表：工资条与审批时完全一致，合计相符。"

    def handle(self, *args: Any, **options: Any) -> None:
        wrong, count = [], 0
        for run in PayRun.objects.filter(state__in=FROZEN).select_related("unit").order_by("month", "pk"):
            count += 1
            wrong += [f"{run}：{what}" for what in proof(run)]
        for line in wrong:
            self.stderr.write(line)
        if wrong:
            raise CommandError(f"{count} 张已审批的工资表中有 {len(wrong)} 处不符，请立即查明。")
        self.stdout.write(f"{count} 张已审批的工资表全部相符。")
