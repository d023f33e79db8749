"""``manage.py verify_appraisals``: results of published appraisals against the digest sealed when they were published."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from staff.appraisal.words import FROZEN_APPRAISALS
from staff.models import Appraisal
from staff.services.appraisal_reckoning import proof


class Command(BaseCommand):
    help = "核对已公示的考核：结果与公示时封存的摘要是否一致。"

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        rows = Appraisal.objects.filter(state__in=FROZEN_APPRAISALS).select_related("unit").order_by("pk")
        for row in rows:
            for what in proof(row):
                wrong += 1
                self.stderr.write(f"{row}：{what}")
        if wrong:
            raise CommandError(f"{wrong} 处不一致。")
        self.stdout.write(f"{rows.count()} 次考核一致。")
