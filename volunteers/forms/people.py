"""Forms of volunteers and teams, at the desk and on a phone. They check form; rules are in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from common.masks import mask_name
from common.pages.inputs import DayInput
from common.scope import scope_of
from grid.choices import Level
from grid.forms import UnitChoiceField
from grid.models import Unit
from grid.selectors import units_at
from volunteers import permissions
from volunteers.choices import Group, Skill, TimeSlot
from volunteers.models import Team, Volunteer
from volunteers.rules import theme_choices
from volunteers.selectors.people import may_join

DAY = {"invalid": "请填写正确的日期，如 1990-05-01。"}
UNDER_AGE = "未满 18 周岁的须填写，社区与监护人核实后才能参加（志愿服务条例第七条）。"
# What a volunteer may say about themselves without an account; the rest of the groups a worker confirms.
OWN_GROUPS = [(group.value, group.label) for group in Group if group not in (Group.CADRE, Group.CHIEF)]


def line(label: str, length: int, required: bool = False, help_text: str = "", **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, required=required, help_text=help_text,
        error_messages={
            "required": f"请填写{label}。",
            "max_length": f"{label}最多 %(limit_value)d 字，现有 %(show_value)d 字，请精简。",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
    )  # fmt: skip


def several(label: str, choices: Any, help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, help_text=help_text, widget=forms.CheckboxSelectMultiple(),
        error_messages={"invalid_choice": f"请从列表中选择{label}。"},
    )  # fmt: skip


class ServiceFields(forms.Form):
    """What somebody can do, when and where: for the volunteer and for the worker alike."""

    nickname = line("昵称", 20, help_text="排行榜上显示的名字，不要用真名；可以不填。")
    skills = several("服务技能", Skill.choices)
    times = several("服务时间", TimeSlot.choices)
    areas = line("愿意服务的地方", 120, help_text="如：本小区、江湾社区。")
    display_consent = forms.BooleanField(
        label="同意在排行榜、表扬栏公开展示我的昵称和服务时长", required=False,
        help_text="不选不影响参加服务，随时可以撤回（志愿服务条例第二十条）。",
    )  # fmt: skip


class PersonFields(forms.Form):
    """Who somebody is."""

    name = line("姓名", 40, required=True, autocomplete="name")
    phone = line(
        "手机", 20, help_text="用于联系和登录个人主页；未成年人可以不填。", inputmode="tel", autocomplete="tel"
    )
    id_number = line(
        "身份证号", 18, help_text="出具服务证明、办理保险时核对身份，加密保存。", inputmode="text", spellcheck="false"
    )
    birth_date = forms.DateField(
        label="出生日期", required=False, widget=DayInput(), error_messages=DAY,
        help_text="填了身份证号就不用填；成年人不便提供身份证号的填这一项。",
    )  # fmt: skip
    guardian_name = line("监护人姓名", 40, help_text=UNDER_AGE)
    guardian_phone = line("监护人电话", 20, inputmode="tel")


class PublicSignUpForm(ServiceFields, PersonFields):
    """Sign-up on a phone, without an account."""

    community = forms.ChoiceField(
        label="所在社区（村）",
        error_messages={"required": "请选择所在社区。", "invalid_choice": "请从列表中选择所在社区。"},
    )
    group = forms.ChoiceField(label="我是", choices=OWN_GROUPS, initial=Group.RESIDENT)
    consent = forms.BooleanField(
        label="我已阅读并同意以上使用方式",
        error_messages={"required": "请阅读并同意个人信息的使用方式，才能注册。"},
    )
    # People do not see it, programs fill it in.
    website = forms.CharField(
        label="请不要填写", required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["community"].choices = community_choices

    @property
    def is_trap(self) -> bool:
        return bool(self.data.get("website"))

    def unit(self) -> Unit:
        return units_at(Level.COMMUNITY).get(pk=int(self.cleaned_data["community"]))


def community_choices() -> list[tuple[str, Any]]:
    """All communities in groups by street."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for unit in units_at(Level.COMMUNITY).select_related("parent"):
        groups.setdefault(unit.parent.name if unit.parent else "", []).append((str(unit.pk), unit.name))
    return [("", "请选择"), *groups.items()]


def own_community(user: Any) -> Unit | None:
    """The unit where the user manages volunteers, when there is only one seat."""
    paths = scope_of(user).holding(permissions.MANAGE).unit_paths
    found = Unit.objects.filter(path__in=paths, level__gte=Level.STREET, is_active=True)[:2]
    return found[0] if len(found) == 1 else None


class UnitMixin(forms.Form):
    """A unit the user manages, named in the closed select."""

    def offer_unit(self, user: Any, chosen: Any = None) -> None:
        field: Any = self.fields["unit"]
        field.user = user
        unit = field.find(self.data.get(self.add_prefix("unit"))) if self.is_bound else chosen or own_community(user)
        field.initial = unit
        field.offer(unit)


