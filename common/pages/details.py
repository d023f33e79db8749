"""The page of one object."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from common.errors import Refused
from common.pages.access import SignedInMixin
from common.permissions import label_of


class ScopedObjectMixin(SignedInMixin):
    """Finds the object of the address: 404 outside the scope, 403 with the reason inside it.

    ``object_permission`` is what the person must hold *for this object*; the page shows without it
    when it is empty. ``lookup`` maps names of the address to fields (default: ``pk``).
    """

    model: ClassVar[type[Model]]
    object_permission: str = ""
    lookup: ClassVar[dict[str, str]] = {"pk": "pk"}
    not_found = "您要看的内容不存在、已被移走，或者不在您的管辖范围内。"
    kwargs: dict[str, Any]
    request: HttpRequest

    def rows(self, queryset: QuerySet) -> QuerySet:
        """Hook: ``select_related`` and ``prefetch_related``."""
        return queryset

    def find(self, visible: QuerySet) -> Any:
        """Hook: the object among those of the address that the person may see (one at most), or ``None``."""
        return self.rows(visible).first()

    def get_object(self) -> Any:
        """The object; raises ``Http404`` or :class:`Refused`."""
        wanted = {field: self.kwargs[name] for name, field in self.lookup.items()}
        manager: Any = self.model._default_manager
        found = self.find(manager.visible_to(self.request.user).filter(**wanted))
        if found is None:
            raise Http404(self.not_found)
        permission = self.object_permission
        if permission and not manager.visible_to(self.request.user, permission).filter(pk=found.pk).exists():
            raise Refused(f"您的岗位对“{found}”没有“{label_of(permission)}”的权限，如有需要请联系系统管理员。")
        return found


class ScopedDetailView(ScopedObjectMixin, View):
    """``template_name`` with ``object``; hooks: :meth:`context`, :meth:`title`, :meth:`trail`."""

    template_name: str = "common/detail.html"
    object: Any

    def title(self) -> str:
        return str(self.object)

    def trail(self) -> list[tuple[str, str | None]]:
        """Breadcrumbs above the object's own name."""
        return []

    def context(self) -> dict[str, Any]:
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        context = {
            "object": self.object,
            "page_title": self.title(),
            "breadcrumbs": [*self.trail(), (self.title(), None)],
            **self.context(),
        }
        return render(request, self.template_name, context)
