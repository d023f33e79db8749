"""Addresses of petitions."""

from __future__ import annotations

from django.urls import path

from petitions.views import cards, categories, intake, lists, options, public, ticket

app_name = "petitions"
urlpatterns = [
    path("petitions/", lists.PetitionList.as_view(), name="list"),
    path("petitions/mine/", lists.MineList.as_view(), name="mine"),
    path("petitions/today/", lists.TodayList.as_view(), name="today"),
    path("petitions/overdue/", lists.OverdueList.as_view(), name="overdue"),
    path("petitions/unit/", lists.UnitList.as_view(), name="unit"),
    path("petitions/co-handled/", lists.CoHandledList.as_view(), name="co-handled"),
    path("petitions/registered/", lists.RegisteredList.as_view(), name="registered-by-me"),
    path("petitions/closed/", lists.ClosedList.as_view(), name="closed"),
    path("petitions/new/", intake.CreatePetitionView.as_view(), name="create"),
    path("petitions/new/hints", intake.HintsView.as_view(), name="hints"),
    path("petitions/<int:pk>/", ticket.PetitionView.as_view(), name="detail"),
    path("petitions/<int:pk>/registered/", intake.RegisteredView.as_view(), name="registered"),
    path("petitions/<int:pk>/act/<slug:action>/", ticket.PetitionActionView.as_view(), name="act"),
    path("petitions/<int:pk>/reveal/<slug:field>/", ticket.RevealView.as_view(), name="reveal"),
    path("petitions/<int:pk>/attachments/", ticket.AttachView.as_view(), name="attach"),
    path("petitions/attachments/<int:pk>/", ticket.FileView.as_view(), name="file"),
    path("petitions/cards/", cards.CardList.as_view(), name="cards"),
    path("petitions/cards/<int:pk>/answer/", cards.AnswerCardView.as_view(), name="answer-card"),
    path("petitions/categories/", categories.CategoryList.as_view(), name="categories"),
    path("petitions/categories/new/", categories.CreateCategoryView.as_view(), name="new-category"),
    path("petitions/categories/<int:pk>/", categories.ChangeCategoryView.as_view(), name="category"),
    path("petitions/options/units", options.UnitOptions.as_view(), name="unit-options"),
    path("petitions/options/register-units", options.RegisterUnitOptions.as_view(), name="register-unit-options"),
    path("petitions/options/bodies", options.BodyOptions.as_view(), name="body-options"),
    path("report/", public.ReportView.as_view(), name="public-report"),
    path("report/communities", public.CommunityOptions.as_view(), name="public-communities"),
    path("report/done/", public.ReportedView.as_view(), name="public-reported"),
    path("query/", public.QueryView.as_view(), name="public-query"),
]
