"""``manage.py import_petitions FILE --map 标题=title …``: the importer of the pages, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.scope import current_assignments
from common.errors import PlainError
from common.imports import ImportResult, run_import
from petitions.imports import PetitionImport
from petitions.permissions import IMPORT


class Command(BaseCommand):
    help = "导入诉求工单（Excel 或 CSV）。不加 --commit 只检查，不写入任何内容。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="文件")
        parser.add_argument(
            "--map", action="append", default=[], metavar="文件列名=列", help="例如 --map 标题=title；认得的列名不必写"
        )
        parser.add_argument("--user", help="以谁的名义导入（用户名）；不给则用第一个有导入权限的区级账号")
        parser.add_argument("--commit", action="store_true", help="写入；不加则只检查")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["file"].is_file():
            raise CommandError(f"找不到文件 {options['file']}。")
        try:
            result = run_import(
                PetitionImport.key,
                options["file"],
                mapping=_mapping(options["map"]),
                actor=_actor(options["user"]),
                commit=options["commit"],
            )
        except PlainError as error:
            raise CommandError(error.message) from error
        self._say(result, options["commit"])

    def _say(self, result: ImportResult, committed: bool) -> None:
        for label, heading in result.mapping.items():
            self.stdout.write(f"列：{heading} → {label}")
        done = f"已导入 {result.imported} 件" if committed else f"可以导入 {result.valid} 件"
        self.stdout.write(f"共 {result.total} 行，{done}，拒绝 {result.rejected} 行，重复 {result.duplicate} 行。")
        for line in result.summary:
            self.stdout.write(f"拒绝 {line['count']} 行：{line['column']} {line['message']}")
        if not committed and result.valid:
            self.stdout.write("只做了检查，没有写入。确认后加 --commit 再执行一次。")


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        heading, separator, column = pair.partition("=")
        if not separator or not heading.strip() or not column.strip():
            raise CommandError(f"--map 应写成“文件列名=列”，如 标题=title，现为“{pair}”。")
        mapping[heading.strip()] = column.strip()
    return mapping


def _actor(username: str | None) -> User:
    if username:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"没有启用的账号“{username}”。")
        return user
    seats: Any = User._meta.get_field("assignments").related_model
    in_force = seats.objects.filter(current_assignments())
    for user in User.objects.filter(is_active=True, assignments__in=in_force).distinct().order_by("pk"):
        if user.scope.holding(IMPORT).everything:
            return user
    raise CommandError("没有可以导入的区级账号，请用 --user 指定以谁的名义导入。")
