"""What an installation needs before anybody signs in: rules, holidays, departments, categories.

Everything comes from the district's profile and the shipped data, and can be edited in the browser
afterwards. A second run adds what is missing and changes nothing that is there.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction

from common import calendar, policies, profile
from common import events as history
from common.calendar.seed import statutory_days
from common.models import Holiday, Policy
from common.profile import Profile
from grid import events as grid_events
from grid.choices import Level
from grid.models import Department
from petitions import events as petition_events
from petitions.models import Category
from volunteers.services.programmes import programmes_follow

FIRST_DAY = date(2000, 1, 1)  # the first version of a rule is good for every imported ticket, however old
CATEGORIES = settings.BASE_DIR / "petitions" / "data" / "categories.json"
LEVELS = {"street": Level.STREET, "community": Level.COMMUNITY}


def load_reference_data(district: Profile | None = None) -> None:
    """Load rules, holidays, departments and categories of a profile (the current one by default)."""
    district = district or profile.current()
    with transaction.atomic():
        _load_policies(district)
        _load_holidays()
        departments = _load_departments(district)
        _load_categories(district, departments)
        programmes_follow(district.policies()["points"])
    policies.forget()
    calendar.forget()


def _load_policies(district: Profile) -> None:
    rows = [
        Policy(key=key, valid_from=FIRST_DAY, data=data, note=f"{district.name}配置")
        for key, data in district.policies().items()
    ]
    Policy.objects.bulk_create(rows, ignore_conflicts=True)


def _load_holidays() -> None:
    rows = [
        Holiday(date=day.date, is_workday=day.is_workday, name=day.name, source=day.source) for day in statutory_days()
    ]
    Holiday.objects.bulk_create(rows, ignore_conflicts=True)


def _load_departments(district: Profile) -> dict[str, Department]:
    """Departments by their key in the profile."""
    by_code = {row.code: row for row in Department.objects.all()}
    by_name = {row.name: row for row in by_code.values()}
    found: dict[str, Department] = {}
    for position, (key, entry) in enumerate(district.departments.items(), start=1):
        row = by_code.get(key) or by_name.get(entry.name)
        if row is None:
            row = Department(code=key, name=entry.name, sort=position * 10)
            history.record(row, grid_events.DEPARTMENT_CREATED, data={"name": row.name})
        found[key] = row
    return found


def _load_categories(district: Profile, departments: dict[str, Department]) -> None:
    known = {row.code: row for row in Category.objects.all()}
    for group in json.loads(CATEGORIES.read_text(encoding="utf-8"))["categories"]:
        parent = known.get(group["code"]) or _new_category(group["code"], group["name"], None, {})
        for entry in group["children"]:
            if entry["code"] in known or entry["code"] in district.categories_off:
                continue
            row = _new_category(entry["code"], entry["name"], parent, _lead(district, departments, entry["lead"]))
            row.limit = str(district.finish_limit(entry["code"], entry["limit"]))
            history.record(row, petition_events.CATEGORY_CREATED, data={"name": row.name})
            leads = [district.lead(name) for name in entry["co"]]
            row.co_departments.set(departments[lead.key] for lead in leads if lead and lead.kind == "department")


def _new_category(code: str, name: str, parent: Category | None, lead: dict[str, Any]) -> Category:
    row = Category(code=code, name=name, parent=parent, **lead)
    if parent is None:
        history.record(row, petition_events.CATEGORY_CREATED, data={"name": name})
    return row


def _lead(district: Profile, departments: dict[str, Department], name: str) -> dict[str, Any]:
    lead = district.lead(name)
    if lead is None:
        return {"lead_level": Level.COMMUNITY}
    if lead.kind == "level":
        return {"lead_level": LEVELS[lead.key]}
    return {"lead_department": departments[lead.key]}
