"""The home page of each role: what it shows, that its numbers are those of the lists behind them, what it costs."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import timezone

from accounts.models import Notification, User
from accounts.roles import Role
from petitions.choices import CardLevel, Satisfaction, State
from petitions.models import Petition, SupervisionCard
from reports.home import figures, sections_for
from tests.factories.accounts import make_assignment, make_user
from tests.factories.grid import make_unit
from tests.factories.petitions import make_category
from tests.reports.conftest import local

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

# A Thursday.
NOW = local("2026-09-17 10:00")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _thursday():
    with time_machine.travel(NOW, tick=False):
        yield


def fresh(user):
    """The user as the next request would load it."""
    return User.objects.get(pk=user.pk)


def section(user, template, title=""):
    found = [
        one for one in sections_for(fresh(user)) if one.template == template and title in one.context.get("title", "")
    ]
    assert len(found) == 1, [one.template for one in found]
    return found[0].context


def tiles(user):
    return {tile.label: tile for tile in section(user, "tiles")["tiles"]}


def numbers(user):
    return {label: tile.number for label, tile in tiles(user).items()}


@pytest.fixture
def busy(ticket, tree, staff):
    """Tickets in the hands of the community, of the department, of nobody; near, late and far."""
    late, soon, far = NOW - HOUR, NOW + HOUR, NOW + timedelta(days=3)
    ticket(state=State.REGISTERED, due_at=late, title="楼道灯坏了，电话 13812345678", received_at=NOW - 5 * HOUR)
    ticket(state=State.ACCEPTED, due_at=soon, received_at=NOW - 4 * HOUR)
    ticket(state=State.VERIFIED, due_at=far, received_at=NOW - 3 * HOUR)
    ticket(state=State.DISPATCHED, due_at=late, received_at=NOW - 2 * HOUR, lead_unit=tree.sister_community)
    for state, due in ((State.DISPATCHED, late), (State.HANDLING, soon), (State.SUSPENDED, None), (State.REPLIED, far)):
        given = ticket(state=state, due_at=due, lead_department=tree.housing, received_at=NOW - 6 * HOUR)
        given.assignments.create(role="lead", department=tree.housing, given_at=NOW - 6 * HOUR)
    helped = ticket(state=State.HANDLING, due_at=late, lead_department=tree.enforcement, received_at=NOW - 6 * HOUR)
    helped.assignments.create(role="co_handler", department=tree.housing, given_at=NOW - 6 * HOUR)
    ticket(at=tree.other_community, state=State.VERIFIED, due_at=late, received_at=NOW - 30 * HOUR)
    ticket(state=State.CLOSED)
    ticket(state=State.VOIDED)
    led = Petition.objects.filter(lead_unit=tree.sister_community).get()
    SupervisionCard.objects.create(
        petition=led, level=CardLevel.BLUE, reason="超过签收时限", due_at=late, issued_at=late
    )


def test_numbers_of_each_role(staff, busy, tree):
    assert numbers(staff["community_worker"]) == {"待我办理": 4, "今天到期": 2, "已经超期": 4, "督办待说明": 0}
    assert numbers(staff["district_officer"]) == {"待我办理": 5, "今天到期": 2, "已经超期": 5, "督办待说明": 0}
    assert numbers(staff["department_handler"]) == {"待签收": 1, "今天到期": 1, "已经超期": 1, "本部门主办": 4}
    assert numbers(staff["hotline_operator"]) == {"待受理": 1, "待回访": 2, "今天到期": 2, "已经超期": 5}
    sister = make_user(Role.COMMUNITY_WORKER, tree.sister_community)
    assert numbers(sister)["督办待说明"] == 0  # the card is about a ticket outside its area


@pytest.mark.parametrize(
    "role", ["community_worker", "street_officer", "district_officer", "department_handler", "hotline_operator"]
)
def test_every_tile_leads_to_exactly_its_rows(staff, busy, role):
    user = fresh(staff[role])
    for tile in tiles(user).values():
        assert listed(user, tile.url) == tile.number, tile.label


def listed(user, url):
    """How many rows the list at an address has for a person."""
    path, _, query = url.partition("?")
    return resolve(path).func.view_class.shown_to(fresh(user), QueryDict(query)).count()


def test_every_bar_and_category_leads_to_exactly_its_rows(staff, busy, ticket, tree):
    category = make_category(tree.housing)
    ticket(category=category, received_at=NOW - HOUR)
    ticket(category=category, received_at=local("2026-08-31 23:59"))
    user = staff["district_officer"]
    bars = section(user, "chart", "各单位")["option"]
    totals = [sum(parts) for parts in zip(*(line["data"] for line in bars["series"]), strict=True)]
    assert [listed(user, url) for url in bars["links"]] == totals == [9, 1]
    days = section(user, "chart", "30 天")["option"]
    assert [listed(user, url) for url in days["links"]] == days["series"][0]["data"]
    (row,) = section(user, "categories")["moves"]
    assert listed(user, row["url"]) == row["move"].now == 1


def test_most_urgent_first_and_masked(client_for, staff, busy):
    lines = section(staff["community_worker"], "worklist", "最急")["lines"]
    dues = [line["ticket"].due_at for line in lines]
    assert dues == sorted(dues)
    page = client_for(staff["community_worker"]).get("/").content.decode()
    assert "楼道灯坏了" in page
    assert "13812345678" not in page


def test_counts_stop_at_the_cap(staff, ticket, tree, monkeypatch):
    monkeypatch.setattr(figures, "CAP", 3)
    for _ in range(5):
        ticket(state=State.REGISTERED, due_at=NOW - HOUR)
    tile = tiles(staff["community_worker"])["已经超期"]
    assert (tile.number, tile.value) == (4, "3+")


# --- figures of an area


def test_twelve_weeks_of_a_community(staff, ticket, tree):
    ticket(received_at=local("2026-09-14 00:00"))  # Monday of this week
    ticket(received_at=local("2026-09-13 23:59"), state=State.HANDLING)
    ticket(received_at=local("2026-06-29 00:00"))  # Monday of the first week shown
    ticket(received_at=local("2026-06-28 23:59"))
    ticket(received_at=local("2026-09-15 10:00"), state=State.VOIDED)
    ticket(received_at=local("2026-09-15 10:00"), at=tree.sister_community)
    option = section(staff["community_worker"], "chart")["option"]
    weeks = option["xAxis"]["data"]
    assert (len(weeks), weeks[0], weeks[-1]) == (12, "06-29", "09-14")
    assert [line["data"] for line in option["series"]] == [[1, *[0] * 10, 1], [*[0] * 10, 1, 0]]


def test_thirty_days_of_the_district(staff, ticket, tree):
    ticket(received_at=local("2026-09-17 00:00"))
    ticket(received_at=local("2026-09-17 09:59"), at=tree.other_community)
    ticket(received_at=local("2026-08-19 00:00"))
    ticket(received_at=local("2026-08-18 23:59"))
    option = section(staff["district_officer"], "chart", "30 天")["option"]
    days = dict(zip(option["xAxis"]["data"], option["series"][0]["data"], strict=True))
    assert (len(days), days["09-17"], days["08-19"], sum(days.values())) == (30, 2, 1, 3)


def test_open_and_overdue_by_unit_with_zero_rows(staff, busy, tree):
    option = section(staff["district_officer"], "chart", "各单位")["option"]
    assert option["yAxis"]["data"] == ["城墙街道", "孙家堡子街道"]
    assert [line["data"] for line in option["series"]] == [[5, 0], [4, 1]]
    street = section(staff["street_officer"], "chart", "各单位")["option"]
    assert street["yAxis"]["data"] == ["江湾社区", "和平社区"]
    assert [line["data"] for line in street["series"]] == [[5, 0], [4, 0]]


def test_the_month_so_far(staff, ticket, tree):
    heating, water = make_category(tree.housing), make_category(tree.housing)
    good = {"contact_in_time": True, "solved": True, "satisfaction": Satisfaction.SATISFIED}
    ticket(**good, category=heating, received_at=local("2026-09-01 00:00"))
    ticket(**good, category=heating, received_at=local("2026-09-17 09:00"))
    ticket(**{**good, "satisfaction": Satisfaction.BASICALLY}, category=water)
    ticket(contact_in_time=False, solved=False, satisfaction=Satisfaction.DISSATISFIED, excluded_at=NOW)
    ticket(category=water, received_at=local("2026-08-01 00:00"))
    ticket(category=water, received_at=local("2026-08-17 09:59"))
    ticket(category=water, received_at=local("2026-08-17 10:00"))  # later in the month than it is now
    ticket(category=heating, received_at=local("2026-07-31 23:59"))
    context = section(staff["district_officer"], "month")
    assert (context["month"].received, context["month"].before) == (4, 2)
    assert [(row["label"], str(row["rate"]), row["rate"].parts) for row in context["rates"]] == [
        ("响应率", "100.00%", "3/3"), ("解决率", "100.00%", "3/3"), ("满意率", "86.67%", "2.6/3"),
    ]  # fmt: skip
    moves = [row["move"] for row in section(staff["district_officer"], "categories")["moves"]]
    assert [(move.name, move.now, move.before, move.more) for move in moves] == [
        (heating.name, 2, 0, 2), (water.name, 1, 2, -1),
    ]  # fmt: skip


def test_figures_are_shared_by_a_scope_and_by_nobody_else(staff, ticket, tree):
    def received(user):
        return sum(section(user, "chart")["option"]["series"][0]["data"])

    ticket(received_at=NOW - HOUR)
    colleague = make_user(Role.COMMUNITY_WORKER, tree.community)
    sister = make_user(Role.COMMUNITY_WORKER, tree.sister_community)
    assert received(staff["community_worker"]) == 1
    ticket(received_at=NOW - HOUR)
    ticket(received_at=NOW - HOUR, at=tree.sister_community)
    assert received(colleague) == 1  # kept for a minute
    assert received(sister) == 1  # its own ticket
    cache.clear()
    assert received(colleague) == 2


# --- other roles


def test_hotline_desk_has_the_focus_in_the_search_field(client_for, staff, busy):
    page = client_for(staff["hotline_operator"]).get("/").content.decode()
    assert re.search(r'<input[^>]*id="home-search"[^>]*data-gw-focus', page)
    lines = section(staff["hotline_operator"], "worklist", "待回访")["lines"]
    assert [line["ticket"].state for line in lines] == [State.VERIFIED, State.VERIFIED]


def test_grid_worker_has_two_big_buttons(client_for, staff, ticket, tree):
    ticket(state=State.DISPATCHED, lead_unit=tree.grid, grid=tree.grid, due_at=NOW + HOUR)
    buttons = section(staff["grid_worker"], "buttons")["buttons"]
    assert [(button["label"], button.get("count")) for button in buttons] == [("上报问题", None), ("待我办理", 1)]
    assert 'href="/petitions/new/"' in client_for(staff["grid_worker"]).get("/").content.decode()


def test_system_administrator_sees_accounts_without_a_role(staff, tree):
    make_user()
    make_user(is_active=False)
    assert numbers(staff["system_admin"]) == {"启用的账号": 13, "没有岗位的账号": 1, "停用的账号": 1}


def test_administrators_are_told_of_a_missing_holiday_notice(client_for, tree):
    with time_machine.travel(local("2027-03-01 10:00"), tick=False):
        pages = {
            role: client_for(make_user(role, tree.district)).get("/").content.decode()
            for role in (Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN, Role.HOTLINE_OPERATOR)
        }
    words = "2027 年的节假日和调休安排尚未录入"
    assert words in pages[Role.SECURITY_ADMIN]
    assert f'href="{reverse("accounts:holidays")}">去录入' in pages[Role.SECURITY_ADMIN]
    assert words in pages[Role.SYSTEM_ADMIN]
    assert "去录入" not in pages[Role.SYSTEM_ADMIN]  # only the security administrator may
    assert words not in pages[Role.HOTLINE_OPERATOR]


def test_a_fresh_installation_is_told_its_first_step(client_for):
    user = make_user()
    from reports.home.sections import BUILDERS

    texts = [one.context.get("text", "") for one in BUILDERS[Role.SYSTEM_ADMIN](user)]
    assert any("import_geography" in text for text in texts)


def test_security_administrator_sees_locked_names(client, client_for, staff, monkeypatch):
    from axes.models import AccessAttempt

    AccessAttempt.objects.create(
        username="grid_worker", ip_address="10.0.0.9", user_agent="", http_accept="", path_info="", get_data="", post_data="",
        failures_since_start=5, attempt_time=timezone.now(),
    )  # fmt: skip
    assert numbers(staff["security_admin"]) == {"锁定的账号": 1}
    assert "10.0.0.9" in client_for(staff["security_admin"]).get("/").content.decode()


def test_audit_administrator_sees_the_latest_records(staff, client_for):
    from django.db import transaction

    from accounts import events
    from common import events as history

    user = staff["community_worker"]
    with transaction.atomic():
        history.record(user, events.SIGNED_IN, actor=user, data={"address": "10.0.0.7"})
    lines = section(staff["audit_admin"], "audit")["lines"]
    assert lines[0]["actor"] == user
    assert numbers_are_hidden(client_for(staff["audit_admin"]).get("/").content.decode())


def numbers_are_hidden(page):
    """An administrator of the audit has no tickets on the page."""
    return "待我办理" not in page and "登记诉求" not in page


def test_messages_of_ones_own_bodies(client_for, staff, tree):
    for number, unit in enumerate((tree.community, tree.sister_community)):
        Notification.objects.create(
            unit=unit, text=f"消息{number}", url="/petitions/", dedupe_key=f"k{number}", created_at=NOW
        )
    page = client_for(staff["community_worker"]).get("/").content.decode()
    assert "消息0" in page
    assert "消息1" not in page


# --- everybody


def test_nobody_has_an_empty_page(client_for, staff):
    """A first day: no ticket anywhere. Each section says what to do."""
    expected = {
        "community_worker": "登记第一件诉求", "district_officer": "登记诉求", "department_handler": "现在没有待办",
        "hotline_operator": "没有待回访的工单", "grid_worker": "上报问题", "audit_admin": "还没有审计记录",
        "security_admin": "没有锁定的账号", "system_admin": "新建账号",
    }  # fmt: skip
    for role, words in expected.items():
        assert words in client_for(staff[role]).get("/").content.decode(), role


def test_without_a_role(client_for, db):
    assert "您的账号还没有岗位" in client_for(make_user()).get("/").content.decode()


def test_several_roles_show_each_section_once(tree, busy):
    user = make_user(Role.COMMUNITY_WORKER, tree.community)
    make_assignment(user, Role.DEPARTMENT_HANDLER, tree.housing)
    names = [(one.template, one.context.get("title")) for one in sections_for(fresh(user))]
    assert len(names) == len(set(names))
    assert ("buttons", None) in names


def test_a_visitor_signs_in_first(client, db):
    assert client.get("/").status_code == 302


def test_before_the_rules_are_loaded(client_for, staff):
    from common import policies
    from common.models import Policy

    Policy.objects.all().delete()
    policies.forget()
    response = client_for(staff["district_officer"]).get("/")
    assert response.status_code == 200
    assert "没有生效的版本" in response.content.decode()


QUERIES = {
    "district_officer": 10, "street_officer": 10, "community_worker": 7, "grid_worker": 6, "building_chief": 4,
    "department_handler": 6, "hotline_operator": 6, "provider": 6, "payroll_officer": 5, "system_admin": 6, "security_admin": 5, "audit_admin": 4,
}  # fmt: skip


@pytest.mark.parametrize("role", Role.values)
def test_queries_are_few_and_do_not_grow(client_for, staff, ticket, tree, busy, role):
    client = client_for(staff[role])
    client.get("/")
    for number in range(12):
        ticket(state=State.REGISTERED, due_at=NOW + number * HOUR, at=make_unit(parent=tree.street))
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/").status_code == 200
    assert len(queries) == QUERIES[role] <= 12, "\n".join(query["sql"][:160] for query in queries)


def test_nothing_is_fetched_from_elsewhere(client_for, staff, busy):
    page = unescape(client_for(staff["district_officer"]).get("/").content.decode())
    assert re.findall(r'(?:src|href|action)="(?:https?:)?//', page) == []
    assert " style=" not in page
