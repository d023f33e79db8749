"""Redeeming: what is written, what is refused, and that a refusal writes nothing."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from common import events as history
from common.errors import Conflict, Invalid, PlainError, Refused
from common.throttle import TooMany
from tests.factories.accounts import make_user
from tests.factories.shop import (
    OWN_CODE,
    balance_of,
    books_are_true,
    give_points,
    make_market,
    redeem_some,
    snapshot,
)
from tests.factories.volunteers import make_volunteer
from volunteers.choices import AccountKind, EntryKind, RecordSource, RedemptionState, StockReason
from volunteers.models import Entry, Line, Product, Redemption, ServiceRecord, StockMove
from volunteers.services.giving_back import lapse_due, redemption_cancel_own
from volunteers.services.handing_out import counter_redeem, find_by_code, redemption_collect
from volunteers.services.redemptions import code_of, redeem
from volunteers.services.shop import product_change, product_price, shop_close
from volunteers.services.stock import stock_receive
from volunteers.workflow import REDEMPTION_FLOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(tree, staff):
    return make_market(tree, staff)


def chain_holds(row) -> bool:
    row = type(row).objects.get(pk=row.pk)
    return list(history.verify_chain(row, list(reversed(history.timeline(row))))) == []


class TestReserving:
    def test_points_stock_and_code_change_hands_at_once(self, market):
        done = redeem(volunteer=market.volunteer, product=market.rice, request_key=uuid.uuid4(), quantity=2)
        row = Redemption.objects.get()
        assert (row.state, row.quantity, row.points, row.value) == ("reserved", 2, Decimal("10.00"), Decimal("33.60"))
        assert row.number == f"DH{timezone.localdate():%Y%m%d}0001"
        assert (len(done.code), code_of(row), bytes(row.code_hash) != done.code.encode()) == (8, done.code, True)
        last = timezone.localtime(row.keep_until)
        assert f"{last:%H:%M:%S}" == "23:59:59"
        assert last.date() == timezone.localdate() + timedelta(days=15)
        assert balance_of(market.volunteer) == Decimal("10.00")
        entry = Entry.objects.get(kind=EntryKind.REDEEM)
        assert (entry.redemption, entry.reason, entry.key) == (row, "大米 5 斤 × 2", f"redeem:{row.pk}")
        assert entry.policy is not None
        assert dict(Line.objects.filter(entry=entry).values_list("account__kind", "amount")) == {
            AccountKind.PERSON: Decimal("-10.00"), AccountKind.SHOP: Decimal("10.00"),
        }  # fmt: skip
        move = StockMove.objects.get(redemption=row)
        assert (move.change, move.reason) == (-2, StockReason.RESERVED)
        assert Product.objects.get(pk=market.rice.pk).stock == 8
        assert chain_holds(row)
        assert chain_holds(market.rice)
        books_are_true()

    def test_numbers_run_without_gaps_over_refusals(self, market):
        redeem_some(market.volunteer, market.rice)
        with pytest.raises(Refused, match="积分不够"):
            redeem_some(market.volunteer, market.product(points=Decimal("50")))
        second = redeem_some(market.volunteer, market.rice)
        assert second.number.endswith("0002")

    def test_a_service_has_no_stock_and_a_fee_needs_the_account_number(self, market):
        redeem_some(market.volunteer, market.service())
        fee = market.fee()
        before = snapshot()
        for wrong in ("", "  ", "户号?", "a" * 41):
            with pytest.raises(Invalid, match="户号") as caught:
                redeem_some(market.volunteer, fee, account_number=wrong)
            assert caught.value.field == "account_number"
        assert snapshot() == before
        row = redeem_some(market.volunteer, fee, account_number=" 3-2-0501 ")
        assert row.account_number == "3-2-0501"
        assert StockMove.objects.filter(redemption__isnull=False).count() == 0
        assert redeem_some(market.volunteer, market.rice, account_number="3-2-0501").account_number == ""

    def test_a_repeated_request_is_one_redemption(self, market):
        key = uuid.uuid4()
        first = redeem(volunteer=market.volunteer, product=market.rice, request_key=key)
        before = snapshot()
        again = redeem(volunteer=market.volunteer, product=market.rice, request_key=key)
        assert (again.redemption, again.code, again.repeated) == (first.redemption, first.code, True)
        assert snapshot() == before
        other = redeem(volunteer=market.neighbour(), product=market.rice, request_key=key)
        assert other.redemption != first.redemption, "a key belongs to one volunteer"
        assert other.code != first.code

    def test_the_price_is_that_of_the_moment(self, market):
        row = redeem_some(market.volunteer, market.rice)
        product_price(product=market.rice, actor=market.manager, points=Decimal("7"), value=Decimal("20"))
        row.refresh_from_db()
        assert (row.points, row.value) == (Decimal("5.00"), Decimal("16.80"))
        assert redeem_some(market.volunteer, market.rice).points == Decimal("7.00")


REFUSALS = {
    "too_few_points": (lambda m: {"quantity": 5}, Refused, "积分不够：现有 20.00 分，需要 25.00 分"),
    "no_pieces": (lambda m: {"quantity": 0}, Invalid, "数量应在 1 至 99 之间"),
    "too_many_pieces": (lambda m: {"quantity": 100}, Invalid, "数量应在 1 至 99 之间"),
    "not_in_stock": (lambda m: {"product": m.product(stock=1), "quantity": 2}, Conflict, "只剩 1 件"),
    "sold_out": (lambda m: {"product": m.product(stock=0)}, Conflict, "已兑完"),
    "taken_down": (lambda m: {"product": off_the_shelf(m)}, Conflict, "已下架"),
    "closed": (lambda m: closed(m), Conflict, "已停止营业"),
    "left": (lambda m: {"volunteer": m.neighbour(state="left")}, Refused, "不在册"),
    "waiting": (lambda m: {"volunteer": m.neighbour(state="waiting", is_minor=True)}, Refused, "不在册"),
    "elsewhere": (lambda m: {"volunteer": m.neighbour(unit=m.tree.sister_community)}, Refused, "只面向"),
}


def off_the_shelf(market):
    product = market.product()
    return product_change(
        product=product, actor=market.manager, name=product.name, about="", most_per_month=None, is_active=False
    )


def closed(market):
    shop_close(shop=market.shop, actor=market.manager, reason="装修")
    return {}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_says_why_and_writes_nothing(market, name):
    change, error, words = REFUSALS[name]
    values = {"volunteer": market.volunteer, "product": market.rice, "request_key": uuid.uuid4(), **change(market)}
    before = snapshot()
    with pytest.raises(error, match=words):
        redeem(**values)
    assert snapshot() == before
    if name != "closed":
        redeem_some(market.volunteer, market.rice)


def test_the_limit_per_month_counts_what_was_not_given_back(market):
    soap = market.product(points=Decimal("1"), most_per_month=2)
    first = redeem_some(market.volunteer, soap)
    redeem_some(market.volunteer, soap)
    with pytest.raises(Refused, match="每人每月最多兑换 2 件，本月已兑换 2 件"):
        redeem_some(market.volunteer, soap)
    redeem_some(market.neighbour(), soap)
    redemption_cancel_own(volunteer=market.volunteer, redemption=first)
    redeem_some(market.volunteer, soap)
    last_month = timezone.now() - timedelta(days=40)
    Redemption.objects.filter(volunteer=market.volunteer).update(reserved_at=last_month)
    redeem_some(market.volunteer, soap, quantity=2)


def test_points_are_used_only_after_the_hours_of_the_rule(tree, staff):
    programmes = [
        {"key": "volunteer", "label": "志愿积分", "groups": [], "per_hour": "1", "activity_cap_hours": "2", "joining": "5",
         "redeem_after_hours": "100", "ceiling": "1500", "valid_years": 0},
    ]  # fmt: skip
    market = make_market(tree, staff, points={"programmes": programmes})
    served(market.volunteer, "99.99")
    before = snapshot()
    with pytest.raises(Refused, match=r"累计服务满 100 小时.*99\.99 小时"):
        redeem_some(market.volunteer, market.rice)
    assert snapshot() == before
    served(market.volunteer, "0.01")
    redeem_some(market.volunteer, market.rice)


def served(volunteer, hours):
    """Hours as if confirmed, in records of a day each."""
    left, day = Decimal(hours), ServiceRecord.objects.filter(volunteer=volunteer).count()
    while left > 0:
        start = timezone.localtime().replace(
            year=2025, month=1, day=1, hour=0, minute=0, second=0, microsecond=0
        ) + timedelta(days=day)
        ServiceRecord.objects.create(
            volunteer=volunteer, unit=volunteer.unit, source=RecordSource.IMPORT, theme="civility", what="服务",
            day=start.date(), started_at=start, ended_at=start + timedelta(hours=24), hours=min(left, Decimal(24)),
            confirmed_at=start,
        )  # fmt: skip
        left, day = left - 24, day + 1


class TestCollecting:
    def test_once_with_the_code(self, market):
        row = redeem_some(market.volunteer, market.rice)
        code = code_of(row)
        assert find_by_code(actor=market.keeper, code=f" {code[:4].lower()}-{code[4:]} ") == row
        redemption_collect(redemption=row, actor=market.keeper, code=code)
        row.refresh_from_db()
        assert (row.state, row.collected_by) == ("collected", market.keeper)
        assert balance_of(market.volunteer) == Decimal("15.00")
        before = snapshot()
        at = f"{timezone.localtime(row.collected_at):%Y-%m-%d %H:%M}"
        for again in (
            lambda: find_by_code(actor=market.keeper, code=code),
            lambda: redemption_collect(redemption=row, actor=market.keeper, code=code),
        ):
            with pytest.raises(Conflict, match=rf"已于 {at} 领取过（{row.number}，经办人 周店主）"):
                again()
        assert snapshot() == before
        assert chain_holds(row)

    def test_a_wrong_code_is_counted_and_then_stopped(self, market):
        row = redeem_some(market.volunteer, market.rice)
        for _ in range(10):
            with pytest.raises(Invalid, match="没有找到这个领取码"):
                find_by_code(actor=market.keeper, code="AAAA2222")
        for attempt in (
            lambda: find_by_code(actor=market.keeper, code=code_of(row)),
            lambda: redemption_collect(redemption=row, actor=market.keeper, code=code_of(row)),
        ):
            with pytest.raises(TooMany, match="15 分钟后"):
                attempt()
        row.refresh_from_db()
        assert row.state == "reserved"
        assert find_by_code(actor=market.manager, code=code_of(row)) == row, "each person has an own count"

    def test_a_code_opens_only_its_own_counter(self, market):
        row = redeem_some(market.volunteer, market.rice)
        stranger = make_user("provider", market.tree.community)
        sister = make_user("community_worker", market.tree.sister_community)
        for person in (stranger, sister):
            with pytest.raises(Invalid, match="没有找到"):
                find_by_code(actor=person, code=code_of(row))
            with pytest.raises(Http404):
                redemption_collect(redemption=row, actor=person, code=code_of(row))
        row.refresh_from_db()
        assert row.state == "reserved"

    def test_a_guess_on_the_page_of_a_redemption_needs_its_own_code(self, market):
        row, other = redeem_some(market.volunteer, market.rice), redeem_some(market.volunteer, market.rice)
        with pytest.raises(Invalid):
            redemption_collect(redemption=row, actor=market.keeper, code=code_of(other))
        assert set(Redemption.objects.values_list("state", flat=True)) == {"reserved"}

    def test_not_after_the_time_it_is_kept_for(self, market):
        row = redeem_some(market.volunteer, market.rice)
        Redemption.objects.filter(pk=row.pk).update(keep_until=timezone.now() - timedelta(minutes=1))
        with pytest.raises(Refused, match="已经过期"):
            redemption_collect(redemption=row, actor=market.keeper, code=code_of(row))
        assert lapse_due() == 1
        with pytest.raises(Conflict, match="逾期未领，领取码已失效"):
            find_by_code(actor=market.keeper, code=code_of(row))


class TestGivingBack:
    def test_the_volunteer_cancels_once(self, market):
        row = redeem_some(market.volunteer, market.rice, quantity=2)
        redemption_cancel_own(volunteer=market.volunteer, redemption=row)
        row.refresh_from_db()
        assert (row.state, row.ended_at is not None) == ("cancelled", True)
        assert balance_of(market.volunteer) == Decimal("20.00")
        assert Product.objects.get(pk=market.rice.pk).stock == 10
        before = snapshot()
        redemption_cancel_own(volunteer=market.volunteer, redemption=row)
        assert snapshot() == before
        books_are_true()
        assert chain_holds(row)

    def test_nobody_cancels_for_somebody_else(self, market):
        row = redeem_some(market.volunteer, market.rice)
        with pytest.raises(Redemption.DoesNotExist):
            redemption_cancel_own(volunteer=market.neighbour(), redemption=row)
        row.refresh_from_db()
        assert row.state == "reserved"

    def test_what_was_collected_is_not_cancelled(self, market):
        row = collected(market)
        before = snapshot()
        with pytest.raises(Conflict, match="当前状态为“已领取”，不能取消兑换"):
            redemption_cancel_own(volunteer=market.volunteer, redemption=row)
        with pytest.raises(Conflict):
            REDEMPTION_FLOW.perform("cancel", row, market.keeper, note="弄错")
        assert snapshot() == before

    def test_the_keeper_cancels_with_a_reason(self, market):
        row = redeem_some(market.volunteer, market.rice)
        with pytest.raises(Invalid, match="请写明原因"):
            REDEMPTION_FLOW.perform("cancel", row, market.keeper, note="  ")
        REDEMPTION_FLOW.perform("cancel", row, market.keeper, note="缺货")
        event = history.timeline(row).first()
        assert event.data == {"by": "店方", "reason": "缺货", "points": "5.00"}
        assert Entry.objects.get(kind=EntryKind.REVERSE).reason == "取消：缺货"
        books_are_true()

    def test_what_is_kept_too_long_lapses_once(self, market):
        row, fresh = redeem_some(market.volunteer, market.rice), redeem_some(market.volunteer, market.rice)
        assert lapse_due() == 0
        Redemption.objects.filter(pk=row.pk).update(keep_until=timezone.now() - timedelta(seconds=1))
        assert lapse_due() == 1
        row.refresh_from_db()
        fresh.refresh_from_db()
        assert (row.state, fresh.state) == ("lapsed", "reserved")
        assert (balance_of(market.volunteer), Product.objects.get(pk=market.rice.pk).stock) == (Decimal("15.00"), 9)
        before = snapshot()
        assert lapse_due() == 0
        assert snapshot() == before
        books_are_true()

    def test_the_keeper_lets_lapse_only_what_is_overdue(self, market):
        row = redeem_some(market.volunteer, market.rice)
        with pytest.raises(Refused, match="还没有过期"):
            REDEMPTION_FLOW.perform("lapse", row, market.keeper)
        Redemption.objects.filter(pk=row.pk).update(keep_until=timezone.now() - timedelta(seconds=1))
        REDEMPTION_FLOW.perform("lapse", row, market.keeper)
        row.refresh_from_db()
        assert row.state == "lapsed"
        books_are_true()

    @pytest.mark.parametrize(("to_stock", "stock"), [(True, 10), (False, 9)])
    def test_goods_come_back_to_the_stock_or_are_written_off(self, market, to_stock, stock):
        row = collected(market)
        REDEMPTION_FLOW.perform("return", row, market.keeper, note="包装破损", to_stock=to_stock)
        row.refresh_from_db()
        assert (row.state, balance_of(market.volunteer)) == (RedemptionState.RETURNED, Decimal("20.00"))
        assert Product.objects.get(pk=market.rice.pk).stock == stock
        with pytest.raises(Conflict):
            REDEMPTION_FLOW.perform("return", row, market.keeper, note="又一次", to_stock=True)
        books_are_true()
        assert chain_holds(row)

    def test_no_points_go_back_to_somebody_who_was_erased(self, market):
        row = collected(market)
        type(market.volunteer).objects.filter(pk=market.volunteer.pk).update(state="erased")
        before = snapshot()
        with pytest.raises(Refused, match="已注销"):
            REDEMPTION_FLOW.perform("return", row, market.keeper, note="破损", to_stock=True)
        assert snapshot() == before


def collected(market, volunteer=None, product=None, **values):
    row = redeem_some(volunteer or market.volunteer, product or market.rice, **values)
    redemption_collect(redemption=row, actor=market.keeper, code=code_of(row))
    return Redemption.objects.get(pk=row.pk)


class TestAtTheCounter:
    def test_the_keeper_redeems_for_who_shows_number_and_code(self, market):
        done = counter_redeem(
            actor=market.keeper, number=f" {market.volunteer.number.lower()} ", code=OWN_CODE.lower(),
            product=market.rice, request_key=uuid.uuid4(),
        )  # fmt: skip
        assert done.redemption.volunteer == market.volunteer
        assert history.timeline(done.redemption).first().actor == market.keeper

    def test_wrong_number_and_wrong_code_answer_alike(self, market):
        before = snapshot()
        nobody = make_volunteer(market.tree.grid)  # has no code yet
        for number, code in (("T999", OWN_CODE), (market.volunteer.number, "ZZZZZZZZZZ"), (nobody.number, "")):
            with pytest.raises(Invalid, match="不相符"):
                counter_redeem(
                    actor=market.keeper, number=number, code=code, product=market.rice, request_key=uuid.uuid4()
                )
        assert snapshot() == before

    def test_guesses_are_limited(self, market):
        def attempt(code: str) -> None:
            counter_redeem(
                actor=market.keeper, number=market.volunteer.number, code=code, product=market.rice,
                request_key=uuid.uuid4(),
            )  # fmt: skip

        for _ in range(10):
            with pytest.raises(Invalid):
                attempt("ZZZZZZZZZZ")
        with pytest.raises(TooMany):
            attempt(OWN_CODE)
        assert not Redemption.objects.exists()

    def test_a_keeper_sells_only_over_the_own_counter(self, market):
        stranger = make_user("provider", market.tree.community)
        with pytest.raises(Http404):
            counter_redeem(
                actor=stranger, number=market.volunteer.number, code=OWN_CODE, product=market.rice,
                request_key=uuid.uuid4(),
            )  # fmt: skip
        assert not Redemption.objects.exists()


# --- who may do what, from the table


@pytest.mark.parametrize("action", REDEMPTION_FLOW.actions)
def test_who_may_do_an_action(market, staff, action):
    data = {
        "collect": lambda row: {"code": code_of(row)}, "cancel": lambda row: {"note": "缺货"}, "lapse": lambda row: {},
        "return": lambda row: {"note": "破损", "to_stock": True},
    }[action]  # fmt: skip
    people = {
        **{role: User.objects.get(pk=user.pk) for role, user in staff.items()},
        "keeper": User.objects.get(pk=market.keeper.pk),
        "other_community": make_user("community_worker", market.tree.sister_community),
        "stranger": make_user("provider", market.tree.community),
    }
    may = {"district_officer", "street_officer", "community_worker", "keeper"}
    give_points(market.volunteer, "100")
    stock_receive(product=market.rice, actor=market.keeper, quantity=10)
    for name, person in people.items():
        row = redeem_some(market.volunteer, market.rice) if action != "return" else collected(market)
        if action == "lapse":
            Redemption.objects.filter(pk=row.pk).update(keep_until=timezone.now() - timedelta(seconds=1))
        before = snapshot()
        if name in may:
            REDEMPTION_FLOW.perform(action, row, person, **data(row))
            assert snapshot() != before
            continue
        with pytest.raises((Http404, PlainError)):
            REDEMPTION_FLOW.perform(action, row, person, **data(row))
        assert snapshot() == before, name
    books_are_true()


def test_dates_do_not_depend_on_the_servers_zone(market, monkeypatch):
    """Just after midnight in the district it is still yesterday in UTC."""
    late = timezone.localtime().replace(year=2026, month=9, day=1, hour=0, minute=5)
    monkeypatch.setattr("volunteers.services.redemptions.timezone.now", lambda: late)
    row = redeem_some(market.volunteer, market.rice)
    assert row.number == "DH202609010001"
    assert timezone.localdate(row.keep_until) == date(2026, 9, 16)
