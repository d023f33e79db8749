"""A season of volunteer service in the two communities whose workers have named accounts.

Played through the services themselves, each step at its own moment of the last weeks, so that hours, points,
stars, stock and histories are what they would be in real life. Chance comes from the demo's seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from unittest.mock import patch

from django.utils import timezone

from accounts.models import User
from config.demo.people import name_of, phone_of
from config.demo.seeds import rng, stable_uuid
from grid.models import Unit
from volunteers.choices import Group, MenuList, OrderKind, ProductKind, ProviderKind, Skill
from volunteers.models import Activity, Order, Participation, Programme, Provider, Shop, Volunteer
from volunteers.services import activities, claims, order_reviews, orders, providers, redemptions, shop, teams
from volunteers.services.attendance import sign_in, sign_out
from volunteers.services.handing_out import redemption_collect
from volunteers.services.hours import activity_confirm
from volunteers.services.participation import activity_join
from volunteers.services.people import volunteer_sign_up
from volunteers.services.points import may_redeem

WEEKS = 10
NICKNAMES = (
    "向阳花",
    "老街坊",
    "热心肠",
    "小红帽",
    "晨光",
    "暖阳",
    "山里人",
    "大刘",
    "青松",
    "雨露",
    "小石头",
    "满天星",
)
PLANS = (
    ("楼道杂物清理", "civility", "各楼栋楼道"), ("独居老人探访", "elderly", "老人家中"), ("小广场环境整治", "environment", "社区小广场"),
    ("义诊量血压", "health", "党群服务中心"), ("冬季防火巡查", "safety", "沿街商铺"), ("便民理发", "convenience", "党群服务中心"),
    ("课后作业辅导", "children", "四点半课堂"), ("红色电影放映", "party", "社区活动室"),
)  # fmt: skip
GOODS = (
    ("洗衣液", ProductKind.GOODS, "8", "12.50", 30), ("食用盐", ProductKind.GOODS, "2", "2.50", 80),
    ("毛巾", ProductKind.GOODS, "3", "6.00", 40), ("理发一次", ProductKind.SERVICE, "5", "10.00", None),
    ("物业费抵扣 10 元", ProductKind.PROPERTY_FEE, "10", "10.00", None),
)  # fmt: skip
WANTS = (
    ("陪老人去医院取药", OrderKind.SERVICE), ("水龙头漏水请帮忙看看", OrderKind.SERVICE), ("想给孩子找位作业辅导", OrderKind.SERVICE),
    ("想要一副老花镜", OrderKind.WISH), ("楼下长椅坏了一条腿", OrderKind.REPORT), ("独居老人家灯不亮", OrderKind.REPORT),
)  # fmt: skip


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """What happens inside happens at ``moment``: the services read the clock through ``timezone.now``."""
    with patch.object(timezone, "now", lambda: moment):
        yield


@dataclass
class Season:
    """One community's season. ``worker`` runs it, ``operator`` acts for its property firm."""

    unit: Unit
    worker: User
    operator: User
    now: datetime
    seed: int

    def play(self) -> None:
        people = self._sign_up()
        self._teams(people)
        for number, plan in enumerate(PLANS):
            self._activity(number, plan, people)
        self._orders(people)
        self._shop(people)

    def _moment(self, days: int, hour: int, minute: int = 0) -> datetime:
        """A clock of a day so many days ago (or to come, below zero)."""
        day: date = timezone.localdate(self.now) - timedelta(days=days)
        return datetime.combine(day, time(hour, minute), timezone.get_default_timezone())

    def _sign_up(self) -> list[Volunteer]:
        found = []
        for number in range(24):
            chance = rng(self.seed, "volunteer", self.unit.code, number)
            with standing_at(self._moment(WEEKS * 7 - number % 9, 9, number)):
                signed = volunteer_sign_up(
                    actor=self.worker, unit=self.unit, name=name_of(chance), phone=phone_of(chance),
                    birth_date=date(1950 + chance.randrange(50), 1 + chance.randrange(12), 1 + chance.randrange(28)),
                    group=chance.choice((Group.RESIDENT, Group.RESIDENT, Group.PARTY_MEMBER, Group.CHIEF)),
                    nickname=f"{chance.choice(NICKNAMES)}{number + 1}", skills=[chance.choice(Skill.values)],
                    display_consent=chance.random() < 0.6,
                    request_key=stable_uuid(self.seed, "volunteer", self.unit.code, number),
                )  # fmt: skip
            found.append(signed.volunteer)
        return found

    def _teams(self, people: list[Volunteer]) -> None:
        with standing_at(self._moment(WEEKS * 7 - 12, 10)):
            for number, (name, theme) in enumerate((("红马甲志愿服务队", "civility"), ("银龄互助队", "elderly"))):
                team = teams.team_create(actor=self.worker, unit=self.unit, name=name, theme=theme)
                members = people[number * 8 : number * 8 + 8]
                for volunteer in members:
                    teams.team_join(team=team, actor=self.worker, volunteer=volunteer)
                teams.team_lead(team=team, actor=self.worker, leader=members[0])

    def _activity(self, number: int, plan: tuple[str, str, str], people: list[Volunteer]) -> None:
        """Six that are over (the last one waits for its hours), two to come."""
        title, theme, place = plan
        days = 42 - number * 8 if number < 6 else -3 * (number - 5)
        starts, ends = self._moment(days, 9), self._moment(days, 11, 30)
        with standing_at(min(starts, self.now) - timedelta(days=4)):
            row = activities.activity_create(
                actor=self.worker, unit=self.unit, title=title, theme=theme, place=place, starts_at=starts, ends_at=ends,
                capacity=10, about=f"{title}，请自带手套，穿方便活动的衣服。",
            )  # fmt: skip
            row = activities.activity_publish(activity=row, actor=self.worker)
            first = number * 3 % len(people)
            joined = [
                activity_join(activity=row, volunteer=people[(first + place) % len(people)]) for place in range(7)
            ]
        if number < 6:
            self._serve(row, joined, starts, ends, confirmed=number < 5)

    def _serve(
        self, row: Activity, joined: list[Participation], starts: datetime, ends: datetime, *, confirmed: bool
    ) -> None:
        for place, one in enumerate(joined[:-1]):  # the last one stays away
            with standing_at(starts + timedelta(minutes=place - 4)):
                sign_in(participation=one)
            with standing_at(ends + timedelta(minutes=place)):
                sign_out(participation=one)
        with standing_at(ends + timedelta(hours=2)):
            row = activities.activity_end(activity=row, actor=self.worker)
        if confirmed:
            with standing_at(ends + timedelta(hours=3)):
                activity_confirm(activity=row, actor=self.worker)

    def _orders(self, people: list[Volunteer]) -> None:
        firm = self._firm()
        for number, (title, kind) in enumerate(WANTS):
            chance = rng(self.seed, "order", self.unit.code, number)
            placed = self._moment(14 - 2 * number, 10, 5)
            with standing_at(placed):
                order = orders.order_place(
                    actor=self.worker, unit=self.unit, title=title, kind=kind, name=name_of(chance),
                    phone=phone_of(chance), place=f"{number + 1}号楼",
                    request_key=stable_uuid(self.seed, "order", self.unit.code, number),
                ).order  # fmt: skip
            if number < 4:
                self._work_off(order, placed, people[number * 5 % len(people)], firm, done=number < 3)

    def _firm(self) -> Provider:
        with standing_at(self._moment(WEEKS * 7 - 14, 9)):
            firm = providers.provider_create(
                actor=self.worker, unit=self.unit, operators=[self.operator], name="安居物业服务有限公司",
                kind=ProviderKind.PROPERTY_FIRM, about="水电维修、楼道保洁", phone="0439-8200000",
            )  # fmt: skip
            for title, kind in (("水电小修", OrderKind.PROPERTY), ("楼道照明维修", OrderKind.PROPERTY)):
                providers.menu_item_add(
                    actor=self.worker, unit=self.unit, list=MenuList.RESOURCE, title=title, kind=kind, provider=firm,
                    theme="convenience",
                )  # fmt: skip
        return firm

    def _work_off(self, order: Order, placed: datetime, volunteer: Volunteer, firm: Provider, *, done: bool) -> None:
        with standing_at(placed + timedelta(hours=1)):
            order = orders.order_publish(order=order, actor=self.worker)
        with standing_at(placed + timedelta(hours=2)):
            order = claims.order_claim_as_volunteer(order=order, volunteer=volunteer)
        if not done:
            return
        with standing_at(placed + timedelta(hours=9)):
            order = claims.order_complete(
                order=order, actor=self.worker, day=timezone.localdate(placed), start=time(14, 30),
                hours=Decimal("1.5"), result="已上门，居民当面确认。",
            )  # fmt: skip
        with standing_at(placed + timedelta(days=1)):
            order_reviews.order_review(order=order, actor=self.worker, stars=5, note="来得快，态度好。")

    def _shop(self, people: list[Volunteer]) -> None:
        with standing_at(self._moment(30, 9)):
            place = shop.shop_create(
                actor=self.worker, unit=self.unit, name=f"{self.unit.name}积分超市", address="党群服务中心一楼",
                hours="周一至周五 9:00—16:30", programme=Programme.objects.get(key="volunteer"),
            )  # fmt: skip
            self._fill(place)
        cheapest = place.products.order_by("points")[0]
        for number, volunteer in enumerate(people[:5]):
            with standing_at(self._moment(2, 15, number)):
                account = volunteer.accounts.filter(programme=place.programme).first()
                enough = account is not None and (account.balance or 0) >= cheapest.points
                if not enough or not may_redeem(volunteer, place.programme, timezone.localdate()):
                    continue
                key = stable_uuid(self.seed, "redemption", self.unit.code, number)
                redeemed = redemptions.redeem(volunteer=volunteer, product=cheapest, request_key=key)
            if number % 2 == 0:
                with standing_at(self._moment(1, 10, number)):
                    redemption_collect(redemption=redeemed.redemption, actor=self.worker, code=redeemed.code)

    def _fill(self, place: Shop) -> None:
        for name, kind, points, value, stock in GOODS:
            shop.product_create(
                actor=self.worker, shop=place, name=name, kind=kind, points=Decimal(points), value=Decimal(value),
                stock=stock,
            )  # fmt: skip
