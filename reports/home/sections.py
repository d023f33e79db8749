"""What the home page shows to whom: one list of sections per role. A person with several roles gets each section once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts import permissions as account_permissions
from accounts import selectors as accounts
from accounts.models import RoleAssignment, User
from accounts.roles import Role
from accounts.scope import current_assignments
from common import events as history
from common.calendar import missing_notice
from common.errors import PlainError
from common.masks import mask_text
from common.scope import Scope, scope_of
from grid.choices import Level
from grid.models import Unit
from petitions import permissions
from petitions.choices import State
from petitions.models import Petition, SupervisionCard
from reports.home import charts, figures
from reports.score import RATES, rules_on
from staff import permissions as staff_permissions
from staff.models import Worker
from staff.selectors.grades import ungraded
from staff.selectors.roster import SECRETARIES, expiring
from staff.selectors.runs import waiting_for
from volunteers import permissions as service_permissions
from volunteers.choices import OrderState
from volunteers.models import Order
from volunteers.tables.orders import standing

NEAREST = 6
LATEST = 5
AUDIT_LINES = 8


@dataclass(frozen=True)
class Section:
    """``template`` in ``templates/reports/home/``; ``wide`` takes the whole width."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    wide: bool = False

    @property
    def path(self) -> str:
        return f"reports/home/{self.template}.html"


@dataclass(frozen=True)
class Tile:
    """A figure with the list behind it; coloured only while there is something in it."""

    label: str
    number: int
    url: str
    icon: str
    tone: str = "blue"
    note: str = ""

    @property
    def value(self) -> int | str:
        return figures.shown(self.number)

    @property
    def colour(self) -> str:
        return self.tone if self.number else "grey"


Sections = Iterator[Section]


def sections_for(user: User) -> list[Section]:
    """The sections of a person's roles, the widest seat first."""
    roles = list(dict.fromkeys(row.role for row in user.current_roles))
    found: dict[tuple[str, str], Section] = {}
    for role in roles:
        for section in BUILDERS[Role(role)](user):
            found.setdefault((section.template, str(section.context.get("title", ""))), section)
    return list(found.values()) or [Section("nothing", wide=True)]


# --- who sees what


def _community(user: User) -> Sections:
    yield _buttons(("登记诉求", "petitions:create", "plus"))
    yield _tiles(user, "mine", "today", "overdue", "cards")
    yield _nearest(user)
    yield _messages(user)
    yield replace(_weeks(user), wide=True)


def _area(user: User) -> Sections:
    """Street and district offices."""
    yield _tiles(user, "mine", "today", "overdue", "cards")
    yield from _month(user)
    yield _open_by_unit(user)
    yield _days(user)
    yield _nearest(user)
    yield replace(_messages(user), wide=True)


def _department(user: User) -> Sections:
    yield _tiles(user, "to_sign", "led_today", "led_overdue", "led")
    yield _nearest(user)
    yield _messages(user)


def _hotline(user: User) -> Sections:
    yield Section("search", {"may_register": scope_of(user).may(permissions.REGISTER)}, wide=True)
    yield _tiles(user, "to_accept", "to_call", "today", "overdue")
    rows = Petition.objects.visible_to(user, permissions.CALLBACK).filter(state=State.VERIFIED)
    more = ("全部待回访", charts.tickets(state=State.VERIFIED, sort="due"))
    yield _worklist(rows, "待回访", more, ("没有待回访的工单", "核查通过、等着回访的工单会排在这里，时限近的在前。"))
    yield _messages(user)


def _grid(user: User) -> Sections:
    """For a phone: one thing to report, one list to work off (or, without handling, to follow)."""
    second: dict[str, Any] = {"label": "我登记的", "url": reverse("petitions:registered-by-me"), "icon": "list-details"}
    if scope_of(user).may(permissions.HANDLE):
        count = figures.shown(figures.capped_counts(_boxes(user, "mine"))["mine"])
        second = {"label": "待我办理", "url": reverse("petitions:mine"), "icon": "list-check", "count": count}
    first = {"label": "上报问题", "url": reverse("petitions:create"), "icon": "plus", "style": "primary"}
    yield Section("buttons", {"buttons": [first, {**second, "style": "outline-primary"}], "huge": True}, wide=True)
    if "count" in second:
        yield _nearest(user)
    yield _messages(user)


