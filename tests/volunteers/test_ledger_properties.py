"""Whatever happens in whatever order: sums are zero, nobody owes, and what lapses is what lots would say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import Refused
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from volunteers.choices import AccountKind, EntryKind
from volunteers.models import Account, Entry, Line, Shop
from volunteers.services.expiry import expire_points, left_of
from volunteers.services.ledger import (
    Movement,
    person_account,
    pool_account,
    post,
    reversal,
    shop_account,
    system_account,
)
from volunteers.services.ledger_proof import verify

pytestmark = pytest.mark.django_db
PEOPLE = 3
VALID_YEARS = 1
CEILING = Decimal(60)
FIRST_YEAR = 2020


@dataclass
class Step:
    """What one entry did to one account, in the order of posting."""

    entry: int
    day: date
    amount: Decimal
    undone: bool = False


@dataclass
class Book:
    """The ledger as plain Python: the steps of each account."""

    steps: dict[int, list[Step]] = field(default_factory=dict)

    def note(self, entry: Entry) -> None:
        """Take over what was posted; a reversal strikes out the steps that it takes back."""
        for line in entry.lines.all():
            mine = self.steps.setdefault(line.account_id, [])
            if entry.reverses_id is None:
                mine.append(Step(entry.pk, entry.day, line.amount))
            else:
                next(step for step in mine if step.entry == entry.reverses_id).undone = True

    def balance(self, account: int) -> Decimal:
        return sum((step.amount for step in self.live(account)), Decimal(0))

    def live(self, account: int) -> list[Step]:
        return [step for step in self.steps.get(account, ()) if not step.undone]

    def left_in_lots(self, account: int, cut_off: date) -> Decimal:
        """Lots by day; spending takes from the oldest, or, when they do not suffice, from those to come."""
        lots: list[list] = []
        debt = Decimal(0)
        for step in self.live(account):
            if step.amount > 0:
                paid = min(debt, step.amount)
                debt -= paid
                lots.append([step.day, step.amount - paid])
                continue
            wanted = -step.amount
            for lot in lots:
                taken = min(lot[1], wanted)
                lot[1] -= taken
                wanted -= taken
            debt += wanted
        return sum((rest for day, rest in lots if day <= cut_off), Decimal(0))


POINTS = st.integers(1, 3000).map(lambda cents: Decimal(cents) / 100)
PERSON = st.integers(0, PEOPLE - 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("earn"), PERSON, POINTS),
        st.tuples(st.just("redeem"), PERSON, POINTS),
        st.tuples(st.just("donate"), PERSON, PERSON, POINTS),
        st.tuples(st.just("to_pool"), PERSON, POINTS),
        st.tuples(st.just("grant"), PERSON, POINTS),
        st.tuples(st.just("correct"), PERSON, POINTS),
        st.tuples(st.just("reverse"), st.integers(0, 30)),
        st.tuples(st.just("year_end")),
        st.tuples(st.just("erase"), PERSON),
    ),
    max_size=30,
)


class World:
    """Three volunteers, a pool and a shop, and everything that may happen to them."""

    def __init__(self, unit) -> None:
        self.programme = make_programme()
        self.people = [person_account(make_volunteer(unit), self.programme) for _ in range(PEOPLE)]
        self.pool = pool_account(unit, self.programme)
        self.shop = shop_account(Shop.objects.create(name="爱心超市", unit=unit, programme=self.programme))
        self.issue = system_account(self.programme, AccountKind.ISSUE)
        self.expiry = system_account(self.programme, AccountKind.EXPIRY)
        self.correction = system_account(self.programme, AccountKind.CORRECTION)
        self.book, self.posted, self.year, self.number = Book(), [], FIRST_YEAR, 0

    def move(self, source: Account, target: Account, points: Decimal, kind: str, ceiling: Decimal = Decimal(0)) -> None:
        self.number += 1
        if source.pk == target.pk:
            return
        day = date(self.year, 6, 1)
        movement = Movement(source, target, points, kind, day, "摘要", f"step:{self.number}", ceiling=ceiling)
        try:
            entries = post([movement])
        except Refused:
            held = self.book.balance(source.pk)
            assert held < points or (kind == EntryKind.DONATE and self.book.balance(target.pk) + points > ceiling)
            return
        for entry in entries:
            self.posted.append(entry)
            self.book.note(entry)

    def earn(self, who: int, points: Decimal) -> None:
        self.move(self.issue, self.people[who], points, EntryKind.EARN, CEILING)

    def redeem(self, who: int, points: Decimal) -> None:
        self.move(self.people[who], self.shop, points, EntryKind.REDEEM)

    def donate(self, who: int, whom: int, points: Decimal) -> None:
        self.move(self.people[who], self.people[whom], points, EntryKind.DONATE, CEILING)

    def to_pool(self, who: int, points: Decimal) -> None:
        self.move(self.people[who], self.pool, points, EntryKind.DONATE)

    def grant(self, who: int, points: Decimal) -> None:
        self.move(self.pool, self.people[who], points, EntryKind.DONATE, CEILING)

    def correct(self, who: int, points: Decimal) -> None:
        self.move(self.people[who], self.correction, points, EntryKind.MANUAL)

    def erase(self, who: int) -> None:
        held = self.book.balance(self.people[who].pk)
        if held:
            self.move(self.people[who], self.expiry, held, EntryKind.EXPIRE)

    def reverse(self, number: int) -> None:
        if number >= len(self.posted):
            return
        entry = self.posted[number]
        try:
            (back,) = post([reversal(entry, actor=None, reason="冲正", day=date(self.year, 6, 1))])
        except Refused:  # undone already, or the points are spent
            return
        self.book.note(back)

    def year_end(self) -> None:
        cut_off = date(self.year - VALID_YEARS, 12, 31)
        keys = [account.pk for account in self.people]
        lots = {pk: self.book.left_in_lots(pk, cut_off) for pk in keys}
        assert dict.fromkeys(keys, Decimal(0)) | dict(left_of(keys, cut_off)) == lots
        before = Entry.objects.count()
        assert expire_points(self.year) == sum(left > 0 for left in lots.values())
        for entry in Entry.objects.order_by("pk")[before:]:
            self.book.note(entry)
            self.posted.append(entry)
        assert all(self.book.left_in_lots(pk, cut_off) == 0 for pk in keys)
        assert expire_points(self.year) == 0
        self.year += 1

    def hold(self) -> None:
        """Every invariant of the ledger."""
        assert [fault.what for fault in verify()] == []
        assert Line.objects.aggregate(total=Sum("amount"))["total"] in (None, Decimal(0))
        sums = dict(Line.objects.order_by().values_list("account").annotate(total=Sum("amount")))
        for account in Account.objects.filter(kind__in=[AccountKind.PERSON, AccountKind.POOL]):
            assert account.balance == sums.get(account.pk, Decimal(0)) == self.book.balance(account.pk) >= 0
        total = {
            kind: Line.objects.filter(account__kind=kind).aggregate(total=Sum("amount"))["total"] or Decimal(0)
            for kind in AccountKind.values
        }
        issued, outstanding = -total[AccountKind.ISSUE], total[AccountKind.PERSON] + total[AccountKind.POOL]
        used = total[AccountKind.SHOP] + total[AccountKind.EXPIRY] + total[AccountKind.CORRECTION]
        assert issued == outstanding + used


@pytest.fixture
def unit(tree):
    programme = {
        "key": "volunteer", "label": "志愿积分", "groups": [], "per_hour": "1", "activity_cap_hours": "0",
        "joining": "0", "redeem_after_hours": "0", "ceiling": f"{CEILING}", "valid_years": VALID_YEARS,
    }  # fmt: skip
    make_rules(points={"programmes": [programme]})
    return tree.community


@given(steps=STEPS)
@settings(max_examples=40)
def test_any_sequence_keeps_every_invariant(unit, steps):
    with transaction.atomic():
        world = World(unit)
        for name, *values in steps:
            getattr(world, name)(*values)
        world.hold()
        transaction.set_rollback(True)


def test_points_end_with_the_year_oldest_first(unit):
    """2020: 10 earned; 2021: 20 earned, 4 spent; at the end of 2021 the 6 that are left of 2020 lapse."""
    world = World(unit)
    world.earn(0, Decimal(10))
    world.year_end()
    world.earn(0, Decimal(20))
    world.redeem(0, Decimal(4))
    world.year_end()
    entry = Entry.objects.get(kind=EntryKind.EXPIRE)
    account = Account.objects.get(pk=world.people[0].pk)
    assert (entry.reason, entry.day, entry.key) == (
        "2020 年及以前的积分到期", date(2021, 12, 31), f"expire:volunteer:2021:{account.pk}",
    )  # fmt: skip
    assert (entry.lines.get(account=account).amount, account.balance) == (Decimal("-6.00"), Decimal("20.00"))
    assert entry.policy is not None


def test_points_without_an_end_never_lapse(tree):
    make_rules()
    world = World(tree.community)
    world.earn(0, Decimal(10))
    assert expire_points(2030) == 0
    assert not Entry.objects.filter(kind=EntryKind.EXPIRE).exists()


def test_a_year_lapses_in_batches_and_once(unit, monkeypatch):
    monkeypatch.setattr("volunteers.services.expiry.BATCH", 2)
    world = World(unit)
    for who in range(PEOPLE):
        world.earn(who, Decimal(who + 1))
    world.year = FIRST_YEAR + 1
    seen: list[int] = []
    assert expire_points(FIRST_YEAR + 1, progress=seen.append) == PEOPLE
    assert seen == [2, 3]
    assert expire_points(FIRST_YEAR + 1) == 0
    assert Entry.objects.filter(kind=EntryKind.EXPIRE).count() == PEOPLE


def test_the_year_that_is_over_lapses_by_a_job(unit, monkeypatch):
    from django.utils import timezone

    from common import jobs
    from common.models import Job
    from volunteers.tasks import points_of_last_year

    world = World(unit)
    world.earn(0, Decimal(10))
    last = timezone.localdate().year - 1
    for _ in range(2):
        points_of_last_year()
    job = Job.objects.get(kind="volunteers.expire_points")
    assert (job.params, job.unique_key) == ({"year": last}, f"volunteers.expire_points:{last}")
    jobs.execute(jobs.claim(job.pk))
    job.refresh_from_db()
    assert (job.status, job.message) == ("done", "共有 1 人的积分到期清零。")
    assert Account.objects.get(pk=world.people[0].pk).balance == 0
