"""``manage.py create_administrator``: the first accounts of a new installation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.roles import SEPARATE_ROLES, Role
from accounts.services.users import account_open
from common.errors import PlainError
from grid.selectors import district

ROLES = sorted(role.value for role in SEPARATE_ROLES)


class Command(BaseCommand):
    help = "为新装的系统建立系统、安全或审计管理员账号，并打印一次性密码。三类管理员须由不同的人担任。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "role", choices=ROLES, help="system_admin 系统、security_admin 安全、audit_admin 审计管理员"
        )
        parser.add_argument("username", help="用户名")
        parser.add_argument("name", help="姓名")

    def handle(self, *args: Any, role: str, username: str, name: str, **options: Any) -> None:
        try:
            user, password = account_open(
                actor=None, username=username, display_name=name, role=role, seat=district()
            )  # fmt: skip
        except PlainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"已建立{Role(role).label}账号“{user.username}”（{user.display_name}）。")
        self.stdout.write(f"一次性密码：{password}")
        self.stdout.write("密码只显示这一次，首次登录时须更改。")
