"""A worker's own training, rotation, mentor and attendance, phone first. Nothing of others."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common import sign_codes
from common.errors import Conflict, PlainError
from common.masks import mask_name
from common.pages import ScopedFormView
from grid.models import Unit
from staff.choices_growth import COLOURS, DAY_COLOURS, PENDING, DayState, EnrolmentState
from staff.forms.growth import NoteForm
from staff.models import Enrolment, MentorPair, TrainingSession, Worker
from staff.selectors.attendance import Look, led_unit, own_month, scanned_unit
from staff.selectors.own_growth import own_growth, today_of
from staff.selectors.training import scanned_session, waiting_place
from staff.services.attendance import day_sign, secret_of
from staff.services.enrolments import enrol, sign_training, withdraw
from staff.services.enrolments import secret_of as training_secret
from staff.services.mentoring import pair_note_own
from staff.views.attendance import words_of
from staff.views.own import OWN, OwnMixin
from staff.views.training import when

HERE = "我的成长"
SCANNED = "staff"


def trail(label: str) -> tuple[tuple[str, str | None], ...]:
    return (OWN, reverse("staff:own")), (label, None)


class OwnGrowthPage(OwnMixin, View):
    """Hours owed and done, trainings to come, exams, rotation, mentor, contests, promotion."""

    def get(self, request: HttpRequest) -> HttpResponse:
        mine = own_growth(self.worker)
        context = {
            "page_title": HERE, "breadcrumbs": trail(HERE), "mine": mine,
            "sessions": [_session(session, one) for session, one in mine.sessions],
            "turns": list(mine.turns), "scores": [(one, score_text(one)) for one in mine.scores],
            "pairs": [_pair(pair, self.worker) for pair in mine.pairs],
        }  # fmt: skip
        return render(request, "staff/own/growth.html", context)


def score_text(one: Any) -> str:
    if one.score is None:
        return "缺考"
    return f"{one.score.normalize():f} 分，{'合格' if one.passed else '不合格'}"


def _session(session: TrainingSession, mine: Enrolment | None) -> dict[str, Any]:
    free = max(session.capacity - session.taken, 0)  # type: ignore[attr-defined]
    begun = session.starts_at <= timezone.now()
    return {
        "row": session, "when": when(session), "free": free, "may_join": not begun and mine is None,
        "badge": (place_words(mine), COLOURS[EnrolmentState(mine.state)]) if mine else None,
        "begun": begun and (mine is None or mine.state == EnrolmentState.WAITING),
        "may_leave": not begun and mine is not None and mine.state in PENDING,
        "leave": "退出候补" if mine is not None and mine.state == EnrolmentState.WAITING else "退出",
    }  # fmt: skip


def place_words(mine: Enrolment) -> str:
    """How one's own enrolment stands: of a waiting list, with the place in it."""
    label = mine.get_state_display()
    return f"{label}第 {waiting_place(mine)} 位" if mine.state == EnrolmentState.WAITING else label


def _pair(pair: MentorPair, worker: Worker) -> dict[str, Any]:
    teaches = pair.mentor_id == worker.pk
    other = pair.apprentice if teaches else pair.mentor
    return {
        "row": pair, "title": f"{'徒弟' if teaches else '师傅'}：{mask_name(other.person.name)}（{other.unit.name}）",
        "notes": list(pair.check_ins.all()[:5]),
    }  # fmt: skip


class Enrol(OwnMixin, View):
    model = TrainingSession

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            mine = enrol(session=TrainingSession(pk=pk), user=request.user)
            if mine.state == EnrolmentState.WAITING:
                words = f"名额已满，已排入{place_words(mine)}；有人退出或增加名额时自动为您报名，并发消息告诉您。"
                messages.warning(request, words)
            else:
                messages.success(request, "已报名。")
        except PlainError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(reverse("staff:own-growth"))


class Withdraw(OwnMixin, View):
    model = TrainingSession

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            withdraw(session=TrainingSession(pk=pk), user=request.user)
            messages.success(request, "已退出报名。")
        except PlainError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(reverse("staff:own-growth"))