class SignUpForm(UnitMixin, ServiceFields, PersonFields):
    """Sign-up at the desk."""

    field_order = (
        "unit", "group", "name", "phone", "id_number", "birth_date", "guardian_name", "guardian_phone", "address",
    )  # fmt: skip

    group = forms.ChoiceField(label="类别", choices=Group.choices, initial=Group.RESIDENT)
    address = line("住址", 120, help_text="就近安排服务、抵扣物业费时用，加密保存；可以不填。")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = UnitChoiceField(
            label="所属单位", permission=permissions.MANAGE, help_text="输入名称、拼音首字母或代码查找",
            error_messages={"required": "请选择所属单位。"},
        )  # fmt: skip
        self.offer_unit(user)
        self.fields["phone"].widget.attrs.pop("autocomplete", None)
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        self.order_fields(self.field_order)


class ChangeForm(ServiceFields):
    """Change of what is not masked; personal fields are typed anew, an empty one stays as it is."""

    group = forms.ChoiceField(label="类别", choices=Group.choices)
    name = line("更正姓名", 40, help_text="不改的不填，下同。")
    phone = line("更正手机", 20, inputmode="tel")
    id_number = line("更正身份证号", 18)
    address = line("更正住址", 120)
    guardian_name = line("更正监护人姓名", 40)
    guardian_phone = line("更正监护人电话", 20, inputmode="tel")
    field_order = ("group", "nickname", "skills", "times", "areas", "display_consent")

    def __init__(self, *args: Any, volunteer: Volunteer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not volunteer.is_minor:
            del self.fields["guardian_name"], self.fields["guardian_phone"]

    def values(self) -> dict[str, Any]:
        """What is to change: personal fields only when something was typed."""
        typed = ("name", "phone", "id_number", "address", "guardian_name", "guardian_phone")
        return {name: value for name, value in self.cleaned_data.items() if name not in typed or value}


class OwnProfileForm(ServiceFields):
    """What a volunteer changes on the own page."""

    phone = line("手机", 20, help_text="用于联系和登录。", inputmode="tel", autocomplete="tel")
    address = line("住址", 120, help_text="就近安排服务、抵扣物业费时用；可以不填。", autocomplete="street-address")
    field_order = ("phone", "nickname", "skills", "times", "areas", "address", "display_consent")


class EnterForm(forms.Form):
    who = line("志愿者编号或手机号", 24, required=True, autocomplete="username", inputmode="text", spellcheck="false")
    code = line("登录码", 20, required=True, autocapitalize="characters", spellcheck="false", autocomplete="off")


class TransferForm(UnitMixin):
    """Where a volunteer moves to."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = UnitChoiceField(
            label="转到的单位", permission=permissions.MANAGE, help_text="输入名称、拼音首字母或代码查找",
            error_messages={"required": "请选择转到的单位。"},
        )  # fmt: skip
        field: Any = self.fields["unit"]
        field.user = user
        field.offer(field.find(self.data.get("unit")) if self.is_bound else None)


class TeamForm(UnitMixin):
    """A team; the unit only when it is new."""

    name = line("队伍名称", 40, required=True)
    theme = forms.ChoiceField(label="服务主题", required=False)
    about = line("服务内容", 200)
    founded_on = forms.DateField(label="成立日期", widget=DayInput(), error_messages=DAY)
    field_order = ("unit", "name", "theme", "about", "founded_on")

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        today = timezone.localdate()
        fields["theme"].choices = [("", "不限主题"), *theme_choices(today)]
        fields["founded_on"].initial = timezone.localdate
        if user is not None:
            self.fields["unit"] = UnitChoiceField(
                label="所属单位", permission=permissions.MANAGE, error_messages={"required": "请选择所属单位。"}
            )
            self.offer_unit(user)
            self.order_fields(self.field_order)


class VolunteerChoice(forms.ModelChoiceField):
    """A volunteer by number and masked name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number} {mask_name(obj.person.name)}"


class JoinTeamForm(forms.Form):
    """Takes a volunteer into a team by number: nobody picks from a list of thousands."""

    number = line("志愿者编号", 20, required=True, help_text="在编号末尾几位也能认出时只填末尾几位，如 V000123。")
    first_day = forms.DateField(label="加入日期", widget=DayInput(), error_messages=DAY)

    def __init__(self, *args: Any, team: Team, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = may_join(team, user)
        fields: dict[str, Any] = self.fields
        fields["first_day"].initial = timezone.localdate

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        number = "".join(str(data.pop("number", "")).split()).upper()
        if not number:
            return data
        found = list(self.rows.filter(number__endswith=number)[:2])
        if len(found) != 1:
            words = "没有找到在册的志愿者，或已在队伍里" if not found else "有多名志愿者的编号以此结尾，请填写完整编号"
            self.add_error("number", f"“{number}”{words}。")
            return data
        return {**data, "volunteer": found[0]}


class LeaderForm(forms.Form):
    leader = VolunteerChoice(label="队长", queryset=Volunteer.objects.none(), required=False, empty_label="空缺")

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        members = team.memberships.filter(last_day=None).values("volunteer")
        fields["leader"].queryset = Volunteer.objects.filter(pk__in=members).select_related("person")
        fields["leader"].initial = team.leader_id
