"""Nobody forgets to say who may open a page: every address answers "signed in" or "public"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from common.errors import Refused
from common.pages import PublicMixin, SignedInMixin, public, require, signed_in

# The one page that is for machines: it tells nothing but whether the site works.
FOR_MACHINES = {"healthz"}


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any, str]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry.callback, entry.name or ""


def access_of(callback: Any) -> str | None:
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None) or callback
    if isinstance(view, type) and issubclass(view, APIView):
        return "api"  # has permission classes of its own, IsAuthenticated by default
    return getattr(view, "access", None)


def test_every_address_says_who_may_open_it():
    found = {
        path: access_of(view)
        for path, view, name in addresses(get_resolver(settings.ROOT_URLCONF))
        if name not in FOR_MACHINES
    }
    assert len(found) > 20
    assert {path: access for path, access in found.items() if access not in {"signed_in", "public", "api"}} == {}


def test_a_class_cannot_be_both():
    for path, view, _ in addresses(get_resolver(settings.ROOT_URLCONF)):
        kind = getattr(view, "view_class", None)
        assert not (kind and issubclass(kind, SignedInMixin) and issubclass(kind, PublicMixin)), path


@pytest.mark.django_db
class TestDecorators:
    def test_signed_in(self, rf, staff):
        view = signed_in(lambda request: HttpResponse("in"))
        request = rf.get("/somewhere?x=1")
        request.user = staff["grid_worker"]
        assert view(request).content == b"in"
        request.user.is_active = False
        assert view(request)["Location"].endswith("?next=/somewhere%3Fx%3D1")

    def test_public_changes_nothing_but_the_mark(self):
        def view(request):
            return HttpResponse("all")

        assert public(view) is view
        assert view.access == "public"

    def test_require_names_the_missing_permission(self, staff):
        require(staff["grid_worker"])
        require(staff["district_officer"], "grid.manage")
        with pytest.raises(Refused) as refused:
            require(staff["grid_worker"], "grid.manage")
        assert refused.value.message.startswith("您的岗位没有“")
        assert refused.value.message.endswith("联系系统管理员。")

    def test_any_of_several_is_enough(self, staff):
        require(staff["grid_worker"], "grid.manage", "grid.view")
        with pytest.raises(Refused, match="”或“"):
            require(staff["audit_admin"], "grid.manage", "grid.view")
