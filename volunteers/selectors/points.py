"""Questions about points that more than one place asks: statements, rankings, what waits for a decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from grid.models import Unit
from volunteers import permissions
from volunteers.choices import EARNING_KINDS, AccountKind, EntryKind, RequestState, VolunteerState
from volunteers.models import Account, Entry, Line, PointsRequest, Programme, Volunteer
from volunteers.selectors.figures import of_kinds

ZERO = Decimal("0.00")


def requests_to_decide(user: Any) -> QuerySet[PointsRequest]:
    """Requests that wait for this person: in their area, and not their own."""
    rows = PointsRequest.objects.visible_to(user, permissions.APPROVE_POINTS)
    return rows.filter(state=RequestState.PROPOSED).exclude(proposed_by=user)


def accounts_of(volunteer: Volunteer) -> list[Account]:
    """The volunteer's own accounts, one per kind of points."""
    rows = Account.objects.filter(volunteer=volunteer, kind=AccountKind.PERSON)
    return list(rows.select_related("programme").order_by("programme"))


# --- sides of an entry


def side_words(account: Account) -> str:
    """Whose account it is: the volunteer's number, the pool's unit, the shop, or the programme's own side."""
    if account.volunteer is not None:
        return account.volunteer.number
    if account.unit is not None:
        return f"{account.unit.name}爱心积分池"
    return account.shop.name if account.shop is not None else account.get_kind_display()


@dataclass(frozen=True)
class Sides:
    """An entry as a person reads it: how many points went from where to where."""

    source: str
    target: str
    amount: Decimal