def _provider(user: User) -> Sections:
    """For a property firm or a shop: its orders, on a phone."""
    desk = Order.objects.visible_to(user, service_permissions.SERVE).for_service_of(user)
    boxes = {
        "open": desk.filter(state=OrderState.OPEN),
        "held": desk.filter(state=OrderState.CLAIMED),
        "late": desk.filter(state=OrderState.CLAIMED).late(timezone.now()),
    }
    counts = figures.capped_counts(boxes)
    url = reverse("volunteers:orders-served")
    tiles = [
        Tile("可以接的单", counts["open"], f"{url}?state={OrderState.OPEN}", "bell"),
        Tile("服务中", counts["held"], f"{url}?state={OrderState.CLAIMED}", "hand-stop", "purple"),
        Tile("已经超时", counts["late"], f"{url}?standing=late", "alert-circle", "red"),
    ]
    yield Section("tiles", {"tiles": tiles}, wide=True)
    rows = desk.open().select_related("unit").order_by("finish_due_at", "claim_due_at", "pk")[:NEAREST]
    lines = [{"order": row, "title": mask_text(row.title), "standing": standing(row)} for row in rows]
    empty = ("现在没有订单", "社区派给您的订单和可以接的订单会排在这里，时限近的在前。")
    yield Section("orders", {"title": "手上的订单", "lines": lines, "more": ("全部接单", url), "empty": empty})
    yield _messages(user)


def _payroll(user: User) -> Sections:
    """Runs that wait, and the roster as pay needs it: who is not graded, on probation, whose certificate ends."""
    rows = Worker.objects.visible_to(user).active()
    today = timezone.localdate()
    boxes = {
        "runs": waiting_for(user),
        "ungraded": ungraded(Worker.objects.visible_to(user, staff_permissions.GRADE)),
        "active": rows,
        "probation": rows.filter(probation_until__gte=today),
        "ending": rows.filter(expiring(today)),
        "unfiled": rows.filter(SECRETARIES, filed_on=None),
    }
    counts = figures.capped_counts(boxes)
    url = reverse("staff:workers")
    tiles = [
        Tile("待我办理的工资表", counts["runs"], reverse("staff:runs"), "cash"),
        Tile("还没有定级的人", counts["ungraded"], reverse("staff:ungraded"), "user-search", "amber"),
        Tile("在岗社区工作者", counts["active"], url, "users"),
        Tile("试用期内", counts["probation"], f"{url}?probation=yes", "hourglass", "purple"),
        Tile("证书 90 天内到期", counts["ending"], f"{url}?ending=90", "certificate", "amber"),
        Tile("书记未备案", counts["unfiled"], f"{url}?filed=no", "shield-check", "amber"),
    ]
    yield Section("tiles", {"tiles": tiles}, wide=True)
    yield _messages(user)


def _system_admin(user: User) -> Sections:
    yield _buttons(("新建账号", "accounts:user-create", "user-plus"))
    seated = Exists(RoleAssignment.objects.filter(current_assignments(), user=OuterRef("pk")))
    active: Any = Q(is_active=True)
    counts = User.objects.visible_to(user).aggregate(
        active=Count("pk", filter=active),
        without=Count("pk", filter=active & ~seated),
        closed=Count("pk", filter=~active),
    )
    url = reverse("accounts:users")
    tiles = [
        Tile("启用的账号", counts["active"], url, "users"),
        Tile("没有岗位的账号", counts["without"], url, "user-search", "amber", "登录后什么也看不到，请分配角色"),
        Tile("停用的账号", counts["closed"], url, "user", "grey"),
    ]
    yield Section("tiles", {"tiles": tiles}, wide=True)
    yield from _first_steps()
    yield from _holidays(user)


def _security_admin(user: User) -> Sections:
    locks = accounts.locks()
    tiles = [Tile("锁定的账号", len(locks), reverse("accounts:locks"), "lock", "red", "连续登录失败，到时自动解除")]
    yield Section("tiles", {"tiles": tiles}, wide=True)
    yield from _holidays(user)
    yield Section("locks", {"title": "锁定的账号", "locks": locks})
    links = [
        ("办理时限、督办、评分等规则", reverse("accounts:rules"), "adjustments"),
        ("节假日与调休", reverse("accounts:holidays"), "calendar"),
    ]
    yield Section("links", {"title": "规则维护", "links": links})


