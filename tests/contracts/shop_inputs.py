"""How the forms of shops, redemptions and partners are filled in: a part of ``inputs.py``, one block per field."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.contracts.filling import Fill, Sent, about, act, plain, today
from tests.contracts.service_inputs import community, programme, with_rules
from tests.contracts.volunteers_inputs import DESK, in_days, volunteer
from tests.contracts.world import World
from tests.factories.rules import make_rules
from tests.factories.shop import OWN_CODE, PNG, Market, make_market, redeem_some
from tests.factories.volunteers import make_programme
from volunteers.choices import ProviderKind
from volunteers.models import (
    Agreement,
    PartnerService,
    Product,
    Provider,
    Redemption,
    Shop,
)
from volunteers.services.partners import agreement_make
from volunteers.services.redemptions import code_of
from volunteers.services.shop import shop_close
from volunteers.workflow import AGREEMENT_FLOW, REDEMPTION_FLOW

# --- shops and redemptions


def _market(world: World) -> Market:
    return make_market(world.tree, world.staff)


def _shop(world: World) -> Shop:
    return _market(world).shop


def _closed_shop(world: World) -> Shop:
    return shop_close(shop=_shop(world), actor=world.user(DESK), reason="装修")


def _rice(world: World) -> Product:
    return _market(world).rice


def _picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("大米.png", PNG, content_type="image/png")


def _redemption(world: World) -> Redemption:
    market = _market(world)
    return redeem_some(market.volunteer, market.rice)


def _collected(world: World) -> Redemption:
    row = _redemption(world)
    return REDEMPTION_FLOW.perform("collect", row, world.user(DESK), code=code_of(row))


def _at_the_counter(world: World) -> Sent:
    market = _market(world)
    return Sent(
        DESK, {"number": market.volunteer.number, "code": OWN_CODE, "product": str(market.rice.pk), "quantity": "1"}
    )


def _own_product(world: World) -> Sent:
    market = _market(world)
    return Sent("", {"quantity": "1"}, {"pk": market.rice.pk}, volunteer=market.volunteer)


SHOPS: dict[str, Fill] = {
    "volunteers:shop-create": with_rules(DESK, name="江南积分超市", unit=community, programme=programme, hours="周一至周五"),
    "volunteers:shop-change": about(DESK, _shop, lambda world: {"KEEP": True, "hours": "每天 9:00–16:00"}),
    "volunteers:shop-close": about(DESK, _shop, plain(reason="装修")),
    "volunteers:shop-reopen": about(DESK, _closed_shop, plain()),
    "volunteers:product-create": about(DESK, _shop, lambda world: {
        "name": "食用油 1 升", "kind": "goods", "points": "8", "value": "12.50", "stock": "20", "picture": _picture(),
    }),
    "volunteers:product-change": about(DESK, _rice, lambda world: {"KEEP": True, "about": "当年新米"}),
    "volunteers:product-price": about(DESK, _rice, plain(points="6", value="18.00")),
    "volunteers:product-new-picture": about(DESK, _rice, lambda world: {"picture": _picture()}),
    "volunteers:stock-receive": about(DESK, _rice, plain(quantity="5", note="送货单 18 号")),
    "volunteers:stock-count": about(DESK, _rice, plain(counted="8", note="季度盘点，缺 2 件")),
    "volunteers:redemption-act": act("collect", _redemption, code=lambda world: code_of(Redemption.objects.get())),
    "volunteers:redemption-act cancel": act("cancel", _redemption, note="本人不要了"),
    "volunteers:redemption-act return": act("return", _collected, note="包装破损", to_stock="no"),
    "volunteers:counter-redeem": _at_the_counter,
    "volunteers:own-product": _own_product,
}  # fmt: skip


# --- partners


def _partner(world: World) -> Provider:
    make_rules()
    return Provider.objects.create(name="金达莱舞蹈工作室", kind=ProviderKind.PARTNER, unit=world.tree.community)


def _terms() -> dict[str, str]:
    return {
        "room": "二楼活动室", "rent": "12000", "owed_hours": "100", "service": "每周教居民跳舞", "last_day": in_days(100),
    }  # fmt: skip


def _agreed(world: World) -> Sent:
    return Sent(DESK, {
        "provider": str(_partner(world).pk), "unit": community(world), "first_day": today(), **_terms(),
    })  # fmt: skip


def _agreement(world: World, ends_in: int = 100) -> Agreement:
    make_programme()
    day = timezone.localdate()
    return agreement_make(
        actor=world.user(DESK), unit=world.tree.community, provider=_partner(world), room="二楼活动室",
        rent=Decimal(12000), owed_hours=Decimal(100), service="每周教居民跳舞", first_day=day - timedelta(days=99),
        last_day=day + timedelta(days=ends_in),
    )  # fmt: skip


def _partner_service(world: World) -> PartnerService:
    AGREEMENT_FLOW.perform(
        "serve",
        _agreement(world),
        world.user(DESK),
        day=timezone.localdate(),
        what="舞蹈课",
        people="2",
        hours=Decimal(4),
    )
    return PartnerService.objects.get()


def _yesterday(world: World) -> str:
    return in_days(-1)


PARTNERS: dict[str, Fill] = {
    "volunteers:agreement-make": _agreed,
    "volunteers:agreement-change": about(DESK, _agreement, lambda world: {
        **_terms(), "owed_hours": "120", "reason": "增加一间教室",
    }),
    "volunteers:agreement-act": act(
        "serve", _agreement, day=_yesterday, what="舞蹈课", people="2", hours="4"
    ),
    "volunteers:agreement-act serve_by_volunteer": act(
        "serve_by_volunteer", _agreement, number=lambda world: volunteer(world).number, day=_yesterday, start="09:00",
        end="11:00", what="舞蹈课", theme="civility",
    ),
    "volunteers:agreement-act end": act("end", lambda world: _agreement(world, ends_in=-1), note="双方协商减免"),
    "volunteers:agreement-act terminate": act("terminate", _agreement, note="合伙人停业"),
    "volunteers:partner-service-void": about(DESK, _partner_service, plain(reason="记重了")),
}  # fmt: skip


FORMS: dict[str, Fill] = {**SHOPS, **PARTNERS}
