"""For every form: who sends it, where, and with what, so that it does its work.

A new form needs an entry here; the contracts of ``test_forms.py`` are then its own.
"""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.roles import Role
from common.reporting import registry
from grid.bodies import body_key
from grid.models import PostHolding
from partyorgs.models import PartyOrganisation
from petitions.choices import CardLevel
from petitions.models import SupervisionCard
from tests.contracts.filling import Data, Fill, Sent, about, plain, today
from tests.contracts.filling import act as act_on
from tests.contracts.rows import ROWS
from tests.contracts.service_inputs import FORMS as SERVICE_FORMS
from tests.contracts.shop_inputs import FORMS as SHOP_FORMS
from tests.contracts.staff import FORMS as STAFF_FORMS
from tests.contracts.volunteers_inputs import FORMS as VOLUNTEERS_FORMS
from tests.contracts.volunteers_inputs import ONLY_SESSION as VOLUNTEERS_SESSION
from tests.contracts.world import World, make_party
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.grid import make_unit
from tests.factories.partyorgs import make_organisation

__all__ = ["FORMS", "ONLY_SESSION", "TWICE"]
# Forms that write nothing but the session.
ONLY_SESSION = {
    **VOLUNTEERS_SESSION, "staff:own-confirm": "the password again opens one's own pay in this browser for ten minutes",
}  # fmt: skip
NEW_PASSWORD = "Qinghe-2027-Liu"


# --- rows that forms are about


def _grid(world: World) -> Any:
    return make_unit("江南第九网格", parent=world.tree.community)


def _colleague(world: World, **fields: Any) -> Any:
    return make_user(Role.COMMUNITY_WORKER, world.tree.community, display_name="周敏", **fields)


def _holding(world: World) -> PostHolding:
    return ROWS["grid:posts"].make(world, True)


def _general_branch(world: World) -> PartyOrganisation:
    return make_party(world).community


def _party_group(world: World) -> PartyOrganisation:
    return make_party(world).group


def _card(world: World) -> SupervisionCard:
    now = timezone.now()
    return SupervisionCard.objects.create(
        petition=world.petition(upto="handling"), level=CardLevel.BLUE, reason="联系超过时限", due_at=now, issued_at=now
    )


def _closed_department(world: World) -> Any:
    department = world.tree.enforcement
    department.is_active = False
    department.save(update_fields=["is_active"])
    return department


def _committee(world: World) -> PartyOrganisation:
    return make_organisation(world.tree.street, "committee", "江源街道党工委")


def _end_role(world: World) -> Sent:
    user = _colleague(world)
    return Sent("system_admin", {"last_day": ""}, {"pk": user.pk, "assignment": user.assignments.get().pk})


def _act(upto: str, action: str, role: str = "community_worker", **data: Any) -> Fill:
    return act_on(action, lambda world: world.petition(upto=upto), role, **data)


def _rearranged(**data: Any) -> Data:
    """The second step of a move or merge: the effects have been seen."""

    def values(world: World) -> dict[str, Any]:
        target = str(data["target"](world).pk)
        return {"target": target, "seen": target}

    return values


def _rule(world: World) -> Sent:
    """The rule as it stands, from today on: what its form shows, sent back."""
    return Sent(
        "security_admin", {"KEEP": True, "valid_from": today(), "note": "江政办发〔2026〕8号"}, {"key": "limits"}
    )


def _report(**kwargs: Any) -> Fill:
    def fill(world: World) -> Sent:
        form = registry.get("reports.monthly").make_form(None, world.user("community_worker"))
        return Sent(
            "community_worker",
            {"month": f"{timezone.localdate():%Y-%m}", "level": form.fields["level"].initial},
            kwargs,
        )

    return fill


def _public_report(world: World) -> Sent:
    return Sent("", {
        "street": str(world.tree.street.pk), "community": str(world.tree.community.pk), "kind": "help",
        "text": "3号楼2单元楼道灯坏了一周。", "place": "3号楼2单元", "name": "张先生", "phone": "13800000001",
        "consent": "on",
    })  # fmt: skip


def _changed_organisation(world: World) -> Sent:
    party = make_party(world)
    return Sent("community_worker", {
        "name": "江南社区党总支部委员会", "kind": "general_branch", "mode": "single", "secretary_name": "李敏",
        "term_first_day": "2024-07-01", "term_years": "5", "parent": str(party.street.pk),
    }, {"pk": party.community.pk})  # fmt: skip


