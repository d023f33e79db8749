"""Volunteers, programmes and what hangs on them, for tests."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from common.identity import check_character
from grid.models import Unit
from volunteers.models import MenuItem, Programme, Provider, Volunteer, VolunteerPerson

_numbers = count(1)


def make_id_number(born: date = date(1980, 5, 1), serial: int = 1, place: str = "220605") -> str:
    """An identity number with a right check character."""
    head = f"{place}{born:%Y%m%d}{serial:03d}"
    return head + check_character(head)


def make_programme(key: str = "volunteer", name: str = "志愿积分") -> Programme:
    return Programme.objects.get_or_create(key=key, defaults={"name": name})[0]


def make_volunteer(unit: Unit, *, name: str = "张晓明", phone: str = "", **fields: Any) -> Volunteer:
    """An active grown-up volunteer of a unit, with a person's row."""
    number = next(_numbers)
    phone = phone or f"1380000{number:04d}"
    values = {"number": f"T{number:06d}", "unit": unit, "joined_on": date(2024, 1, 1), **fields}
    volunteer = Volunteer.objects.create(**values)
    VolunteerPerson(volunteer=volunteer, name=name, phone=phone, birth_date="1980-05-01").set_hashes().save()
    return volunteer


def make_provider(
    unit: Unit, *operators: Any, name: str = "安居物业", kind: str = "property_firm", **fields: Any
) -> Provider:
    """An active provider at a unit with the accounts that act for it."""
    provider = Provider.objects.create(unit=unit, name=name, kind=kind, **fields)
    provider.operators.set(operators)
    return provider


def make_menu_item(unit: Unit, title: str = "上门理发", **fields: Any) -> MenuItem:
    """A line of a unit's list of resources."""
    return MenuItem.objects.create(unit=unit, **{"title": title, "list": "resource", "theme": "convenience", **fields})
