"""A supplier's month (蛟河): what was handed out, less what came back; paid once, never changed afterwards."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.reporting import get, prepare
from common.reporting.jobs import write
from tests.factories.accounts import make_user
from tests.factories.shop import books_are_true, give_points, make_market, redeem_some
from tests.factories.volunteers import make_programme
from volunteers.models import Redemption, Settlement
from volunteers.selectors.settlement import add_up, settlement_lines
from volunteers.services.handing_out import redemption_collect
from volunteers.services.redemptions import code_of
from volunteers.services.settlement import settle
from volunteers.services.shop import shop_create
from volunteers.workflow import REDEMPTION_FLOW

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


@pytest.fixture
def clock(monkeypatch):
    """The time of the services, to be moved."""

    class Clock:
        now = None

        def at(self, month: int, day: int, hour: int = 10, minute: int = 0) -> None:
            self.now = timezone.localtime().replace(
                year=2026, month=month, day=day, hour=hour, minute=minute, second=0, microsecond=0
            )

    clock = Clock()
    real = timezone.now
    monkeypatch.setattr("django.utils.timezone.now", lambda: clock.now or real())
    return clock


@pytest.fixture
def market(tree, staff):
    """蛟河 by its own rules."""
    from tests.factories.rules import make_rules

    make_rules("jiaohe")
    market = make_market(tree, staff)
    give_points(market.volunteer, "480")
    return market


def hand_out(market, clock, product, *when, **values):
    """Redeemed and collected at a moment."""
    clock.at(*when)
    row = redeem_some(market.volunteer, product, **values)
    redemption_collect(redemption=row, actor=market.keeper, code=code_of(row))
    return Redemption.objects.get(pk=row.pk)


def take_back(market, clock, row, *when):
    clock.at(*when)
    REDEMPTION_FLOW.perform("return", row, market.keeper, note="破损", to_stock=True)


@pytest.fixture
def month(market, clock):
    """September: rice three times (one of them taken back in the month, one in October), fees and a haircut."""
    fee = market.fee(points=Decimal("10"), value=Decimal("10"))
    haircut = market.service(name="理发", points=Decimal("8"), value=Decimal("12.50"))
    hand_out(market, clock, market.rice, 8, 31, 23, 59)
    hand_out(market, clock, market.rice, 9, 1, 0, 0, quantity=2)
    back_at_once = hand_out(market, clock, market.rice, 9, 2)
    back_later = hand_out(market, clock, market.rice, 9, 3)
    hand_out(market, clock, fee, 9, 10, account_number="3-2-0501")
    hand_out(market, clock, fee, 9, 11, account_number="3-2-0501", quantity=3)
    hand_out(market, clock, haircut, 9, 30, 23, 59)
    hand_out(market, clock, market.rice, 10, 1, 0, 0)
    redeem_some(market.volunteer, market.rice)  # waits to be collected
    take_back(market, clock, back_at_once, 9, 5)
    take_back(market, clock, back_later, 10, 4)
    clock.at(10, 8)
    return market


def sheet(key, user, market, month):
    raw = {"provider": str(market.provider.pk), "month": f"{month:%Y-%m}"}
    return prepare(get(key), user, raw)


def test_the_sheet_to_the_cell(month, tmp_path):
    prepared = sheet("volunteers.settlement", month.manager, month, SEPTEMBER)
    write(prepared, str(tmp_path / "sheet.xlsx"), "xlsx")
    assert prepared.meta.file_stem == "惠民超市_积分兑换结算单_2026年9月"
    rows = CalamineWorkbook.from_path(tmp_path / "sheet.xlsx").get_sheet_by_index(0).to_python()
    assert rows[0][0] == "惠民超市2026年9月积分兑换结算单"
    assert rows[1][0].startswith("填报单位：惠民超市")
    assert rows[2] == ["类型", "商品或服务", "摘要", "笔数", "数量", "积分", "结算金额（元）"]
    assert rows[3:8] == [
        ["抵扣物业费", "抵扣物业费 10 元", "发放", 2, 4, 40, 40],
        ["服务", "理发", "发放", 1, 1, 8, 12.5],
        ["实物", "大米 5 斤", "发放", 3, 4, 20, 67.2],
        ["实物", "大米 5 斤", "退货冲减", 1, -1, -5, -16.8],
        ["合计", "", "", 7, 8, 63, 102.9],
    ]
    assert rows[8][0].startswith("注：按领取月份统计；退货在退货当月扣减")


def test_the_lines_name_the_households_number(month):
    lines = list(sheet("volunteers.settlement_lines", month.keeper, month, SEPTEMBER).mappings())
    assert [(line["what"], line["product"], line["quantity"], line["value"], line["account_number"]) for line in lines] == [
        ("发放", "大米 5 斤", 2, Decimal("33.60"), ""),
        ("发放", "大米 5 斤", 1, Decimal("16.80"), ""),
        ("发放", "大米 5 斤", 1, Decimal("16.80"), ""),
        ("退货冲减", "大米 5 斤", -1, Decimal("-16.80"), ""),
        ("发放", "抵扣物业费 10 元", 1, Decimal("10.00"), "3-2-0501"),
        ("发放", "抵扣物业费 10 元", 3, Decimal("30.00"), "3-2-0501"),
        ("发放", "理发", 1, Decimal("12.50"), ""),
    ]  # fmt: skip


def test_a_settled_month_never_changes_and_later_returns_are_negative_lines(month, clock):
    done = settle(provider=month.provider, month=SEPTEMBER, actor=month.manager)
    assert (done.lines, done.quantity, done.points, done.value) == (7, 8, Decimal("63.00"), Decimal("102.90"))
    assert done.settled_on == date(2026, 10, 8)
    settled = Redemption.objects.filter(settled_on=date(2026, 10, 8))
    assert settled.count() == 6  # all that was collected in September, whatever became of it
    again = settled.first()
    assert list(history.verify_chain(again, list(reversed(history.timeline(again))))) == []
    take_back(month, clock, Redemption.objects.get(product__name="理发"), 11, 2)
    lines = settlement_lines(Redemption.objects.all(), month.provider, SEPTEMBER)
    assert (add_up(lines).lines, add_up(lines).value) == (done.lines, done.value)
    october = add_up(settlement_lines(Redemption.objects.all(), month.provider, OCTOBER))
    assert (october.lines, october.quantity, october.value) == (2, 0, Decimal("0.00"))
    november = add_up(settlement_lines(Redemption.objects.all(), month.provider, date(2026, 11, 1)))
    assert (november.lines, november.points, november.value) == (1, Decimal("-8.00"), Decimal("-12.50"))
    clock.at(12, 1)
    loss = settle(provider=month.provider, month=date(2026, 11, 1), actor=month.manager)
    assert loss.value == Decimal("-12.50")
    books_are_true()


def test_a_month_is_settled_once_and_only_when_it_is_over(month, clock):
    clock.at(9, 30, 23, 59)
    with pytest.raises(Invalid, match="还没有结束"):
        settle(provider=month.provider, month=SEPTEMBER, actor=month.manager)
    clock.at(10, 1, 0, 0)
    settle(provider=month.provider, month=SEPTEMBER, actor=month.manager)
    with pytest.raises(Conflict, match="已于 2026-10-01 结算过"):
        settle(provider=month.provider, month=SEPTEMBER, actor=month.manager)
    with pytest.raises(Conflict, match="不用结算"):
        settle(provider=month.provider, month=date(2026, 7, 1), actor=month.manager)
    assert Settlement.objects.count() == 1


def test_only_who_answers_for_all_of_the_shops(month, tree, staff, clock):
    sister = make_user("community_worker", tree.sister_community)
    branch = shop_create(
        actor=sister, name="二分店", unit=tree.sister_community, programme=make_programme(), provider=month.provider
    )
    product = month.product(actor=sister, shop=branch, name="食用油")
    neighbour = month.neighbour(unit=tree.sister_community)
    clock.at(9, 20)
    row = redeem_some(neighbour, product)
    redemption_collect(redemption=row, actor=sister, code=code_of(row))
    clock.at(10, 8)
    with pytest.raises(Refused, match=tree.sister_community.name):
        settle(provider=month.provider, month=SEPTEMBER, actor=month.manager)
    with pytest.raises(Refused):
        settle(provider=month.provider, month=SEPTEMBER, actor=month.keeper)
    assert not Settlement.objects.exists()
    assert not Redemption.objects.filter(settled_on__isnull=False).exists()
    done = settle(provider=month.provider, month=SEPTEMBER, actor=staff["street_officer"])
    assert done.lines == 8
    mine = sheet("volunteers.settlement", month.manager, month, SEPTEMBER)
    assert "食用油" not in [row["product"] for row in mine.mappings()], "each sees the own area"
    keepers = sheet("volunteers.settlement", month.keeper, month, SEPTEMBER)
    assert "食用油" in [row["product"] for row in keepers.mappings()]


class TestPages:
    ADDRESS = "/volunteers/settlements/sheet/"

    def test_look_confirm_and_find_again(self, month, client_for):
        browser = client_for(month.manager)
        chosen = {"provider": month.provider.pk, "month": "2026-09"}
        page = browser.get(self.ADDRESS, chosen).content.decode()
        for words in ("102.90", "退货冲减", "确认结算", "3-2-0501"):
            assert words in page
        answer = browser.post(self.ADDRESS, {**chosen, "do": "settle"}, follow=True)
        assert "已确认结算：惠民超市 2026-09，共 102.90 元" in answer.content.decode()
        assert "确认结算之后不能更改" not in answer.content.decode()
        answer = browser.post(self.ADDRESS, {**chosen, "do": "settle"}, follow=True)
        assert "不能重复结算" in answer.content.decode()
        assert "2026-09" in browser.get("/volunteers/settlements/?q=惠民").content.decode()
        (row,) = prepare(get("volunteers.settlements"), month.manager, {"query": "", "columns": []}).mappings()
        assert (row["month"], row["value"]) == ("2026-09", Decimal("102.90"))

    def test_a_month_under_way_is_shown_and_not_confirmed(self, month, client_for):
        browser = client_for(month.manager)
        chosen = {"provider": month.provider.pk, "month": f"{timezone.localdate():%Y-%m}"}
        page = browser.get(self.ADDRESS, chosen).content.decode()
        assert "这个月还没有结束" in page
        assert "确认结算之后不能更改" not in page
        assert (
            "这个月还没有结束" in browser.post(self.ADDRESS, {**chosen, "do": "settle"}, follow=True).content.decode()
        )
        assert not Settlement.objects.exists()

    def test_the_keeper_looks_but_does_not_confirm(self, month, client_for):
        browser = client_for(month.keeper)
        chosen = {"provider": month.provider.pk, "month": "2026-09"}
        page = browser.get(self.ADDRESS, chosen).content.decode()
        assert "102.90" in page
        assert "确认结算" not in page
        browser.post(self.ADDRESS, {**chosen, "do": "settle"})
        assert not Settlement.objects.exists()

    @pytest.mark.parametrize(
        "chosen", [{"month": "2026-13"}, {"month": "2099-01"}, {"provider": "999999"}, {"month": ""}]
    )
    def test_what_cannot_be_chosen(self, month, client_for, chosen):
        query = {"provider": month.provider.pk, "month": "2026-09", **chosen}
        assert client_for(month.manager).get(self.ADDRESS, query).status_code == 400

    def test_both_sheets_are_exported_as_jobs(self, month, client_for):
        browser = client_for(month.manager)
        for wanted in ("sheet", "lines"):
            data = {"provider": month.provider.pk, "month": "2026-09", "do": wanted}
            answer = browser.post(self.ADDRESS, data)
            assert (answer.status_code, answer["Location"].startswith("/jobs/")) == (302, True)


def test_lines_of_a_month_are_those_of_its_days_in_the_district(month):
    lines = settlement_lines(Redemption.objects.all(), month.provider, SEPTEMBER)
    days = {timezone.localdate(line.at) for line in lines}
    assert (min(days), max(days)) == (SEPTEMBER, date(2026, 9, 30))
    assert max(days) + timedelta(days=1) == OCTOBER