def _audit_admin(user: User) -> Sections:
    rows = accounts.audit_events(user).select_related("actor").order_by("-at", "-pk")[:AUDIT_LINES]
    lines = [
        {
            "at": row.at,
            "title": history.kind_of(row.kind).label,
            "text": history.kind_of(row.kind).describe(row.data),
            "actor": row.actor,
        }
        for row in rows
    ]
    yield Section("audit", {"title": "最近的审计记录", "lines": lines, "url": reverse("accounts:audit")}, wide=True)


BUILDERS: dict[Role, Callable[[User], Sections]] = {
    Role.DISTRICT_OFFICER: _area,
    Role.STREET_OFFICER: _area,
    Role.COMMUNITY_WORKER: _community,
    Role.GRID_WORKER: _grid,
    Role.BUILDING_CHIEF: _grid,
    Role.DEPARTMENT_HANDLER: _department,
    Role.HOTLINE_OPERATOR: _hotline,
    Role.PROVIDER: _provider,
    Role.PAYROLL_OFFICER: _payroll,
    Role.SYSTEM_ADMIN: _system_admin,
    Role.SECURITY_ADMIN: _security_admin,
    Role.AUDIT_ADMIN: _audit_admin,
}


# --- sections


def _buttons(*buttons: tuple[str, str, str]) -> Section:
    rows = [{"label": label, "url": reverse(name), "icon": icon, "style": "primary"} for label, name, icon in buttons]
    return Section("buttons", {"buttons": rows}, wide=True)


# Key of a box: label, address (name and query), icon, colour.
BOXES: dict[str, tuple[str, str, str, str, str]] = {
    "mine": ("待我办理", "petitions:mine", "", "list-check", "blue"),
    "today": ("今天到期", "petitions:today", "", "calendar-due", "amber"),
    "overdue": ("已经超期", "petitions:overdue", "", "alert-circle", "red"),
    "cards": ("督办待说明", "petitions:cards", "mine=true", "alarm", "red"),
    "to_sign": ("待签收", "petitions:unit", "state=dispatched", "clipboard-check", "blue"),
    "led": ("本部门主办", "petitions:unit", "", "folder", "blue"),
    "led_today": ("今天到期", "petitions:unit", "deadline=today", "calendar-due", "amber"),
    "led_overdue": ("已经超期", "petitions:unit", "deadline=overdue", "alert-circle", "red"),
    "to_accept": ("待受理", "petitions:list", "state=registered", "clipboard-list", "blue"),
    "to_call": ("待回访", "petitions:list", "state=verified", "phone", "purple"),
}


def _boxes(user: User, *keys: str) -> dict[str, Any]:
    """The rows behind each box: the very rows of the list that its tile leads to."""
    visible = Petition.objects.visible_to(user, permissions.VIEW)
    led = visible.led_by(user)
    rows = {
        "mine": lambda: visible.waiting_for(user),
        "today": visible.due_today,
        "overdue": visible.overdue,
        "cards": lambda: SupervisionCard.objects.to_answer_by(user),
        "to_sign": lambda: led.filter(state=State.DISPATCHED),
        "led": lambda: led,
        "led_today": led.due_today,
        "led_overdue": led.overdue,
        "to_accept": lambda: visible.filter(state=State.REGISTERED),
        "to_call": lambda: visible.filter(state=State.VERIFIED),
    }
    return {key: rows[key]() for key in keys}


def _tiles(user: User, *keys: str) -> Section:
    counts = figures.capped_counts(_boxes(user, *keys))
    tiles = []
    for key in keys:
        label, name, query, icon, tone = BOXES[key]
        url = reverse(name) + (f"?{query}" if query else "")
        tiles.append(Tile(label, counts[key], url, icon, tone))
    return Section("tiles", {"tiles": tiles}, wide=True)


def _nearest(user: User) -> Section:
    rows = Petition.objects.visible_to(user, permissions.VIEW).waiting_for(user)
    text = "需要您所在单位办理的工单会排在这里，时限近的在前。"
    return _worklist(rows, "最急的工单", ("全部待办", reverse("petitions:mine")), ("现在没有待办", text))


def _worklist(rows: Any, title: str, more: tuple[str, str], empty: tuple[str, str]) -> Section:
    columns = ("number", "title", "state", "due_at", "community__name")
    found = rows.select_related("community").only(*columns).in_worklist_order()[:NEAREST]
    lines = [{"ticket": row, "title": mask_text(row.title)} for row in found]
    return Section("worklist", {"title": title, "lines": lines, "more": more, "empty": empty})


