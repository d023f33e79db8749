"""Parsers of API requests. Apart from ``common.api``: the framework loads them before its own views."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    """What is no JSON, or is nested beyond reason, gets a sentence."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except (ParseError, RecursionError):
            raise ParseError("请求的内容不是有效的 JSON，请检查格式和编码（UTF-8）。") from None
