"""``manage.py import_geography``: the district's streets and communities with their official codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import PlainError
from grid.services import import_geography, read_geography

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "geography"


class Command(BaseCommand):
    help = "导入本区的镇街和社区（可重复执行：第二次不会改动任何内容）"

    def add_arguments(self, parser: CommandParser) -> None:
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--file", type=Path, help="区划文件（JSON）；不给则用随产品提供的数据")
        source.add_argument("--district", help="随产品提供的区县名，例如 jiangyuan；不给则用本系统设置的区县")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"] or SHIPPED / f"{options['district'] or settings.DISTRICT}.json"
        if options["file"] is None and not path.exists():
            names = "、".join(sorted(file.stem for file in SHIPPED.glob("*.json")))
            raise CommandError(f"没有区县“{path.stem}”的数据。可选：{names}。")
        try:
            outcome = import_geography(places=read_geography(path))
        except PlainError as error:
            raise CommandError(error.message) from error
        for line in outcome.kept:
            self.stdout.write(line)
        self.stdout.write(f"新建 {outcome.created} 个，更新 {outcome.updated} 个，未变 {outcome.unchanged} 个。")
