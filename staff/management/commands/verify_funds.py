"""``manage.py verify_funds``: every account of the community funds is what its booked entries say."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from staff.models import FundAccount
from staff.selectors.funds import faults


class Command(BaseCommand):
    help = "核对社区经费：每本账的经费、下达、支出和结转与已入账的收支逐项相符。"

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = list(faults())
        for line in wrong:
            self.stderr.write(line)
        count = FundAccount.objects.count()
        if wrong:
            raise CommandError(f"{count} 本经费账中有 {len(wrong)} 处不符，请立即查明。")
        self.stdout.write(f"{count} 本经费账全部相符。")
