"""``manage.py load_profile``: rules, holidays, departments and categories of the district's profile."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from config.reference import load_reference_data


class Command(BaseCommand):
    help = "载入本区的规则、节假日、职能部门和诉求分类。可重复执行，已有的内容不会改动。"

    def handle(self, *args: Any, **options: Any) -> None:
        load_reference_data()
        self.stdout.write("已载入本区的规则、节假日、职能部门和诉求分类。")