def _messages(user: User) -> Section:
    rows = accounts.messages_for(user).unread().order_by("-pk")[:LATEST]
    return Section("messages", {"title": "最新消息", "rows": list(rows), "url": reverse("accounts:messages")})


def _view_scope(user: User) -> Scope:
    return scope_of(user).holding(permissions.VIEW)


def _weeks(user: User) -> Section:
    scope = _view_scope(user)
    rows = Petition.objects.visible_to(user, permissions.VIEW)
    weeks = figures.kept("weeks", scope, lambda: figures.arrivals_by_week(rows, timezone.localdate()))
    start = (
        "还没有诉求",
        "居民反映的问题登记后，每周的数量会显示在这里。",
        reverse("petitions:create"),
        "登记第一件诉求",
    )
    return _trend("本单位近 12 周接收的诉求", "weeks-chart", weeks, charts.by_week(weeks), start)


def _days(user: User) -> Section:
    scope = _view_scope(user)
    rows = Petition.objects.visible_to(user, permissions.VIEW)
    days = figures.kept("days", scope, lambda: figures.arrivals_by_day(rows, timezone.localdate()))
    start = (
        "近 30 天没有诉求",
        "社区、网格、热线登记或批量导入诉求后，每天的数量会显示在这里。",
        reverse("petitions:create"),
        "登记诉求",
    )
    return _trend("近 30 天每天接收的诉求", "days-chart", days, charts.by_day(days), start)


def _trend(
    title: str, key: str, periods: list[figures.Arrivals], option: dict[str, Any], start: tuple[str, str, str, str]
) -> Section:
    total = sum(period.received for period in periods)
    return Section(
        "chart", {"title": title, "id": key, "option": option if total else None, "start": start, "height": "md"}
    )


def _open_by_unit(user: User) -> Section:
    scope = _view_scope(user)
    level = Level.STREET if scope.everything else Level.COMMUNITY
    column = "street" if level == Level.STREET else "community"
    units = Unit.objects.visible_to(user, permissions.VIEW).filter(level=level)
    rows = Petition.objects.visible_to(user, permissions.VIEW)
    found = figures.kept("open", scope, lambda: figures.open_by_unit(rows, units, column, timezone.now()))
    start = (
        "还没有下级单位", "导入行政区划后，各单位的在办和超期工单会显示在这里。", "", ""
    ) if not found else ("没有在办的工单", "诉求登记后，各单位的在办和超期件数会显示在这里。", reverse("petitions:create"), "登记诉求")  # fmt: skip
    option = charts.open_bars(found) if any(unit.open for unit in found) else None
    height = "lg" if len(found) > 8 else "md"
    return Section(
        "chart", {"title": "各单位在办工单", "id": "open-chart", "option": option, "start": start, "height": height}
    )


def _month(user: User) -> Sections:
    now = timezone.now()
    try:
        basic = rules_on(timezone.localdate(now)).basic
    except PlainError as error:  # a fresh installation without its rules
        yield Section("notice", {"title": "规则", "text": error.message, "url": "", "label": ""}, wide=True)
        return
    rows = Petition.objects.visible_to(user, permissions.VIEW)
    month = figures.kept("month", _view_scope(user), lambda: figures.month_so_far(rows, now, basic))
    rates = [{"label": label, "rate": month.rates[key]} for key, label in RATES.items()]
    title = f"本月（{timezone.localdate(now).month} 月）"
    yield Section("month", {"title": title, "month": month, "rates": rates}, wide=True)
    name = f"{timezone.localdate(now):%Y-%m}"
    moves = [{"move": move, "url": charts.tickets(category=move.category_id, month=name)} for move in month.categories]
    yield Section("categories", {"title": "本月诉求最多的分类", "moves": moves})


def _holidays(user: User) -> Sections:
    text = missing_notice(timezone.localdate())
    if text:
        may = scope_of(user).may(account_permissions.POLICY_MANAGE)
        url = reverse("accounts:holidays") if may else ""
        yield Section("notice", {"title": "节假日", "text": text, "url": url, "label": "去录入"}, wide=True)


def _first_steps() -> Sections:
    """What a fresh installation needs before anybody can work."""
    if not Unit.objects.filter(level=Level.DISTRICT).exists():
        text = "还没有导入行政区划，请先在服务器上执行 manage.py import_geography，再为各单位建账号。"
        yield Section("notice", {"title": "第一步", "text": text, "url": "", "label": ""}, wide=True)
