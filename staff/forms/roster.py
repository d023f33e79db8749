"""Forms of the roster. They check form; rules are in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from common.masks import mask_name
from common.pages.inputs import DayInput
from grid.forms import AccountField, UnitChoiceField
from grid.models import Unit
from staff import permissions
from staff.choices import Certificate, Education, PartyRole, Rank, ReviewResult, WorkerKind
from staff.models import Worker

DAY = {"invalid": "请填写正确的日期，如 2026-09-01。"}


def line(label: str, length: int, required: bool = False, help_text: str = "", **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, required=required, help_text=help_text,
        error_messages={
            "required": f"请填写{label}。",
            "max_length": f"{label}最多 %(limit_value)d 字，现有 %(show_value)d 字，请精简。",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
    )  # fmt: skip


def day(label: str, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label, required=required, help_text=help_text, widget=DayInput(),
        error_messages={**DAY, "required": f"请填写{label}。"},
    )  # fmt: skip


def choice(label: str, choices: Any, initial: Any = None) -> forms.ChoiceField:
    words = {"required": f"请选择{label}。", "invalid_choice": f"请从列表中选择{label}。"}
    return forms.ChoiceField(label=label, choices=choices, initial=initial, error_messages=words)


class UnitMixin(forms.Form):
    """A unit in the closed select; ``permission`` is what the person must hold there."""

    def add_unit(self, user: Any, label: str, chosen: Unit | None = None, permission: str = permissions.MANAGE) -> None:
        field: Any = UnitChoiceField(
            label=label, permission=permission, help_text="输入名称、拼音首字母或代码查找",
            error_messages={"required": f"请选择{label}。"},
        )  # fmt: skip
        field.user = user
        unit = field.find(self.data.get(self.add_prefix("unit"))) if self.is_bound else chosen
        field.initial = unit
        field.offer(unit)
        self.fields["unit"] = field
        self.order_fields(["unit"])


class EnterForm(UnitMixin):
    """A new worker."""

    rank = choice("职务", Rank.choices, Rank.WORKER)
    kind = choice("用工类别", WorkerKind.choices, WorkerKind.POST)
    name = line("姓名", 40, required=True)
    id_number = line(
        "身份证号", 18, help_text="缴纳社会保险、申报个人所得税用，加密保存。", inputmode="text", spellcheck="false"
    )
    birth_date = day("出生日期", required=False, help_text="填了身份证号就不用填。")
    phone = line("手机", 20, inputmode="tel")
    education = choice("学历", Education.choices, Education.COLLEGE)
    certificate = forms.ChoiceField(
        label="证书", choices=[("", "没有"), *Certificate.choices], required=False,
        help_text="有多本的填最高的一本，其余以后再登记。", error_messages={"invalid_choice": "请从列表中选择证书。"},
    )  # fmt: skip
    issued_on = day("取证时间", required=False, help_text="有证书的必填，等级和津贴由此确定。")
    expires_on = day("证书有效期至", required=False, help_text="长期有效的不填。")
    party_role = choice("党内职务", PartyRole.choices, PartyRole.NONE)
    entered_on = day("入职日期")
    community_since = day(
        "从事社区工作起始日", required=False, help_text="以前做过社区工作的填写，工作年限从这一天算；不填为新人。"
    )
    probation_until = day("试用期至", required=False, help_text="不填则按薪酬方案的试用期推算。")
    bank_account = line("工资卡号", 30, help_text="可以以后再填，加密保存。", inputmode="numeric")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_unit(user, "所属单位")
        self.fields["entered_on"].initial = timezone.localdate


class ChangeForm(forms.Form):
    """Change of what is not masked; personal fields are typed anew, an empty one stays as it is."""

    kind = choice("用工类别", WorkerKind.choices)
    party_role = choice("党内职务", PartyRole.choices)
    entered_on = day("入职日期")
    community_since = day("从事社区工作起始日")
    probation_until = day("试用期至", required=False)
    newcomer = forms.BooleanField(label="无社区工作经验", required=False)
    name = line("更正姓名", 40, help_text="不改的不填，下同。")
    phone = line("更正手机", 20, inputmode="tel")
    id_number = line("更正身份证号", 18)
    birth_date = day("更正出生日期", required=False)
    bank_account = line("更正工资卡号", 30, inputmode="numeric")

    def values(self) -> dict[str, Any]:
        """What is to change: personal fields only when something was typed."""
        typed = ("name", "phone", "id_number", "birth_date", "bank_account")
        return {name: value for name, value in self.cleaned_data.items() if name not in typed or value}


class TransferForm(UnitMixin):
    rank = choice("职务", Rank.choices)
    valid_from = day("从哪天起", help_text="以后的日期到时自动生效。")
    note = line("说明", 120, help_text="如任免文号，可以不填。")

    def __init__(self, *args: Any, user: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_unit(user, "到哪个单位", unit)
        self.fields["valid_from"].initial = timezone.localdate


class ReturnForm(UnitMixin):
    rank = choice("职务", Rank.choices, Rank.WORKER)
    valid_from = day("返岗日期")

    def __init__(self, *args: Any, user: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_unit(user, "到哪个单位", unit)
        self.fields["valid_from"].initial = timezone.localdate


class SecondForm(UnitMixin):
    valid_from = day("第一天")
    last_day = day("最后一天", required=False, help_text="没有定的不填，结束时再办理。")
    note = line("说明", 120)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_unit(user, "下沉、借调到", permission=permissions.VIEW)
        self.fields["valid_from"].initial = timezone.localdate


class SecondEndForm(forms.Form):
    last_day = day("最后一天")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_day"].initial = timezone.localdate


class LeaveForm(forms.Form):
    left_on = day("在岗的最后一天", help_text="任职、等级、备选和 AB 岗同时结束；当月工资按在岗天数计发。")
    reason = line("离岗原因", 100, help_text="如辞职、退休、考录，可以不填。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["left_on"].initial = timezone.localdate


class EducationForm(forms.Form):
    education = choice("学历", Education.choices)
    since = day("取得日期", help_text="毕业证或学位证上的日期，等级和工资从这一天起变动。")


class CertificateForm(forms.Form):
    level = choice("证书", Certificate.choices)
    issued_on = day("取得日期")
    expires_on = day("登记有效期至", required=False, help_text="到期前 90 天和 30 天提醒；不填为长期有效。")


class RenewForm(forms.Form):
    expires_on = day("登记有效期至")


class RemoveForm(forms.Form):
    reason = line("删除理由", 200, required=True)


class FileForm(forms.Form):
    filed_on = day("备案日期")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["filed_on"].initial = timezone.localdate


class ReviewForm(forms.Form):
    year = forms.TypedChoiceField(
        label="年度", coerce=int, error_messages={"required": "请选择年度。", "invalid_choice": "请从列表中选择年度。"}
    )
    result = choice("结果", ReviewResult.choices)
    why = line("依据", 120, required=True, help_text="文件名称和文号，或人工登记的原因；有考核的年度由考核结果自动登记")

    def __init__(self, *args: Any, worker: Worker, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        this = timezone.localdate().year
        last = worker.left_on.year if worker.left_on else this
        fields: dict[str, Any] = self.fields
        fields["year"].choices = [(year, f"{year} 年") for year in range(last, worker.entered_on.year - 1, -1)]
        fields["year"].initial = max(min(this - 1, last), worker.entered_on.year)


class WorkerField(forms.Field):
    """A worker by number; its last digits are enough when nobody else's end so."""

    widget = forms.TextInput

    def __init__(self, *, rows: Any, **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(**kwargs)
        self.widget.attrs.update(autocomplete="off", maxlength=20)

    def to_python(self, value: Any) -> Worker | None:
        number = "".join(str(value or "").replace("\x00", "?").split()).upper()
        if not number:
            return None
        found = list(self.rows.filter(number__endswith=number)[:2])
        if len(found) != 1:
            words = "有多人的工号以此结尾，请填写完整工号。" if found else "没有找到在岗的人员，请核对工号。"
            raise forms.ValidationError(f"“{number[:20]}”{words}")
        return found[0]

    def prepare_value(self, value: Any) -> Any:
        return value.number if isinstance(value, Worker) else value


def active_rows(user: Any) -> Any:
    return Worker.objects.visible_to(user).active().select_related("person", "unit")


class StandInForm(forms.Form):
    def __init__(self, *args: Any, user: Any, current: Worker | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stand_in"] = WorkerField(
            label="代岗人工号", rows=active_rows(user), required=False, initial=current,
            help_text="本单位或本街道的人员；不填为取消。",
        )  # fmt: skip


class ReservesForm(forms.Form):
    """Two people who stand ready for a post."""

    def __init__(self, *args: Any, user: Any, current: dict[int, Worker], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place, (name, label) in enumerate((("first", "第一备选工号"), ("second", "第二备选工号")), start=1):
            worker = current.get(place)
            who = f"现为 {mask_name(worker.person.name)} {worker.number}。" if worker else "现在空缺。"
            self.fields[name] = WorkerField(
                label=label, rows=active_rows(user), required=False, initial=worker, help_text=who
            )


class AccountForm(forms.Form):
    """An account of somebody who works at the unit or above it."""

    user = AccountField(label="工作账号", required=False, help_text="关联后本人可以查看自己的等级、工资条和请假。")

    def __init__(self, *args: Any, worker: Worker, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["user"]
        field.offer(worker.unit, worker.user_id)
        field.initial = worker.user_id


class ResidentsForm(forms.Form):
    number = forms.IntegerField(
        label="常住人口", min_value=1, max_value=2_000_000, error_messages={"required": "请填写常住人口。"}
    )
    counted_on = day("统计日期")
    source = line("来源", 60, required=True, help_text="如“第七次人口普查”“派出所 2026 年 6 月底”。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["counted_on"].initial = timezone.localdate
