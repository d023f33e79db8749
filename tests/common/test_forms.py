"""Forms that are made faster: what one form changes, no other sees."""

from __future__ import annotations

import pytest
from django import forms

from common.forms import Form
from grid.models import Department
from grid.selectors import departments


class Intake(Form):
    name = forms.CharField(max_length=5, widget=forms.TextInput(attrs={"class": "a"}))
    kind = forms.ChoiceField(choices=[("x", "甲"), ("y", "乙")])
    when = forms.SplitDateTimeField(required=False)
    department = forms.ModelChoiceField(departments(), required=False)


class Further(Intake):
    note = forms.CharField(required=False)


def spoil(form: forms.Form) -> None:
    """Everything a form does to its own fields in this code."""
    form.fields["name"].required = False
    form.fields["name"].initial = "旧"
    form.fields["name"].widget.attrs["class"] = "b"
    form.fields["name"].validators.append(lambda value: pytest.fail("another form's validator"))
    form.fields["name"].error_messages["required"] = "别的"
    form.fields["kind"].choices = [("z", "丙")]
    form.fields["when"].widget.widgets[0].attrs["class"] = "b"
    form.fields["department"].queryset = Department.objects.none()
    del form.fields["when"]


@pytest.mark.parametrize("form_class", [Intake, Further])
def test_a_form_is_as_if_it_were_the_first(tree, form_class):
    before = str(form_class())
    spoil(form_class())
    assert str(form_class()) == before
    data = {"name": "王丽", "kind": "y", "department": str(tree.housing.pk)}
    form = form_class(data)
    assert form.is_valid(), form.errors
    assert (form.cleaned_data["name"], form.cleaned_data["kind"]) == ("王丽", "y")
    assert form.cleaned_data["department"] == tree.housing
    assert form_class({}).errors["name"] == ["该字段是必填项。"]


def test_a_subclass_has_the_fields_of_its_parents_and_its_own():
    assert list(Further().fields) == ["name", "kind", "when", "department", "note"]
    assert list(Intake().fields) == ["name", "kind", "when", "department"]


def test_it_accepts_what_djangos_own_accepts_and_nothing_else(db):
    plain = type("Plain", (forms.Form,), dict(Intake.base_fields))
    for data in ({}, {"name": "一二三四五六", "kind": "x"}, {"name": "一", "kind": "w"}, {"name": "一", "kind": "x"}):
        assert Intake(data).errors == plain(data).errors
