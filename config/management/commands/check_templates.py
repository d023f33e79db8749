"""``manage.py check_templates``: every template of ours compiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import Engine, TemplateDoesNotExist, TemplateSyntaxError, engines

SUFFIXES = frozenset({".html", ".txt", ".xml", ".svg"})


class Command(BaseCommand):
    help = "Compiles every template and names those that have a fault."

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError that lists each faulty template with what is wrong and where."""
        engine: Engine = engines["django"].engine  # type: ignore[attr-defined]  # the base class lacks it
        folders = [settings.BASE_DIR / "templates", *settings.BASE_DIR.glob("*/templates")]
        names = sorted(name for folder in folders for name in _templates(folder))
        broken = []
        for name in names:
            try:
                engine.get_template(name)
            except (TemplateSyntaxError, TemplateDoesNotExist) as error:
                token = getattr(error, "token", None)
                line = f"，第 {token.lineno} 行" if token is not None else ""
                broken.append(f"{name}{line}：{error}")
        if broken:
            raise CommandError("\n".join(broken))
        self.stdout.write(f"{len(names)} 个模板均可编译。")


def _templates(folder: Path) -> list[str]:
    return [
        file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.suffix in SUFFIXES and file.is_file()
    ]
