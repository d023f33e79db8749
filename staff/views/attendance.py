"""Attendance for the office and for the head of a unit: the day's board, the month, corrections, closed months."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views import View

from common import calendar, sign_codes
from common.masks import mask_name
from common.months import last_day, written_month
from common.pages import (
    ActionView,
    Empty,
    Link,
    Ordering,
    ScopedDetailView,
    ScopedFormView,
    ScopedListView,
    SignedInMixin,
)
from common.qr import qr_svg
from common.timeline import timeline_of
from grid.models import Unit
from staff import permissions
from staff.choices_growth import COLOURS, DAY_COLOURS, DayState, SheetState
from staff.filters.growth import SheetFilter, TotalFilter
from staff.forms.attendance import CloseForm, MarkForm
from staff.models import AttendanceSheet, AttendanceTotal, Worker
from staff.selectors.attendance import Look, MonthLine, board, board_units, days_known, kept_worker, month_lines
from staff.services.attendance import day_mark, secret_of
from staff.services.attendance_months import sheet_close
from staff.tables.growth import SheetTable, TotalTable
from staff.views.growth_base import TEAM, buttons, found_by_worker
from staff.workflow import SHEET_FLOW

BOARD = ("考勤", "/staff/attendance/")
SHEETS = ("考勤月报", "/staff/attendance/sheets/")
PROBLEMS = (DayState.MISSING, DayState.LATE, DayState.EARLY)
SHOWN = 300  # people on one page: of a whole district those who need a look come first
FIRST = (*PROBLEMS, DayState.WAITING)  # the order of the board; everybody else follows as the organisation has it


def chosen_unit(user: Any, wanted: str) -> tuple[Unit, list[Unit]]:
    """The unit asked for among those whose attendance somebody sees, else the first; ``Http404`` for everybody else."""
    units = board_units(user)
    return next((one for one in units if str(one.pk) == wanted), units[0]), units


def chosen_day(text: str) -> date:
    """A day of the last year; today for anything else."""
    today = timezone.localdate()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if today - timedelta(days=366) <= day <= today else today


# --- the day


class Board(SignedInMixin, View):
    """Who came, who is late, away (and who covers), or has not signed: what needs a look first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        unit, units = chosen_unit(request.user, request.GET.get("unit", ""))
        day = chosen_day(request.GET.get("day", ""))
        looks = board(unit, day)
        counts = Counter(look.state for _, look in looks)
        looks.sort(key=lambda one: FIRST.index(one[1].state) if one[1].state in FIRST else len(FIRST))
        lines = [line_of(worker, look, day, request.user) for worker, look in looks[:SHOWN]]
        context = {
            "page_title": "考勤", "page_lead": f"{unit.name} {day:%Y-%m-%d}{'' if works_on(day) else '（休息日）'}",
            "breadcrumbs": (TEAM, ("考勤", None)), "unit": unit, "units": units, "day": day, "today": timezone.localdate(),
            "lines": lines, "works": works_on(day), "more": max(len(looks) - SHOWN, 0),
            "counts": [(state.label, counts[state], DAY_COLOURS[state]) for state in DayState if counts[state]],
            "month_url": f"{reverse('staff:attendance-month')}?{urlencode({'unit': str(unit.pk), 'month': f'{day:%Y-%m}'})}",
            "screen_url": reverse("staff:attendance-screen", args=[unit.pk]),
        }  # fmt: skip
        return render(request, "staff/attendance/board.html", context)


def works_on(day: date) -> bool:
    return calendar.current().is_working_day(day)


def line_of(worker: Worker, look: Look, day: date, user: Any) -> dict[str, Any]:
    """A worker's day in words."""
    may = works_on(day) and worker.user_id != user.pk
    return {
        "name": mask_name(worker.person.name), "number": worker.number, "unit": worker.unit.name, "words": words_of(look),
        "label": look.state.label, "colour": DAY_COLOURS[look.state], "problem": look.state in PROBLEMS,
        "mark_url": reverse("staff:attendance-mark", args=[worker.pk, f"{day:%Y-%m-%d}"]) if may else "",
    }  # fmt: skip


def words_of(look: Look) -> str:
    """When somebody signed, where they said they were, who covers, why it was put right. No kind of leave."""
    row, leave = look.row, look.leave
    parts = []
    if row is not None and row.signed_in_at is not None:
        out = f"，签退 {_clock(row.signed_out_at)}" if row.signed_out_at else "，未签退"
        parts.append(f"签到 {_clock(row.signed_in_at)}{out}")
        parts += [row.place] if row.place else []
    if leave is not None:
        cover = f"代班 {mask_name(leave.cover.person.name)}" if leave.cover else "没有代班人"
        parts.append(f"{'请假半天，' if leave.half else ''}{cover}")
    if row is not None and row.mark:
        parts.append(f"{row.get_mark_display()}：{row.reason}")
    return "；".join(parts)


def _clock(at: Any) -> str:
    return f"{timezone.localtime(at):%H:%M}"


