"""Addresses of training, exams, rotation, mentoring, contests and promotion; a worker's own start with ``staff/me/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from staff.views import exams, mentoring, own_growth, rotation, training

urlpatterns: list[URLPattern] = [
    # --- training
    path("staff/training/", training.SessionList.as_view(), name="trainings"),
    path("staff/training/hours/", training.HoursList.as_view(), name="training-hours"),
    path("staff/training/plans/", training.PlanList.as_view(), name="training-plans"),
    path("staff/training/plans/new/", training.PlanCreate.as_view(), name="training-plan-create"),
    path("staff/training/plans/<int:pk>/", training.PlanPage.as_view(), name="training-plan"),
    path("staff/training/plans/<int:pk>/change/", training.PlanChange.as_view(), name="training-plan-change"),
    path("staff/training/plans/<int:pk>/session/", training.SessionCreate.as_view(), name="training-create"),
    path("staff/training/plans/<int:pk>/exam/", exams.ExamCreate.as_view(), name="exam-create"),
    path("staff/training/<int:pk>/", training.SessionPage.as_view(), name="training"),
    path("staff/training/<int:pk>/change/", training.SessionChange.as_view(), name="training-change"),
    path("staff/training/<int:pk>/add/", training.AddPerson.as_view(), name="training-add"),
    path("staff/training/<int:pk>/screen/", training.SignScreen.as_view(), name="training-screen"),
    path("staff/training/<int:pk>/code/", training.SignCode.as_view(), name="training-code"),
    path("staff/training/<int:pk>/do/<slug:action>/", training.SessionAct.as_view(), name="training-act"),
    path("staff/enrolments/<int:pk>/correct/", training.CorrectEnrolment.as_view(), name="enrolment-correct"),
    # --- exams
    path("staff/exams/", exams.ExamList.as_view(), name="exams"),
    path("staff/exams/<int:pk>/", exams.ExamPage.as_view(), name="exam"),
    path("staff/exams/<int:pk>/score/", exams.EnterScore.as_view(), name="exam-score"),
    path("staff/exams/<int:pk>/resit/", exams.ResitCreate.as_view(), name="exam-resit"),
    # --- rotation
    path("staff/rotation/", rotation.TurnList.as_view(), name="rotation"),
    path("staff/rotation/sites/", rotation.SiteList.as_view(), name="rotation-sites"),
    path("staff/rotation/sites/new/", rotation.SiteAdd.as_view(), name="rotation-site-add"),
    path("staff/rotation/sites/<int:pk>/close/", rotation.SiteClose.as_view(), name="rotation-site-close"),
    path("staff/rotation/plans/", rotation.RotationPlanList.as_view(), name="rotation-plans"),
    path("staff/rotation/plans/new/", rotation.RotationPlanCreate.as_view(), name="rotation-plan-create"),
    path("staff/rotation/plans/<int:pk>/", rotation.RotationPlanPage.as_view(), name="rotation-plan"),
    path("staff/rotation/plans/<int:pk>/start/", rotation.StartPlanning.as_view(), name="rotation-start"),
    path("staff/rotation/turns/<int:pk>/rate/", rotation.RateTurn.as_view(), name="rotation-rate"),
    path("staff/rotation/turns/<int:pk>/break/", rotation.BreakTurn.as_view(), name="rotation-break"),
    # --- mentoring, contests, promotion
    path("staff/mentoring/", mentoring.PairList.as_view(), name="pairs"),
    path("staff/mentoring/new/", mentoring.PairCreate.as_view(), name="pair-create"),
    path("staff/mentoring/<int:pk>/", mentoring.PairPage.as_view(), name="pair"),
    path("staff/mentoring/<int:pk>/do/<slug:action>/", mentoring.PairAct.as_view(), name="pair-act"),
    path("staff/contests/", mentoring.ContestList.as_view(), name="contests"),
    path("staff/contests/new/", mentoring.ContestCreate.as_view(), name="contest-create"),
    path("staff/contests/<int:pk>/", mentoring.ContestPage.as_view(), name="contest"),
    path("staff/contests/<int:pk>/result/", mentoring.ContestResultView.as_view(), name="contest-result"),
    path("staff/promotions/", mentoring.PromotionList.as_view(), name="promotions"),
    path("staff/promotions/new/", mentoring.PromotionCreate.as_view(), name="promotion-create"),
    path("staff/promotions/<int:pk>/void/", mentoring.PromotionVoid.as_view(), name="promotion-void"),
    # --- one's own
    path("staff/me/growth/", own_growth.OwnGrowthPage.as_view(), name="own-growth"),
    path("staff/me/growth/<int:pk>/enrol/", own_growth.Enrol.as_view(), name="own-enrol"),
    path("staff/me/growth/<int:pk>/withdraw/", own_growth.Withdraw.as_view(), name="own-withdraw"),
    path("staff/me/mentoring/<int:pk>/", own_growth.NoteOwn.as_view(), name="own-note"),
    path("staff/me/sign/<str:token>/", own_growth.OwnSign.as_view(), name="own-sign"),
]
