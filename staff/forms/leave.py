"""Forms of leave. They check form; rules are in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from common.pages.inputs import DayInput
from staff import permissions
from staff.choices import LeaveKind
from staff.models import Worker
from staff.services.leave import OWN_KINDS

DAY = {"required": "请填写日期。", "invalid": "请填写正确的日期，如 2026-07-01。"}
KIND = {"required": "请选择假别。", "invalid_choice": "请从列表中选择假别。"}


class WorkerNumberField(forms.CharField):
    """A worker of the person's own area, by number."""

    def __init__(self, *, permission: str, **kwargs: Any) -> None:
        self.permission = permission
        self.user: Any = None
        super().__init__(
            **{"label": "工号", "max_length": 20, "error_messages": {"required": "请填写工号。"}, **kwargs}
        )

    def clean(self, value: Any) -> Any:
        number = super().clean(value).strip().upper()
        found = Worker.objects.visible_to(self.user, self.permission).filter(number=number).first()
        if found is None:
            raise forms.ValidationError("您的辖区内没有这个工号的人员，请核对工号。")
        return found


class OwnLeaveForm(forms.Form):
    """What somebody fills in on a phone."""

    kind = forms.ChoiceField(
        label="假别", choices=[("", "请选择"), *((kind.value, kind.label) for kind in OWN_KINDS)], error_messages=KIND
    )
    first_day = forms.DateField(label="第一天", widget=DayInput(), error_messages=DAY)
    last_day = forms.DateField(label="最后一天（含）", widget=DayInput(), error_messages=DAY)
    half = forms.BooleanField(label="只请半天", required=False, help_text="第一天和最后一天是同一天时才能选。")
    reason = forms.CharField(label="事由", max_length=120, required=False, help_text="只有审批人看得到，可以不填。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_day", "last_day"):
            self.fields[name].initial = timezone.localdate


class EnterLeaveForm(OwnLeaveForm):
    """The same for somebody else, unexcused absence too."""

    field_order = ("worker", "kind", "first_day", "last_day", "half", "reason")
    worker = WorkerNumberField(permission=permissions.LEAVE)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["worker"].user = user
        fields["kind"].choices = [("", "请选择"), *LeaveKind.choices]
        fields["reason"].help_text = ""
