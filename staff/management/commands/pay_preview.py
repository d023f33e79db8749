"""``manage.py pay_preview FILE.json``: grades and slips of the people in a file, with every figure (docs/pay-preview.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import PlainError
from common.models import Policy
from common.profile import ProfileError
from staff.pay.preview import preview

LARGEST = 2_000_000  # bytes


class Command(BaseCommand):
    help = "试算工资：按文件中的人员和月份逐月计算等级和工资，以 JSON 打印每一步的数字和依据。不读写人员数据。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="JSON 文件，格式见 docs/pay-preview.md")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        path = Path(file)
        try:
            found = preview(_read(path), path.name, _database)
        except ProfileError as error:
            raise CommandError(_sentence(str(error))) from None
        except PlainError as error:
            raise CommandError(_sentence(error.message)) from None
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))


def _read(path: Path) -> Any:
    """The file's content; figures with a point stay exact."""
    try:
        if path.stat().st_size > LARGEST:
            raise ProfileError(f"{path.name}：文件超过 2 MB，请分成几个文件")
        return json.loads(
            path.read_text(encoding="utf-8-sig"),
            parse_float=Decimal,
            parse_constant=_no_number,
            object_pairs_hook=_once,
        )
    except OSError:
        raise ProfileError(f"{path.name}：读不到这个文件，请检查路径") from None
    except UnicodeDecodeError:
        raise ProfileError(f"{path.name}：应为 UTF-8 编码的文字") from None
    except json.JSONDecodeError as error:
        raise ProfileError(f"{path.name}：第 {error.lineno} 行第 {error.colno} 列起不是有效的 JSON") from None
    except RecursionError:
        raise ProfileError(f"{path.name}：嵌套层数过多") from None


def _no_number(word: str) -> None:
    raise ProfileError(f'{word} 不是数字，金额请写成 "4712.40"')


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name written twice would silently count once."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ProfileError(f"同一处写了两次 {key}")
        found[key] = value
    return found


def _database(kind: str) -> Iterable[tuple[date, Mapping[str, Any]]]:
    return Policy.objects.filter(key=kind).values_list("valid_from", "data")


def _sentence(text: str) -> str:
    return text if text.endswith("。") else f"{text}。"