class NoteOwn(ScopedFormView):
    """A note of one's own pair."""

    form_class = NoteForm
    page_title = "带教记录"
    page_lead = "写明教了什么、学会了什么。"
    cancel_url = "staff:own-growth"
    success_url = "staff:own-growth"
    success_message = "已记录。"
    breadcrumbs = ((HERE, "/staff/me/growth/"), ("带教记录", None))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            found = MentorPair.objects.own(request.user).filter(pk=kwargs["pk"], state="active").first()
            if found is None:
                raise Http404
            self.pair = found
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.BaseForm) -> Any:
        return pair_note_own(pair=self.pair, user=self.request.user, submission=self.submission, **form.cleaned_data)


# --- codes


class ScanView(OwnMixin, View):
    """Where a QR code leads; a button signs, so that a preview of the address does nothing.

    ``self.subject`` is what is signed for, ``self.kind`` in or out.
    """

    subject: Any
    kind: str

    def find(self, pk: int) -> Any:
        raise NotImplementedError

    def secret(self) -> str:
        raise NotImplementedError

    def sign(self) -> Any:
        raise NotImplementedError

    def lines(self) -> list[str]:
        raise NotImplementedError

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        scan = sign_codes.parse(kwargs["token"])
        self.scan = scan
        self.subject = self.find(scan.pk) if scan is not None else None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            if self.scan is None or self.subject is None:
                raise Http404("这个二维码不是签到码，请扫描现场的二维码。")
            self.kind = self.scan.kind
            if not sign_codes.was_fresh(request.session, SCANNED, self.scan, self.secret(), timezone.now()):
                raise Conflict("二维码已经更新，请重新扫描现场的二维码。")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        word = sign_codes.WORDS[self.kind]
        context = {"page_title": word, "breadcrumbs": trail(word), "verb": word, "lines": self.lines()}
        return render(request, "staff/own/scan.html", context)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            messages.success(request, self.sign().text)
        except PlainError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(self.after())

    def after(self) -> str:
        raise NotImplementedError


class OwnSign(ScanView):
    """The code of a training's screen."""

    def find(self, pk: int) -> TrainingSession | None:
        return scanned_session(pk)

    def secret(self) -> str:
        return training_secret(self.subject)

    def lines(self) -> list[str]:
        return [self.subject.title, when(self.subject), self.subject.place]

    def sign(self) -> Any:
        return sign_training(session=self.subject, user=self.request.user, kind=self.kind)

    def after(self) -> str:
        return reverse("staff:own-growth")


class OwnDaySign(ScanView):
    """The code of a unit's screen."""

    def find(self, pk: int) -> Unit | None:
        return scanned_unit(pk)

    def secret(self) -> str:
        return secret_of(self.subject)

    def lines(self) -> list[str]:
        return [str(self.subject), f"{timezone.localtime():%Y-%m-%d %H:%M}"]

    def sign(self) -> Any:
        return day_sign(user=self.request.user, kind=self.kind, unit=self.subject)

    def after(self) -> str:
        return reverse("staff:own-attendance")


# --- attendance


class OwnAttendance(OwnMixin, View):
    """Today's button, and one's own month."""

    def get(self, request: HttpRequest) -> HttpResponse:
        today = timezone.localdate()
        month = today.replace(day=1)
        days = [_day(day, look) for day, look in reversed(own_month(self.worker, month)) if _shown(look, day, today)]
        led = led_unit(request.user)
        context = {
            "page_title": "我的考勤", "breadcrumbs": trail("我的考勤"), "today": today_of(self.worker), "days": days,
            "month": f"{month.year} 年 {month.month} 月", "led": led,
        }  # fmt: skip
        return render(request, "staff/own/attendance.html", context)


def _shown(look: Look, day: date, today: date) -> bool:
    return day < today and (look.state != DayState.OFF or look.row is not None)


def _day(day: date, look: Look) -> dict[str, Any]:
    return {"day": day, "label": look.state.label, "colour": DAY_COLOURS[look.state], "words": words_of(look)}


class SignDay(OwnMixin, View):
    def post(self, request: HttpRequest) -> HttpResponse:
        kind, place = request.POST.get("kind", ""), request.POST.get("place", "")
        try:
            messages.success(request, day_sign(user=request.user, kind=kind, place=place).text)
        except PlainError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(reverse("staff:own-attendance"))
