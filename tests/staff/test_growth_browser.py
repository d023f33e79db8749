"""Pages of training, rotation, mentors and attendance in a real browser: they fit, are accessible, and somebody signs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from common import sign_codes
from staff.models import AttendanceDay, Enrolment, Leave
from staff.scheduling import period_of
from staff.services.attendance import secret_of
from staff.services.rotation import rotation_plan
from tests.browser import PHONE
from tests.factories import growth as make
from tests.factories.grid import make_unit
from tests.factories.staff import make_worker

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]
NAMES = ("王芳", "欧阳晓明", "赵敏", "孙丽华", "周敏", "吴桂兰", "郑海", "冯春梅")


@pytest.fixture
def rows(tree: Any, staff: Any, rules: None) -> dict[str, Any]:
    """The street in the middle of everything."""
    today = timezone.localdate()
    own = make_worker(tree.community, user=staff["community_worker"], rank="both_heads")
    people = [own, *(make_worker(tree.community, name=name) for name in NAMES)]
    plan = make.make_plan(tree.street, title="社区工作者能力提升", about="全员轮训，学用结合。")
    session = make.make_session(plan, starts=timezone.now() - timedelta(minutes=20), title="入户走访与群众工作方法")
    make.make_session(plan, title="社区应急处置演练")
    for place, one in enumerate(people[1:6]):
        make.make_enrolment(session, one, state="present" if place % 2 else "joined")
    make.make_enrolment(session, people[6], state="waiting", queued_at=timezone.now())
    exam = make.make_exam(plan)
    for place, one in enumerate(people):
        make.make_score(exam, one, None if place == 4 else str(45 + 6 * place))
    for number in range(1, 7):
        make.make_site(tree.street, make_unit(f"轮训{number}社区", parent=tree.street))
    rotation = make.make_rotation(tree.street, period_of(today + timedelta(days=20)).first, periods=4, per_site=1)
    rotation_plan(plan=rotation, actor=staff["street_officer"])
    pair = make.make_pair(people[1], own)
    pair.check_ins.create(day=today, note="一起入户走访 6 户", written_by=own.user, written_at=timezone.now())
    contest = make.make_contest(tree.street)
    for place, one in enumerate(people[:5]):
        make.make_result(contest, one, f"{90 - place // 2}.50", "first" if not place else "none")
    make.make_promotion(people[2])
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    sheet = make.make_sheet(tree.street, month, people=2, absent=1)
    make.make_total(sheet, people[1], absent=1, absent_on=[f"{month + timedelta(days=8):%Y-%m-%d}"])
    make.make_day(people[1], today, "08:20", "17:05", place="在三号楼走访")
    Leave.objects.create(
        worker=people[2], kind="annual", first_day=today, last_day=today + timedelta(days=2), state="approved",
        cover=people[3], asked_at=timezone.now(),
    )  # fmt: skip
    return {
        "training": session, "training-plan": plan, "training-screen": session, "exam": exam, "rotation-plan": rotation,
        "pair": pair, "contest": contest, "attendance-sheet": sheet,
    }  # fmt: skip


LISTS = (
    "trainings", "training-hours", "exams", "rotation", "pairs", "contests", "promotions", "attendance", "attendance-month",
    "attendance-totals", "rotation-plan-create", "pair-create",
)  # fmt: skip
OWN = ("own", "own-growth", "own-attendance", "attendance")


def test_every_page_is_accessible_and_fits(faults_of, staff, rows):
    pages = {f"growth-{name}": reverse(f"staff:{name}") for name in LISTS}
    pages |= {f"growth-{name}": reverse(f"staff:{name}", args=[row.pk]) for name, row in rows.items()}
    assert faults_of(staff["street_officer"], pages) == {}
    own = {f"growth-of-{name}": reverse(f"staff:{name}") for name in OWN}
    assert faults_of(staff["community_worker"], own) == {}


def test_on_a_phone_somebody_scans_signs_in_and_enrols(tab_for, tree, staff, rows):
    tab = tab_for(staff["community_worker"], PHONE)
    page = tab.open(reverse("staff:own-day-sign", args=[
        sign_codes.token(tree.community.pk, secret_of(tree.community), sign_codes.IN, timezone.now())
    ]))  # fmt: skip
    assert tab.violations() == []
    page.get_by_role("button", name="签到").click()
    page.wait_for_selector("text=签到成功")
    assert AttendanceDay.objects.get(worker__user=staff["community_worker"]).in_way == "code"
    page = tab.open(reverse("staff:own-growth"))
    page.get_by_role("button", name="报名").first.click()
    page.wait_for_selector("text=已报名。")
    assert Enrolment.objects.filter(worker__user=staff["community_worker"], state="joined").count() == 1
    assert tab.overflow() == 0