class Mark(ScopedFormView):
    """Put a day right, with a reason: by the head of the unit or the office, never by oneself."""

    form_class = MarkForm
    page_title = "更正考勤"
    submit_label = "更正"
    success_message = "已更正。"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        try:
            self.day = date.fromisoformat(kwargs["day"])
        except ValueError:
            raise Http404 from None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.worker = kept_worker(request.user, self.kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.BaseForm) -> Any:
        return day_mark(worker=self.worker, actor=self.request.user, day=self.day, **form.cleaned_data)

    def _back(self) -> str:
        query = urlencode({"unit": str(self.worker.unit_id), "day": f"{self.day:%Y-%m-%d}"})
        return f"{reverse('staff:attendance')}?{query}"

    def next_url(self, result: Any) -> str:
        return self._back()

    def context(self) -> dict[str, Any]:
        look = days_known([self.worker.pk], self.day, self.day).look(self.worker, self.day)
        who = f"{mask_name(self.worker.person.name)}（{self.worker.number}）{self.day:%Y-%m-%d}：{look.state.label}"
        words = words_of(look)
        trail = (TEAM, BOARD, (self.page_title, None))
        return {"page_lead": f"{who}{'，' if words else ''}{words}", "cancel_url": self._back(), "breadcrumbs": trail}


# --- the month


class MonthView(SignedInMixin, View):
    """Everybody's month of a unit up to now: what closing it would count."""

    def get(self, request: HttpRequest) -> HttpResponse:
        unit, units = chosen_unit(request.user, request.GET.get("unit", ""))
        this = timezone.localdate().replace(day=1)
        months = [_before(this, number) for number in range(13)]
        wanted = written_month(request.GET.get("month", ""))
        month = wanted if wanted in months else this
        found = list(month_lines(unit, month))
        context = {
            "page_title": "月考勤", "page_lead": f"{unit.name} {month.year} 年 {month.month} 月",
            "breadcrumbs": (TEAM, BOARD, ("月考勤", None)), "unit": unit, "units": units, "month": f"{month:%Y-%m}",
            "months": [(f"{one:%Y-%m}", f"{one.year} 年 {one.month} 月") for one in months],
            "lines": [month_line(line) for line in found[:SHOWN]], "more": max(len(found) - SHOWN, 0),
            "over": last_day(month) < timezone.localdate(),
            "may_close": Unit.objects.visible_to(request.user, permissions.ATTEND).filter(pk=unit.pk).exists(),
            "close_url": f"{reverse('staff:attendance-close')}?{urlencode({'unit': str(unit.pk), 'month': f'{month:%Y-%m}'})}",
        }  # fmt: skip
        return render(request, "staff/attendance/month.html", context)


def _before(month: date, number: int) -> date:
    months = month.year * 12 + month.month - 1 - number
    return date(months // 12, months % 12 + 1, 1)


def days_words(days: list[date]) -> str:
    """Days of a month, those that follow each other drawn together: 2—6、9、11—12 日."""
    spans: list[list[int]] = []
    for day in days:
        if spans and spans[-1][1] == day.day - 1:
            spans[-1][1] = day.day
        else:
            spans.append([day.day, day.day])
    return "、".join(f"{first}" if first == last else f"{first}—{last}" for first, last in spans) + (
        " 日" if spans else ""
    )


def month_line(line: MonthLine) -> dict[str, Any]:
    worker = line.worker
    return {
        "name": mask_name(worker.person.name), "number": worker.number, "unit": worker.unit.name,
        **{name: f"{getattr(line, name).normalize():f}" for name in ("due", "present", "leave", "absent")},
        "late": line.late, "early": line.early, "late_on": days_words(line.late_on),
        "absent_on": days_words(line.absent_on),
    }  # fmt: skip


# --- closed months


class SheetList(ScopedListView):
    model = AttendanceSheet
    permission = permissions.ATTEND
    page_title = "考勤月报"
    page_lead = "结账后，没有理由未到岗的天数计入当月工资核算。"
    breadcrumbs = (TEAM, BOARD, ("月报", None))
    table_class = SheetTable
    filterset_class = SheetFilter
    orderings = (Ordering("month", "月份", "month", descending=True), Ordering("unit", "单位", "unit__path"))
    create = Link("结账", "staff:attendance-close", permissions.ATTEND)
    links = (Link("月报明细", "staff:attendance-totals", permissions.ATTEND, icon="clipboard-list"),)
    empty = Empty("还没有结过账", "上个月的考勤核对更正后结账，再核算工资。", "结账", "staff:attendance-close")
    export_report_key = "staff.attendance_sheets"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[AttendanceSheet]) -> QuerySet[AttendanceSheet]:
        return queryset.select_related("unit")


