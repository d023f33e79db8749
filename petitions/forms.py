"""Forms of tickets; those of the workflow's actions are made from its table (common.workflow_forms)."""

from __future__ import annotations

from typing import Any

from django import forms

from common.calendar import Limit
from common.errors import Invalid
from common.forms import Form
from common.workflow_forms import FilesField, LimitField
from grid.bodies import body_key, body_of
from grid.choices import Level
from grid.models import Department, Unit
from grid.selectors import departments, units_at
from petitions import permissions, selectors
from petitions.choices import Channel, Kind, Urgency
from petitions.models import MAX_TEXT, Category

FILES_HINT = "照片、PDF、Word、Excel、录音或短视频，每个不超过 10 MB，最多 9 个。"
COUNTER_CHANNELS = [
    (channel.value, channel.label) for channel in Channel if channel not in (Channel.SNAP, Channel.IMPORT)
]


def _too_long(label: str) -> dict[str, str]:
    return {
        "required": f"请填写{label}。",
        "max_length": f"{label}最多 %(limit_value)d 字，现有 %(show_value)d 字，请精简。",
    }


def _line(label: str, length: int, required: bool = False, help_text: str = "", **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, required=required, help_text=help_text, error_messages=_too_long(label),
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
    )  # fmt: skip


def _area(label: str, length: int, rows: int, required: bool = True, **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, required=required, error_messages=_too_long(label),
        widget=forms.Textarea(attrs={"rows": rows, **attrs}),
    )  # fmt: skip


class CategoryChoice(forms.ChoiceField):
    """A second-level category out of its group."""

    def clean(self, value: Any) -> Category | None:
        key = super().clean(value)
        if not key:
            return None
        try:
            return selectors.category_of(key)
        except Invalid as error:
            raise forms.ValidationError(error.message) from error


class UnitField(forms.CharField):
    """The key of a unit (an active one unless ``with_closed``) inside the person's scope; the closed select carries only the chosen one."""

    user: Any = None
    found: Unit | None = None  # asked for when the form is made and again when it is checked

    def __init__(self, *, source: str, permission: str | None = None, with_closed: bool = False, **kwargs: Any) -> None:
        self.permission = permission
        self.with_closed = with_closed
        kwargs.setdefault("widget", forms.Select(attrs={"data-gw-select": source, "class": "form-select"}))
        super().__init__(**kwargs)

    def find(self, text: Any) -> Unit | None:
        key = str(text or "")
        if not (key.isascii() and key.isdigit() and len(key) < 18):
            return None
        if self.found is None or self.found.pk != int(key):
            unit = selectors.unit_of(self.user, int(key), self.permission)
            self.found = unit if unit is not None and (unit.is_active or self.with_closed) else None
        return self.found

    def offer(self, unit: Unit | None, empty: str = "请选择") -> None:
        """Show one unit in the closed select."""
        none = [] if self.required and unit is not None else [("", empty)]
        self.widget.choices = [*none, *([(unit.pk, unit.name)] if unit is not None else [])]

    def clean(self, value: Any) -> Unit | None:
        text = super().clean(value)
        if not text:
            return None
        unit = self.find(text)
        if unit is None:
            raise forms.ValidationError("找不到所选的单位，请重新选择。", code="invalid_choice")
        return unit


def _categories() -> list[Any]:
    """Asked for only when the form is shown or a category was chosen."""
    return [("", "不确定，受理时再选"), *selectors.category_choices()]


