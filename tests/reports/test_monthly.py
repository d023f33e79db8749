"""Monthly statistics: exact figures, an independent recomputation, ranks, scope and links."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.http import QueryDict

from accounts.roles import Role
from common.errors import Invalid, Refused
from common.reporting import Rate, as_table, get, prepare
from grid.models import Unit
from petitions.choices import CardLevel, Channel, Satisfaction, State
from petitions.models import Petition, SupervisionCard
from petitions.views.lists import PetitionList
from reports.monthly import standings
from reports.score import rules_on
from reports.selectors import Tally
from tests.factories.accounts import make_assignment, make_user
from tests.factories.grid import make_unit
from tests.reports.conftest import AS_OF, MONTH, local

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

EARLY, LATE = AS_OF - timedelta(days=2), AS_OF + timedelta(days=2)
REPLIED = local("2026-09-12 10:00")


def sheet_for(user, level="community", month=MONTH, as_of=AS_OF):
    return prepare(get("reports.monthly"), user, {"month": month, "level": level}, as_of)


def run(user, level="community", month=MONTH, as_of=AS_OF):
    """Rows by the name of their unit."""
    return {row["unit"]: row for row in sheet_for(user, level, month, as_of).rows}


def card(petition, level, at):
    return SupervisionCard.objects.create(
        petition=petition, level=level, reason=f"{level} {at}", due_at=at, issued_at=at
    )


# --- figures


def hand_made_month(ticket):
    """Every state once or more, late and in time, reworked, excluded, suspended, dissatisfied, voided."""
    done = {"sign_in_time": True, "contact_in_time": True, "finish_in_time": True, "replied_at": REPLIED}
    ticket(**done, solved=True, satisfaction=Satisfaction.SATISFIED)
    ticket(  # late at every step and once reworked
        sign_in_time=False, contact_in_time=False, finish_in_time=False, replied_at=REPLIED, reworks=1,
        solved=True, satisfaction=Satisfaction.BASICALLY,
    )  # fmt: skip
    ticket(  # past both limits, nobody has called
        state=State.HANDLING, sign_in_time=True, contact_due_at=EARLY, finish_due_at=EARLY,
    )  # fmt: skip
    ticket(  # sent back to work after a call: replied in time before, not finished now
        state=State.HANDLING, **{**done, "replied_at": None}, finish_due_at=LATE, reworks=1,
        solved=False, satisfaction=Satisfaction.DISSATISFIED,
    )  # fmt: skip
    ticket(  # its clock stands still
        state=State.SUSPENDED, sign_in_time=True, contact_in_time=True, finish_due_at=EARLY,
    )  # fmt: skip
    ticket(state=State.REGISTERED, received_at=local("2026-09-01 00:00"), channel=Channel.GRID_WORKER)
    ticket(state=State.ACCEPTED, received_at=local("2026-09-30 23:59"), returns=1)
    ticket(state=State.DISPATCHED, contact_due_at=LATE, finish_due_at=LATE)
    ticket(state=State.OBJECTED, contact_due_at=EARLY, finish_due_at=LATE)
    ticket(state=State.REPLIED, **done)
    ticket(state=State.VERIFIED, **{**done, "finish_in_time": False})
    ticket(state=State.CALLED_BACK, **done, solved=True, satisfaction=Satisfaction.SATISFIED)
    ticket(state=State.REFUSED)
    ticket(state=State.WITHDRAWN, sign_in_time=True, returns=2)
    ticket(  # excluded: everything went wrong, nothing of it counts in the adjusted rates
        sign_in_time=True, contact_in_time=False, finish_in_time=False, replied_at=REPLIED,
        solved=False, satisfaction=Satisfaction.DISSATISFIED, excluded_at=EARLY,
    )  # fmt: skip
    ticket(state=State.VOIDED, **done, solved=True, satisfaction=Satisfaction.SATISFIED)
    ticket(received_at=local("2026-08-31 23:59"), **done)
    ticket(received_at=local("2026-10-01 00:00"), **done)


def test_exact_figures_of_a_hand_made_month(staff, ticket, tree):
    hand_made_month(ticket)
    row = run(staff["district_officer"])["江湾社区"]
    counts = {key: row[key] for key in (
        "received", "signed_in_time", "finished_in_time", "overdue", "open", "returned", "reworked", "excluded",
    )}  # fmt: skip
    assert counts == {
        "received": 15, "signed_in_time": 9, "finished_in_time": 3, "overdue": 4, "open": 10, "returned": 2,
        "reworked": 2, "excluded": 1,
    }  # fmt: skip
    # due: 6 kept, 2 late, 2 not made at all although the limit is over (handling, objected)
    assert (str(row["response"]), row["response"].parts) == ("60.00%", "6/10")
    assert (str(row["response_adjusted"]), row["response_adjusted"].parts) == ("66.67%", "6/9")
    assert (str(row["resolution"]), row["resolution"].parts) == ("60.00%", "3/5")
    assert (str(row["resolution_adjusted"]), row["resolution_adjusted"].parts) == ("75.00%", "3/4")
    # two satisfied and one 基本满意 at 0.60
    assert (str(row["satisfaction"]), row["satisfaction"].parts) == ("52.00%", "2.6/5")
    assert (str(row["satisfaction_adjusted"]), row["satisfaction_adjusted"].parts) == ("65.00%", "2.6/4")
    # 66.67 × 0.2 + 75.00 × 0.4 + 65.00 × 0.4 + one grid report at 0.1 = 69.434
    assert (row["bonus"], row["deduction"], row["score"]) == (Decimal("0.1"), Decimal(0), Decimal("69.43"))
    assert (row["group"], row["rank"]) == ("社区组", 1)


def test_empty_month_keeps_zero_rows_in_organisation_order(staff, tree):
    rows = list(sheet_for(staff["district_officer"]).rows)
    assert [row["unit"] for row in rows] == ["江湾社区", "和平社区", "新建社区"]
    for row in rows:
        assert (row["received"], row["open"], str(row["response"]), row["score"], row["rank"]) == (
            0,
            0,
            "—",
            None,
            None,
        )


def test_a_closed_unit_is_listed_only_when_it_has_tickets(staff, ticket, tree):
    for unit in (tree.community, tree.sister_community):
        unit.is_active = False
        unit.save(update_fields=["is_active"])
    ticket(at=tree.community)
    assert list(run(staff["district_officer"])) == ["江湾社区（已撤并）", "新建社区"]


def test_tickets_of_a_whole_street_stand_in_a_row_of_their_own(staff, ticket, tree):
    ticket()
    ticket(unit=tree.street, community=None, state=State.REGISTERED)
    sheet = sheet_for(staff["district_officer"])
    rows = list(sheet.rows)
    assert [(row["unit"], row["received"]) for row in rows][-1] == ("未落到社区", 1)
    assert sum(row["received"] for row in rows) == 2


# --- an independent calculation


def random_tickets(units, chance, count):
    def maybe(*values):
        return chance.choice((None, *values))

    for number in range(count):
        community = chance.choice(units)
        moment = local("2026-08-20 00:00") + timedelta(minutes=chance.randrange(55 * 24 * 60))
        solved = maybe(True, False)
        yield Petition(
            number=f"R{number:06d}", title="题", text="文", channel=chance.choice(Channel.values),
            state=chance.choice(State.values), unit=community, community=community, street=community.parent,
            received_at=moment, sign_in_time=maybe(True, False), contact_in_time=maybe(True, False),
            finish_in_time=maybe(True, False), replied_at=maybe(REPLIED), contacted_at=maybe(REPLIED),
            contact_due_at=maybe(EARLY, LATE), finish_due_at=maybe(EARLY, LATE), solved=solved,
            satisfaction=chance.choice(Satisfaction.values) if solved is not None else "",
            returns=chance.choice((0, 0, 1)), reworks=chance.choice((0, 0, 2)), excluded_at=maybe(None, None, EARLY),
        )  # fmt: skip


def percent(numerator, denominator):
    if not denominator:
        return None
    return (Decimal(numerator) * 100 / Decimal(denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def plain_python(tickets):
    """The same rules written again, ticket by ticket, without the database."""
    sums: dict = defaultdict(lambda: defaultdict(Decimal))
    for one in tickets:
        if one.state == "voided" or not local("2026-09-01 00:00") <= one.received_at < local("2026-10-01 00:00"):
            continue
        row = sums[one.community_id]
        running = one.state in ("dispatched", "objected", "handling")
        row["received"] += 1
        row["signed_in_time"] += one.sign_in_time is True
        row["finished_in_time"] += one.finish_in_time is True and one.replied_at is not None
        past = one.finish_due_at is not None and one.finish_due_at < AS_OF
        row["overdue"] += one.finish_in_time is False or (running and past)
        row["open"] += one.state not in ("closed", "refused", "withdrawn")
        row["returned"] += one.returns > 0
        row["reworked"] += one.reworks > 0
        row["excluded"] += one.excluded_at is not None
        row["forecast"] += one.channel == "grid_worker"
        for suffix in ("", "_adjusted") if one.excluded_at is None else ("",):
            missed = one.contacted_at is None and one.contact_due_at is not None and one.contact_due_at < AS_OF
            row["due" + suffix] += one.contact_in_time is not None or (running and missed)
            row["responded" + suffix] += one.contact_in_time is True
            if one.solved is None:
                continue
            row["assessed" + suffix] += 1
            row["solved" + suffix] += one.solved
            row["happy" + suffix] += {"satisfied": Decimal(1), "basically": Decimal("0.6")}.get(one.satisfaction, 0)
    return sums


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_an_independent_calculation(staff, tree, seed):
    extra = [make_unit(parent=tree.street) for _ in range(5)] + [make_unit(parent=tree.other_street) for _ in range(4)]
    units = [tree.community, tree.sister_community, tree.other_community, *extra]
    tickets = list(random_tickets(units, random.Random(seed), 700))
    Petition.objects.bulk_create(tickets)
    expected = plain_python(tickets)
    rows = {row["key"]: row for row in sheet_for(staff["district_officer"]).rows}
    assert set(rows) == {unit.pk for unit in units}
    assert sum(row["received"] for row in rows.values()) > 200
    for key, row in rows.items():
        sums = expected[key]
        for name in (
            "received",
            "signed_in_time",
            "finished_in_time",
            "overdue",
            "open",
            "returned",
            "reworked",
            "excluded",
        ):
            assert row[name] == sums[name], name
        rates = {}
        for suffix in ("", "_adjusted"):
            rates |= {
                f"response{suffix}": percent(sums["responded" + suffix], sums["due" + suffix]),
                f"resolution{suffix}": percent(sums["solved" + suffix], sums["assessed" + suffix]),
                f"satisfaction{suffix}": percent(sums["happy" + suffix], sums["assessed" + suffix]),
            }
        assert {name: row[name].percent for name in rates} == rates
        parts = [rates[f"{name}_adjusted"] for name in ("response", "resolution", "satisfaction")]
        score = (
            parts[0] * Decimal("0.2") + parts[1] * Decimal("0.4") + parts[2] * Decimal("0.4") + sums["forecast"] / 10
        )
        assert row["score"] == score.quantize(Decimal("0.01"), ROUND_HALF_UP)
    ordered = sorted((row["score"] for row in rows.values()), reverse=True)
    assert all(row["rank"] == ordered.index(row["score"]) + 1 for row in rows.values())


# --- score and rank


def tally_of(solved, assessed, received=20):
    numbers = {
        "received": received, "assessed": assessed, "solved": solved, "satisfied": solved,
        "responded": assessed, "response_due": assessed,
    }  # fmt: skip
    found = Tally()
    found.add(numbers, excluded=False)
    return found


def test_ties_share_a_rank_and_small_units_have_none(db):
    rules = rules_on(AS_OF.date())
    counted = {
        1: tally_of(9, 10), 2: tally_of(8, 10), 3: tally_of(8, 10), 4: tally_of(7, 10),
        5: tally_of(10, 10, received=1), 6: tally_of(10, 10), 7: tally_of(0, 0), 8: tally_of(5, 10),
    }  # fmt: skip
    kinds = dict.fromkeys((1, 2, 3, 4, 5, 7), "subdistrict") | {6: "town", 8: "township"}
    found = standings(kinds, counted, {}, rules)
    assert {key: standing.rank for key, standing in found.items()} == {
        1: 1, 2: 2, 3: 2, 4: 4, 5: None, 6: 1, 7: None, 8: 2,
    }  # fmt: skip
    assert {key: standing.group for key, standing in found.items() if key in (1, 6, 8)} == {
        1: "街道组",
        6: "乡镇组",
        8: "乡镇组",
    }
    assert found[5].score == Decimal("100.00")  # listed with its score, below the minimum n of 2
    assert found[7].score is None


def test_cards_of_the_month_take_points_off(staff, ticket, tree):
    first = ticket(solved=True, satisfaction=Satisfaction.SATISFIED, contact_in_time=True)
    second = ticket(solved=True, satisfaction=Satisfaction.SATISFIED, contact_in_time=True)
    excluded = ticket(excluded_at=EARLY)
    void = ticket(state=State.VOIDED)
    older = ticket(received_at=local("2026-07-01 10:00"))
    card(first, CardLevel.BLUE, local("2026-09-01 00:00"))
    card(second, CardLevel.AMBER, local("2026-09-30 23:59"))
    card(older, CardLevel.RED, local("2026-09-15 10:00"))  # an older ticket, but a card of this month
    card(first, CardLevel.REMINDER, local("2026-09-02 00:00"))
    card(first, CardLevel.RED, local("2026-10-01 00:00"))
    card(first, CardLevel.RED, local("2026-08-31 23:59"))
    card(excluded, CardLevel.RED, local("2026-09-03 00:00"))
    card(void, CardLevel.RED, local("2026-09-03 00:00"))
    row = run(staff["district_officer"])["江湾社区"]
    assert (row["deduction"], row["score"]) == (Decimal("1.4"), Decimal("98.60"))


def test_the_rule_of_the_months_last_day_counts(staff, ticket, tree):
    from common import policies
    from common.models import Policy

    ticket(solved=True, satisfaction=Satisfaction.BASICALLY, contact_in_time=True)
    data = policies.current("score", AS_OF.date()).data
    Policy.objects.create(
        key="score", valid_from=local("2026-09-30 00:00").date(), data={**data, "basic_satisfied": "0.80"}
    )
    Policy.objects.create(
        key="score", valid_from=local("2026-10-01 00:00").date(), data={**data, "basic_satisfied": "0"}
    )
    policies.forget()
    sheet = sheet_for(staff["district_officer"])
    assert next(iter(sheet.rows))["satisfaction"] == Rate(Decimal("0.80"), 1)
    assert "2026-09-30 起执行的版本（演示）" in sheet.meta.note


# --- scope


def test_each_sees_its_own_rows_and_the_same_rank(staff, ticket, tree):
    good = {"solved": True, "satisfaction": Satisfaction.SATISFIED, "contact_in_time": True}
    bad = {"solved": False, "satisfaction": Satisfaction.DISSATISFIED, "contact_in_time": False}
    for unit, kind in ((tree.community, bad), (tree.sister_community, good), (tree.other_community, good)):
        ticket(at=unit, **kind)
        ticket(at=unit, **kind)
    district, street, worker = (run(staff[role]) for role in ("district_officer", "street_officer", "community_worker"))
    assert list(district) == ["江湾社区", "和平社区", "新建社区"]
    assert list(street) == ["江湾社区", "和平社区"]
    assert list(worker) == ["江湾社区"]
    assert [row["rank"] for row in district.values()] == [3, 1, 1]
    assert worker["江湾社区"] == street["江湾社区"] == district["江湾社区"]


def test_levels_above_the_own_one_are_refused(staff, tree):
    with pytest.raises(Invalid, match="不能按这一级统计"):
        sheet_for(staff["community_worker"], level="street")
    with pytest.raises(Invalid, match="不能按这一级统计"):
        sheet_for(staff["street_officer"], level="department")
    assert list(run(staff["street_officer"], level="street")) == ["城墙街道"]
    assert list(run(staff["community_worker"], level="grid")) == ["江湾第一网格"]


def test_a_department_counts_only_what_it_leads(staff, ticket, tree):
    led = ticket(lead_department=tree.housing, state=State.HANDLING)
    helped = ticket(lead_department=tree.enforcement, state=State.HANDLING)
    for petition, role in ((led, "lead"), (helped, "co_handler")):
        petition.assignments.create(role=role, department=tree.housing, given_at=EARLY)
    rows = run(staff["department_handler"], level="department")
    assert {name: row["received"] for name, row in rows.items()} == {"区住建局": 1}
    assert run(staff["district_officer"], level="department")["区城管执法局"]["received"] == 1


def test_without_the_permission_nothing_is_counted(staff, ticket, django_assert_num_queries):
    user = staff["grid_worker"]
    assert not user.may("reports.view")
    with pytest.raises(Refused, match="查看统计报表"), django_assert_num_queries(0):
        sheet_for(user)


def test_a_role_elsewhere_does_not_widen_the_report(tree, ticket):
    """A hotline seat sees every ticket but no statistics: the table stays with the community's seat."""
    user = make_user(Role.COMMUNITY_WORKER, tree.community)
    make_assignment(user, Role.HOTLINE_OPERATOR, tree.district)
    ticket()
    ticket(at=tree.other_community)
    sheet = sheet_for(user)
    assert [row["unit"] for row in sheet.rows] == ["江湾社区"]
    column = next(column for column in sheet.columns if column.key == "received")
    assert sheet.report.link(None, column, sheet.params) is None  # the list would show more than the total


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ({"month": "2026-13", "level": "community"}, "2026-09 这样的格式"),
        ({"month": "2099-01", "level": "community"}, "还没有到"),
        ({"month": "", "level": "community"}, "请选择月份"),
        ({"month": "2026-09", "level": "x'; DROP"}, "不能按这一级统计"),
        ({"month": "2026-09"}, "请选择统计到哪一级"),
        ({"month": "二〇二六", "level": "community"}, "2026-09 这样的格式"),
    ],
)
def test_wrong_parameters_are_told(staff, raw, sentence):
    with pytest.raises(Invalid, match=sentence):
        prepare(get("reports.monthly"), staff["district_officer"], raw, AS_OF)


