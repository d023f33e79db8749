"""Forms of shops, products, the counter and settlement. They check form; rules are in the services."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from common.errors import Invalid
from common.months import month_of
from grid.forms import UnitChoiceField
from volunteers import permissions
from volunteers.choices import ProductKind
from volunteers.models import Product, Programme, Provider, Shop
from volunteers.selectors import shop as selectors
from volunteers.services.redemptions import MOST_PIECES

PICTURE_HINT = "JPG、PNG、GIF 或 WebP，不超过 10 MB。"


CODE: dict[str, Any] = {"autocapitalize": "characters", "spellcheck": "false"}


def line(label: str, length: int, required: bool = True, help_text: str = "", **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, required=required, help_text=help_text,
        error_messages={"required": f"请填写{label}。"}, widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
    )  # fmt: skip


def amount(label: str, help_text: str = "", least: str = "0") -> forms.DecimalField:
    return forms.DecimalField(
        label=label, max_digits=8, decimal_places=2, min_value=Decimal(least), help_text=help_text,
        error_messages={"required": f"请填写{label}。"},
    )  # fmt: skip


def pieces(label: str, least: int = 1, required: bool = True, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=least, max_value=100_000, required=required, help_text=help_text,
        error_messages={"required": f"请填写{label}。"},
    )  # fmt: skip


def picture(required: bool) -> forms.FileField:
    return forms.FileField(
        label="图片", required=required, help_text=PICTURE_HINT, error_messages={"required": "请选择图片。"},
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/gif,image/webp"}),
    )  # fmt: skip


class ShopChangeForm(forms.Form):
    """What may change about a shop."""

    name = line("名称", 40)
    provider = forms.ModelChoiceField(
        label="经营单位", queryset=Provider.objects.none(), required=False, empty_label="社区自营",
        help_text="由商家或物业企业经营的请选择，其操作账号可以核销。",
    )  # fmt: skip
    address = line("领取地点", 120, required=False)
    hours = line("开放时间", 60, required=False, help_text="例如：周一至周五 9:00–16:00")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["provider"].queryset = selectors.shop_runners(user)


class ShopForm(ShopChangeForm):
    """A new shop."""

    programme = forms.ModelChoiceField(
        label="收取的积分", queryset=Programme.objects.none(), empty_label=None,
        error_messages={"required": "请选择收取的积分。"},
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["programme"].queryset = selectors.programmes()
        unit = UnitChoiceField(
            label="所属单位", permission=permissions.SHOP, error_messages={"required": "请选择所属单位。"},
            help_text="本单位及以下的志愿者都可以兑换。",
        )  # fmt: skip
        unit.user = user
        unit.offer(unit.find(self.data.get("unit")) if self.is_bound else None)
        fields["unit"] = unit
        self.order_fields(("name", "unit", "programme", "provider", "address", "hours"))


class ProductChangeForm(forms.Form):
    name = line("名称", 40)
    about = line("说明", 200, required=False, help_text="规格、有效期、服务方式等")
    most_per_month = pieces("每人每月最多", required=False, help_text="不填则不限")
    is_active = forms.BooleanField(label="上架", required=False, help_text="下架后不能再兑换，已兑换的照常领取。")


class ProductForm(ProductChangeForm):
    kind = forms.ChoiceField(label="类型", choices=ProductKind.choices, widget=forms.RadioSelect)
    points = amount("所需积分", least="0.01")
    value = amount("结算价（元）", "每件付给供应商的金额；社区自有的物品填采购价")
    stock = pieces("现有库存", least=0, required=False, help_text="实物必填；服务和抵扣不填则不限数量")
    picture = picture(required=False)
    field_order = ("name", "kind", "points", "value", "stock", "most_per_month", "about", "picture")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["is_active"]
        self.fields["kind"].initial = ProductKind.GOODS


class PriceForm(forms.Form):
    points = amount("所需积分", least="0.01")
    value = amount("结算价（元）")


class PictureForm(forms.Form):
    picture = picture(required=True)


class ReceiveForm(forms.Form):
    quantity = pieces("进货数量")
    note = line("说明", 120, required=False, help_text="例如：送货单号")


class CountForm(forms.Form):
    counted = pieces("盘点数量", least=0, help_text="货架上的全部件数，包括已兑换待领取的")
    note = line("盘点情况", 120, help_text="例如：季度盘点，缺 2 件")


class ReasonForm(forms.Form):
    reason = line("原因", 120)


# --- the counter


class CodeForm(forms.Form):
    code = line("领取码", 20, help_text="志愿者手机上的 8 位领取码，不分大小写", **CODE)


class ProductOnCounter(forms.ModelChoiceField):
    def label_from_instance(self, obj: Product) -> str:
        left = "" if obj.stock is None else f"，剩 {obj.stock} 件"
        return f"{obj.name}（{obj.points.normalize():f} 分{left}）{obj.shop.name}"


class CounterRedeemForm(forms.Form):
    """A volunteer at the counter shows number and personal code."""

    number = line("志愿者编号", 20, **CODE)
    code = line("登录码", 20, help_text="请志愿者本人输入或出示", **CODE)
    product = ProductOnCounter(
        label="兑换什么", queryset=Product.objects.none(), empty_label="请选择",
        widget=forms.Select(attrs={"data-gw-select": ""}), error_messages={"required": "请选择商品。"},
    )  # fmt: skip
    quantity = forms.IntegerField(label="数量", min_value=1, max_value=MOST_PIECES, initial=1)
    account_number = line("物业费户号", 40, required=False, help_text="抵扣物业费时填写")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["product"].queryset = selectors.on_the_counter(user)


class OwnRedeemForm(forms.Form):
    """What a volunteer fills in on the own page."""

    quantity = forms.IntegerField(
        label="数量", min_value=1, max_value=MOST_PIECES, initial=1, error_messages={"required": "请填写数量。"}
    )
    account_number = line("物业费户号", 40, help_text="可在物业缴费单上找到")

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if product.kind != ProductKind.PROPERTY_FEE:
            del self.fields["account_number"]


# --- settlement


class SettlementForm(forms.Form):
    """Whose month; also the parameters of the reports."""

    provider = forms.ModelChoiceField(
        label="供应商", queryset=Provider.objects.none(), empty_label="请选择",
        error_messages={"required": "请选择供应商。", "invalid_choice": "请从列表中选择供应商。"},
    )  # fmt: skip
    month = forms.CharField(
        label="月份", widget=forms.TextInput(attrs={"type": "month", "maxlength": 7, "placeholder": "2026-09"}),
        error_messages={"required": "请选择月份。"},
    )  # fmt: skip

    def __init__(self, data: Any = None, *, user: Any, **options: Any) -> None:
        super().__init__(data, **options)
        fields: dict[str, Any] = self.fields
        fields["provider"].queryset = selectors.suppliers(user)

    def clean_month(self) -> date:
        try:
            month = month_of(self.cleaned_data["month"])
        except Invalid as error:
            raise forms.ValidationError(error.message) from error
        if month > timezone.localdate():
            raise forms.ValidationError("这个月还没有到，请选择本月或以前的月份。")
        return month


def shop_initial(shop: Shop) -> dict[str, Any]:
    return {"name": shop.name, "provider": shop.provider_id, "address": shop.address, "hours": shop.hours}
