"""Growth of the demo's community workers: a year's training, a rotation under way, a pair, a contest, attendance.

Played through the services by the district; what was signed day by day is written in one go. Chance comes from the seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from accounts.models import User
from common import calendar
from config.demo.season import standing_at
from config.demo.seeds import rng
from grid.choices import Level
from grid.models import Unit
from staff.choices import Rank
from staff.choices_growth import Award, DayMark, PathPost, SignWay
from staff.models import AttendanceDay, Enrolment, TrainingPlan, TrainingSession, Worker
from staff.scheduling import period_of
from staff.selectors.attendance import office_hours
from staff.services import contests, enrolments, exams, mentoring, rotation, training
from staff.services.attendance import day_mark
from staff.services.attendance_months import sheet_close

# Days ago, name, kind, hours.
SESSIONS = (
    (150, "党的创新理论进社区", "party", "4"), (40, "入户走访与群众工作方法", "service", "6"), (-6, "社区应急处置演练", "safety", "4"),
    (-20, "数据表格与信息系统应用", "digital", "3"),
)  # fmt: skip
SITES, PERIODS = 6, 6


@dataclass
class Growing:
    """``chief`` arranges everything; the people of the communities of ``accounts`` sign in day by day."""

    chief: User
    accounts: dict[str, User]  # named community workers by the code of their community
    now: datetime
    seed: int

    def play(self) -> None:
        self.district = Unit.objects.get(level=Level.DISTRICT)
        self.people = list(Worker.objects.active().select_related("unit", "user").order_by("unit__path", "number"))
        plan = self._plan()
        for number, lesson in enumerate(SESSIONS):
            self._session(plan, number, *lesson)
        self._exam(plan)
        self._rotation()
        self._pairs()
        self._contest()
        for code in self.accounts:
            self._attendance(Unit.objects.get(code=code))

    @property
    def mine(self) -> list[Worker]:
        """Everybody of the communities where the named accounts are."""
        return [one for one in self.people if one.unit.code in self.accounts]

    # --- training

    def _plan(self) -> TrainingPlan:
        with standing_at(self._moment(max(item[0] for item in SESSIONS) + 10)):
            about = "围绕接诉即办、群众工作和应急处置，全员轮训，学用结合。"
            return training.plan_create(
                actor=self.chief, unit=self.district, year=self.now.year, title="社区工作者能力提升", about=about
            )

    def _session(self, plan: TrainingPlan, number: int, ago: int, title: str, subject: str, hours: str) -> None:
        starts = self._moment(ago, 9)
        if starts.year != plan.year:
            return
        length = Decimal(hours)
        with standing_at(min(starts, self.now) - timedelta(days=7)):
            row = training.session_create(
                plan=plan, actor=self.chief, title=title, subject=subject, starts_at=starts,
                ends_at=starts + timedelta(hours=int(length)), place="区委党校报告厅", hours=length, capacity=60, teacher="区委党校",
            )  # fmt: skip
            chance = rng(self.seed, "training", number)
            invited = [*self.mine, *chance.sample(self.people, min(4, len(self.people)))]
            joined = [
                enrolments.enrol_for(session=row, actor=self.chief, worker=one) for one in dict.fromkeys(invited)
            ]  # fmt: skip
        if starts < self.now:
            self._held(row, joined)

    def _held(self, row: TrainingSession, joined: Sequence[Enrolment]) -> None:
        with standing_at(row.ends_at + timedelta(minutes=10)):
            for place, one in enumerate(joined):
                if place % 9 != 8:
                    enrolments.enrolment_correct(
                        enrolment=one, actor=self.chief, present=True, hours=row.hours, reason="现场签到表"
                    )
            training.session_end(session=row, actor=self.chief)

    def _exam(self, plan: TrainingPlan) -> None:
        day = (self.now - timedelta(days=30)).date()
        with standing_at(self.now - timedelta(days=29)):
            row = exams.exam_create(
                plan=plan, actor=self.chief, title="接诉即办应知应会", held_on=day, full_marks=Decimal(100)
            )  # fmt: skip
            for one in self.mine:
                chance = rng(self.seed, "exam", one.number)
                score = Decimal(chance.randrange(104, 198)) / 2
                exams.score_set(exam=row, actor=self.chief, worker=one, score=score)

    # --- rotation, mentors, contest

    def _rotation(self) -> None:
        """A plan of six half months that began a month ago, at six communities."""
        places = list(Unit.objects.filter(level=Level.COMMUNITY, is_active=True).order_by("path"))
        step = max(len(places) // SITES, 1)
        start = period_of(self.now.date() - timedelta(days=31)).first
        with standing_at(datetime.combine(start, time(9), tzinfo=self.now.tzinfo) - timedelta(days=5)):
            for place in places[::step][:SITES]:
                rotation.site_add(actor=self.chief, unit=self.district, place=place)
            plan = rotation.rotation_create(
                actor=self.chief, unit=self.district, title="全员跟班轮训", first_day=start, periods=PERIODS
            )
            rotation.rotation_plan(plan=plan, actor=self.chief)
        over = plan.turns.filter(last_day__lt=self.now.date()).order_by("pk")
        with standing_at(self.now - timedelta(days=1)):
            for number, turn in enumerate(over[:4]):
                rotation.turn_rate(turn=turn, actor=self.chief, result="good" if number % 2 else "qualified", note="")

    def _pairs(self) -> None:
        """Each named worker learns from the head of their community."""
        began = self.now - timedelta(days=45)
        for one in self.mine:
            if one.user_id is None:
                continue
            head = next(
                (
                    other
                    for other in self.mine
                    if other.unit_id == one.unit_id and other.rank in (Rank.BOTH_HEADS, Rank.HEAD)
                ),
                None,
            )
            if head is None:
                continue
            with standing_at(began):
                pair = mentoring.pair_create(
                    actor=self.chief, mentor=head, apprentice=one, goals="三个月内能独立受理、走访、办结诉求，会写办理情况。",
                    started_on=began.date(), planned_end=began.date() + timedelta(days=92),
                )  # fmt: skip
            for days, note in ((30, "一起入户走访 6 户，学会填写走访记录。"), (9, "独立受理一件物业诉求，师傅点评。")):
                with standing_at(self.now - timedelta(days=days)):
                    mentoring.pair_note_own(
                        pair=pair, user=one.user, day=(self.now - timedelta(days=days)).date(), note=note
                    )

    def _contest(self) -> None:
        held = (self.now - timedelta(days=60)).date()
        awards = (Award.FIRST, Award.SECOND, Award.SECOND, Award.THIRD)
        with standing_at(self.now - timedelta(days=58)):
            row = contests.contest_create(
                actor=self.chief, unit=self.district, title="社区工作者技能比武", held_on=held, about="诉求办理实操、政策问答、情景调解三项。"
            )  # fmt: skip
            scores = {
                one: Decimal(rng(self.seed, "contest", one.number).randrange(7400, 9200)) / 100 for one in self.mine[:6]
            }
            for place, one in enumerate(sorted(scores, key=scores.__getitem__, reverse=True)):
                award = awards[place] if place < len(awards) else Award.NONE
                contests.result_set(contest=row, actor=self.chief, worker=one, score=scores[one], award=award)
            deputy = next((one for one in self.people if one.rank == Rank.DEPUTY), None)
            if deputy is not None:
                contests.promotion_record(
                    actor=self.chief, worker=deputy, from_post=PathPost.MEMBER, to_post=PathPost.DEPUTY, promoted_on=held,
                    document=f"区组〔{held.year}〕17号",
                )  # fmt: skip

    # --- attendance

    def _attendance(self, unit: Unit) -> None:
        """Last month, closed, and this month up to yesterday; one day was forgotten and put right, one has no excuse."""
        people = [one for one in self.people if one.unit_id == unit.pk]
        first = (self.now.date().replace(day=1) - timedelta(days=1)).replace(day=1)
        days = [day for day in _days(first, self.now.date()) if calendar.current().is_working_day(day)]
        AttendanceDay.objects.bulk_create(
            row for one in people for place, day in enumerate(days) if (row := self._day(one, day, place)) is not None
        )
        last_month = [day for day in days if day.month == first.month]
        with standing_at(self.now):
            day_mark(
                worker=people[0], actor=self.chief, day=last_month[3], mark=DayMark.ERRAND, reason="到区里参加会议"
            )
            sheet_close(actor=self.chief, unit=unit, month=first)

    def _day(self, one: Worker, day: date, place: int) -> AttendanceDay | None:
        chance = rng(self.seed, "attendance", one.number, day)
        opening, closing = office_hours(calendar.current(), day)
        forgotten = place == 3 and one.rank in (Rank.BOTH_HEADS, Rank.HEAD)
        unexcused = place == 8 and one.rank == Rank.WORKER and one.user_id is None
        if forgotten or unexcused:
            return None
        late = 25 if chance.random() < 0.04 else 0
        return AttendanceDay(
            worker=one, day=day, signed_in_at=opening + timedelta(minutes=late - chance.randrange(2, 18)),
            signed_out_at=closing + timedelta(minutes=chance.randrange(0, 25)), in_way=SignWay.PHONE, out_way=SignWay.PHONE,
        )  # fmt: skip

    def _moment(self, days_ago: int, hour: int = 9) -> datetime:
        day = self.now.date() - timedelta(days=days_ago)
        return datetime.combine(day, time(hour), tzinfo=self.now.tzinfo)


def _days(first: date, end: date) -> Iterator[date]:
    """From a day up to the day before another."""
    while first < end:
        yield first
        first += timedelta(days=1)
