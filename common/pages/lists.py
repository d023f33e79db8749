"""The list page: a declaration of model, table, filters and orders; everything else is here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views import View

from common.errors import Invalid
from common.pages import bulk, exporting, keyset, saved
from common.pages.access import SignedInMixin, require
from common.pages.filters import PageFilterSet
from common.pages.keyset import Ordering
from common.pages.tables import PageTable, SelectColumn, SortLink
from common.scope import scope_of

SEARCH_LENGTH = 100
PAGE_SIZE = 20
POSITION = ("after", "before")
COLUMNS_SESSION_KEY = "gw_columns"


@dataclass(frozen=True)
class Link:
    """A button of the page's head, for those who hold ``permission`` (empty: everybody).

    ``query`` is appended to the address (``"kind=initial"``).
    """

    label: str
    url_name: str
    permission: str = ""
    icon: str = "plus"
    query: str = ""

    @property
    def url(self) -> str:
        return reverse(self.url_name) + (f"?{self.query}" if self.query else "")


@dataclass(frozen=True)
class Empty:
    """What an empty list says: its title, what it is for, and the first step."""

    title: str
    text: str = ""
    label: str = ""
    url_name: str = ""

    @property
    def url(self) -> str:
        return reverse(self.url_name) if self.url_name else ""


class ScopedListView(SignedInMixin, View):
    """Rows of ``model`` that the person may see, as a table.

    Rows come from ``model.objects.visible_to(user)`` and nowhere else. Hooks: :meth:`rows` (narrow,
    ``select_related``), :meth:`search` (what a text finds), :meth:`extra_context`.
    """

    model: ClassVar[type[Model]]
    page_title: str = ""
    page_lead: str = ""
    breadcrumbs: tuple[tuple[str, str | None], ...] = ()
    template_name = "common/list.html"
    # What a changed filter fetches: the list itself, or a template that includes it with what else has to change.
    body_template_name = "common/list_body.html"
    table_class: ClassVar[type[PageTable]]
    filterset_class: ClassVar[type[PageFilterSet] | None] = None
    orderings: tuple[Ordering, ...] = (Ordering("id", "登记先后", "pk", descending=True),)
    search_hint = ""
    create: Link | None = None
    links: tuple[Link, ...] = ()
    empty: Empty = Empty("没有内容")
    bulk_actions: tuple[bulk.BulkAction, ...] = ()
    export_report_key = ""
    export_permission = ""
    page_size = PAGE_SIZE

    # --- hooks

    def rows(self, queryset: QuerySet) -> QuerySet:
        """Narrow the visible rows to those of this list and fetch what the table shows."""
        return queryset

    def search(self, queryset: QuerySet, text: str) -> QuerySet:
        raise NotImplementedError(f"{type(self).__name__} has a search_hint but no search()")

    def extra_context(self) -> dict[str, Any]:
        return {}

    # --- what is shown, from nothing but the person and the address

    @classmethod
    def list_key(cls) -> str:
        return f"{cls.__module__.split('.')[0]}.{cls.__name__}"

    @classmethod
    def shown_to(cls, user: Any, params: QueryDict) -> QuerySet:
        """All rows of the list as the person sees it at this address, in its order: what an export writes."""
        view = cls()
        filterset = view.filterset(user, params)
        ordering = view.ordering(params)
        order = [f"{'-' if ordering.descending else ''}{path}" for path in (ordering.field, "pk")]
        return view.filtered(user, params, filterset).order_by(*order)

    def visible(self, user: Any) -> Any:
        return self.rows(self.model._default_manager.visible_to(user))  # type: ignore[attr-defined]

    def filterset(self, user: Any, params: QueryDict) -> PageFilterSet | None:
        if self.filterset_class is None:
            return None
        request = getattr(self, "request", None) or SimpleNamespace(user=user, GET=params)
        return self.filterset_class(params, queryset=self.visible(user), request=request)

    def filtered(self, user: Any, params: QueryDict, filterset: PageFilterSet | None) -> QuerySet:
        queryset = self.visible(user) if filterset is None else filterset.rows()
        text = search_text(params) if self.search_hint else ""
        return self.search(queryset, text) if text else queryset

    def ordering(self, params: QueryDict) -> Ordering:
        """The order asked for with ``?sort=``, else the first one."""
        wanted = params.get("sort", "")
        for ordering in self.orderings:
            if wanted == ordering.key:
                return ordering
            if wanted == f"-{ordering.key}":
                return ordering.reversed()
        return self.orderings[0]

    # --- columns

    @cached_property
    def columns_shown(self) -> list[str]:
        """Columns switched on, by the person's choice in this session or by the table's default."""
        choosable = self.table_class.choosable()
        chosen = self.request.session.get(COLUMNS_SESSION_KEY, {}).get(self.list_key())
        if chosen is None:
            return [name for name in choosable if name not in self.table_class.optional]
        return [name for name in choosable if name in chosen]

    def columns_hidden(self) -> list[str]:
        return [name for name in self.table_class.choosable() if name not in self.columns_shown]

    def table(self, page: keyset.Page, ordering: Ordering) -> PageTable:
        extra: dict[str, Any] = {}
        if self.allowed_bulk and page.rows:
            extra = {"extra_columns": [("select", SelectColumn())], "sequence": ("select", "...")}
        links = dict(self._sort_links(ordering))
        return self.table_class(
            page.rows, exclude=self.columns_hidden(), sort_links=links, request=self.request, **extra
        )

    def _sort_links(self, current: Ordering) -> Iterator[tuple[str, SortLink]]:
        """For each column that an ordering names by its key or its field: where a click leads."""
        names = {str(column.accessor or name): name for name, column in self.table_class.base_columns.items()}
        for ordering in self.orderings:
            column = ordering.key if ordering.key in self.table_class.base_columns else names.get(ordering.field)
            if column is None:
                continue
            if ordering.key != current.key:
                yield column, SortLink(self._address(sort=ordering.key))
                continue
            first_click = current.descending == ordering.descending
            direction = "descending" if current.descending else "ascending"
            yield column, SortLink(self._address(sort=f"-{ordering.key}" if first_click else ordering.key), direction)

    def _address(self, **changes: str) -> str:
        return f"?{_changed(self.request.GET, **changes).urlencode()}"

    # --- requests

    @cached_property
    def allowed_bulk(self) -> list[bulk.BulkAction]:
        scope = scope_of(self.request.user)
        return [action for action in self.bulk_actions if scope.may(action.permission)]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        fragment = request.headers.get("HX-Target") == "gw-list" and not request.headers.get(
            "HX-History-Restore-Request"
        )
        response = render(request, self.body_template_name if fragment else self.template_name, self.context())
        patch_vary_headers(response, ("HX-Target",))
        return response

    def context(self) -> dict[str, Any]:
        params = self.request.GET
        filterset = self.filterset(self.request.user, params)
        ordering = self.ordering(params)
        page = keyset.paginate(self.filtered(self.request.user, params, filterset), ordering, params, self.page_size)
        scope = scope_of(self.request.user)
        offered = (self.create, *self.links)
        text = search_text(params) if self.search_hint else ""
        chips = list(self._chips(filterset, text))
        return {
            "page_title": self.page_title,
            "page_lead": self.page_lead,
            "breadcrumbs": self.breadcrumbs or ((self.page_title, None),),
            "links": [link for link in offered if link and (not link.permission or scope.may(link.permission))],
            "filterset": filterset,
            "search_hint": self.search_hint,
            "search_text": text,
            "chips": chips,
            "narrowed": bool(chips),
            "page": page,
            "table": self.table(page, ordering),
            "ordering": ordering,
            "orderings": list(self._sort_options(ordering)),
            "columns": [(key, label, key in self.columns_shown) for key, label in self.table_class.choosable().items()],
            "bulk_actions": self.allowed_bulk,
            "can_export": self.may_export(),
            "saved_filters": saved.of(self.request.user, self.list_key()),
            "current_query": saved.storable(params),
            "empty": self.empty,
            "empty_link": self._empty_link(),
            **self.extra_context(),
        }

    def _empty_link(self) -> bool:
        if not self.empty.url_name:
            return False
        permission = self.create.permission if self.create and self.create.url_name == self.empty.url_name else ""
        return not permission or scope_of(self.request.user).may(permission)

    def _sort_options(self, current: Ordering) -> Iterator[tuple[str, str, bool]]:
        for ordering in self.orderings:
            for one in (ordering, ordering.reversed()):
                key = ordering.key if one.descending == ordering.descending else f"-{ordering.key}"
                words = "从大到小" if one.descending else "从小到大"
                yield key, f"{ordering.label}（{words}）", one == current

    def _chips(self, filterset: PageFilterSet | None, text: str) -> Iterator[tuple[str, str, str]]:
        """Conditions in force: label, words, and the address without it."""
        if text:
            yield "搜索", text, f"?{_changed(self.request.GET, q='').urlencode()}"
        for name, label, words in filterset.chips() if filterset is not None else ():
            suffixes = ("", "_after", "_before", "_min", "_max", "_0", "_1")
            without = _changed(self.request.GET, **{f"{name}{suffix}": "" for suffix in suffixes})
            yield label, words, f"?{without.urlencode()}"

    def may_export(self) -> bool:
        if not self.export_report_key:
            return False
        return not self.export_permission or scope_of(self.request.user).may(self.export_permission)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Bulk action, export, choice of columns, saved filters: each a form of the list itself."""
        handlers = {
            "bulk": self._post_bulk,
            "export": self._post_export,
            "columns": self._post_columns,
            "save-filter": self._post_save_filter,
            "delete-filter": self._post_delete_filter,
        }
        handler = handlers.get(request.POST.get("do", ""))
        if handler is None:
            raise Invalid("没有选择要做的操作，请返回列表重新选择。")
        return handler(request)

    def _here(self) -> HttpResponse:
        return HttpResponseRedirect(self.request.get_full_path())

    def _post_bulk(self, request: HttpRequest) -> HttpResponse:
        wanted = request.POST.get("action", "")
        action = next((action for action in self.bulk_actions if action.key == wanted), None)
        if action is None:
            raise Invalid("没有选择要做的操作，请返回列表重新选择。")
        answer = bulk.run(action, request, self.model)
        return answer if answer is not None else self._here()

    def _post_export(self, request: HttpRequest) -> HttpResponse:
        if not self.export_report_key:
            raise Invalid("这个列表不能导出。")
        if self.export_permission:
            require(request.user, self.export_permission)
        columns = [name for name in self.table_class.base_columns if name not in self.columns_hidden()]
        job = exporting.start(
            self.export_report_key, request.user, request.GET, columns,
            label=f"导出{self.page_title}", file_format=request.POST.get("format", "xlsx"),
        )  # fmt: skip
        return HttpResponseRedirect(reverse("common:job", args=[job.pk]))

    def _post_columns(self, request: HttpRequest) -> HttpResponse:
        choosable = self.table_class.choosable()
        chosen = [name for name in request.POST.getlist("column") if name in choosable]
        stored = dict(request.session.get(COLUMNS_SESSION_KEY, {}))
        if "reset" in request.POST:
            stored.pop(self.list_key(), None)
        else:
            stored[self.list_key()] = chosen
        request.session[COLUMNS_SESSION_KEY] = stored
        return self._here()

    def _post_save_filter(self, request: HttpRequest) -> HttpResponse:
        kept = saved.save(request.user, self.list_key(), request.POST.get("name", ""), request.GET)
        messages.success(request, f"已保存常用筛选“{kept.name}”。")
        return self._here()

    def _post_delete_filter(self, request: HttpRequest) -> HttpResponse:
        name = saved.delete(request.user, self.list_key(), request.POST.get("filter", ""))
        messages.success(request, f"已删除常用筛选“{name}”。")
        return self._here()


def search_text(params: Mapping[str, Any]) -> str:
    """The text to look for: trimmed, at most ``SEARCH_LENGTH`` characters."""
    return str(params.get("q", "")).replace("\x00", "").strip()[:SEARCH_LENGTH]


def _changed(params: QueryDict, **changes: str) -> QueryDict:
    """A copy with parameters changed (an empty text removes) and the page's position dropped."""
    copy = params.copy()
    for name in POSITION:
        copy.pop(name, None)
    for name, value in changes.items():
        copy.pop(name, None)
        if value:
            copy[name] = value
    return copy


__all__ = ["Empty", "Link", "ScopedListView"]
