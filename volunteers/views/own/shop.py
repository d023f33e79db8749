"""A volunteer's own pages of the point shop: what there is, redeem, the code, call off."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common.errors import PlainError
from common.pages import FormPage, Ordering
from common.pages.keyset import paginate
from common.qr import qr_svg
from volunteers import own_sections
from volunteers.choices import COLOURS, ProductKind, RedemptionState
from volunteers.forms.shop import OwnRedeemForm
from volunteers.models import Product, Redemption, Volunteer
from volunteers.own import OwnMixin, back_to
from volunteers.own_sections import OwnLink
from volunteers.selectors import shop as selectors
from volunteers.services.giving_back import redemption_cancel_own
from volunteers.services.redemptions import Redeemed, code_of, redeem
from volunteers.views.shop import picture_response

SHOP = "积分超市"
PAGE = 20


class OwnShop(OwnMixin, View):
    """Points of the volunteer, and what they buy in the own community and above."""

    def get(self, request: HttpRequest) -> HttpResponse:
        kind = request.GET.get("kind", "")
        rows = selectors.offered_to(self.volunteer)
        if kind in ProductKind.values:
            rows = rows.filter(kind=kind)
        page = paginate(rows, Ordering("points", "积分", "points"), request.GET, PAGE)
        context = {
            "page_title": SHOP,
            "page_lead": "用志愿服务积分兑换。积分不是报酬，不得买卖。",
            "purses": selectors.purses(self.volunteer, timezone.localdate()),
            "page": page,
            "kind": kind,
            "kinds": ProductKind.choices,
        }
        return render(request, "volunteers/own/shop.html", context)


class OwnProduct(OwnMixin, FormPage):
    """One product: look, choose how many, redeem. Sent twice, it is redeemed once."""

    form_class = OwnRedeemForm
    template_name = "volunteers/own/product.html"
    submit_label = "确认兑换"
    success_message = "兑换成功，请在保留期内凭领取码领取。"
    product: Product

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._load()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._load()
        return super().post(request, *args, **kwargs)

    def _load(self) -> None:
        found = selectors.offered_to(self.volunteer).filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404("没有这件商品，或它已经下架。")
        self.product = found
        self.page_title = found.name

    def form_arguments(self) -> dict[str, Any]:
        return {
            "product": self.product,
            "initial": {"account_number": selectors.last_account_number(self.volunteer)},
        }

    def context(self) -> dict[str, Any]:
        purses = selectors.purses(self.volunteer, timezone.localdate())
        purse = next((one for one in purses if one.programme == self.product.shop.programme), None)
        return {
            "product": self.product, "purse": purse, "sold_out": self.product.stock == 0, **back_to(SHOP, "own-shop")
        }  # fmt: skip

    def perform(self, form: forms.BaseForm) -> Redeemed:
        return redeem(volunteer=self.volunteer, product=self.product, request_key=self.submission, **form.cleaned_data)

    def next_url(self, result: Redeemed) -> str:
        return reverse("volunteers:own-redemption", args=[result.redemption.pk])


class OwnPicture(OwnMixin, View):
    """The picture of a product that is on offer to the volunteer, or was redeemed."""

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        found = selectors.pictured_for(self.volunteer).filter(pk=pk).first()
        if found is None:
            raise Http404("没有这张图片。")
        return picture_response(found)


class OwnRedemptions(OwnMixin, View):
    """Everything the volunteer has redeemed, the newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        newest = Ordering("reserved", "兑换时间", "reserved_at", descending=True)
        page = paginate(selectors.own_redemptions(self.volunteer), newest, request.GET, PAGE)
        rows = [(row, COLOURS[row.state]) for row in page.rows]
        context = {"page_title": "我的兑换", "page": page, "rows": rows, **back_to(SHOP, "own-shop")}
        return render(request, "volunteers/own/redemptions.html", context)


class OwnRedemptionMixin(OwnMixin):
    kwargs: dict[str, Any]

    def redemption(self) -> Redemption:
        found = selectors.own_redemptions(self.volunteer).filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404("没有这笔兑换。")
        return found


class OwnRedemption(OwnRedemptionMixin, View):
    """One redemption; as long as it is reserved, with its code."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.redemption()
        waits = row.state == RedemptionState.RESERVED
        code = code_of(row) if waits else ""
        context = {
            "page_title": row.product.name,
            **back_to("我的兑换", "own-redemptions"),
            "redemption": row,
            "colour": COLOURS[row.state],
            "code": f"{code[:4]} {code[4:]}" if code else "",
            # Behind the fragment, which a browser keeps to itself: the code stands in no log.
            "qr": qr_svg(f"{request.build_absolute_uri(reverse('volunteers:counter'))}#{code}", "领取码")
            if code
            else "",
        }
        return render(request, "volunteers/own/redemption.html", context)


class OwnCancel(OwnRedemptionMixin, View):
    """Call the own reservation off; points and goods go back at once."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.redemption()
        try:
            redemption_cancel_own(volunteer=self.volunteer, redemption=row)
            messages.success(request, f"已取消，退回 {row.points:f} 分。")
        except PlainError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(reverse("volunteers:own-redemption", args=[row.pk]))


def _waiting(volunteer: Volunteer) -> str:
    count = selectors.own_redemptions(volunteer).filter(state=RedemptionState.RESERVED).count()
    return f"待领取 {count} 件" if count else ""


own_sections.register_link("shop", 50, OwnLink("积分超市", "volunteers:own-shop", "basket", _waiting))