FORMS: dict[str, Fill] = {
    "reports:monthly": _report(),
    "reports:report": _report(key="reports.monthly"),
    "imports:upload": lambda world: Sent(
        "community_worker",
        {"file": SimpleUploadedFile("工单.csv", "诉求内容,接收时间\n楼道灯不亮,2026-09-01 08:30\n".encode())},
        {"spec": "petitions.tickets"},
    ),
    "accounts:sign-in": lambda world: Sent("", {"username": "street_officer", "password": PASSWORD}),
    "accounts:password": lambda world: Sent(
        "community_worker", {"old": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
    ),
    "accounts:token-create": lambda world: Sent("community_worker", {"name": "短信平台", "days": "90"}),
    "accounts:user-create": lambda world: Sent("system_admin", {
        "display_name": "周敏", "username": "zhoumin", "role": "community_worker", "first_day": today(),
        "seat": body_key(world.tree.community), "last_day": "",
    }),
    "accounts:user-edit": about("system_admin", _colleague, plain(display_name="周晓敏")),
    "accounts:user-deactivate": about("system_admin", _colleague, plain(reason="调离本单位")),
    "accounts:user-activate": about("system_admin", lambda world: _colleague(world, is_active=False), plain()),
    "accounts:password-reset": about("system_admin", _colleague, plain()),
    "accounts:role-give": about("system_admin", _colleague, lambda world: {
        "role": "grid_worker", "seat": body_key(world.tree.grid), "first_day": today(), "last_day": "",
    }),
    "accounts:role-end": _end_role,
    "accounts:rule-edit": _rule,
    "accounts:holidays": lambda world: Sent("security_admin", {
        "first": f"{timezone.localdate().year + 1}-10-01", "last": "", "is_workday": "0", "name": "国庆节",
        "source": "国务院办公厅通知",
    }),
    "grid:unit-create": about("district_officer", lambda world: world.tree.community, plain(
        name="江南第八网格", kind="grid", code="", households="300", aliases=""
    )),
    "grid:unit-change": about("district_officer", lambda world: world.tree.grid, lambda world: {
        "name": "江南东网格", "kind": "grid", "code": world.tree.grid.code, "households": "410", "aliases": "东片",
    }),
    "grid:unit-move": about("district_officer", _grid, _rearranged(target=lambda world: world.tree.sister_community)),
    "grid:unit-merge": about("district_officer", _grid, _rearranged(target=lambda world: world.tree.grid)),
    "grid:unit-close": about("district_officer", _grid, plain()),
    "grid:post-take": about("community_worker", lambda world: world.tree.grid, plain(
        post="grid_chief", name="王芳", seat="", first_day="2026-01-01"
    )),
    "grid:post-leave": about("community_worker", _holding, lambda world: {"last_day": today()}),
    "grid:households-report": about("community_worker", lambda world: world.tree.grid, plain(households="412")),
    "grid:doors-add": about("community_worker", lambda world: world.tree.group, plain(doors="1单元101\n1单元103")),
    "grid:department-create": lambda world: Sent("district_officer", {
        "name": "区供热公司", "short_name": "供热", "code": "heating", "sort": "100",
    }),
    "grid:department-change": about("district_officer", lambda world: world.tree.housing, lambda world: {
        "name": "区住房城乡建设局", "short_name": "住建", "code": world.tree.housing.code, "sort": "10",
    }),
    "grid:department-close": about("district_officer", lambda world: world.tree.enforcement, plain()),
    "grid:department-reopen": about("district_officer", _closed_department, plain()),
    "partyorgs:create": about("community_worker", lambda world: world.tree.community, lambda world: {
        "name": "江南社区党总支", "kind": "general_branch", "parent": str(_committee(world).pk), "mode": "single",
        "secretary_name": "王芳", "members_count": "62", "members_on": today(), "term_first_day": "2024-07-01",
    }),
    "partyorgs:change": _changed_organisation,
    "partyorgs:count": about("community_worker", _general_branch, lambda world: {
        "members_count": "63", "members_on": today(),
    }),
    "partyorgs:elect": about("community_worker", _general_branch, lambda world: {
        "elected_on": today(), "secretary_name": "李敏", "term_years": "5",
    }),
    "partyorgs:dissolve": about("community_worker", _party_group, plain(note="并入上级支部")),
    "petitions:create": lambda world: Sent("community_worker", {
        "text": "3号楼2单元楼道灯坏了一周，请尽快维修。", "place": "3号楼", "name": "张晓明", "phone": "13800000001",
        "unit": str(world.tree.community.pk), "kind": "help", "urgency": "normal", "channel": "counter",
    }),
    "petitions:act": _act("registered", "accept", category=lambda world: str(world.category.pk)),
    "petitions:act dispatch": _act("accepted", "dispatch", lead=lambda world: body_key(world.tree.housing)),
    "petitions:act contact": _act("handling", "contact", way="phone", note="已电话联系"),
    "petitions:act extend": _act("handling", "extend", role="street_officer", limit_0="5", limit_1="wd", note="等待配件"),
    "petitions:act callback": _act("verified", "callback", solved="yes", satisfaction="satisfied"),
    "petitions:answer-card": about("community_worker", _card, plain(answer="已安排专人办理。")),
    "petitions:new-category": lambda world: Sent("district_officer", {
        "code": "0199", "name": "楼道照明", "parent": str(world.category.parent_id), "lead": "l3", "limit": "5wd",
        "limit_0": "5", "limit_1": "wd", "is_active": "on",
    }),
    "petitions:category": about("district_officer", lambda world: world.category, lambda world: {
        "name": "物业收费公示", "lead": body_key(world.tree.housing), "limit_0": "7", "limit_1": "wd", "is_active": "on",
    }),
    "petitions:public-report": _public_report,
    **VOLUNTEERS_FORMS,
    **SERVICE_FORMS,
    **SHOP_FORMS,
    **STAFF_FORMS,
}  # fmt: skip

# Forms that may do their work twice, and why that is right.
TWICE = {
    "accounts:sign-in": "each sign-in is one, and is on the record",
    "accounts:token-create": "the secret is on the answer only: whoever sends twice must get one that works",
    "accounts:password-reset": "the one-time password is on the answer only: the last one shown is the one that works",
    "imports:upload": "a file handed in twice is checked twice; its rows come in once (test_imports.py)",
}
