"""The alliance's shops (联盟商家; 江源: 129 of them), for everybody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from common.pages import PublicMixin
from common.pages.lists import search_text
from volunteers.selectors.shop import alliance_shops


class AllianceView(PublicMixin, View):
    """Name, place and what they offer; by community, and searched by a word."""

    def get(self, request: HttpRequest) -> HttpResponse:
        text = search_text(request.GET)
        rows = list(alliance_shops(text))
        context = {
            "page_title": "联盟商家",
            "page_lead": "为志愿者提供积分兑换和优惠的商家。",
            "shops": rows,
            "search_text": text,
        }
        return render(request, "volunteers/shop/alliance.html", context)
