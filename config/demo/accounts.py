"""Who signs in to the demo: two named accounts for every role, and the colleagues behind the timelines.

Passwords and API tokens are published; they exist in the demo only, and production refuses to start
with any demo account (``config/checks.py``). Colleagues cannot sign in: they have no usable password.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from accounts.roles import Role
from config.demo.people import name_of
from config.demo.seeds import digest, rng
from config.demo.tree import Node
from grid.choices import Level, UnitKind
from grid.models import Department

# user name, invented person, password: capital and small letters, digits and a mark, nothing of the names
NAMED = {
    Role.DISTRICT_OFFICER: (("zuzhi1", "安启明", "Chunfeng-2601!"), ("zuzhi2", "温雅静", "Qiuyue-2602!")),
    Role.STREET_OFFICER: (("jiedao1", "郑向阳", "Yuanshan-2603!"), ("jiedao2", "柳青", "Liushui-2604!")),
    Role.COMMUNITY_WORKER: (("shequ1", "方晓兰", "Songtao-2605!"), ("shequ2", "杜春燕", "Zhuying-2606!")),
    Role.GRID_WORKER: (("wangge1", "石大勇", "Baixue-2607!"), ("wangge2", "齐小梅", "Hongye-2608!")),
    Role.BUILDING_CHIEF: (("louzhang1", "何长顺", "Lantian-2609!"), ("louzhang2", "米秀芝", "Qingshi-2610!")),
    Role.DEPARTMENT_HANDLER: (("bumen1", "康建业", "Mingyue-2611!"), ("bumen2", "苗青山", "Gaoyuan-2612!")),
    Role.HOTLINE_OPERATOR: (("rexian1", "乔雨欣", "Dahai-2613!"), ("rexian2", "佟思雨", "Xingkong-2614!")),
    Role.PROVIDER: (("wuye1", "申安居", "Heping-2621!"), ("shangjia1", "乐惠民", "Fengshou-2622!")),
    Role.PAYROLL_OFFICER: (("xinchou1", "金若水", "Qinghe-2623!"), ("xinchou2", "算明达", "Yuhua-2624!")),
    Role.SYSTEM_ADMIN: (("xitong1", "严正行", "Tianye-2615!"), ("xitong2", "甘守业", "Feihong-2616!")),
    Role.SECURITY_ADMIN: (("anquan1", "卫国安", "Caihong-2617!"), ("anquan2", "宁致远", "Huopen-2618!")),
    Role.AUDIT_ADMIN: (("shenji1", "明鉴之", "Jinsha-2619!"), ("shenji2", "查慎行", "Yinhe-2620!")),
}
NAMED_DEPARTMENTS = ("housing", "sanitation")
TOKEN_PREFIX = "gw_"  # noqa: S105 (how every token of this system begins)


@dataclass(frozen=True)
class PlannedUser:
    """One account with its role. ``password`` is empty for colleagues."""

    username: str
    name: str
    role: str
    node: Node | None
    department: Department | None
    password: str = ""

    @property
    def seat(self) -> str:
        return self.node.name if self.node else str(self.department)

    @property
    def token(self) -> str:
        """The account's API token: always the same, so that a lost list can be written again."""
        return TOKEN_PREFIX + hashlib.sha256(b"gridwork demo token" + self.username.encode()).hexdigest()


def plan(root: Node, departments: dict[str, Department], seed: int) -> list[PlannedUser]:
    """Named accounts first, then the colleagues, in organisation order."""
    return [*_named(root, departments), *_colleagues(root, departments, seed)]


def _named(root: Node, departments: dict[str, Department]) -> Iterator[PlannedUser]:
    communities = pair_of_communities(root)
    for role, pair in NAMED.items():
        for index, (username, name, password) in enumerate(pair):
            node: Node | None = _seat(role, root, communities[index])
            department = None
            if role == Role.DEPARTMENT_HANDLER:
                node, department = None, departments[NAMED_DEPARTMENTS[index]]
            yield PlannedUser(username, name, role, node, department, password)


def pair_of_communities(root: Node) -> list[Node]:
    """The first community with grids in each of two streets: their workers must not see each other's tickets."""
    found = []
    for street in root.children:
        first = next((node for node in street.children if node.kind == UnitKind.RESIDENTIAL), None)
        if first is not None:
            found.append(first)
        if len(found) == 2:
            return found
    raise LookupError(f"{root.name} has no two streets with communities")


def _seat(role: str, root: Node, community: Node) -> Node:
    if role == Role.STREET_OFFICER:
        assert community.parent is not None
        return community.parent
    if role in (Role.COMMUNITY_WORKER, Role.PROVIDER):
        return community
    if role == Role.GRID_WORKER:
        return community.children[0]
    if role == Role.BUILDING_CHIEF:
        return community.children[0].children[0]
    return root


def _colleagues(root: Node, departments: dict[str, Department], seed: int) -> Iterator[PlannedUser]:
    def person(username: str, role: str, node: Node | None, department: Department | None = None) -> PlannedUser:
        return PlannedUser(username, name_of(rng(seed, "colleague", username)), role, node, department)

    for number in (3, 4, 5):
        yield person(f"rexian{number}", Role.HOTLINE_OPERATOR, root)
        yield person(f"zuzhi{number}", Role.DISTRICT_OFFICER, root)
    for node in root.walk():
        if node.level == Level.STREET:
            yield person(f"jd{node.code}a", Role.STREET_OFFICER, node)
            yield person(f"jd{node.code}b", Role.STREET_OFFICER, node)
        elif node.level == Level.COMMUNITY:
            yield person(f"sq{node.code}a", Role.COMMUNITY_WORKER, node)
            if node.kind == UnitKind.RESIDENTIAL:
                yield person(f"sq{node.code}b", Role.COMMUNITY_WORKER, node)
    for key, department in departments.items():
        yield person(f"bm-{key}-a", Role.DEPARTMENT_HANDLER, None, department)
        yield person(f"bm-{key}-b", Role.DEPARTMENT_HANDLER, None, department)


def listing(users: list[PlannedUser]) -> list[dict[str, str]]:
    """The named accounts as they are printed, shown on the sign-in page and written to a file."""
    return [
        {
            "role": Role(user.role).label,
            "unit": user.seat,
            "username": user.username,
            "password": user.password,
            "token": user.token,
        }
        for user in users
        if user.password
    ]


def salt(username: str) -> str:
    """A fixed salt for a published password, so that a second load writes the same row."""
    return digest("demo salt", username).hex()[:22]