# --- links


@pytest.mark.parametrize(
    ("role", "level"),
    [
        ("district_officer", "street"), ("district_officer", "community"), ("district_officer", "grid"),
        ("district_officer", "department"), ("street_officer", "community"), ("community_worker", "grid"),
        ("department_handler", "department"),
    ],
)  # fmt: skip
def test_every_number_is_the_length_of_the_list_behind_it(staff, ticket, tree, role, level):
    hand_made_month(ticket)
    for petition in Petition.objects.filter(state=State.HANDLING):
        Petition.objects.filter(pk=petition.pk).update(lead_department=tree.housing, grid=tree.grid)
        petition.assignments.create(role="lead", department=tree.housing, given_at=EARLY)
    ticket(at=tree.other_community, finish_in_time=False, replied_at=REPLIED, contact_in_time=True)
    ticket(unit=tree.street, community=None, state=State.REGISTERED)
    user = staff[role]
    with time_machine.travel(AS_OF, tick=False):
        sheet = sheet_for(user, level)
        table = as_table(sheet)
        linked = [
            (column, cell)
            for row in [*table.rows, *([table.totals] if table.totals else [])]
            for column, cell in zip(table.columns, row, strict=True)
            if cell.url
        ]
        assert len(linked) > 8
        for column, cell in linked:
            address = urlsplit(cell.url)
            assert address.path == "/petitions/"
            number = cell.parts.split("/")[1] if column.type == "rate" else cell.text
            if column.key == "bonus":
                number = int(Decimal(cell.text) * 10)
            found = PetitionList.shown_to(user, QueryDict(address.query)).count()
            assert found == int(number), (column.key, parse_qs(address.query))


def test_a_link_opens_the_tickets_in_the_browser(client_for, staff, ticket):
    ticket(title="超期的那一件", finish_in_time=False, replied_at=REPLIED)
    ticket(title="按时的那一件", finish_in_time=True, replied_at=REPLIED)
    table = as_table(sheet_for(staff["community_worker"]))
    place = [column.key for column in table.columns].index("overdue")
    page = client_for(staff["community_worker"]).get(table.rows[0][place].url).content.decode()
    assert "超期的那一件" in page
    assert "按时的那一件" not in page


def test_queries_do_not_grow_with_the_units(staff, ticket, tree, django_assert_num_queries):
    user = staff["district_officer"]
    run(user)
    few = Unit.objects.count()
    for _ in range(20):
        ticket(at=make_unit(parent=tree.street))
    assert Unit.objects.count() == few + 20
    # bodies (for the progress bar), name of the area, tally, cards, peers, bodies
    with django_assert_num_queries(6):
        assert len(run(user)) == 23
