"""Forms of the hierarchy. They check form; rules are in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from common.pages.inputs import DayInput
from grid import policies
from grid.choices import CODE_LENGTH, KINDS_OF_LEVEL, Level, UnitKind
from grid.models import Unit
from grid.selectors import accounts_at


class UnitChoiceField(forms.Field):
    """One active unit inside the person's scope; the select searches on the server.

    The closed select carries only the chosen one: call :meth:`offer` with it. ``empty`` names the choice of none.
    """

    widget = forms.Select

    def __init__(self, *, level: int | None = None, permission: str | None = None, **kwargs: Any) -> None:
        self.permission = permission
        self.user: Any = None
        super().__init__(**kwargs)
        source = reverse("grid:options")  # made while a page is served: the addresses are there by then
        self.widget.attrs["data-gw-select"] = f"{source}?level={level}" if level else source

    def find(self, text: Any) -> Unit | None:
        key = str(text or "")
        if not (key.isascii() and key.isdigit() and len(key) < 18):
            return None
        return Unit.objects.visible_to(self.user, self.permission).filter(pk=int(key), is_active=True).first()

    def offer(self, unit: Unit | None, empty: str = "请选择") -> None:
        self.widget.choices = [("", empty), *([(unit.pk, str(unit))] if unit is not None else [])]

    def to_python(self, value: Any) -> Unit | None:
        if value in self.empty_values:
            return None
        unit = self.find(value)
        if unit is None:
            raise forms.ValidationError("找不到所选的单位，请重新选择。")
        return unit

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, Unit) else value


class UnitForm(forms.Form):
    """A unit of a level that is known; ``code`` is asked for where codes are official."""

    name = forms.CharField(label="名称", max_length=60, error_messages={"required": "请填写名称。"})
    kind = forms.ChoiceField(label="类型")
    code = forms.CharField(label="代码", max_length=18, required=False)
    households = forms.IntegerField(
        label="户数",
        min_value=0,
        max_value=1_000_000,
        required=False,
        help_text="常住户数；录入了门牌的楼栋按门牌数自动计算",
    )
    aliases = forms.CharField(
        label="其他写法", max_length=120, required=False, help_text="旧名、全称等，用空格隔开，查找时同样能查到"
    )

    def __init__(self, *args: Any, level: int, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        kinds = KINDS_OF_LEVEL[level]
        fields["kind"].choices = [(kind, UnitKind(kind).label) for kind in kinds]
        fields["kind"].initial = fields["kind"].initial or kinds[0]
        if len(kinds) == 1:
            fields["kind"].widget = forms.HiddenInput()
        length = CODE_LENGTH[Level(level)]
        if is_new and level >= Level.GRID:
            fields["code"].help_text = f"{length} 位数字；不填则自动取上级之下的下一个代码"
        else:
            fields["code"].required = True
            fields["code"].help_text = f"{length} 位统计用区划代码" if level < Level.GRID else f"{length} 位数字"
            fields["code"].error_messages["required"] = "请填写代码。"

    def clean_households(self) -> int:
        return self.cleaned_data["households"] or 0


class MoveForm(forms.Form):
    """Where a unit is to go. ``seen`` is the key whose effects the person has seen."""

    target_label = "新的上级"
    field_order = ("target", "seen")
    seen = forms.CharField(widget=forms.HiddenInput(), required=False)

    def __init__(self, *args: Any, user: Any, level: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = UnitChoiceField(
            label=self.target_label, level=level, error_messages={"required": "请选择单位。"},
            help_text=f"输入名称、拼音首字母或代码查找{policies.level_word(level)}",
        )  # fmt: skip
        field.user = user
        field.offer(field.find(self.data.get("target")) if self.is_bound else None)
        self.fields["target"] = field


class MergeForm(MoveForm):
    target_label = "并入哪个单位"


class AccountField(forms.ModelChoiceField):
    """An account of somebody who works at the unit or above it; give it the unit with :meth:`offer`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=get_user_model()._default_manager.none(), empty_label="没有账号", **kwargs)
        self.widget.attrs["data-gw-select"] = ""

    def offer(self, unit: Unit, current: Any = None) -> None:
        """Offer the people of the unit, and ``current`` (a key) even when that person has left."""
        keys = [*accounts_at(unit).values_list("pk", flat=True), *([current] if current else [])]
        self.queryset = get_user_model()._default_manager.filter(pk__in=keys).order_by("display_name", "pk")

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.display_name}（{obj.username}）"


class PostForm(forms.Form):
    """Somebody takes a post of a unit."""

    post = forms.ChoiceField(label="岗位")
    name = forms.CharField(label="姓名", max_length=40, required=False, help_text="岗位公示用名；选了账号可以不填")
    user = AccountField(label="账号", required=False, help_text="在本单位或上级单位任职的人员，可以不选")
    seat = forms.TypedChoiceField(label="席位", coerce=int, empty_value=None, required=False)
    first_day = forms.DateField(label="任职日期", widget=DayInput())

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["user"].offer(unit)
        rules = policies.posts_at(unit.level)
        fields["post"].choices = [(rule.key, rule.title) for rule in rules]
        seats = max((rule.seats for rule in rules), default=1)
        fields["seat"].choices = [("", "自动安排"), *((seat, f"第 {seat} 席") for seat in range(1, seats + 1))]
        if seats == 1:
            fields["seat"].widget = forms.HiddenInput()
        fields["first_day"].initial = timezone.localdate


class LeaveForm(forms.Form):
    last_day = forms.DateField(label="免职日期", widget=DayInput(), help_text="在岗的最后一天")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_day"].initial = timezone.localdate


class HouseholdsForm(forms.Form):
    households = forms.IntegerField(
        label="户数",
        min_value=0,
        max_value=1_000_000,
        help_text="常住户数",
        error_messages={"required": "请填写户数。"},
    )


class DoorsForm(forms.Form):
    doors = forms.CharField(
        label="门牌", widget=forms.Textarea(attrs={"rows": 6}), max_length=20_000,
        help_text="每行一户，例如 1单元101；已有的门牌会跳过", error_messages={"required": "请填写门牌。"},
    )  # fmt: skip

    def clean_doors(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["doors"].splitlines() if line.strip()]


class DepartmentForm(forms.Form):
    name = forms.CharField(label="名称", max_length=60, error_messages={"required": "请填写名称。"})
    short_name = forms.CharField(label="简称", max_length=20, required=False)
    code = forms.CharField(
        label="代码",
        max_length=20,
        help_text="字母、数字、下划线或短横，用于导入和接口",
        error_messages={"required": "请填写代码。"},
    )
    sort = forms.IntegerField(label="排序", min_value=0, max_value=32_767, initial=100, help_text="小的排在前面")