class IntakeForm(Form):
    """Five things to fill in; the rest has a good default and stays folded away."""

    shown = ("text", "place", "category", "name", "phone")
    folded = ("unit", "kind", "urgency", "channel", "title", "address", "about_department", "external_number", "files")

    text = _area("诉求内容", MAX_TEXT, 4, True, **{"accesskey": "n", "data-gw-focus": ""})
    place = _line("问题地点", 120, placeholder="如：江湾社区 3 号楼 2 单元", accesskey="d")
    category = CategoryChoice(
        label="诉求分类", required=False, choices=_categories, widget=forms.Select(attrs={"data-gw-select": "", "accesskey": "f"}),
        error_messages={"invalid_choice": "请从列表中选择诉求分类。"},
    )  # fmt: skip
    name = _line("姓名", 40, help_text="不愿留名的可以不填。", accesskey="x")
    phone = _line("电话", 30, help_text="用于联系和回访，加密保存。", inputmode="tel", accesskey="h")

    unit = UnitField(
        label="所属单位", source="/petitions/options/register-units", permission=permissions.REGISTER,
        error_messages={"required": "请选择所属单位。"},
    )  # fmt: skip
    kind = forms.ChoiceField(label="诉求类型", choices=Kind.choices, initial=Kind.HELP)
    urgency = forms.ChoiceField(label="紧急程度", choices=Urgency.choices, initial=Urgency.NORMAL)
    channel = forms.ChoiceField(label="来源", choices=COUNTER_CHANNELS, initial=Channel.COUNTER)
    title = _line("标题", 100, help_text="不填则取内容的第一句。")
    address = _line("住址", 200, help_text="上门时用，加密保存。")
    about_department = forms.ModelChoiceField(
        label="被反映部门", queryset=departments(), required=False, empty_label="没有",
        help_text="投诉、举报某部门时选择，该部门看不到是谁反映的。",
    )  # fmt: skip
    external_number = _line("来源编号", 40, help_text="上级转来的工单填写原编号。")
    files = FilesField(label="附件", required=False, help_text=FILES_HINT)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["channel"].initial = selectors.usual_channel(user)
        fields["unit"].user = user
        sent = self.data.get(self.add_prefix("unit")) if self.is_bound else self.initial.get("unit")
        unit = fields["unit"].find(sent) or selectors.own_unit(user)
        fields["unit"].initial = unit.pk if unit else None
        fields["unit"].offer(unit)

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.shown]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.folded if name != "unit"]

    @property
    def more_has_errors(self) -> bool:
        return any(name in self.errors for name in self.folded)


class AttachForm(forms.Form):
    files = FilesField(label="添加附件", help_text=FILES_HINT, error_messages={"required": "请先选择文件。"})


class AnswerForm(forms.Form):
    answer = _area("整改说明", 500, 4)


