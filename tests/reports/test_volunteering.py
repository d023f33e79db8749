"""Monthly statistics of volunteer service: exact figures by unit, theme and group, through the reader's scope."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.roles import Role
from common import jobs
from common.errors import Invalid, Refused
from common.models import Job
from common.reporting import as_table, get, prepare
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from volunteers.choices import AccountKind, ActivityState, EntryKind, Group, RecordSource, VolunteerState
from volunteers.models import Activity, Team
from volunteers.services.ledger import Movement, person_account, post, reversal, system_account
from volunteers.services.records import Service, record_services, void_record

pytestmark = pytest.mark.django_db
MONTH = "2026-09"
START = datetime(2026, 9, 10, 9, 0, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def month(tree, staff):
    """September: three volunteers of two communities, six services (one voided), points earned, spent and lapsed."""
    make_rules()
    programme = make_programme()
    worker = staff["community_worker"]
    ours = make_volunteer(tree.community, joined_on=date(2026, 9, 1), group=Group.PARTY_MEMBER)
    grid = make_volunteer(tree.grid)
    other = make_volunteer(tree.other_community)
    make_volunteer(tree.community, joined_on=date(2026, 10, 1))  # later
    make_volunteer(tree.community, state=VolunteerState.LEFT, left_on=date(2026, 8, 31))  # before
    Team.objects.create(name="红马甲", unit=tree.community, founded_on=date(2026, 1, 1))
    for state in (ActivityState.CONFIRMED, ActivityState.CANCELLED):
        Activity.objects.create(
            title="清洁", unit=tree.community, theme="civility", place="广场", starts_at=START, capacity=9, state=state,
            ends_at=START + timedelta(hours=2), signup_until=START,
        )  # fmt: skip

    def serve(who: object, days: int, hours: int, theme: str = "civility") -> object:
        start = START + timedelta(days=days)
        service = Service(who, who.unit, RecordSource.ACTIVITY, theme, "服务", start, start + timedelta(hours=hours))
        return record_services([service], actor=worker)[0]

    serve(ours, 0, 2)
    serve(ours, 1, 3, "elderly")
    serve(grid, 0, 4)
    serve(other, 0, 5)
    void_record(record=serve(ours, 2, 1), actor=worker, reason="记错了")
    serve(ours, -20, 8)  # August
    account = person_account(ours, programme)
    sink = system_account(programme, AccountKind.EXPIRY)
    day = date(2026, 9, 20)
    redeemed, _ = post([
        Movement(account, sink, Decimal("2.50"), EntryKind.REDEEM, day, "兑换", "r1"),
        Movement(account, sink, Decimal("1.00"), EntryKind.EXPIRE, day, "到期", "x1"),
    ])  # fmt: skip
    assert redeemed.kind == EntryKind.REDEEM
    (back,) = post([Movement(account, sink, Decimal("3.00"), EntryKind.REDEEM, day, "兑换", "r2")])
    post([reversal(back, actor=None, reason="取消", day=day)])
    return programme


def run(user: object, division: str = "community", month: str = MONTH, **more: object) -> dict:
    sheet = prepare(get("reports.volunteering"), user, {"month": month, "division": division, **more}, timezone.now())
    return {row["name"]: row for row in sheet.rows}


def figures(row: dict, *names: str) -> list:
    return [row[name] for name in names]


def test_figures_of_a_community(month, staff):
    row = run(staff["district_officer"])["江湾社区"]
    assert figures(row, "registered", "joined", "active", "teams", "activities", "services", "hours") == [
        2, 1, 2, 1, 1, 3, Decimal("9.00"),
    ]  # fmt: skip
    # 2 + 3 + 4 + 1 earned in September (the 1 was taken back later: a past month stays as it was); 2.50 spent, 3 spent
    # and given back, 1 lapsed; August's 8 are left as well.
    assert figures(row, "issued", "redeemed", "expired", "outstanding") == [
        Decimal("10.00"), Decimal("2.50"), Decimal("1.00"), Decimal("14.50"),
    ]  # fmt: skip


def test_every_unit_has_its_row_and_the_total_is_their_sum(month, staff):
    rows = run(staff["district_officer"])
    assert list(rows) == ["江湾社区", "和平社区", "新建社区"]
    assert figures(rows["和平社区"], "registered", "hours", "outstanding") == [0, Decimal("0.00"), Decimal("0.00")]
    sheet = prepare(
        get("reports.volunteering"), staff["district_officer"], {"month": MONTH, "division": "street"}, timezone.now()
    )
    table = as_table(sheet)
    assert table is not None
    streets = run(staff["district_officer"], "street")
    assert sum(row["hours"] for row in streets.values()) == Decimal("14.00")
    assert figures(streets["城墙街道"], "registered", "services", "hours") == [2, 3, Decimal("9.00")]


def test_what_lies_above_the_division_has_a_row_of_its_own(month, staff, tree):
    make_volunteer(tree.street, joined_on=date(2026, 9, 3))
    row = run(staff["district_officer"])["未落到社区"]
    assert figures(row, "registered", "joined", "hours") == [1, 1, Decimal("0.00")]


def test_by_theme_and_by_group(month, staff):
    themes = run(staff["district_officer"], "theme")
    assert figures(themes["文明实践"], "services", "hours", "activities") == [3, Decimal("11.00"), 1]
    assert figures(themes["敬老助残"], "services", "hours") == [1, Decimal("3.00")]
    assert themes["健康义诊"]["services"] == 0
    groups = run(staff["district_officer"], "group")
    assert figures(groups["党员"], "registered", "services", "hours", "issued") == [
        1, 2, Decimal("5.00"), Decimal("6.00"),
    ]  # fmt: skip
    assert figures(groups["居民"], "registered", "hours") == [2, Decimal("9.00")]


def test_another_programme_has_its_own_points(month, staff):
    other = make_programme("chief", "三长积分")
    row = run(staff["district_officer"], programme=str(other.pk))["江湾社区"]
    assert figures(row, "hours", "issued", "outstanding") == [Decimal("9.00"), Decimal("0.00"), Decimal("0.00")]


def test_a_reader_counts_what_lies_in_the_own_area(month, staff, tree):
    assert list(run(staff["community_worker"])) == ["江湾社区"]
    neighbour = run(make_user(Role.COMMUNITY_WORKER, tree.other_community))
    assert list(neighbour) == ["新建社区"]
    assert neighbour["新建社区"]["hours"] == Decimal("5.00")
    with pytest.raises(Invalid, match="统计到"):
        run(staff["community_worker"], "street")
    with pytest.raises(Refused):
        run(staff["audit_admin"])


def test_an_empty_month_keeps_its_rows(month, staff):
    row = run(staff["district_officer"], month="2026-02")["江湾社区"]
    assert figures(row, "services", "hours", "issued") == [0, Decimal("0.00"), Decimal("0.00")]


def test_the_page_starts_it_and_shows_the_table(month, staff, client_for):
    client = client_for(staff["district_officer"])
    page = client.get("/reports/reports.volunteering/")
    assert page.status_code == 200
    answer = client.post(
        "/reports/reports.volunteering/", {"month": MONTH, "division": "community", "programme": "", "submission": ""}
    )
    assert answer.status_code == 302
    jobs.execute(jobs.claim(Job.objects.get().pk))
    text = client.get(answer["Location"]).content.decode()
    assert "江湾社区" in text
    assert "14.50" in text
