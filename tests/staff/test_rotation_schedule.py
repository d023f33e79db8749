"""The plan of a rotation as pure arithmetic: no clash, nobody on leave, full seats, a fair order, the past kept."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from staff.scheduling import Period, Person, Site, Turn, period_of, periods, schedule

START = date(2026, 1, 1)
SIX = [Site(key, 100 + key) for key in range(1, 7)]


def people(number: int) -> list[Person]:
    return [Person(key, f"S{key:03d}", 1) for key in range(1, number + 1)]


def clashing(turns: list[Turn]) -> list[tuple[Turn, Turn]]:
    return [
        (a, b) for a, b in combinations(turns, 2)
        if a.first <= b.last and b.first <= a.last and (a.person == b.person or (a.site, a.seat) == (b.site, b.seat))
    ]  # fmt: skip


def test_half_months():
    assert period_of(date(2026, 2, 15)) == Period(date(2026, 2, 1), date(2026, 2, 15))
    assert period_of(date(2024, 2, 16)) == Period(date(2024, 2, 16), date(2024, 2, 29))
    assert [one.first for one in periods(date(2026, 12, 20), 3)] == [
        date(2026, 12, 16), date(2027, 1, 1), date(2027, 1, 16),
    ]  # fmt: skip


def test_yanji_two_people_per_half_month_at_six_sites():
    """Twelve of 24 people in each half month: after a year everybody has been twelve times, twice at each site."""
    found = schedule(list(periods(START, 24)), SIX, people(24), 2)
    assert len(found.turns) == 24 * 12
    assert found.short == []
    assert clashing(found.turns) == []
    assert set(Counter(turn.person for turn in found.turns).values()) == {12}
    assert set(Counter((turn.person, turn.site) for turn in found.turns).values()) == {2}


def test_rest_between_two_turns():
    found = schedule(list(periods(START, 6)), SIX, people(36), 2, gap=2)
    assert found.short == []
    place = {period.first: number for number, period in enumerate(periods(START, 6))}
    by_person: dict[int, list[int]] = {}
    for turn in found.turns:
        by_person.setdefault(turn.person, []).append(place[turn.first])
    assert {later - first for first, later in by_person.values()} == {3}
    assert len(schedule(list(periods(START, 2)), SIX, people(12), 2, gap=2).short) == 12


def test_whoever_could_go_to_one_site_only_is_not_crowded_out():
    """The first in the order takes the site where the second one is at home unless somebody looks ahead."""
    sites = [Site(1, 101), Site(2, 102)]
    two = [Person(1, "S001", 9), Person(2, "S002", 101)]
    found = schedule(list(periods(START, 1)), sites, [two[0], two[1]], 1)
    assert {(turn.person, turn.site) for turn in found.turns} == {(1, 1), (2, 2)}
    other = schedule(list(periods(START, 1)), list(reversed(sites)), two, 1)
    assert {(turn.person, turn.site) for turn in other.turns} == {(1, 1), (2, 2)}


spans = st.tuples(st.integers(0, 90), st.integers(0, 20)).map(
    lambda pair: (START + timedelta(days=pair[0]), START + timedelta(days=pair[0] + pair[1]))
)
crowd = st.lists(st.tuples(st.integers(100, 108), st.lists(spans, max_size=2)), max_size=20).map(
    lambda rows: [Person(key, f"S{key:03d}", unit, tuple(away)) for key, (unit, away) in enumerate(rows, start=1)]
)
places = st.integers(1, 6).map(lambda number: SIX[:number])


@given(crowd, places, st.integers(1, 3), st.integers(1, 6), st.integers(0, 2))
def test_nobody_twice_nobody_away_nobody_at_home_and_no_seat_twice(crowd, sites, per_site, number, gap):
    wanted = list(periods(START, number))
    found = schedule(wanted, sites, crowd, per_site, gap=gap)
    assert clashing(found.turns) == []
    by_key = {one.key: one for one in crowd}
    homes = {site.key: site.unit for site in sites}
    for turn in found.turns:
        assert by_key[turn.person].free(Period(turn.first, turn.last))
        assert homes[turn.site] != by_key[turn.person].unit
        assert 1 <= turn.seat <= per_site
    assert len(found.turns) + len(found.short) == number * per_site * len(sites)
    # A seat stays empty only when nobody who is free and rested could take it.
    for first, site, _seat in found.short:
        period = period_of(first)
        seated = {turn.person for turn in found.turns if turn.first == first}
        rest = {turn.person for turn in found.turns if (turn.first < first <= turn.last + timedelta(days=16 * gap))}
        idle = [one for one in crowd if one.free(period) and one.key not in seated | rest]
        assert all(one.unit == homes[site] for one in idle)


@given(st.integers(1, 40), places, st.integers(1, 3), st.integers(1, 12))
def test_among_people_who_are_always_there_nobody_goes_twice_more_than_another(number, sites, per_site, half_months):
    found = schedule(list(periods(START, half_months)), sites, people(number), per_site)
    counts = [Counter(turn.person for turn in found.turns)[key] for key in range(1, number + 1)]
    assert max(counts) - min(counts) <= 1


@given(crowd, places, st.integers(1, 2), st.integers(2, 6), st.integers(1, 5))
def test_planned_anew_the_past_stays_and_counts(crowd, sites, per_site, number, done):
    """What has begun is handed in again as the past: it is not touched, and the rest fits to it."""
    wanted = list(periods(START, number))
    first = schedule(wanted, sites, crowd, per_site)
    begun = [turn for turn in first.turns if turn.first < wanted[min(done, number - 1)].first]
    again = schedule(wanted, sites, crowd, per_site, past=begun)
    assert clashing([*begun, *again.turns]) == []
    assert not {(turn.first, turn.site, turn.seat) for turn in begun} & {
        (turn.first, turn.site, turn.seat) for turn in again.turns
    }
    assert len(begun) + len(again.turns) + len(again.short) == number * per_site * len(sites)