class CategoryForm(forms.Form):
    """Lead and limit of a category. A top category only has a name."""

    name = _line("名称", 40, required=True)
    lead = forms.ChoiceField(
        label="主办",
        required=False,
        help_text="派单时自动填好，可以改。",
        widget=forms.Select(attrs={"data-gw-select": ""}),
    )
    co_departments = forms.ModelMultipleChoiceField(
        label="协办部门", queryset=Department.objects.none(), required=False,
        widget=forms.SelectMultiple(attrs={"data-gw-select": "", "size": 4}),
    )  # fmt: skip
    limit = LimitField(label="办结时限", required=False, help_text="不填则按一般时限。")
    is_active = forms.BooleanField(
        label="启用", required=False, initial=True, help_text="停用后登记时不再出现，已有工单不受影响。"
    )

    def __init__(self, *args: Any, top: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if top:
            for name in ("lead", "co_departments", "limit"):
                del self.fields[name]
            return
        fields: dict[str, Any] = self.fields
        rows = list(departments())
        levels = [(f"l{Level.COMMUNITY.value}", "工单所在社区"), (f"l{Level.STREET.value}", "工单所在街道")]
        fields["lead"].choices = [
            ("", "不指定"), ("按层级", levels), ("职能部门", [(body_key(row), row.name) for row in rows])
        ]  # fmt: skip
        fields["co_departments"].queryset = departments()

    def clean_lead(self) -> tuple[int | None, Department | None]:
        """Level of the tree, or department, that leads."""
        key = self.cleaned_data["lead"]
        if key.startswith("l"):
            return int(key[1:]), None
        found = body_of(key) if key else None
        return None, found if isinstance(found, Department) else None

    def clean_limit(self) -> str:
        limit = self.cleaned_data["limit"]
        if limit:
            Limit.parse(limit)
        return limit


class NewCategoryForm(CategoryForm):
    """A category is made under a top category, or as one."""

    code = forms.RegexField(
        r"^[0-9]{2,10}$", label="编号", help_text="只用数字，大类两位，小类在大类编号后加两位，如 0101。",
        error_messages={"required": "请填写编号。", "invalid": "编号只用数字，2 到 10 位。"},
    )  # fmt: skip
    parent = forms.ModelChoiceField(
        label="所属大类", queryset=Category.objects.none(), required=False, empty_label="（新的大类）"
    )
    field_order = ("parent", "code", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["parent"].queryset = Category.objects.filter(parent=None).order_by("code")


class ReportForm(forms.Form):
    """What a resident tells us without an account."""

    street = forms.ChoiceField(
        label="街道（镇）",
        error_messages={"required": "请选择街道（镇）。", "invalid_choice": "请从列表中选择街道（镇）。"},
    )
    community = forms.ChoiceField(
        label="社区（村）", required=False, error_messages={"invalid_choice": "请从列表中选择社区（村）。"}
    )
    place = _line("具体地点", 120, required=True, placeholder="如：3 号楼 2 单元门口")
    kind = forms.ChoiceField(label="类型", choices=Kind.choices, initial=Kind.HELP, widget=forms.RadioSelect())
    text = _area("情况说明", MAX_TEXT, 5, placeholder="什么时间、什么问题、希望怎么解决")
    files = FilesField(label="照片或视频", required=False, help_text=FILES_HINT)
    name = _line("称呼", 40, help_text="可以不填。")
    phone = _line("电话", 30, help_text="可以不填；填写后工作人员会与您联系并回访。", inputmode="tel")
    consent = forms.BooleanField(label="我已阅读并同意上述个人信息的使用方式", required=False)
    # People do not see it, programs fill it in.
    website = forms.CharField(
        label="请不要填写", required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        streets = [(str(unit.pk), unit.name) for unit in units_at(Level.STREET)]
        fields["street"].choices = [("", "请选择"), *streets]
        fields["community"].choices = community_choices(self._street())

    def _street(self) -> str:
        return str(self.data.get("street", "")) if self.is_bound else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("name") or data.get("phone")) and not data.get("consent"):
            self.add_error("consent", "填写了称呼或电话，请先同意个人信息的使用方式；也可以清空后匿名提交。")
        return data

    @property
    def is_trap(self) -> bool:
        return bool(self.data.get("website"))

    def unit(self) -> Unit:
        """The lowest place that was chosen."""
        key = self.cleaned_data["community"] or self.cleaned_data["street"]
        return units_at(Level.COMMUNITY if self.cleaned_data["community"] else Level.STREET).get(pk=int(key))


def community_choices(street: str) -> list[tuple[str, Any]]:
    """Communities of a street; without one, all of them in groups."""
    rows = units_at(Level.COMMUNITY).select_related("parent")
    first: list[tuple[str, Any]] = [("", "不清楚")]
    if street.isascii() and street.isdigit() and len(street) < 18:
        return [*first, *((str(unit.pk), unit.name) for unit in rows.filter(parent=int(street)))]
    groups: dict[str, list[tuple[str, str]]] = {}
    for unit in rows:
        groups.setdefault(unit.parent.name if unit.parent else "", []).append((str(unit.pk), unit.name))
    return [*first, *groups.items()]


class QueryForm(forms.Form):
    number = _line("工单编号", 24, required=True, inputmode="numeric")
    code = _line("查询码", 20, required=True, autocapitalize="characters", spellcheck="false")
