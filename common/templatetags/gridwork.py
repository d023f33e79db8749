"""Components of the pages. ``{% load gridwork %}``; docs/interface.md shows each in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.utils import render_crispy_form
from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString, mark_safe

from common.deadlines import describe

register = template.Library()

# Colours always come with words and a shape. The keys are what choices classes name.
TONES = {"grey", "blue", "green", "amber", "red", "purple"}
# Colour names of the theme that choices may use.
ALIASES = {
    "secondary": "grey", "muted": "grey", "gray": "grey", "azure": "blue", "primary": "blue", "info": "blue",
    "indigo": "purple", "teal": "green", "lime": "green", "cyan": "green", "success": "green", "yellow": "amber",
    "orange": "amber", "warning": "amber", "danger": "red", "pink": "red",
}  # fmt: skip
SPRITE = "vendor/icons/tabler-icons.svg"


def _tone(name: str) -> str:
    name = ALIASES.get(name, name)
    if name not in TONES:
        raise template.TemplateSyntaxError(f"unknown colour {name!r}; one of {', '.join(sorted(TONES))}")
    return name


@register.simple_tag
@lru_cache(maxsize=1024, typed=True)  # a page has dozens, the same few in every row; typed: safe text is not plain text
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """An icon of the sprite. Without ``label`` it is decoration and hidden from screen readers."""
    classes = f"icon {extra}".strip()
    href = f"{static(SPRITE)}#{name}"
    if not label:
        return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', classes, href)
    return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', classes, label, href)


@register.simple_tag
def state_badge(label: str, colour: str = "grey", icon_name: str = "") -> SafeString:
    """A state in words on its colour, with a dot (or an icon) so that colour is not alone."""
    mark = icon(icon_name) if icon_name else mark_safe('<span class="gw-dot" aria-hidden="true"></span>')
    return format_html('<span class="gw-badge gw-tone-{}">{}{}</span>', _tone(colour), mark, label)


@register.simple_tag
def deadline(due: datetime | None, finished: datetime | None = None, paused: bool = False) -> SafeString:
    """How a limit stands, in words, colour and icon; the exact time is the tooltip."""
    if due is None:
        return format_html('<span class="text-secondary">{}</span>', "—")
    words = describe(due, finished=finished, paused=paused, now=timezone.now())
    exact = timezone.localtime(due).strftime("%Y-%m-%d %H:%M")
    return format_html(
        '<span class="gw-badge gw-tone-{}" title="时限 {}">{}{}<span class="visually-hidden">（时限 {}）</span></span>',
        words.tone, exact, icon(words.icon), words.text, exact,
    )  # fmt: skip


@register.filter
def rate(value: Any) -> str:
    """A ratio 0…1 as percent with two decimals, rounded half up; ``None`` (nothing to divide by) as —."""
    if value is None or value == "":
        return "—"
    return f"{(Decimal(str(value)) * 100).quantize(Decimal('0.01'), ROUND_HALF_UP)}%"


@register.filter
def number(value: Any) -> str:
    """A number with thousands separators; ``None`` as —."""
    return "—" if value is None or value == "" else f"{value:,}"


@register.filter
def dash(value: Any) -> Any:
    """— for what is not filled in."""
    return "—" if value is None or value == "" else value


@register.simple_block_tag(end_name="endcard")
def card(content: str, title: str = "", icon_name: str = "", extra: str = "", actions: str = "") -> SafeString:
    """A titled box: ``{% card title="…" icon_name="map" %} … {% endcard %}``."""
    head: str = ""
    if title:
        mark = icon(icon_name) if icon_name else ""
        head = format_html(
            '<div class="card-header"><h2 class="card-title">{}{}</h2>{}</div>', mark, title,
            format_html('<div class="card-actions">{}</div>', actions) if actions else "",
        )  # fmt: skip
    return format_html('<section class="card {}">{}<div class="card-body">{}</div></section>', extra, head, content)


@register.simple_block_tag(end_name="enddialog")
def dialog(content: str, id: str, title: str, wide: bool = False) -> SafeString:
    """A native dialog; a button with ``data-gw-dialog="<id>"`` opens it, Escape closes it."""
    return format_html(
        '<dialog class="gw-dialog{}" id="{}" aria-labelledby="{}-title"><div class="gw-dialog-head">'
        '<h2 id="{}-title">{}</h2>{}</div><div class="gw-dialog-body">{}</div></dialog>',
        " gw-dialog-wide" if wide else "", id, id, id, title, _close_button(), content,
    )  # fmt: skip


def _close_button() -> SafeString:
    return format_html(
        '<button type="button" class="btn btn-icon btn-ghost-secondary" data-gw-close aria-label="关闭">{}</button>',
        icon("x"),
    )


@register.inclusion_tag("components/stat.html")
def stat(
    label: str, value: Any, unit: str = "", url: str = "", icon_name: str = "", tone: str = "blue", note: str = ""
) -> dict[str, Any]:
    """One figure: what it counts, the number, and where its rows are."""
    shown = f"{value:,}" if isinstance(value, int | Decimal) else dash(value)
    return {
        "label": label,
        "value": shown,
        "unit": unit,
        "url": url,
        "icon": icon_name,
        "tone": _tone(tone),
        "note": note,
    }


@register.inclusion_tag("components/detail_list.html")
def detail_list(rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Label and value pairs; a third member ``"wide"`` gives the value the whole width."""
    cells = [(row[0], row[1], len(row) > 2 and row[2] == "wide") for row in rows]
    return {"rows": [{"label": label, "value": dash(value), "wide": wide} for label, value, wide in cells]}


