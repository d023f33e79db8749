"""Which column of a file is which: by heading, aliases and what a person said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from common.errors import Invalid
from common.imports.spec import ImportSpec

Mapped = dict[str, int]
# Columns that our own files of rejected rows carry besides the original ones.
OWN_HEADINGS = ("原行号", "错误说明")


def folded(heading: str) -> str:
    """Headings are alike whatever their width, spaces, stars and remarks in brackets."""
    plain = unicodedata.normalize("NFKC", heading)
    plain = re.sub(r"[((【\[].*?[))】\]]", "", plain)
    return re.sub(r"[\s*:：_\-]+", "", plain).casefold()


def known_headings(spec: ImportSpec) -> dict[str, str]:
    """Column name by folded heading; the column's own label goes before another's alias."""
    found: dict[str, str] = {}
    for column in spec.columns:
        found.setdefault(folded(column.label), column.name)
        found.setdefault(folded(column.name), column.name)
    for column in spec.columns:
        for alias in column.aliases:
            found.setdefault(folded(alias), column.name)
    return found


def automatic(spec: ImportSpec, head: Sequence[str]) -> Mapped:
    """Place of each column that is recognised; the first of equal headings counts."""
    known = known_headings(spec)
    mapping: Mapped = {}
    for place, heading in enumerate(head):
        name = known.get(folded(heading)) if heading and heading not in OWN_HEADINGS else None
        if name is not None:
            mapping.setdefault(name, place)
    return mapping


def said(spec: ImportSpec, head: Sequence[str], words: Mapping[str, str]) -> Mapped:
    """From ``{heading in the file: column name or label}``, as the command line gives it.

    What is not named is recognised as usual. Raises ``Invalid`` for a heading or column that is not there.
    """
    mapping = automatic(spec, head)
    columns = known_headings(spec)
    places = {folded(heading): place for place, heading in reversed(list(enumerate(head)))}
    for heading, target in words.items():
        place, name = places.get(folded(heading)), columns.get(folded(target))
        if place is None:
            raise Invalid(
                f"文件中没有名为“{heading}”的列。文件中的列有：{'、'.join(filter(None, head))}。", field="mapping"
            )
        if name is None:
            offered = "、".join(f"{column.label}（{column.name}）" for column in spec.columns)
            raise Invalid(f"没有名为“{target}”的导入项，可用的有：{offered}。", field="mapping")
        mapping = {other: taken for other, taken in mapping.items() if taken != place}
        mapping[name] = place
    return mapping


def check(spec: ImportSpec, mapping: Mapping[str, int], head: Sequence[str]) -> None:
    """Raise ``Invalid`` unless every required column is matched, and none twice."""
    missing = [column.label for column in spec.columns if column.required and column.name not in mapping]
    if missing:
        raise Invalid(f"请为必填项选择文件中的列：{'、'.join(missing)}。", field="mapping")
    if not mapping:
        raise Invalid("没有任何列与导入项对应，请检查文件的标题行，或先下载模板。", field="mapping")
    if any(not 0 <= place < len(head) for place in mapping.values()):
        raise Invalid("所选的列不在文件中，请重新选择。", field="mapping")
    if len(set(mapping.values())) < len(mapping):
        raise Invalid("文件中的同一列被选给了两个导入项，请检查。", field="mapping")
    unknown = set(mapping) - {column.name for column in spec.columns}
    if unknown:
        raise Invalid("导入项已有变化，请重新上传文件。", field="mapping")
