"""Addresses of the hierarchy. ``/units/<pk>/`` is written out in stored messages and never changes."""

from __future__ import annotations

from django.urls import URLPattern, path

from grid.views import changes, departments, lists, tree, unit

app_name = "grid"
urlpatterns: list[URLPattern] = [
    path("units/", tree.TreePage.as_view(), name="tree"),
    path("units/options/", tree.Options.as_view(), name="options"),
    path("units/list/", lists.UnitList.as_view(), name="units"),
    path("units/<int:pk>/", unit.UnitPage.as_view(), name="unit"),
    path("units/<int:pk>/branch/", tree.Branch.as_view(), name="branch"),
    path("units/<int:pk>/new/", changes.CreateUnit.as_view(), name="unit-create"),
    path("units/<int:pk>/change/", changes.ChangeUnit.as_view(), name="unit-change"),
    path("units/<int:pk>/move/", changes.MoveUnit.as_view(), name="unit-move"),
    path("units/<int:pk>/merge/", changes.MergeUnit.as_view(), name="unit-merge"),
    path("units/<int:pk>/close/", changes.CloseUnit.as_view(), name="unit-close"),
    path("units/<int:pk>/posts/new/", changes.TakePost.as_view(), name="post-take"),
    path("units/<int:pk>/households/", lists.HouseholdList.as_view(), name="households"),
    path("units/<int:pk>/households/new/", changes.AddDoors.as_view(), name="doors-add"),
    path("units/<int:pk>/households/number/", changes.ReportHouseholds.as_view(), name="households-report"),
    path("posts/", lists.PostList.as_view(), name="posts"),
    path("posts/<int:pk>/leave/", changes.LeavePost.as_view(), name="post-leave"),
    path("departments/", lists.DepartmentList.as_view(), name="departments"),
    path("departments/new/", departments.CreateDepartment.as_view(), name="department-create"),
    path("departments/<int:pk>/", departments.ChangeDepartment.as_view(), name="department-change"),
    path("departments/<int:pk>/close/", departments.CloseDepartment.as_view(), name="department-close"),
    path("departments/<int:pk>/reopen/", departments.ReopenDepartment.as_view(), name="department-reopen"),
]
