"""Questions about tickets that more than one place asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.roles import Role
from common.crypto import lookup_hashes
from common.errors import Invalid
from common.pages.keyset import Search
from common.prepared import Prepared
from common.scope import scope_of
from grid.bodies import Body, body_key
from grid.choices import Level
from grid.models import Unit
from grid.querysets import covers
from grid.selectors import departments, unit_for
from petitions import permissions
from petitions.choices import Channel
from petitions.models import (
    Assignment,
    Attachment,
    Category,
    CjkBigram,
    Clock,
    Petition,
    Petitioner,
    SearchText,
    SupervisionCard,
)
from petitions.querysets import PLACES, PetitionQuerySet, as_prefetched, attach

SEARCHED = SearchText("title", "text", "place")
# What the page of a ticket shows: the page that is opened most.
SHOWN_WITH = ("category__parent", "lead_department", "about_department", "registered_by", "petitioner")
_TICKET = Prepared(lambda ticket: Petition.objects.filter(pk=ticket).select_related(*SHOWN_WITH).order_by())
_GIVEN = Prepared(lambda ticket: Assignment.objects.filter(petition=ticket).select_related("unit", "department"))
CLOCKS = Prepared(lambda ticket: Clock.objects.filter(petition=ticket))
CARDS = Prepared(lambda ticket: SupervisionCard.objects.filter(petition=ticket))
FILES = Prepared(lambda ticket: Attachment.objects.filter(petition=ticket).select_related("uploaded_by"))
EARLIER_DAYS = 90


def as_shown(visible: PetitionQuerySet) -> Petition | None:
    """The one ticket of ``visible``, if there is one, with all that its page and the API show of it.

    The scope is asked for the key alone: built anew for each request, the statement with fifty columns and six joins
    takes longer than all that follows.
    """
    key = next(iter(visible.order_by().values_list("pk", flat=True)), None)
    if key is None:
        return None
    ticket = _TICKET.all(ticket=key)[0]
    attach([ticket], PLACES)
    as_prefetched(ticket, "assignments", _GIVEN.all(ticket=key))
    return ticket


def category_choices() -> list[tuple[str, list[tuple[int, str]]]]:
    """Active second-level categories in their groups, for a select input."""
    groups: dict[str, list[tuple[int, str]]] = {}
    rows = Category.objects.active().filter(parent__isnull=False, parent__is_active=True)
    for pk, name, group in rows.order_by("code").values_list("pk", "name", "parent__name"):
        groups.setdefault(group, []).append((pk, name))
    return list(groups.items())


def category_of(key: Any) -> Category:
    """The active second-level category behind a key from a form or the API; ``Invalid`` when there is none."""
    if str(key).isascii() and str(key).isdigit() and len(str(key)) < 18:
        found = Category.objects.active().filter(pk=int(key), parent__isnull=False).first()
        if found is not None:
            return found
    raise Invalid("找不到所选的诉求分类，请重新选择。", "category")


def body_choices(petition: Petition, actor: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """Bodies a ticket may be given to: the units of its own place (they see it), and the departments."""
    near = Q(pk__in=[key for key in (petition.street_id, petition.community_id, petition.grid_id) if key])
    if petition.grid_id is None and petition.community_id is not None:
        near |= Q(parent=petition.community_id, level=Level.GRID)
    groups = [
        ("本件所在单位", [(body_key(unit), unit.name) for unit in Unit.objects.active().filter(near).order_by("path")]),
        ("职能部门", [(body_key(department), department.name) for department in departments()]),
    ]
    return [(label, rows) for label, rows in groups if rows]


def default_lead(category: Category | None, petition: Petition) -> Body | None:
    """The lead the category names: a department, or the street or community of the ticket."""
    if category is None:
        return None
    if category.lead_department is not None:
        return category.lead_department
    if category.lead_level == Level.STREET:
        return petition.street or petition.unit
    if category.lead_level == Level.COMMUNITY:
        return petition.community or petition.street or petition.unit
    return None


LIST_COLUMNS = (
    "number", "external_number", "title", "place", "state", "kind", "channel", "urgency", "received_at", "due_at",
    "finish_due_at", "finish_in_time", "replied_at", "ended_at", "solved", "satisfaction", "extensions", "reworks",
    "category", "street", "community", "grid", "lead_unit", "lead_department",
)  # fmt: skip
NAMED = ("category", "street", "community", "grid", "lead_unit", "lead_department")


def for_lists(rows: Any) -> Any:
    """Counted tickets with the columns and names that lists, API and exports show, and no others."""
    return rows.counted().only(*LIST_COLUMNS).with_names(*NAMED)


def waiting_tickets(user: Any, limit: int) -> list[Petition]:
    """The most urgent open tickets on which the next move is this person's desk's, for another page to lead to."""
    rows = Petition.objects.visible_to(user, permissions.VIEW).waiting_for(user)
    return list(rows.only("number", "title", "state", "due_at").in_worklist_order()[:limit])


def search(rows: PetitionQuerySet, words: str, by_phone: bool = False) -> PetitionQuerySet:
    """Narrow to tickets that have every word: as their number, or in title, text or place.

    With ``by_phone`` a telephone number finds the tickets of whoever has it, if there are any.
    """
    in_text: list[str] = []
    for word in words.split()[:5]:
        found = _by_identity(rows, word, by_phone)
        if found is None:
            in_text.append(word)
        else:
            rows = found
    return _with_words(rows, in_text)


def _by_identity(rows: PetitionQuerySet, word: str, by_phone: bool) -> PetitionQuerySet | None:
    """Tickets with this very number, or of this telephone number; ``None`` when there is none such."""
    if word.isascii() and word.isalnum() and len(word) >= 8:
        keys = Petition.objects.counted().filter(external_number=word).values("pk")
        numbered = rows.filter(Q(number=word) | Q(pk__in=keys))
        if numbered.exists():
            return numbered
    digits = re.sub(r"[\s\-()（）]", "", word)
    if by_phone and digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 12:
        same = Petitioner.objects.filter(phone_hash__in=lookup_hashes(digits, "phone"))
        if same.exists():
            return rows.filter(pk__in=same.values("petition"))
    return None


def _with_words(rows: PetitionQuerySet, words: Sequence[str]) -> PetitionQuerySet:
    """The index finds candidates by pairs of characters, the comparison (in lower case as well) makes the answer exact."""
    plain = rows.alias(lowered=Lower(SEARCHED)) if words else rows
    for word in words:
        plain = plain.filter(lowered__contains=Lower(Value(word)))
    found = plain
    for word in words:
        if len(word) > 1:
            found = found.alias(pairs=CjkBigram(SEARCHED)).filter(pairs__contains=CjkBigram(Value(word)))
    if found is not plain:
        found.searched = Search(plain, "received_at")
    return found


def earlier_of_caller(user: Any, phone: str, limit: int = 5) -> list[Petition]:
    """Latest tickets of the same telephone number that the user may see (重复诉求)."""
    if not phone or not scope_of(user):
        return []
    same = Petitioner.objects.filter(phone_hash__in=lookup_hashes(phone, "phone")).values("petition")
    rows = Petition.objects.visible_to(user, permissions.REGISTER).counted().filter(pk__in=same)
    return list(rows.select_related("category").order_by("-received_at", "-id")[:limit])


def earlier_at_place(user: Any, unit: Unit, place: str, limit: int = 5) -> list[Petition]:
    """Tickets of the last 90 days about the same place inside the same unit."""
    words = place.strip()
    if len(words) < 2:
        return []
    since = timezone.now() - timedelta(days=EARLIER_DAYS)
    rows = Petition.objects.visible_to(user).counted().filter(received_at__gte=since, place__contains=words)
    column = {Level.STREET: "street", Level.COMMUNITY: "community", Level.GRID: "grid"}.get(Level(unit.level))
    if column:
        rows = rows.filter(**{column: unit})
    return list(rows.select_related("category").order_by("-received_at", "-id")[:limit])


def suggest_units(user: Any, place: str, limit: int = 5) -> list[Unit]:
    """Units the user may register for whose name occurs in the address, the lowest level first."""
    words = place.strip()
    units = Unit.objects.visible_to(user, permissions.REGISTER).active()
    if len(words) < 2:
        return []
    named = units.annotate(address=Value(words)).filter(address__contains=F("name"), level__gt=Level.DISTRICT)
    return list(named.order_by("-level", "path")[:limit])


def own_unit(user: Any) -> Unit | None:
    """The unit a worker registers for when the address says nothing: the lowest seat they hold."""
    scope = scope_of(user).holding(permissions.REGISTER)
    seats = [grant for grant in scope.grants if grant.unit_id is not None]
    if not seats:
        return None
    lowest = max(seats, key=lambda grant: grant.level or 0)
    return _seat(user, lowest.unit_id)


def unit_of(user: Any, key: int, permission: str | None = None) -> Unit | None:
    """The unit with this key inside the person's scope; the person's own seat is at hand already."""
    seat = _seat(user, key)
    if seat is not None and covers(scope_of(user).holding(permission), seat):
        return seat
    return unit_for(user, key, permission)


def _seat(user: Any, key: int | None) -> Unit | None:
    return next((role.unit for role in user.current_roles if role.unit is not None and role.unit_id == key), None)


def usual_channel(user: Any) -> str:
    """How petitions usually reach this person."""
    roles = {grant.role for grant in scope_of(user).holding(permissions.REGISTER).grants}
    if Role.HOTLINE_OPERATOR in roles:
        return Channel.HOTLINE
    if roles & {Role.GRID_WORKER, Role.BUILDING_CHIEF}:
        return Channel.GRID_WORKER
    return Channel.COUNTER
