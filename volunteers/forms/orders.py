"""Forms of orders, providers, the three lists, visits and care; those of the workflow come from its table."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from common.pages.inputs import DayInput
from grid.forms import UnitChoiceField
from grid.models import Unit
from volunteers import permissions
from volunteers.choices import MenuList, OrderKind, ProviderKind, Stars
from volunteers.models import CareRecipient, MenuItem, Provider
from volunteers.rules import theme_choices
from volunteers.selectors.orders import menu_for

STAFF_KINDS = [(kind.value, kind.label) for kind in OrderKind if kind != OrderKind.CARE]
REPORT_KINDS = [(kind.value, kind.label) for kind in (OrderKind.REPORT, OrderKind.WISH)]
PUBLIC_KINDS = [(OrderKind.SERVICE.value, "上门服务"), (OrderKind.WISH.value, "微心愿")]


def line(label: str, length: int, required: bool = False, help_text: str = "", **attrs: Any) -> forms.CharField:
    """One line of text, with errors in words."""
    messages = {
        "required": f"请填写{label}。",
        "max_length": f"{label}最多 %(limit_value)d 字，现有 %(show_value)d 字，请精简。",
    }
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(
        label=label, max_length=length, required=required, help_text=help_text, error_messages=messages, widget=widget
    )


def area(label: str, length: int, rows: int = 3, required: bool = False, help_text: str = "") -> forms.CharField:
    """Several lines of text."""
    field = line(label, length, required, help_text)
    field.widget = forms.Textarea(attrs={"rows": rows})
    return field


def hours_field(label: str) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"step": "0.01", "min": "0.01", "inputmode": "decimal"})
    return forms.DecimalField(label=label, max_digits=9, decimal_places=2, widget=widget)


class OrderForm(forms.Form):
    """For a caller: five things to fill in, the rest folded away with good defaults."""

    shown = ("title", "address", "name", "phone", "unit")
    folded = ("kind", "wanted_on", "text", "place")

    title = line("需要什么", 60, True, placeholder="如：上门理发、修水龙头", **{"data-gw-focus": ""})
    address = line("住址", 120, help_text="上门时用，加密保存。")
    name = line("称呼", 40, placeholder="如：王阿姨")
    phone = line("电话", 30, help_text="上门前联系，加密保存。", inputmode="tel")
    kind = forms.ChoiceField(label="类型", choices=STAFF_KINDS, initial=OrderKind.SERVICE)
    wanted_on = forms.DateField(label="希望服务日期", required=False, widget=DayInput())
    text = area("具体说明", 1000)
    place = line("服务地点", 120, help_text="不在家里服务时填写。")

    def __init__(self, *args: Any, user: Any, unit: Unit | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = unit_field(user, permissions.ORDERS, unit, self.data.get("unit"))
        self.order_fields((*self.shown, *self.folded))

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.shown]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.folded]

    @property
    def more_has_errors(self) -> bool:
        return any(name in self.errors for name in self.folded)


def unit_field(
    user: Any, permission: str, unit: Unit | None, sent: Any = None, label: str = "所属单位"
) -> UnitChoiceField:
    """A unit on which the person holds the permission; the closed select shows the one sent, else ``unit``."""
    field = UnitChoiceField(label=label, permission=permission, error_messages={"required": f"请选择{label}。"})
    field.user = user
    chosen = field.find(sent) or unit
    field.initial = chosen
    field.offer(chosen)
    return field


class ReportOrderForm(forms.Form):
    """报单 on a grid worker's phone."""

    kind = forms.ChoiceField(label="类型", choices=REPORT_KINDS, initial=OrderKind.REPORT, widget=forms.RadioSelect())
    title = line("需要什么", 60, True, placeholder="如：独居老人需要买药")
    text = area("具体说明", 1000)
    address = line("住址", 120, help_text="上门时用，加密保存。")
    name = line("称呼", 40)
    phone = line("电话", 30, inputmode="tel")

    def __init__(self, *args: Any, user: Any, unit: Unit | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = unit_field(user, permissions.REPORT_ORDER, unit, self.data.get("unit"))


class PublicOrderForm(forms.Form):
    """What a resident orders without account, out of a community's list of resources or in own words."""

    menu_item = forms.ModelChoiceField(
        label="从清单选择", queryset=MenuItem.objects.none(), required=False, blank=True, empty_label="其他，自己写",
        widget=forms.RadioSelect(),
    )  # fmt: skip
    title = line("需要什么", 60, help_text="从清单选择的可以不填。", placeholder="如：帮忙修水龙头")
    kind = forms.ChoiceField(label="类型", choices=PUBLIC_KINDS, initial=OrderKind.SERVICE, widget=forms.RadioSelect())
    wanted_on = forms.DateField(label="希望服务日期", required=False, widget=DayInput())
    text = area("具体说明", 1000, help_text="不要写身份证号、银行卡号。")
    name = line("称呼", 40, True)
    phone = line("电话", 30, True, inputmode="tel")
    address = line("住址", 120, True, placeholder="如：3 号楼 2 单元 101")
    consent = forms.BooleanField(
        label="我已阅读并同意以上使用方式",
        error_messages={"required": "上门服务需要联系您，请先同意个人信息的使用方式。"},
    )
    # People do not see it, programs fill it in.
    website = forms.CharField(
        label="请不要填写", required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["menu_item"]
        field.queryset = menu_for(unit)
        field.label_from_instance = _offered
        if not field.queryset:
            del self.fields["menu_item"]
            self.fields["title"].help_text = ""
        for name in ("wanted_on",):
            self.fields[name].widget.attrs["min"] = timezone.localdate().isoformat()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("menu_item") and not data.get("title") and "title" not in self.errors:
            self.add_error("title", "请从清单选择，或写明需要什么。")
        return data

    @property
    def is_trap(self) -> bool:
        return bool(self.data.get("website"))


def _offered(item: MenuItem) -> str:
    by = f"（{item.provider.name}）" if item.provider is not None else ""
    about = f"：{item.about}" if item.about else ""
    return f"{item.title}{by}{about}"


class OwnOrderForm(PublicOrderForm):
    """The same for a volunteer, whom we know."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "phone", "consent", "website"):
            del self.fields[name]


class OrderQueryForm(forms.Form):
    number = line("订单编号", 24, True, spellcheck="false")
    code = line("查询码", 20, True, autocapitalize="characters", spellcheck="false")


class ReviewForm(forms.Form):
    """评单 by the orderer."""

    stars = forms.TypedChoiceField(
        label="评价", choices=Stars.choices, coerce=int, widget=forms.RadioSelect(),
        error_messages={"required": "请选择 1 至 5 星。", "invalid_choice": "请选择 1 至 5 星。"},
    )  # fmt: skip
    note = area("评语", 300)


class ProviderForm(forms.Form):
    name = line("名称", 60, True)
    kind = forms.ChoiceField(label="类型", choices=ProviderKind.choices)
    about = line("服务说明", 200)
    phone = line("对外电话", 20, help_text="公示用，不是个人手机。", inputmode="tel")
    visit_group = line("包联组", 20, help_text="按组包联社区、每季度走访的共建单位填写，如“第 3 组”。")
    operators = forms.ModelMultipleChoiceField(
        label="操作账号", queryset=User.objects.none(), required=False,
        widget=forms.SelectMultiple(attrs={"data-gw-select": "", "size": 4}),
        help_text="这些账号能看到并办理派给本单位的订单；须有“服务单位”角色。",
    )  # fmt: skip
    is_active = forms.BooleanField(label="在用", required=False, initial=True)

    def __init__(
        self, *args: Any, user: Any, provider: Provider | None = None, unit: Unit | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        place = provider.unit if provider is not None else unit
        fields: dict[str, Any] = self.fields
        fields["operators"].queryset = operator_choices(place)
        fields["operators"].label_from_instance = lambda account: f"{account.display_name}（{account.username}）"
        if provider is None:
            fields["unit"] = unit_field(user, permissions.MENU, unit, self.data.get("unit"), "所在单位")
            del fields["is_active"]
            self.order_fields(("name", "kind", "unit"))


def operator_choices(unit: Unit | None) -> Any:
    """Accounts with the role of a provider, seated at the unit, above it, or below it."""
    rows = User.objects.filter(is_active=True, assignments__role=Role.PROVIDER, assignments__last_day=None)
    if unit is None:
        return rows.none()
    codes = unit.path_codes
    seated = rows.filter(assignments__unit__code__in=codes) | rows.filter(assignments__unit__path__startswith=unit.path)
    return seated.distinct().order_by("display_name")


class MenuItemForm(forms.Form):
    list = forms.ChoiceField(label="清单", choices=MenuList.choices, help_text="居民从“资源清单”下单。")
    title = line("项目", 60, True)
    about = area("说明", 300, 2)
    kind = forms.ChoiceField(label="下单类型", choices=STAFF_KINDS, initial=OrderKind.SERVICE)
    theme = forms.ChoiceField(label="主题", required=False)
    provider = forms.ModelChoiceField(
        label="服务单位", queryset=Provider.objects.none(), required=False, empty_label="不指定",
        help_text="物业直通车项目必选：居民下单后直接交给它。",
    )  # fmt: skip
    is_active = forms.BooleanField(label="上架", required=False, initial=True)

    def __init__(
        self, *args: Any, user: Any, item: MenuItem | None = None, unit: Unit | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["theme"].choices = [("", "不指定"), *theme_choices(timezone.localdate())]
        place = item.unit if item is not None else unit
        rows = Provider.objects.visible_to(user).active()
        fields["provider"].queryset = rows.filter(unit__code__in=place.path_codes) if place is not None else rows
        if item is None:
            fields["unit"] = unit_field(user, permissions.MENU, unit, self.data.get("unit"))
            del fields["is_active"]
            self.order_fields(("list", "title", "unit"))


class CareForm(forms.Form):
    """Hours are bought for an elder."""

    name = line("姓名", 40, True)
    phone = line("电话", 30, inputmode="tel")
    address = line("住址", 120)
    needs = line("照料需要", 120, placeholder="如：助餐、助浴、陪诊")
    hours = hours_field("购买时长（小时）")
    first_day = forms.DateField(label="起始日期", widget=DayInput())
    last_day = forms.DateField(label="截止日期", widget=DayInput())
    provider = forms.ModelChoiceField(
        label="承接单位", queryset=Provider.objects.none(), required=False, empty_label="不指定"
    )

    def __init__(self, *args: Any, user: Any, unit: Unit | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["provider"].queryset = Provider.objects.visible_to(user).active()
        fields["unit"] = unit_field(user, permissions.ORDERS, unit, self.data.get("unit"))


class CareHoursForm(forms.Form):
    hours = hours_field("追加时长（小时）")
    note = line("说明", 200, placeholder="如：第二季度购买")


class CareChangeForm(forms.Form):
    needs = line("照料需要", 120)
    provider = forms.ModelChoiceField(
        label="承接单位", queryset=Provider.objects.none(), required=False, empty_label="不指定"
    )
    last_day = forms.DateField(label="截止日期", widget=DayInput())

    def __init__(self, *args: Any, user: Any, recipient: CareRecipient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["provider"]
        field.queryset = Provider.objects.visible_to(user).active()


class CareVisitForm(forms.Form):
    """One visit to order for an elder."""

    title = line("服务内容", 60, True, placeholder="如：助浴")
    wanted_on = forms.DateField(label="希望服务日期", required=False, widget=DayInput())


class NoteForm(forms.Form):
    note = line("情况说明", 200, True)


class VisitDutyForm(forms.Form):
    group = line("包联组", 20, True, help_text="与服务单位里填写的包联组一致。")
    is_active = forms.BooleanField(label="在包联", required=False, initial=True)

    def __init__(self, *args: Any, user: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_new:
            self.fields["unit"] = unit_field(user, permissions.MENU, None, self.data.get("unit"), "社区")
            del self.fields["is_active"]