@register.inclusion_tag("components/timeline.html")
def timeline(entries: Iterable[Any]) -> dict[str, Any]:
    """What happened, newest first. Entries have ``at, title, text, actor`` and may have ``icon, tone``."""
    return {"entries": list(entries)}


@register.filter
def tone(name: str) -> str:
    """Our colour for a colour name of the theme."""
    return _tone(name or "blue")


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int, label: str = "") -> dict[str, Any]:
    """A progress bar; with ``total`` 0 it shows work of unknown length."""
    percent = min(100, done * 100 // total) if total else None
    return {"percent": percent, "label": label, "done": done, "total": total}


@register.inclusion_tag("components/empty.html")
def empty_state(title: str, text: str = "", url: str = "", label: str = "", icon_name: str = "notes") -> dict[str, Any]:
    """Shown where a list has nothing: what it is for and what to do first."""
    return {"title": title, "text": text, "url": url, "label": label, "icon": icon_name}


@register.inclusion_tag("components/masked.html")
def masked(value: str, url: str = "", label: str = "个人信息") -> dict[str, Any]:
    """A masked personal value; with ``url`` a button asks for the reason and posts it there.

    The view at ``url`` answers the POST (field ``reason``) with ``components/revealed.html``.
    """
    return {"value": value, "url": url, "label": label}


@register.inclusion_tag("components/attachments.html")
def attachments(files: Iterable[Any]) -> dict[str, Any]:
    """Files of an object. Each has ``name, size`` (bytes), ``url`` and may have ``added_at, added_by``."""
    return {"files": list(files)}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, page: Any) -> dict[str, Any]:
    """Previous and next of a keyset page (common.pages.keyset.Page)."""
    return {"page": page, "request": context.get("request"), "target": context.get("list_target", "")}


@register.inclusion_tag("components/chart.html")
def chart(id: str, option: Mapping[str, Any], title: str, table: Any = None, height: str = "md") -> dict[str, Any]:
    """A chart with the same numbers as a table for those who cannot see it.

    ``option`` is an ECharts option without functions. ``table``: ``{"head": [...], "rows": [[...]]}``;
    without it the table is made from a plain bar, line or pie option. ``height``: sm, md or lg.
    """
    data = table or option_table(option)
    return {"id": id, "title": title, "table": data, "height": height, "script": json_script(option, f"{id}-option")}


def option_table(option: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a bar, line or pie option as a table."""
    series = option["series"] if isinstance(option["series"], list) else [option["series"]]
    first = series[0]
    if first["type"] == "pie":
        return {
            "head": ["项目", first.get("name", "数量")],
            "rows": [[row["name"], row["value"]] for row in first["data"]],
        }
    category = _category_axis(option)
    columns = [line["data"] for line in series]
    rows = [[name, *(_value(column[i]) for column in columns)] for i, name in enumerate(category)]
    return {"head": ["项目", *(line.get("name", "数量") for line in series)], "rows": rows}


def _category_axis(option: Mapping[str, Any]) -> list[Any]:
    for key in ("xAxis", "yAxis"):
        axis = option.get(key)
        axis = axis[0] if isinstance(axis, list) else axis
        if axis and axis.get("data"):
            return list(axis["data"])
    raise template.TemplateSyntaxError("a bar or line chart needs an axis with data")


def _value(cell: Any) -> Any:
    return cell["value"] if isinstance(cell, dict) else cell


@register.simple_tag
def page_url(request: Any, **position: str) -> str:
    """The address of the same list at another position (``after=`` or ``before=``)."""
    params = request.GET.copy()
    for name in ("after", "before"):
        params.pop(name, None)
    params.update(position)
    return f"?{params.urlencode()}"


@register.simple_tag
def sort_link(table: Any, column: str) -> Any:
    """How the head of a column sorts (common.pages.tables.SortLink), or nothing."""
    return getattr(table, "sort_links", {}).get(column)


@register.simple_tag
def form_fields(form: Any) -> SafeString:
    """The fields of a form in the theme's markup; its errors are listed above, see error_summary."""
    helper = getattr(form, "helper", None) or FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.form_show_errors = True
    helper.include_media = False
    return render_crispy_form(form, helper)


@register.filter
def duration(value: timedelta | None) -> str:
    """A duration in words: 45 分钟, 3 小时 20 分, 2 天 4 小时; ``None`` as —."""
    if value is None:
        return "—"
    total = int(value.total_seconds()) // 60
    days, rest = divmod(total, 24 * 60)
    hours, mins = divmod(rest, 60)
    if days:
        return f"{days} 天 {hours} 小时" if hours else f"{days} 天"
    if hours:
        return f"{hours} 小时 {mins} 分" if mins else f"{hours} 小时"
    return f"{mins} 分钟"
