"""``manage.py load_demo``: fill an empty database with the demo of one district."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from common import profile
from config.demo.accounts import listing, plan
from config.demo.tree import build
from config.demo.writer import SEED, DemoWriter, today_at
from grid.models import Department, Unit
from petitions.models import Petition


class Command(BaseCommand):
    help = "在空库中生成演示数据：真实的镇街和社区，虚构的人员、小区和工单。已有演示数据时不作改动。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--district", help="区县配置名，默认为环境变量 DISTRICT")
        parser.add_argument("--accounts-file", type=Path, metavar="PATH", help="把演示账号写入这个 JSON 文件")
        parser.add_argument("--petitions", type=int, help="工单数量，默认按区县配置")
        parser.add_argument(
            "--small", action="store_true", help="小型演示（3 个镇街、12 个网格、约 300 件），供测试使用"
        )
        parser.add_argument("--today", help="演示所处的日期或时间（如 2026-11-21 或 2026-11-21T15:00），默认现在")
        parser.add_argument("--seed", type=int, default=SEED, help="随机种子；相同的种子和日期得到相同的内容")

    def handle(self, *args: Any, **options: Any) -> None:
        district = self._district(options["district"])
        if Unit.objects.exists() or User.objects.exists() or Petition.objects.exists():
            self._keep(district, options)
            return
        moment = _moment(options["today"])
        count = options["petitions"]
        if count is not None and count < 1:
            raise CommandError("工单数量应为正整数。")
        writer = DemoWriter(
            district, moment, petitions=count, small=options["small"], seed=options["seed"], say=self._say(options)
        )
        loaded = writer.write()
        self._write_accounts(options["accounts_file"], district.key, loaded.accounts)
        self.stdout.write(
            f"{district.name}演示数据已生成：单位 {loaded.counts['Unit']} 个，住户 {loaded.counts['Household']} 户，"
            f"工单 {loaded.counts['Petition']} 件，历史记录 {loaded.counts['Event']} 条，"
            f"用时 {sum(loaded.seconds.values()):.1f} 秒。"
        )

    def _say(self, options: dict[str, Any]) -> Any:
        return self.stdout.write if options["verbosity"] > 1 else lambda text: None

    def _district(self, name: str | None) -> profile.Profile:
        if name and name != settings.DISTRICT:
            raise CommandError(
                f"本系统按“{settings.DISTRICT}”配置运行；要生成“{name}”的演示数据，请用 DISTRICT={name} 启动。"
            )
        try:
            return profile.current()
        except profile.ProfileError as error:
            raise CommandError(str(error)) from None

    def _keep(self, district: profile.Profile, options: dict[str, Any]) -> None:
        """The data are there already: nothing is changed, only the list of accounts is written again."""
        if not Unit.objects.filter(code=district.code).exists() or not User.objects.filter(is_demo=True).exists():
            raise CommandError("数据库中已有数据，且不是本区的演示数据。为免混入真实数据，未作任何改动。请换一个空库。")
        departments = {row.code: row for row in Department.objects.all()}
        small = Unit.objects.filter(level=2).count() < len(build(district, options["seed"]).children)
        users = plan(build(district, options["seed"], small), departments, options["seed"])
        self._write_accounts(options["accounts_file"], district.key, listing(users))
        self.stdout.write("演示数据已经存在，未作改动。")

    def _write_accounts(self, path: Path | None, district: str, accounts: list[dict[str, str]]) -> None:
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"address": None, "district": district, "accounts": accounts}
        temporary = path.with_name(f"{path.name}.new")
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        os.replace(temporary, path)


def _moment(text: str | None) -> datetime:
    """The aware time at which the demo stands; now (to the minute) when none is given."""
    zone = timezone.get_default_timezone()
    if text is None:
        return timezone.localtime().replace(second=0, microsecond=0)
    try:
        if "T" in text:
            return datetime.fromisoformat(text).replace(tzinfo=zone)
        return today_at(date.fromisoformat(text), zone)
    except ValueError:
        raise CommandError(f"日期“{text}”看不懂，请写成 2026-11-21 或 2026-11-21T15:00。") from None