class TotalList(ScopedListView):
    model = AttendanceTotal
    permission = permissions.ATTEND
    page_title = "考勤月报明细"
    breadcrumbs = (TEAM, SHEETS, ("明细", None))
    table_class = TotalTable
    filterset_class = TotalFilter
    orderings = (
        Ordering("month", "月份", "month", descending=True), Ordering("number", "工号", "worker__number"),
        Ordering("absent", "旷工", "absent", descending=True), Ordering("late", "迟到", "late", descending=True),
    )  # fmt: skip
    search_hint = "工号，或完整的姓名"
    empty = Empty("还没有结账的月份", "结账后按人列出。", "结账", "staff:attendance-close")
    export_report_key = "staff.attendance_totals"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[AttendanceTotal]) -> QuerySet[AttendanceTotal]:
        return queryset.select_related("worker__unit", "worker__person", "sheet")

    def search(self, queryset: QuerySet[AttendanceTotal], text: str) -> QuerySet[AttendanceTotal]:
        return found_by_worker(queryset, text)


class Close(ScopedFormView):
    permission = permissions.ATTEND
    form_class = CloseForm
    page_title = "考勤结账"
    page_lead = "结账前请先在“月考勤”核对；结账后旷工天数计入当月工资，工资冻结前可以重新打开。"
    breadcrumbs = (SHEETS, ("结账", None))
    submit_label = "结账"
    cancel_url = "staff:attendance-sheets"
    success_message = "已结账。"

    def form_arguments(self) -> dict[str, Any]:
        initial = {name: self.request.GET.get(name, "")[:20] for name in ("unit", "month")}
        return {"user": self.request.user, "initial": initial}

    def perform(self, form: forms.BaseForm) -> AttendanceSheet:
        return sheet_close(actor=self.request.user, **form.cleaned_data)


class SheetPage(ScopedDetailView):
    model = AttendanceSheet
    permission = permissions.ATTEND
    template_name = "staff/attendance/sheet.html"
    object: AttendanceSheet

    def rows(self, queryset: QuerySet[AttendanceSheet]) -> QuerySet[AttendanceSheet]:
        return queryset.select_related("unit")

    def trail(self) -> list[tuple[str, str | None]]:
        return [SHEETS]

    def context(self) -> dict[str, Any]:
        row = self.object
        totals = row.totals.select_related("worker__unit", "worker__person").order_by(
            "worker__unit__path", "worker__number"
        )
        noted = totals.exclude(absent=0, late=0, early=0)
        query = urlencode({"month": f"{row.month:%Y-%m}"})
        return {
            "state_colour": COLOURS.get(SheetState(row.state), "amber"),
            "facts": [
                ("单位", row.unit.name), ("月份", f"{row.month:%Y-%m}"), ("人数", f"{row.people} 人"),
                ("旷工合计", f"{row.absent.normalize():f} 天"),
            ],
            "noted": [(one, mask_name(one.worker.person.name), "、".join(day[-2:] for day in one.absent_on)) for one in noted],
            "buttons": buttons(SHEET_FLOW, row, self.request.user, "staff:attendance-sheet-act"),
            "all_url": f"{reverse('staff:attendance-totals')}?{query}",
            "timeline": timeline_of(row),
        }  # fmt: skip


class SheetAct(ActionView):
    model = AttendanceSheet
    permission = permissions.ATTEND
    workflow = SHEET_FLOW
    detail_view = SheetPage

    def rows(self, queryset: QuerySet[AttendanceSheet]) -> QuerySet[AttendanceSheet]:
        return queryset.select_related("unit")


# --- the screen


def screen_context(request: HttpRequest, unit: Unit) -> dict[str, Any]:
    """The code of this moment for a unit's people."""
    now = timezone.now()
    asked = request.GET.get("kind", "")
    late = timezone.localtime(now).hour >= 12
    kind = asked if asked in sign_codes.KINDS else (sign_codes.OUT if late else sign_codes.IN)
    token = sign_codes.token(unit.pk, secret_of(unit), kind, now)
    address = request.build_absolute_uri(reverse("staff:own-day-sign", args=[token]))
    word = sign_codes.WORDS[kind]
    return {"object": unit, "kind": kind, "word": f"上班{word}" if kind == sign_codes.IN else f"下班{word}",
            "qr": qr_svg(address, f"{word}二维码")}  # fmt: skip


def screen_unit(user: Any, pk: int) -> Unit:
    unit = next((one for one in board_units(user) if one.pk == pk), None)
    if unit is None:
        raise Http404
    return unit


class Screen(SignedInMixin, View):
    """For a tablet at the unit's door, where the district asks for a code."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        unit = screen_unit(request.user, pk)
        context = {
            "page_title": unit.name, "back": f"{reverse('staff:attendance')}?{urlencode({'unit': unit.pk})}",
            "code_url": reverse("staff:attendance-code", args=[unit.pk]), **screen_context(request, unit),
        }  # fmt: skip
        return render(request, "common/sign_screen.html", context)


class ScreenCode(SignedInMixin, View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return render(request, "common/sign_code.html", screen_context(request, screen_unit(request.user, pk)))
