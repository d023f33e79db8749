"""Forms of party organisations. They check form; rules are in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from common import profile
from common.pages.inputs import DayInput
from grid.choices import Level
from grid.forms import AccountField
from grid.models import Household, Unit
from partyorgs.choices import KINDS_OF_LEVEL, USUAL_KIND, OrganisationKind, SetUpMode
from partyorgs.models import PartyOrganisation
from partyorgs.policies import term_years
from partyorgs.selectors import parents_for


class OrganisationForm(forms.Form):
    """An organisation at a unit that is known. ``term_…`` and ``members_…`` only when it is new."""

    name = forms.CharField(label="名称", max_length=80, error_messages={"required": "请填写名称。"})
    kind = forms.ChoiceField(label="类别")
    parent = forms.ModelChoiceField(
        label="上级党组织", queryset=PartyOrganisation.objects.none(), required=False, empty_label="没有",
        help_text="设在同一单位或上一级单位，并且大于本组织",
    )  # fmt: skip
    mode = forms.ChoiceField(label="组建方式", choices=SetUpMode.choices, initial=SetUpMode.SINGLE)
    partners = forms.CharField(
        label="联建单位或派驻人", max_length=120, required=False,
        help_text="联合组建填写参加单位，指导派驻填写党建指导员及派出单位",
    )  # fmt: skip
    household = forms.ModelChoiceField(
        label="中心户", queryset=Household.objects.none(), required=False, empty_label="请选择",
        help_text="只有党员中心户填写", widget=forms.Select(attrs={"data-gw-select": ""}),
    )  # fmt: skip
    secretary_name = forms.CharField(
        label="书记（负责人）", max_length=40, required=False, help_text="公示用名；选了账号可以不填"
    )
    secretary = AccountField(label="书记账号", required=False, help_text="换届提醒同时发给这个账号，可以不选")
    members_count = forms.IntegerField(label="党员数", min_value=0, max_value=100_000, required=False)
    members_on = forms.DateField(label="统计日期", required=False, widget=DayInput())
    term_first_day = forms.DateField(
        label="本届起始日期", required=False, widget=DayInput(), help_text="党小组和党员中心户不填"
    )
    term_years = forms.IntegerField(label="任期（年）", min_value=1, max_value=10, required=False)

    def __init__(self, *args: Any, unit: Unit, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        kinds = KINDS_OF_LEVEL[unit.level]
        labels = profile.current().party.modes
        fields["kind"].choices = [(kind, OrganisationKind(kind).label) for kind in kinds]
        fields["kind"].initial = USUAL_KIND[unit.level]
        fields["mode"].choices = [(mode, labels.get(mode, SetUpMode(mode).label)) for mode in SetUpMode.values]
        self._offer_parents(unit)
        current = self.initial.get("secretary")
        fields["secretary"].offer(unit, getattr(current, "pk", current))
        if unit.level == Level.BUILDING_GROUP:
            fields["household"].queryset = unit.doors.order_by("door")
        else:
            del fields["household"]
        if is_new:
            fields["term_years"].help_text = f"不填则为 {term_years(unit)} 年"
            fields["members_on"].initial = timezone.localdate
        else:
            del fields["members_count"], fields["members_on"]

    def _offer_parents(self, unit: Unit) -> None:
        """Parents for any kind of the level; the one that fits the usual kind is suggested."""
        fields: dict[str, Any] = self.fields
        fitting = {row.pk: row for kind in KINDS_OF_LEVEL[unit.level] for row in parents_for(kind, unit)}
        current = self.initial.get("parent")
        keys = [*fitting, *([getattr(current, "pk", current)] if current else [])]
        fields["parent"].queryset = PartyOrganisation.objects.filter(pk__in=keys).order_by("unit__path", "pk")
        suggested = parents_for(USUAL_KIND[unit.level], unit)
        if suggested and not current:
            fields["parent"].initial = suggested[0].pk

    def clean_members_count(self) -> int:
        return self.cleaned_data["members_count"] or 0


class CountForm(forms.Form):
    members_count = forms.IntegerField(
        label="党员数", min_value=0, max_value=100_000, error_messages={"required": "请填写党员数。"}
    )
    members_on = forms.DateField(label="统计日期", widget=DayInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members_on"].initial = timezone.localdate


class ElectionForm(forms.Form):
    elected_on = forms.DateField(label="选举日期", widget=DayInput(), help_text="新一届从这一天起算")
    secretary_name = forms.CharField(
        label="当选书记", max_length=40, required=False, help_text="公示用名；选了账号可以不填"
    )
    secretary = AccountField(label="书记账号", required=False, help_text="换届提醒同时发给这个账号，可以不选")
    term_years = forms.IntegerField(label="任期（年）", min_value=1, max_value=10, required=False)

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["secretary"].offer(unit)
        fields["term_years"].help_text = f"不填则为 {term_years(unit)} 年"
        fields["elected_on"].initial = timezone.localdate
