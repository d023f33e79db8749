"""Addresses of appraisal; one's own start with ``staff/me/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from staff.views import appraisal, appraisal_results, own_appraisal, record

urlpatterns: list[URLPattern] = [
    path("staff/appraisals/", appraisal.AppraisalList.as_view(), name="appraisals"),
    path("staff/appraisals/new/", appraisal.OpenAppraisal.as_view(), name="appraisal-open"),
    path("staff/appraisals/results/", appraisal_results.ResultList.as_view(), name="appraisal-results"),
    path("staff/appraisals/results/<int:pk>/", appraisal_results.AppraisedPage.as_view(), name="appraised"),
    path(
        "staff/appraisals/results/<int:pk>/correct/", appraisal_results.CorrectResult.as_view(), name="result-correct"
    ),
    path("staff/appraisals/appeals/", appraisal_results.AppealList.as_view(), name="appeals"),
    path("staff/appraisals/appeals/<int:pk>/", appraisal_results.AppealPage.as_view(), name="appeal"),
    path(
        "staff/appraisals/appeals/<int:pk>/<slug:action>/", appraisal_results.AppealAction.as_view(), name="appeal-act"
    ),
    path("staff/appraisals/sheets/<int:pk>/excuse/", appraisal.ExcuseJudge.as_view(), name="sheet-excuse"),
    path("staff/appraisals/<int:pk>/", appraisal.AppraisalPage.as_view(), name="appraisal"),
    path("staff/appraisals/<int:pk>/pay/", appraisal.PayAppraisal.as_view(), name="appraisal-pay"),
    path("staff/appraisals/<int:pk>/do/<slug:action>/", appraisal.AppraisalAction.as_view(), name="appraisal-act"),
    path("staff/board/", appraisal_results.Board.as_view(), name="board"),
    path("staff/people/<int:pk>/record/", record.WorkerRecord.as_view(), name="worker-record"),
    path("staff/people/<int:pk>/honours/new/", record.AddHonour.as_view(), name="honour-add"),
    path("staff/honours/<int:pk>/remove/", record.RemoveHonour.as_view(), name="honour-remove"),
    path("staff/me/sheets/", own_appraisal.OwnSheets.as_view(), name="own-sheets"),
    path("staff/me/sheets/<int:pk>/", own_appraisal.OwnSheet.as_view(), name="own-sheet"),
    path("staff/me/appraisals/", own_appraisal.OwnAppraisals.as_view(), name="own-appraisals"),
    path("staff/me/appraisals/<int:pk>/", own_appraisal.OwnAppraisal.as_view(), name="own-appraisal"),
    path("staff/me/appraisals/<int:pk>/appeal/", own_appraisal.AskAppeal.as_view(), name="own-appeal"),
    path("staff/me/appeals/<int:pk>/withdraw/", own_appraisal.TakeBackAppeal.as_view(), name="own-appeal-withdraw"),
    path("staff/me/record/", record.OwnRecord.as_view(), name="own-record"),
]