def with_sides(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Entries with everything that :func:`sides_of` and the pages show, in a fixed number of queries."""
    return entries.select_related("programme", "actor").prefetch_related(
        "lines__account__volunteer", "lines__account__unit", "lines__account__shop"
    )


def search_entries(rows: QuerySet[Entry], text: str) -> QuerySet[Entry]:
    """Entries of the volunteer with the number, or with the text in what they are about."""
    of_number = Line.objects.filter(entry=OuterRef("pk"), account__volunteer__number=text.upper())
    return rows.filter(Exists(of_number) | Q(reason__icontains=text))


def search_programmes(rows: QuerySet[Programme], text: str) -> QuerySet[Programme]:
    return rows.filter(Q(name__icontains=text) | Q(key=text))


def search_accounts(rows: QuerySet[Account], text: str) -> QuerySet[Account]:
    return rows.filter(volunteer__number=text.upper())


def search_requests(rows: QuerySet[PointsRequest], text: str) -> QuerySet[PointsRequest]:
    return rows.filter(Q(volunteer__number=text.upper()) | Q(reason__icontains=text))


def sides_of(entry: Entry) -> Sides:
    lines = {line.amount > 0: line for line in entry.lines.all()}
    return Sides(side_words(lines[False].account), side_words(lines[True].account), lines[True].amount)


def signed(amount: Decimal) -> str:
    """+5.00, −2.50: what somebody gains or gives."""
    return f"{amount:+,.2f}".replace("-", "−")


# --- statements


@dataclass(frozen=True)
class Movement:
    """One line of a statement. ``amount`` is what the account gained (+) or gave (−)."""

    at: datetime
    day: date
    kind: str
    reason: str
    amount: Decimal
    balance: Decimal
    entry: int

    @property
    def signed(self) -> str:
        return signed(self.amount)


@dataclass(frozen=True)
class Statement:
    """A person's points of one kind in one year, by the day of posting: a year that is over never changes."""

    volunteer: Volunteer
    programme: Programme
    year: int
    opening: Decimal
    closing: Decimal
    movements: list[Movement] = field(default_factory=list)


def bounds(year: int) -> tuple[datetime, datetime]:
    """The year's first moment and the next one's."""
    zone = timezone.get_default_timezone()
    first, end = (datetime.combine(date(number, 1, 1), time(), zone) for number in (year, year + 1))
    return first, end


def statement(volunteer: Volunteer, programme: Programme, year: int) -> Statement:
    first, end = bounds(year)
    lines = Line.objects.filter(
        account__volunteer=volunteer, account__programme=programme, account__kind=AccountKind.PERSON
    )
    before = lines.filter(entry__at__lt=first).order_by("-seq").values_list("balance_after", flat=True).first()
    rows = lines.filter(entry__at__gte=first, entry__at__lt=end).select_related("entry").order_by("seq")
    movements = [
        Movement(
            line.entry.at, line.entry.day, line.entry.get_kind_display(), line.entry.reason, line.amount,
            line.balance_after or ZERO, line.entry_id,
        )
        for line in rows
    ]  # fmt: skip
    opening = before or ZERO
    return Statement(volunteer, programme, year, opening, movements[-1].balance if movements else opening, movements)


def years_of(volunteer: Volunteer) -> list[int]:
    """Years with movements, and this one, the latest first."""
    today = timezone.localdate().year
    first = (
        Entry.objects.filter(lines__account__volunteer=volunteer).order_by("pk").values_list("at", flat=True).first()
    )
    oldest = timezone.localtime(first).year if first else today
    return list(range(today, oldest - 1, -1))


# Column of the yearly statements, and which kinds of entries it counts; a counter-entry counts with what it undoes.
COUNTED = {
    "earned": (EntryKind.EARN,),
    "added": (EntryKind.JOINING, EntryKind.ITEM, EntryKind.OPENING),
    "given": (EntryKind.DONATE,),
    "corrected": (EntryKind.MANUAL,),
    "redeemed": (EntryKind.REDEEM,),
    "expired": (EntryKind.EXPIRE,),
}


def yearly(user: Any, unit: Unit, programme: Programme | None, year: int) -> QuerySet[Account]:
    """Opening, movements by kind and closing of every person's account below the unit, in one statement."""
    first, end = bounds(year)
    before, until = Q(lines__entry__at__lt=first), Q(lines__entry__at__lt=end)
    accounts = Account.objects.visible_to(user, permissions.EXPORT).filter(
        kind=AccountKind.PERSON, volunteer__unit__path__startswith=unit.path
    )
    if programme is not None:
        accounts = accounts.filter(programme=programme)
    sums = {name: until & ~before & of_kinds(*kinds, entry="lines__entry") for name, kinds in COUNTED.items()}
    return accounts.order_by("volunteer__number", "programme").annotate(
        opening=Sum("lines__amount", filter=before, default=ZERO),
        **{name: Sum("lines__amount", filter=which, default=ZERO) for name, which in sums.items()},
        closing=Sum("lines__amount", filter=until, default=ZERO),
    )


# --- what was earned


def earned_lines(programme: Programme, first: date, last: date) -> QuerySet[Line]:
    """Lines of persons for what the days of a period earned; a counter-entry belongs to the day it takes back."""
    own = Q(entry__kind__in=EARNING_KINDS, entry__day__range=(first, last))
    back = Q(
        entry__kind=EntryKind.REVERSE, entry__reverses__kind__in=EARNING_KINDS,
        entry__reverses__day__range=(first, last),
    )  # fmt: skip
    return Line.objects.filter(own | back, account__programme=programme, account__kind=AccountKind.PERSON).order_by()


@dataclass(frozen=True)
class Ranked:
    rank: int
    nickname: str
    points: Decimal


MOST_RANKED = 50


def ranking(unit: Unit | None, programme: Programme, first: date, last: date) -> list[Ranked]:
    """Who earned most in the unit (or in all of them), by nickname, of those who have agreed to be shown
    (志愿服务条例 art. 20). Equals share a rank; nobody else is counted, not even as a gap between ranks.
    """
    rows = earned_lines(programme, first, last).filter(
        account__volunteer__state=VolunteerState.ACTIVE, account__volunteer__display_consent_at__isnull=False
    )
    if unit is not None:
        rows = rows.filter(account__volunteer__unit__path__startswith=unit.path)
    named = rows.exclude(account__volunteer__nickname="").values_list(
        "account__volunteer__nickname", "account__volunteer"
    )
    sums = named.annotate(points=Sum("amount")).filter(points__gt=0).order_by("-points", "account__volunteer")
    shown: list[Ranked] = []
    for place, (nickname, _, points) in enumerate(sums[:MOST_RANKED], start=1):
        rank = shown[-1].rank if shown and shown[-1].points == points else place
        shown.append(Ranked(rank, nickname, points))
    return shown
